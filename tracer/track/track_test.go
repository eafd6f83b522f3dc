package track

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/packet"
	"sockplay/tracer/tcpstate"
)

var (
	clientAddr = netip.MustParseAddrPort("127.0.0.1:40000")
	serverAddr = netip.MustParseAddrPort("127.0.0.1:8080")
)

// world is a tracker and what it wrote.
type world struct {
	*Tracker
	log     tracer.Log
	clock   time.Duration
	numbers int
}

func newWorld() *world {
	w := &world{}
	w.Tracker = New(&w.log, func() time.Duration { return w.clock })
	return w
}

// send puts a segment on the wire and, if fate is Delivered, delivers it too.
func (w *world) send(from, to netip.AddrPort, flags uint8, seq, ack uint32, size int, fate tracer.Fate) *tracer.Packet {
	h := packet.Header{Proto: "tcp", Src: from, Dst: to, Flags: flags, Seq: seq, Ack: ack, Len: size, Win: 1000, WS: -1}
	if flags&packet.SYN != 0 {
		h.WS = 7
	}
	w.numbers++
	p := &tracer.Packet{Number: w.numbers, Proto: "tcp", Len: size, Win: 1000, Seq: seq, Ack: ack, Flags: names(flags), Kind: kind(flags, size), Src: from.String(), Dst: to.String()}
	if fate == tracer.Captured {
		w.Observe(p, h, tracer.Captured, 0)
		return p
	}
	sent := w.Observe(p, h, tracer.Sent, 0)
	if fate == tracer.Delivered {
		w.Observe(p, h, tracer.Delivered, sent)
	}
	return p
}

func names(flags uint8) (list []string) {
	for i, n := range []string{"FIN", "SYN", "RST", "PSH", "ACK"} {
		if flags&(1<<i) != 0 {
			list = append(list, n)
		}
	}
	return list
}

func kind(flags uint8, size int) string {
	switch {
	case flags&packet.RST != 0:
		return tracer.RST
	case flags&packet.SYN != 0 && flags&packet.ACK != 0:
		return tracer.SYNACK
	case flags&packet.SYN != 0:
		return tracer.SYN
	case flags&packet.FIN != 0:
		return tracer.FIN
	case size > 0:
		return tracer.DATA
	}
	return tracer.ACK
}

// why is the reason of the packet's first event.
func (w *world) why(p *tracer.Packet) string {
	events, _ := w.log.Since(0)
	for _, e := range events {
		if e.Packet == p {
			return e.Why
		}
	}
	return ""
}

// listen makes the listener, and connect a connection to it.
func (w *world) listen(backlog int) *Endpoint {
	e := w.Open("server", 3, "tcp")
	w.Listen(e, serverAddr, backlog, 0)
	return e
}

func (w *world) connect(from netip.AddrPort, fd int) *Endpoint {
	e := w.Open("client", fd, "tcp")
	w.SetAddrs(e, from, serverAddr)
	w.send(from, serverAddr, packet.SYN, 1000, 0, 0, tracer.Delivered)
	w.send(serverAddr, from, packet.SYN|packet.ACK, 5000, 1001, 0, tracer.Delivered)
	w.send(from, serverAddr, packet.ACK, 1001, 5001, 0, tracer.Delivered)
	return e
}

