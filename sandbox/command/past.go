package command

import (
	"hash/maphash"
	"strconv"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// past is what expect looks back on: the calls that have returned in a sandbox,
// and the packets that were sent, in order.
type past struct {
	calls roll[finished]
	sent  roll[string]        // the packets' kinds
	under map[string][]string // the arguments of the call that each process is in
}

// The most of each that is looked back on. A peer may make many calls in a line.
const maxCalls, maxSent = 1 << 16, 1 << 20

// see takes an event in.
func (p *past) see(e *tracer.Event) {
	switch {
	case e.Kind == tracer.KindCall:
		if p.under == nil {
			p.under = make(map[string][]string)
		}
		p.under[e.Process] = e.Args
	case e.Kind == tracer.KindReturn:
		p.calls.add(returnOf(e, p.under[e.Process]), maxCalls)
		delete(p.under, e.Process)
	case e.Fate.Born():
		p.sent.add(e.Packet.Kind, maxSent)
	}
}

// roll is a list that forgets its beginning when it gets too long. What is in it
// keeps its place.
type roll[T any] struct {
	list []T
	lost int
}

func (r *roll[T]) add(x T, most int) {
	if len(r.list) >= most {
		r.lost += most / 2
		r.list = append(r.list[:0:0], r.list[most/2:]...)
	}
	r.list = append(r.list, x)
}

// end is the place of what comes next.
func (r *roll[T]) end() int { return r.lost + len(r.list) }

// from is what there is from a place on.
func (r *roll[T]) from(place int) []T {
	return r.list[min(max(0, place-r.lost), len(r.list)):]
}

// finished is a call that has returned.
type finished struct {
	process string
	driven  bool
	call    string
	fd      int
	args    []string
	value   int
	errno   string
	option  string // getsockopt's
	data    string // what it received, as an argument shows it,
	sum     uint64 // and all of it
}

func returnOf(e *tracer.Event, args []string) finished {
	r := finished{
		process: e.Process, driven: e.Driven, call: e.Call, fd: e.FD, args: args,
		value: e.Result.Value, errno: e.Result.Errno, option: e.Result.OptVal,
	}
	if data := e.Result.Data; len(data) > 0 {
		r.data, r.sum = sandbox.QuoteData(data), sum(data)
	}
	return r
}

var seed = maphash.MakeSeed()

// sum is a short form of data, for what need not be kept to be compared.
func sum(data []byte) uint64 { return maphash.Bytes(seed, data) }

// String is the call as a line has it, and what it returned.
func (r *finished) String() string {
	e := tracer.Event{Call: r.call, FD: r.fd, Args: r.args}
	result := strconv.Itoa(r.value)
	switch {
	case r.value < 0:
		result += " " + r.errno
	case r.option != "":
		result = r.option
	case r.data != "":
		result += " " + r.data
	}
	return r.process + ": " + clipTo(e.Typed(), 100) + " = " + clipTo(result, 100)
}

// said is a line that was done: its words as they were typed, and those of them
// that mean another one, such as the . that is a socket.
type said struct {
	words []string
	means map[int]string
}

// saidAlone is a line that is no more than its words.
func saidAlone(words ...string) said { return said{words: words} }

// said is what the line of a command says, whose words have been read.
func (a *args) said(c *Command, words []word) said {
	s := said{words: []string{c.Name}}
	for _, w := range words {
		s.words = append(s.words, spoken(w))
	}
	for i, text := range a.means {
		if s.means == nil {
			s.means = make(map[int]string)
		}
		s.means[i+1] = spoken(word{text: text})
	}
	return s
}

// spoken is a word as it is compared: data as it is, else without regard to case.
func spoken(w word) string {
	if w.quoted {
		return strconv.Quote(w.value)
	}
	return strings.ToLower(w.text)
}

// begins reports whether the line begins with these words.
func (s said) begins(words []string) bool {
	for i, w := range words {
		if (i >= len(s.words) || s.words[i] != w) && s.means[i] != w {
			return false
		}
	}
	return len(s.words) > 0
}

// look is a line that only looked: it left the session as it was, and no undo
// takes it back.
type look struct {
	at   int64 // the last event then
	text string
	said said
}
