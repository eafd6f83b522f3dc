package space

import (
	"bytes"
	"math/rand"
	"strings"
	"testing"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
)

func know[T comparable](v T) tracer.Known[T] { return tracer.Know(v) }

// row is a connection's row in the table of sockets.
func row(state string) tracer.Socket {
	return tracer.Socket{Process: "client", FD: 3, Type: "tcp", Local: "127.0.0.1:38604", Remote: "127.0.0.1:8080", State: state}
}

// block is a control block with these edges, and all the rest known.
func block(state string, una, next uint32, window int, rcv uint32, rcvWindow int) tracer.TCB {
	return tracer.TCB{
		State: state, SndUna: know(una), SndNxt: know(next), SndWnd: know(window), RcvNxt: know(rcv), RcvWnd: know(rcvWindow),
		RecvQ: know(0), SendQ: know(int(next - una)), Unsent: know(0),
		MSS: know(1448), Cwnd: know(14480), Threshold: know(tracer.NoThreshold), Algorithm: "reno", Congestion: tracer.CongestionOpen,
		SRTT: know(2 * time.Millisecond), RTTVar: know(370 * time.Microsecond), RTO: know(204 * time.Millisecond), Again: know(0), AgainAll: know(0),
	}
}

func with(b tracer.TCB, change func(*tracer.TCB)) tracer.TCB {
	change(&b)
	return b
}

var cases = []struct {
	name string
	b    tracer.TCB
}{
	{"idle", block("ESTABLISHED", 1, 1, 65536, 1, 65536)},
	{"flight", with(block("ESTABLISHED", 1, 6, 65536, 21, 65516), func(b *tracer.TCB) {
		b.RecvQ = know(20)
		b.Timers = []tracer.TCBTimer{{Kind: "tail probe", Does: "sends the last segment again as a probe", In: 20 * time.Millisecond}, {Kind: "keepalive", Does: "asks whether its peer is still there", In: 2 * time.Hour}}
	})},
	{"loss", with(block("ESTABLISHED", 1, 8689, 65536, 1, 65536), func(b *tracer.TCB) {
		b.Cwnd, b.Threshold, b.Congestion, b.RTO = know(1448), know(7240), tracer.CongestionLoss, know(816*time.Millisecond)
		b.Again, b.AgainAll, b.Unsent, b.SendQ = know(2), know(13), know(1312), know(10000)
		b.Timers = []tracer.TCBTimer{{Kind: "retransmission", Does: "sends again what is not acknowledged", In: 816 * time.Millisecond}}
	})},
	{"closed-window", with(block("ESTABLISHED", 4901, 4901, 0, 1, 65536), func(b *tracer.TCB) {
		b.Unsent, b.SendQ = know(60636), know(60636)
		b.Timers = []tracer.TCBTimer{{Kind: "window probe", Does: "asks whether the window is open again", In: 200 * time.Millisecond}}
	})},
	{"shrunk", block("ESTABLISHED", 1000, 6000, 2000, 1, 0)},
	{"full-window", block("ESTABLISHED", 1000, 3000, 2000, 1, 65536)},
	{"early", with(block("ESTABLISHED", 1, 1, 65536, 1449, 65536), func(b *tracer.TCB) { b.Early = [][2]uint32{{2897, 4345}, {5793, 7241}} })},
	{"syn-sent", tracer.TCB{
		State: "SYN-SENT", SndUna: know(uint32(0)), SndNxt: know(uint32(1)), RTO: know(time.Second), Again: know(0), AgainAll: know(0), Algorithm: "reno",
		RecvQ: know(0), SendQ: know(0), Timers: []tracer.TCBTimer{{Kind: "retransmission", Does: "sends the SYN again", In: time.Second}},
	}},
	{"fin-sent", with(block("FIN-WAIT-1", 6, 12, 65536, 1, 65536), func(b *tracer.TCB) { b.FinSent, b.SendQ = true, know(5) })},
	{"time-wait", tracer.TCB{
		State: "TIME-WAIT", SndUna: know(uint32(12)), SndNxt: know(uint32(12)), SndWnd: know(65536), FinSent: true,
		RcvNxt: know(uint32(22)), RcvWnd: know(64512), FinCame: true, Shortened: true, OneTimer: true,
		Timers: []tracer.TCBTimer{{Kind: "TIME-WAIT", Does: "leaves TIME-WAIT", In: time.Minute}},
	}},
	{"old-kernel", tracer.TCB{State: "ESTABLISHED", SndUna: know(uint32(1)), SndNxt: know(uint32(6)), RcvNxt: know(uint32(1)), OneTimer: true}},
	{"long-numbers", block("ESTABLISHED", 3999999999, 4000001448, 1<<30-1, 4294967000, 1<<30-1)},
}

var forms = map[string]Options{
	"40":      {Pen: ink.Pen{UTF8: true}, Width: 40},
	"80":      {Pen: ink.Pen{UTF8: true}, Width: 80},
	"ascii":   {},
	"40-wall": {Pen: ink.Pen{UTF8: true}, Width: 40, Compact: true},
	"color":   {Pen: ink.Pen{UTF8: true, Color: true}},
	"compact": {Pen: ink.Pen{UTF8: true}, Width: 120, Compact: true},
}

func draw(t testing.TB, s tracer.Socket, b tracer.TCB, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Connection(&out, s, "client:3", &b, o); err != nil {
		t.Fatal(err)
	}
	inktest.Fits(t, out.String(), o.Pen, o.Width)
	return out.String()
}

