// Package beside draws two sessions side by side: the packets of each between
// its client and its server, both on one scale of time, and a table of what they
// have come to.
package beside

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// Side is one of the sessions.
type Side struct {
	Title  string
	Server string // its address
	Events []tracer.Event
	// Name is what a packet is called.
	Name func(*tracer.Packet) string
	// Marks are what else is told, at the server.
	Marks []Mark
}

// Mark is something that the server's program did.
type Mark struct {
	At   time.Duration
	Text string
}

// Options say how to draw. The zero value draws 80 columns of plain ASCII.
type Options struct {
	Pen   ink.Pen
	Width int // columns; 0: 80
	Rows  int // at most; 0: all
}

// Columns of a time, in milliseconds, and those between the sides.
const (
	timeCols = 5
	between  = 4
	margin   = 2
	maxCols  = 80
)

// row is a packet, or a mark.
type row struct {
	at      time.Duration
	arrived time.Duration
	right   bool // to the server
	lost    bool
	pending bool // nothing has become of it
	name    string
	mark    bool
}

// rows are those of a side, in the order in which they left.
func (s *Side) rows() []row {
	var list []row
	places := make(map[int]int)
	for _, e := range s.Events {
		if e.Kind != tracer.KindPacket {
			continue
		}
		p := e.Packet
		switch e.Fate {
		case tracer.Sent, tracer.Copied, tracer.Injected:
			places[p.Number] = len(list)
			name := ""
			if e.Fate == tracer.Copied && len(list) > 0 { // of what was sent just now
				name = list[len(list)-1].name + ", a copy"
			} else {
				name = s.Name(p)
			}
			list = append(list, row{at: e.At, right: p.Dst == s.Server || p.Dst == strings.Split(s.Server, ":")[0], pending: true, name: name})
		case tracer.Delivered, tracer.Dropped:
			if i, ok := places[p.Number]; ok {
				list[i].arrived, list[i].lost, list[i].pending = e.At, e.Fate == tracer.Dropped, false
			}
		}
	}
	for _, m := range s.Marks {
		i := len(list)
		for i > 0 && list[i-1].at > m.At {
			i--
		}
		list = slices.Insert(list, i, row{at: m.At, name: m.Text, mark: true})
	}
	return list
}

// Draw draws the two, what happens in the same millisecond in the same line. It
// returns how many packets of each had no room.
func Draw(w io.Writer, left, right Side, o Options) (more [2]int, err error) {
	if o.Width <= 0 {
		o.Width = maxCols
	}
	o.Width = min(o.Width, maxCols)
	cols := (o.Width - margin - between) / 2
	var out strings.Builder
	line := func(l, r []ink.Span) {
		spans := append([]ink.Span{{Text: strings.Repeat(" ", margin)}}, l...)
		spans = append(spans, ink.Span{Text: strings.Repeat(" ", between)})
		out.WriteString(o.Pen.Line(o.Width, append(spans, r...)...) + "\n")
	}
	line(title(left.Title, cols), title(right.Title, cols))
	line(ends(cols), ends(cols))
	rows := [2][]row{left.rows(), right.rows()}
	for n := 0; len(rows[0])+len(rows[1]) > 0 && (o.Rows == 0 || n < o.Rows); n++ {
		cells := [2][]ink.Span{blank(cols), blank(cols)}
		first := time.Duration(-1)
		for _, list := range rows {
			if len(list) > 0 && (first < 0 || millis(list[0].at) < millis(first)) {
				first = list[0].at
			}
		}
		for i, list := range rows {
			if len(list) > 0 && millis(list[0].at) == millis(first) {
				cells[i] = o.draw(list[0], cols)
				rows[i] = list[1:]
			}
		}
		line(cells[0], cells[1])
	}
	for i, list := range rows {
		for _, r := range list {
			if !r.mark {
				more[i]++
			}
		}
	}
	_, err = io.WriteString(w, out.String())
	return more, err
}

func millis(d time.Duration) int64 { return d.Round(time.Millisecond).Milliseconds() }

func blank(cols int) []ink.Span { return []ink.Span{{Text: strings.Repeat(" ", cols)}} }

func title(text string, cols int) []ink.Span {
	indent := max((cols-len(text))/2, 0)
	return []ink.Span{{Tone: ink.Yours, Text: ink.Pad(strings.Repeat(" ", indent)+text, cols)}}
}

func ends(cols int) []ink.Span {
	name := func(s string, n int) string { return fmt.Sprintf("%*s", n, s) }
	text := name("ms", timeCols) + " client" + name("server ", cols-2*timeCols-7) + ink.Pad("ms", timeCols)
	return []ink.Span{{Tone: ink.Calm, Text: ink.Pad(text, cols)}}
}

