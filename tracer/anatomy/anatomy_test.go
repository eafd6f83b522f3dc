package anatomy

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
	"sockplay/tracer/packet"
)

const (
	syn = "4500003cea834000400652367f0000017f000001" + "ddf81f90332d04a900000000a002faf003cc0000" + "020405b40402080ae271336d000000000103030a"
	ack = "45000034ea8440004006523d7f0000017f000001" + "ddf81f90332d04aa3b65f7928010003f07ca0000" + "0101080ae271336dd6181c62"
	dat = "45000039ea854000400652377f0000017f000001" + "ddf81f90332d04aa3b65f7928018003fc3ea0000" + "0101080ae271336dd6181c62" + "68656c6c6f"
	udp = "450000208c3a40004011b0907f0000017f000001" + "e847270f000c13ac" + "70696e67"
	frg = "450005dc8c3b20b94011ca1a7f0000017f000001" + "7878787878787878"
	ic6 = "6000d253003c3a400000000000000000000000000000000100000000000000000000000000000001" + "01042f1d00000000" +
		"60025e35000c11400000000000000000000000000000000100000000000000000000000000000001" + "14e914ea000cf730" + "70696e67"
	fr6 = "60000000001c2c4020010db885a3123456788a2e0370733420010db885a3123456788a2e03707335" +
		"1100000100000007" + "14e914e907d80000" + "6162636465666768" + "61626364"
	sack = "4500004800004000400600007f0000017f000001" + "1f909c400000002100000011d0100040000000000101080a00000009000000080101" + "051200000020000000300000004000000050"
	opt  = "45000040ea834000400600007f0000017f000001" + "ddf81f90332d04a900000000b00200000000000001" + "1d04beef" + "00000000000000000000000000000000000000"
)

func raw(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(s, err)
	}
	return b
}

// decoded is the packet with the numbers that a trace would give it.
func decoded(b []byte, number int) *tracer.Packet {
	p, _ := packet.Decode(b)
	p.Number = number
	if p.Proto == "tcp" && len(b) >= 40 {
		p.Sender, p.Receiver = "client:3", "server:4"
		p.Seq -= 858588329
		if p.Has("ACK") {
			p.Ack -= 996538257
		}
		if !p.Has("SYN") {
			p.WScaled = p.Win << 10
		}
	}
	return p
}

var cases = []struct {
	name        string
	hex, before string
}{
	{"syn", syn, ""},
	{"ack", ack, syn},
	{"data", dat, ack},
	{"udp", udp, ""},
	{"fragment", frg, ""},
	{"icmp6", ic6, ""},
	{"fragment6", fr6, ""},
	{"sack", sack, ""},
	{"options", opt, ""},
	{"cut", syn[:62], ""},
	{"empty", "", ""},
	{"hostile", dat + "1b5b324aff0ae697a5" + strings.Repeat("41", 400), ""},
}

func TestGolden(t *testing.T) {
	for _, c := range cases {
		for name, o := range map[string]Options{
			"40":    {Pen: ink.Pen{UTF8: true}, Width: 40, Full: true},
			"wall":  {Pen: ink.Pen{UTF8: true}, Width: 60, Compact: true},
			"80":    {Pen: ink.Pen{UTF8: true}, Width: 80},
			"full":  {Pen: ink.Pen{UTF8: true}, Width: 80, Full: true},
			"200":   {Pen: ink.Pen{UTF8: true}, Width: 200},
			"ascii": {},
			"color": {Pen: ink.Pen{UTF8: true, Color: true}, Full: true},
		} {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				p := decoded(raw(t, c.hex), 7)
				var before *tracer.Packet
				if c.before != "" {
					before = decoded(raw(t, c.before), 5)
				}
				got := draw(t, p, before, o)
				inktest.Golden(t, c.name+"."+name, got)
			})
		}
	}
}

