package netstack

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sockplay/sandbox/command"
	"sockplay/tracer"
)

// afterLoss has a connection that uses an algorithm lose a segment, over a round
// trip of 200 ms, and gives the windows that it had from then on, in segments,
// one a round trip.
func afterLoss(t *testing.T, algorithm string, bytes int) (before float64, after []float64) {
	t.Helper()
	stack, err := New(1)
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	s := command.NewSession(stack, &tracer.Log{})
	defer s.Sandbox.Close()
	lines := `server: socket tcp
		server: setsockopt 3 SO_RCVBUF 200000
		server: bind 3 127.0.0.1:8080
		server: listen 3
		wire delay 99ms
		client: socket tcp
		client: setsockopt 3 TCP_CONGESTION ` + algorithm + `
		client: connect 3 127.0.0.1:8080
		server: accept 3
		server: recv 4 8000000 MSG_WAITALL
		client: write 3 "x" * 100000
		wire drop next DATA
		plot client:3
		client: write 3 "x" * ` + fmt.Sprint(bytes)
	for line := range strings.Lines(lines) {
		if _, err := s.Do(context.Background(), strings.TrimSpace(line)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	answer, err := s.Do(context.Background(), "plot client:3")
	if err != nil {
		t.Fatal(err)
	}
	samples := answer.Show.(command.Plot)[0].Samples
	cut, end := 0, 0
	for i, x := range samples {
		if i > 0 && x.Segments < samples[i-1].Segments {
			cut = i
		}
		if cut == 0 {
			before = x.Segments
		}
		if i > 0 && x.Segments != samples[i-1].Segments {
			end = i
		}
	}
	next := samples[cut].At
	for _, x := range samples[cut : end+1] {
		if x.At >= next {
			after = append(after, x.Segments)
			next += 200 * time.Millisecond
		}
	}
	return before, after
}

// TestReno: the window is halved by a loss, and then grows by one segment in each
// round trip (RFC 5681 3.1).
func TestReno(t *testing.T) {
	before, after := afterLoss(t, "reno", 2_300_000)
	if len(after) < 20 || after[0] < before*0.4 || after[0] > before*0.6 {
		t.Fatalf("from %v to %v", before, after)
	}
	for i := 3; i < len(after); i++ { // when recovery is over
		if d := after[i] - after[i-1]; d < 0 || d > 1.5 {
			t.Errorf("it grows by %v: %v", d, after)
		}
	}
	if n := len(after) - 1; after[n]-after[3] < float64(n-3)*0.8 {
		t.Errorf("it grows too slowly: %v", after)
	}
}

// TestCubic: the window falls to seven tenths, is back where it was after K
// seconds, and grows fast before, slowly there, and fast behind (RFC 9438 4.2).
func TestCubic(t *testing.T) {
	before, after := afterLoss(t, "cubic", 5_500_000)
	if len(after) < 30 || after[0] < before*0.68 || after[0] > before*0.72 {
		t.Fatalf("from %v to %v", before, after)
	}
	for i := 1; i < len(after); i++ {
		if after[i] < after[i-1] {
			t.Errorf("it shrinks: %v", after)
		}
	}
	// K = cubic root of 0.3 cwnd / 0.4, in seconds: 3.9 s for 79 segments.
	const k = 19 // round trips
	if d := after[k] - before; d < -3 || d > 3 {
		t.Errorf("after %d round trips it is %v, not the %v of before: %v", k, after[k], before, after)
	}
	first, middle, last := after[6]-after[1], after[k+2]-after[k-3], after[len(after)-1]-after[len(after)-6]
	if first < 2*middle || last < 2*middle {
		t.Errorf("five round trips add %v, %v, %v: no such curve: %v", first, middle, last, after)
	}
}
