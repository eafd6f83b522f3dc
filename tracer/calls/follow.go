package calls

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// Follower lists one program's calls as they return, the states that they tell
// of, and what it prints.
type Follower struct {
	// All also shows the waiting: poll, and calls that answer EAGAIN.
	All bool

	w     io.Writer
	d     drawing
	begun *entry
	moved []tracer.Event // states, to be told after the call that tells of them
	same  same
	err   error
}

// same are calls in a row of which each is like the one before.
type same struct {
	call  string
	fd, n int
	bytes int
}

// alike is how many of these are shown.
const alike = 3

// The least columns that a time and a call have.
const (
	followTimes = 8
	followCalls = 34
)

// NewFollower writes to w.
func NewFollower(w io.Writer, o Options) *Follower {
	f := &Follower{w: w, d: drawing{Options: o, times: followTimes}}
	f.SetWidth(o.Width)
	return f
}

// SetWidth follows the terminal's.
func (f *Follower) SetWidth(columns int) {
	if columns <= 0 {
		columns = 80
	}
	f.d.Width, f.d.calls = columns, followCalls
	if columns < wideFrom {
		f.d.calls = 0
	}
}

// Add shows an event, if it is one to be shown.
func (f *Follower) Add(e tracer.Event) {
	switch e.Kind {
	case tracer.KindCall:
		f.begun = &entry{at: e.At, text: e.Call, fd: e.FD, args: e.Args}
		return
	case tracer.KindReturn:
		f.returned(e)
	case tracer.KindState:
		f.moved = append(f.moved, e)
		return
	case tracer.KindOutput:
		f.rest()
		for l := range strings.SplitSeq(strings.TrimSuffix(string(e.Data), "\n"), "\n") {
			head := []ink.Span{{Tone: ink.Gone, Text: fmt.Sprintf("%*s", f.d.times, clock(e.At)) + gap}, {Text: f.d.Pen.Pick("│ ", "| ")}}
			f.d.fill(head, f.d.column(), ink.Yours, f.d.Pen.Clean(l))
		}
	}
	if f.err == nil {
		_, f.err = io.WriteString(f.w, f.d.out.String())
	}
	f.d.out.Reset()
}

// returned shows a call.
func (f *Follower) returned(e tracer.Event) {
	x := f.begun
	if f.begun = nil; x == nil || x.text != e.Call {
		x = &entry{at: e.At, text: e.Call, fd: e.FD}
	}
	waits := e.Call == "poll" || e.Call == "fcntl" || e.Result != nil && e.Result.Errno == "EAGAIN"
	if waits && !f.All {
		if len(f.moved) > 0 {
			f.rest()
			f.states()
		}
		return
	}
	if r := e.Result; f.All || r == nil || r.Errno != "" || r.Value == 0 || f.same.call != e.Call || f.same.fd != e.FD {
		f.rest()
		f.same = same{call: e.Call, fd: e.FD}
	}
	if f.same.n++; f.same.n > alike && len(f.moved) == 0 {
		f.same.bytes += e.Result.Value
		return
	}
	x.at, x.ended = e.At, &e // how long it has waited for others is not of interest
	f.shorten(x)
	f.d.entry(x)
	f.states()
}

// rest tells of calls that were not shown, since they were like those before.
func (f *Follower) rest() {
	if n := f.same.n - alike; n > 0 {
		text := fmt.Sprintf("%s %d more of %s(%d): %s bytes", f.d.Pen.Pick("…", "..."), n, f.d.Pen.Clean(f.same.call), f.same.fd, ink.Grouped(f.same.bytes))
		f.d.line(ink.Span{Text: strings.Repeat(" ", f.d.column())}, ink.Span{Tone: ink.Gone, Text: text})
	}
	f.same = same{}
}

// shorten cuts the last argument, mostly data, so that the result stands beside
// the call.
func (f *Follower) shorten(x *entry) {
	n := len(x.args)
	if over := ink.Width(f.d.call(x)) - f.d.calls; f.d.calls > 0 && n > 0 && over > 0 {
		last := f.d.Pen.Clean(x.args[n-1])
		room := max(ink.Width(last)-over, 1)
		cut := ink.Cut(last, room)
		if strings.HasPrefix(last, `"`) && room > 5 { // as a result's data is
			cut = strings.TrimSuffix(ink.Cut(last, room-1), "...") + `"...`
		}
		x.args = append(x.args[:n-1:n-1], cut)
	}
}

// states tells the ways that sockets have gone, each from its first state to its
// last.
func (f *Follower) states() {
	for i := 0; i < len(f.moved); {
		e := f.moved[i]
		spans := []ink.Span{{Text: strings.Repeat(" ", f.d.column())}, {Tone: ink.Gone, Text: strconv.Itoa(e.FD) + " " + e.From}}
		for ; i < len(f.moved) && f.moved[i].FD == e.FD; i++ {
			to := f.moved[i].To
			spans = append(spans, ink.Span{Tone: ink.Gone, Text: f.d.Pen.Pick(" → ", " -> ")}, ink.Span{Tone: tone(to), Text: to})
		}
		f.d.line(spans...)
	}
	f.moved = nil
}

// Err is the first error of writing.
func (f *Follower) Err() error { return f.err }

// tone is a state's.
func tone(state string) ink.Tone {
	switch state {
	case "LISTEN", "ESTABLISHED":
		return ink.Open
	case "CLOSED", "TIME-WAIT":
		return ink.Gone
	}
	return ink.Way
}
