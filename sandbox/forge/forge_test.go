package forge

import (
	"bytes"
	"errors"
	"net/netip"
	"reflect"
	"testing"

	"sockplay/tracer"
	"sockplay/tracer/packet"
)

var (
	here  = netip.MustParseAddrPort("127.0.0.1:9999")
	there = netip.MustParseAddrPort("127.0.0.1:8080")
	here6 = netip.MustParseAddrPort("[::1]:9999")
	far6  = netip.MustParseAddrPort("[::1]:8080")
)

// TestBytes: what is described is what is decoded, and nothing is wrong with it
// but what is meant to be.
func TestBytes(t *testing.T) {
	all := &tracer.Options{MSS: 1460, WS: 7, SACKOK: true, TS: true, TSVal: 5, TSEcr: 6}
	for _, test := range []struct {
		name  string
		s     Segment
		check string
	}{
		{"SYN", Segment{Src: here, Dst: there, Flags: packet.SYN, Seq: 1 << 31, Win: 1000, Options: all}, ""},
		{"IPv6", Segment{Src: here6, Dst: far6, Flags: packet.SYN | packet.ACK, Seq: 1, Ack: 2, Win: 3}, ""},
		{"data", Segment{Src: here, Dst: there, Flags: packet.PSH | packet.ACK, Payload: []byte("hello")}, ""},
		{"SACK", Segment{Src: here, Dst: there, Flags: packet.ACK, Options: &tracer.Options{WS: -1, SACK: [][2]uint32{{1, 2}, {4, 9}}}}, ""},
		{"every flag", Segment{Src: here, Dst: there, Flags: 0xff}, ""},
		{"no flag", Segment{Src: here, Dst: there}, ""},
		{"a wrong checksum", Segment{Src: here, Dst: there, Flags: packet.ACK, BadChecksum: true}, "its TCP checksum is wrong"},
		{"a wrong checksum over IPv6", Segment{Src: here6, Dst: far6, Flags: packet.ACK, BadChecksum: true}, "its TCP checksum is wrong"},
		{"udp", Segment{Src: here, Dst: there, UDP: true, Payload: []byte("ping")}, ""},
		{"a wrong checksum of udp", Segment{Src: here, Dst: there, UDP: true, BadChecksum: true}, "its UDP checksum is wrong"},
	} {
		raw, err := test.s.Bytes()
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := packet.Check(raw); got != test.check {
			t.Errorf("%s: %q is wrong with it, want %q", test.name, got, test.check)
		}
		p, h := packet.Decode(raw)
		if p.Malformed != "" || h.Src != test.s.Src || h.Dst != test.s.Dst || !bytes.Equal(p.Payload, test.s.Payload) {
			t.Errorf("%s: decoded as %+v", test.name, p)
		}
		if test.s.UDP {
			continue
		}
		if h.Flags != test.s.Flags || h.Seq != test.s.Seq || h.Ack != test.s.Ack || h.Win != int(test.s.Win) || !reflect.DeepEqual(p.Options, test.s.Options) {
			t.Errorf("%s: decoded as %+v %+v", test.name, h, p.Options)
		}
	}
}

// TestRefused: what is no packet.
func TestRefused(t *testing.T) {
	var large *TooLarge
	if _, err := (Segment{Src: here, Dst: there, Payload: make([]byte, 1461)}).Bytes(); !errors.As(err, &large) || large.Room != 1460 {
		t.Error(err)
	}
	if _, err := (Segment{Src: here, Dst: there, Payload: make([]byte, 1460)}).Bytes(); err != nil {
		t.Error(err)
	}
	var many *TooManyOptions
	o := &tracer.Options{WS: -1, TS: true, SACK: make([][2]uint32, 4)}
	if _, err := (Segment{Src: here, Dst: there, Options: o}).Bytes(); !errors.As(err, &many) {
		t.Error(err)
	}
	for _, s := range []Segment{{Src: here, Dst: far6}, {Src: here}, {}} {
		if _, err := s.Bytes(); err == nil {
			t.Errorf("%+v was taken", s)
		}
	}
}

// FuzzBytes: whatever is described, it is refused, or a whole packet of that.
func FuzzBytes(f *testing.F) {
	f.Add(false, false, uint8(packet.SYN), uint32(1), uint32(2), uint16(3), 1460, 7, true, true, 1, uint8(64), false, []byte("x"))
	f.Add(true, true, uint8(0), uint32(0), uint32(0), uint16(0), 0, -1, false, false, 0, uint8(0), true, []byte{})
	f.Fuzz(func(t *testing.T, six, udp bool, flags uint8, seq, ack uint32, win uint16, mss, ws int, sackok, ts bool, blocks int, ttl uint8, bad bool, data []byte) {
		s := Segment{Src: here, Dst: there, UDP: udp, Flags: flags, Seq: seq, Ack: ack, Win: win, TTL: ttl, BadChecksum: bad, Payload: data}
		if six {
			s.Src, s.Dst = here6, far6
		}
		s.Options = &tracer.Options{MSS: mss & 0xffff, WS: max(ws, -1) & 0xff, SACKOK: sackok, TS: ts, SACK: make([][2]uint32, max(0, min(blocks, 9)))}
		raw, err := s.Bytes()
		if err != nil {
			return
		}
		if len(raw) > MTU {
			t.Fatalf("%d bytes", len(raw))
		}
		if wrong := packet.Check(raw); (wrong != "") != bad {
			t.Fatalf("%q is wrong with it, and was to be: %t", wrong, bad)
		}
		if p, h := packet.Decode(raw); p.Malformed != "" || h.Src != s.Src || h.Len != len(data) || !udp && h.Seq != seq {
			t.Fatalf("%+v", p)
		}
	})
}
