package host

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
	"sockplay/tracer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// play runs a program until stop.
func play(t *testing.T, program peer.Program) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		New("server", &tracer.Log{}).Run(ctx, program)
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

var anywhere = sandbox.Addr{AddrPort: netip.MustParseAddrPort("127.0.0.1:0")}

// serve is a listener at a port of the system's choice, whose address it tells.
func serve(ctx context.Context, sys peer.System, at chan<- string) int {
	p := sys.(*Process)
	fd := sys.Socket(ctx, sandbox.TCP).Result.Value
	sys.Bind(ctx, fd, anywhere)
	sys.Listen(ctx, fd, 5)
	at <- p.files[fd].local.String()
	return fd
}

func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c.(*net.TCPConn)
}

// tell is a line for each call, as strace writes it, and each state.
func tell(events []tracer.Event) (lines []string) {
	for _, e := range events {
		switch e.Kind {
		case tracer.KindState:
			lines = append(lines, e.From+" "+e.To)
		case tracer.KindReturn:
			l := e.Call
			if e.Result.Errno != "" {
				l += " " + e.Result.Errno
			}
			if len(e.Result.Data) > 0 {
				l += " " + string(e.Result.Data)
			}
			lines = append(lines, l)
		}
	}
	return lines
}

// record plays a program to its end against a peer.
func record(t *testing.T, program func(ctx context.Context, sys peer.System, at chan<- string), against func(addr string)) []string {
	t.Helper()
	var events []tracer.Event
	log := &tracer.Log{}
	log.Sink(func(e tracer.Event) { events = append(events, e) })
	at := make(chan string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		New("server", log).Run(t.Context(), func(ctx context.Context, sys peer.System) { program(ctx, sys, at) })
	}()
	against(<-at)
	<-done
	return tell(events)
}

