package tcpstate

import (
	"strings"
	"testing"
)

// input is one thing that happens at an endpoint.
type input func(Block) (Block, []Transition)

func sent(s Segment) input { return func(b Block) (Block, []Transition) { return b.Sent(s) } }
func got(s Segment) input  { return func(b Block) (Block, []Transition) { return b.Delivered(s) } }
func call(c Call) input    { return func(b Block) (Block, []Transition) { return b.Call(c) } }
func ends(t Timer) input   { return func(b Block) (Block, []Transition) { return b.Timeout(t) } }

// seg is a segment with a window of 1000 octets.
func seg(f Flags, seq, ack uint32, n int) Segment {
	return Segment{Flags: f, Seq: seq, Ack: ack, Len: n, Win: 1000}
}

// apply gives b the inputs and returns the states that it went through, and
// checks that what comes out fits together.
func apply(t testing.TB, b Block, ins ...input) (Block, []State) {
	t.Helper()
	var path []State
	for _, in := range ins {
		before := b
		next, ts := in(b)
		if b != before {
			t.Fatalf("the input block was changed")
		}
		check(t, b, next, ts)
		for _, tr := range ts {
			path = append(path, tr.To)
		}
		b = next
	}
	return b, path
}

// check checks what holds for the transitions from one block to the next.
func check(t testing.TB, b, next Block, ts []Transition) {
	t.Helper()
	state := b.State()
	for _, tr := range ts {
		if tr.From != state {
			t.Fatalf("%s -> %s begins where no transition ended, in %s", tr.From, tr.To, state)
		}
		if !legal[tr.From][tr.To] {
			t.Fatalf("%s -> %s is no arrow of the machine", tr.From, tr.To)
		}
		checkPhrase(t, tr.Why)
		state = tr.To
	}
	if state == Closed && len(ts) > 0 && next != (Block{}) {
		t.Fatalf("a closed block remembers something: %+v", next)
	}
	if next.State() != state {
		t.Fatalf("State() = %s after the transitions led to %s", next.State(), state)
	}
}

func checkPhrase(t testing.TB, why string) {
	t.Helper()
	if why == "" || len(why) > 90 || strings.HasSuffix(why, ".") || strings.ToLower(why[:1]) != why[:1] {
		t.Fatalf("%q (%d) is not a short phrase in lower case", why, len(why))
	}
}

// legal is figure 5 of RFC 9293, with RST, ABORT and timeouts.
var legal = map[State]map[State]bool{
	Closed:      {Listen: true, SynSent: true},
	Listen:      {Closed: true, SynSent: true, SynReceived: true},
	SynSent:     {Closed: true, SynReceived: true, Established: true},
	SynReceived: {Closed: true, Established: true, FinWait1: true},
	Established: {Closed: true, FinWait1: true, CloseWait: true},
	FinWait1:    {Closed: true, FinWait2: true, Closing: true},
	FinWait2:    {Closed: true, TimeWait: true},
	CloseWait:   {Closed: true, LastAck: true, Closing: true},
	Closing:     {Closed: true, TimeWait: true},
	LastAck:     {Closed: true},
	TimeWait:    {Closed: true},
}

// The blocks below are ours: our ISS is 100 and the peer's 300, nothing but SYN
// and FIN has taken a number, and each window is 1000.

// later is b after the inputs.
func later(b Block, ins ...input) Block {
	for _, in := range ins {
		b, _ = in(b)
	}
	return b
}

func listener() Block { return later(Block{}, call(CallListen)) }
func synSent() Block  { return later(Block{}, sent(seg(SYN, 100, 0, 0))) }
func request() Block {
	return later(Passive(), got(seg(SYN, 300, 0, 0)), sent(seg(SYN|ACK, 100, 301, 0)))
}
func crossed() Block {
	return later(synSent(), got(seg(SYN, 300, 0, 0)), sent(seg(SYN|ACK, 100, 301, 0)))
}
func established() Block {
	return later(synSent(), got(seg(SYN|ACK, 300, 101, 0)), sent(seg(ACK, 101, 301, 0)))
}
func accepted() Block { return later(request(), got(seg(ACK, 301, 101, 0))) }
func finWait1() Block { return later(established(), sent(seg(FIN|ACK, 101, 301, 0))) }
func finWait2() Block { return later(finWait1(), got(seg(ACK, 301, 102, 0))) }
func closing() Block {
	return later(finWait1(), got(seg(FIN|ACK, 301, 101, 0)), sent(seg(ACK, 102, 302, 0)))
}
func timeWait() Block {
	return later(finWait2(), got(seg(FIN|ACK, 301, 102, 0)), sent(seg(ACK, 102, 302, 0)))
}
func closeWait() Block {
	return later(established(), got(seg(FIN|ACK, 301, 101, 0)), sent(seg(ACK, 101, 302, 0)))
}
func lastAck() Block { return later(closeWait(), sent(seg(FIN|ACK, 101, 302, 0))) }

