package prose

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
	"sockplay/tracer/packet"
)

// stream builds events.
type stream struct {
	events  []tracer.Event
	at      time.Duration
	packets int
}

func (s *stream) add(e tracer.Event) int64 {
	e.Seq, e.At = int64(len(s.events)+1), s.at
	s.events = append(s.events, e)
	return e.Seq
}

func (s *stream) call(process, call string, fd int, args ...string) int64 {
	return s.add(tracer.Event{Kind: tracer.KindCall, Process: process, Call: call, FD: fd, Args: args})
}

func (s *stream) command(text string) int64 {
	return s.add(tracer.Event{Kind: tracer.KindCommand, Process: "server", Text: text})
}

func (s *stream) packet(cause int64, fate tracer.Fate, p tracer.Packet) *tracer.Packet {
	s.packets++
	p.Number = s.packets
	s.add(tracer.Event{Kind: tracer.KindPacket, Cause: cause, Fate: fate, Packet: &p})
	return &p
}

// client is a segment of the client's, server one of the server's.
func client(flags string, seq, ack uint32, data string) tracer.Packet {
	return tracer.Packet{
		Proto: "tcp", Src: "127.0.0.1:40112", Dst: "127.0.0.1:8080", Sender: "client:3", Receiver: "server:4", Flags: strings.Fields(flags),
		Seq: seq, Ack: ack, Len: len(data), Payload: []byte(data), Win: 100, WScaled: 12800,
	}
}

func server(flags string, seq, ack uint32, data string) tracer.Packet {
	p := client(flags, seq, ack, data)
	p.Src, p.Dst, p.Sender, p.Receiver = p.Dst, p.Src, p.Receiver, p.Sender
	return p
}

func (s *stream) fate(p *tracer.Packet, fate tracer.Fate, why string) int64 {
	return s.add(tracer.Event{Kind: tracer.KindPacket, Cause: 1, Fate: fate, Packet: p, Why: why})
}

