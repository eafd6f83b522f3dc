package tcpstate

import "testing"

// exchange plays a figure of RFC 9293: two endpoints, A on the left and B on
// the right, and what they send. Each line of a figure is a call of send,
// deliver or both, and a want, which looks at both ends.
type exchange struct {
	t    *testing.T
	a, b Block
}

func (e *exchange) do(end *Block, in input) {
	e.t.Helper()
	*end, _ = apply(e.t, *end, in)
}

// send puts s on the wire, and leaves it there.
func (e *exchange) send(from *Block, s Segment) Segment {
	e.t.Helper()
	e.do(from, sent(s))
	return s
}

func (e *exchange) deliver(to *Block, s Segment) {
	e.t.Helper()
	e.do(to, got(s))
}

func (e *exchange) want(line string, a, b State) {
	e.t.Helper()
	if e.a.State() != a || e.b.State() != b {
		e.t.Fatalf("line %s: A is in %s and B in %s, want %s and %s", line, e.a.State(), e.b.State(), a, b)
	}
}

// open makes both ends ESTABLISHED: A goes on with 100, B with 300.
func (e *exchange) open() {
	e.t.Helper()
	e.b = Passive()
	e.deliver(&e.b, e.send(&e.a, seg(SYN, 99, 0, 0)))
	e.deliver(&e.a, e.send(&e.b, seg(SYN|ACK, 299, 100, 0)))
	e.deliver(&e.b, e.send(&e.a, seg(ACK, 100, 300, 0)))
	e.want("1", Established, Established)
}

func TestFigure6BasicHandshake(t *testing.T) {
	e := exchange{t: t, b: Passive()}
	e.want("1", Closed, Listen)
	syn := e.send(&e.a, seg(SYN, 100, 0, 0))
	e.want("2, sent", SynSent, Listen)
	e.deliver(&e.b, syn)
	e.want("2, delivered", SynSent, Listen) // the listener may yet drop it
	synAck := e.send(&e.b, seg(SYN|ACK, 300, 101, 0))
	e.want("3, sent", SynSent, SynReceived)
	e.deliver(&e.a, synAck)
	e.want("3, delivered", Established, SynReceived)
	ack := e.send(&e.a, seg(ACK, 101, 301, 0))
	e.want("4, sent", Established, SynReceived)
	e.deliver(&e.b, ack)
	e.want("4, delivered", Established, Established)
	e.deliver(&e.b, e.send(&e.a, seg(ACK, 101, 301, 10)))
	e.want("5", Established, Established)
}

func TestFigure7SimultaneousOpen(t *testing.T) {
	e := exchange{t: t}
	synA := e.send(&e.a, seg(SYN, 100, 0, 0))
	e.want("2", SynSent, Closed)
	synB := e.send(&e.b, seg(SYN, 300, 0, 0))
	e.want("2", SynSent, SynSent)
	e.deliver(&e.a, synB)
	e.want("3", SynReceived, SynSent)
	e.deliver(&e.b, synA)
	e.want("4", SynReceived, SynReceived)
	synAckA := e.send(&e.a, seg(SYN|ACK, 100, 301, 0))
	synAckB := e.send(&e.b, seg(SYN|ACK, 300, 101, 0))
	e.want("5", SynReceived, SynReceived)
	e.deliver(&e.a, synAckB)
	e.want("6", Established, SynReceived)
	e.deliver(&e.b, synAckA)
	e.want("7", Established, Established)
}

func TestFigure8OldDuplicateSyn(t *testing.T) {
	e := exchange{t: t, b: Passive()}
	syn := e.send(&e.a, seg(SYN, 100, 0, 0))
	e.want("2", SynSent, Listen)
	e.deliver(&e.b, seg(SYN, 90, 0, 0)) // the old duplicate
	e.want("3", SynSent, Listen)
	e.deliver(&e.a, e.send(&e.b, seg(SYN|ACK, 300, 91, 0)))
	e.want("4", SynSent, SynReceived)
	e.deliver(&e.b, e.send(&e.a, seg(RST, 91, 0, 0)))
	e.want("5", SynSent, Closed) // the figure's LISTEN: that of the listener itself
	e.b = Passive()
	e.deliver(&e.b, syn)
	e.want("6", SynSent, Listen)
	e.deliver(&e.a, e.send(&e.b, seg(SYN|ACK, 400, 101, 0)))
	e.want("7", Established, SynReceived)
	e.deliver(&e.b, e.send(&e.a, seg(ACK, 101, 401, 0)))
	e.want("8", Established, Established)
}

