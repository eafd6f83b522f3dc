package ladder

import (
	"fmt"
	"strconv"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// A peer that reads in a loop returns often within one batch.
const (
	resultsFirst = 12
	resultsLast  = 6
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
	own := b.own >= 0
	skip := len(b.results) - resultsFirst - resultsLast
	for n, i := range b.results {
		e := &b.events[i]
		mine := own && b.isOwn(e)
		if mine {
			own = false
		}
		if skip > 1 && n >= resultsFirst && n < resultsFirst+skip && !mine {
			if n == resultsFirst {
				l.line(ink.Span{Tone: ink.Calm, Text: "  " + l.pen.Pick("…", "...") + " " + grouped(skip) + " returns more"})
			}
			continue
		}
		if e.Kind == tracer.KindBlocked {
			l.blocked(e, mine)
			continue
		}
		l.result(e, mine, l.argsOf(b, e))
	}
	for _, i := range b.results {
		if e := &b.events[i]; e.Kind == tracer.KindReturn {
			delete(l.calls, e.Process)
		}
	}
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

func (l *Ladder) result(e *tracer.Event, mine bool, args []string) {
	r := e.Result
	if r == nil {
		return
	}
	head := []ink.Span{{Text: "  "}}
	tone := ink.Plain
	if mine {
		tone = ink.Yours
	} else {
		head = append(head, ink.Span{Text: callText(e) + " "})
	}
	value := "= " + strconv.Itoa(r.Value)
	if r.Errno != "" {
		value += " " + r.Errno
		tone = ink.Loss
	}
	head = append(head, ink.Span{Tone: tone, Text: value})
	used := columns(head)
	if text := l.received(e, args, l.width-used-1); text != "" {
		head = append(head, ink.Span{Text: " " + text})
	}
	if e.Why != "" {
		head = append(head, ink.Span{Text: "   "})
	}
	l.paragraph(head, e.Why, ink.Plain, 0)
	l.try("  try: ", e.Try)
}

// received is what a call gave beside its value, in about room columns.
func (l *Ladder) received(e *tracer.Event, args []string, room int) string {
	r := e.Result
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	addr := l.pen.Clean(plainAddr(r.Addr))
	switch {
	case addr == "", strings.Contains(e.Why, addr), strings.Contains(e.Why, r.Addr):
		addr = "" // it is told already
	case e.Call == "recvfrom":
		addr = "from " + addr
	}
	if len(r.Data) > 0 {
		beside := 0
		if addr != "" {
			beside = ink.Width(addr) + 1
		}
		add(quote(l.pen, r.Data, max(minQuote, room-beside)))
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

func (l *Ladder) blocked(e *tracer.Event, mine bool) {
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
	l.paragraph(head, e.Why, ink.Plain, 4)
	l.try("    ", e.Try)
}

// try draws what to try next.
func (l *Ladder) try(head, text string) {
	if text != "" {
		l.paragraph([]ink.Span{{Tone: ink.Calm, Text: head}}, text, ink.Plain, len(head))
	}
}
