package netstack

import (
	"net/netip"
	"reflect"

	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"

	"sockplay/tracer/tcpstate"
)

// peer is what Linux remembers of a connection's other end and gVisor does not.
type peer struct {
	first  uint32 // our own first number
	window uint32 // the largest that it has offered, in octets
}

// maxPeers is how many are remembered before those that are gone are dropped.
const maxPeers = 512

// turnsAway deals with a segment that Linux would not take: it is dropped here,
// and answered as Linux would. What the rules say of it is asked of tcpstate,
// which is held against Linux's own answers. Where the segment counts, gVisor
// has it to itself; so has it one whose checksum is wrong.
func (s *Stack) turnsAway(packet []byte, h header.TCP, from, to netip.AddrPort) bool {
	e := s.endpoint(to, from)
	if e == nil {
		return s.listensNot(packet, h, from, to)
	}
	f, ok := s.facts(e)
	if !ok {
		return false
	}
	seg := segmentOf(h, e)
	p := s.peerOf(e, f)
	if ordinary(h, f) {
		p.window = max(p.window, uint32(seg.Win))
		return false
	}
	if checksum.Checksum(h, pseudo(h, from, to)) != 0xffff {
		return false
	}
	f.MaxSndWnd, f.Acked = p.window, uint64(f.SndUna-p.first-1)
	if f.State == tcpstate.SynSent || f.State == tcpstate.SynReceived || int32(f.SndUna-p.first-1) < 0 {
		f.Acked = 0
	}
	verdict, answer := f.Block().Judge(seg)
	switch verdict {
	case tcpstate.Taken:
		p.window = max(p.window, uint32(seg.Win))
		return false
	case tcpstate.Ends:
		return s.ends(packet, h, from, to, e, f)
	}
	switch answer {
	case tcpstate.AnswerAck:
		s.challenge(packet, h, from, to, f)
	case tcpstate.AnswerRst:
		s.reset(h, from, to)
		if f.State == tcpstate.FinWait2 { // the rest of a closed connection goes with its RST
			s.cut(packet, h, from, to, f)
		}
	case tcpstate.AnswerSynAck:
		return false
	default:
		newSyn := f.State == tcpstate.TimeWait && f.Block().Refuses(seg) == tcpstate.NewSyn
		if newSyn && s.listener(to) != nil {
			return false
		}
		if newSyn {
			s.challenge(packet, h, from, to, f)
		}
	}
	return true
}

// listensNot is turnsAway where there is no connection: a listener may be there.
func (s *Stack) listensNot(packet []byte, h header.TCP, from, to netip.AddrPort) bool {
	if h.Flags() == header.TCPFlagSyn || s.listener(to) == nil || checksum.Checksum(h, pseudo(h, from, to)) != 0xffff {
		return false
	}
	verdict, answer := tcpstate.Passive().Judge(segmentOf(h, nil))
	if verdict == tcpstate.Dropped && answer == tcpstate.AnswerRst {
		s.reset(h, from, to)
	}
	return verdict == tcpstate.Dropped
}

// ordinary reports whether a segment is as it should be, and so needs no judge.
func ordinary(h header.TCP, f tcpstate.Facts) bool {
	return f.State == tcpstate.Established && h.Flags()&^header.TCPFlagPsh == header.TCPFlagAck && h.SequenceNumber() == f.RcvNxt &&
		h.AckNumber()-f.SndUna <= f.SndNxt-f.SndUna && uint32(len(h.Payload())) <= f.RcvEnd-f.RcvNxt
}

// segmentOf is what the state machine looks at. The window's scale is e's.
func segmentOf(h header.TCP, e *tcp.Endpoint) tcpstate.Segment {
	seg := tcpstate.Segment{
		Flags: tcpstate.Flags(h.Flags()), Seq: h.SequenceNumber(), Ack: h.AckNumber(), Len: len(h.Payload()), Win: int(h.WindowSize()),
	}
	if e != nil && h.Flags()&header.TCPFlagSyn == 0 {
		if v := field(reflect.ValueOf(e), "snd", "SndWndScale"); v.IsValid() {
			seg.Win <<= v.Uint()
		}
	}
	return seg
}

