package command

import (
	"context"
	"strings"
	"testing"

	"sockplay/tracer/ink"
)

// calling is a client's connect on a wire that is held.
var calling = append([]string{"wire hold"}, append(listening[:3:3], "client: socket tcp", "client: connect 3 127.0.0.1:8080")...)

// TestHeldPrompt: the prompt tells of what waits, as far as there is room, and
// a line copied with it is understood.
func TestHeldPrompt(t *testing.T) {
	for _, test := range []struct {
		lines         string
		columns       int
		want          string
		suggest, next string
	}{
		{"", 80, "server> ", "bind 3 127.0.0.1:8080", ""},
		{"client", 80, "client [blocked in connect(3); held, 1 in flight]> ", "step", "drop 1"},
		{"client", 30, "client [blocked; held, 1]> ", "step", "drop 1"},
		{"client", 20, "client> ", "step", "drop 1"},
		{"step 2", 80, "server [held, 1 in flight]> ", "step", "drop 3"},
		{"step 2\ndelay 3 1s", 80, "server [held, 1 in flight]> ", "step", "wire open"},
		{"step all", 80, "server [held]> ", "wire open", ""},
		{"step 2\ndelay 3 1s\nwire open", 80, "server [1 in flight]> ", "step", ""},
		{"wire open", 80, "server> ", "accept 3", ""},
	} {
		lines := calling
		if test.lines == "" {
			lines = []string{"socket tcp"}
		} else {
			lines = append(lines[:len(lines):len(lines)], strings.Split(test.lines, "\n")...)
		}
		s := play(t, lines...)
		if got := s.Prompt(test.columns); got != test.want {
			t.Errorf("%s: the prompt is %q, want %q", test.lines, got, test.want)
		}
		list := s.Next(s.current)
		if list[0].Text != test.suggest || test.next != "" && list[1].Text != test.next {
			t.Errorf("%s: next are %v, want %s, %s", test.lines, list, test.suggest, test.next)
		}
		if _, err := s.Do(context.Background(), s.Prompt(test.columns)+"wire"); err != nil {
			t.Errorf("%s: copied with its prompt: %v", test.lines, err)
		}
	}
}

// TestWireFits: what wire shows fits, whatever is on the wire.
func TestWireFits(t *testing.T) {
	lines := append(calling[:len(calling):len(calling)], "step 2", "advance 2s", "copy 3", "corrupt 3", "delay 4 50ms",
		"wire loss 20% from client", "wire rate 1mbit", "wire drop next SYN", "wire break FIN", "wire break client:3", "wire hold after 3")
	s := play(t, lines...)
	for _, width := range []int{20, 40, 60, 80, 200} {
		for _, set := range []func(int, bool) string{s.wireNow().Set, s.wireNow().Spoken} {
			text := set(width, width == 60)
			for line := range strings.Lines(text) {
				if ink.Width(strings.TrimSuffix(line, "\n")) >= max(width, 40) {
					t.Errorf("%d columns: %q is too wide", width, line)
				}
			}
			for _, want := range []string{"SYN-ACK", "damaged", "loss 20% from client", "drop next SYN", "hold after 3", "1 copied"} {
				if width >= 40 && !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
					t.Errorf("%d columns: nothing of %s:\n%s", width, want, text)
				}
			}
		}
	}
}

