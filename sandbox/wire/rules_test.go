package wire

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sockplay/tracer"
)

// letters are n payloads that tell themselves apart.
func letters(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("%04d", i))
	}
	return list
}

// under has the processes send so many segments each, in turns, under rules,
// and returns the wire when all has arrived.
func under(t testing.TB, seed int64, n int, rules ...Rule) *bench {
	b := newBench(t)
	b.Seed(seed)
	for _, r := range rules {
		b.SetRule(r)
	}
	for _, data := range letters(n) {
		b.writes("client", "c"+data)
		b.writes("server", "s"+data)
		b.now += ms
		for p := b.Next(b.now); p != nil && p.Due <= b.now; p = b.Next(b.now) {
			b.Wire.Deliver(p)
		}
	}
	b.runs()
	b.balanced()
	return b
}

// of are those that a process has sent, of what has arrived.
func (b *bench) of(process string) (list []string) {
	for _, data := range b.pile {
		if data[:1] == process[:1] {
			list = append(list, data)
		}
	}
	return list
}

// TestRules: what each standing rule does, and to whom.
func TestRules(t *testing.T) {
	const n = 400
	in := func(x, low, high int) bool { return x >= low && x <= high }
	for _, test := range []struct {
		name  string
		rules []Rule
		holds func(b *bench, c Count) bool
	}{
		{"none", nil, func(b *bench, c Count) bool {
			return c.Delivered == 2*n && c.Dropped == 0 && slices.IsSorted(b.of("client"))
		}},
		{"all is lost", []Rule{{Kind: Loss, Percent: 100}}, func(b *bench, c Count) bool { return c.Dropped == 2*n }},
		{"a fifth is lost", []Rule{{Kind: Loss, Percent: 20}}, func(b *bench, c Count) bool { return in(c.Dropped, 120, 200) }},
		{"all of one process is lost", []Rule{{Kind: Loss, Percent: 100, From: "client"}}, func(b *bench, c Count) bool {
			return len(b.of("client")) == 0 && len(b.of("server")) == n
		}},
		{"its own rule counts more than that for all", []Rule{{Kind: Loss, Percent: 100}, {Kind: Loss, Percent: 0, From: "client"}}, func(b *bench, c Count) bool {
			return len(b.of("client")) == n && len(b.of("server")) == 0
		}},
		{"one for all replaces those for single ones", []Rule{{Kind: Loss, Percent: 100, From: "client"}, {Kind: Loss, Percent: 0}}, func(b *bench, c Count) bool {
			return c.Dropped == 0 && len(b.Rules()) == 0
		}},
		{"again replaces", []Rule{{Kind: Loss, Percent: 100}, {Kind: Loss, Percent: 0.1}}, func(b *bench, c Count) bool { return c.Dropped < 10 && len(b.Rules()) == 1 }},
		{"all arrives twice", []Rule{{Kind: Duplicate, Percent: 100}}, func(b *bench, c Count) bool {
			return c.Copied == 2*n && c.Delivered == 4*n && b.of("client")[0] == b.of("client")[1]
		}},
		{"a copy of what is lost arrives", []Rule{{Kind: Duplicate, Percent: 100}, {Kind: Loss, Percent: 100}}, func(b *bench, c Count) bool {
			return c.Copied == 2*n && c.Delivered+c.Dropped == 4*n
		}},
		{"a delay keeps the order", []Rule{{Kind: Delay, Delay: 30 * ms}}, func(b *bench, c Count) bool {
			return slices.IsSorted(b.of("client")) && b.now >= n*ms+30*ms
		}},
		{"a delay one way lets the other way pass", []Rule{{Kind: Delay, Delay: time.Second, From: "client"}}, func(b *bench, c Count) bool {
			return strings.HasPrefix(b.pile[n-1], "s") && strings.HasPrefix(b.pile[n], "c")
		}},
		{"some are overtaken", []Rule{{Kind: Reorder, Percent: 10, From: "client"}}, func(b *bench, c Count) bool {
			return c.Delivered == 2*n && !slices.IsSorted(b.of("client")) && slices.IsSorted(b.of("server"))
		}},
		{"a rate: 45 octets at 9 kbit/s are one each 40 ms", []Rule{{Kind: Rate, Bits: 9000, From: "client"}}, func(b *bench, c Count) bool {
			return slices.IsSorted(b.of("client")) && in(int(b.now/ms), n*40, n*40+2)
		}},
		{"all at once", []Rule{{Kind: Loss, Percent: 10}, {Kind: Duplicate, Percent: 10}, {Kind: Reorder, Percent: 10}, {Kind: Delay, Delay: 3 * ms}, {Kind: Rate, Bits: 10e6}}, func(b *bench, c Count) bool {
			return in(c.Dropped, 40, 130) && in(c.Copied, 40, 130) && !slices.IsSorted(b.of("server"))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := under(t, 1, n, test.rules...)
			if !test.holds(b, b.Count()) || len(b.InFlight()) > 0 {
				t.Errorf("after %s: %+v", b.now, b.Count())
			}
		})
	}
}

