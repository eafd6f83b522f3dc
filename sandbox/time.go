package sandbox

import (
	"context"
	"fmt"
	"time"

	"sockplay/tracer/tcpstate"
	"sockplay/tracer/track"
)

// timeWait is how long Linux keeps TIME-WAIT and an orphan's FIN-WAIT-2
// (RFC 9293 3.4.2 would have four minutes).
const timeWait = 60 * time.Second

// expire ends calls whose time is over, and states whose timer has run out.
func (s *Sandbox) expire() {
	now := s.stack.Now()
	for _, p := range append([]*Process(nil), s.blocked...) {
		if c := p.pending; c != nil && c.deadline > 0 && now >= c.deadline {
			p.finish(c.late, 0)
		}
	}
	for _, e := range s.track.Expired(timeWait) {
		state, err := s.stack.TCPState(e.Local, e.Remote)
		s.fail(err)
		if state == "CLOSED" {
			timer := tcpstate.TimeWaitOver
			if e.State() == "FIN-WAIT-2" {
				timer = tcpstate.FinWait2Over
			}
			s.track.Timeout(e, timer, 0)
		}
	}
}

// gaveUp tells of the connections that the stack has given up without a word:
// no packet shows it.
func (s *Sandbox) gaveUp() {
	for _, e := range s.track.ConnectionsIf(s.waits.mayEnd) {
		if !e.Comparable() {
			continue
		}
		state, err := s.stack.TCPState(e.Local, e.Remote)
		s.fail(err)
		if err == nil && state == "CLOSED" {
			s.track.Timeout(e, tcpstate.UserTimeout, 0)
		}
	}
	clear(s.waits.stirred)
}

// NextTimer tells how long nothing will happen by itself, and who does what
// then ("client:3 sends the SYN again"). ok is false if no timer runs.
func (s *Sandbox) NextTimer() (d time.Duration, what string, ok bool) {
	now := s.stack.Now()
	offer := func(in time.Duration, text string) {
		if in = max(in, 0); !ok || in < d {
			d, what, ok = in, text, true
		}
	}
	for _, p := range s.blocked {
		switch c := p.pending; {
		case c.name == "nanosleep":
			offer(c.deadline-now, p.name+" has slept enough")
		case c.deadline > 0:
			offer(c.deadline-now, fmt.Sprintf("%s has waited long enough in %s", p.name, c.title()))
		}
	}
	if p, late := s.wire.NextLate(); late {
		offer(p.Due-now, fmt.Sprintf("the delayed %s %d arrives", p.Info.Kind, p.Info.Number))
	}
	for _, e := range s.track.Connections() {
		if t, running := s.stack.NextTimer(e.Local, e.Remote); running {
			offer(t.In, s.endpointName(e)+" "+timerName(t.Kind, e))
		}
	}
	return d, what, ok
}

// timerName says what a connection does when its timer runs out.
func timerName(k TimerKind, e *track.Endpoint) string {
	switch k {
	case WindowProbe:
		return "asks whether the window is open again"
	case TailProbe:
		return "sends the last segment again as a probe"
	case Reordering:
		return "sends again what has been overtaken and not acknowledged"
	case Keepalive:
		return "asks whether its peer is still there"
	case CorkTimer:
		return "sends what TCP_CORK holds back"
	case TimeWaitTimer:
		return "leaves TIME-WAIT"
	case FinWait2Timer:
		return "gives up waiting for the peer's FIN"
	}
	switch e.State() {
	case "SYN-SENT":
		return "sends the SYN again"
	case "SYN-RECEIVED":
		return "sends the SYN-ACK again"
	case "FIN-WAIT-1", "CLOSING", "LAST-ACK":
		return "sends the FIN, or what is before it, again"
	}
	return "sends again what is not acknowledged"
}

// Advance lets time pass for d, and takes in what happens meanwhile.
func (s *Sandbox) Advance(ctx context.Context, d time.Duration) {
	s.WaitUntil(ctx, d, func() bool { return false })
}

// WaitUntil lets time pass until done, for limit at most, and reports whether
// it is done.
func (s *Sandbox) WaitUntil(ctx context.Context, limit time.Duration, done func() bool) bool {
	end := s.stack.Now() + limit
	defer s.TellWaiting()
	for {
		s.rested()
		s.Poll(ctx)
		s.gaveUp()
		if done() {
			return true
		}
		left := end - s.stack.Now()
		if left <= 0 || ctx.Err() != nil || s.failure != nil {
			return false
		}
		s.idle(ctx, s.shorter(left), nil)
	}
}

// shorter is limit, or how long Poll need not be called if that is less.
func (s *Sandbox) shorter(limit time.Duration) time.Duration {
	if p := s.Patience(); p >= 0 {
		return min(limit, p)
	}
	return limit
}

// Patience is how long Poll need not be called while no packet comes; negative:
// for ever.
func (s *Sandbox) Patience() time.Duration {
	now := s.stack.Now()
	limit := time.Duration(-1)
	soon := func(d time.Duration) {
		if !s.stack.Virtual() { // a timer of the stack may be a little late
			d = max(d, time.Millisecond)
		}
		if d = max(d, 0); limit < 0 || d < limit {
			limit = d
		}
	}
	if p, late := s.wire.NextLate(); late {
		soon(p.Due - now)
	}
	for _, p := range s.blocked {
		c := p.pending
		if c.deadline > 0 {
			soon(c.deadline - now)
		}
		// What a program does to a unix socket sends no packet either.
		if c.file != nil && c.file.kind.Unix() && s.programs.any() {
			soon(50 * time.Millisecond)
		}
		// The last timer of a connection that is given up sends no packet. Where
		// time is virtual, no timer is missed anyhow: see Stack.Wait.
		if !s.stack.Virtual() && c.file != nil && c.file.end.Remote.IsValid() && c.file.kind.TCP() {
			if t, running := s.stack.NextTimer(c.file.end.Local, c.file.end.Remote); running {
				soon(t.In)
			}
		}
	}
	if len(s.ready) > 0 { // they rest
		soon(pause)
	}
	// Where time is virtual the stack's timer runs out at that very moment; one
	// that has been set anew meanwhile is not waited for here.
	if at, waiting := s.track.NextExpiry(timeWait); waiting && (at > now || !s.stack.Virtual()) {
		soon(at - now)
	}
	return limit
}
