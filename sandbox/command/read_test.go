package command

import (
	"cmp"
	"strings"
	"testing"
)

// TestRead: what a line says does not depend on how it is written.
func TestRead(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"", ": -"},
		{"  # a comment", ": -"},
		{"run touch x", ": run run touch x"},
		{"\trun\ttouch  x # now", ": run run touch x"},
		{"client: run touch x", "client: run run touch x"},
		{"client:run touch x", "client: run run touch x"},
		{"client> run touch x", "client: run run touch x"},
		{"client [accept waits]> run touch x", "client: run run touch x"},
		{"lesson hello/2 client> server: run touch x", "server: run run touch x"},
		{"\ufeffrun touch x", ": run run touch x"},
		{"\ufeff client> run touch x", "client: run run touch x"},
		{"client>", "client: -"},
		{"run a | b", ": run run a | b"}, // refused, and still a run
		{"client: run 'a", "client: run run 'a"},
		{`write 3 "a  b" * 3`, `: write write 3 "a  b" * 3`},
		{"socket(AF_INET, SOCK_STREAM, 0);", ": socket socket tcp"},
		{`client: connect( 3, "127.0.0.1", 8080 )`, "client: connect connect 3 127.0.0.1:8080"},
		{"socket(AF_INET)", ": socket socket AF_INET"},
		{"server", ": - server"},
		{"frobnicate 1", ": - frobnicate 1"},
	} {
		r, name := Read(test.line), ""
		if r.Command != nil {
			name = r.Command.Name
		}
		if got := strings.TrimSpace(r.Process + ": " + cmp.Or(name, "-") + " " + strings.Join(r.Words, " ")); got != test.want {
			t.Errorf("%q is %s, want %s", test.line, got, test.want)
		}
	}
}

// FuzzRead: whatever Do carries out is read as that command.
func FuzzRead(f *testing.F) {
	f.Add("client> socket tcp")
	f.Add("\ufeffserver: help")
	s := play(f)
	f.Fuzz(func(t *testing.T, line string) {
		r := Read(line)
		for _, w := range r.Words {
			if w == "" {
				t.Errorf("%q has an empty word", line)
			}
		}
		text := s.unprompt(line)
		l, err := split(text)
		if other, _ := cutPrompt(text); err != nil || len(l.words) == 0 || other != "" { // of nobody here
			return
		}
		if want := Lookup(l.words[0].text); r.Command != want {
			t.Errorf("%q is read as %v, and done as %v", line, r.Command, want)
		}
	})
}