// closed is b after close, its FIN sent or not.
func closed(b Block) Block { return later(b, call(CallClose)) }

func TestZeroBlockIsClosed(t *testing.T) {
	var b Block
	if b.State() != Closed || b.FinSent() || b.FinAcked() || b.Orphan() {
		t.Errorf("the zero Block is %s, FIN sent %t, acknowledged %t, orphan %t", b.State(), b.FinSent(), b.FinAcked(), b.Orphan())
	}
	if b := Passive(); b.State() != Listen {
		t.Errorf("Passive() is in %s", b.State())
	}
}

func TestMakers(t *testing.T) {
	for _, c := range []struct {
		b    Block
		want State
	}{
		{listener(), Listen}, {synSent(), SynSent}, {request(), SynReceived}, {crossed(), SynReceived},
		{established(), Established}, {accepted(), Established}, {finWait1(), FinWait1}, {finWait2(), FinWait2},
		{closing(), Closing}, {timeWait(), TimeWait}, {closeWait(), CloseWait}, {lastAck(), LastAck},
	} {
		if c.b.State() != c.want {
			t.Errorf("%s, want %s", c.b.State(), c.want)
		}
	}
}

// row is a row of the tables: what happens to a block, and the states that it
// goes through, which are none where want is "".
type row struct {
	name string
	b    Block
	ins  []input
	want string
}

func run(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, path := apply(t, r.b, r.ins...)
			words := make([]string, len(path))
			for i, s := range path {
				words[i] = string(s)
			}
			if got := strings.Join(words, " "); got != r.want {
				t.Errorf("went through %q, want %q", got, r.want)
			}
		})
	}
}

func one(in ...input) []input { return in }

// TestFigure5 goes along every arrow of RFC 9293 figure 5.
func TestFigure5(t *testing.T) {
	run(t, []row{
		{"CLOSED passive open", Block{}, one(call(CallListen)), "LISTEN"},
		{"CLOSED active open", Block{}, one(sent(seg(SYN, 100, 0, 0))), "SYN-SENT"},
		{"LISTEN close", listener(), one(call(CallClose)), "CLOSED"},
		{"LISTEN send", listener(), one(sent(seg(SYN, 100, 0, 0))), "SYN-SENT"},
		{"LISTEN SYN", Passive(), one(got(seg(SYN, 300, 0, 0)), sent(seg(SYN|ACK, 100, 301, 0))), "SYN-RECEIVED"},
		{"SYN-SENT close", synSent(), one(call(CallClose)), "CLOSED"},
		{"SYN-SENT SYN", synSent(), one(got(seg(SYN, 300, 0, 0))), "SYN-RECEIVED"},
		{"SYN-SENT SYN-ACK", synSent(), one(got(seg(SYN|ACK, 300, 101, 0))), "ESTABLISHED"},
		{"SYN-RECEIVED RST", request(), one(got(seg(RST, 301, 0, 0))), "CLOSED"}, // note 1: not LISTEN
		{"SYN-RECEIVED ACK of SYN", request(), one(got(seg(ACK, 301, 101, 0))), "ESTABLISHED"},
		{"SYN-RECEIVED close", crossed(), one(sent(seg(FIN|ACK, 101, 301, 0)), call(CallClose)), "FIN-WAIT-1"},
		{"ESTABLISHED close", established(), one(sent(seg(FIN|ACK, 101, 301, 0)), call(CallClose)), "FIN-WAIT-1"},
		{"ESTABLISHED FIN", established(), one(got(seg(FIN|ACK, 301, 101, 0))), "CLOSE-WAIT"},
		{"FIN-WAIT-1 ACK of FIN", finWait1(), one(got(seg(ACK, 301, 102, 0))), "FIN-WAIT-2"},
		{"FIN-WAIT-1 FIN", finWait1(), one(got(seg(FIN|ACK, 301, 101, 0))), "CLOSING"},
		{"FIN-WAIT-1 FIN and ACK of FIN", finWait1(), one(got(seg(FIN|ACK, 301, 102, 0))), "FIN-WAIT-2 TIME-WAIT"}, // note 2
		{"FIN-WAIT-2 FIN", finWait2(), one(got(seg(FIN|ACK, 301, 102, 0))), "TIME-WAIT"},
		{"CLOSING ACK of FIN", closing(), one(got(seg(ACK, 302, 102, 0))), "TIME-WAIT"},
		{"CLOSE-WAIT close", closeWait(), one(sent(seg(FIN|ACK, 101, 302, 0)), call(CallClose)), "LAST-ACK"},
		{"LAST-ACK ACK of FIN", lastAck(), one(got(seg(ACK, 302, 102, 0))), "CLOSED"},
		{"TIME-WAIT timeout", timeWait(), one(ends(TimeWaitOver)), "CLOSED"},
	})
}

