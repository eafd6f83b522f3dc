package ladder

import (
	"io"
	"strconv"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// Header says in which world a session takes place. Fields that are empty are
// left out.
type Header struct {
	Stack string        // "user" or "kernel"
	Seed  int64         // of chance; shown for the user stack, the only one that has one
	Time  time.Duration // since the sandbox began, on its stack's clock
	Wire  string        // what the wire does: "open, 1 ms a packet"
}

// Draw draws the header in one line, or two where one does not hold it.
func (h Header) Draw(w io.Writer, o Options) error {
	l := New(w, o)
	var facts [][2]string
	if h.Stack != "" {
		facts = append(facts, [2]string{"stack ", h.Stack})
	}
	if h.Stack == "user" {
		facts = append(facts, [2]string{"seed ", strconv.FormatInt(h.Seed, 10)})
	}
	facts = append(facts, [2]string{"", ink.Duration(h.Time)})
	if h.Wire != "" {
		facts = append(facts, [2]string{"wire ", h.Wire})
	}
	joint := l.pen.Pick(" · ", " - ")
	var line []ink.Span
	for i, fact := range facts {
		spans := []ink.Span{{Tone: ink.Calm, Text: fact[0]}, {Text: l.pen.Clean(fact[1])}}
		switch {
		case i == 0:
		case columns(line)+len(" - ")+columns(spans) > l.width:
			l.line(line...)
			line = nil
		default:
			line = append(line, ink.Span{Tone: ink.Gone, Text: joint})
		}
		line = append(line, spans...)
	}
	if columns(line) > l.width { // what the wire does takes two lines by itself
		wire := facts[len(facts)-1]
		l.paragraph([]ink.Span{{Tone: ink.Calm, Text: wire[0]}}, wire[1], ink.Plain, 2)
	} else {
		l.line(line...)
	}
	_, err := w.Write(l.buf.Bytes())
	return err
}

// Redraw draws a part of a session's events in one ladder, with what the calls
// returned between the rows. The part is the session itself, or what Only and
// Last have chosen of it: from the rest follows what was before, so that its
// states, names and numbers are the right ones. What is void is not drawn.
// Calls that did what they should are not explained again: Options.Explain
// counts as one less for them.
func Redraw(w io.Writer, session, part []tracer.Event, o Options) error {
	session = tracer.Live(session)
	b := newPart(session, others(session, part))
	b.redraw = true
	return New(w, o).draw(b)
}

// Heed has the Ladder remember of the events, which are a session's so far, what
// it would if it had drawn them, and nothing else.
func (l *Ladder) Heed(events []tracer.Event) {
	hide := make([]bool, len(events))
	for i := range hide {
		hide[i] = true
	}
	l.memory = newMemory()
	l.current, l.started = nil, false
	_ = l.draw(newPart(events, hide)) // nothing is written
	l.current = nil
}

// others says which events of the session are not among the part; nil: all are.
func others(session, part []tracer.Event) []bool {
	if len(part) == len(session) && (len(part) == 0 || &part[0] == &session[0]) {
		return nil
	}
	in := make(map[int64]bool, len(part))
	for i := range part {
		in[part[i].Seq] = true
	}
	hide := make([]bool, len(session))
	for i := range session {
		hide[i] = !in[session[i].Seq]
	}
	return hide
}
