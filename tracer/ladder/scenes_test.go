package ladder

import (
	"fmt"
	"strings"
	"time"

	"sockplay/tracer"
)

// answer sends a bare segment that in brought about, and delivers it.
func (s *stream) answer(in int64, from, to *sock, flags, why string) (flight, int64) {
	f := s.send(in, from, to, flags, "")
	s.why(f, why)
	return f, s.arrive(f)
}

// resets has the packets that refuse, cut off and doubt.
func resets(s *stream) {
	s.listen(3, "127.0.0.1:8080")
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, s.accept(3), 4)
	s.command()
	// A forged RST, with a number that is in the window but not the next.
	s.packets++
	in := s.arrive(s.launch(0, tracer.Injected, &tracer.Packet{Number: s.packets, Proto: "tcp", Src: c.addr, Dst: v.addr,
		Flags: []string{"RST"}, Seq: 100}, nil, nil))
	s.answer(in, v, c, "ACK", "a challenge: it does not believe the RST (RFC 5961)")
	s.command()
	call := s.call("server", "close", 4)
	f := s.send(call, v, c, "RST ACK", "")
	s.why(f, "close with data still unread: the peer must learn that it was lost (RFC 2525 2.17)")
	s.move(f.seq, v, "CLOSED", "sent RST")
	s.move(s.arrive(f), c, "CLOSED", "received RST")
	s.ret(call, "server close 4", 0, "the connection was cut off, not ended: the peer gets an RST")

	// A datagram to nobody.
	s.command()
	call = s.call("client", "sendto", 4, "127.0.0.1:5999", `"x"`)
	s.packets++
	in = s.arrive(s.launch(call, tracer.Sent, &tracer.Packet{Number: s.packets, Proto: "udp", Src: "127.0.0.1:5000", Dst: "127.0.0.1:5999",
		Sender: "client:4", Len: 1, Payload: []byte("x")}, nil, nil))
	s.packets++
	icmp := s.launch(in, tracer.Sent, &tracer.Packet{Number: s.packets, Proto: "icmp", Src: "127.0.0.1", Dst: "127.0.0.1",
		ICMPType: 3, ICMPCode: 3, About: "udp 127.0.0.1:5000 > 127.0.0.1:5999"}, nil, nil)
	s.why(icmp, "no socket is bound to port 5999: the sender is told so")
	s.arrive(icmp)
	s.ret(call, "client sendto 4", 1, "")
	s.command()
	bad := s.send(0, c, v, "ACK", "")
	bad.Malformed = "its TCP header gives a wrong length of itself"
	s.why(bad, "malformed: "+bad.Malformed)
	s.arrive(bad)

	// Somebody listens there, but for another family.
	s.listen(5, "[::]:9090")
	k := &sock{process: "client", fd: 5, addr: "127.0.0.1:40200", peer: "127.0.0.1:9090", state: "CLOSED"}
	nobody := &sock{process: "server", fd: 5, addr: k.peer, peer: k.addr}
	s.command()
	call = s.call("client", "connect", 5, k.peer)
	syn := s.send(call, k, nobody, "SYN", "")
	s.move(syn.seq, k, "SYN-SENT", "sent SYN")
	_, in = s.answer(s.arrive(syn), nobody, k, "RST ACK", "no socket listens at port 9090: the call is refused")
	s.move(in, k, "CLOSED", "got RST")
	s.fail(call, "client connect 5", "ECONNREFUSED", "no socket listens on port 9090", "")
}

// window closes a window, probes it and opens it again; then the connection is
// idle, and keepalive probes it.
func window(s *stream) {
	s.listen(3, "127.0.0.1:8080")
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, s.accept(3), 4)
	s.command()
	call := s.call("client", "write", 3, "64k")
	win := func(in int64, n int, why string) {
		f := s.send(in, v, c, "ACK", "")
		f.Win, f.WScaled = n, n
		s.why(f, why)
		s.arrive(f)
	}
	win(s.arrive(s.send(call, c, v, "ACK", strings.Repeat("x", 1448))), 0, "all up to byte 1448 has arrived; the window is closed: send no more")
	s.ret(call, "client write 3", 65536, "")
	probe := func(after time.Duration, why string) int64 {
		s.at += after
		c.seq--
		f := s.send(0, c, v, "ACK", "")
		c.seq++
		s.why(f, why)
		in := s.arrive(f)
		v.ack++
		return in
	}
	for range 2 { // the second time there are too many to draw
		s.command()
		s.add(tracer.Event{Kind: tracer.KindCommand, Text: "advance"})
		for range 2 + 18*(len(s.batches)%2) {
			win(probe(200*time.Millisecond, "a probe of the closed window, so that its opening cannot be missed"), 0, "nothing new; the window is 0")
		}
	}
	s.command()
	call = s.call("server", "read", 4, "1000")
	win(call, 2896, "read made room: the window is 2896 now")
	s.ret(call, "server read 4", 1000, "")
	s.command()
	call = s.call("server", "read", 4, "1000")
	win(call, 4096, "read made room: the window is 4096 now")
	s.ret(call, "server read 4", 448, "")
	s.command()
	s.add(tracer.Event{Kind: tracer.KindCommand, Text: "advance 3h"})
	for range 2 {
		in := probe(time.Hour, "a keepalive probe: is the peer still there?")
		win(in, 4096, "nothing new; the window is 4096")
	}
}

