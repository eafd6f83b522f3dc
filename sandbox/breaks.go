package sandbox

import (
	"fmt"
	"slices"

	"sockplay/tracer"
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
				o.Note(why)
				o.wire.Hold()
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