func TestFigure9HalfOpenDiscovery(t *testing.T) {
	e := exchange{t: t}
	e.open()
	e.a = Block{} // A crashed, and begins anew
	syn := e.send(&e.a, seg(SYN, 400, 0, 0))
	e.want("3, sent", SynSent, Established)
	e.deliver(&e.b, syn)
	e.want("3, delivered", SynSent, Established)
	e.deliver(&e.a, e.send(&e.b, seg(ACK, 300, 100, 0)))
	e.want("4", SynSent, Established)
	e.deliver(&e.b, e.send(&e.a, seg(RST, 100, 0, 0)))
	e.want("5 and 6", SynSent, Closed)
	e.send(&e.a, syn)
	e.want("7", SynSent, Closed)
}

func TestFigure10ActiveSideDiscovers(t *testing.T) {
	e := exchange{t: t}
	e.open()
	e.a = Block{} // A crashed
	e.deliver(&e.a, e.send(&e.b, seg(ACK, 300, 100, 10)))
	e.want("2", Closed, Established)
	e.deliver(&e.b, e.send(&e.a, seg(RST, 100, 0, 0)))
	e.want("3", Closed, Closed)
}

func TestFigure11OldDuplicateSynBetweenListeners(t *testing.T) {
	e := exchange{t: t, a: listener(), b: Passive()}
	e.deliver(&e.b, seg(SYN, 700, 0, 0)) // the old duplicate
	e.want("2", Listen, Listen)
	synAck := e.send(&e.b, seg(SYN|ACK, 300, 701, 0))
	e.want("3, sent", Listen, SynReceived)
	e.deliver(&e.a, synAck)
	e.want("3, delivered", Listen, SynReceived)
	e.deliver(&e.b, e.send(&e.a, seg(RST, 701, 0, 0)))
	e.want("4 and 5", Listen, Closed) // the figure's LISTEN: that of the listener itself
}

func TestFigure12NormalClose(t *testing.T) {
	e := exchange{t: t}
	e.open()
	fin := e.send(&e.a, seg(FIN|ACK, 100, 300, 0))
	e.do(&e.a, call(CallClose))
	e.want("2, sent", FinWait1, Established)
	e.deliver(&e.b, fin)
	e.want("2, delivered", FinWait1, CloseWait)
	e.deliver(&e.a, e.send(&e.b, seg(ACK, 300, 101, 0)))
	e.want("3", FinWait2, CloseWait)
	fin = e.send(&e.b, seg(FIN|ACK, 300, 101, 0))
	e.do(&e.b, call(CallClose))
	e.want("4, sent", FinWait2, LastAck)
	e.deliver(&e.a, fin)
	e.want("4, delivered", TimeWait, LastAck)
	e.deliver(&e.b, e.send(&e.a, seg(ACK, 101, 301, 0)))
	e.want("5", TimeWait, Closed)
	e.do(&e.a, ends(TimeWaitOver))
	e.want("6", Closed, Closed)
}

func TestFigure13SimultaneousClose(t *testing.T) {
	e := exchange{t: t}
	e.open()
	finA := e.send(&e.a, seg(FIN|ACK, 100, 300, 0))
	finB := e.send(&e.b, seg(FIN|ACK, 300, 100, 0))
	e.want("2, sent", FinWait1, FinWait1)
	e.deliver(&e.a, finB)
	e.deliver(&e.b, finA)
	e.want("2, delivered", Closing, Closing)
	ackA := e.send(&e.a, seg(ACK, 101, 301, 0))
	ackB := e.send(&e.b, seg(ACK, 301, 101, 0))
	e.want("3, sent", Closing, Closing)
	e.deliver(&e.a, ackB)
	e.want("3, one delivered", TimeWait, Closing)
	e.deliver(&e.b, ackA)
	e.want("3, both delivered", TimeWait, TimeWait)
	e.do(&e.a, ends(TimeWaitOver))
	e.do(&e.b, ends(TimeWaitOver))
	e.want("4", Closed, Closed)
}

// TestSelfConnect is a socket that is connected to its own address: every
// segment that it sends is delivered to itself.
func TestSelfConnect(t *testing.T) {
	var b Block
	for _, step := range []struct {
		s    Segment
		want State
	}{
		{seg(SYN, 100, 0, 0), SynReceived},
		{seg(SYN|ACK, 100, 101, 0), Established},
		{seg(ACK, 101, 101, 10), Established},
		{seg(ACK, 111, 111, 0), Established},
		{seg(FIN|ACK, 111, 111, 0), Closing},
		{seg(ACK, 112, 112, 0), TimeWait},
	} {
		b, _ = apply(t, b, sent(step.s), got(step.s))
		if b.State() != step.want {
			t.Fatalf("after %+v: %s, want %s", step.s, b.State(), step.want)
		}
	}
}
