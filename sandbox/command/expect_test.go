package command

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// busy is a session in which most kinds of calls have been made, some in vain.
var busy = append(slices.Clone(connected),
	"client: socket tcp", "client: connect 4 localhost:9", // ECONNREFUSED
	"client: setsockopt 3 TCP_NODELAY on", "client: setsockopt 3 SO_RCVTIMEO 2000", "client: setsockopt 3 SO_LINGER off",
	"client: getsockopt 3 TCP_NODELAY", "client: getsockopt 3 SO_ERROR",
	`client: write 3 "hello"`, "read 4 64k", `client: write 3 "ab" * 1000`, "recv 4 4000 MSG_DONTWAIT|MSG_PEEK",
	"read 4 4000", "client: write 3 100", "client: shutdown 3 wr", "read 4 100", "read 4 100", // the last is the end
	"client: socket tcp6", "client: bind 5 *:8081", "fcntl 4 nonblock on", "socket unix", "bind 5 chat.sock", "poll 4:in,out 500ms",
	"client: close 4", "client: socket udp", "client: sendto 4 127.0.0.1:5353 \"ping\"", "accept 3",
)

// TestExpect: what each expectation says of a session, and what is told where it
// is not so.
func TestExpect(t *testing.T) {
	s := play(t, busy...)
	for _, test := range []struct{ line, got string }{ // what is so instead; "": it holds
		{"expect call bind 127.0.0.1:8080", ""},
		{"expect call bind 3 127.0.0.1:8080", ""},
		{"expect call bind localhost:8080 = 0", ""},
		{"expect call bind *:8081", ""},
		{"expect call bind [::]:8081", ""},
		{"expect call bind chat.sock", ""},
		{"expect call bind 127.0.0.1:9", "there were server: bind 3 127.0.0.1:8080 = 0; client: bind 5 [::]:8081 = 0; server: bind 5 chat.sock = 0"},
		{"expect call bind 4", "there were server: bind 3"},
		{"client: expect call bind 127.0.0.1:8080", "there was client: bind 5 [::]:8081 = 0"},
		{"expect call listen", ""},
		{"expect call listen 128", ""},
		{"client: expect call listen", "no listen has returned yet"},
		{"expect call connect", ""},
		{"expect call connect 127.0.0.1:9", "there were client: connect 3 127.0.0.1:8080 = 0; client: connect 4 127.0.0.1:9 = -1 ECONNREFUSED"},
		{"expect call connect 127.0.0.1:9 = ECONNREFUSED", ""},
		{"client: expect call connect = ECONNREFUSED", ""},
		{"expect call connect =ECONNREFUSED", ""},
		{"expect call connect = -1", ""},
		{"server: expect call connect = ECONNREFUSED", "no connect has returned yet"},
		{"expect call connect 3 = ECONNREFUSED", "there were"},
		{"expect call accept = 4", ""},
		{"expect call accept 3", ""},
		{"expect call accept = 5", "there was server: accept 3 = 4"},
		{"client: expect call accept", "no accept has returned yet"},
		{"expect call setsockopt TCP_NODELAY 1", ""},
		{"expect call setsockopt TCP_NODELAY on", ""},
		{"expect call setsockopt TCP_NODELAY off", "there were client: setsockopt 3 TCP_NODELAY 1 = 0; "},
		{"expect call setsockopt 3 SO_RCVTIMEO 2s", ""},
		{"expect call setsockopt SO_LINGER off", ""},
		{"expect call getsockopt TCP_NODELAY = on", ""},
		{"expect call getsockopt TCP_NODELAY = 1", ""},
		{"expect call getsockopt TCP_NODELAY = 0", "there were client: getsockopt 3 TCP_NODELAY = 1; client: getsockopt 3 SO_ERROR = 0"},
		{"expect call getsockopt SO_ERROR = 0", ""},
		{"expect call getsockopt SO_ERROR = ECONNREFUSED", "there were"},
		{"expect call getsockopt = -1", "there were"},
		{`expect call write "hello"`, ""},
		{`expect call write 3 "hello" = 5`, ""},
		{`expect call write "hell\x6f"`, ""},
		{`expect call write "hell"`, "there were"},
		{`expect call write "ab" * 1000`, ""},
		{`expect call write "ab" * 1001`, "there were"},
		{`expect call write "ab"*1000 = 2000`, ""},
		{"expect call write 100", ""},
		{"expect call write 101", "there were"},
		{"server: expect call read 65536", ""},
		{"server: expect call read 64k", ""},
		{`expect call read = "hello"`, ""},
		{`expect call read 4 64k = "hello"`, ""},
		{`expect call read 4 4000 = "hello"`, "the last of 4 were"},
		{`expect call read = "ab" * 1000`, ""},
		{`expect call read = "ab" * 24`, "the last of 4 were"},
		{`expect call read = "` + strings.Repeat("ab", 999) + `ac"`, "the last of 4 were"},
		{"expect call read = 100k", "the last of 4 were"},
		{"expect call read = 0", ""},
		{`expect call read = ""`, ""},
		{"expect call recv MSG_PEEK MSG_DONTWAIT", ""},
		{"expect call recv MSG_DONTWAIT MSG_PEEK", ""},
		{"expect call recv MSG_PEEK", ""},
		{"expect call recv MSG_PEEK|MSG_DONTWAIT = 2000", ""},
		{"expect call recv MSG_WAITALL", "there was server: recv 4 4000 MSG_PEEK MSG_DONTWAIT = 2000 \"abab"},
		{"expect call shutdown wr", ""},
		{"expect call shutdown rd", "there was client: shutdown 3 wr = 0"},
		{"expect call fcntl nonblock on", ""},
		{"expect call fcntl on", ""},
		{"expect call fcntl off", "there was server: fcntl 4 nonblock on = 0"},
		{"expect call socket unix", ""},
		{"expect call socket udp6", "the last of 6 were client: socket tcp6 = 5; "},
		{"expect call poll 4:in,out", ""},
		{"expect call poll 4:in,out 500ms", ""},
		{"expect call poll 3:in", "there was server: poll 4:in,out 500ms = 1"},
		{`expect call sendto 127.0.0.1:5353 "ping"`, ""},
		{`expect call sendto "ping" = 4`, ""},
		{"expect call close", ""},
		{"expect not call socketpair", ""},
		{"expect not call bind", "there was server: bind 3 127.0.0.1:8080 = 0"},
		{"expect not call connect 127.0.0.1:9", ""},

		{"expect line socket", ""},
		{"expect line socket tcp", ""},
		{"expect line listen 3", ""},
		{"expect line listen 4", "the last that was typed is "},
		{"expect line sockets", "the last that was typed is "},
		{`expect line write 3 "hello"`, ""},
		{`expect line write 3 "hell\x6f"`, ""},
		{`expect line write 3 "bye"`, "the last that was typed is client: socket udp; client: sendto 4 127.0.0.1:5353 \"ping\"; accept 3"},
		{"client: expect line listen", ""},
		{"expect not line wire", ""},
		{"expect not line listen", "listen was typed"},

		{"expect state server:any LISTEN", ""},
		{"expect state any LISTEN", ""},
		{"client: expect state any FIN-WAIT-2", ""},
		{"client: expect state any LISTEN", "client:3 is in FIN-WAIT-2; an earlier client:4 is in CLOSED; client:5 is in CLOSED"},
		{"expect states client:any CLOSED SYN-SENT CLOSED", ""},
		{"expect states client:any CLOSED SYN-SENT", "client:3 went through CLOSED SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2; an earlier client:4 went through CLOSED SYN-SENT CLOSED; client:5 went through CLOSED"},
		{"expect not state client:any LISTEN", ""},
		{"expect not state server:any LISTEN", "server:3 is in LISTEN"},
		{"expect not state client:3 LISTEN", ""},
		{"expect not states client:3 CLOSED SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2", "client:3 went through CLOSED SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2"},
		{"expect not state client:4 CLOSED", ""}, // of a udp socket
		{"expect state client:4 CLOSED", "client:4 is no TCP socket: it has no state"},

		{"expect flight", ""},
		{"expect flight ...", ""},
		{"expect flight SYN", "nothing is in flight, and the wire is not held"},
		{"expect not flight SYN", ""},

		{"expect not return 3", ""},
		{"client: expect not return 4", "client's sendto(4) returned 4"},
		{"expect not errno EAGAIN", ""},
		{"client: expect not data \"x\"", ""},
		{"expect not blocked client", ""},
		{"expect not blocked server", "server is blocked in accept(3)"},
		{"expect blocked client", "client is not blocked"},
		{"expect not packets SYN", ""},
		{"expect not packets ...", "these were sent: SYN SYN-ACK ACK "},
		{"expect not packets ... UDP ICMP", "these were sent: SYN SYN-ACK ACK "},
		{"expect packets SYN SYN-ACK ACK SYN RST ... UDP ICMP", ""},
		{"expect packets", ""},
	} {
		_, err := s.Do(context.Background(), test.line)
		f := (*Failed)(nil)
		switch {
		case test.got == "" && err != nil:
			t.Errorf("%s: %v", test.line, err)
		case test.got != "" && (!errors.As(err, &f) || !strings.HasPrefix(f.Got, test.got)):
			t.Errorf("%s: %v, want %s", test.line, err, test.got)
		}
	}
}

