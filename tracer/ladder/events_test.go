package ladder

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"sockplay/tracer"
)

// stream builds a stream of events, batch by batch.
type stream struct {
	batches [][]tracer.Event
	seq     int64
	at      time.Duration
	packets int
	server  string // who listens
}

// command begins the batch of a new command.
func (s *stream) command() { s.batches = append(s.batches, nil) }

func (s *stream) add(e tracer.Event) int64 {
	s.seq++
	e.Seq, e.At = s.seq, s.at
	last := len(s.batches) - 1
	s.batches[last] = append(s.batches[last], e)
	return e.Seq
}

func (s *stream) call(process, call string, fd int, args ...string) int64 {
	return s.add(tracer.Event{Kind: tracer.KindCall, Process: process, Call: call, FD: fd, Args: args})
}

// ret returns from a call: "client connect 3".
func (s *stream) ret(cause int64, what string, value int, why string) *tracer.Event {
	e := tracer.Event{Kind: tracer.KindReturn, Cause: cause, Result: &tracer.Result{Value: value}, Why: why}
	fmt.Sscan(what, &e.Process, &e.Call, &e.FD)
	s.add(e)
	last := s.batches[len(s.batches)-1]
	return &last[len(last)-1]
}

func (s *stream) fail(cause int64, what, errno, why, try string) {
	e := s.ret(cause, what, -1, why)
	e.Result.Errno, e.Try = errno, try
}

// sock is one end of a conversation.
type sock struct {
	process string
	fd      int
	addr    string
	peer    string
	state   string
	seq     uint32 // what it sends next
	ack     uint32 // what it expects next
}

func (k *sock) name() string {
	if k.fd == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", k.process, k.fd)
}

func (s *stream) move(cause int64, k *sock, to, why string) {
	e := tracer.Event{Kind: tracer.KindState, Cause: cause, Process: k.process, FD: k.fd, From: k.state, To: to, Why: why}
	e.Local, _ = netip.ParseAddrPort(k.addr)
	e.Remote, _ = netip.ParseAddrPort(k.peer)
	k.state = to
	s.add(e)
}

// flight is a packet on the wire.
type flight struct {
	*tracer.Packet
	seq      int64
	from, to *sock
}

// send puts a TCP segment on the wire: "SYN", "FIN ACK".
func (s *stream) send(cause int64, from, to *sock, flags, data string) flight {
	s.packets++
	p := &tracer.Packet{
		Number: s.packets, Proto: "tcp", Src: from.addr, Dst: from.peer, Flags: strings.Fields(flags),
		Seq: from.seq, Ack: from.ack, Len: len(data), Payload: []byte(data), Win: 64240, WScaled: 64240,
		Sender: from.name(), Receiver: to.name(),
	}
	from.seq += uint32(len(data))
	if p.Has("SYN") || p.Has("FIN") {
		from.seq++
	}
	return s.launch(cause, tracer.Sent, p, from, to)
}

func (s *stream) launch(cause int64, fate tracer.Fate, p *tracer.Packet, from, to *sock) flight {
	seq := s.add(tracer.Event{Kind: tracer.KindPacket, Cause: cause, Fate: fate, Packet: p})
	return flight{p, seq, from, to}
}

// arrive takes a packet off the wire.
func (s *stream) arrive(f flight) int64 {
	s.at += time.Millisecond
	if f.Proto == "tcp" && f.to != nil {
		f.to.ack = f.Seq + uint32(f.Len)
		if f.Has("SYN") || f.Has("FIN") {
			f.to.ack++
		}
	}
	return s.fate(f, tracer.Delivered, f.seq)
}

func (s *stream) fate(f flight, fate tracer.Fate, cause int64) int64 {
	return s.add(tracer.Event{Kind: tracer.KindPacket, Cause: cause, Fate: fate, Packet: f.Packet})
}

