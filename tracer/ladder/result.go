package ladder

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// A peer that reads in a loop returns often within one batch.
const (
	resultsFirst = 12
	resultsLast  = 6
	wholeData    = 1000 // columns that received data may take if nothing is to be cut short
)

// called notes a call, for its return.
func (l *Ladder) called(e *tracer.Event) {
	if len(l.calls) >= maxCalls {
		clear(l.calls)
	}
	l.calls[e.Process] = pending{e.Call, e.Args}
}

// returned notes what a new number names. The connection that an accept
// returned is named: the oldest one from that address to that listener which
// nobody has accepted yet.
func (l *Ladder) returned(e *tracer.Event) {
	r := e.Result
	switch {
	case r == nil || r.Value < 0:
		return
	case e.Call == "socket":
		l.opened(e.Process, r.Value, false)
		return
	case e.Call == "socketpair":
		for _, fd := range r.FDs {
			l.opened(e.Process, fd, true)
		}
		return
	case !strings.HasPrefix(e.Call, "accept"):
		return
	}
	l.opened(e.Process, r.Value, false)
	if r.Addr == "" {
		return
	}
	peer := plainAddr(r.Addr)
	var found *conn
	var at side
	for _, c := range l.conns {
		for s := range c.ends {
			far, near := &c.ends[1-s], &c.ends[s]
			if c.proto != "tcp" || far.addr != peer || near.fd != 0 || !near.passive || found != nil && found.born < c.born {
				continue
			}
			if n, ok := l.listener(near.addr); !ok || n.process == e.Process && n.fd == e.FD {
				found, at = c, side(s)
			}
		}
	}
	if found != nil {
		near := &found.ends[at]
		l.rename(near, name{process: e.Process, fd: r.Value, seq: e.Seq})
		found.shown[at] = found.label(at) // its return line tells of it
	}
}

// results draws what returned and what still waits.
func (l *Ladder) results(b *batch) {
	own := b.own >= 0 && !b.redraw // a redraw has no line above it that was typed
	skip := len(b.results) - resultsFirst - resultsLast
	if b.redraw {
		skip = 0
	}
	told := false
	alike := 0 // results that were left out, since they are like those beside them
	for n, i := range b.results {
		e := &b.events[i]
		if n > 0 && n+1 < len(b.results) && l.alike(b, b.results[n-1], i) && l.alike(b, i, b.results[n+1]) {
			alike++
			continue
		}
		if alike > 0 {
			l.line(ink.Span{Tone: ink.Calm, Text: fmt.Sprintf("  %s %s more %s of %s", l.pen.Pick("…", "..."), ink.Grouped(alike), plural(alike, e.Call), e.Process)})
			alike = 0
		}
		mine := own && b.isOwn(e)
		if mine {
			own = false
		}
		if skip > 1 && n >= resultsFirst && n < resultsFirst+skip && !mine && e.Kind != tracer.KindOutput {
			if !told {
				told = true
				l.line(ink.Span{Tone: ink.Calm, Text: "  " + l.pen.Pick("…", "...") + " " + ink.Grouped(skip) + " returns more: log lists them"})
			}
			continue
		}
		if e.Kind != tracer.KindOutput {
			l.endOutput()
		}
		switch {
		case e.Kind == tracer.KindOutput:
			l.unfold(b, foldAround)
			l.output(e)
		case e.Kind == tracer.KindNote:
			l.unfold(b, foldAround)
			l.note(e, e.Text)
		case e.Kind == tracer.KindState:
			l.unfold(b, foldAround)
			l.state(b, i, nil)
		case e.Kind == tracer.KindBlocked:
			l.unfold(b, foldAround)
			l.blocked(b, e, mine)
		case b.redraw && b.fold.long && everyday(e):
			l.keepForFold(b, item{result: i})
		default:
			l.unfold(b, foldAround)
			l.result(b, i, mine)
		}
	}
	for _, i := range b.results {
		if e := &b.events[i]; e.Kind == tracer.KindReturn {
			delete(l.calls, e.Process)
		}
	}
	b.results = b.results[:0]
}

// alike reports whether two results are of a peer that makes the same call again
// and again, and gets on with it.
func (l *Ladder) alike(b *batch, i, j int) bool {
	e, f := &b.events[i], &b.events[j]
	return l.options.Explain <= 0 && e.Driven && f.Driven && e.Process == f.Process && e.Call == f.Call && e.FD == f.FD && went(e) && went(f)
}

