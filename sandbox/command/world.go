package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sockplay/sandbox"
	"sockplay/tracer/ink"
)

func runInterrupt(ctx context.Context, s *Session, p *sandbox.Process, a *args) (Answer, error) {
	if a.more() {
		w := a.next("process")
		if p = s.Sandbox.Process(w.text); p == nil {
			return Answer{}, s.noProcess(w.text)
		}
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	if p.Driven() {
		return Answer{}, driven(p)
	}
	if !p.Interrupt(ctx) {
		return Answer{}, wrong("sockets shows who waits", "interrupt: %s is not blocked in any call", p.Name())
	}
	return Answer{}, nil
}

func runProgram(ctx context.Context, s *Session, p *sandbox.Process, a *args) (Answer, error) {
	background := false
	if n := len(a.words); n > 0 && a.words[n-1].text == "&" {
		background, a.words = true, a.words[:n-1]
	}
	argv := []string{a.next("program").value}
	for a.more() {
		argv = append(argv, a.next("argument").value)
	}
	if a.err != nil {
		return Answer{}, a.err
	}
	if p.Driven() {
		return Answer{}, driven(p)
	}
	err := s.Sandbox.Run(ctx, p, argv, background)
	var program *sandbox.ProgramError
	if errors.As(err, &program) {
		return Answer{}, wrong(program.Try, "run: %s", program.What)
	}
	return Answer{}, err
}

// waitLimit is how long wait lets pass when the line does not say.
const waitLimit = 10 * time.Second

func runWait(ctx context.Context, s *Session, p *sandbox.Process, a *args) (Answer, error) {
	limit, named := waitLimit, a.named
	if w := a.peek(); w != "" && !strings.ContainsAny(w[:1], "0123456789.-") {
		a.next("process")
		if p = s.Sandbox.Process(w); p == nil {
			return Answer{}, s.noProcess(w)
		}
		named = true
	}
	if a.more() {
		limit = a.duration("limit")
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	if p.Blocked() == "" && !named { // any that waits will do
		for _, q := range s.Sandbox.Processes() {
			if q.Blocked() != "" {
				p = q
				break
			}
		}
	}
	call := p.Blocked()
	if call == "" { // its call has returned already
		s.Sandbox.Poll(ctx)
		text := "no call is blocked: there is nothing to wait for"
		if next := s.NextTimer(); next != "" {
			text += "; " + next + ", and advance goes there"
		}
		return say(text), nil
	}
	a.instead = "advance " + limit.String()
	if !s.Sandbox.WaitUntil(ctx, limit, func() bool { return p.Blocked() == "" }) {
		if ctx.Err() != nil {
			return Answer{}, wrong("interrupt "+p.Name()+" ends its call", "wait: interrupted; %s is still blocked in %s", p.Name(), call)
		}
		return Answer{}, wrong("let its peer act, or wait longer: wait "+p.Name()+" 60s", "wait: %s's %s has not returned within %s", p.Name(), call, limit)
	}
	return Answer{}, nil
}

func runAdvance(ctx context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if a.more() {
		d := a.duration("time")
		if a.end(); a.err != nil {
			return Answer{}, a.err
		}
		before := s.Sandbox.Log().Last()
		s.Sandbox.Advance(ctx, d)
		if s.Sandbox.Log().Last() == before && ctx.Err() == nil {
			return say(ink.Duration(d) + " later nothing has happened"), nil
		}
		return Answer{}, nil
	}
	d, what, ok := s.Sandbox.NextTimer()
	if !ok {
		return Answer{}, wrong("advance 1s lets a second pass all the same", "advance: no timer is running, so there is nothing to go on to")
	}
	before := s.Sandbox.Log().Last()
	s.Sandbox.Advance(ctx, d)
	if !s.Sandbox.Stack().Virtual() { // the kernel's timers are up to an eighth late
		s.Sandbox.WaitUntil(ctx, d/8+20*time.Millisecond, func() bool { return s.Sandbox.Log().Last() > before })
	}
	if ctx.Err() != nil {
		return Answer{}, wrong("advance goes on to it", "advance: interrupted; %s is still to come", what)
	}
	s.Sandbox.Note(fmt.Sprintf("%s later: %s", rounded(d), what))
	return Answer{}, nil
}

// NextTimer says which timer runs out next, and when: "next timer: client:3
// sends the SYN again in 1 s". It is "" if none runs.
func (s *Session) NextTimer() string {
	d, what, ok := s.Sandbox.NextTimer()
	if !ok {
		return ""
	}
	return "next timer: " + what + " in " + rounded(d)
}

// rounded is a time to wait, as exact as a reader needs it.
func rounded(d time.Duration) string {
	if d >= 100*time.Millisecond {
		d = d.Round(10 * time.Millisecond)
	}
	return ink.Duration(d)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if n == 0 {
		return "no " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
