package netstack_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/sandbox/netstack"
	"sockplay/tracer"
)

// debugged is a session that can go back.
type debugged struct {
	*command.Session
	log  *tracer.Log
	told []string // the lines as Rewritten told them
}

func newDebugged(t testing.TB, seed int64) *debugged {
	t.Helper()
	stack, err := netstack.New(seed)
	if err != nil {
		t.Fatal(err)
	}
	d := &debugged{log: &tracer.Log{}}
	d.Session = command.NewSession(stack, d.log)
	d.Sandbox.Seed(seed)
	d.Again = func() (sandbox.Stack, error) { return netstack.New(seed) }
	d.Rewritten = func(lines []string) { d.told = lines }
	t.Cleanup(func() { d.Sandbox.Close(); d.Sandbox.Stack().Close() })
	return d
}

func (d *debugged) do(t testing.TB, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if _, err := d.Do(context.Background(), l); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
	}
}

// lived are the events that count, without their numbers and without the lines
// that were typed: what the world did.
func lived(log *tracer.Log) []string {
	all, _ := log.Since(0)
	var list []string
	for _, e := range tracer.Live(all) {
		if e.Kind == tracer.KindCommand || e.Kind == tracer.KindExpect {
			continue
		}
		e.Seq, e.Cause = 0, 0
		b, _ := e.MarshalJSON()
		list = append(list, string(b))
	}
	return list
}

// again does the session's lines in a fresh sandbox.
func again(t testing.TB, seed int64, lines []string) *debugged {
	t.Helper()
	d := newDebugged(t, seed)
	for _, l := range lines {
		_, _ = d.Do(context.Background(), l)
	}
	return d
}

func sameWorld(t testing.TB, what string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		var g, w string
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Fatalf("%s: event %d of %d and %d:\n%.300s\nwant\n%.300s", what, i, len(got), len(want), g, w)
		}
	}
}

const called = `socket tcp
bind 3 127.0.0.1:8080
listen 3
accept 3
client: socket tcp
client: connect 3 127.0.0.1:8080`

// TestLastAck: the last ACK of a handshake is lost, TCP sends again, and then the
// story is told another way.
func TestLastAck(t *testing.T) {
	d := newDebugged(t, 1)
	d.do(t, "wire hold")
	d.do(t, strings.Split(called, "\n")...)
	d.do(t, "step to SYN-ACK", "drop 3", "advance", "expect packets SYN SYN-ACK ACK SYN-ACK")
	d.do(t, "undo 2", "step", "expect packets SYN SYN-ACK ACK", "expect not blocked server",
		"expect states client:3 CLOSED SYN-SENT ESTABLISHED", "expect states server:4 LISTEN SYN-RECEIVED ESTABLISHED")
	if n := d.Sandbox.Wire().Count(); n.Sent != 3 || n.Delivered != 3 || n.Dropped != 0 {
		t.Errorf("%+v", n)
	}
	d.do(t, "step back", "expect blocked server", "expect states client:3 CLOSED SYN-SENT ESTABLISHED")
}

// TestStepBack goes back packet by packet to the beginning, over lines in which
// several have arrived, and forward again.
func TestStepBack(t *testing.T) {
	d := newDebugged(t, 1)
	d.do(t, strings.Split(called, "\n")...)
	d.do(t, `client: write 3 "hello"`, "read 4 5", "client: close 3", "close 4")
	var points [][]string
	for range 9 {
		points = append(points, lived(d.log))
		d.do(t, "step back")
		if !d.Sandbox.Wire().Held() {
			t.Fatal("the wire is not held")
		}
		sameWorld(t, "done again", lived(again(t, 1, d.Lines()).log), lived(d.log))
		if strings.Join(d.told, "\n") != strings.Join(d.Lines(), "\n") {
			t.Errorf("told of %q, the lines are %q", d.told, d.Lines())
		}
	}
	if _, err := d.Do(context.Background(), "step back"); err == nil || !strings.Contains(err.Error(), "no packet has arrived") {
		t.Errorf("at the beginning: %v", err)
	}
	for i := len(points) - 1; i >= 0; i-- {
		d.do(t, "redo")
		sameWorld(t, fmt.Sprintf("forward to %d", i), lived(d.log), points[i])
	}
	if _, err := d.Do(context.Background(), "redo"); err == nil {
		t.Error("redo, and there is nothing to do again")
	}
}

