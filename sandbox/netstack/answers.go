package netstack

import (
	"net/netip"
	"reflect"

	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// What gVisor sends and Linux would send otherwise, and what it does not send.

// maxSynAcks is how many are kept, to be sent again.
const maxSynAcks = 512

// retouch makes of a segment that gVisor sends what Linux would send: it keeps a
// SYN-ACK, which a SYN that comes again is answered with; scales the window of an
// ACK in SYN-RECEIVED, which gVisor forgets; and has no ACK begin beyond the
// window, where the peer has taken it back (tcp_acceptable_seq).
func (s *Stack) retouch(packet []byte) {
	h, local, remote, ok := segmentIn(packet)
	if !ok {
		return
	}
	switch {
	case h.Flags() == header.TCPFlagSyn|header.TCPFlagAck:
		if len(s.synacks) >= maxSynAcks {
			clear(s.synacks)
		}
		s.synacks[[2]netip.AddrPort{local, remote}] = append([]byte(nil), packet...)
	case h.Flags() == header.TCPFlagAck && len(h.Payload()) == 0:
		if e := s.endpoint(local, remote); e != nil && s.retouchAck(h, e) {
			h.SetChecksum(0)
			h.SetChecksum(^checksum.Checksum(h, pseudo(h, local, remote)))
		}
	}
}

// segmentIn is the TCP segment in a whole packet, and from where to where it goes,
// as its sender sees it; ok is false if it holds none.
func segmentIn(packet []byte) (h header.TCP, local, remote netip.AddrPort, ok bool) {
	var from, to netip.Addr
	switch header.IPVersion(packet) {
	case header.IPv4Version:
		ip := header.IPv4(packet)
		ok = ip.TransportProtocol() == header.TCPProtocolNumber
		h, from, to = ip.Payload(), addrOf(ip.SourceAddress()), addrOf(ip.DestinationAddress())
	case header.IPv6Version:
		ip := header.IPv6(packet)
		ok = ip.NextHeader() == uint8(header.TCPProtocolNumber)
		h, from, to = ip.Payload(), addrOf(ip.SourceAddress()), addrOf(ip.DestinationAddress())
	}
	if !ok || len(h) < header.TCPMinimumSize {
		return nil, local, remote, false
	}
	return h, netip.AddrPortFrom(from, h.SourcePort()), netip.AddrPortFrom(to, h.DestinationPort()), true
}

// retouchAck changes an ACK of e's, and reports whether it has.
func (s *Stack) retouchAck(h header.TCP, e *tcp.Endpoint) (changed bool) {
	v := reflect.ValueOf(e)
	u := func(names ...string) uint32 { return uint32(field(v, names...).Uint()) }
	var end uint32 // of the window that the peer offers
	if e.EndpointState() == tcp.StateSynRecv {
		if field(v, "h", "sndWndScale").Int() >= 0 {
			h.SetWindowSize(h.WindowSize() >> field(v, "h", "rcvWndScale").Int())
			changed = true
		}
		if !field(v, "h", "active").Bool() {
			return changed
		}
		end = u("h", "iss") + u("h", "sndWnd")
	} else if field(v, "snd", "SndUna").IsValid() {
		end = u("snd", "SndUna") + u("snd", "SndWnd")
	} else {
		return false
	}
	if int32(h.SequenceNumber()-end) > 0 {
		h.SetSequenceNumber(end)
		changed = true
	}
	return changed
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

// earlyFIN is a FIN without data that came before what precedes it.
type earlyFIN struct {
	packet []byte
	seq    uint32
}

// finish gives gVisor the FINs that have come early once more, where what was
// missing before them has come: it has taken each for one that it knows.
func (s *Stack) finish() {
	for e, fin := range s.fins {
		switch stateOf(e) {
		case "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2":
		default:
			delete(s.fins, e)
			continue
		}
		if receiveNext(e) != fin.seq {
			continue
		}
		delete(s.fins, e)
		s.link.drop(func(p []byte) bool { return acknowledges(p, e, fin.seq) }) // one ACK tells of both
		s.deliver(fin.packet)
	}
}

// acknowledges reports whether a packet is an ACK of e's, without data, up to seq.
func acknowledges(p []byte, e *tcp.Endpoint, seq uint32) bool {
	h, _, _, ok := segmentIn(p)
	return ok && h.SourcePort() == e.ID.LocalPort && h.DestinationPort() == e.ID.RemotePort &&
		h.Flags() == header.TCPFlagAck && len(h.Payload()) == 0 && h.AckNumber() == seq
}