var scenes = []struct {
	name string
	play func(*stream)
}{
	{"wire", func(s *stream) {
		c := s.call("client", "connect", 3, "127.0.0.1:8080")
		a := s.packet(c, tracer.Sent, client("SYN", 0, 0, ""))
		s.fate(a, tracer.Dropped, "lost on the way")
		s.command("advance")
		s.at += time.Second
		a = s.packet(0, tracer.Sent, client("SYN", 0, 0, ""))
		s.events[len(s.events)-1].Why = "no answer has come: the SYN is sent again"
		s.fate(a, tracer.Held, "")
		s.command("step")
		s.fate(a, tracer.Delivered, "")
		c = s.call("client", "write", 3, `"one"`)
		a = s.packet(c, tracer.Sent, client("PSH ACK", 1, 1, "one"))
		b := s.packet(c, tracer.Sent, client("PSH ACK", 4, 1, "two"))
		s.fate(b, tracer.Delivered, "")
		s.fate(a, tracer.Delivered, "")
		c = s.command("forge")
		b = s.packet(c, tracer.Injected, client("RST", 99, 0, ""))
		s.events[len(s.events)-1].Why = "forged by hand"
		s.fate(b, tracer.Delivered, "")
		b = s.packet(c, tracer.Copied, client("PSH ACK", 1, 1, "one"))
		s.fate(b, tracer.Delayed, "by hand: it arrives in 50 ms")
		w := server("ACK", 1, 7, "")
		w.Win, w.WScaled = 0, 0
		s.fate(s.packet(c, tracer.Sent, w), tracer.Delivered, "")
		w = server("ACK", 1, 7, "")
		w.Options = &tracer.Options{WS: -1, SACK: [][2]uint32{{10, 20}, {30, 40}}}
		s.fate(s.packet(c, tracer.Sent, w), tracer.Delivered, "")
		s.fate(s.packet(c, tracer.Sent, tracer.Packet{Proto: "udp", Src: "10.0.0.1", Dst: "10.0.0.2", FragOffset: 1480, Len: 20}), tracer.Delivered, "")
		w = client("", 1, 1, "")
		w.Malformed = "its TCP header gives a wrong length of itself"
		s.fate(s.packet(c, tracer.Captured, w), tracer.Dropped, w.Malformed)
		s.add(tracer.Event{Kind: tracer.KindNote, Text: "back", Rewind: 4})
		s.add(tracer.Event{Kind: tracer.KindNote, Text: "difference: the stack says otherwise"})
		s.add(tracer.Event{Kind: tracer.KindState, Process: "client", FD: 3, Local: netip.MustParseAddrPort("127.0.0.1:40112"),
			Remote: netip.MustParseAddrPort("127.0.0.1:8080"), From: "TIME-WAIT", To: "CLOSED", Why: "2 MSL are over"})
	}},
	{"held", func(s *stream) {
		again := func(p *tracer.Packet, after time.Duration, times int) {
			s.at += after
			s.events[s.fate(p, tracer.Held, "not acknowledged")-1].Times = times
		}
		c := s.call("client", "connect", 3, "127.0.0.1:8080")
		a := s.packet(c, tracer.Sent, client("SYN", 0, 0, ""))
		s.add(tracer.Event{Kind: tracer.KindState, Cause: c + 1, Process: "client", FD: 3, Local: netip.MustParseAddrPort("127.0.0.1:40112"),
			Remote: netip.MustParseAddrPort("127.0.0.1:8080"), From: "CLOSED", To: "SYN-SENT", Why: "sent SYN"})
		s.fate(a, tracer.Held, "")
		s.command("advance")
		again(a, time.Second, 2)
		again(a, time.Second, 3)
		c = s.command("copy 1")
		b := s.packet(c, tracer.Copied, client("SYN", 0, 0, ""))
		s.fate(b, tracer.Held, "")
		s.command("delay 2 50ms")
		s.fate(b, tracer.Delayed, "by hand: it arrives in 50 ms")
		s.command("step")
		s.fate(a, tracer.Delivered, "")
		a = s.packet(c, tracer.Sent, server("SYN ACK", 0, 1, ""))
		s.fate(a, tracer.Held, "")
		s.command("corrupt 3")
		bad := *a
		bad.Malformed = "its TCP checksum is wrong"
		s.fate(&bad, tracer.Held, "damaged by hand: a bit of its window is flipped")
		s.command("step")
		s.fate(&bad, tracer.Dropped, "its TCP checksum is wrong: the receiver throws it away without a word")
		c = s.call("client", "sendto", 4)
		a = s.packet(c, tracer.Sent, client("SYN", 0, 0, ""))
		s.fate(a, tracer.Delayed, "") // by a rule
		s.fate(a, tracer.Delayed, "delayed by 50 ms, as was asked for the next SYN")
		s.fate(a, tracer.Delivered, "")
		a = s.packet(c, tracer.Sent, client("FIN ACK", 1, 1, ""))
		s.fate(a, tracer.Held, "")
		s.command("drop 5")
		s.fate(a, tracer.Dropped, "lost by hand")
	}},
	{"bulk", func(s *stream) {
		c := s.call("client", "write", 3, "1m")
		for i := range uint32(120) {
			a := s.packet(c, tracer.Sent, client("ACK", 1+1000*i, 1, strings.Repeat("x", 1000)))
			if i > 40 && i%10 == 0 {
				s.fate(a, tracer.Dropped, "lost on the way")
				continue
			}
			s.fate(a, tracer.Delivered, "")
			s.fate(s.packet(c, tracer.Sent, server("ACK", 1, 1001+1000*i, "")), tracer.Delivered, "")
		}
		for range 30 {
			s.add(tracer.Event{Kind: tracer.KindReturn, Process: "server", Call: "read", FD: 4, Result: &tracer.Result{Value: 4, Data: []byte("xxxx")}})
		}
		s.call("client", "write", 5, "1m")
		for range 20 {
			s.add(tracer.Event{Kind: tracer.KindNote, Crossing: &tracer.Crossing{Proto: "unix", Dst: "chat.sock", Sender: "client:5", Data: []byte("data")}})
		}
	}},
	{"program", func(s *stream) {
		c := s.command("run curl")
		s.add(tracer.Event{Kind: tracer.KindOutput, Cause: c, Process: "curl", Stream: "stdout", Data: []byte("one\ntw")})
		s.add(tracer.Event{Kind: tracer.KindOutput, Cause: c, Process: "curl", Stream: "stdout", Data: []byte("o\r\nthree \x1b[2J\t日本")})
		s.add(tracer.Event{Kind: tracer.KindOutput, Cause: c, Process: "curl", Stream: "stderr", Data: []byte("no\n")})
		s.add(tracer.Event{Kind: tracer.KindExpect, Text: "state client:3 ESTABLISHED", OK: true})
		s.add(tracer.Event{Kind: tracer.KindExpect, Text: "return 3", Why: "it returned 4", Try: "look at it"})
		s.add(tracer.Event{Kind: tracer.KindBlocked, Process: "client", Call: "connect", FD: 3, Why: "and the wire is held: SYN #1 is in flight.",
			Try: "step delivers it   drop 1 loses it   advance lets time pass\nnext timer: client:3 sends the SYN again in 1 s"})
		s.add(tracer.Event{Kind: tracer.KindReturn, Process: "client", Call: "poll", Result: &tracer.Result{Value: 2, Revents: []string{"3:in", "4:in,hup"}}})
	}},
	{"hostile", func(s *stream) {
		s.call("\x1b[2J", "\x07", -1, "\n")
		s.packet(0, "nonsense", tracer.Packet{Proto: "\x9b", Src: "\x1b", Dst: "日本"})
		s.packet(0, tracer.Sent, tracer.Packet{Proto: "tcp", Len: 1 << 40, Payload: []byte("\x1b[2J\xff\n日本語"), About: "\x1b"})
		s.packet(0, tracer.Sent, tracer.Packet{Proto: "icmp", About: "\x1b > > >"})
		s.add(tracer.Event{Kind: tracer.KindPacket})
		s.add(tracer.Event{Kind: tracer.KindReturn, Process: strings.Repeat("long", 40), Call: "x", Result: &tracer.Result{Value: -1, Errno: "\n"}})
		s.add(tracer.Event{Kind: tracer.KindReturn})
		s.add(tracer.Event{Kind: tracer.KindState, From: "\x1b", To: "x"})
		s.add(tracer.Event{Kind: tracer.KindNote, Text: "   ", Crossing: &tracer.Crossing{Proto: "unix"}})
		s.add(tracer.Event{Kind: tracer.KindNote, Text: "a → b\n\nc   d"})
	}},
}

