package versus

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"

	"sockplay/sandbox/wire"
	"sockplay/tracer"
)

// piece is how many octets of a message have lots together: about what a packet
// carries.
const piece = 1460

// lots draws what happens to packets, so that the same happens to the same
// message over TCP and over UDP. A packet has the lots of the piece of a message
// with which it begins, for the n-th time that a packet begins with it; one
// without any, a handshake's or an ACK, those of its kind for the n-th time.
type lots struct {
	Conditions
	times   map[what]int
	numbers map[uint16]int // of the datagrams, by their IP identification
	packet  int            // the packet that was asked about last
	last    what
}

// what a packet begins with.
type what struct {
	kind    string // of a packet without a message
	message int
	piece   int
	time    int
}

// draw is the lot of a packet: a number from 0 to 1.
func (l *lots) draw(kind wire.RuleKind, p *wire.Packet) float64 {
	if p.Info.Number != l.packet {
		w := l.begins(p.Info)
		if l.times == nil {
			l.times = make(map[what]int)
		}
		l.times[w]++
		l.packet, l.last = p.Info.Number, w
		l.last.time = l.times[w]
	}
	if kind == wire.Duplicate && l.lot(wire.Loss)*100 < l.Loss {
		return 1 // what is lost is not doubled
	}
	return l.lot(kind)
}

// lot is that of the packet that was asked about last.
func (l *lots) lot(kind wire.RuleKind) float64 {
	h := fnv.New64a()
	_ = binary.Write(h, binary.BigEndian, [...]int64{l.Seed, int64(l.last.message), int64(l.last.piece), int64(l.last.time)})
	_, _ = h.Write([]byte("lots " + l.last.kind + " " + string(kind)))
	return rand.New(rand.NewPCG(uint64(l.Seed), h.Sum64())).Float64()
}

// begins tells with what a packet begins.
func (l *lots) begins(p *tracer.Packet) what {
	switch {
	case p.Proto == "tcp" && p.Len > 0:
		at := int(p.Seq) - 1
		return what{message: at/l.Size + 1, piece: at % l.Size / piece}
	case p.Proto == "udp":
		return what{message: l.datagram(p), piece: p.FragOffset / piece}
	}
	return what{kind: p.Kind}
}

// datagram is the number of the message that a datagram is, or its fragment.
func (l *lots) datagram(p *tracer.Packet) int {
	if !p.Fragment() {
		return number(p.Payload)
	}
	if l.numbers == nil {
		l.numbers = make(map[uint16]int)
	}
	id := binary.BigEndian.Uint16(p.Bytes[4:])
	if p.FragOffset == 0 {
		l.numbers[id] = number(p.Payload)
	}
	return l.numbers[id]
}
