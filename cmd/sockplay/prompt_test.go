//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sockplay/cmd/sockplay/repl/ptytest"
)

// atTerminal says how the program is started at a terminal.
type atTerminal struct {
	stack      string // "": user
	cols, rows int    // 0: 80 and 24
	home       string // where state and settings are; "": a new folder
	args, env  []string
	detached   bool // the terminal does not control it: there is no /dev/tty
}

// start starts it.
func (a atTerminal) start(t *testing.T) *ptytest.Terminal {
	t.Helper()
	if a.stack == "" {
		a.stack = "user"
	}
	if a.stack == "kernel" {
		needKernel(t)
	}
	if a.cols == 0 {
		a.cols, a.rows = 80, 24
	}
	if a.home == "" {
		a.home = t.TempDir()
	}
	cmd := program(t, append([]string{"--stack", a.stack, "--color", "never"}, a.args...)...)
	cmd.Env = append(ptytest.Environ(), asProgram+"=1", "XDG_STATE_HOME="+filepath.Join(a.home, "state"), "XDG_CONFIG_HOME="+filepath.Join(a.home, "config"))
	cmd.Env = append(cmd.Env, a.env...)
	cmd.Dir = a.home
	if a.detached {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	}
	return ptytest.Open(t, cmd, a.cols, a.rows)
}

// prompt starts the program on a terminal, and waits for its prompt.
func prompt(t *testing.T, stack string, cols, rows int) *ptytest.Terminal {
	t.Helper()
	x := atTerminal{stack: stack, cols: cols, rows: rows}.start(t)
	x.Sees("server> ‸")
	return x
}

// file writes a file in the folder home.
func file(t *testing.T, home, name, text string) string {
	t.Helper()
	path := filepath.Join(home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// handshake is a script: what its name says.
const handshake = `socket tcp
bind 3 127.0.0.1:8080
listen 3
client: socket tcp
client: connect 3 127.0.0.1:8080
accept 3
`

// TestPrompt is a first session at the prompt.
func TestPrompt(t *testing.T) {
	for _, stack := range []string{"kernel", "user"} {
		t.Run(stack, func(t *testing.T) { testPrompt(t, stack) })
	}
}

func testPrompt(t *testing.T, stack string) {
	x := prompt(t, stack, 80, 24)
	x.Type("socket tcp\r")
	x.Sees("  = 3   a tcp socket, CLOSED: no address and no connection yet", "server> ‸")
	x.Type("bind 3 127.0.0.1:8080\rlisten 3\raccept 3\r") // as a paste
	x.Prints("… blocked: nobody has called yet")
	x.Sees("server [blocked in accept(3)]> ‸")
	x.Type("client\r")
	x.Sees("client> ‸")
	x.Type("socket tcp\r")
	x.Type("connect 3 127.0.0.1:8080\r")
	x.Prints("= 0   connected: it returned at the SYN-ACK")
	x.Prints("server: accept(3) = 4   the connection from 127.0.0.1:")
	x.Sees("client> ‸")
	x.Until("a ladder", func() bool {
		return strings.Contains(x.Text(), "2  ESTABLISHED  │◀──────────────── SYN-ACK seq 0 ack 1 ──┤ SYN-RECEIVED")
	})

	// A mistake is told, with what would be right.
	x.Type("conect 3\r")
	x.Sees("  ! there is no command conect", "    try: did you mean connect? help lists the commands", "client> ‸")

	// Ctrl-C interrupts the blocked call.
	x.Type("read 3 100\r")
	x.Prints("… blocked: nothing has arrived yet")
	x.Sees("client [blocked in read(3)]> ‸")
	x.Type("\x03")
	x.Prints("read(3) = -1 EINTR   interrupted")
	x.Sees("client> ‸")

	// A peer's it leaves alone.
	x.Type("peer discard 127.0.0.1:9009\r")
	x.Prints("discard:3  CLOSED → LISTEN")
	x.Sees("client> ‸")
	x.Type("\x03")
	x.Prints("  nothing is blocked; exit or Ctrl-D leaves")
	x.Type("peers\r")
	x.Prints("discard  ")

	// It also ends a command that lets real time pass.
	x.Type("advance 1h\r")
	if stack == "kernel" {
		x.Sees("  … time passes; Ctrl-C stops it")
		x.Type("\x03")
	}
	x.Sees("client> ‸")
	x.Type("exit\r")
	x.Ends(done)
}

// TestPromptByItself: what comes by itself is told above a half-typed line.
func TestPromptByItself(t *testing.T) {
	x := prompt(t, "kernel", 80, 24)
	x.Type("client: socket tcp\rserver: socket udp\r")
	x.Type("server: poll 3:in 500ms\r")
	x.Prints("… blocked")
	x.Sees("server [blocked in poll]> ‸")
	x.Type("client: connect 3 127")
	x.Prints(" = 0   nothing happened in that time")
	x.Sees("server [blocked in poll]> client: connect 3 127‸", "                                       127.0.0.1:8080  this machine, port 8080")
	x.Type(".0.0.1:9\r")
	x.Prints("= -1 ECONNREFUSED")
	x.Type("\x04")
	x.Ends(done)
}

// TestPromptTime: where time stands still, the prompt tells which timer is next,
// once, and advance goes there.
func TestPromptTime(t *testing.T) {
	x := prompt(t, "user", 80, 24)
	x.Prints("User stack, seed 1: packets take 1 ms, and time stands still between commands.")
	x.Type("socket tcp\rbind 3 127.0.0.1:8080\rlisten 3 0\r")
	x.Type("client: socket tcp\rclient: connect 3 127.0.0.1:8080\r") // fills the queue
	x.Type("client: socket tcp\rclient: connect 4 127.0.0.1:8080\r")
	x.Prints("  next timer: client:4 sends the SYN again in 1 s; advance goes there\n")
	x.Type("help exit\rsocket udp\r")
	x.Prints("= 4   a udp socket: no address yet")
	x.Type("advance\r")
	x.Prints("  next timer: client:4 sends the SYN again in 2 s\n")
	text, _, _ := x.Now()
	if n := strings.Count(text, "next timer"); n != 2 {
		t.Errorf("the next timer was told %d times, want 2", n)
	}
	x.Type("wait client 3m\r")
	x.Prints("connect(4) = -1 ETIMEDOUT")
	x.Sees("server> ‸")
	x.Type("exit\r")
	x.Ends(done)
}

// TestWaysOut: the terminal is given back on each, although there are two
// processes on it.
func TestWaysOut(t *testing.T) {
	for _, test := range []struct {
		name   string
		leave  func(x *ptytest.Terminal)
		status int
	}{
		{"exit", func(x *ptytest.Terminal) { x.Type("exit\r") }, done},
		{"Ctrl-D", func(x *ptytest.Terminal) { x.Type("\x04") }, done},
		{"SIGTERM", func(x *ptytest.Terminal) { x.Signal(syscall.SIGTERM) }, 143},
		{"SIGINT", func(x *ptytest.Terminal) { x.Signal(syscall.SIGINT) }, 130},
		{"SIGHUP", func(x *ptytest.Terminal) { x.Signal(syscall.SIGHUP) }, 129},
	} {
		for _, stack := range []string{"kernel", "user"} {
			t.Run(test.name+"/"+stack, func(t *testing.T) {
				x := prompt(t, stack, 80, 24)
				x.Type("socket tcp\rlisten 3\raccept 3\r")
				x.Prints("… blocked")
				x.Sees("server [blocked in accept(3)]> ‸")
				test.leave(x)
				x.Ends(test.status)
			})
		}
	}
}
