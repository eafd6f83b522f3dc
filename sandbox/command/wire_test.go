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
