//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"sockplay/cmd/sockplay/repl/ptytest"
	"sockplay/sandbox/peer/chat"
)

// house is a chat room over the machine's own sockets.
type house struct {
	addr string
	mu   sync.Mutex
	room *chat.Room
	in   map[int]net.Conn
	all  sync.WaitGroup
}

// openHouse opens a room, until the end of the test.
func openHouse(t *testing.T, c chat.Config) *house {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{addr: l.Addr().String(), room: chat.NewRoom(c), in: make(map[int]net.Conn)}
	began := time.Now()
	over := make(chan struct{})
	h.all.Go(func() {
		for id := 0; ; id++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			h.do(func() { h.in[id] = conn; h.room.Connected(id, time.Since(began)) })
			h.all.Go(func() {
				buf := make([]byte, 4096)
				for {
					h.waitUntilRead(id, over)
					n, err := conn.Read(buf)
					h.do(func() {
						if n > 0 {
							h.room.Received(id, buf[:n], time.Since(began))
						}
						switch {
						case err == io.EOF:
							h.room.Gone(id, "", time.Since(began))
						case err != nil:
							h.room.Gone(id, "the connection is broken", time.Since(began))
						}
					})
					if err != nil {
						return
					}
				}
			})
		}
	})
	h.all.Go(func() {
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-tick.C:
				h.do(func() { h.room.Tick(time.Since(began)) })
			case <-over:
				return
			}
		}
	})
	t.Cleanup(func() {
		close(over)
		l.Close()
		h.do(func() {
			for _, conn := range h.in {
				conn.Close()
			}
		})
		h.all.Wait()
	})
	return h
}

