package command

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// Failed is an expectation that did not hold.
type Failed struct {
	Expected string // the words after expect
	Got      string // what is so instead
}

// Error tells both.
func (f *Failed) Error() string { return "expected " + f.Expected + ", but " + f.Got }

// expectation is an expect line that has been read.
type expectation struct {
	what string // its first word, but for not
	not  bool
	fact fact
}

// fact finds out whether something is so, and says what is, either way. The
// error is a *Error if it cannot be asked, as of a process that is not there.
type fact func(asked) (so bool, is string, err error)

// asked is what an expectation is asked of.
type asked struct {
	*Session
	process *sandbox.Process // the line's
	named   bool             // the line names it
	from    Mark             // what has been done before it does not count
	kinds   []string         // of the packets that count
}

// expectations are the words that expect may begin with, and how the rest is
// read.
var expectations = []struct {
	word string
	read func(a *args) fact
}{
	{"return", func(a *args) fact { return a.lastCall("return") }},
	{"errno", func(a *args) fact { return a.lastCall("errno") }},
	{"data", func(a *args) fact { return a.lastCall("data") }},
	{"state", (*args).state},
	{"states", (*args).states},
	{"packets", (*args).sent},
	{"flight", (*args).waiting},
	{"blocked", (*args).blocked},
	{"call", (*args).hasReturned},
	{"line", (*args).wasTyped},
}

// expectation reads what an expect line says. It needs no session: whatever is
// wrong with the words is told at any time.
func (a *args) expectation() (e expectation) {
	words := []string{"not"}
	for _, x := range expectations {
		words = append(words, x.word)
	}
	if e.what = a.oneOf("expectation", words...); e.what == "not" {
		e.not = true
		e.what = a.oneOf("expectation after not", words[1:]...)
	}
	for _, x := range expectations {
		if x.word == e.what {
			a.cmd = a.cmd.form(e.what)
			e.fact = x.read(a)
		}
	}
	a.end()
	return e
}

// holds reports whether it is so, and if not what is instead.
func (e expectation) holds(q asked) (ok bool, got string, err error) {
	so, is, err := e.fact(q)
	switch {
	case err != nil:
		return false, "", err
	case so == e.not:
		return false, is, nil
	}
	return true, "", nil
}

func runExpect(_ context.Context, s *Session, p *sandbox.Process, a *args) (Answer, error) {
	all := make([]string, 0, len(a.words))
	for _, w := range a.words {
		all = append(all, w.text)
	}
	text := strings.Join(all, " ")
	named := ""
	if p != s.current {
		named = p.Name()
	}
	e := a.expectation()
	if a.err != nil {
		return Answer{}, a.err
	}
	ok, got, err := e.holds(asked{Session: s, process: p, named: a.named, kinds: s.kinds})
	if err != nil {
		return Answer{}, err
	}
	if e.what == "packets" && !e.not {
		s.kinds = nil
	}
	s.Sandbox.Log().Add(tracer.Event{
		At: s.Sandbox.Stack().Now(), Kind: tracer.KindExpect, Process: named, Text: text, OK: ok, Why: got,
	})
	if !ok {
		return Answer{}, &Failed{Expected: clipTo(text, 400), Got: got}
	}
	return Answer{}, nil
}

// last is the call that an expectation is about: the last of its process if the
// line names one, else the last of any; nil if none counts.
func (q asked) last() *sandbox.Outcome {
	o := q.Sandbox.Last()
	if q.named {
		o = q.process.Last()
	}
	if o == nil || q.from.calls == 0 || slices.ContainsFunc(q.past.calls.from(q.from.calls), func(r finished) bool {
		return !q.named || r.process == o.Process
	}) {
		return o
	}
	return nil
}

// since is how it is said that nothing has happened.
func (q asked) since() string {
	if q.from == (Mark{}) {
		return "yet"
	}
	return "since"
}

