package ladder

import (
	"strings"
	"time"

	"sockplay/tracer"
)

var scenes = []struct {
	name string
	play func(*stream)
}{
	{"session", session},
	{"refused", refused},
	{"held", held},
	{"udp", udp},
	{"loss", loss},
	{"reset", reset},
	{"two", two},
	{"closing", closing},
	{"ipv6", ipv6},
	{"fragments", fragments},
	{"hostile", hostile},
	{"wire", wireTricks},
	{"results", results},
	{"program", program},
	{"bulk", bulk},
	{"capture", capture},
	{"resets", resets},
	{"window", window},
	{"self", self},
	{"port0", port0},
	{"lossy", lossy},
	{"unix", unixSockets},
	{"wide", wide},
}

func session(s *stream) {
	s.listen(3, "127.0.0.1:8080")
	accept := s.accept(3)
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, accept, 4)

	s.command()
	call := s.call("client", "write", 3, `"hello"`)
	s.data(call, c, v, "hello")
	s.ret(call, "client write 3", 5, "taken over by the stack; the ACK says that the peer's stack has it, not its program")

	s.command()
	call = s.call("server", "read", 4, "100")
	s.ret(call, "server read 4", 5, "all that was there: read does not wait for 100").Result.Data = []byte("hello")

	s.command()
	call = s.call("client", "close", 3)
	s.fin(call, c, v, "FIN-WAIT-1", "CLOSE-WAIT", "FIN-WAIT-2")
	s.ret(call, "client close 3", 0, "the FIN says: I will send no more")
	c.fd = 0

	s.command()
	call = s.call("server", "close", 4)
	s.fin(call, v, c, "LAST-ACK", "TIME-WAIT", "CLOSED")
	s.ret(call, "server close 4", 0, "")

	s.command()
	s.at += 60 * time.Second
	s.move(0, c, "CLOSED", "2 MSL are over: no late segment can be about")
}

func refused(s *stream) {
	c := &sock{process: "client", fd: 3, addr: "127.0.0.1:40112", peer: "127.0.0.1:8081", state: "CLOSED"}
	nobody := &sock{addr: c.peer, peer: c.addr}
	s.command()
	call := s.call("client", "connect", 3, c.peer)
	syn := s.send(call, c, nobody, "SYN", "")
	s.move(syn.seq, c, "SYN-SENT", "sent SYN")
	in := s.arrive(syn)
	in = s.arrive(s.send(in, nobody, c, "RST ACK", ""))
	s.move(in, c, "CLOSED", "an RST answered the SYN")
	s.fail(call, "client connect 3", "ECONNREFUSED", "the host is there, but no socket listens on port 8081",
		"server: socket tcp, bind 3 127.0.0.1:8081, listen 3; then connect again\n(silence instead of this RST would have ended in ETIMEDOUT after minutes)")
}

func held(s *stream) {
	s.listen(3, "0.0.0.0:8080")
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.command()
	call := s.call("client", "connect", 3, c.peer)
	syn := s.send(call, c, v, "SYN", "")
	syn.Receiver = s.server
	s.move(syn.seq, c, "SYN-SENT", "sent SYN")
	s.fate(syn, tracer.Held, syn.seq)
	s.add(tracer.Event{Kind: tracer.KindBlocked, Cause: call, Process: "client", Call: "connect", FD: 3,
		Why: "and the wire is held: SYN #1 is in flight.",
		Try: "step delivers it   drop 1 loses it   advance lets time pass\nnext timer: client:3 sends the SYN again in 1 s"})
	step := func() int64 {
		s.command()
		return s.add(tracer.Event{Kind: tracer.KindCommand, Text: "step"})
	}
	cmd := step()
	s.at += time.Millisecond
	in := s.fate(syn, tracer.Delivered, cmd)
	v.ack = 1
	synack := s.send(in, v, c, "SYN ACK", "")
	s.move(synack.seq, v, "SYN-RECEIVED", "answered a SYN")
	s.fate(synack, tracer.Held, synack.seq)
	cmd = step()
	in = s.fate(synack, tracer.Delivered, cmd)
	c.ack = 1
	s.move(in, c, "ESTABLISHED", "our SYN is acknowledged")
	ack := s.send(in, c, v, "ACK", "")
	s.fate(ack, tracer.Held, ack.seq)
	s.ret(call, "client connect 3", 0, "connected: the server does not know it yet")
	s.command()
	s.fate(ack, tracer.Dropped, s.add(tracer.Event{Kind: tracer.KindCommand, Text: "drop"}))
}

