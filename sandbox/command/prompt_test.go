package command

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"sockplay/sandbox/netstack"
	"sockplay/tracer"
)

// play returns a session in which the lines have been done.
func play(t testing.TB, lines ...string) *Session {
	stack, err := netstack.New(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stack.Close() })
	s := NewSession(stack, &tracer.Log{})
	for _, l := range lines {
		if _, err := s.Do(context.Background(), l); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
	}
	return s
}

var (
	listening = []string{"socket tcp", "bind 3 127.0.0.1:8080", "listen 3"}
	connected = append(slices.Clone(listening), "client: socket tcp", "client: connect 3 127.0.0.1:8080", "accept 3")
)

// TestExpand: what is typed in a hurry becomes the script language; what cannot
// be understood comes back as it is, for the language to say why.
func TestExpand(t *testing.T) {
	s := play(t, append(slices.Clone(connected), "socket tcp6")...)
	for _, test := range []struct{ line, want string }{
		{"socket tcp", "socket tcp"},
		{"  socket   tcp # a stream", "  socket   tcp # a stream"},
		{"soc", "socket"},
		{"conn 3 127.0.0.1:80", "connect 3 127.0.0.1:80"},
		{"acc .", "accept ."},
		{"cl", "! close, client"},
		{"cli", "client"},
		{"cli: conn . . 8080", "client: connect . .:8080"},
		{"server: bind 3 * 80", "server: bind 3 *:80"},
		{"connect 3 localhost 80", "connect 3 localhost:80"},
		{"connect 3 ::1 80", "connect 3 [::1]:80"},
		{"connect 3 8080", "connect 3 127.0.0.1:8080"},
		{"connect 5 8080", "connect 5 [::1]:8080"},
		{"bind . 8080", "bind . [::1]:8080"},
		{"sets . reuseaddr on", "setsockopt . reuseaddr on"},
		{"sets . so_reusea on", "setsockopt . SO_REUSEADDR on"},
		{"recv 4 10 msg_p", "recv 4 10 MSG_PEEK"},
		{"shut 4 w", "shutdown 4 wr"},
		{"fcntl 3 non of", "fcntl 3 nonblock off"},
		{"inter cl", "interrupt client"},
		{`wri 4 "a # b" `, `write 4 "a # b"`},
		{`write 4 "ab" * 3`, `write 4 "ab" * 3`},
		{"quit", "exit"},
		{"? connect", "help connect"},
		{"client> socket tcp", "socket tcp"},
		{"client [held, 1 in flight]> socket tcp", "socket tcp"},
		{"  server [blocked in accept(3); held]> socket tcp", "socket tcp"},
		{`connect(3, "127.0.0.1", 8080)`, `connect(3, "127.0.0.1", 8080)`},
		{"run sh -c 'conn 3'", "run sh -c 'conn 3'"},
		{"frobnicate 3", "frobnicate 3"},
		{`write 3 "abc`, `write 3 "abc`},
		{"nobody: soc", "nobody: soc"},
		{"explain l", "explain less"},
		{"int fd = socket(AF_INET, SOCK_STREAM, 0);", "int fd = socket(AF_INET, SOCK_STREAM, 0);"},
		{"fd = socket(AF_INET, SOCK_STREAM, 0)", "fd = socket(AF_INET, SOCK_STREAM, 0)"},
		{"Socket TCP", "socket tcp"},
		{"connect 8080", "connect 5 [::1]:8080"},
		{"client: connect 8080", "client: connect 3 127.0.0.1:8080"},
		{"client: connect 127.0.0.1:8080", "client: connect 3 127.0.0.1:8080"},
		{"client: connect localhost 80", "client: connect 3 localhost:80"},
		{"client: connect . 80", "client: connect . 127.0.0.1:80"},
		{`write "hello"`, `write 4 "hello"`},
		{"write hello", `write 4 "hello"`},
		{"write 4 hello you", `write 4 "hello you"`},
		{"write 4 'hello you'", `write 4 "hello you"`},
		{"send 4 hello MSG_MORE", `send 4 "hello" MSG_MORE`},
		{"write 4", "write 4"},
		{"write 4 64k", "write 4 64k"},
		{"write fd hello", `write fd "hello"`},
		{"close 9", "close 9"},
		{"set theme con", "set theme contrast"},
		{"expect state server:3 lis", "expect state server:3 LISTEN"},
		{"expect not blo cli", "expect not blocked client"},
		{"expe no state server:any lis", "expect not state server:any LISTEN"},
		{"expect ca conn 3 127.0.0.1:8080 = 0", "expect call connect 3 127.0.0.1:8080 = 0"},
		{"expect fl syn", "expect flight syn"},
		{"expect call write hello", "expect call write hello"},
		{"lesson 9/4 client> soc tcp", "socket tcp"},
	} {
		got, err := s.Expand(test.line)
		if err != nil {
			got = "! " + strings.TrimPrefix(err.(*Error).Right, "a letter more: ")
		}
		if got != test.want {
			t.Errorf("%q is %q, want %q", test.line, got, test.want)
		}
		s.current = s.Sandbox.Processes()[0]
	}
}