// inputs are the scenes and the streams that the program has recorded.
func inputs(t testing.TB) map[string][]tracer.Event {
	all := map[string][]tracer.Event{}
	for _, scene := range scenes {
		var s stream
		scene.play(&s)
		all[scene.name] = s.events
	}
	for _, name := range []string{"session", "calls"} {
		text, err := os.ReadFile(filepath.Join("testdata", name+".events.json"))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = decode(text)
	}
	return all
}

// decode reads the events of a stream as far as it can.
func decode(text []byte) (events []tracer.Event) {
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var e tracer.Event
		if d.Decode(&e) != nil {
			return events
		}
		events = append(events, e)
	}
}

func TestGolden(t *testing.T) {
	for input, events := range inputs(t) {
		for name, o := range map[string]Options{
			"40":    {UTF8: true, Width: 40},
			"80":    {UTF8: true, Width: 80},
			"200":   {UTF8: true, Width: 200},
			"ascii": {},
			"less":  {Explain: -1},
			"more":  {Explain: 1},
		} {
			t.Run(input+"/"+name, func(t *testing.T) { inktest.Golden(t, input+"."+name, tell(t, events, o)) })
		}
	}
}

// tell tells events, a batch a command.
func tell(t testing.TB, events []tracer.Event, o Options) string {
	t.Helper()
	var out bytes.Buffer
	p := New(&out, o)
	if err := p.Session(events); err != nil {
		t.Fatal(err)
	}
	check(t, out.String(), o)
	return out.String()
}

// check makes sure that the lines fit and hold nothing but what can be read.
func check(t testing.TB, text string, o Options) {
	t.Helper()
	inktest.Fits(t, text, ink.Pen{UTF8: o.UTF8}, o.width())
	if i := strings.IndexFunc(text, func(r rune) bool { return r >= 0x2190 && r < 0x2e80 }); i >= 0 { // arrows, boxes, signs
		t.Errorf("a sign that nobody can hear: %q", text[i:min(len(text), i+20)])
	}
}

