//go:build linux

package kernel_test

import (
	"context"
	"fmt"
	"math/rand"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockplay/sandbox/command"
	"sockplay/sandbox/kernel"
	"sockplay/tracer"
	"sockplay/tracer/track"
)

func init() { more["accounts"] = testAccounts }

// testAccounts: what struct tcp_info counts is what the tracer has counted, at
// each step of many sessions.
func testAccounts(t *testing.T, stack *kernel.Stack) {
	for seed := int64(1); seed <= 30 && !t.Failed(); seed++ {
		r := rand.New(rand.NewSource(seed))
		s := command.NewSession(stack, &tracer.Log{})
		compared := 0
		say := func(format string, v ...any) {
			line := fmt.Sprintf(format, v...)
			_, _ = s.Do(context.Background(), line) // of what is closed already
			for _, name := range []string{"client:3", "server:4"} {
				p, fd := s.Sandbox.Process(name[:6]), int(name[7]-'0')
				e := p.Endpoint(fd)
				if e == nil {
					continue
				}
				if said, n := stack.Info(e.Local, e.Remote); n > 0 && e.State() != "LISTEN" {
					compared++
					for _, wrong := range compare(s, e, name == "client:3", &said) {
						t.Errorf("seed %d, %s: %s in %s: %s", seed, line, name, e.State(), wrong)
					}
				}
			}
		}
		port := 20000 + int(seed)
		say("server: socket tcp")
		say("server: setsockopt 3 SO_RCVBUF %d", []int{5000, 30000, 200000}[r.Intn(3)])
		say("server: bind 3 127.0.0.1:%d", port)
		say("server: listen 3")
		say("client: socket tcp")
		say("client: connect 3 127.0.0.1:%d", port)
		say("server: accept 3")
		one := func() (string, int) {
			if r.Intn(2) == 0 {
				return "client", 3
			}
			return "server", 4
		}
		for range 30 {
			p, fd := one()
			switch r.Intn(8) {
			case 0, 1, 2:
				say("%s: send %d %d MSG_DONTWAIT", p, fd, 1+r.Intn(20000))
			case 3, 4, 5:
				say("%s: recv %d %d MSG_DONTWAIT", p, fd, 1+r.Intn(30000))
			case 6:
				say("wire loss 100%%")
			case 7:
				say("wire clear")
			}
		}
		say("wire clear")
		p, fd := one()
		say("%s: shutdown %d wr", p, fd)
		say("client: setsockopt 3 SO_LINGER 0") // nothing is left for the next session
		say("server: setsockopt 4 SO_LINGER 0")
		say("client: close 3")
		say("server: close 4")
		say("server: close 3")
		if compared < 50 {
			t.Errorf("seed %d: only %d times was there something to compare", seed, compared)
		}
		if n := s.Sandbox.Differences(); n > 0 {
			t.Errorf("seed %d: the tracer and the kernel differed %d times", seed, n)
		}
		s.Sandbox.Close()
	}
}

// maxUnscaled is the largest window that a SYN can tell (RFC 7323 2.2).
const maxUnscaled = 65535

// compare tells where the tracer and tcp_info differ. Linux counts the SYN among
// the octets that are acknowledged at the end that called, and the FIN in both
// directions.
func compare(s *command.Session, e *track.Endpoint, active bool, said *unix.TCPInfo) (wrong []string) {
	ours, theirs, _, _ := s.Sandbox.Accounts(e)
	check := func(what string, our tracer.Known[int], their int) {
		if our.OK && our.Value != their {
			wrong = append(wrong, fmt.Sprintf("%s: tracer %d, kernel %d", what, our.Value, their))
		}
	}
	una := int(ours.SndUna.Value)
	if !active {
		una--
	}
	check("bytes_acked", tracer.Know(una), int(said.Bytes_acked))
	if ours.RcvNxt.OK {
		check("bytes_received", tracer.Know(int(ours.RcvNxt.Value)-1), int(said.Bytes_received))
	}
	check("snd_wnd", ours.SndWnd, int(said.Snd_wnd))
	if ours.RcvWnd.Value != maxUnscaled { // as a SYN tells it; the kernel takes more
		check("rcv_wnd", ours.RcvWnd, int(said.Rcv_wnd))
	}
	if flight := ours.InFlight(); (flight.Value > 0) != (said.Unacked > 0) {
		wrong = append(wrong, fmt.Sprintf("unacked: tracer %d octets, kernel %d segments", flight.Value, said.Unacked))
	}
	if b := s.Sandbox.TCB(e); b.SendQ.OK && b.Unsent.OK && !b.FinSent && e.State() == "ESTABLISHED" {
		check("the send queue", b.InFlight(), b.SendQ.Value-b.Unsent.Value)
	}
	if theirs.Again.Value > theirs.AgainAll.Value+int(said.Probes) {
		wrong = append(wrong, fmt.Sprintf("sent again %d times, of %d", theirs.Again.Value, theirs.AgainAll.Value))
	}
	return wrong
}

// TestShortInfo: an older kernel tells a shorter struct tcp_info, and what it
// lacks is not known; a threshold that is infinite is none.
func TestShortInfo(t *testing.T) {
	info := unix.TCPInfo{Snd_mss: 1448, Snd_cwnd: 10, Snd_ssthresh: 0x7fffffff, Rto: 204000, Rtt: 90, Rttvar: 30, Notsent_bytes: 7, Snd_wnd: 8, Rcv_wnd: 9}
	for _, c := range []struct {
		linux                  string
		octets                 int
		unsent, sndWnd, rcvWnd bool
	}{
		{"3.10", 104, false, false, false}, {"4.6", 160, true, false, false}, {"5.4", 232, true, true, false}, {"6.2", 240, true, true, true},
	} {
		b := kernel.Fill(&info, c.octets)
		if b.Unsent.OK != c.unsent || b.SndWnd.OK != c.sndWnd || b.RcvWnd.OK != c.rcvWnd {
			t.Errorf("Linux %s: %+v", c.linux, b)
		}
		if b.Cwnd.Value != 14480 || b.Threshold.Value != tracer.NoThreshold || b.RTO.Value != 204*time.Millisecond || b.SRTT.Value != 90*time.Microsecond {
			t.Errorf("Linux %s: %+v", c.linux, b)
		}
	}
}