// self is a socket that is connected to itself.
func self(s *stream) {
	k := &sock{process: "client", fd: 3, addr: "127.0.0.1:7000", peer: "127.0.0.1:7000", state: "CLOSED"}
	s.command()
	call := s.call("client", "connect", 3, k.peer)
	syn := s.send(call, k, k, "SYN", "")
	s.move(syn.seq, k, "SYN-SENT", "sent SYN")
	in := s.arrive(syn)
	s.move(in, k, "SYN-RECEIVED", "got our own SYN: this socket is connected to itself")
	k.seq--
	synack, in := s.answer(in, k, k, "SYN ACK", "it acknowledges the SYN and repeats its own")
	s.move(in, k, "ESTABLISHED", "got ACK of our SYN")
	s.answer(in, k, k, "ACK", "")
	s.ret(call, "client connect 3", 0, "connected")
	s.command()
	_ = synack
	s.data(s.call("client", "write", 3, `"me"`), k, k, "me")
	s.command()
	call = s.call("client", "close", 3)
	f := s.send(call, k, k, "FIN ACK", "")
	s.move(f.seq, k, "FIN-WAIT-1", "sent FIN")
	in = s.arrive(f)
	s.move(in, k, "CLOSING", "got FIN")
	_, in = s.answer(in, k, k, "ACK", "")
	s.move(in, k, "TIME-WAIT", "got ACK of our FIN")
	s.ret(call, "client close 3", 0, "")
}

// port0 calls port 0, which packets write without a port.
func port0(s *stream) {
	c := &sock{process: "client", fd: 3, addr: "127.0.0.1:40112", peer: "127.0.0.1:0", state: "CLOSED"}
	nobody := &sock{addr: "127.0.0.1", peer: c.addr}
	s.command()
	call := s.call("client", "connect", 3, c.peer)
	syn := s.send(call, c, nobody, "SYN", "")
	syn.Dst = "127.0.0.1"
	s.move(syn.seq, c, "SYN-SENT", "sent SYN")
	_, in := s.answer(s.arrive(syn), nobody, c, "RST ACK", "no socket listens at port 0: the call is refused")
	s.move(in, c, "CLOSED", "got RST")
	s.fail(call, "client connect 3", "ECONNREFUSED", "no socket listens on port 0", "")
	s.command() // a call without a descriptor
	s.ret(s.call("client", "poll", 0), "server poll", 1, "").Result.Revents = []string{"3:in"}
}

// lossy is a large write over a wire that loses: what is lost, and the first
// that comes of it, must be seen in a batch that is not drawn in full.
func lossy(s *stream) {
	s.listen(3, "127.0.0.1:8080")
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, s.accept(3), 4)
	s.command()
	call := s.call("client", "write", 3, "144800")
	var gone []flight
	missing := uint32(0)
	for i := range 100 {
		f := s.send(call, c, v, "ACK", strings.Repeat("x", 1448))
		if i == 50 {
			s.fate(f, tracer.Dropped, f.seq)
			gone, missing = append(gone, f), f.Packet.Seq
			continue
		}
		in := s.arrive(f)
		why := "all of it has arrived"
		if missing > 0 {
			v.ack, why = missing, "a duplicate: byte 72401 is still missing"
		}
		s.answer(in, v, c, "ACK", why)
	}
	end := c.seq
	for _, f := range gone {
		c.seq = f.Packet.Seq
		again := s.send(0, c, v, "ACK", strings.Repeat("x", 1448))
		s.why(again, "three duplicate ACKs: bytes 72401 to 73848 again, without waiting for the timer")
		in := s.arrive(again)
		c.seq, v.ack = end, end
		s.answer(in, v, c, "ACK", "all of it has arrived")
	}
	s.ret(call, "client write 3", 144800, "")
}

