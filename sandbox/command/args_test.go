package command

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"sockplay/sandbox"
)

// argsOf takes the words of a line that has no command.
func argsOf(t *testing.T, text string) *args {
	words, err := lex(text, false)
	if err != nil {
		t.Fatal(err)
	}
	return &args{cmd: &Command{Name: "test", Args: []string{"ARG"}}, words: words}
}

func TestData(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`"hello"`, "hello"},
		{`""`, ""},
		{`"ab" * 3`, "ababab"},
		{`"ab" * 0`, ""},
		{"5", "abcde"},
		{"0", ""},
	} {
		a := argsOf(t, test.text)
		got := a.data()
		if a.end(); a.err != nil || string(got) != test.want {
			t.Errorf("data %s = %q, %v; want %q", test.text, got, a.err, test.want)
		}
	}
	if got := argsOf(t, "64k").data(); len(got) != 64<<10 || !bytes.HasPrefix(got[36:], []byte("abcdefghij")) {
		t.Errorf("64k is %d bytes %q...", len(got), got[:40])
	}
	for _, text := range []string{"hello", "-5", "2g", `"x" * -1`, `"x" * many`, "99999999999M", `"xxxx" * 999999999`} {
		a := argsOf(t, text)
		a.data()
		if a.err == nil {
			t.Errorf("data %s was taken", text)
		}
	}
}

func TestParseAddr(t *testing.T) {
	for _, test := range []struct {
		text string
		kind sandbox.Kind
		want string // "" if it is to be refused
	}{
		{"127.0.0.1:8080", sandbox.TCP, "127.0.0.1:8080"},
		{"*:80", sandbox.TCP, "0.0.0.0:80"},
		{"*:80", sandbox.TCP6, "[::]:80"},
		{"localhost:80", sandbox.UDP, "127.0.0.1:80"},
		{"localhost:80", sandbox.UDP6, "[::1]:80"},
		{"[::1]:0", sandbox.TCP6, "[::1]:0"},
		{"[::ffff:127.0.0.1]:80", sandbox.TCP6, "[::ffff:127.0.0.1]:80"},
		{"127.0.0.1:65535", sandbox.TCP, "127.0.0.1:65535"},
		{"127.0.0.1:65536", sandbox.TCP, ""},
		{"127.0.0.1:-1", sandbox.TCP, ""},
		{"127.0.0.1", sandbox.TCP, ""},
		{"127.0.0.1:", sandbox.TCP, ""},
		{"127.0.0.1:http", sandbox.TCP, ""},
		{"127.0.0.256:80", sandbox.TCP, ""},
		{"::1:80", sandbox.TCP6, ""},
		{"[127.0.0.1]:80", sandbox.TCP, ""},
		{"[::1%lo]:80", sandbox.TCP6, ""},
		{"example.org:80", sandbox.TCP, ""},
		{":80", sandbox.TCP, ""},
	} {
		got, err := parseAddr(test.text, test.kind)
		switch {
		case test.want == "" && err == nil:
			t.Errorf("parseAddr(%q) = %v, want a refusal", test.text, got)
		case test.want == "" && err.Right == "":
			t.Errorf("parseAddr(%q) does not say what would be right", test.text)
		case test.want != "" && (err != nil || got.AddrPort != netip.MustParseAddrPort(test.want)):
			t.Errorf("parseAddr(%q) = %v, %v; want %s", test.text, got, err, test.want)
		}
	}
}

func TestNearest(t *testing.T) {
	for _, test := range []struct{ word, want string }{
		{"conect", "connect"}, {"soket", "socket"}, {"Listen", "listen"}, {"biding", ""}, {"clsoe", "close"}, {"xyzzy", ""},
	} {
		if got := nearest(test.word, Names()); got != test.want {
			t.Errorf("nearest(%s) = %q, want %q", test.word, got, test.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		want, got string
		ok        bool
	}{
		{"", "", true},
		{"", "SYN", false},
		{"...", "", true},
		{"...", "SYN ACK", true},
		{"SYN ... ACK", "SYN ACK", true},
		{"SYN ... ACK", "SYN SYN-ACK ACK", true},
		{"SYN ... ACK", "SYN", false},
		{"SYN ... ACK ... FIN", "SYN ACK DATA ACK FIN", true},
		{"SYN ACK", "SYN SYN-ACK ACK", false},
		{"SYN SYN-ACK ACK", "SYN SYN-ACK", false},
		{"... FIN ACK", "FIN ACK FIN ACK", true},
	} {
		if ok := match(strings.Fields(test.want), strings.Fields(test.got)); ok != test.ok {
			t.Errorf("match(%q, %q) = %t", test.want, test.got, ok)
		}
	}
}
