package ladder

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// recorded is a session of two connections and a datagram, in which the first
// connection closes, and its client's descriptor comes to name a UDP socket.
func recorded(s *stream) {
	s.command()
	s.ret(s.call("server", "socket", 0, "tcp"), "server socket 0", 3, "a tcp socket")
	s.listen(3, "127.0.0.1:8080")
	accept := s.accept(3)
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	c2, v2 := tcp("127.0.0.1:40114", "127.0.0.1:8080")
	c2.process = "other"
	for _, k := range []*sock{c, c2} {
		s.command()
		s.ret(s.call(k.process, "socket", 0, "tcp"), k.process+" socket 0", 3, "a tcp socket")
	}
	s.connect(c, v, accept, 4)
	s.command()
	call := s.call("other", "connect", 3, v2.addr)
	s.handshake(call, c2, v2)
	s.ret(call, "other connect 3", 0, "connected")
	s.command()
	r := s.ret(s.call("server", "accept", 3), "server accept 3", 5, "")
	r.Result.Addr = c2.addr
	v2.process, v2.fd = "server", 5
	s.write(c, v, "hello")
	s.write(c2, v2, "from the other")
	s.write(v, c, "answer")
	s.command()
	call = s.call("client", "close", 3)
	s.fin(call, c, v, "FIN-WAIT-1", "CLOSE-WAIT", "FIN-WAIT-2")
	s.ret(call, "client close 3", 0, "the FIN says: I will send no more")
	c.fd = 0
	s.command()
	s.ret(s.call("client", "socket", 0, "udp"), "client socket 0", 3, "a udp socket")
	s.command()
	call = s.call("client", "sendto", 3, "127.0.0.1:5999", `"x"`)
	s.packets++
	in := s.arrive(s.launch(call, tracer.Sent, &tracer.Packet{Number: s.packets, Proto: "udp", Src: "127.0.0.1:5000", Dst: "127.0.0.1:5999",
		Sender: "client:3", Len: 1, Payload: []byte("x")}, nil, nil))
	s.packets++
	s.arrive(s.launch(in, tracer.Sent, &tracer.Packet{Number: s.packets, Proto: "icmp", Src: "127.0.0.1", Dst: "127.0.0.1",
		ICMPType: 3, ICMPCode: 3, About: "udp 127.0.0.1:5000 > 127.0.0.1:5999"}, nil, nil))
	s.ret(call, "client sendto 3", 1, "sent")
	s.command()
	call = s.call("server", "close", 4)
	s.fin(call, v, c, "LAST-ACK", "TIME-WAIT", "CLOSED")
	s.ret(call, "server close 4", 0, "")
}

// write is a command that writes.
func (s *stream) write(from, to *sock, data string) {
	s.command()
	call := s.call(from.process, "write", from.fd, fmt.Sprintf("%q", data))
	s.data(call, from, to, data)
	s.ret(call, fmt.Sprintf("%s write %d", from.process, from.fd), len(data), "the stack took them")
}

// all are the events of a scene.
func all(scene func(*stream)) []tracer.Event {
	var s stream
	scene(&s)
	return slices.Concat(s.batches...)
}

