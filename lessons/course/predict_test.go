package course

import (
	"testing"

	"sockplay/lessons"
)

// TestGuess: what people type for a prediction is understood, and what is none of
// the kind that is asked for is not taken for one.
func TestGuess(t *testing.T) {
	for _, test := range []struct{ what, answer, want string }{
		{"state", "established", "ESTABLISHED"}, {"state", "ESTABLISHED.", "ESTABLISHED"}, {"state", "estab", "ESTABLISHED"},
		{"state", "close wait", "CLOSE-WAIT"}, {"state", "CLOSE_WAIT", "CLOSE-WAIT"}, {"state", "closewait", "CLOSE-WAIT"},
		{"state", "time-wait", "TIME-WAIT"}, {"state", "fin wait 2", "FIN-WAIT-2"}, {"state", "syn_rcvd", "SYN-RECEIVED"}, {"state", "SYN_RECV", "SYN-RECEIVED"},
		{"state", "listening", "LISTEN"}, {"state", "closed", "CLOSED"}, {"state", "open", ""}, {"state", "3", ""}, {"state", "", ""},
		{"packets", "3", "3"}, {"packets", "three", "3"}, {"packets", " 0 ", "0"}, {"packets", "3 packets", "3"}, {"packets", "none", "0"}, {"packets", "many", ""}, {"packets", "SYN", ""},
		{"return", "0", "0"}, {"return", "-1", "-1"}, {"return", "econnrefused", "ECONNREFUSED"}, {"return", "-1 EPIPE", "EPIPE"}, {"return", "blocked", "blocked"}, {"return", "it blocks", "blocked"}, {"return", "5 bytes", "5"}, {"return", "perhaps", ""}, {"return", "an error", "-1"}, {"return", "ECONNREST", ""},
		{"errno", "EAGAIN", "EAGAIN"}, {"errno", "ewouldblock", "EAGAIN"}, {"errno", "error", "-1"}, {"errno", "none", "none"}, {"errno", "5", ""},
		{"data", `"hello"`, "hello"}, {"data", "hello", "hello"}, {"data", `"a\n"`, "a\n"}, {"data", `""`, ""}, {"data", "", ""},
		{"blocked", "yes", "yes"}, {"blocked", "No.", "no"}, {"blocked", "perhaps", ""},
	} {
		got, ok := Guess(lessons.Probe{What: test.what}, test.answer)
		if got != test.want || ok != (test.want != "" || test.answer == `""`) {
			t.Errorf("%s %q: %q %v, not %q", test.what, test.answer, got, ok, test.want)
		}
		if Wanted(lessons.Probe{What: test.what}) == "" {
			t.Errorf("nothing says what kind of answer %s is", test.what)
		}
	}
}

// FuzzGuess: no answer crashes it, and what it understands it understands again.
func FuzzGuess(f *testing.F) {
	for _, what := range []string{"state", "packets", "return", "errno", "data", "blocked"} {
		f.Add(what, "ESTABLISHED")
		f.Add(what, "-1 EPIPE")
	}
	f.Fuzz(func(t *testing.T, what, answer string) {
		p := lessons.Probe{What: what}
		guess, ok := Guess(p, answer)
		if !ok {
			return
		}
		if again, ok := Guess(p, guess); what != "data" && (!ok || again != guess) {
			t.Errorf("%q is %q, and that is %q", answer, guess, again)
		}
	})
}