// unixSockets: bytes cross before and after accept, back, within a pair, as
// datagrams, to a program, and in very many pieces.
func unixSockets(s *stream) {
	cross := func(cause int64, sender, receiver, src, dst, proto, data string) {
		s.add(tracer.Event{Kind: tracer.KindNote, Cause: cause, Text: "bytes cross", Crossing: &tracer.Crossing{
			Proto: proto, Src: src, Dst: dst, Sender: sender, Receiver: receiver, Data: []byte(data),
		}})
	}
	s.command()
	call := s.call("client", "connect", 3, "chat.sock")
	s.ret(call, "client connect 3", 0, "connected at once")
	s.command()
	call = s.call("client", "write", 3, `"early"`)
	cross(call, "client:3", "server", "", "chat.sock", "unix", "early")
	s.ret(call, "client write 3", 5, "the bytes lie at the peer")
	s.command()
	call = s.call("server", "accept", 3)
	s.ret(call, "server accept 3", 4, "the connection from client:3")
	s.command()
	call = s.call("server", "write", 4, `"hello"`)
	cross(call, "server:4", "client:3", "chat.sock", "", "unix", "hello")
	s.ret(call, "server write 4", 5, "")
	s.command()
	call = s.call("server", "write", 4, `"\x1b[2J" * 9`)
	cross(call, "server:4", "client:3", "chat.sock", "", "unix", strings.Repeat("\x1b[2J", 9))
	s.ret(call, "server write 4", 36, "")

	s.command()
	call = s.call("server", "socketpair", 0, "unixgram")
	s.ret(call, "server socketpair 0", 0, "").Result.FDs = []int{5, 6}
	s.command()
	call = s.call("server", "write", 6, `"x"`)
	cross(call, "server:6", "server:5", "", "", "unixgram", "x")
	cross(call, "server:5", "server:6", "", "", "unixgram", "")
	s.ret(call, "server write 6", 1, "")

	s.command()
	call = s.call("client", "sendto", 4, "@a-very-long-name-in-the-abstract-namespace", `"ping"`)
	cross(call, "client:4", "server:7", "client.sock", "@a-very-long-name-in-the-abstract-namespace", "unixgram", "ping")
	cross(call, "client:4", "", "client.sock", "@program", "unixgram", "ping")
	cross(call, "client:4", "client:4", "client.sock", "client.sock", "unixgram", "ping")
	s.ret(call, "client sendto 4", 4, "")

	// The number names another socket now.
	s.command()
	call = s.call("client", "socket", 0, "unix")
	s.ret(call, "client socket 0", 3, "")
	s.command()
	call = s.call("client", "write", 3, "1M")
	for range 60 {
		cross(call, "client:3", "server:8", "", "chat2.sock", "unix", strings.Repeat("x", 20000))
	}
	s.ret(call, "client write 3", 1200000, "")
}

// wide has characters of two columns and of none in all that comes from
// outside: data, the names of unix sockets, what programs print, remarks.
func wide(s *stream) {
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	for _, data := range []string{"聊天", "聊天室里有很多很多的人在说话", "a聊b天c室d里e有f很g多", "cafe\u0301 e\u0302te\u0301", "한국어 ｆｕｌｌ ﾊﾝｶｸ"} {
		s.command()
		call := s.call("client", "write", 3)
		s.data(call, c, v, data)
		s.ret(call, "client write 3", len(data), "")
		s.ret(0, "server read 4", len(data), "all that was there").Result.Data = []byte(data)
	}
	s.command()
	call := s.call("client", "sendto", 4, "@聊天", `"聊"`)
	for i, name := range []string{"@聊天", "@" + strings.Repeat("聊天", 15)} {
		s.add(tracer.Event{Kind: tracer.KindNote, Cause: call, Text: "bytes cross", Crossing: &tracer.Crossing{
			Proto: "unixgram", Src: "客户.sock", Dst: name, Sender: "client:4", Receiver: fmt.Sprint("server:", 5+i), Data: []byte("聊"),
		}})
	}
	s.ret(call, "client sendto 4", 3, "")
	s.ret(s.call("server", "getsockname", 5), "server getsockname 5", 0, "").Result.Addr = "@聊天"
	s.command()
	s.add(tracer.Event{Kind: tracer.KindOutput, Process: "cat", Stream: "stdout",
		Data: []byte(strings.Repeat("聊天室", 40) + "\n聊\t天\tcafe\u0301\tx\n")})
	s.add(tracer.Event{Kind: tracer.KindNote, Text: strings.Repeat("聊天室", 20)})
	s.add(tracer.Event{Kind: tracer.KindExpect, Text: "return 聊天", Why: "it returned 天聊"})
}
