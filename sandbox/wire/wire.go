// Package wire is the one place that every packet passes: it takes what a
// stack sends, numbers it, and hands it back to the stack, packet by packet,
// telling an observer of each step. It knows nothing of sockets or states.
package wire

import (
	"math/rand/v2"
	"slices"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/packet"
)

// Link is the end of a stack that the wire holds.
type Link interface {
	// Receive returns the next packet that the stack has put out, or nil if
	// there is none now. The wire owns what it returns.
	Receive() ([]byte, error)
	// Deliver gives the stack a packet. When it returns, the stack has
	// processed the packet, and its answers can be received.
	Deliver(packet []byte) error
}

// Packet is a packet on the wire.
type Packet struct {
	Info   *tracer.Packet
	Header packet.Header
	From   string        // the process that sent it, as the observer knows it; "": none
	Event  int64         // the event that put it on the wire
	Due    time.Duration // when it arrives, on the stack's clock
	Bad    bool          // its receiver will throw it away unread
	Lost   bool          // it will be lost on the way
	Why    string        // the reason, where it is none of the wire's

	echo int // how many bare ACKs in a row have answered each other up to it
}

// Observer is told what becomes of each packet, in order, and returns the
// number of the event that it made of it. cause is the event that brought it
// about, 0 if none did.
type Observer interface {
	Observe(p *Packet, f tracer.Fate, cause int64) (event int64)
}

// Wire is a queue between a stack and itself. It belongs to one goroutine.
type Wire struct {
	link     Link
	observer Observer
	flight   []*Packet // sent and not delivered, in the order in which they arrive
	numbers  int       // the last number given
	bad      int       // packets that their receiver has thrown away unread
	loss     Loss
	last     *Packet    // delivered last
	arrival  int64      // the event that told so
	chance   *rand.Rand // by which packets are lost
}

// New returns a wire that holds link and tells observer.
func New(link Link, observer Observer) *Wire {
	w := &Wire{link: link, observer: observer}
	w.Seed(1)
	return w
}

// Collect takes all that the stack has sent onto the wire, as an effect of
// the event cause, to arrive at due, and returns how many packets it took.
func (w *Wire) Collect(cause int64, due time.Duration) (int, error) {
	for n := 0; ; n++ {
		raw, err := w.link.Receive()
		if raw == nil || err != nil {
			return n, err
		}
		p := &Packet{Due: due}
		p.Info, p.Header = packet.Decode(raw)
		w.put(p, tracer.Sent, cause)
		p.Lost = w.loses(p.From) || p.Lost
		if w.last != nil && cause == w.arrival && bare(p) && bare(w.last) {
			p.echo = w.last.echo + 1
			p.Lost = p.Lost || p.Endless()
		}
	}
}

// maxEcho is how many bare ACKs may answer each other. A keepalive probe and
// its answer are two; two ends of which each takes the other's numbers for
// wrong, as after a forged segment, would go on for ever (RFC 5961 7).
const maxEcho = 16

// Endless reports whether p belongs to such an exchange and is lost for that.
func (p *Packet) Endless() bool { return p.echo >= maxEcho }

func bare(p *Packet) bool { return p.Info.Kind == tracer.ACK && p.Info.Len == 0 }

// Inject puts a packet onto the wire that no stack has sent, as an effect of
// the event cause, to arrive at due. It may be anything at all.
func (w *Wire) Inject(raw []byte, cause int64, due time.Duration) {
	p := &Packet{Due: due}
	p.Info, p.Header = packet.Decode(raw)
	if wrong := packet.Check(raw); wrong != "" {
		p.Bad, p.Info.Malformed = true, wrong
	}
	w.put(p, tracer.Injected, cause)
}

// put numbers a packet and gives it its place among those in flight.
func (w *Wire) put(p *Packet, f tracer.Fate, cause int64) {
	w.numbers++
	p.Info.Number = w.numbers
	p.Event = w.observer.Observe(p, f, cause)
	i := len(w.flight)
	for i > 0 && w.flight[i-1].Due > p.Due {
		i--
	}
	w.flight = slices.Insert(w.flight, i, p)
}

// Next returns the packet that arrives next, at its Due, or nil if none is on
// its way.
func (w *Wire) Next() *Packet {
	if len(w.flight) == 0 {
		return nil
	}
	return w.flight[0]
}

// Deliver takes p off the wire and, unless it is lost, gives it to the stack;
// one that the stack throws away unread has the fate of a dropped one too. It returns the number of
// the event that tells so, the cause of what the stack answers.
func (w *Wire) Deliver(p *Packet) (event int64, err error) {
	for i, q := range w.flight {
		if q == p {
			w.flight[i] = nil
			if i == 0 {
				w.flight = w.flight[1:]
			} else {
				w.flight = append(w.flight[:i], w.flight[i+1:]...)
			}
			break
		}
	}
	w.last = p
	defer func() { w.arrival = event }()
	if p.Lost {
		return w.observer.Observe(p, tracer.Dropped, p.Event), nil
	}
	err = w.link.Deliver(p.Info.Bytes)
	fate := tracer.Delivered
	if p.Bad {
		fate = tracer.Dropped
		w.bad++
	}
	return w.observer.Observe(p, fate, p.Event), err
}

// Bad counts the packets that were thrown away unread.
func (w *Wire) Bad() int { return w.bad }

// InFlight returns the packets that are on the wire, in order. The slice is
// the wire's own.
func (w *Wire) InFlight() []*Packet { return w.flight }
