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
	first  uint32 // our own number after which its acknowledgements count
	window uint32 // the largest that it has offered, in octets
	child  bool   // see tcpstate.Block.Child
	whole  bool   // see tcpstate.Facts
	end    uint32 // of the window that was offered; once offered it is not taken back
	heard  bool   // it has been: end is known
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
	if f.State == tcpstate.SynReceived && f.Passive && s.overflows(from, to, h.Flags()) {
		return true
	}
	f.MaxSndWnd, f.Acked = p.window, uint64(max(0, int32(f.SndUna-p.first)))
	f.Child, f.Whole, f.RcvEnd = p.child, p.whole, p.end
	b := f.Block()
	verdict, answer := b.Judge(seg)
	switch verdict {
	case tcpstate.Taken:
		p.window = max(p.window, uint32(seg.Win))
		if seg.Flags&tcpstate.FIN != 0 && seg.Len == 0 && int32(seg.Seq-f.RcvNxt) > 0 {
			s.fins[e] = earlyFIN{append([]byte(nil), packet...), seg.Seq}
		}
		done := s.takes(packet, h, from, to, e, f, seg)
		if f.State == tcpstate.FinWait1 && seg.Flags&tcpstate.FIN != 0 {
			p.whole = e.EndpointState() == tcp.StateFinWait2
		}
		return done
	case tcpstate.Ends:
		return s.ends(packet, h, from, to, e, f)
	}
	if f.State == tcpstate.TimeWait && staysInTimeWait(seg, f) {
		s.restartTimeWait(e)
	}
	b, _ = b.Delivered(seg)
	p.child = b.Child()
	switch answer {
	case tcpstate.AnswerAck:
		s.challenge(packet, h, from, to, f)
	case tcpstate.AnswerRst:
		if f.State == tcpstate.SynSent { // gVisor does it, and sends the SYN again soon, as Linux does
			return false
		}
		s.reset(h, from, to)
		if f.State == tcpstate.FinWait2 { // the rest of a closed connection goes with its RST
			s.cut(packet, h, from, to, f)
		}
	case tcpstate.AnswerSynAck:
		if again := s.synacks[[2]netip.AddrPort{to, from}]; again != nil {
			s.link.put(append([]byte(nil), again...))
		}
	default:
		newSyn := f.State == tcpstate.TimeWait && b.Refuses(seg) == tcpstate.NewSyn
		switch {
		case newSyn && len(s.listeners(to)) == 0:
			s.challenge(packet, h, from, to, f)
		case newSyn && seg.Flags&tcpstate.FIN != 0: // which the listener ignores
			s.endTimeWait(e)
		case newSyn && !s.overflows(from, to, h.Flags()):
			s.deliver(packet)
			s.quiesce() // it goes from one of gVisor's goroutines to another
		}
	}
	return true
}

// listensNot is turnsAway where there is no connection: a listener may be there.
func (s *Stack) listensNot(packet []byte, h header.TCP, from, to netip.AddrPort) bool {
	if h.Flags() == header.TCPFlagSyn || len(s.listeners(to)) == 0 || checksum.Checksum(h, pseudo(h, from, to)) != 0xffff {
		return false
	}
	verdict, answer := tcpstate.Passive().Judge(segmentOf(h, nil))
	if verdict == tcpstate.Dropped && answer == tcpstate.AnswerRst {
		s.reset(h, from, to)
	}
	return verdict == tcpstate.Dropped
}

// ordinary reports whether a segment is as it should be, and so needs no judge.
func ordinary(h header.TCP, f facts) bool {
	return f.State == tcpstate.Established && h.Flags()&^header.TCPFlagPsh == header.TCPFlagAck && h.SequenceNumber() == f.RcvNxt &&
		h.AckNumber()-f.SndUna <= f.SndNxt-f.SndUna && uint32(len(h.Payload())) <= f.RcvEnd-f.RcvNxt
}