func TestCalls(t *testing.T) {
	for _, test := range []struct {
		name    string
		program func(ctx context.Context, sys peer.System, at chan<- string)
		against func(t *testing.T, addr string)
		want    []string
	}{
		{"the peer closes first", func(ctx context.Context, sys peer.System, at chan<- string) {
			l := serve(ctx, sys, at)
			fd := sys.Accept(ctx, l).Result.Value
			sys.Read(ctx, fd, 100)
			sys.Read(ctx, fd, 100)
			sys.Write(ctx, fd, []byte("bye"))
			sys.Close(ctx, fd)
		}, func(t *testing.T, addr string) {
			c := dial(t, addr)
			c.Write([]byte("hello"))
			c.CloseWrite()
			if got, err := io.ReadAll(c); string(got) != "bye" || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		}, []string{
			"socket", "bind", "CLOSED LISTEN", "listen", "LISTEN SYN-RECEIVED", "SYN-RECEIVED ESTABLISHED", "accept",
			"read hello", "ESTABLISHED CLOSE-WAIT", "read", "write", "CLOSE-WAIT LAST-ACK", "close",
		}},
		{"we half-close first", func(ctx context.Context, sys peer.System, at chan<- string) {
			l := serve(ctx, sys, at)
			fd := sys.Accept(ctx, l).Result.Value
			sys.Write(ctx, fd, []byte("bye"))
			sys.Shutdown(ctx, fd, sandbox.ShutWr)
			sys.Write(ctx, fd, []byte("more"))
			sys.Read(ctx, fd, 100)
			sys.Read(ctx, fd, 100)
			sys.Close(ctx, fd)
		}, func(t *testing.T, addr string) {
			c := dial(t, addr)
			if got, err := io.ReadAll(c); string(got) != "bye" || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
			c.Write([]byte("still"))
			c.Close()
		}, []string{
			"socket", "bind", "CLOSED LISTEN", "listen", "LISTEN SYN-RECEIVED", "SYN-RECEIVED ESTABLISHED", "accept",
			"write", "ESTABLISHED FIN-WAIT-1", "shutdown", "write EPIPE", "read still", "FIN-WAIT-1 TIME-WAIT", "read", "close",
		}},
		{"an RST", func(ctx context.Context, sys peer.System, at chan<- string) {
			l := serve(ctx, sys, at)
			fd := sys.Accept(ctx, l).Result.Value
			sys.Read(ctx, fd, 100)
			sys.Read(ctx, fd, 100)
		}, func(t *testing.T, addr string) {
			c := dial(t, addr)
			c.SetLinger(0)
			c.Close()
		}, []string{
			"socket", "bind", "CLOSED LISTEN", "listen", "LISTEN SYN-RECEIVED", "SYN-RECEIVED ESTABLISHED", "accept",
			"ESTABLISHED CLOSED", "read ECONNRESET", "read",
		}},
		{"what never was", func(ctx context.Context, sys peer.System, at chan<- string) {
			l := serve(ctx, sys, at)
			sys.Accept(ctx, 9)
			sys.Read(ctx, l, 1)
			sys.Fcntl(ctx, l, true)
			sys.Accept(ctx, l)
			fd := sys.Socket(ctx, sandbox.TCP).Result.Value
			sys.Bind(ctx, fd, sandbox.Addr{AddrPort: sys.(*Process).files[l].local})
			sys.Bind(ctx, fd, sandbox.Addr{AddrPort: netip.MustParseAddrPort("192.0.2.1:9")})
			sys.Write(ctx, fd, []byte("x"))
			sys.Listen(ctx, fd, 1)
			sys.Close(ctx, fd)
			sys.Close(ctx, fd)
			sys.Socket(ctx, sandbox.Unix)
		}, func(*testing.T, string) {}, []string{
			"socket", "bind", "CLOSED LISTEN", "listen", "accept EBADF", "read ENOTCONN", "fcntl", "accept EAGAIN", "socket",
			"bind EADDRINUSE", "bind EADDRNOTAVAIL", "write ENOTCONN", "listen EINVAL", "close", "close EBADF", "socket EAFNOSUPPORT",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := record(t, test.program, func(addr string) { test.against(t, addr) })
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := sandbox.Addr{AddrPort: netip.MustParseAddrPort(l.Addr().String())}
	l.Close()
	var errno, second string
	New("client", &tracer.Log{}).Run(t.Context(), func(ctx context.Context, sys peer.System) {
		fd := sys.Socket(ctx, sandbox.TCP).Result.Value
		errno = sys.Connect(ctx, fd, addr).Result.Errno
		sys.Fcntl(ctx, fd, true)
		o := sys.Connect(ctx, fd, addr)
		if o.Result.Errno == "EINPROGRESS" {
			sys.Poll(ctx, []sandbox.PollFD{{FD: fd, Out: true}}, time.Second)
			o = sys.Connect(ctx, fd, addr)
		}
		second = o.Result.Errno
	})
	if errno != "ECONNREFUSED" || second == "" {
		t.Errorf("connect: %q, then %q", errno, second)
	}
}

// A client that does not read fills what there is, and no more.
func TestSlowReader(t *testing.T) {
	wrote := make(chan int, 1)
	record(t, func(ctx context.Context, sys peer.System, at chan<- string) {
		l := serve(ctx, sys, at)
		fd := sys.Accept(ctx, l).Result.Value
		sys.Fcntl(ctx, fd, true)
		sum := 0
		for {
			o := sys.Write(ctx, fd, make([]byte, 1<<20))
			if o.Result.Value < 0 {
				// The system's own buffers take some more, for a moment.
				if sys.Poll(ctx, []sandbox.PollFD{{FD: fd, Out: true}}, 300*time.Millisecond).Result.Value == 0 {
					break
				}
				continue
			}
			sum += o.Result.Value
			if sum > 256<<20 {
				break
			}
		}
		wrote <- sum
	}, func(addr string) {
		c := dial(t, addr)
		if n := <-wrote; n < mostOut || n > 64<<20 {
			t.Errorf("%d bytes were taken from a writer whose peer reads nothing", n)
		}
		c.Close()
	})
}

// What is written just before the end still arrives.
func TestLastWords(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	record(t, func(ctx context.Context, sys peer.System, at chan<- string) {
		l := serve(ctx, sys, at)
		sys.Write(ctx, sys.Accept(ctx, l).Result.Value, want)
	}, func(addr string) {
		if got, err := io.ReadAll(dial(t, addr)); !bytes.Equal(got, want) || err != nil {
			t.Errorf("%d of %d bytes came, %v", len(got), len(want), err)
		}
	})
}

func TestStopped(t *testing.T) {
	at := make(chan string, 1)
	stop := play(t, func(ctx context.Context, sys peer.System) {
		l := serve(ctx, sys, at)
		sys.Accept(ctx, l)
		sys.Accept(ctx, l)
	})
	c := dial(t, <-at)
	stop()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}

// What a peer does not read holds up the end for a moment only.
func TestStoppedUnread(t *testing.T) {
	at, full := make(chan string, 1), make(chan struct{})
	stop := play(t, func(ctx context.Context, sys peer.System) {
		l := serve(ctx, sys, at)
		fd := sys.Accept(ctx, l).Result.Value
		sys.Fcntl(ctx, fd, true)
		for sys.Poll(ctx, []sandbox.PollFD{{FD: fd, Out: true}}, time.Second).Result.Value > 0 {
			sys.Write(ctx, fd, make([]byte, 1<<20))
		}
		close(full)
		sys.Accept(ctx, l)
	})
	dial(t, <-at)
	<-full
	began := time.Now()
	stop()
	if d := time.Since(began); d >= grace {
		t.Errorf("it took %v", d)
	}
}

// A program may ask for what a connect under way has not brought yet.
func TestConnecting(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to := sandbox.Addr{AddrPort: addrOf(l.Addr())}
	New("client", &tracer.Log{}).Run(t.Context(), func(ctx context.Context, sys peer.System) {
		fd := sys.Socket(ctx, sandbox.TCP).Result.Value
		sys.Fcntl(ctx, fd, true)
		sys.Connect(ctx, fd, to) // mostly EINPROGRESS, but the peer is near
		// Nothing here waits for the connection, so that the race detector sees
		// whoever looks without the lock.
		for sys.Write(ctx, fd, []byte("x")).Result.Errno == "ENOTCONN" {
			sys.Read(ctx, fd, 1)
		}
		if o := sys.Read(ctx, fd, 1); o.Result.Errno != string(sandbox.EAGAIN) {
			t.Errorf("read: %v", o.Result)
		}
	})
}

func TestDatagrams(t *testing.T) {
	at := make(chan string, 1)
	stop := play(t, func(ctx context.Context, sys peer.System) {
		fd := sys.Socket(ctx, sandbox.UDP).Result.Value
		sys.Bind(ctx, fd, anywhere)
		at <- sys.(*Process).files[fd].local.String()
		for {
			in := sys.Recvfrom(ctx, fd, 5)
			from := sandbox.Addr{AddrPort: netip.MustParseAddrPort(in.Result.Addr)}
			sys.Sendto(ctx, fd, from, append([]byte("> "), in.Result.Data...))
		}
	})
	defer stop()
	c, err := net.Dial("udp", <-at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	for _, d := range []struct{ say, hear string }{{"hello", "> hello"}, {"", "> "}, {"long-winded", "> long-"}} {
		c.Write([]byte(d.say))
		buf := make([]byte, 100)
		if n, err := c.Read(buf); string(buf[:n]) != d.hear || err != nil {
			t.Errorf("to %q: %q, %v; want %q", d.say, buf[:n], err, d.hear)
		}
	}
}

func TestAdopt(t *testing.T) {
	r, w := io.Pipe()
	var got strings.Builder
	go func() { w.Write([]byte("output")); w.Close() }()
	New("server", &tracer.Log{}).Run(t.Context(), func(ctx context.Context, sys peer.System) {
		fd := sys.(*Process).Adopt(r)
		for {
			o := sys.Poll(ctx, []sandbox.PollFD{{FD: fd, In: true}}, -1)
			if len(o.Revents()) != 1 || o.Revents()[0].FD != fd {
				t.Errorf("poll: %v", o.Result.Revents)
			}
			in := sys.Recvfrom(ctx, fd, 4)
			if in.Result.Value == 0 {
				break
			}
			got.Write(in.Result.Data)
		}
		sys.Close(ctx, fd)
	})
	if got.String() != "output" {
		t.Errorf("got %q", got.String())
	}
}
