//go:build unix

// Package ptytest is for tests of programs that talk to a terminal: it runs
// them on a pseudo-terminal, reads the screen as a person would, and waits for
// what is to be seen there.
package ptytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"github.com/mattn/go-runewidth"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// patience is how long a condition may take to come about.
const patience = 30 * time.Second

// Terminal is a pseudo-terminal, with an emulator that says what is to be seen
// on it, and the program that runs on it.
type Terminal struct {
	PTY    *os.File
	TTY    *os.File // the program's side, kept open to see what it leaves behind
	Cmd    *exec.Cmd
	Before term.State      // how the terminal was before the program began
	Exited context.Context // done when the program has ended

	// Within Until only.
	Emulator vt10x.Terminal
	Raw      bytes.Buffer // all that the program has written

	t       *testing.T
	mu      sync.Mutex
	changed *sync.Cond
	rest    []byte
}

// Environ is an environment that goes with the terminal.
func Environ() []string {
	return append(os.Environ(), "TERM=xterm", "LC_ALL=C.UTF-8", "GORACE=atexit_sleep_ms=0") // which is 1000
}

// Open starts cmd on a terminal of that size, in a session of its own, and so
// that the terminal controls it, unless cmd says otherwise. The program is killed at the end of the test, if it is still there.
func Open(t *testing.T, cmd *exec.Cmd, cols, rows int) *Terminal {
	t.Helper()
	p, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	// In this mode a Close ends a Read, which is what a hang-up is to the program.
	nonblocking, err := unix.FcntlInt(p.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	_ = p.Close()
	if err := unix.SetNonblock(nonblocking, true); err != nil {
		t.Fatal(err)
	}
	p = os.NewFile(uintptr(nonblocking), "pty")

	x := &Terminal{t: t, Cmd: cmd, PTY: p, TTY: tty, Emulator: vt10x.New(vt10x.WithSize(cols, rows))}
	x.changed = sync.NewCond(&x.mu)
	x.SetSize(cols, rows)
	x.Before = x.Termios()

	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ended context.CancelFunc
	x.Exited, ended = context.WithCancel(context.Background())
	var helpers sync.WaitGroup
	helpers.Go(func() {
		_ = cmd.Wait()
		ended()
		x.changed.Broadcast()
	})
	helpers.Go(x.watch)
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = x.TTY.Close()
		_ = p.Close()
		helpers.Wait()
		if t.Failed() {
			t.Logf("the screen:\n%s\nraw: %.3000q", x.Text(), x.Raw.String())
		}
	})
	return x
}

// watch feeds the emulator.
func (x *Terminal) watch() {
	buf := make([]byte, 1<<16)
	for {
		n, err := x.PTY.Read(buf)
		if err != nil {
			return
		}
		x.mu.Lock()
		x.Raw.Write(buf[:n])
		x.Feed(buf[:n])
		x.mu.Unlock()
		x.changed.Broadcast()
	}
}

// filler follows a wide character, for to vt10x every character is one column wide.
const filler = '\uf8ff'

// Feed shows bytes on the screen, as the program's are. What is combined with
// the character before it, and takes no column, is not to be seen.
func (x *Terminal) Feed(b []byte) {
	b = append(x.rest, b...)
	var out []byte
	for len(b) > 0 && utf8.FullRune(b) {
		r, n := utf8.DecodeRune(b)
		width := runewidth.RuneWidth(r)
		if width > 0 || unicode.IsControl(r) {
			out = append(out, b[:n]...)
		}
		if width == 2 {
			out = utf8.AppendRune(out, filler)
		}
		b = b[n:]
	}
	x.rest = bytes.Clone(b)
	_, _ = x.Emulator.Write(out)
}

// Type sends bytes as a keyboard would.
func (x *Terminal) Type(s string) {
	x.t.Helper()
	if _, err := io.WriteString(x.PTY, s); err != nil {
		x.t.Fatal(err)
	}
}

// Signal sends the program a signal.
func (x *Terminal) Signal(s syscall.Signal) {
	x.t.Helper()
	if err := x.Cmd.Process.Signal(s); err != nil {
		x.t.Fatal(err)
	}
}