func TestGolden(t *testing.T) {
	for _, c := range cases {
		for name, o := range forms {
			t.Run(c.name+"/"+name, func(t *testing.T) { inktest.Golden(t, c.name+"."+name, draw(t, row(c.b.State), c.b, o)) })
		}
	}
}

func TestOther(t *testing.T) {
	for _, c := range []struct {
		name   string
		socket tracer.Socket
		path   []string
	}{
		{"listener", tracer.Socket{Type: "tcp", Local: "127.0.0.1:8080", Remote: "*", State: "LISTEN", RecvQ: 2, SendQ: 5}, []string{"CLOSED", "LISTEN"}},
		{"new", tracer.Socket{Type: "tcp", Local: "*", Remote: "*", State: "CLOSED"}, []string{"CLOSED"}},
		{"over", tracer.Socket{Type: "tcp", Local: "127.0.0.1:38604", Remote: "127.0.0.1:8080", State: "CLOSED"}, []string{"CLOSED", "SYN-SENT", "ESTABLISHED", "CLOSED"}},
		{"udp", tracer.Socket{Type: "udp6", Local: "[::1]:5353", Remote: "[2001:db8:85a3:1234:5678:8a2e:370:7334]:5353", RecvQ: 4}, nil},
		{"unix", tracer.Socket{Type: "unix", Local: "\x1b[2J/日本", Remote: "client:3"}, nil},
	} {
		for _, name := range []string{"40", "ascii", "compact"} {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				o := forms[name]
				var out bytes.Buffer
				if err := Other(&out, c.socket, "server:3", c.path, o); err != nil {
					t.Fatal(err)
				}
				inktest.Fits(t, out.String(), o.Pen, o.Width)
				inktest.Golden(t, c.name+"."+name, out.String())
			})
		}
	}
}

// A drawing leaves room for its command and the prompt on 80x24, and on a wall
// for the prompt.
func TestFits(t *testing.T) {
	for _, c := range cases {
		if n := strings.Count(draw(t, row(c.b.State), c.b, Options{}), "\n"); n > 22 {
			t.Errorf("%s: %d lines", c.name, n)
		}
		text := draw(t, row(c.b.State), c.b, Options{Compact: true, Width: 100})
		if n := strings.Count(text, "\n"); n > 17 {
			t.Errorf("%s on a wall: %d lines:\n%s", c.name, n, text)
		}
		for width := 1; width < 100; width++ {
			for _, o := range []Options{{Pen: ink.Pen{UTF8: true}, Width: width}, {Width: width}, {Width: width, Compact: true}} {
				draw(t, row(c.b.State), c.b, o)
			}
		}
	}
}

// What the figures say can be read without colour: it changes nothing else.
func TestColour(t *testing.T) {
	for _, c := range cases {
		plain, colour := draw(t, row(c.b.State), c.b, forms["80"]), draw(t, row(c.b.State), c.b, forms["color"])
		if inktest.Uncolored(colour) != plain {
			t.Errorf("%s is otherwise in colour:\n%s\n%s", c.name, plain, colour)
		}
	}
}

// FuzzConnection: whatever the numbers are, the drawing fits.
func FuzzConnection(f *testing.F) {
	for seed := range int64(20) {
		f.Add(seed, int(20+seed*4), seed%2 == 0, seed%3 == 0, "127.0.0.1:8080", "ESTABLISHED")
	}
	f.Fuzz(func(t *testing.T, seed int64, width int, utf8, compact bool, addr, state string) {
		if width > 300 || len(addr)+len(state) > 1000 {
			return
		}
		r := rand.New(rand.NewSource(seed))
		n := func() tracer.Known[int] {
			return tracer.Known[int]{Value: []int{0, 1, 1000, r.Intn(1 << 30), tracer.NoThreshold}[r.Intn(5)], OK: r.Intn(4) > 0}
		}
		number := func() tracer.Known[uint32] {
			return tracer.Known[uint32]{Value: []uint32{0, 1, 1000, r.Uint32()}[r.Intn(4)], OK: r.Intn(8) > 0}
		}
		d := func() tracer.Known[time.Duration] {
			return tracer.Known[time.Duration]{Value: time.Duration(r.Int63n(1 << uint(1+r.Intn(45)))), OK: r.Intn(4) > 0}
		}
		b := tracer.TCB{
			State: state, SndUna: number(), SndNxt: number(), SndWnd: n(), FinSent: r.Intn(3) == 0, RcvNxt: number(), RcvWnd: n(), FinCame: r.Intn(3) == 0,
			RecvQ: n(), SendQ: n(), Unsent: n(), MSS: n(), Cwnd: n(), Threshold: n(), Algorithm: addr, Congestion: state,
			SRTT: d(), RTTVar: d(), RTO: d(), Again: n(), AgainAll: n(), OneTimer: r.Intn(2) == 0, Shortened: r.Intn(5) == 0,
		}
		for range r.Intn(4) {
			b.Early = append(b.Early, [2]uint32{r.Uint32(), r.Uint32()})
			b.Timers = append(b.Timers, tracer.TCBTimer{Kind: state, Does: addr, In: d().Value})
		}
		s := row(state)
		s.Local = addr
		o := Options{Pen: ink.Pen{UTF8: utf8}, Width: max(0, width), Compact: compact}
		draw(t, s, b, o)
		var out bytes.Buffer
		if err := Other(&out, s, addr, []string{state}, o); err != nil {
			t.Fatal(err)
		}
		inktest.Fits(t, out.String(), o.Pen, o.Width)
	})
}