// staysInTimeWait reports whether a segment in TIME-WAIT has the wait begin anew:
// the peer's FIN again (RFC 9293 3.10.7.4) and, on Linux, whatever else is of this
// connection and ends nothing.
func staysInTimeWait(seg tcpstate.Segment, f facts) bool {
	return seg.Flags&tcpstate.RST == 0 && (seg.Flags&tcpstate.ACK != 0 || seg.Seq == f.RcvNxt && seg.End() == seg.Seq)
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

// facts are what gVisor knows of a connection.
type facts struct {
	tcpstate.Facts
	Window uint16 // in the handshake: the peer's, as in the header
}

// facts tells them; ok is false where there are none.
func (s *Stack) facts(e *tcp.Endpoint) (f facts, ok bool) {
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
		f.Window = uint16(u("h", "sndWnd") >> max(0, field(v, "h", "sndWndScale").Int()))
		f.RcvNxt = u("h", "ackNum")
		f.RcvAck, f.RcvEnd, f.Early = f.RcvNxt, f.RcvNxt+u("h", "rcvWnd"), f.RcvNxt
		return f, true
	}
	snd, rcv := field(v, "snd"), field(v, "rcv")
	if snd.IsNil() || rcv.IsNil() {
		return f, false
	}
	snd, rcv = snd.Elem(), rcv.Elem()
	of := func(v reflect.Value, name string) uint32 { return uint32(field(v, name).Uint()) }
	f.SndUna, f.SndNxt = of(snd, "SndUna"), of(snd, "SndNxt")
	f.RcvNxt, f.RcvAck = of(rcv, "RcvNxt"), of(snd, "MaxSentAck")
	scale := of(rcv, "RcvWndScale")
	f.RcvEnd = of(rcv, "rcvWUP") + min(of(rcv, "rcvWnd")>>scale, 0xffff)<<scale
	f.Orphan = field(v, "closed").Bool()
	f.NoSACK = !field(v, "SACKPermitted").Bool()
	f.Unread = field(v, "RcvBufUsed").Int() > 0
	f.Early = f.RcvNxt
	for i := range int(field(v, "sack", "NumBlocks").Int()) {
		if end := uint32(field(v, "sack", "Blocks").Index(i).FieldByName("End").Uint()); int32(end-f.Early) > 0 {
			f.Early = end
		}
	}
	if fin, ok := s.fins[e]; ok && int32(fin.seq+1-f.Early) > 0 {
		f.Early = fin.seq + 1
	}
	return f, true
}

// peerOf is what is remembered of the other end of e.
func (s *Stack) peerOf(e *tcp.Endpoint, f facts) *peer {
	p := s.peers[e]
	if p == nil {
		if len(s.peers) >= maxPeers {
			for e := range s.peers {
				if stateOf(e) == "CLOSED" {
					delete(s.peers, e)
				}
			}
		}
		p = &peer{first: f.SndUna}
		s.peers[e] = p
	}
	if !p.heard || f.State == tcpstate.SynReceived || int32(f.RcvEnd-p.end) > 0 {
		p.end, p.heard = f.RcvEnd, f.State != tcpstate.SynSent
	}
	switch f.State {
	case tcpstate.SynReceived:
		p.first = f.SndUna
		if f.Passive { // Linux does not count the SYN then
			p.first++
		}
	case tcpstate.SynSent:
		p.first = f.SndUna
	}
	return p
}

// challenge has gVisor answer a segment with an ACK: in its place it gets one
// from before the window, which it answers so.
func (s *Stack) challenge(packet []byte, h header.TCP, from, to netip.AddrPort, f facts) {
	s.deliver(edited(packet, h, from, to, func(t header.TCP) {
		t.SetFlags(uint8(header.TCPFlagAck))
		t.SetSequenceNumber(f.RcvNxt - 1<<16)
		t.SetAckNumber(f.SndNxt)
		if f.State == tcpstate.SynReceived { // gVisor would take its window
			t.SetWindowSize(f.Window)
		}
	}))
}