func describe(o *sandbox.Outcome) string {
	call := o.Call
	if o.FD != 0 {
		call += "(" + strconv.Itoa(o.FD) + ")"
	}
	r := o.Result
	switch {
	case r.Value < 0:
		return fmt.Sprintf("%s's %s returned -1 %s", o.Process, call, r.Errno)
	case len(r.Data) > 0:
		return fmt.Sprintf("%s's %s returned %d %s", o.Process, call, r.Value, clip(strconv.Quote(string(r.Data))))
	}
	return fmt.Sprintf("%s's %s returned %d", o.Process, call, r.Value)
}

// lastCall reads what the last call is to have returned.
func (a *args) lastCall(what string) fact {
	var so func(r tracer.Result) bool
	switch what {
	case "return":
		n := a.number("value", -1<<31, 1<<31-1)
		so = func(r tracer.Result) bool { return r.Value == n }
	case "errno":
		w := a.next("errno")
		if a.err == nil && !isErrno(w.text) {
			a.fail("an errno looks like ECONNREFUSED", "expect: %s is no errno", clip(w.text))
		}
		so = func(r tracer.Result) bool { return r.Errno == w.text }
	case "data":
		data := string(a.data())
		so = func(r tracer.Result) bool { return string(r.Data) == data && r.Value >= 0 }
	}
	return func(q asked) (bool, string, error) {
		last := q.last()
		if last == nil {
			return false, "no call has returned " + q.since(), nil
		}
		return so(last.Result), describe(last), nil
	}
}

func isErrno(s string) bool {
	return len(s) > 1 && s[0] == 'E' && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// anything stands for any number of packets.
const anything = "..."

// pattern reads kinds of packets: all the words that are left.
func (a *args) pattern() (want []string) {
	for a.more() {
		want = append(want, a.kind(anything))
	}
	return want
}

func (a *args) sent() fact {
	want := a.pattern()
	return func(q asked) (bool, string, error) {
		is := "these were sent: " + listed(q.kinds)
		if len(q.kinds) == 0 {
			is = "no packet was sent"
		}
		return match(want, q.kinds), is, nil
	}
}

func (a *args) waiting() fact {
	want := a.pattern()
	return func(q asked) (bool, string, error) {
		var kinds []string
		for _, p := range q.Sandbox.Wire().InFlight() {
			kinds = append(kinds, p.Info.Kind)
		}
		is := "these are in flight: " + listed(kinds)
		switch {
		case len(kinds) == 0 && q.Sandbox.Wire().Held():
			is = "nothing is in flight"
		case len(kinds) == 0:
			is = "nothing is in flight, and the wire is not held"
		}
		return match(want, kinds), is, nil
	}
}

// listed shows kinds of packets, of very many the first ones.
func listed(kinds []string) string {
	shown := strings.Join(kinds[:min(len(kinds), 100)], " ")
	if len(kinds) > 100 {
		shown += fmt.Sprintf(" ... (%d in all)", len(kinds))
	}
	return shown
}

// match compares kinds with a pattern in which ... stands for any number.
func match(want, got []string) bool {
	// reach[i]: whether the pattern up to here can match got[:i].
	reach := make([]bool, len(got)+1)
	reach[0] = true
	for _, w := range want {
		if w == anything {
			for i := 1; i <= len(got); i++ {
				reach[i] = reach[i] || reach[i-1]
			}
			continue
		}
		for i := len(got); i > 0; i-- {
			reach[i] = reach[i-1] && got[i-1] == w
		}
		reach[0] = false
	}
	return reach[len(got)]
}

func (a *args) blocked() fact {
	w := a.next("process")
	if a.err == nil && !sandbox.ValidName(w.text) {
		a.fail("a process is named by itself: expect blocked client", "expect: %s is no name of a process", clip(w.text))
	}
	return func(q asked) (bool, string, error) {
		p := q.Sandbox.Process(w.text)
		switch {
		case p == nil:
			return false, "", q.noProcess(w.text)
		case p.Blocked() == "":
			return false, p.Name() + " is not blocked", nil
		}
		return true, p.Name() + " is blocked in " + p.Blocked(), nil
	}
}