func TestSession(t *testing.T) {
	w := newWorld()
	l := w.listen(5)
	c := w.connect(clientAddr, 3)
	if waiting, room := l.Backlog(); waiting != 1 || room != 5 {
		t.Errorf("%d of %d wait, want 1 of 5", waiting, room)
	}
	s := w.Accept(serverAddr, clientAddr, "server", 4)
	if waiting, _ := l.Backlog(); waiting != 0 {
		t.Errorf("%d wait after accept", waiting)
	}
	data := w.send(clientAddr, serverAddr, packet.PSH|packet.ACK, 1001, 5001, 5, tracer.Delivered)
	ack := w.send(serverAddr, clientAddr, packet.ACK, 5001, 1006, 0, tracer.Delivered)
	if data.Seq != 1 || data.Ack != 1 || ack.Seq != 1 || ack.Ack != 6 {
		t.Errorf("relative numbers: data seq %d ack %d, ACK seq %d ack %d", data.Seq, data.Ack, ack.Seq, ack.Ack)
	}
	if data.WScaled != 1000<<7 {
		t.Errorf("the window is %d, want %d", data.WScaled, 1000<<7)
	}
	if data.Sender != "client:3" || data.Receiver != "server:4" {
		t.Errorf("from %s to %s", data.Sender, data.Receiver)
	}
	w.send(clientAddr, serverAddr, packet.FIN|packet.ACK, 1006, 5001, 0, tracer.Delivered)
	w.Close(c, 0)
	w.send(serverAddr, clientAddr, packet.ACK, 5001, 1007, 0, tracer.Delivered)
	w.send(serverAddr, clientAddr, packet.FIN|packet.ACK, 5001, 1007, 0, tracer.Delivered)
	w.Close(s, 0)
	w.send(clientAddr, serverAddr, packet.ACK, 1007, 5002, 0, tracer.Delivered)
	for _, test := range []struct {
		e    *Endpoint
		want string
	}{
		{c, "CLOSED SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT"},
		{s, "LISTEN SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED"},
	} {
		if got := strings.Join(test.e.History(), " "); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
	if w.Expired(60*time.Second) != nil {
		t.Error("TIME-WAIT was over at once")
	}
	w.clock = time.Minute
	if list := w.Expired(60 * time.Second); !slices.Equal(list, []*Endpoint{c}) {
		t.Errorf("after a minute %v are over", list)
	}
	w.Timeout(c, tcpstate.TimeWaitOver, 0)
	if len(w.ends)+len(w.offers) != 0 || len(w.bound) != 1 {
		t.Errorf("left in the tables: %v %v %v", w.ends, w.offers, w.bound)
	}
}

// TestMidway: a direction first seen without its SYN starts at 1.
func TestMidway(t *testing.T) {
	w := newWorld()
	p := w.send(clientAddr, serverAddr, packet.PSH|packet.ACK, 70001, 90001, 10, tracer.Captured)
	q := w.send(serverAddr, clientAddr, packet.ACK, 90001, 70011, 0, tracer.Captured)
	if p.Seq != 1 || p.Ack != 1 || q.Seq != 1 || q.Ack != 11 {
		t.Errorf("data seq %d ack %d, ACK seq %d ack %d", p.Seq, p.Ack, q.Seq, q.Ack)
	}
	w.send(clientAddr, serverAddr, packet.FIN|packet.ACK, 70011, 90001, 0, tracer.Captured)
	if e := w.ends[pair{clientAddr, serverAddr}]; e.State() != "FIN-WAIT-1" {
		t.Errorf("the sender of the FIN is in %s", e.State())
	}
}

// TestRefused: the RST's numbers, and that nothing is left of the call.
func TestRefused(t *testing.T) {
	w := newWorld()
	c := w.Open("client", 3, "tcp")
	w.SetAddrs(c, clientAddr, serverAddr)
	w.send(clientAddr, serverAddr, packet.SYN, 1000, 0, 0, tracer.Delivered)
	rst := w.send(serverAddr, clientAddr, packet.RST|packet.ACK, 0, 1001, 0, tracer.Delivered)
	if rst.Seq != 1 || rst.Ack != 1 || rst.Sender != "" {
		t.Errorf("the RST: seq %d ack %d from %q", rst.Seq, rst.Ack, rst.Sender)
	}
	if got := strings.Join(c.History(), " "); got != "CLOSED SYN-SENT CLOSED" {
		t.Error(got)
	}
	if len(w.ends)+len(w.offers) != 0 {
		t.Errorf("left in the tables: %v %v", w.ends, w.offers)
	}
}

// TestQueueFull: with backlog 0 one connection waits; the ACK of a second
// handshake is dropped, and its connection stays half-open.
func TestQueueFull(t *testing.T) {
	w := newWorld()
	l := w.listen(0)
	other := netip.MustParseAddrPort("127.0.0.1:40001")
	// Both SYNs are answered before the first ACK comes.
	for _, a := range []netip.AddrPort{clientAddr, other} {
		w.send(a, serverAddr, packet.SYN, 1000, 0, 0, tracer.Delivered)
		w.send(serverAddr, a, packet.SYN|packet.ACK, 5000, 1001, 0, tracer.Delivered)
	}
	for _, a := range []netip.AddrPort{clientAddr, other} {
		w.send(a, serverAddr, packet.ACK, 1001, 5001, 0, tracer.Delivered)
	}
	if waiting, _ := l.Backlog(); waiting != 1 {
		t.Errorf("%d wait, want 1", waiting)
	}
	if s := w.ends[pair{serverAddr, other}].State(); s != "SYN-RECEIVED" {
		t.Errorf("the second is in %s", s)
	}
}

// TestReused: a new connection takes the place of one in TIME-WAIT.
func TestReused(t *testing.T) {
	w := newWorld()
	w.listen(5)
	w.connect(clientAddr, 3)
	s := w.Accept(serverAddr, clientAddr, "server", 4)
	w.send(serverAddr, clientAddr, packet.FIN|packet.ACK, 5001, 1001, 0, tracer.Delivered)
	w.Close(s, 0)
	w.send(clientAddr, serverAddr, packet.FIN|packet.ACK, 1001, 5002, 0, tracer.Delivered)
	w.send(serverAddr, clientAddr, packet.ACK, 5002, 1002, 0, tracer.Delivered)
	if s.State() != "TIME-WAIT" {
		t.Fatalf("the server is in %s", s.State())
	}
	c := w.Open("client", 5, "tcp")
	w.SetAddrs(c, clientAddr, serverAddr)
	syn := w.send(clientAddr, serverAddr, packet.SYN, 900000, 0, 0, tracer.Delivered)
	reply := w.send(serverAddr, clientAddr, packet.SYN|packet.ACK, 800000, 900001, 0, tracer.Delivered)
	if s.State() != "CLOSED" || c.State() != "ESTABLISHED" || syn.Seq != 0 || reply.Seq != 0 || reply.Ack != 1 {
		t.Errorf("old %s, new %s; SYN seq %d, SYN-ACK seq %d ack %d", s.State(), c.State(), syn.Seq, reply.Seq, reply.Ack)
	}
}

// TestUnanswered: SYNs that nobody answers do not pile up.
func TestUnanswered(t *testing.T) {
	w := newWorld()
	w.listen(5)
	for i := range 3 * maxOffers {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 1, byte(i >> 8), byte(i)}), 1234)
		w.send(from, serverAddr, packet.SYN, 1, 0, 0, tracer.Captured)
	}
	if len(w.offers) > maxOffers {
		t.Errorf("%d are kept", len(w.offers))
	}
}

