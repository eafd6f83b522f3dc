package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// console is the program on a pseudo-terminal of 100 columns, whose bytes are
// looked at as they come: what an emulator takes would count as the program's.
type console struct {
	b    *testing.B
	pty  *os.File
	cmd  *exec.Cmd
	born time.Time
	mu   sync.Mutex
	came sync.Cond
	seen []byte // since the last line was entered
	from int    // in seen, since the last key
	err  error  // of reading
}

// openConsole starts the program; it does not wait for the prompt.
func openConsole(b *testing.B, bin, stack string, args ...string) *console {
	b.Helper()
	cmd := exec.Command(bin, append([]string{"--stack", stack, "--color", "never"}, args...)...)
	cmd.Env = append(os.Environ(), "TERM=xterm", "LC_ALL=C.UTF-8", "XDG_STATE_HOME="+b.TempDir(), "XDG_CONFIG_HOME="+b.TempDir())
	if os.Getenv("XDG_DATA_HOME") == "" {
		cmd.Env = append(cmd.Env, "XDG_DATA_HOME="+b.TempDir())
	}
	born := time.Now()
	p, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 100, Rows: 40})
	if err != nil {
		b.Fatal(err)
	}
	c := &console{b: b, pty: p, cmd: cmd, born: born}
	c.came.L = &c.mu
	go c.read()
	return c
}

// read takes what the program writes, so that it never waits for its terminal.
func (c *console) read() {
	buf := make([]byte, 1<<16)
	for {
		n, err := c.pty.Read(buf)
		c.mu.Lock()
		c.seen = append(c.seen, buf[:n]...)
		c.err = err
		c.came.Broadcast()
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// close kills the program.
func (c *console) close() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	_ = c.pty.Close()
}

// key presses keys.
func (c *console) key(keys string) {
	c.mu.Lock()
	c.from = len(c.seen)
	c.mu.Unlock()
	if _, err := c.pty.WriteString(keys); err != nil {
		c.b.Fatal(err)
	}
}

// until waits until the program has written that, and returns all that it has
// written since the last key.
func (c *console) until(what string) string {
	c.b.Helper()
	late := time.AfterFunc(30*time.Second, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for from := c.from; !bytes.Contains(c.seen[from:], []byte(what)); {
		from = max(c.from, len(c.seen)-len(what))
		if c.err != nil {
			c.b.Fatalf("%q does not come (%v); what came last:\n%s", what, c.err, c.seen[max(0, len(c.seen)-2000):])
		}
		c.came.Wait()
	}
	return string(c.seen[c.from:])
}

// has reports whether the program has written that since the last line was entered.
func (c *console) has(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Contains(c.seen, []byte(what))
}

// frame waits until the line, behind the prompt, is on the terminal.
func (c *console) frame(line string) string {
	c.b.Helper()
	return c.until("\r" + line + "\x1b[?7h\x1b[?25h")
}

// press presses a key, and returns how long it takes until the line is as it
// should be, and what came with it.
func (c *console) press(key, line string) (time.Duration, string) {
	c.b.Helper()
	began := time.Now()
	c.key(key)
	frame := c.frame("server> " + line)
	return time.Since(began), frame
}

// wipe empties the line: Ctrl-U.
func (c *console) wipe() {
	c.b.Helper()
	c.press("\x15", "")
}

// enter types a line, and waits for the prompt after it. It returns what the
// program has written in between.
func (c *console) enter(line string) string {
	c.b.Helper()
	c.mu.Lock()
	c.seen = c.seen[:0]
	c.mu.Unlock()
	c.key(line + "\r")
	entered := line + "\r\r\n" // the terminal adds one
	before, _, _ := strings.Cut(c.until(entered), entered)
	c.from += len(before) + len(entered)
	return c.frame("server> ")
}

// cpu is what the program's processes have taken: the second is the one inside
// the namespaces.
func (c *console) cpu() (used time.Duration) {
	c.b.Helper()
	pids := []int{c.cmd.Process.Pid}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pids[0]))
	for _, t := range tasks {
		children, err := os.ReadFile(t)
		if err != nil {
			c.b.Fatal(err)
		}
		for _, child := range strings.Fields(string(children)) {
			var pid int
			fmt.Sscan(child, &pid)
			pids = append(pids, pid)
		}
	}
	for _, pid := range pids {
		var t unix.Timespec
		if err := unix.ClockGettime(int32(^pid<<3|2), &t); err != nil { // clock_getcpuclockid(3)
			c.b.Fatal(err)
		}
		used += time.Duration(t.Nano())
	}
	return used
}