// TestAsk: what is missing is asked for, with what is most likely meant; what
// is no matter of words is not.
func TestAsk(t *testing.T) {
	empty, s := play(t), play(t, append(slices.Clone(connected), "client: socket udp", "process extra", "extra: socket unix")...)
	for _, test := range []struct{ line, want string }{
		{"socket", "tcp, udp, tcp6, udp6, unix, unixgram (tcp):"},
		{"close", "descriptor (4):"},
		{"accept", "descriptor (3):"},
		{"client: write", "descriptor (3):"},
		{"client: write 3", `data ("hello"):`},
		{`client: write 3 "x"`, ""},
		{"client: sendto", "descriptor (4):"},
		{"client: sendto 4", "address to send to (127.0.0.1:8080):"},
		{"client: connect 3", "address to call (127.0.0.1:8080):"},
		{"client: bind 4", "its address (127.0.0.1:8081):"},
		{"extra: bind 3", "its address (chat.sock):"},
		{"read 4", "bytes, at most (100):"},
		{"shutdown 4", "direction: rd, wr or rdwr (wr):"},
		{"setsockopt 4", "option (SO_REUSEADDR):"},
		{"setsockopt 4 SO_LINGER", "value: its seconds, or off (0):"},
		{"setsockopt 4 SO_RCVBUF", "value: a number:"},
		{"fcntl 4", " (nonblock):"},
		{"fcntl 4 nonblock", "on, off (on):"},
		{"poll", "descriptor and events (4:in):"},
		{"listen 3", ""},
		{"wait", ""},
		{"process", "name (client2):"},
		{"save", "file (session.sock):"},
		{"packet", "number of the packet (3):"},
		{"close()", ""},
		{"frobnicate", ""},
		{"", ""},
	} {
		q, ok := s.Ask(test.line)
		got := ""
		if ok {
			got = q.Prompt()
		}
		if got != test.want {
			t.Errorf("%q asks %q, want %q", test.line, got, test.want)
		}
	}
	for _, line := range []string{"close", "connect", "bind", "connect 8080", "connect 3", "bind 127.0.0.1:80"} { // there is nothing to ask about
		if q, ok := empty.Ask(line); ok {
			t.Errorf("%q asks %q without a socket", line, q.Prompt())
		}
		if _, err := empty.Do(context.Background(), line); err == nil || !strings.Contains(err.Error(), "has no socket yet") {
			t.Errorf("%q without a socket: %v", line, err)
		}
	}
}

// TestAnswers: an answer is the line's next word.
func TestAnswers(t *testing.T) {
	data, address := Question{"data", `"hello"`}, Question{"address", "127.0.0.1:80"}
	for _, test := range []struct {
		q            Question
		answer, want string
	}{
		{address, "", "127.0.0.1:80"}, {address, " *:80 ", "*:80"},
		{data, "", `"hello"`}, {data, "hi there", `"hi there"`}, {data, "64k", "64k"}, {data, `"a" * 3`, `"a" * 3`},
		{Question{"value", ""}, "", ""},
	} {
		if got, ok := test.q.Word(test.answer); got != test.want || ok == (test.want == "") {
			t.Errorf("%q to %s is %q, %t", test.answer, test.q.What, got, ok)
		}
	}
}