// takes deals with a segment that counts on Linux, but of which gVisor would not
// make the same, and reports whether that is done. Its ACK counts by itself.
func (s *Stack) takes(packet []byte, h header.TCP, from, to netip.AddrPort, e *tcp.Endpoint, f facts, seg tcpstate.Segment) bool {
	before := func(a, b uint32) bool { return int32(a-b) < 0 }
	dataEnd, text := seg.Seq+uint32(seg.Len), seg.End() != seg.Seq
	old := !before(f.RcvNxt, seg.End())
	bare := func(flags tcpstate.Flags, ack uint32) { s.bare(packet, h, from, to, flags, f.RcvNxt, ack) }
	state := e.EndpointState()
	moved := func() bool { return e.EndpointState() != state }
	switch f.State {
	case tcpstate.SynSent, tcpstate.TimeWait:
		return false
	case tcpstate.SynReceived:
		if seg.Flags&tcpstate.SYN != 0 || seg.Seq == f.RcvNxt && seg.Ack == f.SndNxt {
			return false // the crossed SYN-ACK, and what gVisor knows
		}
		bare(tcpstate.ACK, f.SndNxt)
		if state = e.EndpointState(); state != tcp.StateEstablished || !text {
			return true
		}
		if g, ok := s.facts(e); ok {
			f = g
		}
	case tcpstate.Established:
	case tcpstate.FinWait1, tcpstate.FinWait2:
		if f.State == tcpstate.FinWait2 && f.Orphan && !f.Whole && seg.Ack != f.SndNxt { // nothing of ours is to be acknowledged any more
			bare(tcpstate.FIN|tcpstate.ACK, f.SndNxt)
			return true
		}
		if text && before(f.RcvNxt, dataEnd) && receiveClosed(e) { // nobody will read it (RFC 9293 3.6.1)
			s.reset(h, from, to)
			s.cut(packet, h, from, to, f)
			return true
		}
		if text && seg.Seq != f.RcvNxt {
			if bare(tcpstate.ACK, seg.Ack); moved() && f.Orphan && old && seg.Flags&tcpstate.FIN == 0 {
				return true
			}
		}
	default: // after the peer's FIN
		bare(tcpstate.ACK, seg.Ack)
		switch {
		case moved() || !text || !before(seg.Seq, f.RcvNxt):
		case !before(f.RcvNxt, dataEnd):
			s.challenge(packet, h, from, to, f)
		default:
			s.reset(h, from, to)
			s.cut(packet, h, from, to, f)
		}
		return true
	}
	switch beyond := !before(seg.Seq, f.RcvEnd) && (seg.Seq != f.RcvNxt || seg.Len > 0); {
	case !text:
		bare(tcpstate.ACK, seg.Ack)
	case old || beyond:
		bare(tcpstate.ACK, seg.Ack)
		f.SndNxt = sendNext(e)
		s.challenge(packet, h, from, to, f)
	case !before(f.RcvNxt, dataEnd): // only the FIN is new
		bare(tcpstate.FIN|tcpstate.ACK, seg.Ack)
	default:
		return false
	}
	return true
}

// bare gives gVisor a segment without its data.
func (s *Stack) bare(packet []byte, h header.TCP, from, to netip.AddrPort, flags tcpstate.Flags, seq, ack uint32) {
	data := len(h.Payload())
	packet = append([]byte(nil), packet[:len(packet)-data]...)
	if header.IPVersion(packet) == header.IPv4Version {
		ip := header.IPv4(packet)
		ip.SetTotalLength(uint16(len(packet)))
		ip.SetChecksum(0)
		ip.SetChecksum(^ip.CalculateChecksum())
	} else {
		ip := header.IPv6(packet)
		ip.SetPayloadLength(ip.PayloadLength() - uint16(data))
	}
	s.deliver(edited(packet, h[:len(h)-data], from, to, func(t header.TCP) {
		t.SetFlags(uint8(flags))
		t.SetSequenceNumber(seq)
		t.SetAckNumber(ack)
	}))
}

// ends deals with a segment that ends the connection on Linux, and reports
// whether that is done.
func (s *Stack) ends(packet []byte, h header.TCP, from, to netip.AddrPort, e *tcp.Endpoint, f facts) bool {
	switch {
	case f.State == tcpstate.SynSent:
		return false
	case h.Flags()&header.TCPFlagRst == 0:
		s.reset(h, from, to)
		s.cut(packet, h, from, to, f)
	case f.State == tcpstate.TimeWait:
		s.endTimeWait(e)
	default:
		s.cut(packet, h, from, to, f)
	}
	return true
}

// cut gives gVisor a RST that it does not doubt, in a segment's place.
func (s *Stack) cut(packet []byte, h header.TCP, from, to netip.AddrPort, f facts) {
	s.deliver(edited(packet, h, from, to, func(t header.TCP) {
		t.SetFlags(uint8(header.TCPFlagRst))
		t.SetSequenceNumber(f.RcvNxt)
	}))
}