// TestExpectRefuses: what is no expectation is told, with what would be right,
// whatever the session is like.
func TestExpectRefuses(t *testing.T) {
	empty, s := play(t), play(t, busy...)
	for _, test := range []struct{ line, wrong, right string }{
		{"expect", "the expectation is missing", "usage: expect return N"},
		{"expect retrun 3", "retrun is no expectation", "did you mean return?"},
		{"expect not", "the expectation after not is missing", "usage"},
		{"expect not retrun 3", "retrun is no expectation after not", "did you mean return?"},
		{"expect not not return 3", "not is no expectation after not", "one of return, errno"},
		{"expect return", "the value is missing", "usage: expect return N"},
		{"expect return 3 4", "4 is one word too many", "usage: expect return N"},
		{"expect errno 13", "13 is no errno", "ECONNREFUSED"},
		{"expect data hello", "hello is no data", `data stands in double quotes: expect data "hello"`},
		{"expect state client:3", "the state is missing", "the states are CLOSED"},
		{"expect states client:3", "the state is missing", "the states are CLOSED"},
		{"expect state client:3 OPEN", "OPEN is no state", "one of CLOSED"},
		{"expect state client:x CLOSED", "client:x names no socket", "such as client:3"},
		{"expect state Client:3 CLOSED", "Client:3 names no socket", "such as client:3"},
		{"expect state client CLOSED", "client names no socket", "such as client:3"},
		{"expect state client:3 CLOSED LISTEN", "LISTEN is one word too many", "usage: expect state PROCESS:FD|PROCESS:any STATE"},
		{"expect flight SYNACK", "SYNACK is no kind of packet", "did you mean SYN-ACK?"},
		{"expect blocked", "the process is missing", "usage: expect blocked PROCESS"},
		{"expect blocked accept(3)", "accept(3) is no name of a process", "expect blocked client"},
		{"expect call", "the call is missing", "usage: expect call CALL"},
		{"expect call conect", "conect is no call", "did you mean connect?"},
		{"expect call step", "step is no call", "one of socket"},
		{"expect call bind 8080", "8080 is a port without a host", "an address is 127.0.0.1:8080"},
		{"expect call bind 127.0.0.1", "127.0.0.1 has no port", "an address is 127.0.0.1:8080"},
		{"expect call bind 127.0.0.1:8080 3", "3 is no argument of bind, or not there", "usage: bind FD ADDRESS"},
		{`expect call bind "hello"`, "bind has no data behind that", "usage: bind FD ADDRESS"},
		{`expect call write "hello" "you"`, "write has no data behind that", "usage: write FD DATA"},
		{"expect call write hello", "hello is no argument of write", "data stands in double quotes"},
		{`expect call write "a" * many`, "the count is many, not a number", "usage"},
		{`expect call write "a" * 99999999`, "so much data cannot be compared", "16 MiB at most"},
		{"expect call setsockopt SO_REUSEADR 1", "SO_REUSEADR is no argument of setsockopt", "did you mean SO_REUSEADDR?"},
		{"expect call setsockopt SO_REUSEADDR maybe", "maybe is no argument of setsockopt", "usage: setsockopt FD OPTION VALUE"},
		{"expect call shutdown both", "both is no argument of shutdown", "usage: shutdown FD rd|wr|rdwr"},
		{"expect call recv MSG_PEK", "MSG_PEK is no argument of recv", "usage: recv"},
		{"expect call accept =", "the result is missing behind the =", "an errno such as ECONNREFUSED"},
		{"expect call accept = four", "four is no result", "an errno such as ECONNREFUSED"},
		{"expect call accept = 4 5", "5 is one word too many", "usage: expect call CALL [WORD...] [= RESULT]"},
		{"expect call accept = 99999999999", "out of range", "from -2147483648"},
		{`expect call write = "hello"`, "write receives no data", "read, recv and recvfrom do"},
		{"expect line", "the line is missing", "usage: expect line WORD..."},
		{"expect line wier hold", "there is no command wier", "did you mean wire?"},
		{"expect line sockts", "there is no command sockts", "did you mean sockets?"},
		{"expect line client: socket tcp", "there is no command client:", "the process before it does not count"},
		{"expect line wire hodl", "no line has hodl behind wire", "usage: wire [hold|open]"},
		{"expect line sockets client", "no line has client behind sockets", "usage: sockets"},
	} {
		for _, session := range []*Session{empty, s} {
			_, err := session.Do(context.Background(), test.line)
			e := (*Error)(nil)
			if !errors.As(err, &e) || !strings.Contains(e.Wrong, test.wrong) || !strings.Contains(e.Right, test.right) {
				t.Errorf("%s: %v, want %s; %s", test.line, err, test.wrong, test.right)
			}
			_, _, held := session.Holds(Mark{}, test.line)
			if held == nil || held.Error() != err.Error() {
				t.Errorf("%s: Holds says %v, and Do %v", test.line, held, err)
			}
		}
	}
}