// waitUntilRead waits while the room does not want to hear the client.
func (h *house) waitUntilRead(id int, over chan struct{}) {
	for {
		h.mu.Lock()
		w := h.room.Wants(id)
		h.mu.Unlock()
		if w.Read || w == (chat.Wants{}) || w.Close {
			return
		}
		select {
		case <-over:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// do tells the room something, and does what it wants.
func (h *house) do(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	for ids := h.room.Dirty(); len(ids) > 0; ids = h.room.Dirty() {
		for _, id := range ids {
			conn := h.in[id]
			switch w := h.room.Wants(id); {
			case w.Close:
				h.room.Closed(id)
				conn.Close()
			case w.Write:
				n, err := conn.Write(h.room.Out(id))
				if h.room.Wrote(id, n); err != nil {
					h.room.Gone(id, "the connection is broken", 0)
				}
			case w.Shut:
				conn.(*net.TCPConn).CloseWrite()
				h.room.Shut(id)
			}
		}
	}
}

// guest is somebody who types the protocol by hand.
type guest struct {
	t *testing.T
	net.Conn
	rest []byte
}

func (h *house) guest(t *testing.T, name string) *guest {
	t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	g := &guest{t: t, Conn: conn}
	g.line()
	g.send("JOIN " + name)
	for !strings.HasPrefix(g.line(), "OK") {
	}
	return g
}

func (g *guest) send(line string) { io.WriteString(g, line+"\n") }

func (g *guest) line() string {
	g.t.Helper()
	for !bytes.Contains(g.rest, []byte("\n")) {
		buf := make([]byte, 4096)
		n, err := g.Read(buf)
		if err != nil {
			g.t.Fatal(err)
		}
		g.rest = append(g.rest, buf[:n]...)
	}
	line, rest, _ := bytes.Cut(g.rest, []byte("\n"))
	g.rest = rest
	return string(line)
}

func (g *guest) hears(want string) {
	g.t.Helper()
	if got := g.line(); got != want {
		g.t.Fatalf("%q, not %q", got, want)
	}
}

func chatAtTerminal(t *testing.T, args ...string) *ptytest.Terminal {
	t.Helper()
	return atTerminal{args: append([]string{"chat"}, args...)}.start(t)
}

// TestChatPrompt is a conversation at a terminal.
func TestChatPrompt(t *testing.T) {
	h := openHouse(t, chat.Config{})
	bob := h.guest(t, "bob")
	x := chatAtTerminal(t, h.addr)
	x.Sees("your name: ‸")
	x.Type("ann lee\r")
	x.Sees("your name: ann lee", "a space is not for names, which others see: letters a to z, digits, - and _ are", "your name: ‸")
	x.Type("Bob\r")
	x.Sees("somebody here is called bob: take another name", "your name: ‸")
	x.Type("ann\r")
	x.Sees("your name: ann", "you are here as ann; 1 other is here", "ann> ‸")
	bob.hears("JOINED ann")
	x.Type("hello, bob\r")
	x.Sees("ann> hello, bob", "ann> ‸")
	bob.hears("SAID ann hello, bob")
	// what arrives stands above what is being typed
	x.Type("half a li")
	x.Sees("ann> half a li‸")
	bob.send("SAY hello, ann")
	x.Sees("ann> hello, bob", "bob: hello, ann", "ann> half a li‸")
	bob.hears("OK 1 other is here")
	cat := h.guest(t, "cat")
	x.Sees("bob: hello, ann", "* cat has come in", "ann> half a li‸")
	cat.send("QUIT")
	x.Sees("* cat has come in", "* cat has left: said QUIT", "ann> half a li‸")
	x.Type("ne\r")
	bob.hears("JOINED cat")
	bob.hears("LEFT cat said QUIT")
	bob.hears("SAID ann half a line")
	bob.send("SAY " + strings.Repeat("word ", 40) + "end")
	x.Sees("bob: "+strings.TrimSpace(strings.Repeat("word ", 15)), "  "+strings.TrimSpace(strings.Repeat("word ", 15)), "  "+strings.Repeat("word ", 10)+"end", "ann> ‸")
	x.Type("/who\r")
	x.Sees("ann> /who", "here: bob, ann", "ann> ‸")
	x.Type("/wo\r")
	x.Sees("there is no command /wo: /who tells who is here, /quit leaves; // at the", "  beginning says a /", "ann> ‸")
	x.Type("//etc is a folder\r")
	bob.hears("OK 1 other is here")
	bob.hears("SAID ann /etc is a folder")
	x.Type("\x04")
	bob.hears("LEFT ann said QUIT")
	x.Ends(done)
}

// TestChatLeave: each way out says good-bye, and gives the terminal back.
func TestChatLeave(t *testing.T) {
	for _, keys := range []string{"/quit\r", "\x04", "\x03", "half\x03\x03"} {
		h := openHouse(t, chat.Config{})
		bob := h.guest(t, "bob")
		x := chatAtTerminal(t, h.addr, "--name", "ann")
		x.Sees("you are here as ann; 1 other is here", "ann> ‸")
		bob.hears("JOINED ann")
		x.Type(keys)
		bob.hears("LEFT ann said QUIT")
		x.Ends(done)
	}
}

// TestChatSentAway: the prompt ends with the room, and says why.
func TestChatSentAway(t *testing.T) {
	h := openHouse(t, chat.Config{Queue: 2000})
	x := chatAtTerminal(t, h.addr, "--name", "ann")
	x.Sees("ann> ‸")
	x.Type("half")
	x.Sees("ann> half‸")
	h.do(func() { h.room.Gone(0, "", 0) }) // as if we had closed our end
	x.Prints("sockplay: the room has sent you away: you have closed your end\n")
	x.Ends(failed)
}

// TestChatPipe: as a pipe it says each line, shows what it hears and ends with
// its input.
func TestChatPipe(t *testing.T) {
	h := openHouse(t, chat.Config{Burst: 10, Rate: 500})
	bob := h.guest(t, "bob")
	const n = 300
	var in strings.Builder
	for i := range n {
		fmt.Fprintf(&in, "line %d of many\r\n", i)
	}
	in.WriteString("\n" + strings.Repeat("ö", 500) + "\n/who\nthe last, without an end")
	cmd := program(t, "chat", h.addr, "--name", "ann")
	cmd.Stdin = strings.NewReader(in.String())
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	bob.hears("JOINED ann")
	answers := 0 // to what bob says, which come between the lines
	for i := range n {
		if i == n/2 {
			bob.send("SAY you talk \\a lot")
		}
		line := bob.line()
		if line == "OK 1 other is here" {
			answers++
			line = bob.line()
		}
		if want := fmt.Sprintf("SAID ann line %d of many", i); line != want {
			t.Fatalf("%q, not %q", line, want)
		}
	}
	if answers != 1 {
		t.Errorf("bob has %d answers", answers)
	}
	bob.hears("SAID ann " + strings.Repeat("ö", 253))
	bob.hears("SAID ann " + strings.Repeat("ö", 500-253))
	bob.hears("SAID ann the last, without an end")
	bob.hears("LEFT ann said QUIT")
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, &errs)
	}
	if got, want := out.String(), "you are here as ann; 1 other is here\nbob: you talk \\a lot\nhere: bob, ann\n"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

// piped runs the client as a pipe, to its end.
func piped(t *testing.T, in string, args ...string) (status int, out, errs string) {
	t.Helper()
	cmd := program(t, append([]string{"chat"}, args...)...)
	cmd.Stdin = strings.NewReader(in)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	if err := cmd.Run(); err != nil {
		if _, ok := err.(*exec.ExitError); !ok {
			t.Fatal(err)
		}
	}
	return cmd.ProcessState.ExitCode(), o.String(), e.String()
}

// speaks is a server that says so much and closes.
func speaks(t *testing.T, text string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, text)
			c.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, c)
			c.Close()
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return l.Addr().String()
}

