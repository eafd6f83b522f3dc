package sandbox_test

import (
	"context"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/sandbox/netstack"
	"sockplay/tracer"
	"sockplay/tracer/track"
)

// TestAccountsAgree: what both the tracer and the user stack know of the two
// sequence spaces is the same, at each step of many sessions, with loss and
// without.
func TestAccountsAgree(t *testing.T) {
	for seed := int64(1); seed <= 40; seed++ {
		stack, err := netstack.New(seed)
		if err != nil {
			t.Fatal(err)
		}
		log := &tracer.Log{}
		s := command.NewSession(stack, log)
		s.Sandbox.Seed(seed)
		faulty, old, next := false, false, map[string]uint32{}
		log.Sink(func(e tracer.Event) {
			if p := e.Packet; p != nil && e.Fate == tracer.Sent {
				old = old || p.Seq < next[p.Src]
				next[p.Src] = max(next[p.Src], p.Seq+uint32(p.Len))
			}
		})
		compared := 0
		for _, line := range session(rand.New(rand.NewSource(seed)), seed%2 == 0) {
			_, _ = s.Do(context.Background(), line) // what is blocked can do nothing else
			for _, p := range s.Sandbox.Processes() {
				for fd := 3; fd < 9; fd++ {
					if e := p.Endpoint(fd); e != nil {
						n, wrong := agree(s.Sandbox, e, old)
						for _, w := range wrong {
							t.Errorf("seed %d, %s: %s:%d in %s: %s", seed, line, p.Name(), fd, e.State(), w)
						}
						compared += n
						faulty = faulty || wrong != nil
					}
				}
			}
			if faulty {
				break
			}
		}
		if compared < 100 {
			t.Errorf("seed %d: only %d numbers were compared", seed, compared)
		}
		s.Sandbox.Close()
		stack.Close()
	}
}

// maxScale is less than the unit in which a window is told (RFC 7323 2).
const maxScale = 1<<7 - 1

// agree compares the two accounts of an endpoint. Where old numbers are on the
// wire, sent again or as a probe, the two have rules of their own. The tracer
// takes the ACK of a segment just before the window, as Linux does; gVisor keeps
// to table 6 of RFC 9293 3.10.7.4, and may be behind until the next ACK. And gVisor
// believes the window of each segment, also of an old one, which RFC and Linux
// do not.
func agree(s *sandbox.Sandbox, e *track.Endpoint, old bool) (compared int, wrong []string) {
	ours, theirs, tracked, has := s.Accounts(e)
	if !tracked || !has {
		return 0, nil
	}
	differ := func(name string, a, b any) { wrong = append(wrong, fmt.Sprintf("%s: tracer %v, stack %v", name, a, b)) }
	for _, n := range []struct {
		name       string
		our, their tracer.Known[uint32]
	}{{"SND.UNA", ours.SndUna, theirs.SndUna}, {"SND.NXT", ours.SndNxt, theirs.SndNxt}, {"RCV.NXT", ours.RcvNxt, theirs.RcvNxt}} {
		if n.our.OK && n.their.OK {
			ahead := old && n.name == "SND.UNA" && n.our.Value > n.their.Value ||
				n.name == "RCV.NXT" && n.our.Value-n.their.Value <= maxScale // what the scale has cut off, below
			if compared++; n.our != n.their && !ahead {
				differ(n.name, n.our.Value, n.their.Value)
			}
		}
	}
	for _, n := range []struct {
		name       string
		our, their tracer.Known[int]
		off        int // by which they may differ
	}{
		{"SND.WND", ours.SndWnd, theirs.SndWnd, 0},
		// A window told again is cut to its scale. What was promised before, and
		// is a little more, the tracer still holds to, and gVisor does not.
		{"RCV.WND", ours.RcvWnd, theirs.RcvWnd, maxScale},
	} {
		if n.our.OK && n.their.OK && !(old && n.name == "SND.WND") {
			if compared++; n.our.Value < n.their.Value || n.our.Value > n.their.Value+n.off {
				differ(n.name, n.our.Value, n.their.Value)
			}
		}
	}
	return compared, wrong
}

// session is a connection with a few random steps in it, and its end.
func session(r *rand.Rand, lossy bool) []string {
	rcvbuf := []int{4000, 20000, 100000}[r.Intn(3)]
	lines := strings.Split(fmt.Sprintf(`server: socket tcp
server: bind 3 127.0.0.1:8080
server: setsockopt 3 SO_RCVBUF %d
server: listen 3
client: socket tcp
client: connect 3 127.0.0.1:8080
server: accept 3`, rcvbuf), "\n")
	add := func(format string, v ...any) { lines = append(lines, fmt.Sprintf(format, v...)) }
	one := func() (string, int) {
		if r.Intn(2) == 0 {
			return "client", 3
		}
		return "server", 4
	}
	for range 20 + r.Intn(30) {
		p, fd := one()
		switch r.Intn(8) {
		case 0, 1, 2:
			add("%s: send %d %d MSG_DONTWAIT", p, fd, 1+r.Intn(20000))
		case 3, 4:
			add("%s: recv %d %d MSG_DONTWAIT", p, fd, 1+r.Intn(30000))
		case 5:
			add("advance %dms", 1+r.Intn(3000))
		case 6:
			if lossy {
				add("wire loss %d%%", []int{10, 30, 100}[r.Intn(3)])
			}
		case 7:
			add("wire clear")
		}
		if r.Intn(20) == 0 {
			add("%s: shutdown %d wr", p, fd)
		}
	}
	add("wire clear")
	p, fd := one()
	add("%s: close %d", p, fd)
	add("advance 100ms")
	p, fd = one()
	add("%s: close %d", p, fd)
	add("advance")
	return lines
}