// TestWireRefusals: what is wrong with a line is told, with what would be right,
// and nothing on the wire is lost by it.
func TestWireRefusals(t *testing.T) {
	ctx := context.Background()
	s := play(t, append(calling[:len(calling):len(calling)], "step", "drop 2", "advance")...) // 3 is the SYN again
	for _, test := range []struct{ line, wrong, right string }{
		{"drop 1", "packet 1, SYN, has arrived already", "in flight: 3 (SYN)"},
		{"copy 2", "packet 2, SYN-ACK, is lost already", "in flight: 3 (SYN)"},
		{"deliver 99", "there has been no packet 99 yet", "in flight: 3 (SYN)"},
		{"corrupt 99", "there has been no packet 99 yet", "in flight: 3 (SYN)"},
		{"delay 99 1s", "there has been no packet 99 yet", "in flight: 3 (SYN)"},
		{"drop x", "the packet's number is x, not a number", "its number in the ladder"},
		{"drop 0", "out of range", "from 1"},
		{"drop 3 4", "4 is one word too many", "usage: drop [N]"},
		{"delay 3", "the delay is missing", "usage: delay N DURATION"},
		{"delay 3 -1s", "the delay -1s is negative", "time only goes on"},
		{"delay 3 5", "has no unit", "write 5s, or 5ms"},
		{"step 0", "out of range", "from 1"},
		{"step now", "not a number", "step all"},
		{"step to FINN", "FINN is no kind of packet", "did you mean FIN?"},
		{"step to FIN-ACK", "FIN-ACK is no kind of packet", "write FIN"},
		{"wire loss 101%", "the loss 101% is out of range", "from 0% to 100%"},
		{"wire loss 20", "the loss 20 has no %", "write 20%"},
		{"wire reorder x%", "x% is no share", "a share such as 20%"},
		{"wire delay 61s", "61s is too long", "up to 1 min; delay N 61s"},
		{"wire delay -1ms", "is negative", "time only goes on"},
		{"wire rate 0", "0 is no rate", "such as 56kbit or 1mbit; off for no limit"},
		{"wire rate 0mbit", "would take for ever", "from 1kbit to 100gbit"},
		{"wire drop next XYZ", "XYZ is no kind of packet", "one of RST, SYN-ACK, SYN"},
		{"wire drop 3", "drop of which packet", "drop N is for a packet in flight"},
		{"wire delay next SYN 2h", "2h is too long", "up to 1 min"},
		{"wire hold after", "the number of packets is missing", "usage: wire hold"},
		{"wire hold now", "now is one word too many", "wire hold after N"},
		{"wire break ESTABLISH", "there is no ESTABLISH to break at", "did you mean ESTABLISHED?"},
		{"wire break nobody:3", "no process is called nobody", "the processes are server, client"},
		{"wire break client:x", "client:x is no socket", "such as client:3"},
		{"wire clear nothing", "nothing is no rule", "one of loss, duplicate, rate, delay, reorder, break"},
		{"wire loss 10% client", "client is one word too many", "from PROCESS"},
		{"wire loss 10% from nobody", "no process is called nobody", "the processes are server, client"},
		{"wire hodl", "hodl is no rule", "did you mean hold?"},
	} {
		before := s.Sandbox.Wire().Count()
		_, err := s.Do(ctx, test.line)
		e, ok := err.(*Error)
		if !ok || !strings.Contains(e.Wrong, test.wrong) || !strings.Contains(e.Right, test.right) {
			t.Errorf("%s: %v", test.line, err)
		}
		w := s.Sandbox.Wire()
		if w.Count() != before || w.Find(3) == nil || len(w.Rules())+len(w.Onces())+len(s.Sandbox.Breaks()) > 0 || !w.Held() {
			t.Fatalf("%s: the wire is another one now", test.line)
		}
	}
	// What goes on as far as it can says how far that was.
	for _, test := range []struct{ line, wrong, right string }{
		{"step 5", "3 packets have arrived, not 5", "step all"},
		{"step", "nothing is in flight", "a call that sends something"},
		{"step all", "nothing is in flight", "a call"},
		{"drop", "nothing is in flight", "a call"},
	} {
		_, err := s.Do(ctx, test.line)
		if e, ok := err.(*Error); !ok || !strings.Contains(e.Wrong, test.wrong) || !strings.Contains(e.Right, test.right) {
			t.Errorf("%s: %v", test.line, err)
		}
	}
	s = play(t, calling...)
	if _, err := s.Do(ctx, "step to FIN"); err == nil || !strings.Contains(err.Error(), "no FIN has arrived, and nothing more is in flight") {
		t.Errorf("step to FIN: %v", err)
	}
	s = play(t)
	if _, err := s.Do(ctx, "step"); err == nil || !strings.Contains(err.Error(), "nothing is in flight; wire hold, and then a call") {
		t.Errorf("step: %v", err)
	}
}
