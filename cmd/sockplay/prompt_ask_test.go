//go:build unix

package main

import (
	"strings"
	"testing"

	"sockplay/cmd/sockplay/repl/ptytest"
)

// TestAsk: what a line lacks is asked for, with a default that Enter takes, at
// any size, and the whole line is told.
func TestAsk(t *testing.T) {
	atSizes(t, func(t *testing.T, x *ptytest.Terminal, cols int) {
		x.Type("socket udp\r")
		x.Prints("= 5   a udp socket")
		x.Type("bind\r")
		x.Sees("server> bind", "  descriptor (5): ‸")
		x.Type("\r")
		if cols == 40 { // beside it there would be no room for an answer
			x.Sees("  descriptor (5):", "  its address", "  (127.0.0.1:8081): ‸")
			x.Type("\r")
			x.Sees("  that is: bind 5 127.0.0.1:8081", "  = 0   its address is 127.0.0.1:8081", "        now", "server> ‸")
		} else {
			x.Sees("  descriptor (5):", "  its address (127.0.0.1:8081): ‸")
			x.Type("\r")
			x.Sees("  that is: bind 5 127.0.0.1:8081", "  = 0   its address is 127.0.0.1:8081 now", "server> ‸")
		}

		// An answer of one's own; data need not be quoted.
		x.Type("write 4\r")
		x.Sees(`  data ("hello"): ‸`)
		x.Type("good day\r")
		x.Prints("  that is: write 4 \"good day\"\n")
		x.Sees("server> ‸")

		// One that Tab has found.
		x.Type("getsockopt 4\r")
		x.Sees("  option (SO_REUSEADDR): ‸")
		x.Type("TCP_N\t")
		x.Until("the option", func() bool { return strings.Contains(x.Text(), "  option (SO_REUSEADDR): TCP_NODELAY\n") })
		x.Type("\r")
		x.Prints("  that is: getsockopt 4 TCP_NODELAY\n")
		x.Sees("server> ‸")

		// None.
		x.Type("read\r")
		x.Sees("  descriptor (4): ‸")
		x.Type("half\x03") // the first Ctrl-C takes back what was typed
		x.Sees("  descriptor (4): half^C", "  descriptor (4): ‸")
		x.Type("\x03")
		x.Sees("  descriptor (4): ^C", "  left undone", "server> ‸")

		// Another command instead.
		x.Type("connect\r")
		x.Sees("  descriptor (5): ‸")
		x.Type("client: shutdown 3 rd\r")
		x.Sees("server> ‸")
		x.Prints("= 0   ")
		if _, written, _ := x.Now(); strings.Contains(written, "connect client") {
			t.Error("the command was taken for an answer")
		}

		// An answer is no line to remember.
		x.Type("\x1b[A\x1b[A")
		x.Sees("server> read‸")
	})
}

// TestAskLong: a question that does not fit beside an answer stands above it,
// and breaks no word.
func TestAskLong(t *testing.T) {
	x := prompt(t, "user", 40, 10)
	x.Type("socket tcp\rsetsockopt 3 SO_RCVTIMEO\r")
	x.Sees("  value: a time such as 2s, or 0 for", "  none (2s): ‸")
	x.Type("\r")
	x.Prints("that is: setsockopt 3 SO_RCVTIMEO 2s\n")
	x.Type("exit\r")
	x.Ends(done)
}

// TestNothingIsAsked when lines follow: they are no answers.
func TestNothingIsAsked(t *testing.T) {
	lines := "socket tcp\nbind 3 127.0.0.1:8080\nlisten\nclient: socket tcp\nclient: connect 3\nsockets\n"
	for name, paste := range map[string]string{
		"typed ahead": lines,
		"a paste":     "\x1b[200~" + lines + "\x1b[201~",
		"half a line": lines + "wire",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := prompt(t, "user", 80, 24)
			x.Type(paste)
			if name == "half a line" {
				x.Sees("server> wire‸")
			} else {
				x.Sees("server> ‸")
			}
			x.Until("no question, and a table", func() bool {
				text := x.Text()
				return strings.Contains(text, "server> sockets\nprocess  fd") && strings.Contains(text, "! listen: the descriptor is missing") &&
					strings.Contains(text, "! connect: the address is missing") && !strings.Contains(text, "):")
			})
			x.Type("\x15listen\r")
			x.Sees("  descriptor (3): ‸") // nothing follows
			x.Type("\r")
			x.Prints("  that is: listen 3\n")
			x.Type("exit\r")
			x.Ends(done)
		})
	}
}

// TestForgives: beginnings of words do, where they are not ambiguous; what is
// no command is told of, with what was probably meant.
func TestForgives(t *testing.T) {
	x := prompt(t, "user", 80, 24)
	x.Type("so tcp\r")
	x.Sees("  ! so begins more than one command", "    try: a letter more: socket, socketpair, sockets, source", "server> ‸")
	x.Type("sock tcp\r")
	x.Sees("  that is: socket tcp", "  = 3   a tcp socket, CLOSED: no address and no connection yet", "server> ‸")
	x.Type("b 3 8080\r")
	x.Sees("  that is: bind 3 127.0.0.1:8080", "  = 0   its address is 127.0.0.1:8080 now", "server> ‸")
	x.Type("lisen 3\r")
	x.Sees("  ! there is no command lisen", "    try: did you mean listen? help lists the commands", "server> ‸")
	x.Type("server> lis 3\r") // copied with its prompt
	x.Prints("that is: listen 3\n")
	x.Type("\r  \r# a remark\r")
	x.Sees("server>", "server>", "server> # a remark", "server> ‸")
	x.Type("quit\r")
	x.Ends(done)
}

// TestAskFolds: what is folded at one width is not folded again at another.
func TestAskFolds(t *testing.T) {
	for _, cols := range []int{40, 43, 44, 50, 62, 80, 132} {
		home := t.TempDir()
		file(t, home, "state/sockplay/session-1.sock", "socket tcp\nbind 3 127.0.0.1:8080\n")
		x := atTerminal{cols: cols, rows: 24, home: home}.start(t)
		x.Sees("  restore it? (yes) ‸")
		text, _, _ := x.Now()
		_, asked, _ := strings.Cut(text, "  A session")
		rows := strings.Split("  A session"+asked, "\n")
		for i, row := range rows[:len(rows)-2] { // the next row's first word did not fit
			word, _, _ := strings.Cut(strings.TrimSpace(rows[i+1]), " ")
			if len(row)+1+len(word) < min(cols, 101) {
				t.Errorf("%d columns: %q could be followed by %q", cols, row, word)
			}
		}
		x.Type("\x04")
		x.Ends(done)
	}
}
