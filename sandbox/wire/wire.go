// Package wire is the one place that every packet passes: it takes what a
// stack sends, numbers it, lets its rules decide about it, and hands it back to
// the stack, packet by packet, telling an observer of each step. It can be held:
// then packets wait, to be delivered, lost, doubled, delayed or damaged one by
// one. It knows nothing of sockets or states.
package wire

import (
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
	Why    string        // the reason why it is lost, where that is none of the wire's
	Tell   string        // what the event says that is observed next
	Held   bool          // it waits until it is delivered by hand, whatever the time
	Late   bool          // it was delayed by hand: it arrives when it is due, and nothing waits for it
	Times  int           // how often its sender has sent it: again, while it is held

	forged bool // no stack has sent it
	echo   int  // how many bare ACKs in a row have answered each other up to it
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
	held     bool
	rules    rules
	count    Count
	last     *Packet // delivered last
	arrival  int64   // the event that told so
}

// Count is what has become of all packets so far. Sent, Copied and Injected
// together are Delivered, Dropped and those in flight.
type Count struct {
	Sent, Copied, Injected int
	Delivered, Dropped     int
	Malformed              int // of the dropped: thrown away unread by their receiver
	Folded                 int // sent again while they were held: they count once, as sent
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
		p := &Packet{Due: due, Times: 1}
		p.Info, p.Header = packet.Decode(raw)
		if w.fold(p, cause) {
			continue
		}
		w.send(p, cause)
	}
}

// send puts a packet of the stack's on the wire, as the rules will have it.
func (w *Wire) send(p *Packet, cause int64) {
	w.number(p, tracer.Sent, cause)
	if w.last != nil && cause == w.arrival && bare(p) && bare(w.last) {
		p.echo = w.last.echo + 1
		p.Lost = p.Lost || p.Endless()
	}
	doubled := w.decide(p)
	w.place(p)
	if doubled {
		w.double(p, p.Event, "")
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
// the event cause, to arrive at due. It may be anything at all. No rule is about
// it.
func (w *Wire) Inject(raw []byte, cause int64, due time.Duration) *Packet {
	p := &Packet{Due: due, Times: 1, forged: true}
	p.Info, p.Header = packet.Decode(raw)
	if wrong := packet.Check(raw); wrong != "" {
		p.Bad, p.Info.Malformed = true, wrong
	}
	w.number(p, tracer.Injected, cause)
	w.place(p)
	return p
}

// number gives a packet that appears its number, and tells of it.
func (w *Wire) number(p *Packet, f tracer.Fate, cause int64) {
	w.numbers++
	p.Info.Number = w.numbers
	switch f {
	case tracer.Copied:
		w.count.Copied++
	case tracer.Injected:
		w.count.Injected++
	default:
		w.count.Sent++
	}
	p.Event = w.observer.Observe(p, f, cause)
}

// place gives a packet its place among those in flight. On a wire that is held
// it waits there.
func (w *Wire) place(p *Packet) {
	w.insert(p)
	if (w.held || p.Held) && !p.Late {
		w.hold(p)
	}
}

// insert puts p behind all that arrive no later than it.
func (w *Wire) insert(p *Packet) {
	i := len(w.flight)
	for i > 0 && w.flight[i-1].Due > p.Due {
		i--
	}
	w.flight = slices.Insert(w.flight, i, p)
}

// Next returns the packet that arrives next, at its Due, or nil if none is on
// its way: those that are held are not, nor are those that were delayed by hand,
// until they are due at now or sooner than one that is.
func (w *Wire) Next(now time.Duration) *Packet {
	var late *Packet
	for _, p := range w.flight {
		switch {
		case p.Held:
		case p.Late && p.Due > now:
			if late == nil {
				late = p
			}
		case late != nil:
			return late
		default:
			return p
		}
	}
	return nil
}

// NextLate is when the next packet arrives that was delayed by hand; ok is false
// if none was.
func (w *Wire) NextLate() (p *Packet, ok bool) {
	for _, p := range w.flight {
		if p.Late {
			return p, true
		}
	}
	return nil, false
}

// Deliver takes p off the wire and, unless it is lost, gives it to the stack;
// one that the stack throws away unread has the fate of a dropped one too. It
// returns the number of the event that tells so, the cause of what the stack
// answers.
func (w *Wire) Deliver(p *Packet) (event int64, err error) {
	w.remove(p)
	w.last = p
	defer func() { w.arrival = event }()
	if p.Lost {
		w.count.Dropped++
		return w.observer.Observe(p, tracer.Dropped, p.Event), nil
	}
	err = w.link.Deliver(p.Info.Bytes)
	fate := tracer.Delivered
	if p.Bad {
		fate = tracer.Dropped
		w.count.Dropped++
		w.count.Malformed++
	} else {
		w.count.Delivered++
	}
	return w.observer.Observe(p, fate, p.Event), err
}

func (w *Wire) remove(p *Packet) {
	for i, q := range w.flight {
		if q == p {
			w.flight[i] = nil
			if i == 0 {
				w.flight = w.flight[1:]
			} else {
				w.flight = append(w.flight[:i], w.flight[i+1:]...)
			}
			return
		}
	}
}

// Count tells what has become of all packets so far.
func (w *Wire) Count() Count { return w.count }

// InFlight returns the packets that are on the wire, in order. The slice is
// the wire's own.
func (w *Wire) InFlight() []*Packet { return w.flight }