func TestWhy(t *testing.T) {
	w := newWorld()
	w.listen(5)
	w.connect(clientAddr, 3)
	w.Accept(serverAddr, clientAddr, "server", 4)
	const data = packet.PSH | packet.ACK
	lost := w.send(clientAddr, serverAddr, data, 1001, 5001, 10, tracer.Sent)
	next := w.send(clientAddr, serverAddr, data, 1011, 5001, 10, tracer.Sent)
	again := w.send(clientAddr, serverAddr, data, 1001, 5001, 10, tracer.Sent)
	all := w.send(serverAddr, clientAddr, packet.ACK, 5001, 1021, 0, tracer.Sent)
	probe := w.send(clientAddr, serverAddr, packet.ACK, 1020, 5001, 0, tracer.Sent)
	fin := w.send(serverAddr, clientAddr, packet.FIN|packet.ACK, 5001, 1021, 0, tracer.Sent)
	finAgain := w.send(serverAddr, clientAddr, packet.FIN|packet.ACK, 5001, 1021, 0, tracer.Sent)
	for _, test := range []struct {
		p    *tracer.Packet
		want string
	}{
		{lost, "bytes 1 to 10"},
		{next, "bytes 11 to 20"},
		{again, "no acknowledgement has come in time: bytes 1 to 10 again"},
		{all, "all up to byte 20 has arrived"},
		{probe, "a keepalive probe"},
		{fin, "this side will send no more"},
		{finAgain, "the FIN is sent again"},
	} {
		if got := w.why(test.p); !strings.Contains(got, test.want) {
			t.Errorf("packet %d: %s, want ... %s ...", test.p.Number, got, test.want)
		}
	}
}

