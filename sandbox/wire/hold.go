package wire

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/packet"
)

// Held reports whether packets wait until they are delivered by hand.
func (w *Wire) Held() bool { return w.held }

// Hold has packets wait from now on, those that are in flight too, but for what
// was delayed by hand.
func (w *Wire) Hold() {
	if w.held {
		return
	}
	w.held = true
	for _, p := range w.flight {
		if !p.Late && !p.Held {
			w.hold(p)
		}
	}
}

// HoldBefore is Hold at the moment at which p would arrive: it waits too, even if
// it was delayed by hand.
func (w *Wire) HoldBefore(p *Packet) {
	p.Late = false
	w.Hold()
	if !p.Held {
		w.hold(p)
	}
}

func (w *Wire) hold(p *Packet) {
	p.Held, p.Tell = true, ""
	w.observer.Observe(p, tracer.Held, p.Event)
}

// Open lets packets go again: those that wait arrive in order.
func (w *Wire) Open() {
	w.held = false
	for _, p := range w.flight {
		p.Held = false
	}
}

// First returns the packet that a step delivers: of those that are held the
// first or, if there is none, the next to arrive; nil if none is in flight.
func (w *Wire) First() *Packet {
	for _, p := range w.flight {
		if p.Held {
			return p
		}
	}
	if len(w.flight) == 0 {
		return nil
	}
	return w.flight[0]
}

// Find returns the packet of that number, nil if it is not in flight.
func (w *Wire) Find(number int) *Packet {
	for _, p := range w.flight {
		if p.Info.Number == number {
			return p
		}
	}
	return nil
}

// Drop loses p, as an effect of the event cause.
func (w *Wire) Drop(p *Packet, cause int64) {
	w.remove(p)
	w.count.Dropped++
	p.Lost, p.Why = true, "lost by hand"
	w.observer.Observe(p, tracer.Dropped, cause)
}

// Copy doubles p, as an effect of the event cause: the copy, which it returns,
// comes just behind it.
func (w *Wire) Copy(p *Packet, cause int64) *Packet {
	return w.double(p, cause, "by hand")
}

func (w *Wire) double(p *Packet, cause int64, how string) *Packet {
	info := *p.Info
	q := &Packet{
		Info: &info, Header: p.Header, From: p.From, Due: p.Due,
		Bad: p.Bad, Held: p.Held, Late: p.Late, Times: 1, echo: p.echo,
	}
	q.Tell = fmt.Sprintf("a copy of packet %d: it arrives twice", p.Info.Number)
	if how != "" {
		q.Tell = fmt.Sprintf("a copy of packet %d, made %s: it arrives twice", p.Info.Number, how)
	}
	w.number(q, tracer.Copied, cause)
	w.flight = slices.Insert(w.flight, slices.Index(w.flight, p)+1, q)
	if q.Held {
		w.hold(q)
	}
	return q
}

// Delay has p arrive at due, by itself, as an effect of the event cause.
func (w *Wire) Delay(p *Packet, due time.Duration, why string, cause int64) {
	w.remove(p)
	p.Held, p.Late, p.Due, p.Tell = false, true, due, why
	w.insert(p)
	w.observer.Observe(p, tracer.Delayed, cause)
}

// Corrupt flips one bit of p, so that its checksum is wrong, as an effect of the
// event cause. It returns what was hit, in words, "" if p is damaged already or
// nothing in it is protected by a checksum.
func (w *Wire) Corrupt(p *Packet, cause int64) string {
	if p.Bad {
		return ""
	}
	raw := bytes.Clone(p.Info.Bytes)
	for _, spot := range spots(p.Info) {
		raw[spot.at] ^= spot.bit
		wrong := packet.Check(raw)
		if wrong == "" {
			raw[spot.at] ^= spot.bit
			continue
		}
		info := *p.Info
		info.Bytes, info.Malformed = raw, wrong
		if n := len(info.Payload); n > 0 {
			info.Payload = raw[len(raw)-n:]
		}
		p.Info, p.Bad = &info, true
		p.Tell = "damaged by hand: a bit of " + spot.name + " is flipped"
		w.observer.Observe(p, tracer.Held, cause)
		return spot.name
	}
	return ""
}

// spot is a bit that a checksum protects, and that can be flipped without
// making the packet another one's.
type spot struct {
	at   int
	bit  byte
	name string
}

// spots are where p can be hit: its data, else a field of its transport's
// header, else of its own.
func spots(p *tracer.Packet) []spot {
	var list []spot
	raw := p.Bytes
	if n := len(p.Payload); n > 0 {
		list = append(list, spot{len(raw) - n, 0x04, "its data"})
	}
	header := 40
	if len(raw) > 0 && raw[0]>>4 == 4 {
		header = int(raw[0]&0x0f) * 4
	}
	switch {
	case p.Proto == "tcp" && len(raw) >= header+20:
		list = append(list, spot{header + 15, 0x01, "its window"})
	case p.Proto == "udp" && len(raw) >= header+8:
		list = append(list, spot{header + 7, 0x01, "its checksum"})
	case len(raw) > header+4:
		list = append(list, spot{len(raw) - 1, 0x01, "its last octet"})
	}
	if header == 20 && len(raw) >= 20 {
		list = append(list, spot{8, 0x01, "its time to live"})
	}
	return list
}

// fold takes a retransmission of a packet that is still held into that packet:
// it tells of it, and returns true. A packet that a timer sends again without
// any data, as a probe, is one too. What is damaged or forged is another
// packet than the one that is sent.
func (w *Wire) fold(p *Packet, cause int64) bool {
	if p.Header.Proto != "tcp" {
		return false
	}
	for _, q := range w.flight {
		if q.Held && !q.Bad && !q.forged && again(q, p, cause) {
			q.Times++
			w.count.Folded++
			q.Tell = "not acknowledged, for it is still held: its sender sends it again"
			if cause != 0 {
				q.Tell = "sent again, in answer to what has come again; it is still held, and counts once"
			}
			w.observer.Observe(q, tracer.Held, cause)
			return true
		}
	}
	return false
}

// again reports whether p is q once more.
func again(q, p *Packet, cause int64) bool {
	a, b := &q.Header, &p.Header
	const decides = packet.SYN | packet.ACK | packet.FIN | packet.RST // a SYN-ACK says more than the SYN before it
	if a.Proto != "tcp" || b.Proto != "tcp" || a.Src != b.Src || a.Dst != b.Dst || a.Seq != b.Seq || a.Len != b.Len ||
		a.Flags&decides != b.Flags&decides || !bytes.Equal(q.Info.Payload, p.Info.Payload) {
		return false
	}
	if a.Len > 0 || a.Flags&(packet.SYN|packet.FIN) != 0 {
		return true
	}
	return cause == 0 && a.Ack == b.Ack && a.Win == b.Win
}