func udp(s *stream) {
	a := &sock{process: "client", fd: 3, addr: "127.0.0.1:5000", peer: "127.0.0.1:5353"}
	b := &sock{process: "server", fd: 3, addr: "127.0.0.1:5353", peer: "127.0.0.1:5000"}
	send := func(cause int64, from, to *sock, data string) flight {
		s.packets++
		p := &tracer.Packet{Number: s.packets, Proto: "udp", Src: from.addr, Dst: to.addr,
			Sender: from.name(), Receiver: to.name(), Len: len(data), Payload: []byte(data)}
		return s.launch(cause, tracer.Sent, p, from, to)
	}
	s.command()
	call := s.call("client", "sendto", 3, b.addr, `"ping"`)
	s.arrive(send(call, a, b, "ping"))
	s.ret(call, "client sendto 3", 4, "sent. UDP promises no more: no connection, no acknowledgement.")
	s.command()
	call = s.call("server", "recvfrom", 3, "100")
	r := s.ret(call, "server recvfrom 3", 4, "one datagram")
	r.Result.Data, r.Result.Addr = []byte("ping"), a.addr
	s.command()
	call = s.call("server", "sendto", 3, a.addr, `"pong"`)
	s.arrive(send(call, b, a, "pong"))
	s.ret(call, "server sendto 3", 4, "")

	nobody := &sock{addr: "127.0.0.1:5999", peer: a.addr}
	s.command()
	call = s.call("client", "sendto", 3, nobody.addr, `"anybody?"`)
	in := s.arrive(send(call, a, nobody, "anybody?"))
	s.packets++
	s.arrive(s.launch(in, tracer.Sent, &tracer.Packet{Number: s.packets, Proto: "icmp", Src: "127.0.0.1", Dst: "127.0.0.1",
		ICMPType: 3, ICMPCode: 3, About: "udp 127.0.0.1:5000 > 127.0.0.1:5999"}, nil, a))
	s.ret(call, "client sendto 3", 8, "sent, as far as it knows: the error comes later, to a connected socket only")
}

func loss(s *stream) {
	s.listen(3, "127.0.0.1:8080")
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	s.command()
	call := s.call("client", "write", 3, `"hello"`)
	f := s.send(call, c, v, "PSH ACK", "hello")
	s.fate(f, tracer.Dropped, f.seq)
	s.ret(call, "client write 3", 5, "taken over by the stack")
	s.command()
	s.add(tracer.Event{Kind: tracer.KindCommand, Text: "advance"})
	s.at += 200 * time.Millisecond
	c.seq -= 5
	f = s.send(0, c, v, "PSH ACK", "hello")
	s.why(f, "no acknowledgement within 200 ms: the retransmission timer sends it again")
	s.fate(f, tracer.Dropped, f.seq)
	s.at += 400 * time.Millisecond
	c.seq -= 5
	s.data(0, c, v, "hello")
	last := s.batches[len(s.batches)-1]
	last[len(last)-4].Why = "no acknowledgement within 400 ms: the retransmission timer sends it again"
	s.command()
	call = s.call("client", "close", 3)
	f = s.send(call, c, v, "FIN PSH ACK", "bye")
	s.why(f, "close: the last 3 bytes; this side will send no more")
	s.move(f.seq, c, "FIN-WAIT-1", "sent FIN")
	s.move(s.arrive(f), v, "CLOSE-WAIT", "received FIN")
	s.ret(call, "client close 3", 0, "")
}

func reset(s *stream) {
	s.listen(3, "127.0.0.1:8080")
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	s.command()
	call := s.call("client", "close", 3)
	f := s.send(call, c, v, "RST", "")
	s.move(f.seq, c, "CLOSED", "SO_LINGER 0: close resets")
	s.move(s.arrive(f), v, "CLOSED", "received RST")
	s.ret(call, "client close 3", 0, "an RST instead of a FIN: what the server has not read is lost")
	// The same pair of addresses again is a new connection.
	c2, v2 := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c2, v2, 0, 0)
}

