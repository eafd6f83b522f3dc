// Package space draws the two sequence spaces of a TCP connection, as figures 3
// and 4 of RFC 9293 (3.3.1) do, with the numbers at their edges, and below them
// what congestion control, the timeout and the queues are at. Of other sockets
// it says what they have instead.
package space

import (
	"io"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/outlook"
)

// Options say how to draw. The zero value draws 80 columns of plain ASCII.
type Options struct {
	Pen   ink.Pen
	Width int // columns; 0: 80
	// Compact draws for a projector: in at most 17 lines of 60 columns.
	Compact bool
}

// compactCols is how wide a compact drawing may be; maxCols, any.
const (
	compactCols = 60
	maxCols     = 80
)

// drawing is what is being drawn.
type drawing struct {
	Options
	out strings.Builder
}

func begin(o Options) *drawing {
	if o.Width <= 0 {
		o.Width = maxCols
	}
	o.Width = min(o.Width, maxCols)
	if o.Compact {
		o.Width = min(o.Width, compactCols)
	}
	return &drawing{Options: o}
}

func (d *drawing) end(w io.Writer) error {
	_, err := io.WriteString(w, d.out.String())
	return err
}

func (d *drawing) line(spans ...ink.Span) {
	d.out.WriteString(d.Pen.Line(d.Width, spans...) + "\n")
}

// Connection draws the control block of a connection's end, which s is the row
// of in the table of sockets.
func Connection(w io.Writer, s tracer.Socket, name string, b *tracer.TCB, o Options) error {
	d := begin(o)
	d.head(s, name)
	send, sends := outlook.SendSpace(b)
	receive, receives := outlook.ReceiveSpace(b)
	d.spaces(send, receive)
	if sends && !receives {
		d.text("", "It receives nothing yet: RCV.NXT comes from the peer's SYN, which has not come.", ink.Calm)
	}
	d.facts(b)
	return d.end(w)
}

// Other says what a socket that is no end of a connection has instead. path are
// the states that it was in.
func Other(w io.Writer, s tracer.Socket, name string, path []string, o Options) error {
	d := begin(o)
	d.head(s, name)
	d.text("", outlook.Standing(s, path), ink.Plain)
	d.text("", outlook.Spaceless(s, path), ink.Calm)
	return d.end(w)
}

// head says which socket it is.
func (d *drawing) head(s tracer.Socket, name string) {
	is := []ink.Span{{Tone: ink.Yours, Text: name}, {Text: "  " + s.Type}}
	if s.State != "" {
		is = append(is, ink.Span{Text: "  "}, ink.Span{Tone: ink.State(s.State), Text: s.State})
	}
	used := 0
	for _, p := range is {
		used += ink.Width(p.Text)
	}
	where := s.Local
	switch {
	case has(s.Remote):
		where += d.Pen.Pick(" ↔ ", " <> ") + s.Remote
	case !has(s.Local):
		where = ""
	}
	if where == "" || d.Compact && used+2+ink.Width(where) > d.Width {
		d.line(is...)
		return
	}
	if used+2+ink.Width(where) <= d.Width {
		d.line(append(is, ink.Span{Tone: ink.Calm, Text: "  " + where})...)
		return
	}
	d.line(is...)
	for _, l := range d.Pen.Fill(where, d.Width-4, d.Width-4) {
		d.line(ink.Span{Tone: ink.Calm, Text: "    " + l})
	}
}

func has(addr string) bool { return addr != "" && addr != "*" }

// text writes a text behind a label.
func (d *drawing) text(label, text string, tone ink.Tone) {
	if text == "" {
		return
	}
	margin := "  "
	if label != "" {
		margin = "  " + ink.Pad(label, labelCols) + " "
	}
	room := d.Width - ink.Width(margin)
	for _, l := range d.Pen.Fill(text, room, room) {
		d.line(ink.Span{Tone: ink.Calm, Text: margin}, ink.Span{Tone: tone, Text: l})
		margin = strings.Repeat(" ", ink.Width(margin))
	}
}
