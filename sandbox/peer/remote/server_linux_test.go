package remote

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sockplay/sandbox"
	"sockplay/sandbox/host"
	"sockplay/sandbox/peer"
	"sockplay/tracer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve serves on the machine's own loopback until the test ends, and returns
// where, and what the server prints.
func serve(t *testing.T, cfg Config) (addr string, printed <-chan string) {
	t.Helper()
	return serveCounting(t, cfg, new(atomic.Int64))
}

// serveCounting counts the server's polls.
func serveCounting(t *testing.T, cfg Config, polls *atomic.Int64) (addr string, printed <-chan string) {
	t.Helper()
	at, lines := make(chan string, 1), make(chan string, 1000)
	log := &tracer.Log{Window: 1 << 20}
	log.Sink(func(e tracer.Event) {
		switch {
		case e.Kind == tracer.KindState && e.To == "LISTEN":
			at <- e.Local.String()
		case e.Kind == tracer.KindReturn && e.Call == "poll":
			polls.Add(1)
		case e.Kind == tracer.KindOutput:
			select {
			case lines <- string(e.Data):
			default:
			}
		}
	})
	cfg.Addr = peer.At("127.0.0.1:0")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		host.New("remote", log).Run(ctx, Serve(cfg))
	}()
	t.Cleanup(func() { cancel(); <-done })
	return <-at, lines
}

// by hand is a client of the insecure form.
type hand struct {
	*net.TCPConn
	r *bufio.Reader
}

func dial(t *testing.T, addr string) hand {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return hand{c.(*net.TCPConn), bufio.NewReader(c)}
}

func (h hand) say(format string, v ...any) { fmt.Fprintf(h, format+"\n", v...) }

func (h hand) line() string {
	l, err := h.r.ReadString('\n')
	if err != nil {
		return "(" + l + err.Error() + ")"
	}
	return strings.TrimSuffix(l, "\n")
}

// login is a client that has been let in.
func login(t *testing.T, addr string) hand {
	t.Helper()
	h := dial(t, addr)
	h.say("%s SECRET sesame", Magic)
	if a, b := h.line(), h.line(); a != Magic+" insecure" || b != "WELCOME" {
		t.Fatalf("greeted with %q, %q", a, b)
	}
	return h
}

// result is what a command printed, and how it ended.
func (h hand) result(command string) (out, err, exit string) {
	h.say("RUN %s", command)
	for {
		verb, rest, _ := strings.Cut(h.line(), " ")
		n, _ := strconv.Atoi(rest)
		piece := make([]byte, n)
		switch verb {
		case "OUT":
			io.ReadFull(h.r, piece)
			out += string(piece)
		case "ERR":
			io.ReadFull(h.r, piece)
			err += string(piece)
		default:
			return out, err, verb + " " + rest
		}
	}
}

var open2 = Config{Secret: "sesame", Insecure: true}

// shell lets the tests run what they like.
func shell(c Config) Config {
	c.Run = Exec
	c.List = []Entry{{Name: "sh", Text: true}, {Name: "date"}, {Name: "nonesuch"}}
	return c
}

func TestRealPrograms(t *testing.T) {
	cfg := shell(open2)
	cfg.Limit, cfg.Output = 800*time.Millisecond, 5000
	t.Setenv("SOCKPLAY_SECRET", "sesame")
	addr, _ := serve(t, cfg)
	h := login(t, addr)
	for _, c := range []struct{ name, run, out, err, exit string }{
		{"output", "sh -c echo%20hello", "hello\n", "", "EXIT 0"},
		{"both streams and a status", "sh -c echo%20out;echo%20err%20>%262;exit%203", "out\n", "err\n", "EXIT 3"},
		{"no input", "sh -c cat", "", "", "EXIT 0"},
		{"a clean environment", "sh -c echo%20$SOCKPLAY_SECRET$USER-$HOME-$PWD", "-/-/\n", "", "EXIT 0"},
		{"a signal", "sh -c kill%20-9%20$$", "", "", "EXIT 137 it was ended by a signal"},
		{"too long", "sh -c echo%20begun;sleep%2060", "begun\n", "", "EXIT 124 it ran longer than 800ms"},
		{"too much", "sh -c yes", strings.Repeat("y\n", 2500), "", "EXIT 125 it printed more than 5000 octets"},
		{"what it leaves behind", "sh -c sleep%2060%20%26%20echo%20done", "done\n", "", "EXIT 0"},
		{"no such program", "nonesuch", "", "nonesuch: not among the commands that are built in\n", "EXIT 127"},
		{"no shell in between", "date ;id", "", "", "NO argument date takes no arguments here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err, exit := h.result(c.run)
			if out != c.out || err != c.err || exit != c.exit {
				t.Errorf("out %.60q, err %q, %q\nwant %.60q, %q, %q", out, err, exit, c.out, c.err, c.exit)
			}
		})
	}
}

