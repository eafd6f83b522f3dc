package ladder

import (
	"net/netip"
	"strings"

	"sockplay/tracer"
)

// Only returns the events of one connection, in order: its packets in both
// directions, the ICMP errors about it, its states, and the calls on its
// sockets. An invalid remote stands for every one: all that has to do with that
// local address, such as a listener with its connections, or a UDP socket.
// What is void is left out.
func Only(events []tracer.Event, local, remote netip.AddrPort) []tracer.Event {
	events = tracer.Live(events)
	s := selection{
		local: plain(local), remote: plain(remote), events: events,
		keep: make([]bool, len(events)), life: map[name]int{}, ours: map[name]bool{}, listens: map[name]bool{},
		causes: map[int64]bool{}, pending: map[string]int{}, fragments: map[flow]bool{},
	}
	for i := range events { // whose sockets they are shows later than they are made
		s.see(i, s.packetOrState)
		if s.keep[i] {
			s.causes[events[i].Cause] = true
		}
	}
	clear(s.life)
	clear(s.pending)
	for i := range events {
		s.see(i, s.call)
	}
	var kept []tracer.Event
	for i := range events {
		if s.keep[i] {
			kept = append(kept, events[i])
		}
	}
	return kept
}

// Last returns the events from the n-th last packet on, and before them the
// call that brought that packet about. What is void is left out.
func Last(events []tracer.Event, n int) []tracer.Event {
	events = tracer.Live(events)
	first := len(events)
	for i := len(events) - 1; i >= 0 && n > 0; i-- {
		if e := &events[i]; e.Kind == tracer.KindPacket && e.Packet != nil && e.Fate.Born() {
			first = i
			n--
		}
	}
	if n > 0 {
		return events // there are not so many
	}
	b := &batch{events: events}
	for i := first; i < len(events) && i >= 0; {
		if events[i].Kind == tracer.KindCall {
			if i < first {
				return append([]tracer.Event{events[i]}, events[first:]...)
			}
			break
		}
		next := b.find(events[i].Cause)
		if events[i].Cause == 0 || next >= i {
			break
		}
		i = next
	}
	return events[first:]
}

// selection finds out what has to do with an address or two.
type selection struct {
	local, remote netip.AddrPort
	events        []tracer.Event
	keep          []bool
	life          map[name]int  // which socket a descriptor names now, counted from 0
	ours          map[name]bool // the sockets that have to do with it: seq is that count
	listens       map[name]bool
	causes        map[int64]bool // of what is kept
	pending       map[string]int // process -> its call that has not returned
	fragments     map[flow]bool  // of hosts: whether the datagram whose fragments come is ours
}

// see shows event i to f, and follows which socket each descriptor names.
func (s *selection) see(i int, f func(int, *tracer.Event)) {
	e := &s.events[i]
	f(i, e)
	if e.Kind == tracer.KindReturn && e.Call == "close" && e.Result != nil && e.Result.Value == 0 {
		s.life[name{process: e.Process, fd: e.FD}]++
	}
}

// socket names the socket behind a descriptor now.
func (s *selection) socket(process string, fd int) name {
	n := name{process: process, fd: fd}
	n.seq = int64(s.life[n])
	return n
}

// packetOrState keeps the packets and states that are asked for, and notes
// whose sockets they belong to.
func (s *selection) packetOrState(i int, e *tracer.Event) {
	switch {
	case e.Kind == tracer.KindState && e.To == "LISTEN", e.Kind == tracer.KindCall && strings.HasPrefix(e.Call, "accept"):
		s.listens[s.socket(e.Process, e.FD)] = true
	}
	switch {
	case e.Kind == tracer.KindState:
		local, remote := plain(e.Local), plain(e.Remote)
		switch {
		case remote.IsValid():
			s.keep[i] = s.between(local, remote)
		case s.remote.IsValid():
			s.keep[i] = false // of the listener
		default:
			s.keep[i] = s.at(local) || local.Addr().IsUnspecified() && local.Port() == s.local.Port()
		}
		if s.keep[i] && e.FD > 0 {
			s.ours[s.socket(e.Process, e.FD)] = true
		}
	case e.Kind == tracer.KindPacket && e.Packet != nil:
		p := e.Packet
		f, about := flowOf(p)
		bare := flow{p.Proto, host(p.Src), host(p.Dst)}
		if p.FragOffset > 0 {
			s.keep[i] = s.fragments[bare]
			return
		}
		src, _ := netip.ParseAddrPort(f.src)
		dst, _ := netip.ParseAddrPort(f.dst)
		s.keep[i] = src.IsValid() && dst.IsValid() && s.between(src, dst)
		if p.Fragment() {
			s.fragments[bare] = s.keep[i]
		}
		if !s.keep[i] || about || !e.Fate.Born() { // when it arrives its sender may be closed
			return
		}
		// The other end of a datagram's way has to do with others, too.
		for owner, addr := range map[string]netip.AddrPort{p.Sender: src, p.Receiver: dst} {
			n := parseName(owner)
			n = s.socket(n.process, n.fd)
			switch {
			case n.fd == 0:
			case s.listens[n] && s.remote.IsValid(): // it is named as a SYN's receiver, but others call it too
			case p.Proto == "tcp" || s.remote.IsValid() || s.at(addr):
				s.ours[n] = true
			}
		}
	}
}

// call keeps the calls on the sockets that were found, those that made these,
// and those that brought about what is kept.
func (s *selection) call(i int, e *tracer.Event) {
	switch e.Kind {
	case tracer.KindCall:
		s.pending[e.Process] = i
		s.keep[i] = s.ours[s.socket(e.Process, e.FD)] || s.causes[e.Seq]
	case tracer.KindBlocked:
		if j, ok := s.pending[e.Process]; ok {
			s.keep[i] = s.keep[j]
		}
	case tracer.KindReturn:
		j, ok := s.pending[e.Process]
		if !ok || s.events[j].Call != e.Call {
			j = i
		}
		delete(s.pending, e.Process)
		s.keep[i] = s.keep[j] || s.makes(e) || s.ours[s.socket(e.Process, e.FD)]
		s.keep[j] = s.keep[i]
	}
}

// makes reports whether e returned one of our sockets.
func (s *selection) makes(e *tracer.Event) bool {
	r := e.Result
	if r == nil || r.Value < 0 || e.Call != "socket" && !strings.HasPrefix(e.Call, "accept") {
		return false
	}
	return s.ours[s.socket(e.Process, r.Value)]
}

// at reports whether an address is the local one that is asked for. An
// unspecified address stands for each with its port.
func (s *selection) at(a netip.AddrPort) bool {
	return a == s.local || s.local.Addr().IsUnspecified() && a.Port() == s.local.Port()
}

// between reports whether what is between a and b is asked for.
func (s *selection) between(a, b netip.AddrPort) bool {
	if !s.remote.IsValid() {
		return s.at(a) || s.at(b)
	}
	return s.at(a) && b == s.remote || s.at(b) && a == s.remote
}

// plain makes one name of an IPv4 address and its form in IPv6.
func plain(a netip.AddrPort) netip.AddrPort {
	if !a.Addr().IsValid() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
