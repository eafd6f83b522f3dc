package command

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sockplay/sandbox"
	"sockplay/tracer/tcpstate"
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
		{"run python3 -c 'print(1) # x'", "run|python3|-c|[print(1) # x]"},
		{`run a --b="c d"'e "f'g`, `run|a|[--b=c de "fg]`},
		{"run a;", "run|a"},
		{"client: run a & # b", "<client>|run|a|&"},
		{"client:socket tcp", "<client>|socket|tcp"},
		{"client:close(3)", "<client>|close|3"},
		{"3:in", "3:in"},
		{"[::1]:8080", "[::1]:8080"},
		{"socket tcp;", "socket|tcp"},
		{`write 3 "a;" ; # x`, "write|3|[a;]"},
		{"close(3);;", "close|3"},
		{"close(3); // done", "close|3"},
		{"accept(3, (struct sockaddr*)&a, &n)", "accept|3|(structsockaddr*)&a|&n"},
		{"epoll_wait(3, (events)", "epoll_wait"},
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
		{"close(3) (4)", "the parentheses do not fit"},
		{"connect(3,,80)", "an argument is missing"},
		{"int fd = socket(AF_INET, SOCK_STREAM, 0);", "there are no variables: the answer is the descriptor"},
		{"client: n=read(3, buf, sizeof(buf))", "there are no variables: the answer is shown"},
		{"addr.sin_port = htons(80);", "nothing can be assigned"},
		{"run echo it's", "a ' without its end"},
		{"run a | b", "| is shell syntax"},
		{"run a > b", "> is shell syntax"},
		{"run a $HOME", "$HOME is shell syntax"},
		{"run a ~/b", "~/b is shell syntax"},
		{"run a && b", "&& is shell syntax"},
		{"run a; b", "a; is shell syntax"},
		{"run a & b", "& is shell syntax"},
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

// TestFromC: C as it stands in programs is taken where it can be; else the
// message shows that call as it would be right.
func TestFromC(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"socket(PF_INET6, SOCK_DGRAM, IPPROTO_UDP)", "udp6"},
		{"listen(3, SOMAXCONN)", "3|4096"},
		{"socket(AF_UNIX, SOCK_STREAM, 0)", "unix"},
		{"socket(PF_LOCAL, SOCK_DGRAM)", "unixgram"},
		{"socket(AF_UNIX, SOCK_STREAM, IPPROTO_TCP)", "the protocol IPPROTO_TCP is not that of unix; 0"},
		{"socketpair(AF_UNIX, SOCK_DGRAM, 0, sv)", "unixgram"},
		{"socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv)", "write socketpair(AF_UNIX, SOCK_STREAM, 0, sv), then fcntl"},
		{"socketpair(AF_UNIX, SOCK_STREAM, 0)", "as in C: socketpair(AF_UNIX, SOCK_STREAM, 0, sv)"},
		{`socketpair(AF_UNIX, SOCK_STREAM, 0, "x")`, "socketpair: the two descriptors need a name"},
		{`bind(3, "chat.sock")`, "3|chat.sock"},
		{`connect(3, "@chat")`, "3|@chat"},
		{`sendto(3, "x", 1, 0, "chat.sock")`, "3|chat.sock|[x]"},
		{"listen(3, 5)", "3|5"},
		{`bind(3, "127.0.0.1", htons(8080))`, "3|127.0.0.1:8080"},
		{`bind(3, "::1", 80)`, "3|[::1]:80"},
		{"accept(3, (struct sockaddr*)&addr, &len)", "3"},
		{"recvfrom(3, &buf, 100, 0, (struct sockaddr*)&addr, &len)", "3|100"},
		{`bind(3, (struct sockaddr*)&addr, sizeof(addr))`, `bind: there is no memory here to take the address of; write the address itself: bind(3, "127.0.0.1", 8080)`},
		{`sendto(3, "x", 1, 0, (struct sockaddr*)&a, sizeof a)`, `write the address itself: sendto(3, "ping", 4, 0, "127.0.0.1", 5353)`},
		{"read(3, buf, sizeof(buf))", "read: there is no variable here to take the size of; write the number itself: read(3, buf, 100)"},
		{"setsockopt(3, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one))", "write the value itself: setsockopt(3, SOL_SOCKET, SO_REUSEADDR, 1)"},
		{"socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0)", "SOCK_NONBLOCK is not taken here; write socket(AF_INET6, SOCK_STREAM, 0), then fcntl(3, F_SETFL, O_NONBLOCK)"},
		{"socket(AF_INET, SOCK_STREAM, IPPROTO_UDP)", "the protocol IPPROTO_UDP is not that of tcp; 0 or IPPROTO_TCP"},
		{"write(3, buf, strlen(buf))", `buf is no data; a string: write(3, "hello", 5)`},
		{`write(3, "hello", strlen("hello"))`, `the length strlen("hello") is no number; it is 5`},
		{"close()", "these are not its arguments in C; as in C: close(3)"},
		{"exit(0)", "exit is not taken as C writes it; write it as exit"},
	} {
		l, err := split(test.line)
		if err != nil {
			t.Errorf("split(%s): %v", test.line, err)
			continue
		}
		words, err := fromC(Lookup(l.words[0].text), l.words[1:])
		got := show(line{words: words})
		if err != nil {
			got = err.Error()
		}
		if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
			t.Errorf("%s: %s, want %s", test.line, got, test.want)
		}
	}
}

