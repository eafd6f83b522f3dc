package netstack_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sockplay/tracer"
)

// block is the control block of a descriptor's connection.
func (r *record) block(t *testing.T, process string, fd int) tracer.TCB {
	t.Helper()
	b := r.session.Sandbox.TCB(r.session.Sandbox.Process(process).Endpoint(fd))
	if b == nil {
		t.Fatalf("%s:%d has no connection", process, fd)
	}
	return *b
}

// kindsOf are the kinds of the timers that run.
func kindsOf(b tracer.TCB) (list []string) {
	for _, t := range b.Timers {
		list = append(list, t.Kind)
	}
	return list
}

// TestTCB: gVisor's fields are where they are looked for, and mean what they are
// taken for.
func TestTCB(t *testing.T) {
	r := start(t, 1)
	r.do(t, "server: socket tcp\nserver: bind 3 127.0.0.1:8080\nserver: listen 3\nclient: socket tcp\nwire loss 100%\nclient: connect 3 127.0.0.1:8080\n")
	b := r.block(t, "client", 3)
	if b.RTO != tracer.Know(time.Second) || b.Again != tracer.Know(0) || b.Cwnd.OK || b.SRTT.OK || b.RcvNxt.OK || b.SndWnd.OK {
		t.Errorf("SYN-SENT: %+v", b)
	}
	r.do(t, "advance\nadvance\n")
	if b = r.block(t, "client", 3); b.RTO != tracer.Know(4*time.Second) || b.Again != tracer.Know(2) {
		t.Errorf("a SYN sent three times: RTO %v, %v times again", b.RTO.Value, b.Again)
	}

	r = start(t, 1)
	r.do(t, connected)
	b = r.block(t, "client", 3)
	mss := b.MSS.Value
	if mss != 1420 || b.Cwnd.Value != 10*mss || b.Threshold.Value != tracer.NoThreshold || b.Algorithm != "reno" || b.Congestion != tracer.CongestionOpen {
		t.Errorf("congestion control at first: %+v", b)
	}
	if b.SRTT != tracer.Know(2*time.Millisecond) || b.RTTVar != tracer.Know(time.Millisecond) || b.RTO != tracer.Know(200*time.Millisecond) {
		t.Errorf("the timeout at first: %v %v %v", b.SRTT, b.RTTVar, b.RTO)
	}
	r.do(t, "client: setsockopt 3 TCP_KEEPIDLE 30\nclient: setsockopt 3 SO_KEEPALIVE on\n")
	if got := kindsOf(r.block(t, "client", 3)); !slices.Equal(got, []string{"keepalive"}) {
		t.Errorf("the timers: %v", got)
	}
	r.do(t, "wire loss 100% from client\nclient: write 3 \"hello\"\nadvance\n")
	if b = r.block(t, "client", 3); b.Again.Value != 1 || b.AgainAll.Value != 1 || b.RTO.Value != 200*time.Millisecond || b.Cwnd.Value != 10*mss {
		t.Errorf("after the tail probe: %+v", b)
	}
	r.do(t, "advance\nadvance\n")
	b = r.block(t, "client", 3)
	if b.Again.Value != 3 || b.AgainAll.Value != 3 || b.RTO.Value != 800*time.Millisecond || b.Cwnd.Value != mss || b.Threshold.Value != 2*mss || b.Congestion != tracer.CongestionLoss {
		t.Errorf("after two timeouts: %+v", b)
	}
	if b.SendQ.Value != 5 || b.Unsent.Value != 0 || b.InFlight().Value != 5 || !slices.Contains(kindsOf(b), "retransmission") {
		t.Errorf("in flight: %+v", b)
	}
	r.do(t, "wire clear\nadvance\nclient: write 3 64k\n")
	b = r.block(t, "client", 3)
	if b.SndWnd.Value != 0 || b.Unsent.Value == 0 || b.SendQ != b.Unsent || b.Timers[0].Kind != "window probe" || b.Again.Value != 0 {
		t.Errorf("a closed window: %+v", b)
	}
	if p := r.block(t, "server", 4); p.RcvWnd.Value != 0 || p.RecvQ.Value == 0 || p.RcvNxt != b.SndNxt {
		t.Errorf("at the other end: %+v", p)
	}
}

// notes are the remarks about sockets that are watched, since the event of that
// number.
func (r *record) notes(from int) (list []string) {
	for _, e := range r.events[from:] {
		if e.Kind == tracer.KindNote && strings.Contains(e.Text, ":3  ") {
			list = append(list, e.Text)
		}
	}
	return list
}

// TestWatch: after each line what has changed of what is watched is told, once,
// and nothing where nothing has.
func TestWatch(t *testing.T) {
	for range 2 { // the same to the letter
		r := start(t, 1)
		for _, step := range []struct {
			line string
			want []string
		}{
			{"server: socket tcp", nil},
			{"watch server:3", nil},
			{"server: bind 3 127.0.0.1:8080", []string{"server:3  local * -> 127.0.0.1:8080"}},
			{"server: listen 3", []string{"server:3  CLOSED -> LISTEN"}},
			{"client: socket tcp", nil},
			{"client: watch 3", nil},
			{"client: connect 3 127.0.0.1:8080", []string{
				"server:3  waiting for accept 0 -> 1",
				"client:3  SND.UNA 1, SND.NXT 1, SND.WND 29184, RCV.NXT 1, RCV.WND 29184, cwnd 14200",
			}},
			{"accept 3", []string{"server:3  waiting for accept 1 -> 0"}},
			{"watch server:3 off", nil},
			{"sockets", nil},
			{"wire loss 100% from client", nil},
			{"client: write 3 \"hello\"", []string{"client:3  SND.NXT 1 -> 6, RCV.WND 29184 -> 65536, tail probe timer set, 200 ms"}},
			{"advance 10ms", nil},
			{"advance", []string{"client:3  sent again 0 -> 1, retransmission timer set, 200 ms, tail probe timer off"}},
			{"advance", []string{"client:3  cwnd 14200 -> 1420, ssthresh none -> 2840, RTO 200 ms -> 400 ms, sent again 1 -> 2, control Open -> Loss"}},
			{"wire clear", nil},
			{"watch", nil},
			{"advance", []string{"client:3  SND.UNA 1 -> 6, SND.WND 29184 -> 29056, cwnd 1420 -> 2840, RTO 400 ms -> 200 ms, sent again 2 -> 3, control Loss -> Open, retransmission timer off"}},
			{"write 4 \"hi\"", []string{"client:3  SND.WND 29056 -> 65152, RCV.NXT 1 -> 3, RCV.WND 65536 -> 65408, to read 0 -> 2"}},
			{"client: read 3 10", []string{"client:3  to read 2 -> 0"}},
			{"expect return 2", nil},
			{"vanish client", []string{"client:3  the connection is over, it is closed, and watched no longer"}},
			{"advance 1s", nil},
		} {
			from := len(r.events)
			r.run(t, step.line)
			if got := r.notes(from); !slices.Equal(got, step.want) {
				t.Errorf("%s:\n%q, want\n%q", step.line, got, step.want)
			}
		}
		lines := r.session.Lines()
		for _, want := range []string{"watch server:3", "client: watch 3", "watch server:3 off"} {
			if !slices.Contains(lines, want) {
				t.Errorf("the session does not hold %s: %q", want, lines)
			}
		}
		if slices.Contains(lines, "watch") || slices.Contains(lines, "sockets") {
			t.Errorf("the session holds what does nothing: %q", lines)
		}
	}
}
