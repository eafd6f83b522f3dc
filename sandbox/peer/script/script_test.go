package script

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
	"sockplay/tracer"
)

// fake is a system whose calls return what they are told to, and are noted.
type fake struct {
	name    string
	calls   []string
	returns []tracer.Result // of the calls to come; then: ECONNRESET
	printed string
	enough  func() // is called after a thousand calls; may be nil
}

func (f *fake) call(name string, fd int, args ...any) sandbox.Outcome {
	text := name
	if fd != 0 {
		text += fmt.Sprint(" ", fd)
	}
	for _, a := range args {
		text += fmt.Sprint(" ", a)
	}
	f.calls = append(f.calls, text)
	if len(f.calls) == 1000 && f.enough != nil {
		f.enough()
	}
	r := tracer.Result{Value: -1, Errno: "ECONNRESET"}
	if len(f.returns) > 0 {
		r, f.returns = f.returns[0], f.returns[1:]
	}
	return sandbox.Outcome{Process: f.name, Call: name, FD: fd, Result: r}
}

func (f *fake) Name() string       { return f.name }
func (f *fake) Now() time.Duration { return 0 }
func (f *fake) Random([]byte)      {}
func (f *fake) Socket(_ context.Context, k sandbox.Kind) sandbox.Outcome {
	return f.call("socket", 0, k)
}
func (f *fake) Bind(_ context.Context, fd int, a sandbox.Addr) sandbox.Outcome {
	return f.call("bind", fd, a)
}
func (f *fake) Listen(_ context.Context, fd, n int) sandbox.Outcome { return f.call("listen", fd, n) }
func (f *fake) Accept(_ context.Context, fd int) sandbox.Outcome    { return f.call("accept", fd) }
func (f *fake) Connect(_ context.Context, fd int, a sandbox.Addr) sandbox.Outcome {
	return f.call("connect", fd, a)
}
func (f *fake) Read(_ context.Context, fd, n int) sandbox.Outcome { return f.call("read", fd, n) }
func (f *fake) Write(_ context.Context, fd int, data []byte) sandbox.Outcome {
	return f.call("write", fd, string(data))
}
func (f *fake) Recvfrom(_ context.Context, fd, n int) sandbox.Outcome {
	return f.call("recvfrom", fd, n)
}
func (f *fake) Sendto(_ context.Context, fd int, to sandbox.Addr, data []byte) sandbox.Outcome {
	return f.call("sendto", fd, to, string(data))
}
func (f *fake) Shutdown(_ context.Context, fd int, how sandbox.How) sandbox.Outcome {
	return f.call("shutdown", fd, how)
}
func (f *fake) Close(_ context.Context, fd int) sandbox.Outcome { return f.call("close", fd) }
func (f *fake) Setsockopt(_ context.Context, fd int, o sandbox.OptionInfo, v int) sandbox.Outcome {
	return f.call("setsockopt", fd, o.Name, v)
}
func (f *fake) Fcntl(_ context.Context, fd int, on bool) sandbox.Outcome {
	return f.call("fcntl", fd, on)
}
func (f *fake) Poll(_ context.Context, _ []sandbox.PollFD, d time.Duration, args ...string) sandbox.Outcome {
	return f.call("poll", 0, append([]any{d}, strings.Join(args, " "))...)
}
func (f *fake) Sleep(_ context.Context, d time.Duration) sandbox.Outcome {
	return f.call("sleep", 0, d)
}
func (f *fake) Date() time.Time   { return time.Unix(0, 0) }
func (f *fake) Print(text string) { f.printed += text }

func value(n int) tracer.Result      { return tracer.Result{Value: n} }
func errno(e string) tracer.Result   { return tracer.Result{Value: -1, Errno: e} }
func got(data string) tracer.Result  { return tracer.Result{Value: len(data), Data: []byte(data)} }
func from(a, s string) tracer.Result { return tracer.Result{Value: len(s), Data: []byte(s), Addr: a} }

var at = sandbox.Addr{Path: "@here"}