// SetSize resizes the terminal.
func (x *Terminal) SetSize(cols, rows int) {
	x.t.Helper()
	x.mu.Lock()
	x.Emulator.Resize(cols, rows)
	x.mu.Unlock()
	size := unix.Winsize{Col: uint16(cols), Row: uint16(rows)}
	if err := unix.IoctlSetWinsize(int(x.TTY.Fd()), unix.TIOCSWINSZ, &size); err != nil {
		x.t.Fatal(err)
	}
}

// Termios is how the terminal is set.
func (x *Terminal) Termios() term.State {
	x.t.Helper()
	mode, err := term.GetState(int(x.TTY.Fd()))
	if err != nil {
		x.t.Fatal(err)
	}
	return *mode
}

// Rows are the rows of the screen, without the blanks at their ends.
func (x *Terminal) Rows() []string {
	rows := strings.Split(strings.TrimSuffix(x.Emulator.String(), "\n"), "\n")
	for i, row := range rows {
		rows[i] = strings.TrimRight(strings.ReplaceAll(row, string(filler), ""), " ")
	}
	return rows
}

// Text is the screen down to its last row that isn't empty.
func (x *Terminal) Text() string {
	return strings.TrimRight(strings.Join(x.Rows(), "\n"), "\n")
}

// Until waits for a condition, which it asks again whenever the screen changes.
func (x *Terminal) Until(what string, holds func() bool) {
	x.t.Helper()
	late := errors.New("too late")
	ctx, cancel := context.WithTimeoutCause(context.Background(), patience, late)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.changed.Broadcast()
	})()
	x.mu.Lock()
	defer x.mu.Unlock()
	for !holds() {
		if ctx.Err() != nil {
			x.t.Fatalf("waited in vain for %s", what)
		}
		x.changed.Wait()
	}
}

// Sees waits until the screen ends with these rows, with the cursor where a ‸ is
// in them, if there is one.
func (x *Terminal) Sees(rows ...string) {
	x.t.Helper()
	rows = slices.Clone(rows)
	cx, cy, last := -1, 0, 0
	for y, row := range rows {
		if before, after, ok := strings.Cut(row, "‸"); ok {
			cx, cy = runewidth.StringWidth(before), y
			rows[y] = before + after
		}
		if rows[y] = strings.TrimRight(rows[y], " "); rows[y] != "" {
			last = y
		}
	}
	want := strings.Join(rows[:last+1], "\n")
	x.Until(fmt.Sprintf("%q, cursor at %d,%d", rows, cx, cy), func() bool {
		text := x.Text()
		c := x.Emulator.Cursor()
		return strings.HasSuffix("\n"+text, "\n"+want) &&
			(cx < 0 || x.Emulator.CursorVisible() && c.X == cx && c.Y == strings.Count(text, "\n")+cy-last)
	})
}

// Prints waits until the program has written this, once or more.
func (x *Terminal) Prints(s string) {
	x.t.Helper()
	x.Until(fmt.Sprintf("%q", s), func() bool { return strings.Contains(x.Written(), s) })
}

// Now is Text, Written and Raw for who is not within Until: as it is now.
func (x *Terminal) Now() (text, written, raw string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.Text(), x.Written(), x.Raw.String()
}

// Written is all that the program has written, with ends of line as it wrote them.
func (x *Terminal) Written() string {
	return strings.ReplaceAll(strings.ReplaceAll(x.Raw.String(), "\r\r\n", "\n"), "\r\n", "\n")
}

// Ends waits for the program's end, and for the terminal's being as it was.
func (x *Terminal) Ends(status int) {
	x.t.Helper()
	x.Until("the end", func() bool { return x.Exited.Err() != nil })
	if got := x.Cmd.ProcessState.ExitCode(); got != status {
		x.t.Errorf("exit status %d, not %d", got, status)
	}
	if after := x.Termios(); after != x.Before {
		x.t.Errorf("terminal left as\n%+v, not\n%+v", after, x.Before)
	}
	x.Until("a cursor at the beginning of a row", func() bool {
		return x.Emulator.CursorVisible() && x.Emulator.Cursor().X == 0 && x.Emulator.Mode()&vt10x.ModeWrap != 0
	})
}
