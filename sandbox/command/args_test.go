package command

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"sockplay/sandbox"
	"sockplay/tracer"
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
		{`"ab"*3`, "ababab"},
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
		{"@chat", sandbox.TCP, ""},
		{"chat.sock", sandbox.UDP, ""},
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

func TestParsePath(t *testing.T) {
	long := strings.Repeat("x", sandbox.MaxPath)
	for _, test := range []struct {
		text string
		kind sandbox.Kind
		want string // how the refusal begins; "" if there is none
	}{
		{"chat.sock", sandbox.Unix, ""},
		{"@chat", sandbox.UnixDgram, ""},
		{"a:b", sandbox.Unix, ""},
		{"..x", sandbox.Unix, ""},
		{long, sandbox.Unix, ""},
		{"@chat", "", ""},
		{"chat.sock", "", ""},
		{long + "x", sandbox.Unix, "xxxx"},
		{"", sandbox.Unix, " is no name"},
		{"@", sandbox.Unix, "@ is no name"},
		{".", sandbox.Unix, ". is no name"},
		{"..", sandbox.Unix, ".. is no name"},
		{"../x", sandbox.Unix, "../x has a /"},
		{"/", sandbox.Unix, "/ has a /"},
		{"@a/b", sandbox.Unix, "@a/b has a /"},
		{"127.0.0.1:80", sandbox.Unix, "127.0.0.1:80 is no address of a unix socket"},
		{"8080", sandbox.Unix, "8080 is no address of a unix socket"},
		{"*:80", sandbox.UnixDgram, "*:80 is no address of a unix socket"},
	} {
		got, err := parseAddr(test.text, test.kind)
		switch {
		case test.want == "" && (err != nil || got.Path != test.text || got.String() != test.text || !got.IsValid()):
			t.Errorf("parseAddr(%q, %s) = %v, %v", test.text, test.kind, got, err)
		case test.want != "" && (err == nil || !strings.HasPrefix(err.Wrong, test.want) || err.Right == ""):
			t.Errorf("parseAddr(%q, %s) = %v, %v, want a refusal: %s", test.text, test.kind, got, err, test.want)
		}
	}
}

// TestAddrHints: what is no address is told together with the one that was
// meant.
func TestAddrHints(t *testing.T) {
	for _, test := range []struct{ command, text, want string }{
		{"bind", "8080", "8080 is a port without a host; write 127.0.0.1:8080, or *:8080 for every address"},
		{"connect", "8080", "8080 is a port without a host; write 127.0.0.1:8080"},
		{"bind", ":8080", ":8080 has no host; did you mean *:8080?"},
		{"connect", ":8080", ":8080 has no host; did you mean 127.0.0.1:8080?"},
		{"bind", "127.0.0.1 8080", "127.0.0.1 has no port; write 127.0.0.1:8080"},
		{"bind", "localhost 80", "localhost has no port; write localhost:80"},
		{"bind", "* 80", "* has no port; write *:80"},
		{"bind", "127.0.0.1:", "127.0.0.1: has no port; write 127.0.0.1:8080"},
		{"bind", "::1:9", "::1:9: an IPv6 address stands in brackets; write [::1]:9"},
		{"bind", "::1 9", "::1: an IPv6 address stands in brackets; write [::1]:9"},
		{"bind", "[::1] 9", "[::1] has no port; write [::1]:9"},
		{"connect", "http://example.org/", "is a URL: only this machine is here; an address is 127.0.0.1:8080"},
		{"connect", "example.org:80", "only this machine is here, and no names but localhost; an address is"},
		{"connect", "example.org", "only this machine is here, and no names but localhost; an address is"},
		{"connect", `"127.0.0.1:80"`, "an address stands without quotes; write 127.0.0.1:80"},
		{"sendto", `"ping"`, `the address before "ping" is missing; usage: sendto FD ADDRESS DATA`},
	} {
		a := argsOf(t, test.text)
		a.cmd = Lookup(test.command)
		a.addr(sandbox.TCP)
		if a.err == nil || !strings.Contains(a.err.Error(), test.want) || !strings.HasPrefix(a.err.Error(), test.command+": ") {
			t.Errorf("%s FD %s: %v, want ... %s", test.command, test.text, a.err, test.want)
		}
	}
}

// TestArgHints: other arguments likewise.
func TestArgHints(t *testing.T) {
	for _, test := range []struct {
		text string
		read func(*args)
		want string
	}{
		{"hello", func(a *args) { a.data() }, `data stands in double quotes: test "hello"`},
		{"3 hello world", func(a *args) { a.fd(); a.data() }, `data stands in double quotes: test 3 "hello world"`},
		{"3 'hello world'", func(a *args) { a.fd(); a.data() }, `other quotes than double ones; data stands in double quotes: test 3 "hello world"`},
		{"\u201chello\u201d MSG_MORE", func(a *args) { a.data() }, `data stands in double quotes: test "hello"`},
		{"-5", func(a *args) { a.data() }, "or a size up to 1024M"},
		{"client:3", func(a *args) { a.fd() }, "client:3 is no descriptor; write client: test 3"},
		{"fd", func(a *args) { a.fd() }, "there are no variables, so fd names no descriptor; write the number that socket or accept answered"},
		{`"3"`, func(a *args) { a.fd() }, `the descriptor is "3", not a number`},
		{"99999999999999999999", func(a *args) { a.fd() }, "is out of range; from 0 to 1048576"},
		{"5", func(a *args) { a.duration("limit") }, "the limit 5 has no unit; write 5s, or 5ms"},
		{"-5s", func(a *args) { a.duration("limit") }, "the limit -5s is negative; time only goes on"},
		{"99999999999h", func(a *args) { a.duration("limit") }, "the limit 99999999999h is too long; a million hours"},
		{"soon", func(a *args) { a.duration("limit") }, "soon is no time; a time has a unit: 50ms"},
		{"nonblok", func(a *args) { a.oneOf("flag", "nonblock") }, "did you mean nonblock? It is nonblock"},
		{"FIN-ACK", func(a *args) { a.kind() }, "FIN-ACK is no kind of packet; a packet is called by the first that it is of RST, SYN-ACK, SYN, FIN, DATA, ACK: write FIN"},
		{"rst-ack", func(a *args) { a.kind() }, "write RST"},
		{"PSH-ACK", func(a *args) { a.kind() }, "write DATA"},
		{"ACK,SYN", func(a *args) { a.kind() }, "write SYN-ACK"},
		{"SYNACK", func(a *args) { a.kind() }, "did you mean SYN-ACK?"},
		{"SYN-FOO", func(a *args) { a.kind() }, "SYN-FOO is no kind of packet; "},
	} {
		a := argsOf(t, test.text)
		test.read(a)
		if a.err == nil || !strings.Contains(a.err.Error(), test.want) {
			t.Errorf("%s: %v, want ... %s", test.text, a.err, test.want)
		}
	}
	for _, kind := range tracer.PacketKinds {
		if a := argsOf(t, kind); a.kind() != kind || a.err != nil {
			t.Errorf("the kind %s is not taken: %v", kind, a.err)
		}
	}
}

func TestNearest(t *testing.T) {
	for _, test := range []struct{ word, want string }{
		{"conect", "connect"}, {"soket", "socket"}, {"Listen", "listen"}, {"biding", ""}, {"clsoe", "close"}, {"xyzzy", ""}, {"quit", ""}, {"setsokopt", "setsockopt"}, {strings.Repeat("getsockopt", 3), ""},
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
