package ladder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// A long session must not make the Ladder grow, whatever is left open.
func TestMemoryIsBounded(t *testing.T) {
	var s stream
	l := New(io.Discard, Options{})
	for i := range 3 * maxConns {
		c, v := tcp(fmt.Sprintf("127.0.0.1:%d", 30000+i), "127.0.0.1:8080")
		s.connect(c, v, 0, 0)
		s.call(fmt.Sprintf("process%d", i), "read", 3)
		k := &sock{process: "server", fd: i, addr: fmt.Sprintf("127.0.0.1:%d", 1000+i), state: "CLOSED"}
		s.move(0, k, "LISTEN", "")
		s.packets++
		s.launch(0, tracer.Sent, &tracer.Packet{Number: s.packets, Proto: "udp", MoreFrags: true,
			Src: fmt.Sprintf("127.0.%d.%d:1", i/256, i%256), Dst: "127.0.0.1:2"}, nil, nil)
		if err := l.Draw(s.batches[len(s.batches)-1]); err != nil {
			t.Fatal(err)
		}
		s.batches = s.batches[:0]
	}
	if n := len(l.conns); n > maxConns {
		t.Errorf("%d connections are kept, want at most %d", n, maxConns)
	}
	if l.conns[keyOf(flow{"tcp", "127.0.0.1:30000", "127.0.0.1:8080"})] != nil {
		t.Error("the first connection is still kept")
	}
	if len(l.listeners) > maxListeners || len(l.calls) > maxCalls || len(l.fragments) > maxFragments {
		t.Errorf("kept: %d listeners, %d calls, %d fragments", len(l.listeners), len(l.calls), len(l.fragments))
	}
}

// However long a batch is, what is out of the ordinary is drawn.
func TestFoldHidesNothingOdd(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 50 {
		var s stream
		c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
		s.connect(c, v, 0, 0)
		must := []int{1, 2, 3} // numbers of the handshake's packets
		seen := func(f flight) flight { must = append(must, f.Number); return f }
		for range 20 + 10*round {
			switch r.IntN(40) {
			case 0:
				s.fate(seen(s.send(0, c, v, "ACK", "lost")), tracer.Dropped, 0)
			case 1:
				s.packets++
				s.arrive(seen(s.launch(0, tracer.Injected, &tracer.Packet{Number: s.packets, Proto: "tcp", Src: c.addr, Dst: v.addr, Flags: []string{"RST"}}, nil, nil)))
			case 2:
				s.packets++
				s.arrive(seen(s.launch(0, tracer.Sent, &tracer.Packet{Number: s.packets, Proto: "icmp", Src: "127.0.0.1", Dst: "127.0.0.1", ICMPType: 3}, nil, nil)))
			case 3:
				f := seen(s.send(0, v, c, "ACK", ""))
				s.move(s.arrive(f), c, fmt.Sprint("STATE-", f.Number), "")
			case 4:
				seen(s.send(0, c, v, "FIN ACK", ""))
			default:
				s.data(0, c, v, "data")
			}
		}
		if s.packets-3 <= foldFrom {
			continue
		}
		var out bytes.Buffer
		if err := New(&out, Options{Width: 80}).Draw(s.batches[0]); err != nil {
			t.Fatal(err)
		}
		for _, n := range must {
			if !regexp.MustCompile(fmt.Sprintf(`(?m)^ *%d  `, n)).MatchString(out.String()) {
				t.Fatalf("packet %d is not drawn:\n%s", n, out.String())
			}
		}
	}
}

// A capture does not tell whether a packet arrived.
func TestFoldOfCapture(t *testing.T) {
	var s stream
	s.command()
	c, v := tcp("10.0.0.1:40112", "10.0.0.2:8080")
	for range 50 {
		s.packets++
		s.launch(0, tracer.Captured, &tracer.Packet{Number: s.packets, Proto: "tcp", Src: c.addr, Dst: v.addr, Flags: []string{"ACK"}, Seq: c.seq, Len: 100, Win: 1}, nil, nil)
		c.seq += 100
	}
	var out bytes.Buffer
	if err := New(&out, Options{}).Draw(s.batches[0]); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.Contains(got, "40 packets: 40 DATA (4.0 kB); no state") {
		t.Errorf("want 40 packets folded, and no word of loss:\n%s", got)
	}
}