// TestChatRefused: what goes wrong is told as a lesson.
func TestChatRefused(t *testing.T) {
	h := openHouse(t, chat.Config{})
	h.guest(t, "bob")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	l.Close()
	const ok = "CHAT 1 hello\nOK you are here as ann; nobody else is here\n"
	for _, c := range []struct {
		what   string
		in     string
		args   []string
		status int
		err    string
	}{
		{"nobody there", "", []string{closed, "--name", "ann"}, failed, "sockplay: no connection to " + closed + ": ECONNREFUSED: the host is there, but nobody listens on that port\n  try: another ADDRESS:PORT; somebody must have opened a room there\n"},
		{"no such host", "", []string{"nobody.invalid", "--name", "ann"}, failed, "sockplay: no connection to nobody.invalid:7000: "},
		{"no name", "", []string{h.addr}, usage, "sockplay: nobody can be asked for a name where standard input is no terminal\n  try: sockplay chat " + h.addr + " --name NAME\n"},
		{"a bad name", "", []string{h.addr, "--name", "\x1b[2J"}, usage, "sockplay: --name: an escape (U+001B), which gives orders to terminals, is not for names, which others see: letters a to z, digits, - and _ are\n"},
		{"a name taken", "hello\n", []string{h.addr, "--name", "bob"}, failed, "somebody here is called bob: take another name\nsockplay: the room does not let you in as bob\n  try: another --name\n"},
		{"bad text", "a\x1b[2Jb\n", []string{h.addr, "--name", "ann"}, failed, "not said: the text has an escape (U+001B), which gives orders to terminals at byte 1 of it: control characters are not passed on, since others' terminals would obey them\nsockplay: 1 of the lines could not be said\n"},
		{"another protocol", "", []string{speaks(t, "SSH-2.0-\x1b[2J\r\n"), "--name", "ann"}, failed, "sockplay: who answers there is no chat room of version 1: it says \"SSH-2.0-\\x1b[2J\"\n"},
		{"another version", "", []string{speaks(t, "CHAT 2 hello\n"), "--name", "ann"}, failed, "sockplay: who answers there is no chat room of version 1: it says \"CHAT 2 hello\"\n"},
		{"no word", "", []string{speaks(t, ""), "--name", "ann"}, failed, "sockplay: who answers there has closed the connection without a word\n"},
		{"no end", "", []string{speaks(t, strings.Repeat("x", 1<<20)), "--name", "ann"}, failed, "sockplay: the connection is broken: the server sends a line without end\n"},
		{"it closes", "", []string{speaks(t, ok), "--name", "ann"}, failed, "sockplay: the room has closed the connection\n"},
		{"it sends away", "", []string{speaks(t, ok+"BYE go\n"), "--name", "ann"}, failed, "sockplay: the room has sent you away: go\n"},
	} {
		t.Run(c.what, func(t *testing.T) {
			if c.what == "it closes" || c.what == "it sends away" { // its input goes on
				r, w, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
				defer r.Close()
				cmd := program(t, append([]string{"chat"}, c.args...)...)
				cmd.Stdin = r
				var e bytes.Buffer
				cmd.Stderr = &e
				cmd.Run()
				if got := cmd.ProcessState.ExitCode(); got != c.status || e.String() != c.err {
					t.Errorf("status %d, %q", got, e.String())
				}
				return
			}
			status, _, errs := piped(t, c.in, c.args...)
			if status != c.status || !strings.HasPrefix(errs, c.err) {
				t.Errorf("status %d, %q", status, errs)
			}
		})
	}
	// What a server says cannot give orders to the terminal.
	_, out, _ := piped(t, "", speaks(t, ok+"SAID b\x1b]0;x\x07 \x1b[2J\xff\u009b\nLEFT x \x1b[1m\nBYE\n"), "--name", "ann")
	if strings.ContainsAny(out, "\x1b\x07\u009b") || !strings.Contains(out, `b\x1b]0;x\a: \x1b[2J\xff\u009b`) {
		t.Errorf("%q", out)
	}
}