func redraw(t testing.TB, session, part []tracer.Event, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Redraw(&out, session, part, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func addr(s string) (a netip.AddrPort) {
	if s != "" {
		a = netip.MustParseAddrPort(s)
	}
	return a
}

// chatty is a long session: what was said first and last is drawn.
func chatty(s *stream) {
	s.listen(3, "127.0.0.1:8080")
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, s.accept(3), 4)
	for i := range 100 {
		s.write(c, v, fmt.Sprint("line ", i))
		s.command()
		s.ret(s.call("server", "read", 4, "100"), "server read 4", 7, "").Result.Data = []byte("line 99")
	}
	s.command()
	call := s.call("client", "close", 3)
	s.fin(call, c, v, "FIN-WAIT-1", "CLOSE-WAIT", "FIN-WAIT-2")
	s.ret(call, "client close 3", 0, "")
}

// stubborn sends one segment again for hours, in vain.
func stubborn(s *stream) {
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	s.command()
	call := s.call("client", "write", 3, `"hello"`)
	s.fate(s.send(call, c, v, "PSH ACK", "hello"), tracer.Dropped, 0)
	s.ret(call, "client write 3", 5, "")
	for i := range 80 { // with a command each
		s.command()
		s.add(tracer.Event{Kind: tracer.KindCommand, Text: "advance"})
		s.at += time.Minute
		c.seq -= 5
		f := s.send(0, c, v, "PSH ACK", "hello")
		s.why(f, "no acknowledgement has come in time: bytes 1 to 5 again")
		s.fate(f, tracer.Dropped, f.seq)
		s.add(tracer.Event{Kind: tracer.KindNote, Text: fmt.Sprint(i, " s later: client:3 sends again")})
	}
}

func TestRedrawGolden(t *testing.T) {
	session := all(recorded)
	for name, part := range map[string][]tracer.Event{
		"redraw.all":      session,
		"redraw.one":      Only(session, addr("127.0.0.1:40112"), addr("127.0.0.1:8080")),
		"redraw.udp":      Only(session, addr("127.0.0.1:5000"), addr("")),
		"redraw.listener": Only(session, addr("0.0.0.0:8080"), addr("")),
		"redraw.last":     Last(session, 4),
		"redraw.onelast":  Last(Only(session, addr("127.0.0.1:8080"), addr("127.0.0.1:40112")), 3),
	} {
		for _, style := range styles {
			golden(t, name+"."+style.name, redraw(t, session, part, style.o), style.o)
		}
	}
	o := Options{Pen: ink.Pen{UTF8: true}, Width: 60, Projector: true}
	golden(t, "redraw.all.wall", redraw(t, session, session, o), o)
	o = Options{Pen: ink.Pen{UTF8: true}, Width: 80, Explain: 1}
	golden(t, "redraw.all.more", redraw(t, session, session, o), o)
	for name, scene := range map[string]func(*stream){"redraw.chatty": chatty, "redraw.stubborn": stubborn} {
		session := all(scene)
		for _, style := range styles {
			golden(t, name+"."+style.name, redraw(t, session, session, style.o), style.o)
		}
	}
}

func TestHeaderGolden(t *testing.T) {
	var out bytes.Buffer
	for _, h := range []Header{
		{Stack: "user", Seed: 1, Time: 1250 * time.Millisecond, Wire: "open, 1 ms each"},
		{Stack: "kernel", Seed: 1, Time: 75 * time.Second, Wire: "open; loses 20% of what client sends, and 3 packets are held"},
		{Time: 90 * time.Minute},
	} {
		for _, o := range []Options{{Pen: ink.Pen{UTF8: true}}, {Pen: ink.Pen{UTF8: true}, Width: 40}, {Pen: ink.Pen{Color: true}}} {
			var one bytes.Buffer
			if err := h.Draw(&one, o); err != nil {
				t.Fatal(err)
			}
			check(t, one.String(), o)
			out.Write(one.Bytes())
		}
	}
	golden(t, "header", out.String(), Options{Pen: ink.Pen{UTF8: true, Color: true}, Width: 80})
}

// A part is drawn as the whole is: the same rows, with the same numbers, names
// and states, whatever comes before.
func TestPartIsAsTheWhole(t *testing.T) {
	session := all(recorded)
	rows := func(text string) []string {
		return regexp.MustCompile(`(?m)^ *\d+  .*$`).FindAllString(text, -1)
	}
	whole := rows(redraw(t, session, session, Options{}))
	for n := 1; n <= len(whole)+1; n++ {
		got := rows(redraw(t, session, Last(session, n), Options{}))
		if want := whole[max(0, len(whole)-n):]; !slices.Equal(got, want) {
			t.Errorf("the last %d:\n%s\nwant\n%s", n, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	last := redraw(t, session, Last(session, 1), Options{})
	if !strings.Contains(last, "TIME-WAIT") || !strings.Contains(last, "server:4") {
		t.Errorf("the head of the last packet has other states or names:\n%s", last)
	}
}

func TestOnly(t *testing.T) {
	session := all(recorded)
	for _, c := range []struct {
		local, remote string
		packets       int
		calls, not    string
	}{
		{"127.0.0.1:40112", "127.0.0.1:8080", 11, "client:socket client:connect server:accept client:write server:write client:close server:close", "other:socket server:listen client:sendto"},
		{"127.0.0.1:8080", "127.0.0.1:40112", 11, "client:socket server:accept", "other:socket server:listen"},
		{"[::ffff:127.0.0.1]:40114", "127.0.0.1:8080", 5, "other:socket other:connect other:write server:accept", "client:connect"},
		{"127.0.0.1:8080", "", 16, "server:socket server:listen server:accept other:connect client:connect", "client:sendto"},
		{"0.0.0.0:8080", "", 16, "server:socket server:listen", "client:sendto"},
		{"127.0.0.1:5000", "", 2, "client:socket client:sendto", "client:connect client:close server:listen"},
		{"127.0.0.1:5000", "127.0.0.1:5999", 2, "client:sendto", "client:connect"},
		{"127.0.0.1:1", "", 0, "", "client:socket server:listen"},
	} {
		events := Only(session, addr(c.local), addr(c.remote))
		packets, calls := 0, map[string]int{}
		for _, e := range events {
			switch {
			case e.Kind == tracer.KindPacket && e.Fate.Born():
				packets++
			case e.Kind == tracer.KindCall:
				calls[e.Process+":"+e.Call]++
			case e.Kind == tracer.KindReturn:
				calls[e.Process+":"+e.Call]--
			}
		}
		if packets != c.packets {
			t.Errorf("%s %s: %d packets, want %d", c.local, c.remote, packets, c.packets)
		}
		for _, call := range strings.Fields(c.calls) {
			if _, ok := calls[call]; !ok {
				t.Errorf("%s %s: %s is missing", c.local, c.remote, call)
			}
		}
		for _, call := range strings.Fields(c.not) {
			if _, ok := calls[call]; ok {
				t.Errorf("%s %s: %s has nothing to do with it", c.local, c.remote, call)
			}
		}
		for call, open := range calls {
			if open != 0 {
				t.Errorf("%s %s: %d calls of %s without their return", c.local, c.remote, open, call)
			}
		}
		if !slices.IsSortedFunc(events, func(a, b tracer.Event) int { return int(a.Seq - b.Seq) }) {
			t.Errorf("%s %s: not in order", c.local, c.remote)
		}
	}
}

func TestLast(t *testing.T) {
	session := all(recorded)
	for n, want := range map[int]string{0: "", 1: "call", 2: "call", 1000: string(session[0].Kind)} {
		got := Last(session, n)
		switch {
		case n == 0 && len(got) != 0:
			t.Errorf("the last 0: %d events", len(got))
		case n > 0 && string(got[0].Kind) != want:
			t.Errorf("the last %d begin with a %s, want %s", n, got[0].Kind, want)
		}
		packets := 0
		for _, e := range got {
			if e.Kind == tracer.KindPacket && e.Fate.Born() {
				packets++
			}
		}
		if packets != min(n, 18) {
			t.Errorf("the last %d: %d packets", n, packets)
		}
	}
}

// What is void is not drawn, not counted and not remembered.
func TestRedrawWithoutVoid(t *testing.T) {
	var s stream
	s.command()
	s.ret(s.call("old", "socket", 0), "old socket 0", 9, "")
	before := s.seq
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	undo := func(seq int64) {
		s.command()
		s.add(tracer.Event{Kind: tracer.KindNote, Text: "undone", Rewind: seq})
	}
	undo(before)
	s.packets = 0
	c, v = tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	kept := s.seq
	s.write(c, v, "void")
	undo(kept)
	for fresh := range 2 {
		session := slices.Concat(s.batches...)
		for name, part := range map[string][]tracer.Event{
			"all": session, "only": Only(session, addr(c.addr), addr(v.addr)), "last": Last(session, 5),
		} {
			got := redraw(t, session, part, Options{})
			if strings.Contains(got, "again") || strings.Contains(got, "void") || strings.Contains(got, "undone") || strings.Count(got, "SYN-ACK") != 1-fresh {
				t.Errorf("%s, fresh %d:\n%s", name, fresh, got)
			}
			if strings.Contains(got, "old") != (name != "only" && fresh == 0) {
				t.Errorf("%s, fresh %d:\n%s", name, fresh, got)
			}
		}
		s.command()
		s.add(tracer.Event{Kind: tracer.KindNote, Text: "reset", Fresh: true})
	}
}

// However long the session and whatever is in it, all that is out of the
// ordinary is drawn, and Unfold draws the rest.
func TestRedrawHidesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var s stream
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	var must []int
	for range 300 {
		switch r.IntN(20) {
		case 0:
			s.command()
			f := s.send(s.call("client", "write", 3), c, v, "PSH ACK", "lost")
			s.fate(f, tracer.Dropped, f.seq)
			must = append(must, f.Number)
		case 1:
			s.command()
			f := s.send(0, v, c, "ACK", "")
			s.move(s.arrive(f), c, "MOVED", "")
			must = append(must, f.Number)
		case 2:
			s.command()
			s.fail(s.call("client", "read", 3), "client read 3", "EAGAIN", fmt.Sprint("failure ", s.seq), "")
			must = append(must, -int(s.seq-1))
		default:
			s.write(c, v, "data")
		}
	}
	session := slices.Concat(s.batches...)
	folded, whole := redraw(t, session, session, Options{}), redraw(t, session, session, Options{Unfold: true})
	for _, n := range must {
		want := fmt.Sprintf(`(?m)^ *%d  `, n)
		if n < 0 {
			want = fmt.Sprintf(`failure %d\n`, -n)
		}
		if !regexp.MustCompile(want).MatchString(folded) {
			t.Errorf("%s is not drawn", want)
		}
	}
	for n := 1; n <= s.packets; n++ {
		if !regexp.MustCompile(fmt.Sprintf(`(?m)^ *%d  `, n)).MatchString(whole) {
			t.Errorf("packet %d is not drawn, although nothing is folded", n)
		}
	}
	if strings.Count(folded, "\n") > strings.Count(whole, "\n")*2/3 {
		t.Errorf("%d lines folded, %d unfolded", strings.Count(folded, "\n"), strings.Count(whole, "\n"))
	}
}

// A handshake with what its calls return fits on a wall, with its prompt.
func TestWallFits(t *testing.T) {
	for _, width := range []int{60, 80, 200} {
		var s stream
		s.listen(3, "127.0.0.1:8080")
		c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
		s.connect(c, v, s.accept(3), 4)
		var out bytes.Buffer
		o := Options{Pen: ink.Pen{UTF8: true}, Width: width, Projector: true}
		got := drawLast(t, New(&out, o), &out, &s)
		check(t, got, o)
		if n := 1 + strings.Count(got, "\n"); n > 18 {
			t.Errorf("%d rows at %d columns:\n%s", n, width, got)
		}
	}
}

// BenchmarkRedraw is a session of 10,000 packets in 5,000 commands.
func BenchmarkRedraw(b *testing.B) {
	var s stream
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	for range 5000 {
		s.write(c, v, "hello")
	}
	session := slices.Concat(s.batches...)
	for _, look := range []struct {
		name string
		part []tracer.Event
	}{{"all", session}, {"only", Only(session, addr(c.addr), addr(v.addr))}, {"last", Last(session, 20)}} {
		b.Run(look.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := Redraw(io.Discard, session, look.part, Options{Pen: ink.Pen{UTF8: true, Color: true}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