// went reports whether e is the return of a call that went well, and not the end
// of a stream.
func went(e *tracer.Event) bool {
	return e.Kind == tracer.KindReturn && e.Result != nil && (e.Result.Value > 0 || e.Result.Value == 0 && !everydayCalls[e.Call])
}

// plural is a call's name for so many of them.
func plural(n int, call string) string {
	if n == 1 {
		return call
	}
	return call + "s"
}

// everyday reports whether e is a call that did what it is called for again and
// again: move data. A read at the end of a stream is not.
func everyday(e *tracer.Event) bool {
	if e.Result == nil || e.Result.Value <= 0 {
		return false
	}
	return everydayCalls[e.Call]
}

var everydayCalls = map[string]bool{"write": true, "send": true, "sendto": true, "read": true, "recv": true, "recvfrom": true, "poll": true}

// answered reports whether the call that event i says is blocked has returned
// by the end of a redraw: then only that is worth telling.
func (b *batch) answered(i int) bool {
	if !b.redraw {
		return false
	}
	for j := i + 1; j < len(b.events); j++ {
		if e := &b.events[j]; e.Process == b.events[i].Process && (e.Kind == tracer.KindReturn || e.Kind == tracer.KindCall) {
			return true
		}
	}
	return false
}

// argsOf returns the arguments of the call that e is the return of.
func (l *Ladder) argsOf(b *batch, e *tracer.Event) []string {
	if len(e.Args) > 0 {
		return e.Args
	}
	if i := b.find(e.Cause); i >= 0 && b.events[i].Kind == tracer.KindCall {
		return b.events[i].Args
	}
	if p := l.calls[e.Process]; p.call == e.Call {
		return p.args
	}
	return nil
}

// isOwn reports whether e is what became of the batch's first call, so that
// it needs no name: the line above it, which was typed, has it.
func (b *batch) isOwn(e *tracer.Event) bool {
	call := &b.events[b.own]
	return e.Process == call.Process && (e.Cause == call.Seq && call.Seq != 0 || e.Call == call.Call)
}

// callText names a call as its line would be typed.
func callText(e *tracer.Event) string {
	s := ""
	if e.Process != "" {
		s = e.Process + ": "
	}
	s += e.Call
	if e.FD > 0 {
		s += "(" + strconv.Itoa(e.FD) + ")"
	}
	return s
}

// typed is a call as its line was typed, with what it wrote in at most half of
// the width.
func (l *Ladder) typed(e *tracer.Event, args []string) string {
	words := []string{e.Process + ": " + e.Call}
	if e.FD > 0 {
		words = append(words, strconv.Itoa(e.FD))
	}
	for _, a := range args {
		words = append(words, ink.Cut(l.pen.Clean(a), max(minText, l.width/2)))
	}
	return strings.Join(words, " ")
}

// result draws what a call returned, and what that means. A redraw tells only
// what errors mean: it is for one who has read the rest.
func (l *Ladder) result(b *batch, i int, mine bool) {
	e := &b.events[i]
	r := e.Result
	if r == nil {
		return
	}
	b.above = nil
	explain := l.options.Explain
	if b.redraw {
		explain--
	}
	why := l.why(e)
	if r.Errno == "" && explain < 0 {
		why = ""
	}
	head := []ink.Span{{Text: "  "}}
	tone := ink.Plain
	if mine {
		tone = ink.Yours
	} else {
		text := callText(e)
		if b.redraw {
			text = l.typed(e, l.argsOf(b, e))
		}
		head = append(head, ink.Span{Text: text + " "})
	}
	value := "= " + strconv.Itoa(r.Value)
	if r.Errno != "" {
		value += " " + r.Errno
		tone = ink.Loss
	}
	if b.redraw && columns(head)+ink.Width(value) > l.width {
		l.line(head...)
		head = []ink.Span{l.indent(6)}
	}
	head = append(head, ink.Span{Tone: tone, Text: value})
	used := columns(head)
	room := l.width - used - 1
	lines := l.wholeLines(r.Data, room)
	if !mine || l.options.Explain < 0 {
		lines = nil
	}
	if lines != nil { // they stand below
		room = 0
	}
	text := l.received(b, e, why, room)
	defer func() {
		for _, line := range lines {
			l.line(l.indent(4), ink.Span{Text: line})
		}
	}()
	switch {
	case text == "":
	case used+1+ink.Width(text) > l.width:
		l.paragraph(append(head, ink.Span{Text: " "}), text, ink.Plain, 6)
		if head = []ink.Span{l.indent(6)}; why == "" {
			return
		}
	default:
		head = append(head, ink.Span{Text: " " + text})
	}
	if why != "" {
		head = append(head, ink.Span{Text: "   "})
	}
	l.paragraph(head, why, ink.Plain, 0)
	if !b.redraw && (e.Result.Value < 0 || l.options.Explain >= 0 && why == e.Why) {
		l.try("  try: ", e.Try)
	}
}

