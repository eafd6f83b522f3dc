//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gofrs/flock"

	"sockplay/cmd/sockplay/repl/ptytest"
)

// stateFiles are the names of the files in the folder for what lasts.
func stateFiles(t *testing.T, home string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(home, "state", "sockplay"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// table is what sockets shows, with the kernel's ports made alike.
func table(x *ptytest.Terminal) (text string) {
	x.Type("sockets\r")
	x.Until("a table", func() bool {
		_, after, ok := strings.Cut(x.Text(), "> sockets\n")
		text, _, _ = strings.Cut(after, "\nserver>")
		return ok && strings.HasSuffix(x.Text(), "\nserver>")
	})
	return regexp.MustCompile(`:[3-6]\d{4}\b`).ReplaceAllString(text, ":other")
}

// busy is a session with something in each place.
const busy = handshake + `client: write 3 "hello"
client: shutdown 3 wr
server: socket udp
`

// play types the lines of busy, and returns the table of its sockets.
func play(t *testing.T, a atTerminal) (*ptytest.Terminal, string) {
	t.Helper()
	x := a.start(t)
	x.Sees("server> ‸")
	x.Type(busy)
	x.Prints("= 5   a udp socket")
	x.Sees("server> ‸")
	return x, table(x)
}

// hasEnded waits for the program's end, which gave nothing back.
func hasEnded(x *ptytest.Terminal) {
	x.Until("the end", func() bool { return x.Exited.Err() != nil })
}

// isGone waits for the end of the copy inside too, which lets go of its session.
func isGone(t *testing.T, x *ptytest.Terminal, a atTerminal) {
	t.Helper()
	hasEnded(x)
	for _, name := range stateFiles(t, a.home) {
		if strings.HasPrefix(name, "session-") {
			l := flock.New(filepath.Join(a.home, "state", "sockplay", name))
			if err := l.Lock(); err != nil {
				t.Fatal(err)
			}
			_ = l.Unlock()
		}
	}
}

// deaths are the ends that nobody wanted.
var deaths = map[string]func(x *ptytest.Terminal){
	"SIGKILL": func(x *ptytest.Terminal) { x.Signal(syscall.SIGKILL) },
	"SIGTERM": func(x *ptytest.Terminal) { x.Signal(syscall.SIGTERM) },
	"SIGHUP":  func(x *ptytest.Terminal) { x.Signal(syscall.SIGHUP) },
	"closed": func(x *ptytest.Terminal) {
		_ = x.TTY.Close()
		_ = x.PTY.Close()
	},
}

// TestRestore: after a crash or a closed terminal the next start offers to
// restore the session, and does.
func TestRestore(t *testing.T) {
	for name, die := range deaths {
		for _, stack := range []string{"user", "kernel"} {
			t.Run(name+"/"+stack, func(t *testing.T) {
				t.Parallel()
				a := atTerminal{stack: stack, home: t.TempDir(), cols: 100, rows: 80}
				x, before := play(t, a)
				die(x)
				isGone(t, x, a)

				x = a.start(t)
				x.Sees("  A session of 9 lines was not ended, a moment ago. Its last: server: socket udp", "  restore it? (yes) ‸")
				x.Type("\r")
				x.Prints("= 5   a udp socket")
				x.Sees("server> ‸")
				if after := table(x); after != before || !strings.Contains(after, "CLOSE-WAIT") {
					t.Errorf("the sockets are now\n%s\nand were\n%s", after, before)
				}

				// It is a session as any other: it can be lost again.
				die(x)
				isGone(t, x, a)
				x = a.start(t)
				x.Sees("  A session of 9 lines was not ended, a moment ago. Its last: server: socket udp", "  restore it? (yes) ‸")
				x.Type("yes\r")
				x.Prints("= 5   a udp socket")
				leave(x)
				if left := stateFiles(t, a.home); !slices.Equal(left, []string{"history"}) {
					t.Errorf("left behind: %q", left)
				}
			})
		}
	}
}

// TestRestoreNot: the lines of a session that is not to be restored are kept in
// a file that is named.
func TestRestoreNot(t *testing.T) {
	for name, test := range map[string]struct{ answer, then string }{
		"no":              {"no\r", ""},
		"Ctrl-C":          {"\x03", ""},
		"another command": {"client: socket udp\r", "= 3   a udp socket"},
		"a beginning":     {"client: sock udp\r", "= 3   a udp socket"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := atTerminal{home: t.TempDir(), cols: 200, rows: 60}
			for _, kept := range []string{"lost.sock", "lost-2.sock"} { // one does not replace the other
				x, before := play(t, a)
				deaths["SIGKILL"](x)
				isGone(t, x, a)
				x = a.start(t)
				x.Sees("  restore it? (yes) ‸")
				x.Type(test.answer)
				path := filepath.Join(a.home, "state", "sockplay", kept)
				x.Prints("  its lines are kept; this does them again:\n    source " + path + "\n")
				x.Prints(test.then)
				x.Sees("server> ‸")
				if data, err := os.ReadFile(path); string(data) != busy {
					t.Errorf("%q, %v", data, err)
				}
				x.Type("reset\r")
				x.Type("source " + path + "\r")
				x.Prints("= 5   a udp socket")
				x.Sees("server> ‸")
				if after := table(x); after != before {
					t.Errorf("the sockets are now\n%s\nand were\n%s", after, before)
				}
				leave(x)
			}
		})
	}
}

// TestRestoreLater: an offer that was not answered is made again, and of several
// the youngest is first.
func TestRestoreLater(t *testing.T) {
	a := atTerminal{home: t.TempDir()}
	for _, line := range []string{"socket tcp", "socket udp"} {
		// The second offers the first, which waits.
		x := a.start(t)
		if line == "socket udp" {
			x.Sees("  A session of 1 line was not ended, a moment ago. Its last: socket tcp", "  restore it? (yes) ‸")
			x.Type("\x04")
			x.Ends(done)
			x = a.start(t)
			x.Sees("  restore it? (yes) ‸")

			// Nobody else is offered it meanwhile.
			y := a.start(t)
			y.Sees("server> ‸")
			y.Type(line + "\r")
			y.Prints("= 3   ")
			deaths["SIGKILL"](y)
			hasEnded(y)
			x.Type("\x04")
			x.Ends(done)
			break
		}
		x.Sees("server> ‸")
		x.Type(line + "\r")
		x.Prints("= 3   ")
		deaths["SIGKILL"](x)
		hasEnded(x)
	}
	for _, line := range []string{"socket udp", "socket tcp"} {
		x := a.start(t)
		x.Sees("  A session of 1 line was not ended, a moment ago. Its last: "+line, "  restore it? (yes) ‸")
		x.Type("\r")
		x.Prints("= 3   ")
		leave(x)
	}
	x := a.start(t)
	x.Sees("server> ‸")
	leave(x)
}

// TestTwoAtOnce do not take each other's session for a dead one.
func TestTwoAtOnce(t *testing.T) {
	a := atTerminal{home: t.TempDir(), cols: 100, rows: 60}
	x, _ := play(t, a)
	y := a.start(t)
	y.Sees("server> ‸")
	y.Type("client\r")
	y.Sees("client> ‸")
	deaths["SIGKILL"](x)
	hasEnded(x)
	z := a.start(t)
	z.Sees("  A session of 9 lines was not ended, a moment ago. Its last: server: socket udp", "  restore it? (yes) ‸")
	z.Type("\r")
	z.Prints("= 5   a udp socket")
	leave(z)
	y.Type("exit\r")
	y.Ends(done)
	if left := stateFiles(t, a.home); !slices.Equal(left, []string{"history"}) {
		t.Errorf("left behind: %q", left)
	}
}

// TestReset empties the session: nothing of it is offered.
func TestReset(t *testing.T) {
	a := atTerminal{home: t.TempDir()}
	x, _ := play(t, a)
	x.Type("reset\r")
	x.Type("history\r")
	x.Prints("nothing has been done yet")
	x.Sees("server> ‸")
	deaths["SIGKILL"](x)
	hasEnded(x)

	x = a.start(t)
	x.Sees("server> ‸")
	x.Type("reset\rclient: socket udp\r")
	x.Prints("= 3   a udp socket")
	deaths["SIGKILL"](x)
	hasEnded(x)

	x = a.start(t)
	x.Sees("  A session of 1 line was not ended, a moment ago. Its last: client: socket udp", "  restore it? (yes) ‸")
	x.Type("\r")
	x.Prints("= 3   a udp socket")
	leave(x)
}

// TestRestoreDamaged: what cannot be done again is told of, and kept.
func TestRestoreDamaged(t *testing.T) {
	a := atTerminal{home: t.TempDir(), cols: 100, rows: 60}
	file(t, a.home, "state/sockplay/session-1.sock", "socket tcp\n\x1b[31mred\x00\xff\n")
	file(t, a.home, "state/sockplay/session-2.sock", "")
	x := a.start(t)
	x.Prints(`Its last: \x1b[31mred\x00\xff`)
	x.Sees("  restore it? (yes) ‸")
	x.Type("\r")
	x.Prints("! the last session:2: ")
	x.Prints("its lines are kept; this does them again:\n")
	x.Type("fcntl 3 nonblock on\r") // what was before it is there
	x.Prints("= 0   ")
	leave(x)
	if left := stateFiles(t, a.home); !slices.Contains(left, "lost.sock") || slices.Contains(left, "session-1.sock") {
		t.Errorf("left behind: %q", left)
	}
}

// TestExitJustLeaves, whatever is open, and leaves nothing behind.
func TestExitJustLeaves(t *testing.T) {
	for _, end := range []string{"exit\r", "\x04"} {
		for _, stack := range []string{"user", "kernel"} {
			a := atTerminal{stack: stack, home: t.TempDir()}
			x, _ := play(t, a)
			x.Type("read 5 100\r")
			x.Prints("… blocked")
			x.Type(end)
			x.Ends(done)
			if left := stateFiles(t, a.home); !slices.Equal(left, []string{"history"}) {
				t.Errorf("left behind: %q", left)
			}
		}
	}
}

// TestSaveAndSource: a session is saved, and done again; a mistake in a file is
// told with its place, and ends it, and all files that sourced it.
func TestSaveAndSource(t *testing.T) {
	a := atTerminal{home: t.TempDir(), cols: 100, rows: 60}
	x, before := play(t, a)
	x.Type("save mine.sock\r")
	x.Sees("9 lines saved: sockplay run --stack user --seed 1 mine.sock does it again", "server> ‸")
	x.Type("reset\rsource mine.sock\r")
	x.Prints("> reset\n")
	x.Sees("server> ‸")
	if after := table(x); after != before {
		t.Errorf("the sockets are now\n%s\nand were\n%s", after, before)
	}
	x.Type("history 2\r")
	x.Prints("   8  client: shutdown 3 wr\n   9  server: socket udp\n")

	file(t, a.home, "outer.sock", "\ufeffclient\r\nsource inner.sock\r\nclient: socket udp\r\n")
	file(t, a.home, "inner.sock", "# a remark\n\nclient: socket udp\nconect 3\nserver\n")
	x.Type("source outer.sock\r")
	x.Sees("client> source inner.sock", "# a remark", "client> client: socket udp", "  = 4   a udp socket: no address yet", "client> conect 3",
		"  ! outer.sock:2: inner.sock:4: there is no command conect",
		"    try: did you mean connect? help lists the commands", "client> ‸")

	file(t, a.home, "self.sock", "server\nsource ./self.sock\n")
	x.Type("source self.sock\r")
	x.Sees("server> source ./self.sock", "  ! self.sock:2: source: ./self.sock is being run already, and would never end",
		"    try: a file that does not source itself", "server> ‸")
	x.Type("source none.sock\r")
	x.Prints("! source: none.sock cannot be read: there is no such file\n")
	file(t, a.home, "leaves.sock", "client\nexit\nserver\n")
	x.Type("source leaves.sock\r") // exit ends the file
	x.Sees("client> exit", "client> ‸")
	x.Type("expect state server:3 ESTABLISHED\r")
	x.Sees("client> ‸")
	x.Type("server\r")
	leave(x)
}
