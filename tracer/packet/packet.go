// Package packet decodes IP packets, with gopacket's layers, into what a trace
// shows of them. It never fails: what is wrong with a packet is told in words
// in its Malformed field, and the parts before the fault are decoded.
package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"sockplay/tracer"
)

// The bits of a TCP header's flags (RFC 9293 3.1).
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// BrokenOptions is what a Packet's Malformed says of a TCP segment that counts
// all the same: its receiver skips the options.
const BrokenOptions = "its TCP options are broken"

// Header is what the wire and the tracker compute with: absolute numbers and
// comparable addresses. Ports are 0 where there are none.
type Header struct {
	Proto    string // as in tracer.Packet
	Src, Dst netip.AddrPort
	Flags    uint8
	Seq, Ack uint32
	Len      int
	Win      int // as in the header, not scaled
	WS       int // the window scale option's shift; -1: absent
	About    *Header
}

// flagNames holds the names for each combination of flag bits, so that a
// packet's names cost no allocation.
var flagNames = func() (names [256][]string) {
	order := []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"}
	for bits := range names {
		for i, name := range order {
			if bits&(1<<i) != 0 {
				names[bits] = append(names[bits], name)
			}
		}
	}
	return names
}()

// Decode decodes one IP packet. The result keeps raw, which the caller must
// not change afterwards. Sequence numbers are absolute.
func Decode(raw []byte) (*tracer.Packet, Header) {
	p := &tracer.Packet{Proto: "ip", Kind: tracer.IP, Bytes: raw}
	h := Header{Proto: "ip", WS: -1}
	decode(p, &h, raw, false)
	p.Src, p.Dst = addrString(h.Src, p.Proto), addrString(h.Dst, p.Proto)
	return p, h
}

func addrString(a netip.AddrPort, proto string) string {
	switch {
	case !a.Addr().IsValid():
		return "?"
	case (proto == "tcp" || proto == "udp") && a.Port() != 0:
		return a.String()
	default:
		return a.Addr().String()
	}
}

// truncation notes what gopacket found cut short.
type truncation bool

func (t *truncation) SetTruncated() { *t = true }

// decode fills p and h. quoted: raw is the beginning of a packet that an ICMP
// error quotes, where being cut short is the rule.
func decode(p *tracer.Packet, h *Header, raw []byte, quoted bool) {
	defer func() {
		// gopacket's layers are meant to run under a recover of its own.
		if r := recover(); r != nil {
			p.Malformed = "its headers contradict each other"
		}
	}()
	var cut truncation
	var payload []byte
	var proto layers.IPProtocol
	switch {
	case len(raw) == 0:
		p.Malformed = "it is empty"
		return
	case raw[0]>>4 == 4:
		var ip layers.IPv4
		if err := ip.DecodeFromBytes(raw, &cut); err != nil {
			p.Malformed = "its IPv4 header is broken"
			return
		}
		src, _ := netip.AddrFromSlice(ip.SrcIP)
		dst, _ := netip.AddrFromSlice(ip.DstIP)
		h.Src, h.Dst = netip.AddrPortFrom(src, 0), netip.AddrPortFrom(dst, 0)
		p.FragOffset, p.MoreFrags = int(ip.FragOffset)*8, ip.Flags&layers.IPv4MoreFragments != 0
		proto, payload = ip.Protocol, ip.Payload
	case raw[0]>>4 == 6:
		var ip layers.IPv6
		if err := ip.DecodeFromBytes(raw, &cut); err != nil {
			p.Malformed = "its IPv6 header is broken"
			return
		}
		src, _ := netip.AddrFromSlice(ip.SrcIP)
		dst, _ := netip.AddrFromSlice(ip.DstIP)
		h.Src, h.Dst = netip.AddrPortFrom(src, 0), netip.AddrPortFrom(dst, 0)
		proto, payload = ip.NextHeader, ip.Payload
		if proto == layers.IPProtocolIPv6Fragment {
			// RFC 8200 4.5: next header, reserved, offset and M flag, identification.
			if len(payload) < 8 {
				p.Malformed = "its fragment header is cut short"
				return
			}
			field := binary.BigEndian.Uint16(payload[2:])
			p.FragOffset, p.MoreFrags = int(field&^7), field&1 != 0
			proto, payload = layers.IPProtocol(payload[0]), payload[8:]
		}
	default:
		p.Malformed = fmt.Sprintf("its version is %d, neither 4 nor 6", raw[0]>>4)
		return
	}
	transport(p, h, proto, payload, quoted)
	if bool(cut) && !quoted && p.Malformed == "" {
		p.Malformed = "it is shorter than its header says"
	}
}

func transport(p *tracer.Packet, h *Header, proto layers.IPProtocol, data []byte, quoted bool) {
	name := map[layers.IPProtocol]string{
		layers.IPProtocolTCP: "tcp", layers.IPProtocolUDP: "udp",
		layers.IPProtocolICMPv4: "icmp", layers.IPProtocolICMPv6: "icmp6",
	}[proto]
	if name == "" {
		p.Len, p.Payload = len(data), data
		return
	}
	p.Proto, h.Proto = name, name
	switch {
	case p.FragOffset > 0: // not the first fragment: no transport header
		p.Kind = map[string]string{"udp": tracer.UDP, "icmp": tracer.ICMP, "icmp6": tracer.ICMP}[name]
		if p.Kind == "" {
			p.Kind = tracer.IP
		}
		p.Len, p.Payload = len(data), data
	case name == "tcp":
		decodeTCP(p, h, data, quoted)
	case name == "udp":
		decodeUDP(p, h, data)
	default:
		decodeICMP(p, h, name, data)
	}
	h.Len = p.Len
}