// TestUnknown: a line whose command is unknown is answered with the one that
// was meant, if that is to be seen.
func TestUnknown(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"conect 3", "there is no command conect; did you mean connect? help lists the commands"},
		{"supercalifragilistic 3", "there is no command supercalifragilistic; help lists the commands"},
		{"quit", "exit leaves"}, {"bye", "exit leaves"}, {"q", "exit leaves"}, {"?", "help lists the commands"},
		{"clear", "Ctrl-L"}, {"ls -l", "sockets lists"}, {"netstat -an", "sockets lists"},
		{"epoll_wait(3, events, 10, -1)", "poll 3:in 4:out"}, {"recvmsg 3", "recvfrom"},
		{"client2 socket tcp", "a process's command has a colon; client2: socket tcp"},
		{`client write 3 "a"`, `a process's command has a colon; client: write 3 "a"`},
		{"server: server", "server is a process and no command; server alone makes it the current process"},
		{"server: client: socket tcp", "a line names one process, not both server and client; write client: COMMAND"},
		{"client2> socket tcp", "no process is called client2; the processes are"},
		{"clint", "did you mean client?"},
		{"\u202equit", `there is no command \u202equit; help`},
	} {
		l, err := split(test.line)
		if err != nil {
			t.Errorf("split(%s): %v", test.line, err)
		} else if err := unknown(l, []string{"server", "client"}); !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want ... %s", test.line, err, test.want)
		}
	}
	for name, want := range map[string]string{
		"clinet":  "did you mean client:? The processes are server, client; process NAME adds one",
		"client2": "no process is called client2; the processes are server",
	} {
		if err := noProcess(name, ":", []string{"server", "client"}); !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want ... %s", name, err, want)
		}
	}
}

// TestClip: a message shows quotes as they are, and nothing that a terminal
// would obey.
func TestClip(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`"hi"`, `"hi"`},
		{`a\b`, `a\b`},
		{"\x1b[2J\u202e\u0085", `\x1b[2J\u202e\u0085`},
		{strings.Repeat("é", 50), strings.Repeat("é", 40) + "..."},
	} {
		if got := clip(test.text); got != test.want {
			t.Errorf("clip(%q) = %s, want %s", test.text, got, test.want)
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
	f.Add("int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);")
	f.Add("client2:run python3 -c 'print(1)' | wc &")
	f.Add("bind 3 ::1 8080 'x' 99999999999h FIN-ACK SO_LINGR")
	f.Add("expect not call setsockopt SO_REUSEADDR on = -1")
	f.Add("expect line wire drop next FIN from client")
	processes := []string{"server", "client"}
	f.Fuzz(func(t *testing.T, text string) {
		printable := func(err error) {
			if err == nil {
				return
			}
			for _, r := range err.Error() {
				if r < ' ' || r == 0x7f {
					t.Fatalf("the message %q holds a control character", err)
				}
			}
		}
		l, err := split(text)
		if printable(err); err != nil || len(l.words) == 0 {
			return
		}
		printable(unknown(l, processes))
		printable(noProcess(l.process, ":", processes))
		c := Lookup(l.words[0].text)
		if c == nil {
			return
		}
		words := l.words[1:]
		if l.c {
			if words, err = fromC(c, words); err != nil {
				printable(err)
				return
			}
		}
		for _, read := range []func(*args){ // what commands read their arguments with
			func(a *args) { a.fd() }, func(a *args) { a.addr(sandbox.TCP) }, func(a *args) { a.addr(sandbox.UDP6) },
			func(a *args) { a.count() }, func(a *args) { a.flags() }, func(a *args) { a.option() },
			func(a *args) { a.duration("time") }, func(a *args) { a.kind("...") }, func(a *args) { a.page(nil) },
			func(a *args) { a.oneOf("state", tcpstate.Names...) }, func(a *args) { a.socketWord(anySocket) }, func(a *args) { a.end() },
			func(a *args) {
				large := func(w word) bool {
					n, ok := size(strings.TrimPrefix(w.text, "*"))
					return ok && n > 1<<10
				}
				if !slices.ContainsFunc(a.words, large) { // it would only cost memory
					a.data()
				}
			},
		} {
			for skip := range min(4, len(words)+1) {
				a := &args{cmd: c, words: slices.Clone(words[skip:])}
				read(a)
				printable(a.err)
			}
		}
	})
}
