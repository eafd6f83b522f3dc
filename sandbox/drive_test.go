package sandbox_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/sandbox/netstack"
	"sockplay/tracer"
)

// echo is a server that answers each caller in turn with what it hears.
func echo(p *sandbox.Process, addr sandbox.Addr) func(context.Context) {
	return func(ctx context.Context) {
		l := p.Socket(ctx, sandbox.TCP).Result.Value
		p.Bind(ctx, l, addr)
		p.Listen(ctx, l, 5)
		for {
			fd := p.Accept(ctx, l).Result.Value
			for {
				in := p.Read(ctx, fd, 100)
				if in.Result.Value <= 0 {
					break
				}
				p.Write(ctx, fd, in.Result.Data)
			}
			p.Close(ctx, fd)
		}
	}
}

func driven(t *testing.T, lines string) (*command.Session, *tracer.Log) {
	t.Helper()
	stack, err := netstack.New(1)
	if err != nil {
		t.Fatal(err)
	}
	log := &tracer.Log{}
	s := command.NewSession(stack, log)
	t.Cleanup(func() {
		s.Sandbox.Close()
		stack.Close()
	})
	ctx := context.Background()
	addr := sandbox.Addr{AddrPort: netip.MustParseAddrPort("127.0.0.1:7")}
	server := s.Sandbox.Process("server")
	server.Drive(ctx, echo(server, addr))
	for line := range strings.Lines(lines) {
		if _, err := s.Do(ctx, strings.TrimSpace(line)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return s, log
}

// TestDrive has a learner talk to a program that makes the same calls.
func TestDrive(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	s, log := driven(t, `client: socket tcp
		client: connect 3 127.0.0.1:7
		client: expect return 0
		client: write 3 "hello"
		client: read 3 100
		client: expect data "hello"
		client: write 3 "again"
		client: read 3 100
		client: expect data "again"
		client: close 3
		expect states server:4 LISTEN SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED
		client: socket tcp
		client: connect 3 127.0.0.1:7
		expect state server:4 ESTABLISHED
		expect blocked server`)
	if got := s.Sandbox.Process("server").Blocked(); got != "read(4)" {
		t.Errorf("the server waits in %q", got)
	}
	events, _ := log.Since(0)
	told := map[int64]int{} // how often each call was told to wait
	var calls []string
	for _, e := range events {
		switch {
		case e.Kind == tracer.KindBlocked && e.Process == "server":
			told[e.Cause]++
		case e.Kind == tracer.KindCall && e.Process == "server":
			calls = append(calls, e.Call)
		}
	}
	if got := strings.Join(calls, " "); got != "socket bind listen accept read write read write read close accept read" {
		t.Errorf("the server's calls: %s", got)
	}
	if len(told) != 6 { // at the beginning, and after connect, write, write, close, connect
		t.Errorf("%d of its calls were told to wait", len(told))
	}
	for call, n := range told {
		if n != 1 {
			t.Errorf("call %d is told %d times to wait", call, n)
		}
	}
	// It ends with its process, wherever it is.
	server := s.Sandbox.Process("server")
	if !server.Driven() {
		t.Error("the program has ended")
	}
	server.Kill(context.Background(), 0)
	if server.Driven() {
		t.Error("the program lives on")
	}
}

// TestSleep has programs wait on the stack's clock.
func TestSleep(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	stack, err := netstack.New(1)
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	b := sandbox.New(stack, &tracer.Log{})
	defer b.Close()
	ctx := context.Background()
	var order []string
	for name, every := range map[string]time.Duration{"server": 30 * time.Millisecond, "client": 50 * time.Millisecond} {
		p := b.Process(name)
		p.Drive(ctx, func(ctx context.Context) {
			for range 3 {
				p.Sleep(ctx, every)
				order = append(order, name[:1]+" "+b.Stack().Now().String())
			}
		})
	}
	if stack.Now() != 0 || order != nil {
		t.Fatalf("time has passed: %v", order)
	}
	b.Advance(ctx, time.Second)
	if got, want := strings.Join(order, ", "), "s 30ms, c 50ms, s 60ms, s 90ms, c 100ms, c 150ms"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	if b.Process("server").Driven() || b.Process("client").Driven() {
		t.Error("the programs have not ended")
	}
}

// playing is a session on a user stack, each of whose lines has a context of its
// own, as at the prompt.
func playing(t *testing.T) (do func(lines string), s *command.Session, log *tracer.Log) {
	t.Helper()
	stack, err := netstack.New(1)
	if err != nil {
		t.Fatal(err)
	}
	log = &tracer.Log{}
	s = command.NewSession(stack, log)
	s.Again = func() (sandbox.Stack, error) { return netstack.New(1) }
	t.Cleanup(func() {
		s.Sandbox.Close()
		s.Sandbox.Stack().Close()
	})
	return func(lines string) {
		t.Helper()
		for line := range strings.Lines(lines) {
			ctx, cancel := context.WithCancel(context.Background())
			_, err := s.Do(ctx, strings.TrimSpace(line))
			cancel()
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
	}, s, log
}

// TestOutlives: a peer outlives the line that has started it, and each of its
// children the one in which it was forked; undo and redo go over all of that.
func TestOutlives(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	do, s, _ := playing(t)
	do(`peer echo
		client: socket tcp
		client: connect 3 127.0.0.1:7
		client: write 3 "hello"
		client: read 3 100
		client: expect data "hello"
		server: socket tcp
		server: connect 3 127.0.0.1:7
		undo 3
		client: read 3 100
		client: expect data "hello"
		expect blocked echo-1
		undo 4
		peer echo
		expect blocked echo
		undo
		redo
		expect blocked echo-udp
		client: socket tcp
		client: connect 3 127.0.0.1:7
		expect blocked echo-1`)
	echo := s.Sandbox.Process("echo")
	if got := len(echo.Children()); got != 2 {
		t.Errorf("it has %d children", got)
	}
	if s.Sandbox.Process("echo-1").Parent() != echo {
		t.Error("its child has another parent")
	}
	do("kill echo")
	if p := s.Sandbox.Process("echo-1"); p.Ended() == "" || p.Parent() != nil {
		t.Error("its child outlives it")
	}
}

// TestExits: what a program that is over leaves open is closed, and told.
func TestExits(t *testing.T) {
	do, s, log := playing(t)
	ctx := context.Background()
	s.Sandbox.Start(ctx, "short", func(ctx context.Context, p *sandbox.Process) {
		fd := p.Socket(ctx, sandbox.TCP).Result.Value
		p.Bind(ctx, fd, sandbox.Addr{AddrPort: netip.MustParseAddrPort("127.0.0.1:8080")})
		p.Listen(ctx, fd, 5)
		p.Accept(ctx, fd)
	})
	do(`client: socket tcp
		client: connect 3 127.0.0.1:8080
		expect packets SYN SYN-ACK ACK FIN ACK`)
	events, _ := log.Since(0)
	told := ""
	for _, e := range events {
		if e.Kind == tracer.KindNote && e.Driven && e.Process == "short" {
			told += e.Text
		}
	}
	if want := "short exits; the system closes what it had open, the highest number first: 4, with a FIN, as close would send; 3, at which nobody answers any more"; told != want {
		t.Errorf("%s\nnot %s", told, want)
	}
}

// TestRests: peers that keep each other going rest, and the line is over; time
// that passes lets them go on. A program that a learner's process runs does not.
func TestRests(t *testing.T) {
	do, s, log := playing(t)
	ctx := context.Background()
	busy := func(calls *int) func(ctx context.Context, p *sandbox.Process) {
		return func(ctx context.Context, p *sandbox.Process) {
			fd := p.Socket(ctx, sandbox.UDP).Result.Value
			for {
				p.Fcntl(ctx, fd, true)
				*calls++
			}
		}
	}
	one, two := 0, 0
	s.Sandbox.Start(ctx, "one", busy(&one))
	first := one
	if first == 0 || first > 10_000 {
		t.Fatalf("%d calls in a line", first)
	}
	s.Sandbox.Start(ctx, "two", busy(&two))
	do("peers")
	if one+two > 20_000 {
		t.Errorf("%d and %d calls in two lines", one, two)
	}
	do("advance 1s")
	if one+two < 5*first || two < first {
		t.Errorf("%d and %d calls after a second", one, two)
	}
	do("kill one\nkill two\nsocket tcp")
	notes := 0
	events, _ := log.Since(0)
	for _, e := range events {
		if e.Kind == tracer.KindNote && strings.Contains(e.Text, "rests, after 10000 calls of peers in one line; advance lets it go on, kill") {
			notes++
		}
	}
	if notes < 3 {
		t.Errorf("%d notes tell of it", notes)
	}
	long := 0
	server := s.Sandbox.Process("server")
	server.Drive(ctx, func(ctx context.Context) {
		for range 20_000 {
			server.Fcntl(ctx, 3, true)
			long++
		}
	})
	if long != 20_000 {
		t.Errorf("the server's own program has made %d calls", long)
	}
}

// TestDeferred: a program that is stopped in a call makes no more calls, whatever
// it has deferred; one that ends by itself makes them.
func TestDeferred(t *testing.T) {
	for name, stop := range map[string]func(b *sandbox.Sandbox, p *sandbox.Process){
		"kill":  func(_ *sandbox.Sandbox, p *sandbox.Process) { p.Kill(context.Background(), 0) },
		"close": func(b *sandbox.Sandbox, _ *sandbox.Process) { b.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			stack, err := netstack.New(1)
			if err != nil {
				t.Fatal(err)
			}
			defer stack.Close()
			log := &tracer.Log{}
			b := sandbox.New(stack, log)
			defer b.Close()
			p := b.Start(context.Background(), "program", func(ctx context.Context, p *sandbox.Process) {
				fd := p.Socket(ctx, sandbox.UDP).Result.Value
				defer p.Close(ctx, fd)
				p.Read(ctx, fd, 100)
			})
			before := log.Last()
			stop(b, p)
			events, _ := log.Since(before)
			for _, e := range events {
				if e.Kind == tracer.KindCall {
					t.Errorf("it calls %s", e.Call)
				}
			}
		})
	}
}
