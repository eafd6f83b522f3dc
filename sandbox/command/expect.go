package command

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer"
	"sockplay/tracer/tcpstate"
)

// Failed is an expectation that did not hold.
type Failed struct {
	Expected string // the words after expect
	Got      string // what is so instead
}

// Error tells both.
func (f *Failed) Error() string { return "expected " + f.Expected + ", but " + f.Got }

// verdict is the outcome of an expectation: what is so instead, "" if it holds.
type verdict string

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
	var got verdict
	switch what := a.oneOf("expectation", "return", "errno", "data", "state", "states", "packets", "blocked", "not"); what {
	case "return", "errno", "data":
		got = s.expectReturn(a, what, s.lastOf(p, a))
	case "state", "states":
		got = s.expectStates(a, what)
	case "packets":
		got = s.expectPackets(a)
	case "blocked":
		got = s.expectBlocked(a, true)
	case "not":
		a.oneOf("expectation after not", "blocked")
		got = s.expectBlocked(a, false)
	}
	if a.err != nil {
		return Answer{}, a.err
	}
	s.Sandbox.Log().Add(tracer.Event{
		At: s.Sandbox.Stack().Now(), Kind: tracer.KindExpect, Process: named, Text: text, OK: got == "", Why: string(got),
	})
	if got != "" {
		return Answer{}, &Failed{Expected: clipTo(text, 400), Got: string(got)}
	}
	return Answer{}, nil
}

// lastOf is the call that an expectation is about: the last of its process if
// the line names one, else the last of any.
func (s *Session) lastOf(p *sandbox.Process, a *args) *sandbox.Outcome {
	if a.named {
		return p.Last()
	}
	return s.Sandbox.Last()
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

func (s *Session) expectReturn(a *args, what string, last *sandbox.Outcome) verdict {
	var holds func() bool
	switch what {
	case "return":
		n := a.number("value", -1<<31, 1<<31-1)
		holds = func() bool { return last.Result.Value == n }
	case "errno":
		w := a.next("errno")
		if a.err == nil && !isErrno(w.text) {
			a.fail("an errno looks like ECONNREFUSED", "expect: %s is no errno", clip(w.text))
		}
		holds = func() bool { return last.Result.Errno == w.text }
	case "data":
		data := a.data()
		holds = func() bool { return string(last.Result.Data) == string(data) && last.Result.Value >= 0 }
	}
	a.end()
	switch {
	case a.err != nil:
		return ""
	case last == nil:
		return "no call has returned yet"
	case !holds():
		return verdict(describe(last))
	}
	return ""
}

func isErrno(s string) bool {
	return len(s) > 1 && s[0] == 'E' && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// stateNames lists RFC 9293's states.
var stateNames = []string{
	string(tcpstate.Closed), string(tcpstate.Listen), string(tcpstate.SynSent), string(tcpstate.SynReceived),
	string(tcpstate.Established), string(tcpstate.FinWait1), string(tcpstate.FinWait2), string(tcpstate.CloseWait),
	string(tcpstate.Closing), string(tcpstate.LastAck), string(tcpstate.TimeWait),
}

func (s *Session) expectStates(a *args, what string) verdict {
	e, name := a.socket(s)
	var want []string
	for a.more() {
		want = append(want, a.oneOf("state", stateNames...))
		if what == "state" {
			break
		}
	}
	if len(want) == 0 {
		a.fail("the states are "+strings.Join(stateNames, ", "), "expect %s: the state is missing", what)
	}
	if a.end(); a.err != nil {
		return ""
	}
	if e.State() == "" {
		return verdict(name + " is no TCP socket: it has no state")
	}
	history := e.History()
	if what == "state" {
		if e.State() != want[0] {
			return verdict(name + " is in " + e.State())
		}
		return ""
	}
	if !slices.Equal(history, want) {
		return verdict(name + " went through " + strings.Join(history, " "))
	}
	return ""
}

// anything stands for any number of packets.
const anything = "..."

func (s *Session) expectPackets(a *args) verdict {
	var want []string
	for a.more() {
		want = append(want, a.kind(anything))
	}
	if a.err != nil {
		return ""
	}
	got := s.kinds
	s.kinds = nil
	if match(want, got) {
		return ""
	}
	if len(got) == 0 {
		return "no packet was sent"
	}
	shown := strings.Join(got[:min(len(got), 100)], " ")
	if len(got) > 100 {
		shown += fmt.Sprintf(" ... (%d in all)", len(got))
	}
	return verdict("these were sent: " + shown)
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

func (s *Session) expectBlocked(a *args, want bool) verdict {
	w := a.next("process")
	a.end()
	if a.err != nil {
		return ""
	}
	p := s.Sandbox.Process(w.text)
	if p == nil {
		a.err = s.noProcess(w.text)
		return ""
	}
	switch call := p.Blocked(); {
	case want && call == "":
		return verdict(p.Name() + " is not blocked")
	case !want && call != "":
		return verdict(p.Name() + " is blocked in " + call)
	}
	return ""
}