// TestDatagrams: a datagram is ascribed to the socket that is bound most
// exactly, or connected to its sender.
func TestDatagrams(t *testing.T) {
	w := newWorld()
	any := w.Open("server", 3, "udp")
	w.SetAddrs(any, netip.MustParseAddrPort("0.0.0.0:53"), netip.AddrPort{})
	exact := w.Open("server", 4, "udp")
	w.SetAddrs(exact, netip.MustParseAddrPort("127.0.0.2:53"), netip.AddrPort{})
	tied := w.Open("server", 5, "udp")
	w.SetAddrs(tied, netip.MustParseAddrPort("127.0.0.2:53"), clientAddr)
	for _, test := range []struct {
		from, to string
		want     string
	}{
		{"127.0.0.1:9", "127.0.0.1:53", "server:3"},
		{"127.0.0.1:9", "127.0.0.2:53", "server:4"},
		{"127.0.0.1:40000", "127.0.0.2:53", "server:5"},
		{"127.0.0.1:9", "127.0.0.1:54", ""},
	} {
		p := &tracer.Packet{Proto: "udp", Kind: tracer.UDP}
		w.Observe(p, packet.Header{Proto: "udp", Src: netip.MustParseAddrPort(test.from), Dst: netip.MustParseAddrPort(test.to)}, tracer.Sent, 0)
		if p.Receiver != test.want {
			t.Errorf("%s > %s is for %q, want %q", test.from, test.to, p.Receiver, test.want)
		}
	}
	six := w.Open("server", 6, "udp")
	w.SetAddrs(six, netip.MustParseAddrPort("[::]:53"), netip.AddrPort{})
	w.SetV6Only(six, true)
	if e := w.socketAt("udp", netip.MustParseAddrPort("127.0.0.9:53"), clientAddr); e != any {
		t.Errorf("an IPv4 datagram is for %s", label(e))
	}
	if e := w.socketAt("udp", netip.MustParseAddrPort("[::1]:53"), clientAddr); e != six {
		t.Errorf("an IPv6 datagram is for %s", label(e))
	}
	w.Close(six, 0)
	w.Close(any, 0)
	if len(w.bound[53]) != 2 {
		t.Errorf("%d sockets are left at the port", len(w.bound[53]))
	}
}

// TestLate: a packet that comes when both ends are closed keeps its number,
// and the flows of closed connections do not pile up.
func TestLate(t *testing.T) {
	w := newWorld()
	c := w.Open("client", 3, "tcp")
	w.SetAddrs(c, clientAddr, serverAddr)
	w.send(clientAddr, serverAddr, packet.SYN, 1000, 0, 0, tracer.Delivered)
	w.send(serverAddr, clientAddr, packet.RST|packet.ACK, 0, 1001, 0, tracer.Delivered)
	if late := w.send(clientAddr, serverAddr, packet.RST, 1003, 0, 0, tracer.Delivered); late.Seq != 3 {
		t.Errorf("the late RST has seq %d, want 3", late.Seq)
	}
	for i := range 3 * maxRetired {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 1, byte(i >> 8), byte(i)}), 1234)
		c := w.Open("client", 3, "tcp")
		w.SetAddrs(c, from, serverAddr)
		w.send(from, serverAddr, packet.SYN, 1000, 0, 0, tracer.Delivered)
		w.send(serverAddr, from, packet.RST|packet.ACK, 0, 1001, 0, tracer.Delivered)
	}
	if len(w.flows) > maxRetired+1 {
		t.Errorf("%d flows are kept", len(w.flows))
	}
}

// TestToItself: a connection of a socket to itself has one direction, whose
// windows are scaled as any.
func TestToItself(t *testing.T) {
	w := newWorld()
	c := w.Open("client", 3, "tcp")
	w.SetAddrs(c, clientAddr, clientAddr)
	w.send(clientAddr, clientAddr, packet.SYN, 1000, 0, 0, tracer.Delivered)
	w.send(clientAddr, clientAddr, packet.SYN|packet.ACK, 1000, 1001, 0, tracer.Delivered)
	data := w.send(clientAddr, clientAddr, packet.PSH|packet.ACK, 1001, 1001, 5, tracer.Delivered)
	if c.State() != "ESTABLISHED" || data.WScaled != 1000<<7 || data.Seq != 1 || data.Ack != 1 {
		t.Errorf("%s: window %d, seq %d, ack %d", c.State(), data.WScaled, data.Seq, data.Ack)
	}
}