// TestRun compares the calls that scripts make with what they are meant to.
func TestRun(t *testing.T) {
	for _, test := range []struct {
		name, script string
		returns      []tracer.Result
		want         string // calls
		printed      string
	}{
		{"a call that fails ends it", "socket tcp\nbind 3 $addr\nlisten 3", []tracer.Result{value(3), errno("EADDRINUSE")}, "socket tcp|bind 3 @here", ""},
		{"unless it is tried", "socket tcp\ntry bind 3 $addr\nlisten 3 5", []tracer.Result{value(3), errno("EADDRINUSE"), value(0)}, "socket tcp|bind 3 @here|listen 3 5", ""},
		{"or the next line leaves for it", "repeat\nread 4 10\nleave on 0 ECONNRESET\nend\nclose 4", []tracer.Result{got("x"), errno("ECONNRESET"), value(0)}, "read 4 10|read 4 10|close 4", ""},
		{"which names another", "repeat\nread 4 10\nleave on 0 EPIPE\nend\nclose 4", []tracer.Result{errno("ECONNRESET")}, "read 4 10", ""},
		{"-1 is any", "repeat\nread 4 10\nleave on -1\nend\nclose 4", []tracer.Result{errno("ECONNRESET"), value(0)}, "read 4 10|close 4", ""},
		{"so many times", "repeat 3\nwrite 4 \"a\" \"b\" * 2\nend", []tracer.Result{value(3), value(3), value(3)}, "write 4 abb|write 4 abb|write 4 abb", ""},
		{"leave goes out of the inner one", "repeat 2\nrepeat\nsleep 1s\nleave\nend\nend", []tracer.Result{value(0), value(0)}, "sleep 1s|sleep 1s", ""},
		{"what was read", "read 4 9\nwrite 4 \"> \" $data\nprint $data \"\\n\"", []tracer.Result{got("hi"), value(4)}, "read 4 9|write 4 > hi", "hi\n"},
		{"who sent it", "recvfrom 3 9\nsendto 3 $from $data", []tracer.Result{from("127.0.0.1:99", "x"), value(1)}, "recvfrom 3 9|sendto 3 127.0.0.1:99 x", ""},
		{"$fd", "socket udp\nclose $fd\nsocket udp\naccept $fd\nclose $fd", []tracer.Result{value(3), value(0), value(3), value(7), value(0)}, "socket udp|close 3|socket udp|accept 3|close 7", ""},
		{"the date", "write 4 $date", []tracer.Result{value(1)}, "write 4 Thursday, January 1, 1970 00:00:00-UTC", ""},
		{"options", "setsockopt 3 SO_LINGER 0\nsetsockopt 3 SO_REUSEADDR on\nfcntl 3 nonblock on\nshutdown 3 wr\npoll 3:in,out 4:pri 500ms\npause", []tracer.Result{value(0), value(0), value(0), value(0), value(1), value(0)},
			"setsockopt 3 SO_LINGER 0|setsockopt 3 SO_REUSEADDR 1|fcntl 3 true|shutdown 3 wr|poll 500ms 3:in,out 4:pri 500ms|poll -1ns ", ""},
		{"exit", "socket tcp\nexit\nlisten 3", []tracer.Result{value(3)}, "socket tcp", ""},
		{"a loop without a call is ended", "repeat\nrepeat\nleave\nend\nend", nil, "", "line 1: 10000 lines without any call: the script would never wait, and is ended here; a call, sleep or pause inside the repeat lets it\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := parse("x.peer", test.script)
			if err != nil {
				t.Fatal(err)
			}
			f := &fake{name: "x", returns: test.returns}
			s.runOn(context.Background(), f, at, nil)
			if got := strings.Join(f.calls, "|"); got != test.want {
				t.Errorf("it calls %s\nnot %s", got, test.want)
			}
			if f.printed != test.printed && !strings.HasPrefix(test.printed, "line") || len(f.printed) > 0 != (len(test.printed) > 0) {
				t.Errorf("it prints %q, not %q", f.printed, test.printed)
			}
		})
	}
}

// TestFork: a child runs the lines of its block, with the values that its parent
// had at that moment, and may be named.
func TestFork(t *testing.T) {
	s, err := parse("x.peer", "socket tcp\nchild\nclose $fd\nend\nchild udp\nread 9 1\nend\naccept 3\nclose $fd")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{name: "x", returns: []tracer.Result{value(3), value(4), value(0)}}
	var names []string
	var children []func()
	fork := func(ctx context.Context, parent peer.System, name string, child peer.Program) bool {
		names = append(names, parent.Name()+" "+name)
		children = append(children, func() {
			q := &fake{name: "child"}
			child(ctx, q)
			names = append(names, q.calls...)
		})
		return true
	}
	s.runOn(context.Background(), f, at, fork)
	for _, run := range children {
		run()
	}
	if got, want := strings.Join(f.calls, "|"), "socket tcp|accept 3|close 4"; got != want {
		t.Errorf("the parent calls %s", got)
	}
	if got, want := strings.Join(names, "|"), "x |x udp|close 3|read 9 1"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
}

