//go:build unix

package repl

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
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"github.com/mattn/go-runewidth"
	"golang.org/x/sys/unix"
)

// patience is how long a condition may take to come about.
const patience = 30 * time.Second

// terminal is a pseudo-terminal, with an emulator that says what is to be seen on
// it, and this test binary as the program that runs on it: see child.
type terminal struct {
	t       *testing.T
	pty     *os.File
	tty     *os.File // the program's side, kept open to see what it leaves behind
	cmd     *exec.Cmd
	control io.WriteCloser
	before  unix.Termios
	exited  context.Context

	mu      sync.Mutex
	changed *sync.Cond
	emu     vt10x.Terminal
	rest    []byte
	raw     bytes.Buffer
}

// open starts the program. Its environment may be added to.
func open(t *testing.T, cols, rows int, env ...string) *terminal {
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

	x := &terminal{t: t, pty: p, tty: tty, emu: vt10x.New(vt10x.WithSize(cols, rows))}
	x.changed = sync.NewCond(&x.mu)
	x.setSize(cols, rows)
	x.before = x.termios()

	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x.control = write
	x.cmd = exec.Command(os.Args[0])
	x.cmd.Env = append(os.Environ(), "SOCKPLAY_REPL_CHILD=1", "TERM=xterm", "LC_ALL=C.UTF-8",
		"GORACE=atexit_sleep_ms=0") // which is 1000
	x.cmd.Env = append(x.cmd.Env, env...)
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = tty, tty, tty
	x.cmd.ExtraFiles = []*os.File{read}
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = read.Close()

	var ended context.CancelFunc
	x.exited, ended = context.WithCancel(context.Background())
	var helpers sync.WaitGroup
	helpers.Go(func() {
		_ = x.cmd.Wait()
		ended()
		x.changed.Broadcast()
	})
	helpers.Go(x.watch)
	t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		_ = write.Close()
		_ = x.tty.Close()
		_ = p.Close()
		helpers.Wait()
		if t.Failed() {
			t.Logf("the screen:\n%s\nraw: %.3000q", x.text(), x.raw.String())
		}
	})
	return x
}

// watch feeds the emulator.
func (x *terminal) watch() {
	buf := make([]byte, 1<<16)
	for {
		n, err := x.pty.Read(buf)
		if err != nil {
			return
		}
		x.mu.Lock()
		x.raw.Write(buf[:n])
		x.feed(buf[:n])
		x.mu.Unlock()
		x.changed.Broadcast()
	}
}

// filler follows a wide character, for to vt10x every character is one column wide.
const filler = '\uf8ff'

func (x *terminal) feed(b []byte) {
	b = append(x.rest, b...)
	var out []byte
	for len(b) > 0 && utf8.FullRune(b) {
		r, n := utf8.DecodeRune(b)
		out = append(out, b[:n]...)
		if runewidth.RuneWidth(r) == 2 {
			out = utf8.AppendRune(out, filler)
		}
		b = b[n:]
	}
	x.rest = bytes.Clone(b)
	_, _ = x.emu.Write(out)
}

// typed sends bytes as a keyboard would.
func (x *terminal) typed(s string) {
	x.t.Helper()
	if _, err := io.WriteString(x.pty, s); err != nil {
		x.t.Fatal(err)
	}
}

// say tells the program's other goroutine to do something.
func (x *terminal) say(format string, args ...any) {
	x.t.Helper()
	if _, err := fmt.Fprintf(x.control, format+"\n", args...); err != nil {
		x.t.Fatal(err)
	}
}

func (x *terminal) signal(s syscall.Signal) {
	x.t.Helper()
	if err := x.cmd.Process.Signal(s); err != nil {
		x.t.Fatal(err)
	}
}

func (x *terminal) setSize(cols, rows int) {
	x.t.Helper()
	x.mu.Lock()
	x.emu.Resize(cols, rows)
	x.mu.Unlock()
	size := unix.Winsize{Col: uint16(cols), Row: uint16(rows)}
	if err := unix.IoctlSetWinsize(int(x.tty.Fd()), unix.TIOCSWINSZ, &size); err != nil {
		x.t.Fatal(err)
	}
}

func (x *terminal) termios() unix.Termios {
	x.t.Helper()
	mode, err := unix.IoctlGetTermios(int(x.tty.Fd()), getTermios)
	if err != nil {
		x.t.Fatal(err)
	}
	return *mode
}

// rows are the rows of the screen, without the blanks at their ends.
func (x *terminal) rows() []string {
	rows := strings.Split(strings.TrimSuffix(x.emu.String(), "\n"), "\n")
	for i, row := range rows {
		rows[i] = strings.TrimRight(strings.ReplaceAll(row, string(filler), ""), " ")
	}
	return rows
}

// text is the screen down to its last row that isn't empty.
func (x *terminal) text() string {
	return strings.TrimRight(strings.Join(x.rows(), "\n"), "\n")
}

// until waits for a condition.
func (x *terminal) until(what string, holds func() bool) {
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

// sees waits until the screen ends with these rows, with the cursor where a ‸ is
// in them, if there is one.
func (x *terminal) sees(rows ...string) {
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
	x.until(fmt.Sprintf("%q, cursor at %d,%d", rows, cx, cy), func() bool {
		text := x.text()
		c := x.emu.Cursor()
		return strings.HasSuffix("\n"+text, "\n"+want) &&
			(cx < 0 || x.emu.CursorVisible() && c.X == cx && c.Y == strings.Count(text, "\n")+cy-last)
	})
}

// prints waits until the program has written this, once or more.
func (x *terminal) prints(s string) {
	x.t.Helper()
	x.until(fmt.Sprintf("%q", s), func() bool { return strings.Contains(x.written(), s) })
}

// written is all that the program has written, with ends of line as it wrote them.
func (x *terminal) written() string {
	return strings.ReplaceAll(strings.ReplaceAll(x.raw.String(), "\r\r\n", "\n"), "\r\n", "\n")
}

// ends waits for the program's end, and for the terminal's being as it was.
func (x *terminal) ends(status int) {
	x.t.Helper()
	x.until("the end", func() bool { return x.exited.Err() != nil })
	if got := x.cmd.ProcessState.ExitCode(); got != status {
		x.t.Errorf("exit status %d, not %d", got, status)
	}
	if after := x.termios(); after != x.before {
		x.t.Errorf("terminal left as\n%+v, not\n%+v", after, x.before)
	}
	x.prints(pasteOff + wrapOn + plain + showCursor)
	x.until("a cursor at the beginning of a row", func() bool {
		return x.emu.CursorVisible() && x.emu.Cursor().X == 0 && x.emu.Mode()&vt10x.ModeWrap != 0
	})
}