func withPorts(h *Header, src, dst uint16) {
	h.Src = netip.AddrPortFrom(h.Src.Addr(), src)
	h.Dst = netip.AddrPortFrom(h.Dst.Addr(), dst)
}

func decodeTCP(p *tracer.Packet, h *Header, data []byte, quoted bool) {
	if quoted && len(data) >= 8 { // RFC 792 promises 64 bits of it
		withPorts(h, binary.BigEndian.Uint16(data), binary.BigEndian.Uint16(data[2:]))
		h.Seq = binary.BigEndian.Uint32(data[4:])
		return
	}
	var tcp layers.TCP
	var cut truncation
	err := tcp.DecodeFromBytes(data, &cut)
	if len(data) < 20 {
		p.Malformed = "its TCP header is cut short"
		return
	}
	withPorts(h, uint16(tcp.SrcPort), uint16(tcp.DstPort))
	h.Flags = data[13]
	h.Seq, h.Ack, h.Win = tcp.Seq, tcp.Ack, int(tcp.Window)
	p.Flags, p.Seq, p.Ack, p.Win, p.WScaled = flagNames[h.Flags], tcp.Seq, tcp.Ack, h.Win, h.Win
	p.Payload, p.Len = tcp.Payload, len(tcp.Payload)
	p.Kind = tcpKind(h.Flags, p.Len)
	if err != nil {
		p.Malformed = BrokenOptions
		if tcp.DataOffset < 5 || int(tcp.DataOffset)*4 > len(data) {
			p.Malformed = "its TCP header gives a wrong length of itself"
		}
		return
	}
	p.Options = options(tcp.Options)
	if p.Options != nil {
		h.WS = p.Options.WS
	}
}

// tcpKind is the first of the names that a segment is.
func tcpKind(flags uint8, length int) string {
	switch {
	case flags&RST != 0:
		return tracer.RST
	case flags&(SYN|ACK) == SYN|ACK:
		return tracer.SYNACK
	case flags&SYN != 0:
		return tracer.SYN
	case flags&FIN != 0:
		return tracer.FIN
	case length > 0:
		return tracer.DATA
	default:
		return tracer.ACK
	}
}

func options(list []layers.TCPOption) *tracer.Options {
	o := tracer.Options{WS: -1}
	found := false
	for _, opt := range list {
		d := opt.OptionData
		switch {
		case opt.OptionType == layers.TCPOptionKindMSS && len(d) == 2:
			o.MSS = int(binary.BigEndian.Uint16(d))
		case opt.OptionType == layers.TCPOptionKindWindowScale && len(d) == 1:
			o.WS = int(d[0])
		case opt.OptionType == layers.TCPOptionKindSACKPermitted:
			o.SACKOK = true
		case opt.OptionType == layers.TCPOptionKindTimestamps && len(d) == 8:
			o.TS, o.TSVal, o.TSEcr = true, binary.BigEndian.Uint32(d), binary.BigEndian.Uint32(d[4:])
		case opt.OptionType == layers.TCPOptionKindSACK && len(d)%8 == 0:
			for ; len(d) > 0; d = d[8:] {
				o.SACK = append(o.SACK, [2]uint32{binary.BigEndian.Uint32(d), binary.BigEndian.Uint32(d[4:])})
			}
		default:
			continue
		}
		found = true
	}
	if !found {
		return nil
	}
	return &o
}

func decodeUDP(p *tracer.Packet, h *Header, data []byte) {
	p.Kind = tracer.UDP
	var udp layers.UDP
	var cut truncation
	err := udp.DecodeFromBytes(data, &cut)
	if len(data) < 8 {
		p.Malformed = "its UDP header is cut short"
		return
	}
	withPorts(h, uint16(udp.SrcPort), uint16(udp.DstPort))
	p.Payload, p.Len = udp.Payload, len(udp.Payload)
	if err != nil {
		p.Malformed = "its UDP header gives a wrong length"
	}
}

func decodeICMP(p *tracer.Packet, h *Header, name string, data []byte) {
	p.Kind = tracer.ICMP
	if len(data) < 8 {
		p.Malformed = "its ICMP header is cut short"
		return
	}
	p.ICMPType, p.ICMPCode = int(data[0]), int(data[1])
	p.Payload, p.Len = data[8:], len(data)-8
	// Errors quote the packet that they are about (RFC 792; RFC 4443 2.1).
	isError := name == "icmp6" && p.ICMPType < 128
	switch p.ICMPType {
	case layers.ICMPv4TypeDestinationUnreachable, layers.ICMPv4TypeTimeExceeded, layers.ICMPv4TypeParameterProblem:
		isError = isError || name == "icmp"
	}
	if isError && len(p.Payload) > 0 {
		inner, about := &tracer.Packet{Proto: "ip"}, Header{Proto: "ip", WS: -1}
		decode(inner, &about, p.Payload, true)
		if about.Src.Addr().IsValid() {
			h.About = &about
			p.About = fmt.Sprintf("%s %s > %s", about.Proto, addrString(about.Src, about.Proto), addrString(about.Dst, about.Proto))
		}
	}
}

var _ gopacket.DecodeFeedback = (*truncation)(nil)
