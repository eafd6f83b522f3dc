package versus

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/netstack"
	"sockplay/tracer"
)

// seen counts a side's packets anew, from its events.
type seen struct {
	put, arrived, dropped, bytes, payload int
	fates                                 map[int]tracer.Fate // of the first packet that carries each message alone
	first                                 map[int]int         // its number
	hash                                  [32]byte
}

func play(t *testing.T, c Conditions) (tcp, udp *Side, seen2 [2]seen) {
	t.Helper()
	hashes := [2]*strings.Builder{{}, {}}
	for i := range seen2 {
		seen2[i].fates, seen2[i].first = map[int]tracer.Fate{}, map[int]int{}
	}
	tcp, udp, err := c.Run(context.Background(), func() (sandbox.Stack, error) { return netstack.New(c.Seed) }, func(side int, e tracer.Event) {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		hashes[side].Write(sum[:8])
		if e.Kind != tracer.KindPacket {
			return
		}
		s, p := &seen2[side], e.Packet
		switch e.Fate {
		case tracer.Sent, tracer.Copied:
			s.put++
			s.bytes += len(p.Bytes)
			s.payload += len(p.Payload)
			if n := number(p.Payload); len(p.Payload) == c.Size && n > 0 && s.first[n] == 0 {
				s.first[n] = p.Number
			}
		case tracer.Delivered, tracer.Dropped:
			if e.Fate == tracer.Delivered {
				s.arrived++
			} else {
				s.dropped++
			}
			if n := number(p.Payload); s.first[n] == p.Number {
				s.fates[n] = e.Fate
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range seen2 {
		seen2[i].hash = sha256.Sum256([]byte(hashes[i].String()))
	}
	return tcp, udp, seen2
}

// TestAddsUp counts the packets of many comparisons anew, and the messages.
func TestAddsUp(t *testing.T) {
	ms := time.Millisecond
	for _, c := range []Conditions{
		{Messages: 1, Size: 2},
		{Messages: 10, Size: 100, Every: 4 * ms, Delay: 20 * ms, Loss: 10, Reorder: 10, Duplicate: 10},
		{Messages: 300, Size: 100, Every: 4 * ms, Delay: 20 * ms, Loss: 20, Reorder: 20, Duplicate: 20},
		{Messages: 300, Size: 100, Loss: 10},
		{Messages: 200, Size: 1420, Every: ms, Delay: 5 * ms, Loss: 5},
		{Messages: 100, Size: 4000, Every: ms, Delay: 5 * ms, Loss: 5, Duplicate: 10, Reorder: 10},
		{Messages: 5, Size: MaxSize, Loss: 1},
		{Messages: 50, Size: 50, Every: ms, Duplicate: 100},
		{Messages: 50, Size: 50, Every: ms, Reorder: 100},
		{Messages: 20, Size: 50, Loss: 100},
		{Messages: 100, Size: 50, Every: ms, Loss: 70, Delay: 10 * ms},
	} {
		for seed := range int64(3) {
			c.Seed = seed + 1
			t.Run(fmt.Sprintf("%d of %d at %g %%, seed %d", c.Messages, c.Size, c.Loss, c.Seed), func(t *testing.T) {
				tcp, udp, counts := play(t, c)
				for i, s := range []*Side{tcp, udp} {
					n := counts[i]
					if s.Packets != n.put || s.Arrived != n.arrived || s.Dropped != n.dropped || s.Bytes != n.bytes {
						t.Errorf("%s: the table has %+v, the wire had %+v", s.Proto, s.Tally, n)
					}
					if s.Packets != s.Arrived+s.Dropped || s.Bytes != s.Headers+s.Once+s.Again || s.Once+s.Again != n.payload {
						t.Errorf("%s: it does not add up: %+v", s.Proto, s.Tally)
					}
					if s.Sent != s.Received+s.Lost || s.Damaged != 0 {
						t.Errorf("%s: its messages do not add up: %+v", s.Proto, s.Tally)
					}
				}
				if tcp.Broken == "" && (tcp.Received != c.Messages || tcp.Doubled+tcp.OutOfOrder+tcp.Lost != 0 || tcp.Once != c.Messages*c.Size) {
					t.Errorf("TCP has not kept its promise: %+v", tcp.Tally)
				}
				if c.Loss < 50 && tcp.Broken != "" {
					t.Errorf("the connection broke: %s", tcp.Broken)
				}
				if c.Loss == 100 && (tcp.Broken != "connect: ETIMEDOUT" || udp.Received != 0 || udp.Lost != c.Messages) {
					t.Errorf("all is lost: %+v %+v", tcp.Tally, udp.Tally)
				}
				if udp.Sent != c.Messages || udp.Broken != "" {
					t.Errorf("UDP sends what it is told to: %+v", udp.Tally)
				}
				if c.Duplicate == 100 && udp.Doubled != c.Messages {
					t.Errorf("each was doubled, and %d were read twice", udp.Doubled)
				}
			})
		}
	}
}

// TestSameConditions has the same happen to a message over both, where each is a
// packet of its own.
func TestSameConditions(t *testing.T) {
	c := Conditions{Messages: 400, Size: 500, Every: 30 * time.Millisecond, Loss: 20, Seed: 5}
	tcp, udp, counts := play(t, c)
	lost, compared := 0, 0
	for n := 1; n <= c.Messages; n++ {
		over, under := counts[0].fates[n], counts[1].fates[n]
		if over == "" { // it went together with one that was sent again
			continue
		}
		compared++
		if over != under {
			t.Errorf("message %d was %s over TCP and %s over UDP", n, over, under)
		}
		if under == tracer.Dropped {
			lost++
		}
	}
	if compared < c.Messages*8/10 || lost < 50 || lost > 110 || udp.Lost < lost || tcp.Lost != 0 {
		t.Errorf("of %d compared %d were lost; UDP lost %d, TCP %d", compared, lost, udp.Lost, tcp.Lost)
	}
}

func TestRepeats(t *testing.T) {
	c := Conditions{Messages: 100, Size: 200, Every: time.Millisecond, Delay: 5 * time.Millisecond, Loss: 10, Reorder: 10, Duplicate: 10, Seed: 9}
	_, _, a := play(t, c)
	_, _, b := play(t, c)
	if a[0].hash != b[0].hash || a[1].hash != b[1].hash {
		t.Error("two runs differ")
	}
	c.Seed++
	if _, _, d := play(t, c); a[0].hash == d[0].hash || a[1].hash == d[1].hash {
		t.Error("another seed makes no difference")
	}
}

func TestRefusals(t *testing.T) {
	good := Conditions{Messages: 10, Size: 100}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Conditions){
		"0 messages":                 func(c *Conditions) { c.Messages = 0 },
		"-1 messages":                func(c *Conditions) { c.Messages = -1 },
		"1000001 messages":           func(c *Conditions) { c.Messages = MaxMessages + 1 },
		"does not fit into a UDP":    func(c *Conditions) { c.Size = MaxSize + 1 },
		"no room for its number":     func(c *Conditions) { c.Size = 2 },
		"message of 0 bytes":         func(c *Conditions) { c.Size = 0 },
		"does not run backwards":     func(c *Conditions) { c.Delay = -1 },
		"longer than a minute":       func(c *Conditions) { c.Every = time.Hour },
		"--loss is per cent":         func(c *Conditions) { c.Loss = 101 },
		"--reorder is per cent":      func(c *Conditions) { c.Reorder = -1 },
		"--duplicate is per cent":    func(c *Conditions) { c.Duplicate = 100.5 },
		"--loss is per cent, not Na": func(c *Conditions) { c.Loss = nan() },
	} {
		c := good
		spoil(&c)
		err := c.Check()
		var r *Refusal
		if !errors.As(err, &r) || !strings.Contains(r.What, want) || r.Try == "" {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func nan() float64 { z := 0.0; return z / z }

func TestParseSweep(t *testing.T) {
	for text, want := range map[string]Sweep{
		"loss 0..30": {"loss", 0, 30}, "loss=1..2.5": {"loss", 1, 2.5}, " reorder 0%..100% ": {"reorder", 0, 100}, "duplicate 5..6": {"duplicate", 5, 6},
	} {
		if s, err := ParseSweep(text); err != nil || s != want {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "loss", "loss 3", "loss 30..0", "loss 0..101", "loss -1..3", "size 1..2", "loss a..b", "loss 1..1", "loss NaN..3"} {
		var r *Refusal
		if _, err := ParseSweep(text); !errors.As(err, &r) || r.Try == "" {
			t.Errorf("%q is taken: %v", text, err)
		}
	}
}

func FuzzParseSweep(f *testing.F) {
	f.Add("loss 0..30")
	f.Add("loss=..")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseSweep(text); err == nil && !(s.From >= 0 && s.From < s.To && s.To <= 10_000) {
			t.Errorf("%q: %+v", text, s)
		}
	})
}

func TestSweep(t *testing.T) {
	s := Sweep{"loss", 0, 30}
	c := Conditions{Messages: 200, Size: 1000, Every: time.Millisecond, Delay: 20 * time.Millisecond, Seed: 1}
	samples, err := s.Run(context.Background(), c, func() (sandbox.Stack, error) { return netstack.New(1) })
	if err != nil || len(samples) != sweepSteps+1 || samples[0].Value != 0 || samples[sweepSteps].Value != 30 {
		t.Fatalf("%+v, %v", samples, err)
	}
	if last := samples[sweepSteps]; last.TCP >= samples[0].TCP || last.UDP >= samples[0].UDP || last.TCP >= last.UDP {
		t.Errorf("at 30 %% TCP, which slows down, was to be behind: %+v", samples)
	}
}

// BenchmarkVersus is 10,000 messages under 10 % loss.
func BenchmarkVersus(b *testing.B) {
	c := Conditions{Messages: 10_000, Size: 100, Every: 4 * time.Millisecond, Delay: 20 * time.Millisecond, Loss: 10, Seed: 1}
	packets := 0
	for b.Loop() {
		packets = 0
		tcp, udp, err := c.Run(context.Background(), func() (sandbox.Stack, error) { return netstack.New(1) }, func(int, tracer.Event) {})
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range []*Side{tcp, udp} {
			if s.Packets != s.Arrived+s.Dropped || s.Bytes != s.Headers+s.Once+s.Again {
				b.Fatalf("it does not add up: %+v", s.Tally)
			}
			packets += s.Packets
		}
	}
	b.ReportMetric(float64(packets), "packets")
}
