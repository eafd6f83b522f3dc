package netstack

import (
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"

	"sockplay/sandbox"
)

// admit decides about a packet before gVisor sees it. It is false for what is
// no IP packet and for what Linux would drop and gVisor would not.
func (s *Stack) admit(packet []byte) bool {
	var src, dst netip.Addr
	var segment []byte
	switch header.IPVersion(packet) {
	case header.IPv4Version:
		h := header.IPv4(packet)
		if !h.IsValid(len(packet)) {
			return false
		}
		packet = packet[:h.TotalLength()]
		src, dst = addrOf(h.SourceAddress()), addrOf(h.DestinationAddress())
		if h.TransportProtocol() == header.TCPProtocolNumber && h.FragmentOffset() == 0 && !h.More() {
			segment = h.Payload()
		}
	case header.IPv6Version:
		h := header.IPv6(packet)
		if !h.IsValid(len(packet)) {
			return false
		}
		packet = packet[:header.IPv6MinimumSize+int(h.PayloadLength())]
		src, dst = addrOf(h.SourceAddress()), addrOf(h.DestinationAddress())
		if h.NextHeader() == uint8(header.TCPProtocolNumber) {
			segment = h.Payload()
		}
	default:
		return false
	}
	s.know(src)
	s.know(dst)
	if len(segment) < header.TCPMinimumSize {
		return true
	}
	h := header.TCP(segment)
	if n := int(h.DataOffset()); n < header.TCPMinimumSize || n > len(segment) {
		return true
	}
	from, to := netip.AddrPortFrom(src, h.SourcePort()), netip.AddrPortFrom(dst, h.DestinationPort())
	if s.turnsAway(packet, h, from, to) {
		return false
	}
	s.crosses(packet, h, from, to)
	return !s.overflows(from, to, h.Flags()) && !s.unwanted(from, to, h)
}

// unwanted reports whether data comes for a socket that was shut down in both
// directions. Linux resets the connection then, even if something from before
// is still unread; see shutdownTCP.
func (s *Stack) unwanted(from, to netip.AddrPort, h header.TCP) bool {
	if len(h.Payload()) == 0 {
		return false
	}
	e := s.endpoint(to, from)
	if e == nil {
		return false
	}
	for k := range s.sockets {
		if k.ep == tcpip.Endpoint(e) && k.shutRd && k.shutWr && (k.state() == tcp.StateFinWait1 || k.state() == tcp.StateFinWait2) {
			e.Shutdown(tcpip.ShutdownRead) // with something unread, gVisor resets
			s.quiesce()
			return k.state() == tcp.StateError
		}
	}
	return false
}

// crosses completes a simultaneous open (RFC 9293 figure 7), in which gVisor
// takes the peer's SYN-ACK for an old segment. It gets the ACK in it by itself
// first; the SYN-ACK then finds the connection open, and is answered as on
// Linux.
func (s *Stack) crosses(packet []byte, h header.TCP, from, to netip.AddrPort) {
	if h.Flags() != header.TCPFlagSyn|header.TCPFlagAck || len(h.Payload()) > 0 {
		return
	}
	e := s.endpoint(to, from)
	if e == nil || e.EndpointState() != tcp.StateSynRecv {
		return
	}
	if checksum.Checksum(h, pseudo(h, from, to)) != 0xffff {
		return
	}
	s.deliver(edited(packet, h, from, to, func(t header.TCP) {
		t.SetFlags(uint8(header.TCPFlagAck))
		t.SetSequenceNumber(h.SequenceNumber() + 1)
	}))
}

// pseudo is the sum of the segment's pseudo-header (RFC 9293 3.1).
func pseudo(h header.TCP, from, to netip.AddrPort) uint16 {
	return header.PseudoHeaderChecksum(header.TCPProtocolNumber, addressOf(from.Addr()), addressOf(to.Addr()), uint16(len(h)))
}

// edited is the packet, which ends with the segment h, with another header.
func edited(packet []byte, h header.TCP, from, to netip.AddrPort, edit func(header.TCP)) []byte {
	packet = append([]byte(nil), packet...)
	t := header.TCP(packet[len(packet)-len(h):])
	edit(t)
	t.SetChecksum(0)
	t.SetChecksum(^checksum.Checksum(t, pseudo(t, from, to)))
	return packet
}

// overflows reports whether a listener whose queue of accepted connections is
// full has to drop the segment: a SYN, or the ACK that would make a connection
// whole. gVisor drops the SYN alone (listen(2); Linux's tcp_conn_request and
// tcp_check_req). So is a SYN where as many have not completed the handshake:
// gVisor would send a SYN cookie, and remember nothing.
func (s *Stack) overflows(from, to netip.AddrPort, flags header.TCPFlags) bool {
	switch flags & (header.TCPFlagSyn | header.TCPFlagAck | header.TCPFlagRst) {
	case header.TCPFlagSyn:
	case header.TCPFlagAck:
		if e := s.endpoint(to, from); e == nil || e.EndpointState() != tcp.StateSynRecv {
			return false
		}
	default:
		return false
	}
	list := s.listeners(to)
	if len(list) != 1 { // with SO_REUSEPORT it may be for any of them
		return false
	}
	listener, opens := list[0], flags&header.TCPFlagSyn != 0
	return acceptQueue(listener.tcp()) > listener.backlog || opens && halfOpen(listener.tcp()) > listener.backlog
}

// listeners are those that a SYN to that address may reach: more than one with
// SO_REUSEPORT.
func (s *Stack) listeners(to netip.AddrPort) (list []*socket) {
	for k := range s.sockets {
		if k.listens() && k.hears(to) {
			list = append(list, k)
		}
	}
	return list
}

// hears reports whether a SYN to that address reaches the listener.
func (k *socket) hears(to netip.AddrPort) bool {
	local, err := k.Getsockname()
	if err != nil || local.Port() != to.Port() {
		return false
	}
	a := local.AddrPort.Addr()
	switch {
	case a.Unmap() == to.Addr():
		return true
	case a == netip.IPv6Unspecified():
		return to.Addr().Is6() || !k.v6only()
	}
	return a.IsUnspecified() && to.Addr().Is4()
}

// inherit gives the packets of a connection that nobody has accepted yet the
// listener's IP_TTL. gVisor's connections get theirs at accept.
func (s *Stack) inherit(packet []byte) {
	if header.IPVersion(packet) != header.IPv4Version {
		return
	}
	h := header.IPv4(packet)
	if h.TransportProtocol() != header.TCPProtocolNumber || len(h.Payload()) < header.TCPMinimumSize || h.TTL() != defaultTTL {
		return
	}
	t := header.TCP(h.Payload())
	local := netip.AddrPortFrom(addrOf(h.SourceAddress()), t.SourcePort())
	remote := netip.AddrPortFrom(addrOf(h.DestinationAddress()), t.DestinationPort())
	e := s.endpoint(local, remote)
	if e == nil {
		return
	}
	if own, err := e.GetSockOptInt(tcpip.IPv4TTLOption); err != nil || own != 0 {
		return
	}
	for _, k := range s.listeners(local) {
		if ttl := k.remembered(sandbox.IP_TTL); ttl > 0 {
			h.SetTTL(byte(ttl))
			h.SetChecksum(0)
			h.SetChecksum(^h.CalculateChecksum())
			return
		}
	}
}
