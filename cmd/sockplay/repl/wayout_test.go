//go:build unix

package repl

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

func TestEveryWayOut(t *testing.T) {
	t.Parallel()
	bySignal := func(s syscall.Signal) func(x *terminal) { return func(x *terminal) { x.Signal(s) } }
	for _, c := range []struct {
		name   string
		act    func(x *terminal)
		status int
		prints string
	}{
		{"exit", func(x *terminal) { x.Type("\x15exit\r") }, 0, "ended: <nil>"},
		{"Ctrl-D", func(x *terminal) { x.Type("\x15\x04") }, 0, "ended: <nil>"},
		{"SIGTERM", bySignal(syscall.SIGTERM), 143, "half\n"},
		{"SIGINT", bySignal(syscall.SIGINT), 130, "ended: interrupt"},
		{"SIGHUP", bySignal(syscall.SIGHUP), 129, "ended: hangup"},
		{"SIGQUIT", bySignal(syscall.SIGQUIT), 131, "ended: quit"},
		{"SIGTERM in a command", func(x *terminal) {
			x.Type("\x15slow\r")
			x.Prints("slow begins")
			x.Signal(syscall.SIGTERM)
		}, 143, "slow ends\nended: terminated"},
		{"a panic in a command", func(x *terminal) { x.Type("\x15panic\r") }, 2, "panic: in a command"},
		{"a panic in completion", func(x *terminal) { x.Type("\x15panic-here") }, 2, "panic: in completion"},
		{"a panic in another goroutine", func(x *terminal) { x.say("panic") }, 2, "panic: in another goroutine"},
		{"a panic beside a command", func(x *terminal) {
			x.Type("\x15slow\r")
			x.Prints("slow begins")
			x.say("panic")
		}, 2, "panic: in another goroutine"},
		{"the context", func(x *terminal) { x.say("cancel") }, 5, "ended: context canceled"},
		{"the context in a command", func(x *terminal) { x.Type("\x15cancel\r") }, 5, "ended: context canceled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := open(t, 80, 24)
			x.Sees("0> ‸")
			x.say("say above")
			x.Type("half")
			x.Sees("above", "0> half‸")
			c.act(x)
			x.ends(c.status)
			x.Prints(c.prints)
		})
	}
}

// A command that doesn't heed its context can be killed by a second signal, and
// the terminal is given back at the first.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.Sees("0> ‸")
	x.Type("hang\r")
	x.Sees("hanging")
	x.Signal(syscall.SIGTERM)
	x.Prints(pasteOff)
	x.Signal(syscall.SIGTERM)
	x.ends(-1)
}

// The terminal may go away without a signal.
func TestHangup(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.Sees("0> ‸")
	_ = x.TTY.Close()
	_ = x.PTY.Close()
	x.Until("the end", func() bool { return x.Exited.Err() != nil })
	if got := x.Cmd.ProcessState.ExitCode(); got != 129 {
		t.Errorf("exit status %d", got)
	}
}

func TestStopAndContinue(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.Sees("0> ‸")
	x.Type("half")
	x.Sees("0> half‸")
	x.Signal(syscall.SIGSTOP)
	var status unix.WaitStatus
	if _, err := unix.Wait4(x.Cmd.Process.Pid, &status, unix.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatal(err, status)
	}
	if err := term.Restore(int(x.TTY.Fd()), &x.Before); err != nil { // as a shell does
		t.Fatal(err)
	}
	x.Signal(syscall.SIGCONT)
	x.Until("raw mode", func() bool { return strings.Count(x.Raw.String(), pasteOn) == 2 })
	x.Type("\x7f\x7fy\r")
	x.Sees("ran hay", "1> ‸")
	x.Type("exit\r")
	x.ends(0)
}

// Nothing is asked of a terminal that there isn't.
func TestNoTerminal(t *testing.T) {
	t.Parallel()
	for _, env := range []string{"TERM=dumb", "TERM=", "TERM=xterm"} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SOCKPLAY_REPL_CHILD=1", env)
		out, err := cmd.Output()
		if cmd.ProcessState.ExitCode() != 3 {
			t.Errorf("%s: %v: %s", env, err, out)
		}
	}
}

// On a terminal that can do nothing the terminal itself edits the line.
func TestDumbTerminal(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24, "TERM=dumb")
	x.Sees("0> ‸")
	x.Type("hay\r")
	x.Sees("0> hay", "ran hay", "1> ‸")
	x.Type("slow\r")
	x.Sees("slow begins")
	x.Type("\x03")
	x.Prints("slow ends\n2> ")
	x.Type("\x03")
	x.Prints("interrupt called\n2> ")
	x.Type("\x04")
	x.Ends(0)
	if _, _, raw := x.Now(); strings.Contains(raw, "\x1b") {
		t.Errorf("an escape sequence on a dumb terminal: %q", raw)
	}
}
