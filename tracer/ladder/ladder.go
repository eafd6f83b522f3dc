// Package ladder draws events as a ladder: time runs down, the side that
// called stands on the left, its peer on the right, and each packet is an
// arrow between them, with the states that it moved beside it. What the calls
// returned stands below.
//
// A Ladder is given the events of one command at a time and remembers between
// them what a reader remembers: which connections there are, who is at their
// ends, and what was drawn last. Redraw draws a whole session, or a part of it
// that Only and Last have chosen, under a Header.
package ladder

import (
	"bytes"
	"io"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// Options say how to draw. The zero value draws 80 columns of plain ASCII.
type Options struct {
	Pen   ink.Pen
	Width int // columns; 0: 80
	// Explain is how much is explained beside what happened. -1: only what an
	// error means; 0: results, and packets out of the ordinary; +1: each
	// packet, and nothing is cut short.
	Explain   int
	Unfold    bool // draw each packet of a long run of ordinary ones
	Projector bool // for a wall: 60 columns at most, fewer things, clearer ones
}

// Ladder draws events. It belongs to one goroutine.
type Ladder struct {
	w       io.Writer
	pen     ink.Pen
	width   int
	options Options
	frame   frame
	buf     bytes.Buffer

	memory
	current *conn         // the connection that was drawn last
	printed printed       // the last output
	clock   time.Duration // since when the next gap counts
	started bool          // whether there was an event
}

// New returns a Ladder that draws to w.
func New(w io.Writer, o Options) *Ladder {
	l := &Ladder{w: w, memory: newMemory()}
	l.Set(o)
	return l
}

// Set changes how the batches to come are drawn.
func (l *Ladder) Set(o Options) {
	l.options, l.pen = o, o.Pen
	l.SetWidth(o.Width)
}

// SetWidth changes the width for the batches to come: the terminal was resized.
func (l *Ladder) SetWidth(columns int) {
	if columns <= 0 {
		columns = 80
	}
	if l.options.Projector {
		columns = min(columns, wallCols)
	}
	l.width = columns
}

// Draw draws one batch: what one command caused, or what came by itself
// meanwhile, in order. It writes to the Ladder's writer once, or not at all.
func (l *Ladder) Draw(events []tracer.Event) error {
	return l.draw(newBatch(events))
}

func (l *Ladder) draw(b *batch) error {
	l.frame = newFrame(l.width, b.highest, l.options.Projector)
	b.fold = newFold(b, l.options)
	for i := range b.events {
		l.event(b, i)
		l.count(&b.events[i])
	}
	if b.redraw {
		l.results(b)
	}
	l.unfold(b, foldLast)
	l.endOutput()
	l.results(b)
	l.endOutput()
	l.forget(l.current)
	if l.buf.Len() == 0 {
		return nil
	}
	_, err := l.w.Write(l.buf.Bytes())
	if l.buf.Cap() > 1<<20 {
		l.buf = bytes.Buffer{} // a program's long output is no measure for what follows
	}
	l.buf.Reset()
	return err
}

// event draws one event, except for what returned: results stand below the
// ladder, so that a call that returns halfway does not break it in two.
func (l *Ladder) event(b *batch, i int) {
	e := &b.events[i]
	if b.redraw && (e.Kind == tracer.KindCall && !e.Driven || e.Kind == tracer.KindCommand || e.Kind == tracer.KindExpect) {
		l.results(b) // of the command before
		b.passed = false
	}
	if e.Kind != tracer.KindOutput && e.Kind != tracer.KindCall && e.Kind != tracer.KindReturn {
		l.endOutput()
	}
	switch e.Kind {
	case tracer.KindCall:
		l.called(e)
	case tracer.KindReturn:
		l.returned(e)
		if !b.hidden(i) {
			b.results = append(b.results, i)
		}
	case tracer.KindBlocked:
		if !b.hidden(i) && !b.answered(i) {
			b.results = append(b.results, i)
		}
	case tracer.KindPacket:
		if b.isRow(i) {
			l.packet(b, i)
		}
		if resent(e) {
			l.heldOn(e)
		}
	case tracer.KindState:
		switch {
		case b.onRow[i]:
		case b.hidden(i):
			l.moved(e)
		case e.FD > 0 && b.drivenBy(e): // a peer's listen: with its calls
			l.moved(e)
			b.results = append(b.results, i)
		default:
			l.unfold(b, foldAround)
			l.state(b, i, l.moved(e))
		}
	case tracer.KindNote:
		if e.Crossing != nil {
			l.crossing(b, i)
			return
		}
		l.voided(e)
	}
	if b.hidden(i) {
		return
	}
	switch e.Kind {
	case tracer.KindOutput:
		if e.Driven { // what it has come to stands with its calls
			b.results = append(b.results, i)
			return
		}
		l.unfold(b, foldAround)
		l.output(e)
	case tracer.KindExpect:
		l.unfold(b, foldAround)
		l.expect(e)
	case tracer.KindNote:
		if e.Driven { // between its calls
			b.results = append(b.results, i)
		} else if text := noteText(b, e); text != "" {
			l.unfold(b, foldAround)
			l.note(e, text)
		}
	}
}

// count begins the next gap at e, if timers count from it: from what a process
// did or put on the wire, not from what came of that. A note with a cause tells
// of what a command did to a process.
func (l *Ladder) count(e *tracer.Event) {
	if !l.started || e.Kind == tracer.KindCall || e.Kind == tracer.KindOutput || e.Kind == tracer.KindNote && e.Cause != 0 || e.Fate.Born() {
		l.clock, l.started = e.At, true
	}
}

// line writes one line.
func (l *Ladder) line(spans ...ink.Span) {
	l.buf.WriteString(l.pen.Line(l.width, spans...))
	l.buf.WriteByte('\n')
}
