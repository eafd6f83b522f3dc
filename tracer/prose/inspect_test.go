package prose

import (
	"bytes"
	"testing"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink/inktest"
)

// TestInspect tells control blocks, and sockets that have none.
func TestInspect(t *testing.T) {
	var all bytes.Buffer
	o := Options{}
	tell := func(s tracer.Socket, b *tracer.TCB, path ...string) {
		if err := Inspect(&all, "client:3", s, b, path, o); err != nil {
			t.Fatal(err)
		}
		all.WriteByte('\n')
	}
	number, size := tracer.Know[uint32], tracer.Know[int]
	row := func(state string) tracer.Socket {
		return tracer.Socket{Type: "tcp", Local: "127.0.0.1:38604", Remote: "127.0.0.1:8080", State: state}
	}
	tell(row("ESTABLISHED"), &tracer.TCB{
		State: "ESTABLISHED", SndUna: number(1), SndNxt: number(6), SndWnd: size(65536), RcvNxt: number(21), RcvWnd: size(65516), Early: [][2]uint32{{31, 41}},
		RecvQ: size(20), SendQ: size(8), Unsent: size(3), MSS: size(1448), Cwnd: size(1448), Threshold: size(2896), Algorithm: "reno", Congestion: tracer.CongestionLoss,
		SRTT: tracer.Know(time.Millisecond), RTTVar: tracer.Know(500 * time.Microsecond), RTO: tracer.Know(1632 * time.Millisecond), Again: size(2), AgainAll: size(3),
		Timers: []tracer.TCBTimer{{Kind: "retransmission", Does: "sends again what is not acknowledged", In: 1632 * time.Millisecond}, {Kind: "keepalive", In: 2 * time.Hour}},
	})
	tell(row("SYN-SENT"), &tracer.TCB{State: "SYN-SENT", SndUna: number(0), SndNxt: number(1), RTO: tracer.Know(time.Second), Again: size(0)})
	tell(row("TIME-WAIT"), &tracer.TCB{
		State: "TIME-WAIT", SndUna: number(2), SndNxt: number(2), SndWnd: size(100), FinSent: true, RcvNxt: number(2), RcvWnd: size(0), FinCame: true, Shortened: true,
		Timers: []tracer.TCBTimer{{Kind: "TIME-WAIT", Does: "leaves TIME-WAIT", In: time.Minute}},
	})
	tell(row("CLOSED"), nil, "CLOSED", "SYN-SENT", "ESTABLISHED", "CLOSED")
	tell(tracer.Socket{Type: "tcp", Local: "127.0.0.1:8080", Remote: "*", State: "LISTEN", RecvQ: 1, SendQ: 5}, nil, "CLOSED", "LISTEN")
	tell(tracer.Socket{Type: "udp", Local: "*", Remote: "*"}, nil)
	tell(tracer.Socket{Type: "unix", Local: "\x1b[2J", Remote: "(closed)", RecvQ: 1}, nil)
	check(t, all.String(), o)
	inktest.Golden(t, "inspect", all.String())
}

// A note of what has changed of a watched socket has no arrows.
func TestWatched(t *testing.T) {
	var out bytes.Buffer
	if err := New(&out, Options{}).Draw([]tracer.Event{{Kind: tracer.KindNote, Text: "client:3  SND.UNA 1 -> 6, RTO 1 s -> 3 s"}}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "Note: client:3: SND.UNA 1 to 6, RTO 1 s to 3 s.\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
