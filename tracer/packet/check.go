package packet

import (
	"encoding/binary"
)

// Check says what is wrong with an IP packet, so wrong that its receiver throws
// it away without a look at what it carries: its version, its lengths or its
// checksums. It is "" for one that counts. What a receiver may make sense of
// all the same, such as an unknown option, is not looked at; nor, in a
// fragment, what is behind the IP header.
func Check(raw []byte) string {
	if len(raw) == 0 {
		return "it is empty"
	}
	switch raw[0] >> 4 {
	case 4:
		return checkIPv4(raw)
	case 6:
		return checkIPv6(raw)
	}
	return "its IP version is neither 4 nor 6"
}

// checkIPv4 follows RFC 791 3.1.
func checkIPv4(raw []byte) string {
	if len(raw) < 20 {
		return "its IPv4 header is cut short"
	}
	header, total := int(raw[0]&15)*4, int(binary.BigEndian.Uint16(raw[2:]))
	switch {
	case header < 20 || header > len(raw):
		return "its IPv4 header gives a wrong length of itself"
	case total < header:
		return "its IPv4 header gives it a length of less than itself"
	case total > len(raw):
		return "it is shorter than its IPv4 header says"
	case sum(0, raw[:header]) != 0xffff:
		return "the checksum of its IPv4 header is wrong"
	case binary.BigEndian.Uint16(raw[6:])&0x3fff != 0: // a fragment
		return ""
	}
	return checkTransport(raw[9], raw[12:20], raw[header:total])
}

// checkIPv6 follows RFC 8200 3.
func checkIPv6(raw []byte) string {
	if len(raw) < 40 {
		return "its IPv6 header is cut short"
	}
	length := int(binary.BigEndian.Uint16(raw[4:]))
	if 40+length > len(raw) {
		return "it is shorter than its IPv6 header says"
	}
	return checkTransport(raw[6], raw[8:40], raw[40:40+length])
}

// The protocols that have a checksum which is looked at.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
)

// checkTransport checks a whole segment or datagram between two addresses,
// which stand one after the other.
func checkTransport(proto byte, addrs, data []byte) string {
	// The pseudo-header: the addresses, the length and the protocol (RFC 9293
	// 3.1, RFC 768, RFC 8200 8.1).
	start := func() uint32 { return uint32(sum(uint32(len(data))+uint32(proto), addrs)) }
	switch proto {
	case protoTCP:
		switch {
		case len(data) < 20:
			return "its TCP header is cut short"
		case int(data[12]>>4) < 5 || int(data[12]>>4)*4 > len(data):
			return "its TCP header gives a wrong length of itself"
		case sum(start(), data) != 0xffff:
			return "its TCP checksum is wrong"
		}
	case protoUDP:
		if len(data) < 8 {
			return "its UDP header is cut short"
		}
		n := int(binary.BigEndian.Uint16(data[4:]))
		switch {
		case n < 8 || n > len(data):
			return "its UDP header gives a wrong length"
		case len(addrs) == 8 && data[6] == 0 && data[7] == 0: // none was made (RFC 768)
		case sum(uint32(sum(uint32(n)+uint32(proto), addrs)), data[:n]) != 0xffff:
			return "its UDP checksum is wrong"
		}
	case protoICMP, protoICMPv6:
		first := uint32(0)
		if proto == protoICMPv6 {
			first = start()
		}
		switch {
		case len(data) < 8:
			return "its ICMP header is cut short"
		case sum(first, data) != 0xffff:
			return "its ICMP checksum is wrong"
		}
	}
	return ""
}

// sum is the ones' complement sum of 16-bit words (RFC 1071), from start on.
// With the checksum among them, it is 0xffff.
func sum(start uint32, b []byte) uint16 {
	s := uint64(start)
	for ; len(b) >= 2; b = b[2:] {
		s += uint64(b[0])<<8 | uint64(b[1])
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}