// why is how much is told of what a call's result means, or of what it waits for.
func (l *Ladder) why(e *tracer.Event) string {
	if l.options.Explain > 0 {
		return e.Why
	}
	return e.Brief()
}

// received is what a call gave beside its value and why, in about room columns.
func (l *Ladder) received(b *batch, e *tracer.Event, why string, room int) string {
	r, args := e.Result, l.argsOf(b, e)
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	addr := l.pen.Clean(r.Addr) // as the call answers it, an IPv4-mapped one too
	switch {
	case addr == "", strings.Contains(why, addr), strings.Contains(why, r.Addr), strings.Contains(why, plainAddr(r.Addr)):
		addr = "" // it is told already
	case e.Call == "recvfrom":
		addr = "from " + addr
	}
	if len(r.Data) > 0 && room > 0 {
		beside := 0
		if addr != "" {
			beside = ink.Width(addr) + 1
		}
		room = max(minQuote, room-beside)
		if l.options.Explain > 0 {
			room = max(room, wholeData)
		}
		add(quote(l.pen, r.Data, room))
	}
	if r.OptVal != "" {
		if len(args) > 0 && !strings.HasPrefix(r.OptVal, args[0]) {
			add(args[0])
		}
		add(r.OptVal)
	}
	if len(r.FDs) > 0 {
		add("fds " + strings.Trim(fmt.Sprint(r.FDs), "[]"))
	}
	add(strings.Join(r.Revents, " "))
	add(addr)
	return strings.Join(parts, " ")
}

// What of a text in lines is shown of what the learner has read.
const textLines = 12

// wholeLines are the lines of a text that does not fit in room columns, quoted,
// each in one or more lines of its own; nil for what fits, and for other data.
func (l *Ladder) wholeLines(data []byte, room int) (lines []string) {
	if bytes.IndexByte(data, '\n') < 0 || ink.Width(l.pen.Quote(data, wholeData)) <= max(minQuote, room) || !utf8.Valid(data) ||
		bytes.ContainsFunc(data, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' }) {
		return nil
	}
	width := max(l.width-4, minQuote)
	for len(data) > 0 {
		if len(lines) == textLines {
			return append(lines, l.pen.Pick("…", "...")+" "+ink.Grouped(len(data))+" bytes more")
		}
		n := 1 + bytes.IndexByte(data, '\n')
		if n == 0 {
			n = len(data)
		}
		for n > 1 && (ink.Width(l.pen.Quote(data[:n], 2*width+n)) > width || !utf8.Valid(data[:n])) {
			n--
		}
		lines = append(lines, l.pen.Quote(data[:n], 2*width+n))
		data = data[n:]
	}
	return lines
}

func (l *Ladder) blocked(b *batch, e *tracer.Event, mine bool) {
	head := []ink.Span{{Text: "  " + l.pen.Pick("…", "...") + " "}}
	if !mine {
		head = append(head, ink.Span{Text: callText(e) + " "})
	}
	word := "blocked"
	switch {
	case strings.HasPrefix(e.Why, "and "):
		word += ", "
	case e.Why != "":
		word += ": "
	}
	head = append(head, ink.Span{Tone: ink.Way, Text: word})
	l.paragraph(head, l.why(e), ink.Plain, 4)
	if l.options.Explain >= 0 && !b.redraw {
		l.try("    ", e.Try)
	}
}

// try draws what to try next.
func (l *Ladder) try(head, text string) {
	if text != "" {
		l.paragraph([]ink.Span{{Tone: ink.Calm, Text: head}}, text, ink.Plain, len(head))
	}
}
