// Package table draws the table of sockets: what each process has open now,
// and what is left of connections that no process owns.
package table

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// Options say how to draw. The zero value draws 80 columns of plain ASCII.
type Options struct {
	Pen   ink.Pen
	Width int // columns; 0: 80
}

// The columns, from left to right. The two queues stand in their columns as
// numbers, or give both to a text.
const (
	process = iota
	fd
	kind
	local
	remote
	state
	queues
)

const (
	gap   = "  "
	recvq = "recvq"
	sendq = "sendq"
)

// Sockets draws one line a socket, or two where the lines do not fit.
func Sockets(w io.Writer, rows []tracer.Socket, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	d := drawing{Options: o}
	switch {
	case len(rows) == 0:
		d.line(ink.Span{Tone: ink.Calm, Text: "no sockets yet: try socket tcp"})
	case !d.table(rows):
		for _, s := range rows {
			d.stacked(s)
		}
	}
	_, err := io.WriteString(w, d.out.String())
	return err
}

type drawing struct {
	Options
	between string // what stands between two columns
	out     strings.Builder
}

func (d *drawing) line(spans ...ink.Span) {
	d.out.WriteString(d.Pen.Line(d.Width, spans...))
	d.out.WriteByte('\n')
}

// cells returns a row's texts, none empty.
func (d *drawing) cells(s tracer.Socket) [queues + 1]string {
	number := ""
	if s.FD > 0 {
		number = strconv.Itoa(s.FD)
	}
	cells := [...]string{s.Process, number, s.Type, s.Local, s.Remote, s.State, ""}
	for i, c := range cells {
		if cells[i] = d.Pen.Clean(c); c == "" {
			cells[i] = "-"
		}
	}
	switch {
	case s.State == "LISTEN":
		// A backlog of n has room for one more (listen(2) on Linux).
		cells[queues] = fmt.Sprintf("%d of %d waiting", s.RecvQ, s.SendQ+1)
	case s.Left > 0:
		cells[queues] = left(s.Left) + " left"
	default:
		cells[queues] = fmt.Sprintf("%*d %*d", len(recvq), s.RecvQ, len(sendq), s.SendQ)
	}
	return cells
}

// table draws the rows in columns, or reports false, with nothing drawn, if
// they are too wide.
func (d *drawing) table(rows []tracer.Socket) bool {
	head := [...]string{"process", "fd", "type", "local", "remote", "state", recvq + " " + sendq}
	var width [queues + 1]int
	for i, h := range head {
		width[i] = ink.Width(h)
	}
	all := make([][queues + 1]string, len(rows))
	for r, s := range rows {
		all[r] = d.cells(s)
		for i, c := range all[r] {
			width[i] = max(width[i], ink.Width(c))
		}
	}
	total := 0
	for _, n := range width {
		total += n
	}
	d.between = gap
	if total+len(gap)*queues > d.Width {
		d.between = " "
	}
	if total += len(d.between) * queues; total > d.Width {
		return false
	}
	d.row(head, width, func(int) ink.Tone { return ink.Gone })
	for r, s := range rows {
		tone := func(i int) ink.Tone {
			switch {
			case i == state && s.State != "":
				return ink.State(s.State)
			case i <= fd && s.Process != "":
				return ink.Yours
			}
			return ink.Plain
		}
		blocked := d.blocked(s)
		if blocked != "" && total+len(gap)+ink.Width(blocked) <= d.Width {
			d.row(all[r], width, tone, ink.Span{Tone: ink.Way, Text: gap + blocked})
			continue
		}
		d.row(all[r], width, tone)
		if blocked != "" {
			indent := width[process] + width[fd] + 2*len(d.between)
			d.line(ink.Span{Text: strings.Repeat(" ", indent)}, ink.Span{Tone: ink.Way, Text: blocked})
		}
	}
	return true
}

func (d *drawing) row(cells [queues + 1]string, width [queues + 1]int, tone func(int) ink.Tone, end ...ink.Span) {
	var spans []ink.Span
	for i, c := range cells {
		if i > 0 {
			spans = append(spans, ink.Span{Text: d.between})
		}
		spans = append(spans, ink.Span{Tone: tone(i), Text: ink.Pad(c, width[i])})
	}
	d.line(append(spans, end...)...)
}

// stacked draws a socket in two lines: who and how, then where.
func (d *drawing) stacked(s tracer.Socket) {
	c := d.cells(s)
	who := c[process]
	if s.FD > 0 {
		who += ":" + c[fd]
	}
	tone := ink.Plain
	if s.Process != "" {
		tone = ink.Yours
	}
	head := []ink.Span{{Tone: tone, Text: who}, {Text: gap + c[kind]}}
	if s.State != "" {
		head = append(head, ink.Span{Text: gap}, ink.Span{Tone: ink.State(s.State), Text: c[state]})
	}
	queue := c[queues]
	if s.State != "LISTEN" && s.Left == 0 {
		queue = fmt.Sprintf("%s %d %s %d", recvq, s.RecvQ, sendq, s.SendQ)
	}
	parts := []ink.Span{{Text: gap + gap + queue}}
	if blocked := d.blocked(s); blocked != "" {
		parts = append(parts, ink.Span{Tone: ink.Way, Text: gap + blocked})
	}
	line, used := head, 0
	for _, s := range head {
		used += ink.Width(s.Text)
	}
	for _, part := range parts { // each where there is room for it
		n := ink.Width(part.Text)
		if used+n > d.Width && used > 0 {
			d.line(line...)
			line, used = nil, 0
			if part.Tone == ink.Way {
				part.Text = gap + part.Text
				n += len(gap)
			}
		}
		line, used = append(line, part), used+n
	}
	d.line(line...)
	if s.Local == "*" && s.Remote == "*" {
		return
	}
	where := c[local]
	if s.Remote != "*" && s.Remote != "" {
		where += d.Pen.Pick(" ↔ ", " <> ") + c[remote]
	}
	for _, line := range d.Pen.Fill(where, d.Width-2*len(gap), d.Width-2*len(gap)) {
		d.line(ink.Span{Text: gap + gap + line})
	}
}

// blocked tells of the call that waits on the socket.
func (d *drawing) blocked(s tracer.Socket) string {
	if s.Blocked == "" {
		return ""
	}
	return d.Pen.Pick("… ", "... ") + "blocked in " + d.Pen.Clean(s.Blocked)
}

// left writes a time in whole seconds, never 0: it is not over yet.
func left(t time.Duration) string {
	return fmt.Sprintf("%d s", int64((t+time.Second-1)/time.Second))
}
