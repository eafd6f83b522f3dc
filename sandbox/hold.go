package sandbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sockplay/sandbox/wire"
	"sockplay/tracer"
	"sockplay/tracer/track"
)

// Break is what holds the wire when it happens. One of its parts is set.
type Break struct {
	Kind    string // a packet of this kind is put on the wire
	State   string // a connection comes into this state
	Process string // something happens to this process's socket: a packet, or a move
	FD      int
}

// String is the break as it is typed.
func (b Break) String() string {
	switch {
	case b.Kind != "":
		return b.Kind
	case b.State != "":
		return b.State
	}
	return fmt.Sprintf("%s:%d", b.Process, b.FD)
}

// stops are what has the wire held by itself.
type stops struct {
	breaks []Break
	// after, if armed, is how many packets arrive before the wire is held.
	armed bool
	after int
	hits  int // how often a break was met, or after reached
}

// due reports whether the wire is to be held now, instead of delivering, and
// counts the delivery if it is not.
func (s *stops) due() bool {
	switch {
	case !s.armed:
		return false
	case s.after == 0:
		s.armed = false
		s.hits++
		return true
	}
	s.after--
	return false
}

// AddBreak has the wire held when b happens.
func (s *Sandbox) AddBreak(b Break) {
	if !slices.Contains(s.stops.breaks, b) {
		s.stops.breaks = append(s.stops.breaks, b)
	}
}

// Breaks lists what holds the wire when it happens.
func (s *Sandbox) Breaks() []Break { return s.stops.breaks }

// ClearBreaks ends all of them, and what HoldAfter has set.
func (s *Sandbox) ClearBreaks() { s.stops.breaks, s.stops.armed = nil, false }

// HoldAfter has the wire held just before the packet that arrives after n more.
func (s *Sandbox) HoldAfter(n int) { s.stops.armed, s.stops.after = true, n }

// HoldsAfter tells what HoldAfter has set and is still to come.
func (s *Sandbox) HoldsAfter() (n int, armed bool) { return s.stops.after, s.stops.armed }

// seen looks whether a packet's event, or the moves that it brought about, is
// what a break waits for. It returns the event's number.
func (o observer) seen(seq int64) int64 {
	if len(o.stops.breaks) > 0 {
		events, _ := o.log.Since(seq - 1)
		for i := range events {
			if b, ok := o.meets(&events[i]); ok {
				o.stops.hits++
				why := fmt.Sprintf("break %s: %s", b, met(&events[i]))
				if !o.wire.Held() {
					why += ", and the wire is held"
				}
				o.hold(why)
				break
			}
		}
	}
	return seq
}

// meets finds the break that an event is.
func (s *Sandbox) meets(e *tracer.Event) (Break, bool) {
	i := slices.IndexFunc(s.stops.breaks, func(b Break) bool {
		socket := ""
		if b.Process != "" {
			socket = b.String()
		}
		switch {
		case e.Kind == tracer.KindState:
			return b.State == e.To || b.Process != "" && b.Process == e.Process && b.FD == e.FD
		case e.Kind != tracer.KindPacket || e.Fate == tracer.Delivered || e.Fate == tracer.Dropped:
			return false
		}
		return b.Kind == e.Packet.Kind || socket != "" && (socket == e.Packet.Sender || socket == e.Packet.Receiver)
	})
	if i < 0 {
		return Break{}, false
	}
	return s.stops.breaks[i], true
}

// met says what has happened that holds the wire.
func met(e *tracer.Event) string {
	if e.Kind == tracer.KindState {
		who := e.Local.String()
		if e.FD != 0 {
			who = fmt.Sprintf("%s:%d", e.Process, e.FD)
		} else if e.Process != "" {
			who = e.Process
		}
		return who + " has come into " + e.To
	}
	return fmt.Sprintf("%s %d is on it", e.Packet.Kind, e.Packet.Number)
}

// hold holds the wire, and says why.
func (s *Sandbox) hold(why string) {
	if why != "" {
		s.Note(why)
	}
	s.wire.Hold()
}

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