// TestChances: a seed gives the same each time, another another, and no rule
// moves another's dice.
func TestChances(t *testing.T) {
	loss, twice, swap := Rule{Kind: Loss, Percent: 10}, Rule{Kind: Duplicate, Percent: 10}, Rule{Kind: Reorder, Percent: 10}
	lost := func(b *bench) (list []string) { // by what they carried, since copies move the numbers
		for _, data := range letters(200) {
			for _, p := range "cs" {
				if !slices.Contains(b.pile, string(p)+data) {
					list = append(list, string(p)+data)
				}
			}
		}
		return list
	}
	a, again, other := under(t, 1, 200, loss), under(t, 1, 200, loss), under(t, 2, 200, loss)
	if !slices.Equal(a.log, again.log) {
		t.Error("the same seed came out otherwise")
	}
	if slices.Equal(a.log, other.log) {
		t.Error("another seed came out the same")
	}
	if with := under(t, 1, 200, loss, swap); !slices.Equal(lost(with), lost(a)) {
		t.Errorf("beside reorder %q are lost, without %q", lost(with), lost(a))
	}
	doubled := func(b *bench) (list []string) {
		for _, data := range b.pile {
			if !slices.Contains(list, data) && slices.Index(b.pile, data) != len(b.pile)-1-slices.Index(reversed(b.pile), data) {
				list = append(list, data)
			}
		}
		slices.Sort(list)
		return list
	}
	if a, b := doubled(under(t, 1, 200, twice)), doubled(under(t, 1, 200, twice, swap)); !slices.Equal(a, b) {
		t.Errorf("beside reorder %q arrive twice, without %q", b, a)
	}
}

