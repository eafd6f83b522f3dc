//go:build unix

package main

import (
	"fmt"
	"strings"
	"testing"

	"sockplay/cmd/sockplay/repl/ptytest"
)

// TestTour: ten keystrokes lead to the handshake; Enter goes on to the end.
func TestTour(t *testing.T) {
	for _, stack := range []string{"user", "kernel"} {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s/%dx%d", stack, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				x := prompt(t, stack, size[0], size[1])
				for i, key := range []string{"t", "o", "u", "r", "\r", "\r", "\r", "\r", "\r", "\r"} {
					x.Type(key)
					if i >= 4 { // as somebody who reads
						x.Prints(fmt.Sprintf("  %d of 11  ", i-3))
					}
				}
				x.Prints("ACK ack 1 ")
				x.Prints("ESTABLISHED")
				x.Prints("= 0   connected: it returned at the")
				x.Sees("  next (server: accept 3): ‸")
				for n := 7; n <= 11; n++ {
					x.Type("\r")
					x.Prints(fmt.Sprintf("  %d of 11  ", n))
				}
				x.Type("\r")
				x.Prints("The end of the tour.")
				x.Sees("server> ‸")
				x.Until("what is left", func() bool { return strings.Contains(x.Written(), "TIME-WAIT") })
				if _, written, _ := x.Now(); strings.Contains(written, "  ! ") {
					t.Error("there is a complaint")
				}
				leave(x)
			})
		}
	}
}

// TestTourTypedAhead: ten keystrokes at once do, too.
func TestTourTypedAhead(t *testing.T) {
	x := prompt(t, "user", 80, 24)
	x.Type("tour\r\r\r\r\r\r")
	x.Prints("= 0   connected: it returned at the SYN-ACK")
	x.Sees("  next (server: accept 3): ‸")
	x.Type("q\r")
	leave(x)
}

// TestTourIsLeft in several ways, with everything as it is.
func TestTourIsLeft(t *testing.T) {
	const over = "The tour is over; everything is as it was left. tour begins it again."
	for name, test := range map[string]struct {
		keys string
		sees []string
	}{
		"q":                             {"q\r", []string{"  " + over, "server> ‸"}},
		"quit":                          {"quit\r", []string{"  " + over, "server> ‸"}},
		"Ctrl-C":                        {"\x03", []string{"  next (server: listen 3): ^C", "  " + over, "server> ‸"}},
		"a command":                     {"listen 3 5\r", []string{"  = 0   callers are answered now; at most 6 wait: the backlog and one more", "server> ‸"}},
		"a mistake":                     {"lisen 3\r", []string{"  ! there is no command lisen", "    try: did you mean listen? help lists the commands", "server> ‸"}},
		"half a line, and Ctrl-C twice": {"foo\x03\x03", []string{"  next (server: listen 3): ^C", "  " + over, "server> ‸"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := prompt(t, "user", 80, 24)
			x.Type("tour\r\r\r")
			x.Sees("  next (server: listen 3): ‸")
			x.Type(test.keys)
			x.Prints(over)
			x.Sees(test.sees...)
			x.Type("getsockname 3\r") // as it was left
			x.Prints("= 0 127.0.0.1:8080")
			leave(x)
		})
	}
	t.Run("exit", func(t *testing.T) {
		t.Parallel()
		x := prompt(t, "user", 80, 24)
		x.Type("tour\r")
		x.Prints("  1 of 11  ")
		x.Type("exit\r")
		x.Ends(done)
	})
}

// TestTourCompletes: a command of one's own is completed there as ever.
func TestTourCompletes(t *testing.T) {
	x := prompt(t, "user", 80, 24)
	x.Type("tour\r")
	x.Sees("  next (server: socket tcp): ‸")
	x.Type("sockets")
	menu(x, 80, "  next (server: socket tcp): sockets")
	x.Type("\x7f")
	menu(x, 80, "  next (server: socket tcp): socket", "socket", "socketpair", "sockets")
	x.Type("\x15q\r")
	leave(x)
}

// TestTourAsks before it throws away what is there.
func TestTourAsks(t *testing.T) {
	begin := func(t *testing.T, cols, rows int) *ptytest.Terminal {
		x := prompt(t, "user", cols, rows)
		x.Type("socket udp\r")
		x.Prints("= 3   a udp socket")
		x.Type("tour\r")
		return x
	}
	for _, no := range []string{"n\r", "no\r", "\x03"} {
		x := begin(t, 80, 24)
		x.Sees("  The tour begins in a fresh sandbox, and what is here goes.", "  go on? (yes) ‸")
		x.Type(no)
		x.Prints("  all is as it was; save FILE keeps what is here\n")
		x.Sees("server> ‸")
		x.Type("getsockname 3\r")
		x.Prints("= 0 0.0.0.0:0")
		leave(x)
	}
	x := begin(t, 40, 10)
	x.Sees("  The tour begins in a fresh sandbox,", "  and what is here goes.", "  go on? (yes) ‸")
	x.Type("\r")
	x.Sees("  1 of 11  The server makes a socket:", "           an endpoint, named by a", "           number.", "  next (server: socket tcp): ‸")
	x.Type("\r")
	x.Prints("= 3   a tcp socket") // not 4
	x.Type("q\r")
	leave(x)
	x = begin(t, 80, 24)
	x.Sees("  go on? (yes) ‸")
	x.Type("sockets\r") // another command means no
	x.Prints("  all is as it was; save FILE keeps what is here\n")
	x.Prints("server   3   udp")
	leave(x)
}
