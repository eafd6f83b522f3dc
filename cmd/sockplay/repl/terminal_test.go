//go:build unix

package repl

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"sockplay/cmd/sockplay/repl/ptytest"
)

// terminal is a terminal with this test binary as the program that runs on it:
// see child.
type terminal struct {
	*ptytest.Terminal
	t       *testing.T
	control io.WriteCloser
}

// open starts the program. Its environment may be added to.
func open(t *testing.T, cols, rows int, env ...string) *terminal {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(ptytest.Environ(), "SOCKPLAY_REPL_CHILD=1"), env...)
	cmd.ExtraFiles = []*os.File{read}
	x := &terminal{Terminal: ptytest.Open(t, cmd, cols, rows), t: t, control: write}
	t.Cleanup(func() { _ = write.Close() })
	return x
}

// say tells the program's other goroutine to do something.
func (x *terminal) say(format string, args ...any) {
	x.t.Helper()
	if _, err := fmt.Fprintf(x.control, format+"\n", args...); err != nil {
		x.t.Fatal(err)
	}
}

// ends waits for the program's end, and for the terminal's being as it was.
func (x *terminal) ends(status int) {
	x.t.Helper()
	x.Ends(status)
	x.Prints(pasteOff + wrapOn + plain + showCursor)
}