// TestRewindSaysSo: what is void is told by a note, and the numbers go on.
func TestRewindSaysSo(t *testing.T) {
	d := newDebugged(t, 1)
	d.do(t, "socket tcp")
	before := d.log.Last()
	d.do(t, "bind 3 127.0.0.1:1", "sockets", "undo")
	all, _ := d.log.Since(0)
	note := all[len(all)-1]
	if note.Kind != tracer.KindNote || note.Rewind != before || !strings.Contains(note.Text, "bind 3 127.0.0.1:1") || note.Seq != d.log.Last() {
		t.Errorf("%+v", note)
	}
	d.do(t, "undo")
	all, _ = d.log.Since(0)
	if note = all[len(all)-1]; note.Rewind != tracer.RewindAll {
		t.Errorf("%+v", note)
	}
	if got := tracer.Live(all); len(got) != 0 {
		t.Errorf("%d events are left of nothing", len(got))
	}
	d.do(t, "socket udp", "expect return 3")
}

// TestRewindAtRandom: wherever a session goes back to, it is as one that was never
// elsewhere.
func TestRewindAtRandom(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		d := newDebugged(t, int64(seed))
		d.do(t, strings.Split(called, "\n")...)
		if seed%2 == 0 {
			d.do(t, "watch client:3")
		}
		packet := func() string {
			f := d.Sandbox.Wire().InFlight()
			if len(f) == 0 {
				return "1"
			}
			return fmt.Sprint(f[r.IntN(len(f))].Info.Number)
		}
		backs := 0
		for range 60 {
			line := []string{
				`client: write 3 "some words"`, "client: write 3 4k", "write 4 300", "read 4 10", "client: recv 3 100 MSG_DONTWAIT",
				"wire hold", "wire open", "step", "step 3", "step to ACK", "step all", "drop", "copy " + packet(), "delay " + packet() + " 30ms",
				"deliver " + packet(), "corrupt " + packet(), "wire loss 20%", "wire duplicate 10% from client", "wire reorder 20%", "wire delay 3ms from server", "wire rate 10mbit",
				"wire clear", "wire drop next DATA", "wire hold next ACK", "wire break FIN", "wire hold after 2", "advance 50ms", "advance", "wait client 1s", "sockets",
				"undo", "undo 3", "step back", "step back 2", "redo", "redo 2", "interrupt client",
			}[r.IntN(37)]
			if strings.HasPrefix(line, "undo") || strings.Contains(line, "back") {
				backs++
			}
			if _, err := d.Do(context.Background(), line); err != nil && strings.Contains(err.Error(), "cannot go back") {
				t.Fatalf("seed %d: %s: %v; after\n%s", seed, line, err, strings.Join(d.Lines(), "\n"))
			}
			if err := d.Sandbox.Err(); err != nil {
				t.Fatal(err)
			}
		}
		if backs == 0 {
			continue
		}
		sameWorld(t, fmt.Sprintf("seed %d:\n%s\n", seed, strings.Join(d.Lines(), "\n")), lived(d.log), lived(again(t, int64(seed), d.Lines()).log))
		if n := d.Sandbox.Differences(); n > 0 {
			t.Errorf("seed %d: %d differences", seed, n)
		}
	}
}

// BenchmarkStepBack is step back, in a session of 1,000 packets: b.N times, and
// each time forward again.
func BenchmarkStepBack(b *testing.B) {
	d := newDebugged(b, 1)
	d.do(b, strings.Split(called, "\n")...)
	for n := 0; d.Sandbox.Wire().Count().Sent < 1000; n++ {
		d.do(b, `client: write 3 "hello"`, "read 4 5")
	}
	d.do(b, "wire hold", `client: write 3 "x"`)
	var took []time.Duration
	for b.Loop() {
		d.do(b, "step")
		began := time.Now()
		d.do(b, "step back")
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-ms")
	b.ReportMetric(took[len(took)-1].Seconds()*1e3, "max-ms")
	b.ReportMetric(float64(d.Sandbox.Wire().Count().Sent), "packets")
}