// TestComplete: what is offered for the last word of a line, best first.
func TestComplete(t *testing.T) {
	s := play(t, append(slices.Clone(connected), "client: socket udp", "client: bind 4 *:5353")...)
	for _, test := range []struct{ line, want string }{
		{"so", "socket socketpair sockets source"},
		{"socket", "socket socketpair sockets"},
		{"socket ", "tcp udp tcp6 udp6 unix unixgram"},
		{"socket u", "udp udp6 unix unixgram"},
		{"socket unixgram", ""},
		{"soc tcp", ""},
		{"close ", "4 3"},
		{"accept ", "3 4"},
		{"client: close ", "4 3"},
		{"client: write ", "3 4"},
		{"cli", "client: client"},
		{"client: conn", "connect"},
		{"client: connect 3 ", "127.0.0.1:8080"},
		{"client: connect 3 127", "127.0.0.1:8080"},
		{"bind 3 ", "127.0.0.1:8080 *:8080 127.0.0.1:0"},
		{"setsockopt 3 TCP_N", "TCP_NODELAY"},
		{"setsockopt 3 tcp_n", "TCP_NODELAY"},
		{"setsockopt 3 SO_KEEPALIVE ", "on off"},
		{"recv 4 100 ", "MSG_PEEK MSG_DONTWAIT MSG_WAITALL MSG_TRUNC"},
		{"recv 4 100 MSG_PEEK MSG_T", "MSG_TRUNC"},
		{"fcntl 3 nonblock ", "on off"},
		{"expect state ", "server:3 server:4 client:3 client:4"},
		{"expect state server:3 L", "LISTEN LAST-ACK"},
		{"expect packets SYN ", "RST SYN-ACK SYN FIN DATA ACK UDP ICMP"},
		{"expect ", "return errno data state states packets flight blocked call line not"},
		{"expect not ", "return errno data state states packets flight blocked call line"},
		{"expect not blocked ", "server client"},
		{"expect not state server:3 L", "LISTEN LAST-ACK"},
		{"expect state client:", "client:3 client:4 client:any"},
		{"expect not states cl", "client:3 client:4"},
		{"expect flight S", "SYN-ACK SYN"},
		{"expect call get", "getsockopt getsockname getpeername"},
		{"expect not call clo", "close"},
		{"expect call bind ", "3 4 127.0.0.1:8080 *:8080 127.0.0.1:0 ="},
		{"expect call bind 3 127.0.0.1:8080 ", "="},
		{"expect call shutdown ", "4 3 rd wr rdwr ="},
		{"expect call setsockopt SO_KEEPALIVE ", "on off ="},
		{"expect call setsockopt SO_KE", "SO_KEEPALIVE"},
		{"expect call recv MSG_PEEK MSG_D", "MSG_DONTWAIT"},
		{"expect call connect = ", "0 ECONNREFUSED ETIMEDOUT EISCONN EINPROGRESS ENETUNREACH ENOENT"},
		{"expect call step ", ""},
		{"expect line wi", "wire"},
		{"expect line wire h", "hold"},
		{"expect line inspect cl", "client:3 client:4"},
		{"expect line frobnicate ", ""},
		{"why TIME", "TIME-WAIT timestamp"},
		{"help accep", "accept"},
		{"diagram cl", "client:3 client:4"},
		{"wire ", "hold open break loss duplicate reorder delay rate drop copy clear delack"},
		{"wire rate ", "1mbit 56kbit off"},
		{"wire drop next S", "SYN-ACK SYN"},
		{"wire break LA", "LAST-ACK"},
		{"wire clear d", "duplicate delay"},
		{"step ", "to all back"},
		{"wire loss 20% ", "from"},
		{"wire loss 20% from ", "server client"},
		{"kill ", "server client"},
		{"poll ", "4:in 4:out 3:in 3:out"},
		{`write 4 "he`, ""},
		{"connect(3, ", ""},
		{"nobody: ", ""},
		{"socket tcp # ", ""},
		{"frobnicate ", ""},
	} {
		var got []string
		for _, c := range s.Complete(test.line) {
			got = append(got, c.Text)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%q offers %q, want %q", test.line, got, test.want)
		}
	}
	for _, c := range s.Complete("client: ") {
		if other, _ := cutProcess(c.Text); other != "" {
			t.Errorf("%q is offered where the process is named", c.Text)
		}
	}
	for _, c := range s.Complete("close ") {
		if c.Meaning == "" || c.Text == "3" && c.Meaning != "tcp LISTEN 127.0.0.1:8080" {
			t.Errorf("%s is %q", c.Text, c.Meaning)
		}
	}
}

