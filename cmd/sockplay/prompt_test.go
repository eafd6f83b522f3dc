//go:build unix

package main

import (
	"strings"
	"syscall"
	"testing"

	"sockplay/cmd/sockplay/repl/ptytest"
)

// prompt starts the program on a terminal, and waits for its prompt.
func prompt(t *testing.T, stack string, cols, rows int) *ptytest.Terminal {
	if stack == "kernel" {
		needKernel(t)
	}
	cmd := program(t, "--stack", stack, "--color", "never")
	cmd.Env = append(ptytest.Environ(), asProgram+"=1", "XDG_STATE_HOME="+t.TempDir())
	x := ptytest.Open(t, cmd, cols, rows)
	x.Sees("server> ‸")
	return x
}

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
	if n := strings.Count(x.Text(), "next timer"); n != 2 {
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
