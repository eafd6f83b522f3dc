package ladder

import (
	"net/netip"
	"sort"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// flow is a packet's direction: the endpoints as the packet writes them. An
// ICMP error flows against the packet that it is about.
type flow struct{ proto, src, dst string }

func (f flow) back() flow { return flow{f.proto, f.dst, f.src} }

// flowOf returns the flow that p belongs to; about says whether that is
// another packet's.
func flowOf(p *tracer.Packet) (f flow, about bool) {
	if p.About != "" {
		proto, ends, _ := strings.Cut(p.About, " ")
		src, dst, ok := strings.Cut(ends, " > ")
		if ok {
			f = flow{proto, dst, src}
			if proto == "tcp" || proto == "udp" {
				f.src, f.dst = withPort(dst), withPort(src)
			}
			return f, true
		}
	}
	return plainFlow(p), false
}

// plainFlow is the flow of p itself. Port 0 is a port too, although addresses
// are written without it.
func plainFlow(p *tracer.Packet) flow {
	f := flow{p.Proto, p.Src, p.Dst}
	if (p.Proto == "tcp" || p.Proto == "udp") && p.FragOffset == 0 && p.Malformed == "" {
		f.src, f.dst = withPort(p.Src), withPort(p.Dst)
	}
	return f
}

func withPort(addr string) string {
	if port(addr) == "" {
		if a, err := netip.ParseAddr(addr); err == nil {
			return netip.AddrPortFrom(a, 0).String()
		}
	}
	return addr
}

// endpoint writes an address as packets do.
func endpoint(a netip.AddrPort) string {
	if !a.Addr().IsValid() {
		return ""
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()).String()
}

// plainAddr is endpoint for an address that is written already, perhaps a
// unix socket's.
func plainAddr(addr string) string {
	if a, err := netip.ParseAddrPort(addr); err == nil {
		return endpoint(a)
	}
	return addr
}

// moves reports whether the state event e is about an end of the connection
// that f flows in.
func (f flow) moves(e *tracer.Event) bool {
	local, remote := endpoint(e.Local), endpoint(e.Remote)
	return local != "" && (local == f.src && remote == f.dst || local == f.dst && remote == f.src)
}

// fate is what a batch tells of one packet, as indices of events; -1: nothing.
type fate struct {
	born    int            // sent, injected, copied or captured
	ended   int            // delivered or dropped
	waits   int            // the first held or delayed
	held    bool           // it waited until it was delivered by hand
	delayed bool           // by a rule or by hand
	split   bool           // to be drawn twice: where it was sent and where it arrived
	damaged *tracer.Packet // as it is after a bit of it was flipped; nil: whole
	times   int            // how often it was sent by then, while it was held; 0: not told
	resent  int            // the event that told so last, -1: none
	notes   []string       // what was done to it on the wire, in words
}

// batch is a batch of events and what must be known of it ahead of drawing:
// a row shows both ends of a packet's way, and the later end lies ahead.
type batch struct {
	events  []tracer.Event
	own     int               // the first call, -1 if there is none
	asked   bool              // somebody has done something, up to where the batch is indexed
	highest int               // the highest packet number
	fates   []*fate           // of each packet event, that of its packet
	onRow   map[int]bool      // state events that are drawn on a packet's row
	moved   map[int][]int     // packet event -> the state events on its row
	first   map[[2]string]int // local, remote -> its first state event
	results []int             // returns, blocked calls, the lives of peers and what they print, for the end

	redraw bool   // of a session: its commands end where the next begins
	hide   []bool // events that are not drawn, only heeded; nil: none

	told   map[reason]bool // the reasons that are drawn already
	noted  map[reason]bool // what was done to packets that is told already
	passed bool            // whether it was told that time has passed
	drawn  bool            // whether rows were drawn
	above  *conn           // whose row stands above the next one; nil: something else does
	still  [2]ink.Span     // the states beside it, if it has not arrived
	fold   fold
}

// reason is why a packet of a connection was sent.
type reason struct {
	conn *conn
	why  string
}

func newBatch(events []tracer.Event) *batch { return newPart(events, nil) }

// newPart is newBatch for a batch of which hide is not drawn.
func newPart(events []tracer.Event, hide []bool) *batch {
	b := &batch{
		events: events, own: -1, hide: hide,
		fates: make([]*fate, len(events)), onRow: map[int]bool{},
		moved: map[int][]int{}, first: map[[2]string]int{}, told: map[reason]bool{}, noted: map[reason]bool{},
	}
	byNumber := make(map[int]*fate, len(events)/4) // most packets are born and end, by something and to some effect
	newest := map[flow]int{}                       // the packet that has arrived and was sent last
	lastMove := map[[2]string]int{}                // each end's last state event
	for i := range events {
		switch e := &events[i]; e.Kind {
		case tracer.KindCommand:
			b.asked = true
		case tracer.KindCall:
			b.asked = true
			if b.own < 0 && !e.Driven { // a peer's line is none of the learner's
				b.own = i
			}
		case tracer.KindPacket:
			b.indexPacket(i, byNumber, newest)
		case tracer.KindState:
			b.indexState(i, lastMove)
		}
	}
	return b
}

// hidden reports whether event i is not to be drawn.
func (b *batch) hidden(i int) bool { return b.hide != nil && b.hide[i] }

func (b *batch) indexPacket(i int, byNumber map[int]*fate, newest map[flow]int) {
	e := &b.events[i]
	p := e.Packet
	if p == nil {
		return
	}
	if !b.hidden(i) {
		b.highest = max(b.highest, p.Number)
	}
	f := byNumber[p.Number]
	if f == nil || e.Fate.Born() {
		f = &fate{born: -1, ended: -1, waits: -1, resent: -1}
		byNumber[p.Number] = f
	}
	b.fates[i] = f
	switch {
	case e.Fate.Born():
		f.born = i
	case isEnd(e.Fate):
		f.ended = i
		if f.born >= 0 && e.Fate == tracer.Delivered {
			// One that a later packet has overtaken is drawn where it was
			// sent and where it arrived, or the overtaking would not show.
			way, _ := flowOf(p)
			last, ok := newest[way]
			f.split = ok && last > f.born
			newest[way] = max(last, f.born)
		}
	default:
		if f.waits < 0 && (b.asked || !resent(e)) { // a timer's doing alone is no row
			f.waits = i
		}
		if p.Malformed != "" && f.born >= 0 {
			f.damaged = p
		}
		f.held = f.held || e.Fate == tracer.Held
		f.delayed = f.delayed || e.Fate == tracer.Delayed && e.Why != "" // a rule for all needs no word
		switch {
		case resent(e):
			f.times, f.resent = e.Times, i
		case e.Why != "":
			f.notes = append(f.notes, e.Why)
		}
	}
}

// resent reports whether e tells that a packet which is held was sent again. One
// that is damaged never is: what repeats it is another.
func resent(e *tracer.Event) bool {
	return e.Kind == tracer.KindPacket && e.Packet != nil && e.Fate == tracer.Held && e.Times > 1 && e.Packet.Malformed == ""
}

// indexState puts a state event on the row of the packet that caused it.
func (b *batch) indexState(i int, lastMove map[[2]string]int) {
	e := &b.events[i]
	end := [2]string{endpoint(e.Local), endpoint(e.Remote)}
	if _, ok := b.first[end]; !ok {
		b.first[end] = i
	}
	last, before := lastMove[end]
	lastMove[end] = i
	j := b.causeOf(i)
	if j < 0 {
		return
	}
	b.onRow[i] = true
	b.moved[j] = append(b.moved[j], i)
	if f := b.fates[j]; f.ended == j && f.born >= 0 && before && last > f.born && !b.causedBy(last, j) && !b.causedBy(last, f.born) {
		// Its end of the connection moved while the packet was under way:
		// on one row the two moves would stand in the wrong order. (What its
		// sending moved is the end of a socket that is connected to itself.)
		f.split = true
	}
}

func (b *batch) causedBy(state, packet int) bool {
	for _, i := range b.moved[packet] {
		if i == state {
			return true
		}
	}
	return false
}

// causeOf finds the packet event that moved a state, -1 if none did.
func (b *batch) causeOf(i int) int {
	e := &b.events[i]
	if e.Cause == 0 {
		return -1
	}
	if j := b.find(e.Cause); j >= 0 && j < i && b.isPacketOf(j, e) {
		return j
	}
	// A call that sends a packet and thereby moves its socket may have caused
	// both side by side.
	if j := b.find(e.Cause); j < 0 || b.events[j].Kind != tracer.KindCall {
		return -1
	}
	for j := i - 1; j >= max(0, i-4); j-- {
		if c := &b.events[j]; c.Cause == e.Cause && b.isPacketOf(j, e) {
			if f, _ := flowOf(c.Packet); c.Fate.Born() && f.src == endpoint(e.Local) {
				return j
			}
		}
	}
	return -1
}

// drivenBy reports whether a peer's own call moved the state.
func (b *batch) drivenBy(e *tracer.Event) bool {
	j := b.find(e.Cause)
	return e.Cause != 0 && j >= 0 && b.events[j].Kind == tracer.KindCall && b.events[j].Driven
}

// isPacketOf reports whether event j is a row's packet in e's connection.
func (b *batch) isPacketOf(j int, e *tracer.Event) bool {
	p := &b.events[j]
	if p.Kind != tracer.KindPacket || p.Packet == nil || !p.Fate.Born() && !isEnd(p.Fate) {
		return false
	}
	f, _ := flowOf(p.Packet)
	return f.moves(e)
}

// find returns the index of the event with that number, -1 if it is not in
// the batch.
func (b *batch) find(seq int64) int {
	if len(b.events) == 0 {
		return -1
	}
	i := int(seq - b.events[0].Seq) // the numbers of a whole stream have no gaps
	if i < 0 || i >= len(b.events) || b.events[i].Seq != seq {
		i = sort.Search(len(b.events), func(i int) bool { return b.events[i].Seq >= seq })
	}
	if i < len(b.events) && b.events[i].Seq == seq {
		return i
	}
	return -1
}

// isRow reports whether a packet event begins a row of its own.
func (b *batch) isRow(i int) bool {
	e := &b.events[i]
	if e.Packet == nil {
		return false
	}
	f := b.fates[i]
	switch {
	case e.Fate.Born():
		return true
	case isEnd(e.Fate):
		return f.ended != i || f.born < 0 || f.split
	default:
		return f.waits == i && f.born < 0 && f.ended < 0
	}
}

func isEnd(f tracer.Fate) bool { return f == tracer.Delivered || f == tracer.Dropped }
