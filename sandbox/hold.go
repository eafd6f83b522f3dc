package sandbox

import (
	"context"
	"fmt"
	"time"

	"sockplay/sandbox/wire"
	"sockplay/tracer/track"
)

// waiting says that packets wait on the wire, and what may be done about it; ""
// if none does.
func (s *Sandbox) waiting(of *Process, fd int) (why, try string) {
	p := s.wire.First()
	for _, q := range s.wire.InFlight() { // the call's own, rather
		if q.Held && q.Info.Sender == fmt.Sprintf("%s:%d", of.name, fd) {
			p = q
			break
		}
	}
	if p == nil {
		return "", ""
	}
	name := fmt.Sprintf("%s %d", p.Info.Kind, p.Info.Number)
	if p.Late {
		return name + " was delayed, and is still in flight", fmt.Sprintf("advance lets it arrive, deliver %d at once", p.Info.Number)
	}
	return "the wire is held, and " + name + " is in flight",
		fmt.Sprintf("step delivers it, drop %d loses it, advance lets time pass", p.Info.Number)
}

// Hold has packets wait until they are delivered one by one.
func (s *Sandbox) Hold() { s.wire.Hold() }

// Open lets packets go again, those that wait first, in order.
func (s *Sandbox) Open(ctx context.Context) {
	s.wire.Open()
	s.settle(ctx)
}

// Step delivers the next packet, as the wire has them in order, and returns it;
// nil if none is in flight. One that is still under way arrives in its time. It
// is nil too if the wire was to be held before it: see HoldAfter.
func (s *Sandbox) Step(ctx context.Context) *wire.Packet {
	p := s.wire.First()
	if p == nil {
		return nil
	}
	return s.arrive(ctx, p)
}

// Deliver has p arrive now, before all others.
func (s *Sandbox) Deliver(ctx context.Context, p *wire.Packet) {
	if p.Late {
		p.Due = s.stack.Now()
	}
	s.arrive(ctx, p)
}

// arrive delivers p when it is due, and what a rule does not keep waiting.
func (s *Sandbox) arrive(ctx context.Context, p *wire.Packet) *wire.Packet {
	for s.failure == nil {
		left := p.Due - s.stack.Now()
		if left <= 0 {
			break
		}
		if ctx.Err() != nil {
			return nil
		}
		s.pass(ctx, left)
		for q := s.wire.Next(s.stack.Now()); q != nil && q != p && q.Due <= s.stack.Now(); q = s.wire.Next(s.stack.Now()) {
			s.deliver(q)
		}
		if s.wire.Find(p.Info.Number) != p { // it has arrived by itself
			return p
		}
	}
	before := s.wire.Count()
	s.deliver(p)
	after := s.wire.Count()
	if before.Delivered+before.Dropped == after.Delivered+after.Dropped {
		return nil
	}
	s.settle(ctx)
	return p
}

// Stopped counts how often the wire was held by itself, so that who steps
// through it knows when to stop.
func (s *Sandbox) Stopped() int { return s.stops.hits }

// Arrivals counts the packets that have come to the end of their way, whether
// they were delivered there or lost on it.
func (s *Sandbox) Arrivals() int { return s.arrivals }

// Drop loses p, as an effect of the event cause.
func (s *Sandbox) Drop(p *wire.Packet, cause int64) { s.wire.Drop(p, cause) }

// Copy doubles p, as an effect of the event cause.
func (s *Sandbox) Copy(ctx context.Context, p *wire.Packet, cause int64) {
	s.wire.Copy(p, cause)
	s.settle(ctx)
}

// Delay has p arrive by itself, d from now, as an effect of the event cause.
// Nothing waits for it.
func (s *Sandbox) Delay(ctx context.Context, p *wire.Packet, d time.Duration, why string, cause int64) {
	s.wire.Delay(p, s.stack.Now()+d, why, cause)
	s.settle(ctx)
}

// Corrupt flips a bit of p, as an effect of the event cause, and returns of what,
// "" if there is none to flip.
func (s *Sandbox) Corrupt(p *wire.Packet, cause int64) string { return s.wire.Corrupt(p, cause) }

// Ends are the two sockets that a packet runs between, nil where the sandbox has
// none.
func (s *Sandbox) Ends(p *wire.Packet) (from, to *track.Endpoint) {
	h := &p.Header
	return s.track.Socket(h.Proto, h.Src, h.Dst), s.track.Socket(h.Proto, h.Dst, h.Src)
}

// EndNames are how a learner calls the two ends of a packet's way.
func (s *Sandbox) EndNames(p *wire.Packet) (from, to string) {
	a, b := s.Ends(p)
	name := func(e *track.Endpoint, socket, addr string) string {
		switch {
		case socket != "":
			return socket
		case e != nil && (e.Process != "" || e.Listener() != nil):
			return s.endpointName(e)
		}
		return addr
	}
	return name(a, p.Info.Sender, p.Info.Src), name(b, p.Info.Receiver, p.Info.Dst)
}
