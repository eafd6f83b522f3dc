package packet

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/google/gopacket/layers"
)

// ip reads an IP header and all behind it. base is where it lies in the packet.
func (d *dissection) ip(raw []byte, base int) {
	switch {
	case len(raw) == 0:
	case raw[0]>>4 == 4:
		d.ipv4(raw, base)
	case raw[0]>>4 == 6:
		d.ipv6(raw, base)
	default:
		d.data(raw, base, fmt.Sprintf("of IP version %d, which is neither 4 nor 6", raw[0]>>4))
	}
}

// ipv4 reads a header of RFC 791 3.1.
func (d *dissection) ipv4(raw []byte, base int) {
	size := int(raw[0]&15) * 4
	h, b := d.begin("IPv4", "RFC 791 3.1", raw, base, max(size, 20), 20)
	total, frag := int(be16(b[2:])), be16(b[6:])
	offset, more := int(frag&0x1fff)*8, frag&0x2000 != 0

	h.add(code("Version", 4, b[0]>>4, ""))
	ihl := code("IHL", 4, b[0]&15, fmt.Sprintf("words of 4 bytes: a header of %d bytes", size))
	if size < 20 {
		ihl.Wrong, ihl.Means = true, "too short: a header has 20 bytes at least"
	}
	h.add(ihl)
	h.add(serviceField("Type of Service", b[1]))
	length := number("Total Length", 16, be16(b[2:]), "header and all that follows")
	switch {
	case total < size:
		length.Wrong, length.Means = true, "less than the header alone"
	case total > len(raw) && !d.quoted:
		length.Wrong, length.Means = true, "more than the "+octets(len(raw))+" that are here"
		d.cut = true
	}
	h.add(length)
	h.add(number("Identification", 16, be16(b[4:]), "the same in all fragments of one packet"))
	flags := Field{Name: "Flags", Bits: 3, Value: fmt.Sprintf("%03b", frag>>13)}
	var set []string
	for i, name := range []string{"MF", "DF", "reserved bit"} {
		if frag>>13&(1<<i) != 0 {
			set = append(set, name)
		}
	}
	if len(set) > 0 {
		flags.Value += " " + strings.Join(set, " ")
		flags.Means = strings.NewReplacer("DF", "do not fragment", "MF", "more fragments follow").Replace(strings.Join(set, "; "))
	}
	h.add(flags)
	h.add(fragmentOffset(frag&0x1fff, more))
	h.add(number("Time to Live", 8, b[8], "routers that it may still pass"))
	h.add(code("Protocol", 8, b[9], protoName(b[9])))
	check := checksum("Header Checksum", be16(b[10:]), 0, h.raw)
	if len(h.raw) < size || d.quoted && check.Wrong { // a router may have changed what is quoted
		check.Wrong, check.Means = false, ""
	}
	h.add(check)
	h.add(address("Source Address", b[12:16]))
	h.add(address("Destination Address", b[16:20]))
	if size > 20 && len(raw) > 20 {
		h.Options = base + 20
		h.add(Field{Name: "Options", Bits: 8 * (size - 20), Value: fmt.Sprintf("%x", h.raw[20:]), Means: "with padding to whole words"})
	}
	addrs := append([]byte(nil), b[12:20]...)
	d.end(h)
	if size < 20 || size > len(raw) {
		return
	}
	end := len(raw)
	if total >= size && total < end {
		end = total
	}
	d.payload(b[9], addrs, raw[size:end], base+size, offset, more)
	d.data(raw[end:], base+end, "behind the end that Total Length gives")
}