func TestCalls(t *testing.T) {
	data := sent(seg(ACK, 101, 301, 50)) // it fills the peer's window: a FIN has to wait
	run(t, []row{
		{"listen twice", listener(), one(call(CallListen)), ""},
		{"listen when connected", established(), one(call(CallListen)), ""},
		{"close of nothing", Block{}, one(call(CallClose), call(CallShutdownBoth), call(CallAbort), call(CallDisconnect)), ""},

		{"shutdown rd of a listener", listener(), one(call(CallShutdownRead)), "CLOSED"},
		{"shutdown rdwr of a listener", listener(), one(call(CallShutdownBoth)), "CLOSED"},
		{"shutdown wr of a listener", listener(), one(call(CallShutdownWrite)), ""},
		{"disconnect of a listener", listener(), one(call(CallDisconnect)), "CLOSED"},

		{"shutdown rd in SYN-SENT", synSent(), one(call(CallShutdownRead)), "CLOSED"},
		{"shutdown wr in SYN-SENT", synSent(), one(call(CallShutdownWrite)), "CLOSED"},
		{"shutdown rdwr in SYN-SENT", synSent(), one(call(CallShutdownBoth)), "CLOSED"},
		{"vanish", established(), one(call(CallVanish)), "CLOSED"},
		{"vanish of a listener", listener(), one(call(CallVanish)), "CLOSED"},
		{"vanish in TIME-WAIT", timeWait(), one(call(CallVanish)), "CLOSED"},
		{"vanish of nothing", Block{}, one(call(CallVanish)), ""},
		{"abort in SYN-SENT", synSent(), one(call(CallAbort)), "CLOSED"},

		{"close in SYN-RECEIVED, no FIN yet", crossed(), one(call(CallClose)), "FIN-WAIT-1"},
		{"shutdown wr in SYN-RECEIVED waits for the handshake", crossed(), one(call(CallShutdownWrite)), ""},
		{"... and is done then", crossed(), one(call(CallShutdownWrite), got(seg(ACK, 301, 101, 0))), "ESTABLISHED FIN-WAIT-1"},
		{"... before its FIN", crossed(), one(call(CallShutdownWrite), got(seg(ACK, 301, 101, 0)), sent(seg(FIN|ACK, 101, 301, 0))), "ESTABLISHED FIN-WAIT-1"},
		{"shutdown rd in SYN-RECEIVED", crossed(), one(call(CallShutdownRead), got(seg(ACK, 301, 101, 0))), "ESTABLISHED"},

		{"close after its FIN", established(), one(sent(seg(FIN|ACK, 101, 301, 0)), call(CallClose)), "FIN-WAIT-1"},
		{"close before its FIN", established(), one(data, call(CallClose)), "FIN-WAIT-1"},
		{"close, its FIN later", established(), one(data, call(CallClose), sent(seg(FIN|ACK, 151, 301, 0))), "FIN-WAIT-1"},
		{"shutdown wr before its FIN", established(), one(data, call(CallShutdownWrite)), "FIN-WAIT-1"},
		{"shutdown rdwr before its FIN", established(), one(data, call(CallShutdownBoth)), "FIN-WAIT-1"},
		{"shutdown wr, then close", established(), one(sent(seg(FIN|ACK, 101, 301, 0)), call(CallShutdownWrite), call(CallClose)), "FIN-WAIT-1"},
		{"shutdown wr twice before its FIN", established(), one(data, call(CallShutdownWrite), call(CallShutdownWrite)), "FIN-WAIT-1"},
		{"an ACK of the data is none of a FIN that waits", established(), one(data, call(CallClose), got(seg(ACK, 301, 151, 0))), "FIN-WAIT-1"},
		{"shutdown rd", established(), one(call(CallShutdownRead)), ""},
		{"close in CLOSE-WAIT after its FIN", closeWait(), one(sent(seg(FIN|ACK, 101, 302, 0)), call(CallClose)), "LAST-ACK"},
		{"close in CLOSE-WAIT before its FIN", closeWait(), one(call(CallClose), sent(seg(FIN|ACK, 101, 302, 0))), "LAST-ACK"},
		{"shutdown wr in CLOSE-WAIT before its FIN", closeWait(), one(call(CallShutdownWrite)), "LAST-ACK"},
		{"shutdown rd in CLOSE-WAIT", closeWait(), one(call(CallShutdownRead)), ""},
		{"close in FIN-WAIT-2", finWait2(), one(call(CallClose)), ""},
		{"close in CLOSING", closing(), one(call(CallClose)), ""},
		{"close in LAST-ACK", lastAck(), one(call(CallClose)), ""},
		{"close in TIME-WAIT", timeWait(), one(call(CallClose)), ""},

		{"abort: the RST, then the call", established(), one(sent(seg(RST|ACK, 101, 301, 0)), call(CallAbort)), "CLOSED"},
		{"abort in LAST-ACK sends nothing", lastAck(), one(call(CallAbort)), "CLOSED"},
		{"abort in CLOSING sends nothing", closing(), one(call(CallAbort)), "CLOSED"},
		{"abort in TIME-WAIT", timeWait(), one(call(CallAbort)), ""},
		{"disconnect", established(), one(call(CallDisconnect)), "CLOSED"},
		{"disconnect in TIME-WAIT", timeWait(), one(call(CallDisconnect)), ""},

		{"no such call", established(), one(call(Call(99))), ""},
	})
}