// When the client goes, the whole group of its command is ended.
func TestClientGoes(t *testing.T) {
	for name, leave := range map[string]func(h hand){
		"with a FIN":   func(h hand) { h.Close() },
		"with an RST":  func(h hand) { h.SetLinger(0); h.Close() },
		"half of it":   func(h hand) { h.CloseWrite() },
		"saying more":  func(h hand) { h.say("RUN date"); h.Close() },
		"in mid-line":  func(h hand) { fmt.Fprint(h, "RUN da"); h.Close() },
		"with nothing": func(h hand) { h.CloseRead(); h.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := shell(open2)
			cfg.Limit = time.Minute
			addr, printed := serve(t, cfg)
			h := login(t, addr)
			h.say("RUN sh -c sleep%%2060%%20%%26%%20echo%%20$!%%20$$;wait")
			h.line()
			var child, leader int
			if n, err := fmt.Sscan(h.line(), &child, &leader); n != 2 {
				t.Fatal(err)
			}
			leave(h)
			for !strings.Contains(<-printed, "is ended") {
			}
			// The group is killed before it is told; the child is another
			// process's to reap.
			for end := time.Now().Add(10 * time.Second); alive(child) || alive(leader); time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("child %v, leader %v still run", alive(child), alive(leader))
				}
			}
		})
	}
}

// alive reports whether a process runs, and is no zombie.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(b), ") ")
	return err == nil && !strings.HasPrefix(rest, "Z")
}

func TestTimes(t *testing.T) {
	cfg := open2
	cfg.Hello, cfg.Line, cfg.Idle, cfg.Penalty = 150*time.Millisecond, 150*time.Millisecond, 300*time.Millisecond, 100*time.Millisecond
	for _, c := range []struct {
		name string
		play func(t *testing.T, addr string) hand
		want string
	}{
		{"says nothing", func(t *testing.T, addr string) hand { return dial(t, addr) }, "NO time the greeting takes longer than 150ms"},
		{"half a greeting", func(t *testing.T, addr string) hand {
			h := dial(t, addr)
			fmt.Fprint(h, Magic)
			return h
		}, "NO time the greeting takes longer than 150ms"},
		{"half a line", func(t *testing.T, addr string) hand {
			h := login(t, addr)
			fmt.Fprint(h, "RUN da")
			return h
		}, "NO time a line takes longer than 150ms"},
		{"nothing more", func(t *testing.T, addr string) hand { return login(t, addr) }, "NO time nothing was asked for 300ms"},
		{"a wrong secret", func(t *testing.T, addr string) hand {
			h := dial(t, addr)
			h.say("%s SECRET guess", Magic)
			return h
		}, "NO secret this is not the secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			addr, _ := serve(t, cfg)
			served := login(t, addr)
			h := c.play(t, addr)
			got := h.line()
			if strings.HasPrefix(got, Magic) {
				got = h.line()
			}
			if got != c.want {
				t.Errorf("told %q, want %q", got, c.want)
			}
			if _, err := h.r.ReadByte(); err != io.EOF {
				t.Errorf("then %v, not the end", err)
			}
			if out, _, exit := login(t, addr).result("echo still"); out != "still\n" || exit != "EXIT 0" {
				t.Errorf("another is told %q, %q", out, exit)
			}
			served.Close()
		})
	}
}

// One that never reads is let go, with what runs for it, and costs nothing
// meanwhile.
func TestNeverReads(t *testing.T) {
	for name, limit := range map[string]time.Duration{"its command is ended first": 100 * time.Millisecond, "it is let go first": time.Minute} {
		t.Run(name, func(t *testing.T) {
			cfg := shell(open2)
			cfg.Limit, cfg.Line, cfg.Output = limit, 500*time.Millisecond, 1<<30
			var polls atomic.Int64
			addr, printed := serveCounting(t, cfg, &polls)
			h := login(t, addr)
			h.SetReadBuffer(4096)
			for range 20 {
				h.say("RUN sh -c yes")
			}
			began := time.Now()
			for !strings.Contains(<-printed, "it does not read") {
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("that took %s", took)
			}
			if out, _, _ := login(t, addr).result("date"); out == "" {
				t.Error("another is not served")
			}
			if n := polls.Load(); n > 5000 { // of which each passes output on
				t.Errorf("it has polled %d times", n)
			}
		})
	}
}

// One that sends lines without end and never reads is made to wait, and let go.
func TestFlood(t *testing.T) {
	cfg := open2
	cfg.Line = 300 * time.Millisecond
	addr, printed := serve(t, cfg)
	h := login(t, addr)
	h.SetReadBuffer(4096)
	sent := 0
	for lines := bytes.Repeat([]byte("\n"), 1<<16); ; {
		n, err := h.Write(lines)
		if sent += n; err != nil {
			break
		}
		if sent > 64<<20 {
			t.Fatalf("%d lines were taken from one that reads no answer", sent)
		}
	}
	for !strings.Contains(<-printed, "it does not read") {
	}
}

