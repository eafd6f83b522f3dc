package track

import (
	"net/netip"
	"slices"
	"strconv"

	"sockplay/tracer"
	"sockplay/tracer/packet"
)

// flow is what both directions of a TCP connection have shown so far. The
// directions are 0, from the lesser of its addresses, and 1.
type flow struct {
	dir [2]half
	// self: a connection of a socket to itself has one direction only.
	self bool
	// begun: SetBase has begun it for the SYN that is to come.
	begun bool
}

// half is one direction of a flow.
type half struct {
	known  bool   // whether isn is
	isn    uint32 // the number that is shown as 0
	old    uint32 // the isn of the connection before, which one end still has
	both   bool   // whether old is known
	end    uint32 // after the highest octet sent
	sent   bool   // whether end is known
	ack    uint32 // the latest acknowledgement
	win    int    // the latest window, scaled
	ws     int    // the shift offered in the SYN; -1: none
	tsval  uint32 // the latest timestamp (RFC 7323 3)
	scaled bool   // its windows are scaled, whether that is agreed on or not
	timer  uint32 // what of it a timer has begun to send again ends before this; relative
	heard
}

// heard is what the acknowledgements of a direction that have arrived tell of
// the other one's data. Numbers are relative.
type heard struct {
	upTo   uint32      // all before it has arrived
	sacked [][2]uint32 // the edges of what has arrived beyond it, as told
}

// maxSacked bounds the blocks that are remembered; later ones cover earlier.
const maxSacked = 32

// hear notes an acknowledgement that has arrived.
func (h *heard) hear(p *tracer.Packet) {
	if !p.Has("ACK") {
		return
	}
	if int32(p.Ack-h.upTo) > 0 {
		h.upTo = p.Ack
		h.sacked = slices.DeleteFunc(h.sacked, func(s [2]uint32) bool { return int32(s[1]-h.upTo) <= 0 })
	}
	if p.Options == nil {
		return
	}
	for _, s := range p.Options.SACK {
		if !slices.Contains(h.sacked, s) {
			h.sacked = append(h.sacked, s)
		}
	}
	if n := len(h.sacked) - maxSacked; n > 0 {
		h.sacked = slices.Delete(h.sacked, 0, n)
	}
}

// missing reports whether the data from first up to end must be lost: it is the
// next that is waited for, or a SACK has told of later data.
func (h *heard) missing(first, end uint32) bool {
	return first == h.upTo || slices.ContainsFunc(h.sacked, func(s [2]uint32) bool { return int32(s[0]-end) >= 0 })
}

// has reports whether a SACK has told that all from first up to end is there.
func (h *heard) has(first, end uint32) bool {
	return slices.ContainsFunc(h.sacked, func(s [2]uint32) bool {
		return int32(first-s[0]) >= 0 && int32(s[1]-end) >= 0
	})
}

// relative is the number as it is shown. One that is nearer to the connection
// before belongs to that: an ACK of an end that does not know that the other one
// begins anew.
func (d *half) relative(n uint32) uint32 {
	if r := n - d.isn; !d.both || r < n-d.old {
		return r
	}
	return n - d.old
}

// begin begins the direction anew that a SYN opens. The SYN of an end that has
// lost the connection leaves the other end with the old one; with the SYN-ACK
// it is lost to both.
func (f *flow) begin(dir int, answered bool) {
	here, there := f.halves(dir)
	fresh := half{ws: -1, old: here.isn, both: here.known}
	if here.both {
		fresh.old = here.old
	}
	if answered {
		fresh.both, there.both = false, false
	}
	*here = fresh
}

// halves are the direction itself and the one against it.
func (f *flow) halves(dir int) (here, there *half) {
	if f.self {
		return &f.dir[dir], &f.dir[dir]
	}
	return &f.dir[dir], &f.dir[1-dir]
}

// flowKey names a connection the same from both of its ends.
func flowKey(a, b netip.AddrPort) pair {
	if b.Compare(a) < 0 {
		return pair{b, a}
	}
	return pair{a, b}
}

// flow returns the packet's flow and direction. fresh begins it anew.
func (t *Tracker) flow(h *packet.Header, fresh bool) (f *flow, dir int) {
	key := flowKey(h.Src, h.Dst)
	if h.Src != key.local {
		dir = 1
	}
	f = t.flows[key]
	if f == nil || fresh {
		f = &flow{self: h.Src == h.Dst}
		f.dir[0].ws, f.dir[1].ws = -1, -1
		t.flows[key] = f
	}
	return f, dir
}

// scale is how many bits the windows sent in that direction are shifted: both
// ends must have offered it (RFC 7323 2.2), and in a SYN it never counts.
func (f *flow) scale(dir int, flags uint8) int {
	here, there := f.halves(dir)
	if flags&packet.SYN != 0 || here.ws < 0 || there.ws < 0 && !here.scaled {
		return 0
	}
	return min(here.ws, 14)
}

// relate makes the packet's numbers relative. A direction that is first seen
// without its SYN starts at 1.
func (f *flow) relate(dir int, p *tracer.Packet, h *packet.Header) {
	here, there := f.halves(dir)
	if h.Flags&packet.SYN != 0 {
		if !here.known {
			here.known, here.isn = true, h.Seq
		}
		here.ws = h.WS
	}
	if !here.known {
		here.known, here.isn = true, h.Seq-1
	}
	p.Seq = here.relative(h.Seq)
	if h.Flags&packet.ACK != 0 {
		if !there.known {
			there.known, there.isn = true, h.Ack-1
		}
		p.Ack = there.relative(h.Ack)
	}
	p.WScaled = h.Win << f.scale(dir, h.Flags)
	if p.Options != nil {
		if p.Options.TS {
			here.tsval = p.Options.TSVal
		}
		for i := range p.Options.SACK {
			for edge, n := range p.Options.SACK[i] {
				p.Options.SACK[i][edge] = there.relative(n)
			}
		}
	}
}

// note remembers the packet for the explanation of the next ones.
func (f *flow) note(dir int, p *tracer.Packet, h *packet.Header, byTimer bool) {
	d := &f.dir[dir]
	end := segmentEnd(h)
	if _, there := f.halves(dir); byTimer && p.Len > 0 && p.Seq == there.upTo && d.sent && int32(end-d.end) <= 0 {
		d.timer = d.end - d.isn
	}
	if h.Flags&packet.RST == 0 && (!d.sent || int32(end-d.end) > 0) {
		d.end, d.sent = end, true
	}
	if h.Flags&packet.ACK != 0 {
		d.ack = h.Ack
	}
	if h.Flags&packet.RST == 0 { // whose window says nothing
		d.win = p.WScaled
	}
}

// segmentEnd is the number after the segment's last octet; SYN and FIN count
// as one each (RFC 9293 3.4).
func segmentEnd(h *packet.Header) uint32 {
	end := h.Seq + uint32(h.Len)
	if h.Flags&packet.SYN != 0 {
		end++
	}
	if h.Flags&packet.FIN != 0 {
		end++
	}
	return end
}

func itoa(n int) string { return strconv.Itoa(n) }