// TestExpectLineTakesAll: expect line takes each line that a learner may type.
func TestExpectLineTakesAll(t *testing.T) {
	s := play(t)
	for _, c := range Table {
		for line := range strings.Lines(c.Example) {
			_, line = cutProcess(line)
			if strings.HasPrefix(line, "run ") {
				continue // its words are a shell's
			}
			if _, _, err := s.Holds(Mark{}, "expect line "+line); err != nil {
				t.Errorf("expect line %s: %v", strings.TrimSpace(line), err)
			}
		}
	}
	for _, line := range []string{"client", "anna", "inspect .", "inspect", "socket", "wire loss 20% from client", "step to FIN", "expect return 0", "expect not blocked client", "why so much"} {
		if _, _, err := s.Holds(Mark{}, "expect line "+line); err != nil {
			t.Errorf("expect line %s: %v", line, err)
		}
	}
}

// TestExpectLine: a line is found as it was typed and as it was meant, if it was
// done.
func TestExpectLine(t *testing.T) {
	ctx := context.Background()
	s := play(t, append(slices.Clone(connected), "client", "inspect .", "inspect 3", "server", "watch client:3", "sockets",
		"wire", "wire drop next fin", "shutdown(4, SHUT_RD)", "why TIME-WAIT", "wire hold", `write 4 "a"`, "drop data")...)
	for _, line := range []string{"wire hodl", "bind 3", "step to FINN", "frobnicate"} {
		if _, err := s.Do(ctx, line); err == nil {
			t.Errorf("%s was done", line)
		}
	}
	for _, test := range []struct {
		line string
		want bool
	}{
		{"inspect", true}, {"inspect client:3", true}, {"inspect .", true}, {"inspect 3", true}, {"inspect client:4", false}, {"client", true},
		{"watch client:3", true}, {"watch client:3 off", false}, {"wire", true}, {"wire drop next FIN", true}, {"wire drop", true},
		{"shutdown 4 rd", true}, {"sockets", true}, {"ladder", false}, {"why TIME-WAIT", true}, {"why time-wait", true}, {"drop DATA", true}, {"drop 5", false}, {"drop 4", true},
		{"bind", true}, {"bind 3", true}, {"step", false}, {"expect", false},
	} {
		ok, got, err := s.Holds(Mark{}, "expect line "+test.line)
		if ok != test.want || err != nil || ok == (got != "") {
			t.Errorf("expect line %s: %t, %s, %v", test.line, ok, got, err)
		}
	}
	if _, got, _ := s.Holds(Mark{}, "expect line ladder"); got != `the last that was typed is wire hold; write 4 "a"; drop data` {
		t.Error(got)
	}
}

