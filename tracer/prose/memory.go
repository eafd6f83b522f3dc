package prose

import (
	"net/netip"
	"sort"
	"strconv"
	"strings"

	"sockplay/tracer"
)

// maxKnown bounds what is remembered between batches: a session may be long.
const maxKnown = 1024

// memory is what a listener remembers from what was told.
type memory struct {
	owner map[string]string   // address -> the process that is there
	told  map[string]string   // who -> the address that was told
	next  map[flow]uint32     // the sequence number that follows all that was sent
	args  map[string][]string // process -> the arguments of its call
	off   map[flow]int        // the highest packet that has arrived
	shut  map[flow]bool       // the window that was told last was 0
	times map[int]int         // packet -> how often it was sent while it was held
	// states are those of the ends of connections, by their local and remote
	// addresses.
	states map[[2]string]string
}

// flow is a direction between two addresses.
type flow struct{ proto, src, dst string }

func flowOf(q *tracer.Packet) flow { return flow{q.Proto, q.Src, q.Dst} }

func newMemory() memory {
	return memory{
		owner: map[string]string{}, told: map[string]string{}, next: map[flow]uint32{},
		args: map[string][]string{}, off: map[flow]int{}, shut: map[flow]bool{},
		times: map[int]int{}, states: map[[2]string]string{},
	}
}

func keep[K comparable, V any](m map[K]V, key K, value V) {
	if len(m) >= maxKnown {
		clear(m)
	}
	m[key] = value
}

// party names an end of a connection, with its address if that was not told
// before.
func (m *memory) party(owner, addr string) string {
	addr = plain(addr)
	if owner == "" {
		if process := m.owner[addr]; process != "" {
			return process + " at " + addr
		}
		return addr
	}
	process, _, _ := strings.Cut(owner, ":")
	keep(m.owner, addr, process)
	if m.told[owner] == addr || addr == "" {
		return owner
	}
	keep(m.told, owner, addr)
	return owner + " at " + addr
}

// forget drops what was learnt of a connection that is over.
func (m *memory) forget(e *tracer.Event) {
	if !e.Remote.IsValid() {
		return
	}
	a, b := plain(e.Local.String()), plain(e.Remote.String())
	for _, f := range []flow{{"tcp", a, b}, {"tcp", b, a}} {
		delete(m.next, f)
		delete(m.shut, f)
	}
}

// plain writes an address as packets do.
func plain(addr string) string {
	if a, err := netip.ParseAddrPort(addr); err == nil {
		return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()).String()
	}
	return addr
}

// endpoint names the end that a state event is about.
func (m *memory) endpoint(e *tracer.Event) string {
	addr := ""
	if e.Local.Addr().IsValid() {
		addr = e.Local.String()
	}
	switch {
	case e.FD > 0:
		return m.party(e.Process+":"+strconv.Itoa(e.FD), addr)
	case e.Process != "" && addr != "":
		keep(m.owner, plain(addr), e.Process)
		return e.Process + " at " + plain(addr)
	case e.Process != "":
		return e.Process
	case addr != "":
		return m.party("", addr)
	}
	return "a connection"
}

// batch is what must be known of a batch ahead of telling it.
type batch struct {
	events  []tracer.Event
	packets int          // how many rows a drawing would have
	moves   map[int]bool // packets that moved a state
	born    map[int]int  // packet -> the event with which it appeared
	ended   map[int]bool // packets that have arrived or were lost
	waits   map[int]bool // packets that are held or delayed
	resent  map[int]int  // packet -> the event that told last that it was sent again, in what somebody did
}

func newBatch(events []tracer.Event) *batch {
	b := &batch{events: events, moves: map[int]bool{}, born: map[int]int{}, ended: map[int]bool{}, waits: map[int]bool{}, resent: map[int]int{}}
	asked := false
	for i := range events {
		e := &events[i]
		asked = asked || e.Kind == tracer.KindCall || e.Kind == tracer.KindCommand
		if asked && resent(e) {
			b.resent[e.Packet.Number] = i
		}
		switch {
		case e.Kind == tracer.KindPacket && e.Packet != nil && born(e.Fate):
			b.packets++
			b.born[e.Packet.Number] = i
		case e.Kind == tracer.KindPacket && e.Packet != nil:
			if e.Fate == tracer.Delivered || e.Fate == tracer.Dropped {
				b.ended[e.Packet.Number] = true
			} else if e.Fate == tracer.Held || e.Why != "" {
				b.waits[e.Packet.Number] = true
			}
		case e.Crossing != nil:
			b.packets++
		case e.Kind == tracer.KindState:
			if c := b.find(e.Cause); c != nil && c.Packet != nil {
				b.moves[c.Packet.Number] = true
			}
		}
	}
	return b
}

// find returns the event with that number, nil if it is not in the batch.
func (b *batch) find(seq int64) *tracer.Event {
	if seq == 0 {
		return nil
	}
	i := sort.Search(len(b.events), func(i int) bool { return b.events[i].Seq >= seq })
	if i == len(b.events) || b.events[i].Seq != seq {
		return nil
	}
	return &b.events[i]
}

func octets(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return strconv.Itoa(n) + " bytes"
}