// TestCompletePeers: those that are ready, and those that run, where they are
// meant; a learner's line is never offered for one of them.
func TestCompletePeers(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"shout.peer", "shout.txt"} {
		if err := os.WriteFile(name, []byte("socket tcp\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s := play(t, "peer echo", "client: socket tcp", "client: connect 3 127.0.0.1:7")
	for _, test := range []struct{ line, want string }{
		{"pe", "peer peers"},
		{"peer e", "echo"},
		{"peer sh", "shout.peer"},
		{"peer http ", "127.0.0.1:80 127.0.0.1:9000 --source"},
		{"kill ", "echo echo-udp echo-1 server client"},
		{"interrupt ", "server client"},
		{"ec", ""},
		{"expect blocked e", "echo echo-udp echo-1"},
	} {
		var got []string
		for _, c := range s.Complete(test.line) {
			got = append(got, c.Text)
			if c.Meaning == "" && test.line != "peer http " {
				t.Errorf("%q: %s means nothing", test.line, c.Text)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%q offers %q, want %q", test.line, got, test.want)
		}
	}
	if q, ok := s.Ask("kill"); !ok || q.Default != "echo" {
		t.Errorf("kill asks for %+v", q)
	}
	for _, n := range s.Next(s.Current()) {
		if strings.HasPrefix(n.Text, "echo") {
			t.Errorf("%q is offered next", n.Text)
		}
	}
}

// TestNext: following what makes sense next leads through a whole session.
func TestNext(t *testing.T) {
	s := play(t)
	for _, want := range []string{
		"socket tcp", "bind 3 127.0.0.1:8080", "listen 3", "accept 3", "client: socket tcp", "client: connect 3 127.0.0.1:8080",
		`write 4 "hello"`, `write 4 "hello"`,
	} {
		got := s.Complete("")
		if len(got) == 0 || got[0].Text != want {
			t.Fatalf("next is %v, want %s", got[:min(3, len(got))], want)
		}
		if _, err := s.Do(context.Background(), want); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ line, want string }{
		{"client: read 3 100", "close 4"}, {"close 4", "close 3"}, {"client: close 3", "socket tcp"},
	} {
		name, _ := cutProcess(test.line)
		p := s.Sandbox.Process(name)
		if p == nil {
			p = s.current
		}
		if got := s.Next(p); len(got) == 0 || got[0].Text == "" {
			t.Errorf("nothing comes next before %s", test.line)
		}
		if _, err := s.Do(context.Background(), test.line); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLines: what was done can be done again, and comes out the same.
func TestLines(t *testing.T) {
	ctx := context.Background()
	s := play(t, append(slices.Clone(connected), "client", "client> write . \"x\"", "sockets", "help", "why SYN", "ladder", "history", "server")...)
	if _, err := s.Do(ctx, "frobnicate"); err == nil {
		t.Error("frobnicate was taken")
	}
	s.Do(ctx, "accept 3")
	if !s.Interrupt(ctx, s.current) || s.Interrupt(ctx, s.current) {
		t.Error("one call was to be interrupted")
	}
	want := append(slices.Clone(connected), "client", "write . \"x\"", "server", "accept 3", "interrupt server")
	if got := s.Lines(); !slices.Equal(got, want) {
		t.Errorf("the lines are %q", got)
	}
	again := play(t, s.Lines()...)
	if a, b := s.Sandbox.Sockets(), again.Sandbox.Sockets(); !slices.Equal(a, b) {
		t.Errorf("again it comes to %v, not %v", b, a)
	}
}

// FuzzPrompt: whatever is typed, nothing panics, and what Expand returns needs
// no expanding.
func FuzzPrompt(f *testing.F) {
	for _, line := range []string{"conn 3 . 80", "soc", "client: write", "expect state server:3 ", "set ", "wire loss 5% from c", "\"", "poll 3:in,", "bind . ::1 8", "a: b: c"} {
		f.Add(line)
	}
	s := play(f, connected...)
	f.Fuzz(func(t *testing.T, line string) {
		s.Complete(line)
		s.IsCommand(line)
		full, err := s.Expand(line)
		if err != nil {
			return
		}
		s.current = s.Sandbox.Processes()[0]
		if again, err := s.Expand(full); err == nil && strings.TrimSpace(again) != strings.TrimSpace(full) && !prompt.MatchString(full) {
			t.Errorf("%q became %q and then %q", line, full, again)
		}
		if q, ok := s.Ask(full); ok {
			if word, ok := q.Word(""); ok && !strings.Contains(q.Prompt(), word) && q.What != "" {
				t.Errorf("%q asks %q, and takes %q", full, q.Prompt(), word)
			}
		}
	})
}
