package packet

import (
	"fmt"
	"strings"

	"sockplay/tracer"
)

// Name is what a packet is called in a text: "SYN-ACK", "DATA", "UDP", "ICMP
// port unreachable".
func Name(p *tracer.Packet) string {
	switch {
	case p.Fragment():
		return strings.ToUpper(p.Proto) + " fragment"
	case p.Proto == "tcp":
		return segmentName(p)
	case p.Proto == "udp":
		return "UDP"
	case p.Proto == "icmp" || p.Proto == "icmp6":
		return "ICMP " + icmpName(p)
	}
	return "IP packet"
}

// segmentName names a segment by its flags, the ones that make it what it is
// first. The everyday carrier of data is just called that, and PSH is named
// only where there is no other flag.
func segmentName(p *tracer.Packet) string {
	var names []string
	for _, f := range []string{"SYN", "FIN", "RST", "ACK", "URG", "ECE", "CWR"} {
		if p.Has(f) {
			names = append(names, f)
		}
	}
	switch {
	case p.Len > 0 && len(names) == 1 && names[0] == "ACK":
		return "DATA"
	case len(names) == 0 && p.Has("PSH"):
		return "PSH"
	case len(names) == 0:
		return "no flags"
	}
	return strings.Join(names, "-")
}

// icmpName is what stands before the colon where the message is explained.
func icmpName(p *tracer.Packet) string {
	says := icmp4
	if p.Proto == "icmp6" {
		says = icmp6
	}
	for _, code := range []int{p.ICMPCode, anyCode} {
		if m, ok := says[icmpType{uint8(p.ICMPType), code}]; ok {
			name, _, _ := strings.Cut(m.text, ":")
			return name
		}
	}
	return fmt.Sprintf("type %d code %d", p.ICMPType, p.ICMPCode)
}

// before is how far a number may lie before a connection's first one to be told
// as such: a wrong one on purpose.
const before = 1 << 24

// Relative is a relative sequence number as it is shown: what lies before the
// first one is negative, rather than almost 2^32.
func Relative(n uint32) int64 {
	if n >= -before&(1<<32-1) {
		return int64(int32(n))
	}
	return int64(n)
}