func reversed(list []string) []string {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// TestOnce: what happens to the next packet of a kind happens once, to that.
func TestOnce(t *testing.T) {
	for _, test := range []struct {
		once Once
		want string // what has arrived in 20 ms
		left int
		told string // of packet 2
	}{
		{Once{Do: DropNext, Kind: tracer.DATA}, "b c", 0, "2 sent, 2 dropped"},
		{Once{Do: CopyNext, Kind: tracer.DATA}, "a a b c", 0, "2 sent, 2 delivered"},
		{Once{Do: DelayNext, Kind: tracer.DATA, Delay: 15 * ms}, "b c a", 0, "2 sent, 2 delayed, 2 delivered"},
		{Once{Do: HoldNext, Kind: tracer.DATA}, "b c", 1, "2 sent, 2 held"},
		{Once{Do: DropNext, Kind: tracer.FIN}, "a b c", 0, "2 sent, 2 delivered"},
		{Once{Do: DropNext, Kind: tracer.DATA, From: "server"}, "a b c", 0, "2 sent, 2 delivered"},
	} {
		t.Run(test.once.String(), func(t *testing.T) {
			b := newBench(t)
			b.AddOnce(test.once)
			b.sends(segment(1, 2, ack, 0, 0, 1, ""), 1) // is another kind
			b.writes("client", "a", "b", "c")
			b.runs()
			told := strings.Join(slices.DeleteFunc(slices.Clone(b.log), func(s string) bool { return !strings.HasPrefix(s, "2 ") }), ", ")
			if got := strings.TrimSpace(strings.Join(b.pile, " ")); got != test.want || told != test.told || len(b.InFlight()) != test.left {
				t.Errorf("%q, told %q, %d in flight", got, told, len(b.InFlight()))
			}
			b.balanced()
		})
	}
	b := newBench(t)
	b.AddOnce(Once{Do: DropNext, Kind: tracer.DATA})
	b.AddOnce(Once{Do: DropNext, Kind: tracer.DATA})
	b.AddOnce(Once{Do: DropNext, Kind: tracer.FIN})
	b.writes("client", "a", "b", "c")
	b.runs()
	if got := strings.Join(b.pile, " "); got != "c" || len(b.Onces()) != 1 {
		t.Errorf("asked for twice: %q has arrived, %v are left", got, b.Onces())
	}
	b.ClearRules(Loss)
	if len(b.Onces()) != 1 {
		t.Error("the end of a rule ended what is asked for once")
	}
	if b.ClearRules(""); len(b.Onces()) != 0 {
		t.Error("the end of all rules did not")
	}
}

// TestRuleText: rules are written as they are typed.
func TestRuleText(t *testing.T) {
	for _, test := range []struct {
		rule fmt.Stringer
		want string
	}{
		{Rule{Kind: Loss, Percent: 12.5, From: "client"}, "loss 12.5% from client"},
		{Rule{Kind: Delay, Delay: 50 * ms}, "delay 50ms"},
		{Rule{Kind: Rate, Bits: 56000}, "rate 56kbit"},
		{Rule{Kind: Rate, Bits: 1_000_000}, "rate 1mbit"},
		{Rule{Kind: Rate, Bits: 1500}, "rate 1500bit"},
		{Once{Do: DelayNext, Kind: tracer.SYN, Delay: time.Second, From: "server"}, "delay next SYN 1s from server"},
		{Once{Do: HoldNext, Kind: tracer.UDP}, "hold next UDP"},
	} {
		if got := test.rule.String(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// FuzzWire does anything to the packets that are in flight: each is accounted
// for, none has two ends, and time does not run backwards.
func FuzzWire(f *testing.F) {
	f.Add([]byte("hsssddccooo"), int64(1))
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}, int64(2))
	f.Fuzz(func(t *testing.T, ops []byte, seed int64) {
		if len(ops) > 400 {
			return
		}
		b := newBench(t)
		b.Seed(seed)
		for i, op := range ops {
			flight := b.InFlight()
			var p *Packet
			if len(flight) > 0 {
				p = flight[(int(op/16)*7+i)%len(flight)]
			}
			switch op % 16 {
			case 0:
				b.Hold()
			case 1:
				b.Open()
			case 2, 3:
				b.writes("client", fmt.Sprint(i))
			case 4:
				b.seq -= min(b.seq, 3) // again, in part
				b.writes("server", fmt.Sprint(i))
			case 5:
				b.Inject(segment(1, 2, op, uint32(i), 0, 9, "forged"), 0, b.now)
			case 6:
				b.SetRule(Rule{Kind: RuleKinds[i%len(RuleKinds)], Percent: float64(op), Delay: time.Duration(op) * ms / 9, Bits: int64(op) * 1000})
			case 7:
				b.ClearRules("")
			case 8:
				b.AddOnce(Once{Do: []Action{DropNext, CopyNext, DelayNext, HoldNext}[i%4], Kind: tracer.DATA, Delay: 3 * ms})
			case 9:
				b.runs()
			case 10:
				b.now += time.Duration(op) * ms
			default:
				if p == nil {
					continue
				}
				switch op % 16 {
				case 11:
					b.Drop(p, 1)
				case 12:
					b.Copy(p, 1)
				case 13:
					b.Delay(p, b.now+time.Duration(i%20)*ms, "by hand", 1)
				case 14:
					b.Corrupt(p, 1)
				default:
					if _, err := b.Wire.Deliver(p); err != nil {
						t.Fatal(err)
					}
				}
			}
			b.balanced()
		}
		ends, births := map[string]int{}, map[string]int{}
		for _, line := range b.log {
			number, fate, _ := strings.Cut(line, " ")
			switch fate {
			case "delivered", "dropped":
				ends[number]++
			case "sent", "copied", "injected":
				births[number]++
			}
			if ends[number] > 1 || births[number] != 1 {
				t.Fatalf("packet %s has %d beginnings and %d ends", number, births[number], ends[number])
			}
		}
		b.ClearRules("")
		b.Open()
		for b.First() != nil {
			b.steps()
		}
		if b.balanced(); len(b.InFlight()) > 0 {
			t.Errorf("%d packets are left", len(b.InFlight()))
		}
	})
}