func TestTimeouts(t *testing.T) {
	run(t, []row{
		{"SYN-SENT gives up", synSent(), one(ends(UserTimeout)), "CLOSED"},
		{"SYN-RECEIVED gives up", request(), one(ends(UserTimeout)), "CLOSED"},
		{"ESTABLISHED gives up", established(), one(ends(UserTimeout)), "CLOSED"},
		{"FIN-WAIT-1 gives up", finWait1(), one(ends(UserTimeout)), "CLOSED"},
		{"FIN-WAIT-2 gives up", finWait2(), one(ends(UserTimeout)), "CLOSED"},
		{"CLOSE-WAIT gives up", closeWait(), one(ends(UserTimeout)), "CLOSED"},
		{"CLOSING gives up", closing(), one(ends(UserTimeout)), "CLOSED"},
		{"LAST-ACK gives up", lastAck(), one(ends(UserTimeout)), "CLOSED"},
		{"CLOSED has no timer", Block{}, one(ends(UserTimeout), ends(TimeWaitOver), ends(FinWait2Over)), ""},
		{"LISTEN has no timer", listener(), one(ends(UserTimeout), ends(TimeWaitOver), ends(FinWait2Over)), ""},
		{"TIME-WAIT has its own", timeWait(), one(ends(UserTimeout), ends(FinWait2Over)), ""},
		{"no TIME-WAIT, no end of it", finWait2(), one(ends(TimeWaitOver)), ""},
		{"FIN-WAIT-2 after close ends", closed(finWait2()), one(ends(FinWait2Over)), "CLOSED"},
		{"FIN-WAIT-2 after shutdown does not", finWait2(), one(ends(FinWait2Over)), ""},
	})
}

