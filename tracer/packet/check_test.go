package packet

import (
	"encoding/binary"
	"net"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// whole serialises layers with right lengths and checksums.
func whole(t testing.TB, list ...gopacket.SerializableLayer) []byte {
	b := gopacket.NewSerializeBuffer()
	o := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(b, o, list...); err != nil {
		t.Fatal(err)
	}
	return append([]byte(nil), b.Bytes()...)
}

// wholePackets are packets of each kind whose receiver takes them.
func wholePackets(t testing.TB) map[string][]byte {
	ip4 := func(p layers.IPProtocol) *layers.IPv4 {
		return &layers.IPv4{Version: 4, TTL: 64, Protocol: p, SrcIP: net.IP{127, 0, 0, 1}, DstIP: net.IP{127, 0, 0, 2}}
	}
	ip6 := func(p layers.IPProtocol) *layers.IPv6 {
		return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: p, SrcIP: net.IPv6loopback, DstIP: net.IPv6loopback}
	}
	tcp := func(n gopacket.NetworkLayer) *layers.TCP {
		x := &layers.TCP{SrcPort: 40000, DstPort: 8080, Seq: 7, SYN: true, Window: 1000}
		x.SetNetworkLayerForChecksum(n)
		return x
	}
	udp := func(n gopacket.NetworkLayer) *layers.UDP {
		x := &layers.UDP{SrcPort: 40000, DstPort: 53}
		x.SetNetworkLayerForChecksum(n)
		return x
	}
	a, b, c, d, e, f := ip4(layers.IPProtocolTCP), ip6(layers.IPProtocolTCP), ip4(layers.IPProtocolUDP), ip6(layers.IPProtocolUDP), ip4(layers.IPProtocolICMPv4), ip6(layers.IPProtocolICMPv6)
	six := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(128, 0)}
	six.SetNetworkLayerForChecksum(f)
	odd := gopacket.Payload("odd")
	return map[string][]byte{
		"tcp": whole(t, a, tcp(a), odd), "tcp6": whole(t, b, tcp(b), odd),
		"udp": whole(t, c, udp(c), odd), "udp6": whole(t, d, udp(d), odd),
		"icmp":  whole(t, e, &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 0)}, odd),
		"icmp6": whole(t, f, six, gopacket.Payload("abcd, odd")),
	}
}

// TestCheck: what is whole counts; one wrong octet anywhere but where nobody
// looks does not.
func TestCheck(t *testing.T) {
	for name, p := range wholePackets(t) {
		if wrong := Check(p); wrong != "" {
			t.Errorf("%s: %s", name, wrong)
		}
		for i := range p {
			if p[0]>>4 == 6 && (i < 4 || i == 6 || i == 7) { // traffic class, flow label, hop limit; another protocol
				continue
			}
			bad := append([]byte(nil), p...)
			bad[i] ^= 0x10
			if Check(bad) == "" && !(p[0]>>4 == 4 && i == 6 || i == 9) {
				t.Errorf("%s: a wrong octet %d is not noticed", name, i)
			}
		}
		for n := range p {
			if Check(p[:n]) == "" {
				t.Errorf("%s cut to %d octets is not noticed", name, n)
			}
		}
	}
}

func TestCheckSays(t *testing.T) {
	s := wholePackets(t)
	edit := func(name string, f func(p []byte)) []byte {
		p := append([]byte(nil), s[name]...)
		f(p)
		return p
	}
	resum := func(p []byte) { // of an IPv4 header that has been changed
		p[10], p[11] = 0, 0
		binary.BigEndian.PutUint16(p[10:], ^sum(0, p[:20]))
	}
	for _, test := range []struct {
		what string
		p    []byte
		want string
	}{
		{"nothing", nil, "it is empty"},
		{"version 5", edit("tcp", func(p []byte) { p[0] = 0x55 }), "neither 4 nor 6"},
		{"a header of 4 octets", edit("tcp", func(p []byte) { p[0] = 0x41 }), "a wrong length of itself"},
		{"65,535 octets", edit("tcp", func(p []byte) { p[2], p[3] = 255, 255 }), "shorter than its IPv4 header says"},
		{"no octet", edit("tcp", func(p []byte) { p[2], p[3] = 0, 0 }), "less than itself"},
		{"another TTL", edit("tcp", func(p []byte) { p[8]++ }), "checksum of its IPv4 header"},
		{"a TCP header of 60 octets", edit("tcp", func(p []byte) { p[32] = 0xf0 }), "TCP header gives a wrong length"},
		{"other data", edit("tcp", func(p []byte) { p[len(p)-1]++ }), "TCP checksum"},
		{"other data over IPv6", edit("udp6", func(p []byte) { p[len(p)-1]++ }), "UDP checksum"},
		{"a UDP length of 4", edit("udp", func(p []byte) { p[25] = 4 }), "UDP header gives a wrong length"},
		{"no UDP checksum", edit("udp", func(p []byte) { p[26], p[27] = 0, 0 }), ""},
		{"no UDP checksum over IPv6", edit("udp6", func(p []byte) { p[46], p[47] = 0, 0 }), "UDP checksum"},
		{"a fragment", edit("tcp", func(p []byte) { p[6] |= 0x20; resum(p) }), ""},
		{"other ICMP", edit("icmp6", func(p []byte) { p[41]++ }), "ICMP checksum"},
		{"IPv6 of 65,535 octets", edit("tcp6", func(p []byte) { p[4], p[5] = 255, 255 }), "shorter than its IPv6 header says"},
	} {
		got := Check(test.p)
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want ... %s ...", test.what, got, test.want)
		}
	}
}