// draw draws p, and makes sure that the lines fit and that a terminal can be
// shown them.
func draw(t *testing.T, p, before *tracer.Packet, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Packet(&out, p, before, o); err != nil {
		t.Fatal(err)
	}
	inktest.Fits(t, out.String(), o.Pen, o.Width)
	return out.String()
}

// The fields of everyday packets fit on a screen of 80x24.
func TestScreen(t *testing.T) {
	for _, s := range []string{syn, ack, dat, udp, ic6} {
		p := decoded(raw(t, s), 7)
		if n := strings.Count(draw(t, p, nil, Options{}), "\n"); n > 24 {
			t.Errorf("%s: %d lines", packet.Name(p), n)
		}
	}
}

func TestFind(t *testing.T) {
	event := func(seq int64, number int, src, dst string, fate tracer.Fate) tracer.Event {
		return tracer.Event{Seq: seq, Kind: tracer.KindPacket, Fate: fate, Packet: &tracer.Packet{Number: number, Proto: "udp", Src: src, Dst: dst}}
	}
	events := []tracer.Event{
		{Seq: 1, Kind: tracer.KindCall},
		event(2, 1, "a", "b", tracer.Sent),
		event(3, 2, "b", "a", tracer.Sent),
		event(4, 1, "a", "b", tracer.Delivered),
		event(5, 3, "a", "b", tracer.Sent),
		event(6, 2, "b", "a", tracer.Dropped),
		event(7, 4, "b", "a", tracer.Sent),
		{Seq: 8, Kind: tracer.KindNote, Rewind: 5},
		event(9, 5, "b", "a", tracer.Sent),
		event(10, 5, "b", "a", tracer.Held), // damaged
	}
	events[len(events)-1].Packet.Malformed = "its UDP checksum is wrong"
	if p, _, _ := Find(events, 5); p.Malformed == "" {
		t.Error("packet 5 is found as it was before it was damaged")
	}
	for number, before := range map[int]int{1: 0, 2: 0, 3: 1, 5: 2} {
		p, b, ok := Find(events, number)
		if !ok || p.Number != number {
			t.Errorf("packet %d is not found", number)
		}
		if got := 0; b != nil && b.Number != before || b == nil && before != got {
			t.Errorf("before packet %d: %v, want %d", number, b, before)
		}
	}
	for _, number := range []int{0, 4, 6} {
		if p, _, ok := Find(events, number); ok || p != nil {
			t.Errorf("packet %d is found", number)
		}
	}
}

// FuzzPacket draws any bytes: nothing but printable text may come out, in
// lines that fit.
func FuzzPacket(f *testing.F) {
	for _, c := range cases {
		f.Add(raw(f, c.hex), raw(f, c.before), 80)
		f.Add(raw(f, c.hex), raw(f, c.before), 20)
	}
	f.Fuzz(func(t *testing.T, b, before []byte, width int) {
		if width < 0 || width > 300 {
			return
		}
		p, q := decoded(b, 7), decoded(before, 3)
		draw(t, p, nil, Options{Width: width})
		plain := draw(t, p, q, Options{Pen: ink.Pen{UTF8: true}, Width: width, Full: true})
		if got := inktest.Uncolored(draw(t, p, q, Options{Pen: ink.Pen{UTF8: true, Color: true}, Width: width, Full: true})); got != plain {
			t.Errorf("colour changes the text:\n%s\n%s", got, plain)
		}
	})
}

// TestCompact: what the two ends say to each other fits a wall of 60 columns and
// 18 rows, with the prompt.
func TestCompact(t *testing.T) {
	for _, s := range []string{syn, ack, dat, udp, ic6} {
		text := draw(t, decoded(raw(t, s), 7), nil, Options{Width: 60, Compact: true})
		if n := strings.Count(text, "\n"); n > 17 {
			t.Errorf("%d lines:\n%s", n, text)
		}
		if first, _, _ := strings.Cut(text, "quoted"); strings.Contains(first, "Time to Live") {
			t.Errorf("it tells of the way:\n%s", text)
		}
	}
}