func TestAccessors(t *testing.T) {
	for _, c := range []struct {
		name                string
		b                   Block
		sent, acked, orphan bool
	}{
		{"ESTABLISHED", established(), false, false, false},
		{"shutdown, FIN waits", later(established(), call(CallShutdownWrite)), false, false, false},
		{"FIN-WAIT-1", finWait1(), true, false, false},
		{"FIN-WAIT-1 after close", closed(finWait1()), true, false, true},
		{"FIN-WAIT-2", finWait2(), true, true, false},
		{"LAST-ACK after close", closed(lastAck()), true, false, true},
		{"a FIN with data is not acknowledged by an ACK of the data",
			later(established(), sent(seg(FIN|ACK, 101, 301, 9)), got(seg(ACK, 301, 110, 0))), true, false, false},
	} {
		if c.b.FinSent() != c.sent || c.b.FinAcked() != c.acked || c.b.Orphan() != c.orphan {
			t.Errorf("%s: FIN sent %t, acknowledged %t, orphan %t; want %t, %t, %t", c.name,
				c.b.FinSent(), c.b.FinAcked(), c.b.Orphan(), c.sent, c.acked, c.orphan)
		}
	}
}

func TestReused(t *testing.T) {
	b, ts := timeWait().Reused()
	check(t, timeWait(), b, ts)
	if b != (Block{}) || len(ts) != 1 {
		t.Errorf("TIME-WAIT: %s after %d transitions", b.State(), len(ts))
	}
	if b, ts := established().Reused(); b != established() || ts != nil {
		t.Errorf("ESTABLISHED: %s after %d transitions", b.State(), len(ts))
	}
}

// TestSeen begins in the middle of a connection.
func TestSeen(t *testing.T) {
	for _, c := range []struct {
		name  string
		s     Segment
		sent  bool
		state State
		want  string
	}{
		{"a SYN that it sent", seg(SYN, 100, 0, 0), true, Closed, "SYN-SENT"},
		{"a SYN delivered to it", seg(SYN, 300, 0, 0), false, Listen, ""},
		{"a SYN-ACK that it sent", seg(SYN|ACK, 100, 301, 0), true, Listen, "SYN-RECEIVED"},
		{"a SYN-ACK delivered to it", seg(SYN|ACK, 300, 101, 0), false, SynSent, "ESTABLISHED"},
		{"data that it sent", seg(ACK, 500, 900, 10), true, Established, ""},
		{"data delivered to it", seg(ACK, 900, 500, 10), false, Established, ""},
		{"a FIN that it sent", seg(FIN|ACK, 500, 900, 0), true, Established, "FIN-WAIT-1"},
		{"a FIN delivered to it", seg(FIN|ACK, 900, 500, 0), false, Established, "CLOSE-WAIT"},
		{"a RST that it sent", seg(RST, 500, 0, 0), true, Established, "CLOSED"},
		{"a RST delivered to it", seg(RST, 900, 0, 0), false, Established, "CLOSED"},
	} {
		b := Seen(c.s, c.sent)
		if b.State() != c.state {
			t.Errorf("%s: begins in %s, want %s", c.name, b.State(), c.state)
		}
		in := got(c.s)
		if c.sent {
			in = sent(c.s)
		}
		run(t, []row{{c.name, b, one(in), c.want}})
	}

	s := seg(ACK, 900, 500, 10)
	run(t, []row{
		{"an ACK of data sent before", Seen(s, false), one(got(s), got(seg(ACK, 910, 800, 0)), sent(seg(FIN|ACK, 800, 910, 0)), got(seg(ACK, 910, 801, 0))), "FIN-WAIT-1 FIN-WAIT-2"},
		{"a window of unknown scale", Seen(s, false), one(got(seg(ACK, 900, 500, 60000)), got(seg(FIN|ACK, 60900, 500, 0))), "CLOSE-WAIT"},
		{"a FIN out of order", Seen(s, false), one(got(s), got(seg(FIN|ACK, 920, 500, 0)), got(seg(ACK, 910, 500, 10))), "CLOSE-WAIT"},
	})
}
