package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestInsideKilled: on the kernel stack the copy inside may be killed, for want
// of memory say. The one outside gives the terminal back, and nothing is lost.
func TestInsideKilled(t *testing.T) {
	a := atTerminal{stack: "kernel", home: t.TempDir(), cols: 100, rows: 60}
	x, before := play(t, a)
	x.Type("half a line")
	x.Sees("server> half a line‸")
	pid := x.Cmd.Process.Pid
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	inside := 0
	for _, task := range tasks { // one of them has started it
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		if n, _ := strconv.Atoi(strings.TrimSpace(string(children))); err == nil && n != 0 {
			inside = n
		}
	}
	if inside == 0 {
		t.Skip("this kernel does not tell of children")
	}
	if err := syscall.Kill(inside, syscall.SIGKILL); err != nil {
		t.Fatal(inside, err)
	}
	x.Ends(128 + int(syscall.SIGKILL))
	x.Until("a terminal for others", func() bool { return strings.HasSuffix(x.Raw.String(), "\x1b[?2004l\x1b[?7h\x1b[m\x1b[?25h") })

	x = a.start(t)
	x.Sees("  restore it? (yes) ‸")
	x.Type("\r")
	x.Prints("= 5   a udp socket")
	x.Sees("server> ‸")
	if after := table(x); after != before {
		t.Errorf("the sockets are now\n%s\nand were\n%s", after, before)
	}
	leave(x)
}