// TestProgram: what a program sends by itself is no effect of what was
// delivered before, of another connection least of all.
func TestProgram(t *testing.T) {
	w := newWorld()
	w.send(clientAddr, serverAddr, packet.SYN, 1000, 0, 0, tracer.Captured)
	send := func(from, to netip.AddrPort, flags uint8, size int) tracer.Event {
		const cause = 1 // as if it were read after the SYN's delivery
		p := &tracer.Packet{Proto: "tcp", Len: size, Flags: names(flags), Kind: kind(flags, size), Src: from.String(), Dst: to.String()}
		seq := w.Observe(p, packet.Header{Proto: "tcp", Src: from, Dst: to, Flags: flags, Seq: 1001, Ack: 5001, Len: size, WS: -1}, tracer.Sent, cause)
		e, _ := w.log.Get(seq)
		return e
	}
	if e := send(clientAddr, serverAddr, packet.PSH|packet.ACK, 5); e.Cause != 0 || strings.Contains(e.Why, "made room") {
		t.Errorf("a program's data: cause %d, %s", e.Cause, e.Why)
	}
	other := netip.MustParseAddrPort("127.0.0.1:40001")
	if e := send(other, serverAddr, packet.RST, 0); e.Cause != 0 {
		t.Errorf("an RST of another connection: cause %d", e.Cause)
	}
}

// TestHalfOpen: one end has lost the connection and asks for a new one with the
// same addresses (RFC 9293 figure 9). What is of the old connection keeps its
// numbers, and what is of the new one begins at 0.
func TestHalfOpen(t *testing.T) {
	w := newWorld()
	w.listen(5)
	w.Vanish(w.connect(clientAddr, 3), 0)
	s := w.Accept(serverAddr, clientAddr, "server", 4)
	if s.State() != "ESTABLISHED" || len(w.Connections()) != 1 {
		t.Fatalf("the server is in %s, of %d connections", s.State(), len(w.Connections()))
	}
	for _, isn := range []uint32{900, 70_000, 1 << 31, 1<<32 - 5} {
		again := w.Open("client", 3, "tcp")
		w.SetAddrs(again, clientAddr, serverAddr)
		syn := w.send(clientAddr, serverAddr, packet.SYN, isn, 0, 0, tracer.Delivered)
		challenge := w.send(serverAddr, clientAddr, packet.ACK, 5001, 1001, 0, tracer.Delivered)
		reset := w.send(clientAddr, serverAddr, packet.RST, 1001, 0, 0, tracer.Sent)
		if syn.Seq != 0 || challenge.Seq != 1 || challenge.Ack != 1 || reset.Seq != 1 {
			t.Errorf("SYN %d, ACK %d of %d, RST %d", syn.Seq, challenge.Seq, challenge.Ack, reset.Seq)
		}
		w.Vanish(again, 0)
	}
	again := w.Open("client", 3, "tcp")
	w.SetAddrs(again, clientAddr, serverAddr)
	w.send(clientAddr, serverAddr, packet.SYN, 900, 0, 0, tracer.Delivered)
	w.send(clientAddr, serverAddr, packet.RST, 1001, 0, 0, tracer.Delivered)
	if s.State() != "CLOSED" {
		t.Errorf("the RST has left the server in %s", s.State())
	}
	w.send(clientAddr, serverAddr, packet.SYN, 900, 0, 0, tracer.Delivered)
	answer := w.send(serverAddr, clientAddr, packet.SYN|packet.ACK, 7000, 901, 0, tracer.Delivered)
	data := w.send(clientAddr, serverAddr, packet.PSH|packet.ACK, 901, 7001, 3, tracer.Delivered)
	if answer.Seq != 0 || answer.Ack != 1 || data.Seq != 1 || data.Ack != 1 || again.State() != "ESTABLISHED" {
		t.Errorf("SYN-ACK %d of %d, data %d of %d, %s", answer.Seq, answer.Ack, data.Seq, data.Ack, again.State())
	}
}