// ipv6 reads a header of RFC 8200 3, and the fragment header (4.5) if one
// follows. Other extension headers are left as data.
func (d *dissection) ipv6(raw []byte, base int) {
	h, b := d.begin("IPv6", "RFC 8200 3", raw, base, 40, 40)
	length, next := int(be16(b[4:])), b[6]
	h.add(code("Version", 4, b[0]>>4, ""))
	h.add(serviceField("Traffic Class", b[0]<<4|b[1]>>4))
	h.add(Field{Name: "Flow Label", Bits: 20, Value: fmt.Sprintf("0x%05x", be32(b)&0xfffff), Means: "the same in all packets of one conversation"})
	size := number("Payload Length", 16, be16(b[4:]), "all that follows this header")
	if 40+length > len(raw) && !d.quoted {
		size.Wrong, size.Means = true, "more than the "+octets(max(0, len(raw)-40))+" that are here"
		d.cut = true
	}
	h.add(size)
	h.add(code("Next Header", 8, next, protoName(next)))
	h.add(number("Hop Limit", 8, b[7], "routers that it may still pass"))
	h.add(address("Source Address", b[8:24]))
	h.add(address("Destination Address", b[24:40]))
	d.end(h)
	if len(raw) <= 40 {
		return
	}
	end := min(len(raw), 40+length)
	rest, at := raw[40:end], base+40
	offset, more := 0, false
	if layers.IPProtocol(next) == layers.IPProtocolIPv6Fragment {
		h, b := d.begin("Fragment header", "RFC 8200 4.5", rest, at, 8, 8)
		field := be16(b[2:])
		offset, more = int(field&^7), field&1 != 0
		h.add(code("Next Header", 8, b[0], protoName(b[0])))
		h.add(code("Reserved", 8, b[1], ""))
		h.add(fragmentOffset(field>>3, more))
		h.add(code("Res", 2, field>>1&3, ""))
		flag := code("M flag", 1, field&1, "the last fragment").short("M")
		if more {
			flag.Means = "more fragments follow"
		}
		h.add(flag)
		h.add(number("Identification", 32, be32(b[4:]), "the same in all fragments of one packet"))
		d.end(h)
		if len(rest) <= 8 {
			return
		}
		next, rest, at = b[0], rest[8:], at+8
	}
	d.payload(next, raw[8:40], rest, at, offset, more)
	d.data(raw[end:], base+end, "behind the end that Payload Length gives")
}

// payload reads what an IP packet carries from one of the addresses to the
// other.
func (d *dissection) payload(proto uint8, addrs, data []byte, base, offset int, more bool) {
	name := protoName(proto)
	part := offset > 0 || more
	switch {
	case offset > 0:
		d.data(data, base, "a part of a larger packet, whose "+name+" header is in its first fragment")
	case len(data) == 0:
	case proto == protoTCP:
		d.tcp(data, addrs, base, part)
	case proto == protoUDP:
		d.udp(data, addrs, base, part)
	case proto == protoICMP, proto == protoICMPv6:
		d.icmp(proto, data, addrs, base, part)
	default:
		d.data(data, base, "of the protocol "+name+", which is not taken apart here")
	}
}

// serviceField is the octet that RFC 2474 and RFC 3168 have given a new use.
func serviceField(name string, b byte) Field {
	f := Field{Name: name, Bits: 8, Value: fmt.Sprintf("0x%02x", b), Number: uint64(b)}
	if b != 0 {
		f.Means = fmt.Sprintf("a class of service, DSCP %d; congestion, ECN %d", b>>2, b&3)
	}
	return f
}

func fragmentOffset(units uint16, more bool) Field {
	f := number("Fragment Offset", 13, units, "")
	switch {
	case units > 0:
		f.Means = fmt.Sprintf("in units of 8 bytes: begins at byte %d of the whole", int(units)*8)
	case more:
		f.Means = "the first fragment"
	}
	return f
}

// protoName names what follows an IP header.
func protoName(n uint8) string {
	switch p := layers.IPProtocol(n); p {
	case layers.IPProtocolICMPv4:
		return "ICMP"
	case layers.IPProtocolIPv6Fragment:
		return "a fragment header"
	default:
		return p.String()
	}
}

func address(name string, b []byte) Field {
	a, _ := netip.AddrFromSlice(b)
	return Field{Name: name, Bits: 8 * len(b), Value: a.String()}
}

// transportSum is the checksum field of a whole segment or datagram.
func (d *dissection) transportSum(proto uint8, got uint16, addrs, data []byte, part bool) Field {
	start := uint32(0)
	if proto != protoICMP { // the pseudo-header, as in checkTransport
		start = uint32(sum(uint32(len(data))+uint32(proto), addrs))
	}
	f := checksum("Checksum", got, start, data)
	switch {
	case proto == protoUDP && got == 0 && len(addrs) == 8:
		f.Wrong, f.Means = false, "none was made, as UDP over IPv4 may"
	case d.quoted:
		f.Wrong, f.Means = false, "not checked: only the beginning is quoted"
	case part:
		f.Wrong, f.Means = false, "not checked: it covers all fragments together"
	case d.cut:
		f.Wrong, f.Means = false, "not checked: a part of the packet is missing"
	}
	return f
}
