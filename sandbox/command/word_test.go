package command

import (
	"errors"
	"strings"
	"testing"
)

// show writes a line's words so that tests can compare them.
func show(l line) string {
	var parts []string
	if l.process != "" {
		parts = append(parts, "<"+l.process+">")
	}
	for _, w := range l.words {
		if w.quoted {
			parts = append(parts, "["+w.value+"]")
		} else {
			parts = append(parts, w.text)
		}
	}
	return strings.Join(parts, "|")
}

func TestSplit(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"", ""},
		{"   # only a comment", ""},
		{"socket tcp", "socket|tcp"},
		{"  socket\ttcp  # a stream", "socket|tcp"},
		{"client: connect 3 127.0.0.1:80", "<client>|connect|3|127.0.0.1:80"},
		{"bind 3 [::1]:8080", "bind|3|[::1]:8080"},
		{"poll 3:in,out 4:in 100ms", "poll|3:in,out|4:in|100ms"},
		{`write 3 "a # b"`, "write|3|[a # b]"},
		{`write 3 "\x00\t\"q\" \u00e9"`, "write|3|[\x00\t\"q\" é]"},
		{`write 3 "ab"*3`, "write|3|[ab]|*3"},
		{`write 3 "ab" * 3`, "write|3|[ab]|*|3"},
		{"connect(3, \"127.0.0.1\", 8080);", "connect|3|[127.0.0.1]|8080"},
		{"client: close( 3 )", "<client>|close|3"},
		{"accept(3)", "accept|3"},
		{`send(3, "a,(b)", 5, MSG_PEEK | MSG_DONTWAIT)`, "send|3|[a,(b)]|5|MSG_PEEK|MSG_DONTWAIT"},
		{"run sh -c (echo)", "run|sh|-c|(echo)"},
		{"expect state server:3 LISTEN", "expect|state|server:3|LISTEN"},
	} {
		l, err := split(test.line)
		if err != nil {
			t.Errorf("split(%q): %v", test.line, err)
		} else if got := show(l); got != test.want {
			t.Errorf("split(%q) = %s, want %s", test.line, got, test.want)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{`write 3 "abc`, "a string without its end"},
		{`write 3 "a\q"`, "an escape that is none"},
		{"server:", "no command after server:"},
		{"close(3", "the parentheses do not fit"},
		{"close(3))", "the parentheses do not fit"},
		{"connect(3,,80)", "the parentheses do not fit"},
		{`write(3, "a" "b", 2)`, "the parentheses do not fit"},
		{"socket tcp\x00", "a control character"},
		{"socket \x1b[2J", "a control character"},
		{"caf\xe9", "not valid UTF-8"},
		{strings.Repeat("x", maxLine+1), "more than 1048576"},
	} {
		_, err := split(test.line)
		var e *Error
		switch {
		case !errors.As(err, &e):
			t.Errorf("split(%.40q) = %v, want an *Error", test.line, err)
		case !strings.Contains(e.Wrong, test.want):
			t.Errorf("split(%.40q): %s, want ... %s ...", test.line, e.Wrong, test.want)
		case e.Right == "":
			t.Errorf("split(%.40q) does not say what would be right", test.line)
		}
	}
}

// FuzzSplit: no line crashes the parser, and what it cannot understand it says
// in words that can be printed.
func FuzzSplit(f *testing.F) {
	for _, c := range Table {
		for line := range strings.SplitSeq(c.Example, "\n") {
			f.Add(line)
		}
		if c.C != "" {
			f.Add(c.C + ";")
		}
	}
	f.Add("client: write 3 \"\x00\xff\" * 99999999999999999999")
	f.Add("connect(3, \"::1\", 8080)")
	f.Add("a:b: c(d(e,f)")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := split(text)
		if err == nil && l.c && len(l.words) > 0 {
			if c := Lookup(l.words[0].text); c != nil {
				_, err = fromC(c, l.words[1:])
			}
		}
		if err == nil {
			return
		}
		for _, r := range err.Error() {
			if r < ' ' || r == 0x7f {
				t.Fatalf("the message %q holds a control character", err)
			}
		}
	})
}
