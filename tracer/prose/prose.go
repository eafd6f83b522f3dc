// Package prose tells events in sentences, for those who listen to a screen
// reader, and for places where no drawing can be shown. It uses letters,
// digits and punctuation, and no columns.
package prose

import (
	"bytes"
	"io"
	"strings"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// Options say how to tell. The zero value writes 80 columns of ASCII.
type Options struct {
	Width   int  // columns; 0: 80
	Explain int  // -1: what happened alone; 0: what it means too; 1: the reason of every packet as well
	UTF8    bool // whether letters beyond ASCII may be used, in data that has them
}

func (o Options) width() int {
	if o.Width <= 0 {
		return 80
	}
	return o.Width
}

// Prose tells events. It belongs to one goroutine.
type Prose struct {
	Options
	w   io.Writer
	buf bytes.Buffer
	memory
	run     run
	clock   time.Duration // since when the next pause counts
	started bool          // whether there was an event
	printed printed       // what a program has printed of a line
}

// New returns a Prose that writes to w.
func New(w io.Writer, o Options) *Prose {
	return &Prose{Options: o, w: w, memory: newMemory()}
}

// SetWidth changes the width for the batches to come: the terminal was resized.
func (p *Prose) SetWidth(columns int) { p.Width = columns }

// Draw tells one batch: what one command caused, or what came by itself
// meanwhile, in order; what the calls returned comes last. It writes once, or
// not at all.
func (p *Prose) Draw(events []tracer.Event) error {
	b := newBatch(events)
	p.run = run{long: b.packets > foldFrom}
	var results []int
	for i := range events {
		e := &events[i]
		if e.Kind == tracer.KindReturn || e.Kind == tracer.KindBlocked || e.Kind == tracer.KindNote && e.Driven {
			results = append(results, i)
		} else {
			p.event(b, i)
		}
		p.count(e)
	}
	p.unfold()
	p.endOutput()
	p.results(b, results)
	if p.buf.Len() == 0 {
		return nil
	}
	_, err := p.w.Write(p.buf.Bytes())
	p.buf.Reset()
	return err
}

// Session tells a whole session, or a part of one: the events of one command
// after those of the other.
func (p *Prose) Session(events []tracer.Event) error {
	from := 0
	for i, e := range events {
		if i > from && (e.Kind == tracer.KindCall && !e.Driven || e.Kind == tracer.KindCommand) {
			if err := p.Draw(events[from:i]); err != nil {
				return err
			}
			from = i
		}
	}
	return p.Draw(events[from:])
}

// event tells one event.
func (p *Prose) event(b *batch, i int) {
	e := &b.events[i]
	if e.Kind != tracer.KindPacket && e.Kind != tracer.KindCall && e.Crossing == nil {
		p.unfold()
	}
	if e.Kind != tracer.KindOutput && e.Kind != tracer.KindCall {
		p.endOutput()
	}
	switch e.Kind {
	case tracer.KindCall:
		p.called(e)
	case tracer.KindPacket:
		if e.Packet != nil {
			p.packet(b, i)
		}
	case tracer.KindState:
		p.pause(b, e)
		p.state(e)
	case tracer.KindOutput:
		p.output(e)
	case tracer.KindExpect:
		p.expect(e)
	case tracer.KindNote:
		if e.Crossing != nil {
			p.crossing(e)
			return
		}
		p.note(e)
	}
}

// say writes a paragraph.
func (p *Prose) say(text string) { say(&p.buf, p.Options, text) }

func say(w *bytes.Buffer, o Options, text string) {
	pen := ink.Pen{UTF8: o.UTF8}
	text = strings.ReplaceAll(text, "\n", `\n`) // of a name: texts have none any more
	for _, line := range pen.Fill(text, o.width(), o.width()) {
		w.WriteString(pen.Line(o.width(), ink.Span{Text: line}))
		w.WriteByte('\n')
	}
}

// quote writes data as a part of a sentence, with how many bytes they are.
func (o Options) quote(data []byte) string {
	const room = 48
	q := ink.Pen{UTF8: o.UTF8}.Quote(data, room)
	if cut, ok := strings.CutSuffix(q, "..."); ok {
		return octets(len(data)) + " that begin with " + cut
	}
	return octets(len(data)) + ", " + q
}

// glyphs are what other texts have in place of words.
var glyphs = strings.NewReplacer("→", "to", "->", "leads to", "…", "...", "↔", "and", "↵", "")

// words makes a text one that can be listened to.
func words(text string) string {
	var parts []string
	for part := range strings.SplitSeq(glyphs.Replace(text), "\n") {
		var pieces []string // three spaces stand for a stop
		for piece := range strings.SplitSeq(part, "   ") {
			if piece = strings.TrimSpace(piece); piece != "" {
				pieces = append(pieces, piece)
			}
		}
		if len(pieces) > 0 {
			parts = append(parts, strings.Join(pieces, "; "))
		}
	}
	return strings.Join(parts, ". ")
}

// stop ends a sentence that has no end yet.
func stop(text string) string {
	if text = strings.TrimRight(text, " "); text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") || strings.HasSuffix(text, "!") {
		return text
	}
	return text + "."
}

// sentence makes a sentence of a text.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	first, rest := text[:1], text[1:]
	if word, _, _ := strings.Cut(text, " "); !strings.ContainsAny(word, ":0123456789") || strings.HasSuffix(word, ":") {
		first = strings.ToUpper(first) // but not of a name such as client:3
	}
	return stop(first + rest)
}

// spoken writes a duration in words.
func spoken(d time.Duration) string {
	parts := strings.Fields(ink.Duration(d))
	for i, unit := range parts {
		name := map[string]string{"ms": "millisecond", "s": "second", "min": "minute", "h": "hour", "d": "day"}[unit]
		if name == "" {
			continue
		}
		if parts[i] = name; parts[i-1] != "1" {
			parts[i] += "s"
		}
	}
	return strings.Join(parts, " ")
}

// Time that passes before something that comes by itself is told from here
// on; in a capture everything comes by itself.
const (
	pauseMin         = 5 * time.Millisecond
	pauseMinCaptured = 200 * time.Millisecond
)

// pause tells that time has passed, if e has come with the time and not of
// something that was done.
func (p *Prose) pause(b *batch, e *tracer.Event) (told bool) {
	if e.Fate == tracer.Copied || e.Fate == tracer.Injected {
		return false
	}
	if c := b.find(e.Cause); e.Cause != 0 && (c == nil || c.Kind != tracer.KindCommand) {
		return false
	}
	least := pauseMin
	if e.Fate == tracer.Captured {
		least = pauseMinCaptured
	}
	d := e.At - p.clock
	if !p.started || d < least || p.run.folding() {
		return false
	}
	p.unfold()
	p.say(stop(spoken(d) + " later"))
	p.clock = e.At
	return true
}

// count begins the next pause at what was done or put on the wire.
func (p *Prose) count(e *tracer.Event) {
	if !p.started || e.Kind == tracer.KindCall || e.Kind == tracer.KindOutput || born(e.Fate) {
		p.clock, p.started = e.At, true
	}
}

func born(f tracer.Fate) bool {
	return f == tracer.Sent || f == tracer.Injected || f == tracer.Copied || f == tracer.Captured
}