// TestExpectFlight: what waits on a wire that is held.
func TestExpectFlight(t *testing.T) {
	s := play(t, calling...)
	for _, test := range []struct{ before, kinds, got string }{
		{"", "SYN", ""},
		{"", "", "these are in flight: SYN"},
		{"", "...", ""},
		{"copy 1", "SYN SYN", ""},
		{"", "SYN ...", ""},
		{"", "SYN", "these are in flight: SYN SYN"},
		{"drop 2", "SYN", ""},
		{"step", "SYN-ACK", ""},
		{"delay 3 1s", "SYN-ACK", ""},
		{"step all", "", ""},
		{"", "SYN", "nothing is in flight"},
	} {
		if test.before != "" {
			if _, err := s.Do(context.Background(), test.before); err != nil {
				t.Fatal(err)
			}
		}
		ok, got, err := s.Holds(s.Mark(), "expect flight "+test.kinds)
		if got != test.got || err != nil || ok != (got == "") {
			t.Errorf("after %q: expect flight %s: %q, %v", test.before, test.kinds, got, err)
		}
	}
}

// TestExpectPeers: a peer's calls are no learner's, and are its own.
func TestExpectPeers(t *testing.T) {
	s := play(t, "peer echo", "client: socket tcp", "client: connect 3 127.0.0.1:7", `client: write 3 "hi"`)
	for _, test := range []struct{ line, got string }{
		{"expect call accept", "no accept has returned yet"},
		{"expect call listen", "no listen has returned yet"},
		{"echo: expect call accept = 4", ""},
		{`echo-1: expect call read = "hi"`, ""},
		{"echo-1: expect call accept", "no accept has returned yet"},
		{"echo: expect call accept = 5", "there was echo: accept 3 = 4"},
		{"expect state echo:any LISTEN", ""},
		{"expect states echo-1:any LISTEN SYN-RECEIVED ESTABLISHED", ""},
		{"nobody: expect call accept", "no process is called nobody"},
		{"expect state nobody:any LISTEN", "nobody:any names no socket"},
		{"expect not state nobody:3 LISTEN", "nobody:3 names no socket"},
		{"expect state client:9 LISTEN", "client:9 has never been a socket"},
		{"expect not blocked nobody", "no process is called nobody"},
		{"expect not state client:any LISTEN", ""},
	} {
		ok, got, err := s.Holds(Mark{}, test.line)
		if got != test.got || err != nil || ok != (got == "") {
			t.Errorf("%s: %t, %q, %v", test.line, ok, got, err)
		}
	}
}

// TestExpectBlocked: what has not returned is said to wait.
func TestExpectBlocked(t *testing.T) {
	s := play(t, append(slices.Clone(listening), "accept 3")...)
	for line, want := range map[string]string{
		"expect call accept":         "no accept has returned yet: server is blocked in accept(3)",
		"server: expect call accept": "no accept has returned yet: server is blocked in accept(3)",
		"client: expect call accept": "no accept has returned yet",
	} {
		if _, got, _ := s.Holds(Mark{}, line); got != want {
			t.Errorf("%s: %s", line, got)
		}
	}
}