func two(s *stream) {
	s.listen(3, "127.0.0.1:8080")
	c1, v1 := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	c2, v2 := tcp("127.0.0.1:40114", "127.0.0.1:8080")
	c2.fd = 4
	s.connect(c1, v1, 0, 0)
	s.connect(c2, v2, 0, 0)
	s.command()
	s.accepted(s.call("server", "accept", 3), c1, v1, 4)
	s.command()
	call := s.call("client", "write", 3, `"one"`)
	f1 := s.send(call, c1, v1, "PSH ACK", "one")
	f2 := s.send(call, c2, v2, "PSH ACK", "two")
	a1 := s.send(s.arrive(f1), v1, c1, "ACK", "")
	s.arrive(a1)
	a2 := s.send(s.arrive(f2), v2, c2, "ACK", "")
	s.arrive(a2)
	s.ret(call, "client write 3", 3, "")
}

// closing closes at both ends at once, with packets that cross.
func closing(s *stream) {
	s.listen(3, "127.0.0.1:8080")
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	v.process, v.fd = "server", 4
	s.command()
	call := s.call("client", "close", 3)
	f1 := s.send(call, c, v, "FIN ACK", "")
	s.move(f1.seq, c, "FIN-WAIT-1", "sent FIN")
	f2 := s.send(call, v, c, "FIN ACK", "")
	s.move(f2.seq, v, "FIN-WAIT-1", "sent FIN")
	in1 := s.arrive(f1)
	s.move(in1, v, "CLOSING", "received FIN, ours is not acknowledged")
	in2 := s.arrive(f2)
	s.move(in2, c, "CLOSING", "received FIN, ours is not acknowledged")
	a1 := s.send(in1, v, c, "ACK", "")
	a2 := s.send(in2, c, v, "ACK", "")
	s.move(s.arrive(a1), c, "TIME-WAIT", "our FIN is acknowledged")
	s.move(s.arrive(a2), v, "TIME-WAIT", "our FIN is acknowledged")
	s.ret(call, "client close 3", 0, "")

	// One FIN that also acknowledges ours: two moves on one delivery.
	c, v = tcp("127.0.0.1:40116", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	s.command()
	call = s.call("client", "close", 3)
	f1 = s.send(call, c, v, "FIN ACK", "")
	s.move(f1.seq, c, "FIN-WAIT-1", "sent FIN")
	s.move(s.arrive(f1), v, "CLOSE-WAIT", "received FIN")
	s.ret(call, "client close 3", 0, "")
	s.command()
	call = s.call("server", "close", 5)
	f2 = s.send(call, v, c, "FIN ACK", "")
	s.move(f2.seq, v, "LAST-ACK", "sent FIN")
	in := s.arrive(f2)
	s.move(in, c, "FIN-WAIT-2", "our FIN is acknowledged")
	s.move(in, c, "TIME-WAIT", "received FIN")
	s.move(s.arrive(s.send(in, c, v, "ACK", "")), v, "CLOSED", "our FIN is acknowledged")
	s.ret(call, "server close 5", 0, "")
}

func ipv6(s *stream) {
	s.listen(3, "[::]:8080")
	c, v := tcp("[::1]:40000", "[::1]:8080")
	accept := s.accept(3)
	s.connect(c, v, accept, 4)
	c, v = tcp("[2001:db8:85a3:1234:5678:8a2e:370:7334]:40000", "[2001:db8:85a3:1234:5678:8a2e:370:7335]:8080")
	s.connect(c, v, 0, 0)
}

func fragments(s *stream) {
	a := &sock{process: "client", fd: 3, addr: "127.0.0.1:5000"}
	b := &sock{process: "server", fd: 3, addr: "127.0.0.1:5001"}
	s.command()
	call := s.call("client", "sendto", 3, b.addr, "4000")
	var parts []flight
	for _, at := range []int{0, 1480, 2960} {
		s.packets++
		p := &tracer.Packet{Number: s.packets, Proto: "udp", Src: "127.0.0.1", Dst: "127.0.0.1", Len: 1480, FragOffset: at, MoreFrags: at < 2960}
		if at == 0 {
			p.Src, p.Dst, p.Sender, p.Receiver, p.Len = a.addr, b.addr, a.name(), b.name(), 1472
		} else if at == 2960 {
			p.Len = 1048
		}
		parts = append(parts, s.launch(call, tracer.Sent, p, a, b))
	}
	for _, f := range parts {
		s.arrive(f)
	}
	s.ret(call, "client sendto 3", 4000, "one datagram in three packets: all must arrive, or none counts")
}

func hostile(s *stream) {
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	for _, data := range []string{
		"\x1b[2J\x1b[31mred\x07\r\n\x00\u202e", "\xff\xfe\x80invalid", "日本語のテキストはここにあります、とても長い", "e\u0301\u200d👩\u200d💻 mixed", strings.Repeat("x\n", 500),
		strings.Repeat("\u0301", 900),
	} {
		s.command()
		call := s.call("client", "write", 3)
		s.data(call, c, v, data)
		s.ret(call, "client write 3", len(data), "")
		r := s.ret(0, "server read 4", len(data), "what it means")
		r.Result.Data = []byte(data)
	}
	s.command()
	s.add(tracer.Event{Kind: tracer.KindOutput, Process: "evil\x1b", Stream: "stdout",
		Data: []byte("\x1b]0;title\x07plain\tand tab\r\nhttp\xff " + strings.Repeat("long ", 40) + "\n\nend")})
	s.add(tracer.Event{Kind: tracer.KindNote, Text: "a\x1b[1mnote"})
	s.ret(0, "client\x1b getsockname 3", 0, "").Result.Addr = "/tmp/\x1b[2Jsock"
}

func wireTricks(s *stream) {
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	s.command()
	call := s.call("client", "write", 3, "3k")
	f1 := s.send(call, c, v, "ACK", strings.Repeat("a", 1448))
	f2 := s.send(call, c, v, "PSH ACK", strings.Repeat("b", 1448))
	in := s.arrive(f2) // overtakes
	dup := s.send(in, v, c, "ACK", "")
	dup.Ack = 1
	dup.Options = &tracer.Options{WS: -1, SACK: [][2]uint32{{1449, 2897}}}
	s.arrive(dup)
	s.arrive(f1)
	s.ret(call, "client write 3", 2896, "")

	s.command()
	p := *f1.Packet
	s.packets++
	p.Number = s.packets
	cp := s.launch(0, tracer.Copied, &p, c, v)
	s.arrive(cp)
	s.packets++
	s.arrive(s.launch(0, tracer.Injected, &tracer.Packet{Number: s.packets, Proto: "tcp", Src: "127.0.0.1:9999", Dst: "127.0.0.1:8080",
		Flags: []string{"SYN"}, Win: 1000, WScaled: 1000}, nil, nil))

	s.command()
	call = s.call("client", "write", 3, `"late"`)
	late := s.send(call, c, v, "PSH ACK", "late")
	s.add(tracer.Event{Kind: tracer.KindPacket, Cause: late.seq, Fate: tracer.Delayed, Packet: late.Packet, Why: "by hand"})
	s.at += 50 * time.Millisecond
	ack := s.send(s.arrive(late), v, c, "ACK", "")
	ack.Win, ack.WScaled = 0, 0
	s.arrive(ack)
	bad := s.send(0, c, v, "PSH ACK", "bad")
	bad.Malformed = "its TCP checksum is wrong"
	s.arrive(bad)
	s.packets++
	s.arrive(s.launch(0, tracer.Sent, &tracer.Packet{Number: s.packets, Proto: "ip", Src: "127.0.0.1", Dst: "127.0.0.1", Len: 20}, nil, nil))
	s.packets++
	echo := s.arrive(s.launch(0, tracer.Sent, &tracer.Packet{Number: s.packets, Proto: "icmp", ICMPType: 8, Src: "127.0.0.1", Dst: "127.0.0.1", Len: 56}, nil, nil))
	s.packets++
	s.arrive(s.launch(echo, tracer.Sent, &tracer.Packet{Number: s.packets, Proto: "icmp", Src: "127.0.0.1", Dst: "127.0.0.1", Len: 56}, nil, nil))
	s.ret(call, "client write 3", 4, "")
}

func results(s *stream) {
	s.command()
	s.ret(s.call("server", "getsockopt", 3, "SO_RCVBUF"), "server getsockopt 3", 0, "Linux doubles what was set").Result.OptVal = "20000"
	s.command()
	s.ret(s.call("server", "getsockname", 3), "server getsockname 3", 0, "").Result.Addr = "127.0.0.1:8080"
	s.command()
	s.ret(s.call("server", "socketpair", 0), "server socketpair", 0, "two sockets, connected to each other").Result.FDs = []int{3, 4}
	s.command()
	s.ret(s.call("server", "poll", 0), "server poll", 2, "").Result.Revents = []string{"3:in", "4:out,hup"}
	s.command()
	s.fail(s.call("server", "read", 3), "server read 3", "EAGAIN", "nothing is there yet, and the socket does not block", "poll 3:in")
	s.command()
	s.add(tracer.Event{Kind: tracer.KindExpect, Text: "return 0", OK: true})
	s.add(tracer.Event{Kind: tracer.KindExpect, Text: "states client:3 CLOSED SYN-SENT ESTABLISHED", Why: "it went CLOSED SYN-SENT CLOSED"})
	s.command()
	s.add(tracer.Event{Kind: tracer.KindNote, Text: "difference: the tracer has server:4 in CLOSE-WAIT, the kernel in ESTABLISHED"})
	s.add(tracer.Event{Kind: tracer.KindNote, Text: "the wire is held: packets wait until step delivers them"})
	s.command()
	call := s.call("client", "write", 3)
	s.ret(call, "client write 3", 1, "")
	for range 40 {
		s.ret(0, "echo read 4", 1, "").Result.Data = []byte("x")
	}
}

func program(s *stream) {
	s.command()
	cmd := s.add(tracer.Event{Kind: tracer.KindCommand, Text: "run curl 127.0.0.1:8080"})
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	c.process, c.fd = "curl", 0
	s.at += 30 * time.Millisecond
	s.handshake(cmd, c, v)
	s.data(0, c, v, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
	s.at += 40 * time.Millisecond
	s.data(0, v, c, "HTTP/1.0 200 OK\r\n\r\nhello\n")
	s.add(tracer.Event{Kind: tracer.KindOutput, Process: "curl", Stream: "stdout", Data: []byte("hello\n")})
	for _, part := range []string{"in ", "pieces\n", "and ", "again"} {
		s.add(tracer.Event{Kind: tracer.KindOutput, Process: "curl", Stream: "stdout", Data: []byte(part)})
	}
	s.command()
	for _, part := range []string{"\n", "new\n", "\n"} {
		s.add(tracer.Event{Kind: tracer.KindOutput, Process: "curl", Stream: "stdout", Data: []byte(part)})
	}
	s.add(tracer.Event{Kind: tracer.KindOutput, Process: "curl", Stream: "stderr", Data: []byte("failed\n")})
}

func bulk(s *stream) {
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.command()
	call := s.call("client", "write", 3, "1m")
	s.handshake(0, c, v)
	for range 700 {
		s.data(call, c, v, strings.Repeat("x", 1448))
	}
	s.fin(call, c, v, "FIN-WAIT-1", "CLOSE-WAIT", "FIN-WAIT-2")
	s.ret(call, "client write 3", 1013600, "")
}

func capture(s *stream) {
	s.command()
	a, b := "10.0.0.1:50000", "10.0.0.2:443"
	for i, f := range []struct {
		src, dst, flags string
		n               int
		gap             time.Duration
	}{
		{b, a, "SYN ACK", 0, 0}, {a, b, "ACK", 0, time.Millisecond}, {a, b, "PSH ACK", 500, 20 * time.Millisecond},
		{a, b, "PSH ACK", 500, 800 * time.Millisecond}, {b, a, "ACK", 0, time.Millisecond}, {b, a, "FIN ACK", 0, 90 * time.Second},
	} {
		s.at += f.gap
		p := &tracer.Packet{Number: i + 1, Proto: "tcp", Src: f.src, Dst: f.dst, Flags: strings.Fields(f.flags), Len: f.n, Win: 501, WScaled: 64128, Seq: 1, Ack: 1}
		if i == 0 {
			p.Seq = 0
		}
		s.launch(0, tracer.Captured, p, nil, nil)
	}
}
