package wire

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/packet"
)

const ms = time.Millisecond

// segment makes an IPv4 packet of a TCP segment with checksums that are right,
// from one port of 127.0.0.1 to another.
func segment(from, to uint16, flags byte, seq, ack uint32, win uint16, data string) []byte {
	raw := make([]byte, 40, 40+len(data))
	raw = append(raw, data...)
	raw[0], raw[8], raw[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(raw[2:], uint16(len(raw)))
	copy(raw[12:], []byte{127, 0, 0, 1, 127, 0, 0, 1})
	t := raw[20:]
	binary.BigEndian.PutUint16(t, from)
	binary.BigEndian.PutUint16(t[2:], to)
	binary.BigEndian.PutUint32(t[4:], seq)
	binary.BigEndian.PutUint32(t[8:], ack)
	t[12], t[13] = 5<<4, flags
	binary.BigEndian.PutUint16(t[14:], win)
	binary.BigEndian.PutUint16(raw[10:], checksum(0, raw[:20]))
	binary.BigEndian.PutUint16(t[16:], checksum(2*(127<<8+1)+6+uint32(len(t)), t))
	return raw
}

func checksum(sum uint32, b []byte) uint16 {
	for i := 0; i < len(b); i += 2 {
		sum += uint32(b[i]) << 8
		if i+1 < len(b) {
			sum += uint32(b[i+1])
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// The flags of segments.
const (
	syn = packet.SYN
	ack = packet.ACK
	fin = packet.FIN
	psh = packet.ACK | packet.PSH
)

// bench is a wire between nothing and a pile, with a clock that is turned by
// hand.
type bench struct {
	*Wire
	t    testing.TB
	out  [][]byte
	pile []string // the data of what has arrived
	log  []string // what the observer is told: NUMBER FATE, and why in brackets
	from map[netip.AddrPort]string
	now  time.Duration
	seq  uint32
}

func newBench(t testing.TB) *bench {
	b := &bench{t: t, from: map[netip.AddrPort]string{}}
	for port, process := range map[uint16]string{1: "client", 2: "server"} {
		b.from[netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)] = process
	}
	b.Wire = New(b, b)
	return b
}

func (b *bench) Receive() ([]byte, error) {
	if len(b.out) == 0 {
		return nil, nil
	}
	raw := b.out[0]
	b.out = b.out[1:]
	return raw, nil
}

func (b *bench) Deliver(raw []byte) error {
	p, _ := packet.Decode(raw)
	b.pile = append(b.pile, string(p.Payload))
	return nil
}

func (b *bench) Observe(p *Packet, f tracer.Fate, _ int64) int64 {
	if f == tracer.Sent {
		p.From = b.from[p.Header.Src]
	}
	line := fmt.Sprintf("%d %s", p.Info.Number, f)
	if p.Times > 1 && f == tracer.Held {
		line += fmt.Sprintf(" x %d", p.Times)
	}
	b.log = append(b.log, line)
	return int64(len(b.log))
}

// sends has the stack send a segment, caused by cause, which takes 1 ms.
func (b *bench) sends(raw []byte, cause int64) {
	b.out = append(b.out, raw)
	if _, err := b.Collect(cause, b.now+ms); err != nil {
		b.t.Fatal(err)
	}
}

// writes has a process send data: its own segment each.
func (b *bench) writes(process string, data ...string) {
	for _, d := range data {
		from, to := uint16(1), uint16(2)
		if process == "server" {
			from, to = 2, 1
		}
		b.sends(segment(from, to, psh, b.seq, 1, 100, d), 1)
		b.seq += uint32(len(d))
	}
}

// runs lets all arrive that is on its way.
func (b *bench) runs() {
	for p := b.Next(b.now); p != nil; p = b.Next(b.now) {
		b.now = max(b.now, p.Due)
		if _, err := b.Wire.Deliver(p); err != nil {
			b.t.Fatal(err)
		}
	}
}

// steps delivers the first packet that is in flight.
func (b *bench) steps() {
	p := b.First()
	if p == nil {
		b.t.Fatal("nothing is in flight")
	}
	b.now = max(b.now, p.Due)
	if _, err := b.Wire.Deliver(p); err != nil {
		b.t.Fatal(err)
	}
}

// balanced asserts that every packet is accounted for.
func (b *bench) balanced() {
	b.t.Helper()
	c := b.Count()
	if in, out := c.Sent+c.Copied+c.Injected, c.Delivered+c.Dropped+len(b.InFlight()); in != out {
		b.t.Errorf("%d have appeared, and %d are accounted for: %+v, %d in flight", in, out, c, len(b.InFlight()))
	}
	seen := map[int]bool{}
	for _, p := range b.InFlight() {
		if seen[p.Info.Number] {
			b.t.Errorf("packet %d is in flight twice", p.Info.Number)
		}
		seen[p.Info.Number] = true
	}
}

// TestHeld: what is done to packets on a held wire, and what arrives then.
func TestHeld(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(b *bench)
		want string // what has arrived, in order
		left int    // in flight
	}{
		{"nothing arrives by itself", func(b *bench) { b.runs() }, "", 3},
		{"step by step", func(b *bench) { b.steps(); b.steps() }, "a b", 1},
		{"open lets them go in order", func(b *bench) { b.Open(); b.runs() }, "a b c", 0},
		{"one before its turn", func(b *bench) { b.Wire.Deliver(b.Find(2)); b.steps(); b.steps() }, "b a c", 0},
		{"lost by hand", func(b *bench) { b.Drop(b.Find(2), 9); b.steps(); b.steps() }, "a c", 0},
		{"a copy comes just behind", func(b *bench) { b.Copy(b.Find(2), 9); b.Open(); b.runs() }, "a b b c", 0},
		{"a copy of a copy", func(b *bench) { b.Copy(b.Copy(b.Find(1), 9), 9); b.steps(); b.steps(); b.steps(); b.steps() }, "a a a b", 1},
		{"a delayed one does not hold up the others", func(b *bench) {
			b.Delay(b.Find(1), 50*ms, "", 9)
			b.Open()
			b.runs()
		}, "b c", 1},
		{"a delayed one arrives by itself on a held wire", func(b *bench) {
			b.Delay(b.Find(2), 50*ms, "", 9)
			b.now = 50 * ms
			b.runs()
		}, "b", 2},
		{"a step takes what is held before what is delayed", func(b *bench) {
			b.Delay(b.Find(1), 2*ms, "", 9)
			b.steps()
			b.steps()
			b.steps()
		}, "b c a", 0},
		{"a delayed one again, sooner", func(b *bench) {
			b.Delay(b.Find(1), 50*ms, "", 9)
			b.Delay(b.Find(1), 5*ms, "", 9)
			b.now = 10 * ms
			b.runs()
		}, "a", 2},
		{"a damaged one arrives, and is thrown away", func(b *bench) {
			b.Corrupt(b.Find(2), 9)
			b.steps()
			b.steps()
		}, "a f", 1},
		{"what is sent later waits too", func(b *bench) { b.writes("client", "d"); b.runs() }, "", 4},
		{"hold again after open", func(b *bench) {
			b.Open()
			b.Hold()
			b.runs()
		}, "", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.Hold()
			b.writes("client", "a", "b", "c")
			test.do(b)
			if got := strings.Join(b.pile, " "); got != test.want || len(b.InFlight()) != test.left {
				t.Errorf("%q has arrived and %d are in flight, want %q and %d\n%s", got, len(b.InFlight()), test.want, test.left, strings.Join(b.log, "\n"))
			}
			b.balanced()
		})
	}
}

// TestHoldTells: packets that are in flight when the wire is held are told of,
// but for those that were delayed by hand.
func TestHoldTells(t *testing.T) {
	b := newBench(t)
	b.writes("client", "a", "b")
	b.Delay(b.Find(1), 9*ms, "by hand", 0)
	b.Hold()
	b.Hold()
	if want := []string{"1 sent", "2 sent", "1 delayed", "2 held"}; !slices.Equal(b.log, want) {
		t.Errorf("%q, want %q", b.log, want)
	}
	if p, ok := b.NextLate(); !ok || p.Info.Number != 1 || b.First().Info.Number != 2 {
		t.Error("the delayed packet is not late, or the held one not first")
	}
}

// TestFold: what is a retransmission of a packet that is held, and what is not.
func TestFold(t *testing.T) {
	const here, there = 1, 2
	data := segment(here, there, psh, 100, 7, 500, "hello")
	probe := segment(here, there, ack, 99, 7, 500, "")
	for _, test := range []struct {
		name        string
		held, again []byte
		cause       int64
		do          func(b *bench) // in between
		folded      bool
	}{
		{"the same data", data, data, 0, nil, true},
		{"the same data, with a newer acknowledgement and window", data, segment(here, there, psh, 100, 9, 400, "hello"), 0, nil, true},
		{"the same data, without PSH", data, segment(here, there, ack, 100, 7, 500, "hello"), 0, nil, true},
		{"the same data, as an answer", data, data, 3, nil, true},
		{"a SYN", segment(here, there, syn, 5, 0, 500, ""), segment(here, there, syn, 5, 0, 500, ""), 0, nil, true},
		{"a SYN of another connection attempt", segment(here, there, syn, 5, 0, 500, ""), segment(here, there, syn, 6, 0, 500, ""), 0, nil, false},
		{"a SYN-ACK", segment(here, there, syn|ack, 5, 6, 500, ""), segment(here, there, syn|ack, 5, 6, 500, ""), 0, nil, true},
		{"a SYN-ACK behind a SYN, as when both asked at once", segment(here, there, syn, 5, 0, 500, ""), segment(here, there, syn|ack, 5, 6, 500, ""), 3, nil, false},
		{"a FIN", segment(here, there, fin|ack, 5, 6, 500, ""), segment(here, there, fin|ack, 5, 6, 500, ""), 0, nil, true},
		{"the ACK after a FIN", segment(here, there, fin|ack, 5, 6, 500, ""), segment(here, there, ack, 5, 6, 500, ""), 0, nil, false},
		{"a probe of a timer's", probe, probe, 0, nil, true},
		{"an acknowledgement that answers", probe, probe, 4, nil, false},
		{"an acknowledgement with another window", probe, segment(here, there, ack, 99, 7, 501, ""), 0, nil, false},
		{"a part of it", data, segment(here, there, psh, 100, 7, 500, "hell"), 0, nil, false},
		{"more than it", data, segment(here, there, psh, 100, 7, 500, "hello you"), 0, nil, false},
		{"other data at the same place", data, segment(here, there, psh, 100, 7, 500, "HELLO"), 0, nil, false},
		{"the next data", data, segment(here, there, psh, 105, 7, 500, "hello"), 0, nil, false},
		{"the same data with a FIN", data, segment(here, there, psh|fin, 100, 7, 500, "hello"), 0, nil, false},
		{"the same the other way", data, segment(there, here, psh, 100, 7, 500, "hello"), 0, nil, false},
		{"one that is delayed", data, data, 0, func(b *bench) { b.Delay(b.Find(1), time.Second, "", 0) }, false},
		{"one that is damaged", data, data, 0, func(b *bench) { b.Corrupt(b.Find(1), 0) }, false},
		{"one that was lost", data, data, 0, func(b *bench) { b.Drop(b.Find(1), 0) }, false},
		{"one that has arrived", data, data, 0, func(b *bench) { b.steps() }, false},
		{"one on an open wire", data, data, 0, func(b *bench) { b.Open() }, false},
		{"a forged one", data, data, 0, func(b *bench) { b.Drop(b.Find(1), 0); b.Inject(data, 0, ms) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.Hold()
			b.sends(test.held, 1)
			if test.do != nil {
				test.do(b)
			}
			appeared, flight := b.numbers, len(b.InFlight())
			b.sends(test.again, test.cause)
			folded := b.numbers == appeared && len(b.InFlight()) == flight && b.Count().Folded == 1
			if folded != test.folded {
				t.Errorf("folded: %v, want %v\n%s", folded, test.folded, strings.Join(b.log, "\n"))
			}
			if last := b.log[len(b.log)-1]; folded && last != "1 held x 2" {
				t.Errorf("told as %q", last)
			}
			b.balanced()
		})
	}
}

// TestFoldCounts: three retransmissions of two packets.
func TestFoldCounts(t *testing.T) {
	b := newBench(t)
	b.Hold()
	b.writes("client", "a", "b")
	b.seq = 0
	b.writes("client", "a", "b", "c")
	b.seq = 0
	b.writes("client", "a")
	if x, y, c := b.Find(1).Times, b.Find(2).Times, b.Count(); x != 3 || y != 2 || c.Folded != 3 || c.Sent != 3 {
		t.Errorf("sent %d and %d times, %+v", x, y, c)
	}
	b.Open()
	b.runs()
	if got := strings.Join(b.pile, " "); got != "a b c" {
		t.Errorf("%q has arrived", got)
	}
	b.balanced()
}