// tcp is a pair of sockets with these addresses.
func tcp(client, server string) (c, v *sock) {
	c = &sock{process: "client", fd: 3, addr: client, peer: server, state: "CLOSED"}
	v = &sock{addr: server, peer: client, state: "LISTEN"} // nobody's before accept
	return c, v
}

func (s *stream) listen(fd int, addr string) *sock {
	k := &sock{process: "server", fd: fd, addr: addr, state: "CLOSED"}
	s.command()
	s.server = k.name()
	call := s.call("server", "listen", fd, "5")
	s.move(call, k, "LISTEN", "listen() makes the socket passive: it waits for connections")
	s.ret(call, fmt.Sprintf("server listen %d", fd), 0, "up to 5 connections may wait for accept")
	return k
}

// accept blocks.
func (s *stream) accept(fd int) int64 {
	s.command()
	call := s.call("server", "accept", fd)
	e := s.add(tracer.Event{Kind: tracer.KindBlocked, Cause: call, Process: "server", Call: "accept", FD: fd,
		Why: "nobody has called yet. Type for the client meanwhile (client: ...), or Ctrl-C to interrupt."})
	_ = e
	return call
}

// connect runs a handshake; accepting is the pending accept, 0 if there is none.
func (s *stream) connect(c, v *sock, accepting int64, fd int) {
	s.command()
	call := s.call("client", "connect", c.fd, v.addr)
	s.handshake(call, c, v)
	s.ret(call, fmt.Sprintf("client connect %d", c.fd), 0, "connected: it returned at the SYN-ACK; the ACK tells the server")
	if accepting > 0 {
		s.accepted(accepting, c, v, fd)
	}
}

func (s *stream) accepted(call int64, c, v *sock, fd int) {
	r := s.ret(call, "server accept 3", fd, "the connection from "+c.addr+"; 3 goes on listening")
	r.Result.Addr = c.addr
	v.process, v.fd = "server", fd
}

func (s *stream) handshake(cause int64, c, v *sock) {
	syn := s.send(cause, c, v, "SYN", "")
	syn.Receiver = s.server
	s.why(syn, "connect asks for a connection")
	s.move(syn.seq, c, "SYN-SENT", "sent SYN")
	in := s.arrive(syn)
	synack := s.send(in, v, c, "SYN ACK", "")
	s.move(synack.seq, v, "SYN-RECEIVED", "answered a SYN")
	s.why(synack, "the listener agrees, and acknowledges the SYN")
	in = s.arrive(synack)
	s.move(in, c, "ESTABLISHED", "our SYN is acknowledged")
	ack := s.send(in, c, v, "ACK", "")
	s.why(ack, "the client acknowledges the server's SYN; the handshake is complete, and data may flow both ways")
	in = s.arrive(ack)
	s.move(in, v, "ESTABLISHED", "our SYN is acknowledged")
}

func (s *stream) why(f flight, why string) {
	last := s.batches[len(s.batches)-1]
	for i := range last {
		if last[i].Seq == f.seq {
			last[i].Why = why
		}
	}
}

// data sends data and its acknowledgement.
func (s *stream) data(cause int64, from, to *sock, data string) int64 {
	f := s.send(cause, from, to, "PSH ACK", data)
	s.why(f, "write handed over "+fmt.Sprint(len(data))+" bytes; they fit in one segment")
	in := s.arrive(f)
	s.arrive(s.send(in, to, from, "ACK", ""))
	return in
}

// fin closes one direction; states are what the two ends go to.
func (s *stream) fin(cause int64, from, to *sock, sent, got, acked string) {
	f := s.send(cause, from, to, "FIN ACK", "")
	s.move(f.seq, from, sent, "sent FIN")
	in := s.arrive(f)
	s.move(in, to, got, "received FIN")
	in = s.arrive(s.send(in, to, from, "ACK", ""))
	s.move(in, from, acked, "our FIN is acknowledged")
}
