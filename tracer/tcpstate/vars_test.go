package tcpstate

import (
	"reflect"
	"testing"
)

// TestVars follows the variables through a connection.
func TestVars(t *testing.T) {
	win := func(s Segment, n int) Segment { s.Win = n; return s }
	b := Block{}
	for _, step := range []struct {
		name string
		in   input
		want Vars
	}{
		{"nothing", nil, Vars{}},
		{"SYN sent", sent(seg(SYN, 100, 0, 0)), Vars{Send: true, SndUna: 100, SndNxt: 101}},
		{"SYN-ACK", got(win(seg(SYN|ACK, 500, 101, 0), 700)), Vars{Send: true, SndUna: 101, SndNxt: 101, Offered: true, SndWnd: 700, Receive: true, RcvNxt: 501, Told: true, RcvWnd: 1000}},
		{"ACK sent", sent(seg(ACK, 101, 501, 0)), Vars{Send: true, SndUna: 101, SndNxt: 101, Offered: true, SndWnd: 700, Receive: true, RcvNxt: 501, Told: true, RcvWnd: 1000}},
		{"data sent", sent(seg(ACK, 101, 501, 50)), Vars{Send: true, SndUna: 101, SndNxt: 151, Offered: true, SndWnd: 700, Receive: true, RcvNxt: 501, Told: true, RcvWnd: 1000}},
		{"ACK, a smaller window", got(win(seg(ACK, 501, 151, 0), 650)), Vars{Send: true, SndUna: 151, SndNxt: 151, Offered: true, SndWnd: 650, Receive: true, RcvNxt: 501, Told: true, RcvWnd: 1000}},
		{"an older window", got(win(seg(ACK, 400, 151, 0), 9)), Vars{Send: true, SndUna: 151, SndNxt: 151, Offered: true, SndWnd: 650, Receive: true, RcvNxt: 501, Told: true, RcvWnd: 1000}},
		{"none, as late", got(win(seg(ACK, 501, 151, 0), 0)), Vars{Send: true, SndUna: 151, SndNxt: 151, Offered: true, Receive: true, RcvNxt: 501, Told: true, RcvWnd: 1000}},
		{"data too early", got(seg(ACK, 601, 151, 100)), Vars{Send: true, SndUna: 151, SndNxt: 151, Offered: true, SndWnd: 1000, Receive: true, RcvNxt: 501, Told: true, RcvWnd: 1000, Early: [][2]uint32{{601, 701}}}},
		{"the data before it", got(seg(ACK, 501, 151, 100)), Vars{Send: true, SndUna: 151, SndNxt: 151, Offered: true, SndWnd: 1000, Receive: true, RcvNxt: 701, Told: true, RcvWnd: 800}},
		{"ACK sent, a smaller window", sent(win(seg(ACK, 151, 701, 0), 900)), Vars{Send: true, SndUna: 151, SndNxt: 151, Offered: true, SndWnd: 1000, Receive: true, RcvNxt: 701, Told: true, RcvWnd: 900}},
		{"FIN sent", sent(seg(FIN|ACK, 151, 701, 0)), Vars{Send: true, SndUna: 151, SndNxt: 152, Offered: true, SndWnd: 1000, FinSent: true, Receive: true, RcvNxt: 701, Told: true, RcvWnd: 1000}},
		{"FIN", got(seg(FIN|ACK, 701, 152, 0)), Vars{Send: true, SndUna: 152, SndNxt: 152, Offered: true, SndWnd: 1000, FinSent: true, Receive: true, RcvNxt: 702, Told: true, RcvWnd: 999, FinCame: true}},
		{"TIME-WAIT is over", ends(TimeWaitOver), Vars{}},
	} {
		if step.in != nil {
			b = later(b, step.in)
		}
		if got := b.Vars(); !reflect.DeepEqual(got, step.want) {
			t.Errorf("%s:\n%+v, want\n%+v", step.name, got, step.want)
		}
	}
	if v := (listener()).Vars(); v.Send || v.Receive {
		t.Errorf("a listener has variables: %+v", v)
	}
	if v := Seen(seg(ACK, 7, 9, 3), true).Vars(); !v.Send || v.Offered || v.Told {
		t.Errorf("what was first seen in the middle has windows: %+v", v)
	}
}