// facts are what gVisor knows of a connection; ok is false where it has none.
func (s *Stack) facts(e *tcp.Endpoint) (f tcpstate.Facts, ok bool) {
	if f.State = tcpstate.State(states[e.EndpointState()]); f.State == "" || f.State == tcpstate.Listen {
		return f, false
	}
	v := reflect.ValueOf(e)
	u := func(names ...string) uint32 { return uint32(field(v, names...).Uint()) }
	switch f.State {
	case tcpstate.SynSent, tcpstate.SynReceived:
		if !field(v, "h", "iss").IsValid() {
			return f, false
		}
		f.SndUna = u("h", "iss")
		f.SndNxt = f.SndUna + 1
		f.Passive = !field(v, "h", "active").Bool()
		f.RcvNxt = u("h", "ackNum")
		f.RcvAck, f.RcvEnd, f.Early = f.RcvNxt, f.RcvNxt+u("h", "rcvWnd"), f.RcvNxt
		return f, true
	}
	if !field(v, "snd", "SndUna").IsValid() || !field(v, "rcv", "RcvNxt").IsValid() {
		return f, false
	}
	f.SndUna, f.SndNxt = u("snd", "SndUna"), u("snd", "SndNxt")
	f.RcvNxt, f.RcvAck = u("rcv", "RcvNxt"), u("snd", "MaxSentAck")
	scale := u("rcv", "RcvWndScale")
	f.RcvEnd = u("rcv", "rcvWUP") + min(u("rcv", "rcvWnd")>>scale, 0xffff)<<scale
	f.Orphan = field(v, "closed").Bool()
	f.NoSACK = !field(v, "SACKPermitted").Bool()
	f.Early = f.RcvNxt
	for i := range int(field(v, "sack", "NumBlocks").Int()) {
		if end := uint32(field(v, "sack", "Blocks").Index(i).FieldByName("End").Uint()); int32(end-f.Early) > 0 {
			f.Early = end
		}
	}
	return f, true
}

// peerOf is what is remembered of the other end of e.
func (s *Stack) peerOf(e *tcp.Endpoint, f tcpstate.Facts) *peer {
	p := s.peers[e]
	if p == nil {
		if len(s.peers) >= maxPeers {
			for e := range s.peers {
				if stateOf(e) == "CLOSED" {
					delete(s.peers, e)
				}
			}
		}
		p = &peer{first: f.SndUna - 1}
		s.peers[e] = p
	}
	if f.State == tcpstate.SynSent || f.State == tcpstate.SynReceived {
		p.first = f.SndUna
	}
	return p
}

// listener is the one that a SYN to that address reaches, nil if there is none.
func (s *Stack) listener(to netip.AddrPort) *socket {
	for k := range s.sockets {
		if k.listens() && k.hears(to) {
			return k
		}
	}
	return nil
}

// challenge has gVisor answer a segment with an ACK: in its place it gets one
// from before the window, which it answers so.
func (s *Stack) challenge(packet []byte, h header.TCP, from, to netip.AddrPort, f tcpstate.Facts) {
	s.deliver(edited(packet, h, from, to, func(t header.TCP) {
		t.SetFlags(uint8(header.TCPFlagAck))
		t.SetSequenceNumber(f.RcvNxt - 1<<16)
		t.SetAckNumber(f.SndNxt)
	}))
}

// ends deals with a segment that ends the connection on Linux, and reports
// whether that is done.
func (s *Stack) ends(packet []byte, h header.TCP, from, to netip.AddrPort, e *tcp.Endpoint, f tcpstate.Facts) bool {
	switch {
	case h.Flags()&header.TCPFlagRst == 0 || f.State == tcpstate.SynSent:
		return false
	case f.State == tcpstate.TimeWait:
		s.endTimeWait(e)
	default:
		s.cut(packet, h, from, to, f)
	}
	return true
}

// cut gives gVisor a RST that it does not doubt, in a segment's place.
func (s *Stack) cut(packet []byte, h header.TCP, from, to netip.AddrPort, f tcpstate.Facts) {
	s.deliver(edited(packet, h, from, to, func(t header.TCP) {
		t.SetFlags(uint8(header.TCPFlagRst))
		t.SetSequenceNumber(f.RcvNxt)
	}))
}

// reset sends the RST with which a segment is answered that belongs to no
// connection, or acknowledges what was never sent (RFC 9293 3.5.2).
func (s *Stack) reset(h header.TCP, from, to netip.AddrPort) {
	src, dst := addressOf(to.Addr()), addressOf(from.Addr())
	size := header.IPv4MinimumSize
	if to.Addr().Is6() {
		size = header.IPv6MinimumSize
	}
	raw := make([]byte, size+header.TCPMinimumSize)
	t := header.TCP(raw[size:])
	fields := header.TCPFields{SrcPort: to.Port(), DstPort: from.Port(), DataOffset: header.TCPMinimumSize, Flags: header.TCPFlagRst}
	if h.Flags()&header.TCPFlagAck != 0 {
		fields.SeqNum = h.AckNumber()
	} else {
		seg := segmentOf(h, nil)
		fields.Flags |= header.TCPFlagAck
		fields.AckNum = seg.End()
	}
	t.Encode(&fields)
	t.SetChecksum(^checksum.Checksum(t, pseudo(t, to, from)))
	if size == header.IPv4MinimumSize {
		ip := header.IPv4(raw)
		ip.Encode(&header.IPv4Fields{TotalLength: uint16(len(raw)), TTL: defaultTTL, Protocol: uint8(header.TCPProtocolNumber), Flags: header.IPv4FlagDontFragment, SrcAddr: src, DstAddr: dst})
		ip.SetChecksum(^ip.CalculateChecksum())
	} else {
		header.IPv6(raw).Encode(&header.IPv6Fields{PayloadLength: header.TCPMinimumSize, TransportProtocol: header.TCPProtocolNumber, HopLimit: defaultTTL, SrcAddr: src, DstAddr: dst})
	}
	s.link.put(raw)
}
