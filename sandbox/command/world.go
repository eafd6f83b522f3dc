package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sockplay/sandbox"
)

func runProcess(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	w := a.next("name")
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	switch {
	case !sandbox.ValidName(w.text) || w.quoted:
		return Answer{}, wrong("small letters, digits, - and _, a letter first, 32 at most", "process: %s is no name for a process", clip(w.text))
	case Lookup(w.text) != nil:
		return Answer{}, wrong("another name", "process: %s is a command", w.text)
	case s.Sandbox.AddProcess(w.text) == nil:
		return Answer{}, wrong(w.text+" alone makes it the current process", "process: there is a process %s already", w.text)
	}
	return Answer{}, nil
}

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
		return Answer{}, nil
	}
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
		s.Sandbox.Advance(ctx, d)
		return Answer{}, nil
	}
	d, what, ok := s.Sandbox.NextTimer()
	if !ok {
		return Answer{}, wrong("advance 1s lets a second pass all the same", "advance: no timer is running, so there is nothing to go on to")
	}
	s.Sandbox.Advance(ctx, d+time.Millisecond) // the kernel counts in milliseconds
	if ctx.Err() != nil {
		return Answer{}, wrong("advance goes on to it", "advance: interrupted; %s is still to come", what)
	}
	s.Sandbox.Note(fmt.Sprintf("%s later: %s", d.Round(time.Millisecond), what))
	return Answer{}, nil
}

func runWire(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	var b strings.Builder
	flight := s.Sandbox.InFlight()
	fmt.Fprintf(&b, "the wire delivers every packet at once and in order; %s in flight\n", plural(len(flight), "packet"))
	for _, p := range flight {
		fmt.Fprintf(&b, "  %d  %s  %s > %s\n", p.Number, p.Kind, p.Src, p.Dst)
	}
	if d, what, ok := s.Sandbox.NextTimer(); ok {
		fmt.Fprintf(&b, "next timer: in %s, %s\n", d.Round(time.Millisecond), what)
	}
	return Answer{Show: ShowText, Text: b.String()}, nil
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

func runSockets(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Show: ShowSockets, Sockets: s.Sandbox.Sockets()}, nil
}

func runDiagram(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	d := &DiagramOf{}
	if a.more() {
		e, name := a.socket(s)
		if a.end(); a.err != nil {
			return Answer{}, a.err
		}
		if e.State() == "" {
			return Answer{}, wrong("diagram draws TCP", "diagram: %s is no TCP socket, and only TCP has states", name)
		}
		d.Socket, d.State, d.Path = name, e.State(), e.History()
	}
	return Answer{Show: ShowDiagram, Diagram: d}, nil
}

func runExit(_ context.Context, _ *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Quit: true}, nil
}
