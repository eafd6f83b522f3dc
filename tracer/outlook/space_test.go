package outlook

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"sockplay/tracer"
)

// figure is a space in one line.
func figure(s Space) string {
	var parts []string
	for i, p := range s.Stretches {
		parts = append(parts, strings.TrimSuffix(p.Name+": "+p.Count, ": "))
		if i < len(s.Edges) {
			parts = append(parts, fmt.Sprintf("[%s %d]", strings.Join(s.Edges[i].Names, " "), s.Edges[i].At))
		}
	}
	return strings.Join(parts, " ")
}

func TestSpaces(t *testing.T) {
	n, size := tracer.Know[uint32], tracer.Know[int]
	for _, c := range []struct {
		b             tracer.TCB
		send, receive string
	}{
		{tracer.TCB{}, "", ""},
		{
			tracer.TCB{SndUna: n(0), SndNxt: n(1)},
			"acknowledged: nothing [SND.UNA 0] sent, not acknowledged: SYN [SND.NXT 1] window not known yet", "",
		},
		{
			tracer.TCB{SndUna: n(1), SndNxt: n(2), SndWnd: size(10), RcvNxt: n(3), RcvWnd: size(0)},
			"acknowledged: SYN [SND.UNA 1] sent, not acknowledged: 1 byte [SND.NXT 2] may be sent: 9 bytes [SND.UNA+SND.WND 11] must wait",
			"received: SYN + 2 bytes [RCV.NXT RCV.NXT+RCV.WND 3] outside: dropped",
		},
		{
			tracer.TCB{SndUna: n(5), SndNxt: n(5), SndWnd: size(0), Unsent: size(7)},
			"acknowledged: SYN + 4 bytes [SND.UNA SND.NXT SND.UNA+SND.WND 5] must wait: 7 bytes", "",
		},
		{
			tracer.TCB{SndUna: n(5), SndNxt: n(9), SndWnd: size(2)},
			"acknowledged: SYN + 4 bytes [SND.UNA 5] sent, not acknowledged: 2 bytes [SND.UNA+SND.WND 7] sent, beyond the window: 2 bytes [SND.NXT 9] must wait", "",
		},
		{
			tracer.TCB{SndUna: n(5), SndNxt: n(9), SndWnd: size(100), FinSent: true, RcvNxt: n(2), RcvWnd: size(7), FinCame: true},
			"acknowledged: SYN + 4 bytes [SND.UNA 5] sent, not acknowledged: 3 bytes + FIN [SND.NXT 9] unused, after a FIN: 96 bytes [SND.UNA+SND.WND 105] beyond the window",
			"received: SYN + FIN [RCV.NXT 2] unused, after a FIN: 7 bytes [RCV.NXT+RCV.WND 9] outside: dropped",
		},
		{
			tracer.TCB{RcvNxt: n(10), RcvWnd: size(100), Early: [][2]uint32{{20, 30}, {40, 50}}},
			"",
			"received: SYN + 9 bytes [RCV.NXT 10] missing: 10 bytes [ 20] came early: 20 bytes [ 50] may arrive: 60 bytes [RCV.NXT+RCV.WND 110] outside: dropped",
		},
		{ // the circle of numbers
			tracer.TCB{SndUna: n(1<<32 - 1), SndNxt: n(1), SndWnd: size(4)},
			"acknowledged: SYN + 4294967294 bytes [SND.UNA 4294967295] sent, not acknowledged: 2 bytes [SND.NXT 1] may be sent: 2 bytes [SND.UNA+SND.WND 3] must wait", "",
		},
	} {
		send, _ := SendSpace(&c.b)
		if got := figure(send); got != c.send {
			t.Errorf("send %+v:\n%s, want\n%s", c.b, got, c.send)
		}
		receive, _ := ReceiveSpace(&c.b)
		if got := figure(receive); got != c.receive {
			t.Errorf("receive %+v:\n%s, want\n%s", c.b, got, c.receive)
		}
	}
}

// Whatever the numbers are, there is one stretch more than edges, and no two
// edges are at one number.
func TestSpacesHold(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 10000 {
		number := func() tracer.Known[uint32] { return tracer.Know(uint32(r.Intn(20))) }
		size := func() tracer.Known[int] { return tracer.Known[int]{Value: r.Intn(20), OK: r.Intn(5) > 0} }
		b := tracer.TCB{SndUna: number(), SndNxt: number(), SndWnd: size(), RcvNxt: number(), RcvWnd: size(), FinSent: r.Intn(2) == 0, FinCame: r.Intn(2) == 0, Unsent: size()}
		if r.Intn(3) == 0 {
			b.Early = [][2]uint32{{b.RcvNxt.Value + 1 + uint32(r.Intn(5)), b.RcvNxt.Value + 7 + uint32(r.Intn(5))}}
		}
		send, _ := SendSpace(&b)
		receive, _ := ReceiveSpace(&b)
		for _, s := range []Space{send, receive} {
			if len(s.Stretches) != len(s.Edges)+1 {
				t.Fatalf("%+v: %s", b, figure(s))
			}
			for i, e := range s.Edges {
				if i > 0 && e.At == s.Edges[i-1].At {
					t.Fatalf("%+v: %s", b, figure(s))
				}
			}
		}
	}
}

func TestMaySend(t *testing.T) {
	n, size := tracer.Know[uint32], tracer.Know[int]
	for _, c := range []struct {
		next         uint32
		window, cwnd int
		want         string
	}{
		{1, 100, 50, "50 bytes: cwnd is the smaller bound"},
		{1, 50, 100, "50 bytes: the peer's window is the smaller bound"},
		{1, 50, 50, "50 bytes"},
		{51, 100, 50, "nothing: cwnd is full"},
		{51, 50, 100, "nothing: the peer's window is full"},
		{51, 20, 100, "nothing: the peer's window has shrunk"},
		{1, 0, 100, "nothing: the peer's window is closed"},
	} {
		b := tracer.TCB{State: "ESTABLISHED", SndUna: n(1), SndNxt: n(c.next), SndWnd: size(c.window), Cwnd: size(c.cwnd)}
		if got := MaySend(&b); got != c.want {
			t.Errorf("next %d, window %d, cwnd %d: %s, want %s", c.next, c.window, c.cwnd, got, c.want)
		}
		b.FinSent = true
		if got := MaySend(&b); got != "" {
			t.Errorf("after a FIN %s may be sent", got)
		}
	}
}