// A command that leaves its process group holds nobody up, and is ended.
func TestOtherGroup(t *testing.T) {
	if find("python3") == "" {
		t.Skip("there is no python3 in the places where programs are looked for")
	}
	cfg := open2
	cfg.Run, cfg.Limit, cfg.List = Exec, 300*time.Millisecond, []Entry{{Name: "python3", Text: true}, {Name: "echo", Text: true}}
	addr, _ := serve(t, cfg)
	h, other := login(t, addr), login(t, addr)
	h.say("RUN python3 -c %s", encode([]string{"import os,time;print(os.getpid(),flush=True);os.setpgid(0,os.getpgid(os.getppid()));time.sleep(60)"}))
	h.line()
	pid, err := strconv.Atoi(h.line())
	if err != nil {
		t.Fatal(err)
	}
	if exit := h.line(); exit != "EXIT 124 it ran longer than 300ms" {
		t.Errorf("it ended: %q", exit)
	}
	if out, _, _ := other.result("echo still"); out != "still\n" {
		t.Errorf("another is told %q", out)
	}
	for end := time.Now().Add(10 * time.Second); alive(pid); time.Sleep(time.Millisecond) { // it is another process's to end
		if time.Now().After(end) {
			t.Fatal("it still runs")
		}
	}
}

// A thousand that connect and say nothing take no more than their share, and
// are let go.
func TestSilentThousand(t *testing.T) {
	cfg := open2
	cfg.Hello = 300 * time.Millisecond
	addr, _ := serve(t, cfg)
	first := login(t, addr)
	var silent []hand
	for range 1000 {
		silent = append(silent, dial(t, addr))
	}
	if out, _, _ := first.result("echo on"); out != "on\n" {
		t.Errorf("who was there first is told %q", out)
	}
	first.SetDeadline(time.Now().Add(time.Second))
	if out, _, _ := login(t, addr).result("echo new"); out != "new\n" {
		t.Errorf("who comes while they are there is told %q", out)
	}
	for _, h := range silent[:200] {
		h.line()
		if why := h.line(); !strings.HasPrefix(why, "NO time ") && !strings.HasPrefix(why, "NO full ") {
			t.Fatalf("it was told %q", why)
		}
	}
	for _, h := range silent {
		h.Close()
	}
	if out, _, exit := login(t, addr).result("echo again"); out != "again\n" {
		t.Errorf("who comes then is told %q, %q", out, exit)
	}
}

// Client and server of the secure form, on the machine's loopback.
func TestClient(t *testing.T) {
	addr, _ := serve(t, Config{Secret: "sesame", Run: Exec})
	for _, c := range []struct {
		name    string
		client  Client
		out     string
		status  int
		failure string
	}{
		{"the secret", Client{Secret: "sesame"}, "hello\n", 0, ""},
		{"another", Client{Secret: "guess"}, "", -1, "the proof is wrong: this client does not know the secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out string
			status, todo := -1, []string{"echo", "hello"}
			c.client.Addr = sandbox.Addr{AddrPort: netip.MustParseAddrPort(addr)}
			c.client.Next = func() []string { next := todo; todo = nil; return next }
			c.client.Show = func(_ string, data []byte) { out += string(data) }
			c.client.Ended = func(n int, _ string) { status = n }
			var err error
			host.New("control", &tracer.Log{}).Run(t.Context(), func(ctx context.Context, sys peer.System) { err = c.client.Do(ctx, sys) })
			text := ""
			if err != nil {
				text = err.Error()
			}
			if out != c.out || status != c.status || text != c.failure {
				t.Errorf("%q, %d, %q; want %q, %d, %q", out, status, text, c.out, c.status, c.failure)
			}
		})
	}
}

// A server that is none, or somebody else in its place, gets no secret.
func TestFalseServer(t *testing.T) {
	for _, c := range []struct{ name, says, want string }{
		{"another protocol", "220 mail.example ESMTP\n", "does not greet as remote control does"},
		{"asks for the secret in clear", Magic + " insecure\n", "it was not sent"},
		{"does not know the secret", Magic + " hmac-sha256 " + serverNonce + "\nWELCOME " + strings.Repeat("0", 64) + "\n", "it does not know the secret"},
		{"no end", strings.Repeat("x", 3*MaxLine), "a line that does not end"},
		{"says no", Magic + " hmac-sha256 " + serverNonce + "\nNO full come back later\n", "come back later"},
		{"goes", Magic + " hmac-sha256 " + serverNonce + "\n", "has ended the connection"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			heard := make(chan string)
			go func() {
				conn, err := l.Accept()
				if err != nil {
					close(heard)
					return
				}
				io.WriteString(conn, c.says)
				conn.(*net.TCPConn).CloseWrite()
				got, _ := io.ReadAll(conn)
				conn.Close()
				heard <- string(got)
			}()
			defer l.Close()
			client := Client{Addr: sandbox.Addr{AddrPort: netip.MustParseAddrPort(l.Addr().String())}, Secret: "sesame", Next: func() []string { return []string{"date"} }}
			host.New("control", &tracer.Log{}).Run(t.Context(), func(ctx context.Context, sys peer.System) { err = client.Do(ctx, sys) })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %q", err, c.want)
			}
			if got := <-heard; strings.Contains(got, "sesame") || strings.Contains(got, "RUN") {
				t.Errorf("it was told %q", got)
			}
		})
	}
}