// TestWrong: what is wrong in a script is told with its place, and with what would
// be right.
func TestWrong(t *testing.T) {
	for _, test := range []struct{ script, want string }{
		{"", "x.peer:1: the script does nothing; socket tcp makes a beginning"},
		{"# nothing\n\n", "x.peer:1: the script does nothing"},
		{"socket\n", "x.peer:1: socket: the kind of socket is missing; socket tcp|udp"},
		{"socket tpc\n", "x.peer:1: socket: tpc is no kind of socket; one of tcp, udp"},
		{"\nlisen 3\n", "x.peer:2: a script has no lisen; did you mean listen?"},
		{"peer echo\n", "x.peer:1: a script has no peer; the calls are socket, bind"},
		{"while 1\n", "x.peer:1: a script has no while; "},
		{"socket tcp tcp\n", "x.peer:1: socket: tcp is one word too many"},
		{"bind x 127.0.0.1:1\n", "x.peer:1: bind: x is no descriptor; its number, such as 3, or $fd"},
		{"bind 3 here\n", "x.peer:1: bind: here: only this machine is here, and no names but localhost; "},
		{"write 3 hello\n", `x.peer:1: write: hello is no data; "text", "ab" * 1000, 64k, $data or $date`},
		{"write 3 $from\n", "x.peer:1: write: $from is no data"},
		{"write 3 2M\n", "x.peer:1: write: 2M is more than a line may send; 1 MiB at most"},
		{"write 3 \"ab\" * 1000000\n", "x.peer:1: write: so much data"},
		{"write 3 \"ab\n", `x.peer:1: a string without its end; end it with a second "`},
		{"read 3 many\n", "x.peer:1: read: many is no number of bytes"},
		{"setsockopt 3 SO_REUSE 1\n", "x.peer:1: setsockopt: no option is called SO_REUSE"},
		{"setsockopt 3 SO_REUSEADDR perhaps\n", "x.peer:1: setsockopt: perhaps is no value of SO_REUSEADDR"},
		{"poll 3\n", "x.peer:1: poll: 3 is no descriptor with events"},
		{"poll 3:out,up\n", "x.peer:1: poll: up is no event"},
		{"sleep 5\n", "x.peer:1: sleep: 5 is no time; a time has a unit"},
		{"repeat\nsocket tcp\n", "x.peer:1: repeat has no end; a line end below its last line"},
		{"repeat\nend\n", "x.peer:2: there is nothing inside the repeat of line 1"},
		{"repeat 0\n", "x.peer:1: repeat: 0 is no number of times"},
		{"end\n", "x.peer:1: there is nothing to end"},
		{"leave\n", "x.peer:1: leave stands in no repeat"},
		{"repeat\nchild\nleave\n", "x.peer:3: leave stands in no repeat"},
		{"repeat\nleave if 0\n", "x.peer:2: leave: if is no on"},
		{"repeat\nleave on\n", "x.peer:2: leave: the result is missing; leave, or leave on 0"},
		{"repeat\nleave on nothing\n", "x.peer:2: leave: nothing is nothing that a call returns"},
		{"child BIG\n", "x.peer:1: child: BIG is no name for a child"},
		{"try\n", "x.peer:1: try: the call is missing; try CALL"},
		{"try sleep 1s\n", "x.peer:1: try: sleep is no call"},
		{"\"socket\" tcp\n", `x.peer:1: "socket" is no command`},
		{"socket \x00\n", "x.peer:1: a control character"},
		{"socket \xff\n", "x.peer:1: the script is not valid UTF-8"},
		{strings.Repeat("repeat\n", 20), "x.peer:17: this is more than 16 blocks deep"},
		{strings.Repeat("#", MaxText+1), "x.peer:1: the script has 65537 bytes"},
	} {
		_, err := parse("x.peer", test.script)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%.40q: %v\nnot %s", test.script, err, test.want)
		} else if !strings.Contains(err.Error(), "; ") {
			t.Errorf("%.40q: %v: it does not say what would be right", test.script, err)
		}
	}
}

// TestReady: the scripts that come with the program are right.
func TestReady(t *testing.T) {
	for _, p := range Ready {
		if _, err := p.New(p.Addr, nil); err != nil {
			t.Error(err)
		}
	}
}

// FuzzScript: no text makes the parser or a process of it fail or go on for ever,
// and what is wrong is told with its line.
func FuzzScript(f *testing.F) {
	for _, p := range Ready {
		f.Add(p.Source, []byte{3, 0, 4, 9, 255})
	}
	f.Add("repeat 5\nchild\nleave\nend\nend", []byte{})
	f.Fuzz(func(t *testing.T, text string, results []byte) {
		s, err := parse("x.peer", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "x.peer:") {
				t.Errorf("%q", err)
			}
			return
		}
		sys := &fake{name: "x"}
		for _, b := range results {
			switch {
			case b == 255:
				sys.returns = append(sys.returns, errno("EPIPE"))
			case b > 100:
				sys.returns = append(sys.returns, from("127.0.0.1:7", strings.Repeat("x", int(b))))
			default:
				sys.returns = append(sys.returns, value(int(b)))
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		forked := 0
		fork := func(ctx context.Context, parent peer.System, name string, child peer.Program) bool {
			if forked++; forked > 20 {
				cancel()
				return false
			}
			child(ctx, parent)
			return true
		}
		sys.enough = cancel // one that only tries would go on for ever
		s.runOn(ctx, sys, at, fork)
	})
}
