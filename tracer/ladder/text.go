package ladder

import (
	"bytes"
	"strconv"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// minText is the room beside a head that is worth beginning a text in.
const minText = 16

// paragraph writes text behind a head, with the lines after the first indented
// by hang columns; 0: below the text's own beginning or, where that would
// leave little room, by 6.
func (l *Ladder) paragraph(head []ink.Span, text string, tone ink.Tone, hang int) {
	if strings.TrimSpace(text) == "" {
		l.line(head...)
		return
	}
	used := columns(head)
	if hang == 0 {
		hang = used
		if used > l.width*2/5 {
			hang = 6
		}
	}
	hang = min(hang, max(0, l.width-minText))
	first := l.width - used
	if first < minText && first < ink.Width(text) {
		l.line(head...)
		head, first = []ink.Span{l.indent(hang)}, l.width-hang
	}
	for _, line := range l.pen.Fill(text, first, l.width-hang) {
		l.line(append(head[:len(head):len(head)], ink.Span{Tone: tone, Text: line})...)
		head = []ink.Span{l.indent(hang)}
	}
}

func columns(spans []ink.Span) int {
	n := 0
	for _, s := range spans {
		n += ink.Width(s.Text)
	}
	return n
}

// state draws a move that no packet of the batch has brought about.
func (l *Ladder) state(b *batch, i int, end *end) {
	e := &b.events[i]
	b.above = nil
	local := endpoint(e.Local)
	who := e.Process
	switch {
	case e.FD > 0:
		who += ":" + strconv.Itoa(e.FD)
	case end != nil && end.fd > 0: // closed, but its connection lives on
		who = local + " (was " + end.label() + ")"
	case who != "" && local != "":
		who += " " + local
	case local != "":
		who = local
	}
	if gap := l.gap(b, i, 0); gap != "" {
		l.line(ink.Span{Tone: ink.Gone, Text: "  " + gap})
	}
	head := []ink.Span{
		{Text: "  " + l.pen.Clean(who) + "  "},
		stateSpan(l.pen.Clean(e.From)),
		{Text: l.pen.Pick(" → ", " -> ")},
		stateSpan(l.pen.Clean(e.To)),
	}
	if columns(head) > l.width {
		l.line(head[0])
		head[0] = l.indent(6)
	}
	why := e.Why
	if l.options.Explain < 0 {
		why = ""
	}
	if why != "" {
		head = append(head, ink.Span{Text: "   "})
	}
	l.paragraph(head, why, ink.Plain, 0)
}

// printed is what a program has printed of a line that it has not ended yet.
type printed struct {
	process, stream string
	line            []byte
	shown           bool // drawn already, although its end has not come
}

// maxPrinted bounds a line that does not end.
const maxPrinted = 64 << 10

// output draws what a program printed, a line each. Programs print lines
// piecemeal: the beginning of one waits for its end until something else is
// drawn.
func (l *Ladder) output(e *tracer.Event) {
	data := e.Data
	if p := &l.printed; p.process != e.Process || p.stream != e.Stream {
		l.endOutput()
		l.printed = printed{process: e.Process, stream: e.Stream}
	} else if p.shown && len(data) > 0 {
		p.shown = false
		if data[0] == '\n' { // the end of the line that was drawn
			data = data[1:]
		}
	}
	for {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			break
		}
		l.outputLine(append(l.printed.line, data[:i]...))
		l.printed.line = nil
		data = data[i+1:]
	}
	l.printed.line = append(l.printed.line, data...)
	if len(l.printed.line) > maxPrinted {
		l.endOutput()
	}
}

// endOutput draws the line that has not ended.
func (l *Ladder) endOutput() {
	if p := &l.printed; len(p.line) > 0 {
		l.outputLine(p.line)
		p.line, p.shown = nil, true
	}
}

func (l *Ladder) outputLine(line []byte) {
	head := ink.Span{Tone: ink.Calm, Text: l.pen.Clean(l.printed.process) + "| "}
	room := max(minText, l.width-ink.Width(head.Text))
	text := l.pen.Clean(untab(strings.TrimSuffix(string(line), "\r")))
	for {
		part := ink.Prefix(text, room)
		if i := strings.LastIndexByte(part, ' '); len(part) < len(text) && i > len(part)/2 { // between words
			part = part[:i+1]
		}
		l.line(head, ink.Span{Text: part})
		if text = text[len(part):]; text == "" {
			return
		}
	}
}

// untab puts spaces for the tabs of a line, with stops every eight columns.
func untab(s string) string {
	parts := strings.Split(s, "\t")
	for i, part := range parts[:len(parts)-1] {
		parts[i] = part + strings.Repeat(" ", 8-ink.Width(part)%8)
	}
	return strings.Join(parts, "")
}

// expect draws an expectation and whether it held.
func (l *Ladder) expect(e *tracer.Event) {
	mark := ink.Span{Tone: ink.Open, Text: "  " + l.pen.Pick("✓", "ok") + " "}
	if !e.OK {
		mark = ink.Span{Tone: ink.Loss, Text: "  " + l.pen.Pick("✗", "no") + " "}
	}
	text := "expect " + strings.TrimPrefix(e.Text, "expect ")
	if e.Why != "" && !e.OK {
		text += ": " + e.Why
	}
	l.paragraph([]ink.Span{mark}, text, ink.Plain, ink.Width(mark.Text))
	l.try("  try: ", e.Try)
}

// voided forgets what a note makes void.
func (l *Ladder) voided(e *tracer.Event) {
	switch {
	case e.Fresh:
		l.memory = newMemory()
		l.current, l.started = nil, false
	case e.Rewind != 0:
		l.rewind(e.Rewind)
		l.current, l.clock = nil, e.At
	}
}

// noteText is what there is to remark. What time has passed, and what then
// came, the ladder has told already.
func noteText(b *batch, e *tracer.Event) string {
	switch {
	case b.passed && strings.Contains(e.Text, " later: "):
		return ""
	case e.Why != "":
		return e.Text + ": " + e.Why
	}
	return e.Text
}

// note draws a remark. One that tells of a difference between the tracer and
// the stack must not be overlooked.
func (l *Ladder) note(e *tracer.Event, text string) {
	tone := ink.Plain
	if strings.HasPrefix(text, "difference") {
		tone = ink.Loss
	}
	l.paragraph([]ink.Span{{Tone: ink.Calm, Text: "  note: "}}, text, tone, 8)
	l.try("  try: ", e.Try)
}