func TestLooks(t *testing.T) {
	var all bytes.Buffer
	o := Options{}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
		all.WriteByte('\n')
	}
	must(Sockets(&all, nil, o))
	must(Sockets(&all, []tracer.Socket{
		{Process: "server", FD: 3, Type: "tcp", Local: "127.0.0.1:8080", Remote: "*", State: "LISTEN", RecvQ: 1, SendQ: 5, Blocked: "accept"},
		{Process: "server", FD: 4, Type: "tcp", Local: "127.0.0.1:8080", Remote: "127.0.0.1:40112", State: "CLOSE-WAIT", RecvQ: 5},
		{Process: "client", FD: 3, Type: "tcp", Local: "127.0.0.1:40112", Remote: "127.0.0.1:8080", State: "FIN-WAIT-2", SendQ: 1},
		{Process: "client", FD: 4, Type: "udp", Local: "*", Remote: "*"},
		{Process: "client", FD: 5, Type: "unix", Local: "*", Remote: "chat.sock"},
		{Process: "client", Type: "tcp", Local: "127.0.0.1:40101", Remote: "127.0.0.1:8080", State: "FIN-WAIT-1"},
		{Type: "tcp", Local: "127.0.0.1:40100", Remote: "127.0.0.1:8080", State: "TIME-WAIT", Left: time.Minute + time.Second},
		{Process: "\x1b[2J", FD: 1, Type: "\n"},
	}, o))
	must(Diagram(&all, "client:3", "FIN-WAIT-2", []string{"CLOSED", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2"}, o))
	must(Diagram(&all, "client:3", "CLOSED", []string{"CLOSED", "SYN-SENT", "CLOSED"}, o))
	must(Diagram(&all, "client:3", "CLOSED", nil, o))
	must(Diagram(&all, "", "", nil, o))
	for _, s := range []tracer.Socket{
		{Process: "client", FD: 4, Type: "udp", Local: "*"}, {Process: "client", FD: 4, Type: "udp6", Local: "[::1]:5353", Remote: "*"},
		{Process: "server", FD: 5, Type: "unix", Local: "chat.sock", State: "LISTEN"}, {Process: "server", FD: 6, Type: "unixgram"},
	} {
		must(Plain(&all, s, o))
	}
	check(t, all.String(), o)
	inktest.Golden(t, "looks", all.String())
}

func TestPacket(t *testing.T) {
	var all bytes.Buffer
	var before *tracer.Packet
	for _, e := range inputs(t)["session"] {
		if e.Kind != tracer.KindPacket || e.Fate != tracer.Sent || e.Packet.Number == 2 || e.Packet.Number > 4 {
			continue
		}
		if err := Packet(&all, e.Packet, before, Options{}); err != nil {
			t.Fatal(err)
		}
		all.WriteByte('\n')
		before = e.Packet
	}
	check(t, all.String(), Options{})
	inktest.Golden(t, "packet", all.String())
}

// FuzzDraw tells streams of events as they could stand in any file.
func FuzzDraw(f *testing.F) {
	for name, events := range inputs(f) {
		if name == "bulk" {
			continue // too long to mutate
		}
		var text []byte
		for _, e := range events {
			line, err := json.Marshal(e)
			if err != nil {
				f.Fatal(err)
			}
			text = append(append(text, line...), '\n')
		}
		f.Add(text, 80, 1)
		f.Add(text, 7, -1)
	}
	f.Fuzz(func(t *testing.T, text []byte, width, explain int) {
		if width < 0 || width > 300 {
			return
		}
		tell(t, decode(text), Options{Width: width, Explain: explain})
	})
}

// FuzzPacket tells of any bytes.
func FuzzPacket(f *testing.F) {
	for _, e := range inputs(f)["session"] {
		if e.Kind == tracer.KindPacket && e.Fate == tracer.Sent {
			f.Add(e.Packet.Bytes, e.Packet.Bytes)
			f.Add(e.Packet.Bytes[:len(e.Packet.Bytes)-3], []byte{0x45})
		}
	}
	f.Fuzz(func(t *testing.T, raw, before []byte) {
		p, _ := packet.Decode(raw)
		q, _ := packet.Decode(before)
		var out bytes.Buffer
		if err := Packet(&out, p, q, Options{}); err != nil {
			t.Fatal(err)
		}
		check(t, out.String(), Options{})
	})
}
