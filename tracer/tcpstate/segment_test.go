package tcpstate

import "testing"

func TestSequenceSpaceIsACircle(t *testing.T) {
	for _, c := range []struct {
		a, b   uint32
		before bool
	}{
		{1, 2, true}, {2, 1, false}, {7, 7, false},
		{0xffffffff, 0, true}, {0, 0xffffffff, false}, {0xfffffff0, 0x10, true},
	} {
		if got := before(c.a, c.b); got != c.before {
			t.Errorf("before(%#x, %#x) = %t", c.a, c.b, got)
		}
		if got := after(c.b, c.a); got != c.before {
			t.Errorf("after(%#x, %#x) = %t", c.b, c.a, got)
		}
	}
}

func TestSynAndFinCountOne(t *testing.T) {
	for _, c := range []struct {
		s            Segment
		dataEnd, end uint32
	}{
		{seg(ACK, 10, 0, 0), 10, 10},
		{seg(ACK, 10, 0, 5), 15, 15},
		{seg(SYN, 10, 0, 0), 11, 11},
		{seg(FIN|ACK, 10, 0, 5), 15, 16},
		{seg(FIN|ACK, 0xffffffff, 0, 0), 0xffffffff, 0},
	} {
		if c.s.dataEnd() != c.dataEnd || c.s.end() != c.end {
			t.Errorf("%+v ends at %d and %d, want %d and %d", c.s, c.s.dataEnd(), c.s.end(), c.dataEnd, c.end)
		}
	}
}

// TestFinBesideFin: a FIN that does not acknowledge the peer's left before that was
// taken in, although the tracer saw it later.
func TestFinBesideFin(t *testing.T) {
	b := closeWait()
	for _, c := range []struct {
		ack  uint32
		want State
	}{{b.rcvNxt, LastAck}, {b.rcvNxt - 1, Closing}} {
		got, ts := b.Sent(seg(FIN|ACK, b.sndNxt, c.ack, 0))
		if got.State() != c.want || len(ts) != 1 || ts[0].To != c.want {
			t.Errorf("ack %d: %s %v, not %s", c.ack, got.State(), ts, c.want)
		}
	}
}
