package ladder

import (
	"fmt"
	"strconv"
	"strings"

	"sockplay/tracer"
)

// A batch with many packets is drawn at both ends.
const (
	foldFirst = 20
	foldLast  = 10
	foldMin   = 6 // fewer are not worth a fold
)

// fold is the middle of a long batch: the rows from..to-1, counted.
type fold struct {
	from, to int
	packets  map[string]int // by kind
	octets   map[string]int // by kind: of payload
	lost     int
	waiting  int
	moved    bool // whether states have changed since it began
}

func newFold(b *batch) fold {
	rows := 0
	for i := range b.events {
		if b.events[i].Kind == tracer.KindPacket && b.isRow(i) {
			rows++
		}
	}
	if rows < foldFirst+foldLast+foldMin {
		return fold{from: rows, to: rows}
	}
	f := fold{from: foldFirst, to: rows - foldLast, packets: map[string]int{}, octets: map[string]int{}}
	row := 0
	for i := range b.events {
		if b.events[i].Kind != tracer.KindPacket || !b.isRow(i) {
			continue
		}
		if f.holds(row) {
			f.count(b, i)
		}
		row++
	}
	return f
}

func (f *fold) holds(row int) bool { return row >= f.from && row < f.to }

func (f *fold) count(b *batch, i int) {
	e := &b.events[i]
	kind := kindOf(e.Packet)
	f.packets[kind]++
	f.octets[kind] += e.Packet.Len
	switch way := b.fates[e.Packet.Number]; {
	case e.Fate == tracer.Dropped, isBirth(e.Fate) && way.ended >= 0 && b.events[way.ended].Fate == tracer.Dropped:
		f.lost++
	case isBirth(e.Fate) && e.Fate != tracer.Captured && way.ended < 0:
		f.waiting++
	}
}

// String tells what was folded.
func (f *fold) String() string {
	var parts []string
	for _, kind := range append([]string{tracer.DATA}, append(tracer.PacketKinds, tracer.IP)...) {
		n := f.packets[kind]
		if n == 0 || kind == tracer.DATA && len(parts) > 0 {
			continue
		}
		part := grouped(n) + " " + kind
		if kind == tracer.DATA || kind == tracer.UDP {
			part += " (" + size(f.octets[kind]) + ")"
		}
		parts = append(parts, part)
	}
	s := grouped(f.to-f.from) + " packets more: " + strings.Join(parts, ", ")
	if f.lost > 0 {
		s += "; " + grouped(f.lost) + " lost"
	} else {
		s += "; none lost"
	}
	if f.waiting > 0 {
		s += "; " + grouped(f.waiting) + " on the wire"
	}
	return s
}

// kindOf is what a packet is called in tests: the first that it is.
func kindOf(p *tracer.Packet) string {
	switch {
	case p.Kind != "":
		return p.Kind
	case p.Proto == "udp":
		return tracer.UDP
	case p.Proto == "icmp" || p.Proto == "icmp6":
		return tracer.ICMP
	case p.Proto != "tcp":
		return tracer.IP
	case p.Has("RST"):
		return tracer.RST
	case p.Has("SYN") && p.Has("ACK"):
		return tracer.SYNACK
	case p.Has("SYN"):
		return tracer.SYN
	case p.Has("FIN"):
		return tracer.FIN
	case p.Len > 0:
		return tracer.DATA
	}
	return tracer.ACK
}

// grouped writes n with a comma every three digits.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size writes a number of octets in round decimal units.
func size(n int) string {
	units := []string{"kB", "MB", "GB", "TB"}
	if n < 1000 {
		return octets(n)
	}
	x := float64(n) / 1000
	i := 0
	for ; x >= 999.5 && i < len(units)-1; i++ {
		x /= 1000
	}
	if x < 9.95 {
		return fmt.Sprintf("%.1f %s", x, units[i])
	}
	return fmt.Sprintf("%.0f %s", x, units[i])
}

func octets(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return strconv.Itoa(n) + " bytes"
}
