package packet

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"sockplay/tracer"
)

// Packets as a Linux kernel put them on the wire.
var samples = map[string]string{
	"SYN": "4500003c1f3b40004006" + "1d7f" + "7f0000017f000001" +
		"9c401f90" + "00000010" + "00000000" + "a002faf0" + "fe300000" +
		"0204ffd7" + "0402080a0000000700000000" + "0103030a",
	"DATA": "45000039000040004006" + "0000" + "7f0000017f000001" +
		"9c401f90" + "00000011" + "00000021" + "8018003f" + "fe2d0000" +
		"0101080a0000000900000008" + "68656c6c6f",
	"SACK": "4500004000004000400600007f0000017f000001" +
		"1f909c40" + "00000021" + "00000011" + "b0100040" + "00000000" +
		"0101080a0000000900000008" + "0101050a" + "0000002000000030",
	"UDP": "45000020000040004011" + "0000" + "7f0000017f000001" +
		"14e914e9" + "000c0000" + "70696e67",
	"FRAGMENT": "4500001c000100b9401100007f0000017f000001" + "6162636465666768",
	"ICMP": "4500003800000000400100007f0000017f000001" +
		"0303000000000000" +
		"45000020000040004011" + "0000" + "7f0000017f000001" + "14e9270f" + "000c0000",
	"SYN6": "6000000000140640" + "00000000000000000000000000000001" + "00000000000000000000000000000001" +
		"9c401f90" + "00000010" + "00000000" + "5002faf0" + "fe300000",
	"FRAGMENT6": "60000000001c2c40" + "00000000000000000000000000000001" + "00000000000000000000000000000001" +
		"1100000100000007" + "14e914e907d80000" + "6162636465666768" + "61626364",
	"ICMP6": "6000000000383a40" + "00000000000000000000000000000001" + "00000000000000000000000000000001" +
		"0104000000000000" +
		"60000000000c1140" + "00000000000000000000000000000001" + "00000000000000000000000000000001" + "14e9270f000c0000",
}

func sample(t testing.TB, name string) []byte {
	b, err := hex.DecodeString(samples[name])
	if err != nil {
		t.Fatal(name, err)
	}
	return b
}

func TestDecode(t *testing.T) {
	for _, test := range []struct {
		name, kind, proto, src, dst string
		check                       func(p *tracer.Packet, h Header) bool
	}{
		{"SYN", tracer.SYN, "tcp", "127.0.0.1:40000", "127.0.0.1:8080", func(p *tracer.Packet, h Header) bool {
			o := p.Options
			return h.Seq == 16 && p.Win == 64240 && o.MSS == 65495 && o.WS == 10 && h.WS == 10 && o.SACKOK && o.TS && o.TSVal == 7 && len(p.Flags) == 1
		}},
		{"DATA", tracer.DATA, "tcp", "127.0.0.1:40000", "127.0.0.1:8080", func(p *tracer.Packet, h Header) bool {
			return string(p.Payload) == "hello" && p.Len == 5 && strings.Join(p.Flags, " ") == "PSH ACK" && h.Ack == 33 && p.Options.WS == -1
		}},
		{"SACK", tracer.ACK, "tcp", "127.0.0.1:8080", "127.0.0.1:40000", func(p *tracer.Packet, h Header) bool {
			return len(p.Options.SACK) == 1 && p.Options.SACK[0] == [2]uint32{32, 48}
		}},
		{"UDP", tracer.UDP, "udp", "127.0.0.1:5353", "127.0.0.1:5353", func(p *tracer.Packet, h Header) bool {
			return string(p.Payload) == "ping" && !p.Fragment()
		}},
		{"FRAGMENT", tracer.UDP, "udp", "127.0.0.1", "127.0.0.1", func(p *tracer.Packet, h Header) bool {
			return p.FragOffset == 185*8 && !p.MoreFrags && p.Fragment() && p.Len == 8
		}},
		{"ICMP", tracer.ICMP, "icmp", "127.0.0.1", "127.0.0.1", func(p *tracer.Packet, h Header) bool {
			return p.ICMPType == 3 && p.ICMPCode == 3 && p.About == "udp 127.0.0.1:5353 > 127.0.0.1:9999" && h.About.Dst.Port() == 9999
		}},
		{"SYN6", tracer.SYN, "tcp", "[::1]:40000", "[::1]:8080", func(p *tracer.Packet, h Header) bool {
			return p.Options == nil && h.WS == -1
		}},
		{"FRAGMENT6", tracer.UDP, "udp", "[::1]:5353", "[::1]:5353", func(p *tracer.Packet, h Header) bool {
			return p.MoreFrags && p.FragOffset == 0
		}},
		{"ICMP6", tracer.ICMP, "icmp6", "::1", "::1", func(p *tracer.Packet, h Header) bool {
			return p.About == "udp [::1]:5353 > [::1]:9999"
		}},
	} {
		p, h := Decode(sample(t, test.name))
		if p.Kind != test.kind || p.Proto != test.proto || p.Src != test.src || p.Dst != test.dst || !test.check(p, h) {
			t.Errorf("%s: %+v\n%+v\n%+v", test.name, p, h, p.Options)
		}
		if p.Malformed != "" && test.name != "FRAGMENT6" {
			t.Errorf("%s: malformed: %s", test.name, p.Malformed)
		}
	}
}

func TestDecodeMalformed(t *testing.T) {
	syn := sample(t, "SYN")
	change := func(at int, to byte) []byte {
		b := append([]byte(nil), syn...)
		b[at] = to
		return b
	}
	for _, test := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"nothing", nil, "empty"},
		{"version 5", change(0, 0x55), "version is 5"},
		{"a short IP header", syn[:12], "IPv4 header is broken"},
		{"a short TCP header", syn[:30], "TCP header is cut short"},
		{"a data offset beyond the end", change(32, 0xf0), "wrong length of itself"},
		{"a data offset of 1", change(32, 0x10), "wrong length of itself"},
		{"an option of length 0", change(41, 0), "options are broken"},
		{"an option beyond the end", change(41, 200), "options are broken"},
		{"a total length beyond the end", change(3, 80), "shorter than its header says"},
	} {
		p, _ := Decode(test.raw)
		if !strings.Contains(p.Malformed, test.want) {
			t.Errorf("%s: %q, want ... %s ...", test.name, p.Malformed, test.want)
		}
	}
}

// FuzzDecode: no packet crashes the decoder, and what it gives out lies inside
// the packet.
func FuzzDecode(f *testing.F) {
	for name := range samples {
		b := sample(f, name)
		f.Add(b)
		f.Add(b[:len(b)-3])
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, h := Decode(raw)
		if len(p.Payload) > len(raw) || p.Len < 0 || p.Len > len(raw) {
			t.Fatalf("a payload of %d octets in a packet of %d", p.Len, len(raw))
		}
		if p.Kind == "" || p.Proto == "" {
			t.Fatalf("no kind: %+v", p)
		}
		if p.Proto == "tcp" && p.Malformed == "" && !p.Fragment() && h.Src == (netip.AddrPort{}) {
			t.Fatal("a sound segment without a source")
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	raw := sample(b, "DATA")
	b.ReportAllocs()
	for b.Loop() {
		Decode(raw)
	}
}