// A large write fits on a screen of 24 lines.
func TestBulkFits(t *testing.T) {
	for _, width := range []int{40, 80, 120} {
		var s stream
		c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
		s.connect(c, v, 0, 0)
		s.command()
		for range 46 {
			s.data(0, c, v, strings.Repeat("x", 1448))
		}
		var out bytes.Buffer
		l := New(&out, Options{Width: width})
		for _, b := range s.batches {
			out.Reset()
			if err := l.Draw(b); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(out.String(), "\n"); n > 18 {
			t.Errorf("%d lines at width %d:\n%s", n, width, out.String())
		}
	}
}

// No reason is cut, wherever it stands.
func TestReasonsAreWhole(t *testing.T) {
	const why = "close with data still unread: the peer must learn that it was lost (RFC 2525 2.17)"
	for width := 30; width < 220; width++ {
		got := play(t, Options{Width: width}, resets)
		for _, word := range strings.Fields(why) {
			if !strings.Contains(got, word) {
				t.Fatalf("%q is not in the drawing of width %d:\n%s", word, width, got)
			}
		}
		if strings.Contains(got, "a challenge: it does not believe th...") {
			t.Fatalf("a reason is cut at width %d:\n%s", width, got)
		}
	}
}

func TestSetWidth(t *testing.T) {
	var s stream
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	s.command()
	s.data(0, c, v, "one")
	var out bytes.Buffer
	l := New(&out, Options{Width: 80})
	for i, width := range []int{80, 40} {
		out.Reset()
		l.SetWidth(width)
		if err := l.Draw(s.batches[i]); err != nil {
			t.Fatal(err)
		}
		check(t, out.String(), Options{Width: width})
	}
	if want := "  4 |-- DATA 3 bytes seq 1 \"one\" ----->|\n"; !strings.Contains(out.String(), want) {
		t.Errorf("want %q at 40 columns:\n%s", want, out.String())
	}
}

// A new connection takes the place of one whose server is in TIME-WAIT.
func TestReopened(t *testing.T) {
	var s stream
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	s.fin(0, v, c, "FIN-WAIT-1", "CLOSE-WAIT", "FIN-WAIT-2")
	s.fin(0, c, v, "LAST-ACK", "TIME-WAIT", "CLOSED")
	c, _ = tcp("127.0.0.1:40112", "127.0.0.1:8080")
	v.seq, v.ack = 0, 0
	s.connect(c, v, 0, 0)
	var out bytes.Buffer
	l := New(&out, Options{})
	for _, b := range s.batches {
		out.Reset()
		if err := l.Draw(b); err != nil {
			t.Fatal(err)
		}
	}
	head := "        CLOSED       |                                        | TIME-WAIT\n"
	if got := out.String(); !strings.Contains(got, head) || strings.Contains(got, "again") {
		t.Errorf("want a header with %q:\n%s", head, got)
	}
}

func TestNothingToDraw(t *testing.T) {
	l := New(failing{}, Options{})
	if err := l.Draw([]tracer.Event{{Kind: tracer.KindCommand, Text: "wire"}}); err != nil {
		t.Errorf("a batch without a drawing was written: %v", err)
	}
	if err := l.Draw([]tracer.Event{{Kind: tracer.KindNote, Text: "x"}}); !errors.Is(err, errWrite) {
		t.Errorf("Draw = %v, want the writer's error", err)
	}
}

var errWrite = errors.New("no")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errWrite }

func TestAmounts(t *testing.T) {
	for n, want := range map[int]string{1: "1 byte", 999: "999 bytes", 1000: "1.0 kB", 84_200_000: "84 MB", 999_600: "1.0 MB", 2_340_000_000: "2.3 GB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -123: "-123"} {
		if got := ink.Grouped(n); got != want {
			t.Errorf("ink.Grouped(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestHostAndPort(t *testing.T) {
	for _, c := range [][3]string{
		{"127.0.0.1:80", "127.0.0.1", ":80"}, {"127.0.0.1", "127.0.0.1", ""},
		{"[::1]:80", "::1", ":80"}, {"::1", "::1", ""}, {"", "", ""}, {"[", "[", ""}, {"]:1", "]", ":1"},
	} {
		if h, p := host(c[0]), port(c[0]); h != c[1] || p != c[2] {
			t.Errorf("%q: host %q port %q, want %q %q", c[0], h, p, c[1], c[2])
		}
	}
}

// The rails stand in the same column in every row, whatever the payload.
func TestRailsAlign(t *testing.T) {
	for _, width := range []int{40, 80, 200} {
		o := Options{Pen: ink.Pen{UTF8: true}, Width: width}
		f := newFrame(width, 1, false)
		for _, scene := range scenes {
			if scene.name == "bulk" {
				continue // its numbers need more room
			}
			for line := range strings.SplitSeq(play(t, o, scene.play), "\n") {
				if !strings.ContainsAny(line, "▶◀▷◁╳") {
					continue
				}
				col, last := 0, 0
				var rails []int
				for _, r := range line {
					if strings.ContainsRune("│├┤", r) {
						rails = append(rails, col)
					}
					last = col
					col += ink.Width(string(r))
				}
				if len(rails) == 1 && strings.ContainsRune("▶", []rune(line)[len([]rune(line))-1]) {
					rails = append(rails, last)
				}
				if len(rails) != 2 || rails[0] != f.rail() || rails[1] != f.rail()+f.inner+1 {
					t.Errorf("%s at %d: rails in columns %d, want %d and %d: %s", scene.name, width, rails, f.rail(), f.rail()+f.inner+1, line)
				}
			}
		}
	}
}

func BenchmarkBulk(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var s stream
			c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
			s.command()
			for range n / 2 {
				s.data(0, c, v, "x")
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := New(io.Discard, Options{}).Draw(s.batches[0]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/packet")
		})
	}
}