// draw draws a packet between the times at its ends.
func (o Options) draw(r row, cols int) []ink.Span {
	way := cols - 2*timeCols - 2
	clock := func(show bool, at time.Duration, format string) ink.Span {
		text := ""
		if show {
			text = fmt.Sprint(millis(at))
		}
		return ink.Span{Tone: ink.Calm, Text: fmt.Sprintf(format, text)}
	}
	if r.mark {
		text := fmt.Sprintf("%*s", way+timeCols+1, ink.Cut(r.name, way))
		return []ink.Span{{Tone: ink.Yours, Text: text + " "}, clock(true, r.at, "%-5s")}
	}
	tone := ink.Plain
	dash := o.Pen.Pick("─", "-")
	name := dash + " " + ink.Cut(r.name, way-5) + " "
	reach := way - 1 // where its head is
	head := o.Pen.Pick("▶", ">")
	if !r.right {
		head = o.Pen.Pick("◀", "<")
	}
	if r.lost {
		tone, head = ink.Loss, o.Pen.Pick("✗", "x")
		reach = max(way*2/3, ink.Width(name)+1)
	}
	if r.pending {
		head = o.Pen.Pick("·", ".")
		reach = way / 2
	}
	reach = min(reach, way-1)
	arrow := name + strings.Repeat(dash, max(reach-ink.Width(name), 0)) + head
	if !r.right {
		arrow = head + strings.Repeat(dash, max(reach-ink.Width(name), 0)) + " " + ink.Cut(r.name, way-5) + " " + dash
		arrow = strings.Repeat(" ", max(way-ink.Width(arrow), 0)) + arrow
	}
	arrow = ink.Pad(arrow, way)
	from, to := clock(true, r.at, "%5s"), clock(!r.lost && !r.pending, r.arrived, "%-5s")
	if !r.right {
		from, to = clock(!r.lost && !r.pending, r.arrived, "%5s"), clock(true, r.at, "%-5s")
	}
	return []ink.Span{from, {Text: " "}, {Tone: tone, Text: arrow}, {Text: " "}, to}
}

// Line is a line of a table; one without values is a heading.
type Line struct {
	Name        string
	Left, Right string
	Loss        bool // it is a loss where it is not 0
}

// Table draws what the two have come to.
func Table(w io.Writer, left, right string, lines []Line, o Options) error {
	if o.Width <= 0 {
		o.Width = maxCols
	}
	o.Width = min(o.Width, maxCols)
	name, value := 0, max(ink.Width(left), ink.Width(right))
	for _, l := range lines {
		name = max(name, ink.Width(l.Name))
		value = max(value, ink.Width(l.Left), ink.Width(l.Right))
	}
	var out strings.Builder
	cell := func(text string, tone ink.Tone) ink.Span {
		return ink.Span{Tone: tone, Text: strings.Repeat(" ", 3+value-ink.Width(text)) + text}
	}
	line := func(spans ...ink.Span) { out.WriteString(o.Pen.Line(o.Width, spans...) + "\n") }
	line(ink.Span{Text: strings.Repeat(" ", margin+name)}, cell(left, ink.Yours), cell(right, ink.Yours))
	for _, l := range lines {
		tone := func(v string) ink.Tone {
			if l.Loss && v != "0" {
				return ink.Loss
			}
			return ink.Plain
		}
		line(ink.Span{Text: strings.Repeat(" ", margin) + ink.Pad(l.Name, name)}, cell(l.Left, tone(l.Left)), cell(l.Right, tone(l.Right)))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// Tell says the same as Draw in sentences, a packet a line.
func Tell(w io.Writer, left, right Side, o Options) error {
	var out strings.Builder
	for _, s := range []Side{left, right} {
		rows := s.rows()
		for i, r := range rows {
			if o.Rows > 0 && i == o.Rows {
				fmt.Fprintf(&out, "%s: and %d packets more.\n", s.Title, len(rows)-i)
				break
			}
			switch {
			case r.mark:
				fmt.Fprintf(&out, "%s: at %d ms, %s.\n", s.Title, millis(r.at), r.name)
				continue
			case r.lost:
				fmt.Fprintf(&out, "%s: at %d ms, %s: lost on the way.\n", s.Title, millis(r.at), r.name)
				continue
			case r.pending:
				fmt.Fprintf(&out, "%s: at %d ms, %s: still on its way.\n", s.Title, millis(r.at), r.name)
				continue
			}
			to := "client"
			if r.right {
				to = "server"
			}
			fmt.Fprintf(&out, "%s: at %d ms, %s, at the %s at %d ms.\n", s.Title, millis(r.at), r.name, to, millis(r.arrived))
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}
