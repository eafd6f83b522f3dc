package packet

import (
	"fmt"

	"github.com/google/gopacket/layers"
)

// udp reads a header of RFC 768.
func (d *dissection) udp(raw, addrs []byte, base int, part bool) {
	h, b := d.begin("UDP", "RFC 768", raw, base, 8, 8)
	d.ports(h, b)
	n := int(be16(b[4:]))
	length := number("Length", 16, be16(b[4:]), "header and data: "+octets(max(0, n-8))+" of data")
	switch {
	case n < 8:
		length.Wrong, length.Means = true, "less than the header alone"
	case n > len(raw) && part:
		length.Means += ", in all fragments together"
	case n > len(raw) && !d.quoted:
		length.Wrong, length.Means = true, "more than the "+octets(len(raw))+" that are here"
	}
	h.add(length)
	if n < 8 || n > len(raw) {
		n = len(raw)
	}
	h.add(d.transportSum(protoUDP, be16(b[6:]), addrs, raw[:n], part))
	d.end(h)
	if len(raw) > 8 {
		d.data(raw[8:n], base+8, "")
		d.data(raw[n:], base+n, "behind the end that Length gives")
	}
}

// icmp reads a message of RFC 792 or RFC 4443, and the packet that an error
// quotes.
func (d *dissection) icmp(proto uint8, raw, addrs []byte, base int, part bool) {
	name, source, says := "ICMP", "RFC 792", icmp4
	if proto == protoICMPv6 {
		name, source, says = "ICMPv6", "RFC 4443 2.1", icmp6
	}
	h, b := d.begin(name, source, raw, base, 8, 8)
	m, known := says[icmpType{b[0], anyCode}]
	h.add(code("Type", 8, b[0], m.text))
	c, ok := says[icmpType{b[0], int(b[1])}]
	h.add(code("Code", 8, b[1], c.text))
	h.add(d.transportSum(proto, be16(b[2:]), addrs, raw, part))
	rest := m.rest
	if ok && c.rest != restUnused {
		rest = c.rest
	}
	switch rest {
	case restEcho:
		h.add(number("Identifier", 16, be16(b[4:]), "whose echo it is"))
		h.add(number("Sequence Number", 16, be16(b[6:]), "which echo it is"))
	case restMTU4: // RFC 1191 4
		h.add(code("unused", 16, be16(b[4:]), ""))
		h.add(code("Next-Hop MTU", 16, be16(b[6:]), "the largest packet that gets through"))
	case restMTU6: // RFC 4443 3.2
		h.add(code("MTU", 32, be32(b[4:]), "the largest packet that gets through"))
	case restPointer4:
		h.add(code("Pointer", 8, b[4], "the byte that is the problem"))
		h.add(code("unused", 24, be32(b[4:])&0xffffff, ""))
	case restPointer6: // RFC 4443 3.4
		h.add(code("Pointer", 32, be32(b[4:]), "the byte that is the problem"))
	case restUnused:
		if !known {
			h.add(Field{Name: "Rest of Header", Bits: 32, Value: fmt.Sprintf("0x%08x", be32(b[4:]))})
		} else {
			h.add(code("unused", 32, be32(b[4:]), ""))
		}
	}
	d.end(h)
	if len(raw) <= 8 {
		return
	}
	isError := proto == protoICMPv6 && b[0] < 128
	switch b[0] {
	case layers.ICMPv4TypeDestinationUnreachable, layers.ICMPv4TypeTimeExceeded, layers.ICMPv4TypeParameterProblem:
		isError = isError || proto == protoICMP
	}
	if !isError || d.quoted { // an error is never about an error (RFC 1122 3.2.2)
		d.data(raw[8:], base+8, "")
		return
	}
	d.quoted = true
	d.ip(raw[8:], base+8)
	d.quoted = false
}

// anyCode stands for the type alone.
const anyCode = -1

type icmpType struct {
	typ  uint8
	code int
}

// The last 32 bits of the header, which depend on the type.
const (
	restUnused = iota
	restEcho
	restMTU4
	restMTU6
	restPointer4
	restPointer6
)

type icmpSays struct {
	text string
	rest int
}

// icmp4 says what the types and codes mean (RFC 792, RFC 1122 3.2.2.1, RFC 1812
// 5.2.7.1).
var icmp4 = map[icmpType]icmpSays{
	{0, anyCode}:  {"echo reply: the answer to a ping", restEcho},
	{8, anyCode}:  {"echo request: a ping", restEcho},
	{3, anyCode}:  {"destination unreachable", restUnused},
	{3, 0}:        {"net unreachable", restUnused},
	{3, 1}:        {"host unreachable", restUnused},
	{3, 2}:        {"protocol unreachable: the host does not speak it", restUnused},
	{3, 3}:        {"port unreachable: no socket is bound to it", restUnused},
	{3, 4}:        {"fragmentation needed: too large, and fragments are forbidden", restMTU4},
	{3, 13}:       {"prohibited: a filter does not let it through", restUnused},
	{5, anyCode}:  {"redirect: take another way", restUnused},
	{11, anyCode}: {"time exceeded", restUnused},
	{11, 0}:       {"time to live exceeded: too many routers", restUnused},
	{11, 1}:       {"fragments missing: they did not come in time", restUnused},
	{12, anyCode}: {"parameter problem: a header makes no sense", restPointer4},
}

// icmp6 says the same of RFC 4443 and RFC 4861.
var icmp6 = map[icmpType]icmpSays{
	{128, anyCode}: {"echo request: a ping", restEcho},
	{129, anyCode}: {"echo reply: the answer to a ping", restEcho},
	{1, anyCode}:   {"destination unreachable", restUnused},
	{1, 0}:         {"no route: no way to it is known", restUnused},
	{1, 1}:         {"prohibited: a filter does not let it through", restUnused},
	{1, 3}:         {"address unreachable", restUnused},
	{1, 4}:         {"port unreachable: no socket is bound to it", restUnused},
	{2, anyCode}:   {"packet too big", restMTU6},
	{3, anyCode}:   {"time exceeded", restUnused},
	{3, 0}:         {"hop limit exceeded: too many routers", restUnused},
	{3, 1}:         {"fragments missing: they did not come in time", restUnused},
	{4, anyCode}:   {"parameter problem: a header makes no sense", restPointer6},
	{133, anyCode}: {"router solicitation", restUnused},
	{134, anyCode}: {"router advertisement", restUnused},
	{135, anyCode}: {"neighbor solicitation: who has this address?", restUnused},
	{136, anyCode}: {"neighbor advertisement: I have this address", restUnused},
}
