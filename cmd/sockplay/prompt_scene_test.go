//go:build unix

package main

import (
	"strings"
	"testing"

	"sockplay/cmd/sockplay/repl/ptytest"
)

// onStage starts the program with a scene on a terminal, and waits for its first
// question.
func onStage(t *testing.T, stack, scene string) *ptytest.Terminal {
	t.Helper()
	x := atTerminal{stack: stack, args: []string{"demo", scene}}.start(t)
	steps := "5"
	if stack == "kernel" { // where some follow at once
		steps = "3"
	}
	x.Sees("  On the "+stack+" stack: Enter goes on, b goes back, q leaves, to go on by hand.", "  "+scene+", step 1 of "+steps+" (Enter, b, q): ‸")
	return x
}

// given are what the screen ends with after q.
const given = "  The sandbox is yours, as the scene has left it. demo lists the scenes."

// TestSceneAtPrompt plays a scene as its viewer does: on, back, on to its end,
// back from there, and out of it, to go on by hand.
func TestSceneAtPrompt(t *testing.T) {
	const (
		second = "  handshake, step 2 of 5 (Enter, b, q): "
		third  = "  handshake, step 3 of 5 (Enter, b, q): "
		fifth  = "  handshake, step 5 of 5 (Enter, b, q): "
		over   = "  handshake is over (q or any command; b goes back): "
	)
	x := onStage(t, "user", "handshake")
	x.Type("b\r")
	x.Sees("  ! this is the beginning", "    try: Enter goes on", "  handshake, step 1 of 5 (Enter, b, q): ‸")

	x.Type("\r")
	x.Sees("  = 0   callers are answered now; at most 129 wait: the backlog and one more",
		"  0 packets. The socket is in LISTEN (RFC 9293 3.10.1).", second+"‸")

	called := []string{
		"        client:3                                       server (not yet accepted)",
		"        127.0.0.1:38604                                         127.0.0.1:8080",
		"        CLOSED       │                                        │ LISTEN",
		"     1  SYN-SENT     ├── SYN seq 0 win 29184 ╌╌▷              │ LISTEN",
		"  … blocked: the wire is held, and SYN 1 is in flight",
		"    step delivers it, drop 1 loses it, advance lets time pass",
		"  A SYN is on the wire: it says which number the client counts from. The client",
		"  is in SYN-SENT; the server knows nothing yet.",
		third + "‸",
	}
	x.Type("\r")
	x.Sees(called...)

	// Back, and the same step again is the same to the byte.
	x.Type("b\r")
	x.Sees(third+"b", "  note: back", "  step 2 is undone: all is as it was before it", second+"‸")
	x.Type("\r")
	x.Sees(append([]string{second, "  A client calls, and the wire is held, so that we see each segment on its way.",
		"server> wire hold", "the wire is held: packets wait until step, deliver or wire open",
		"server> client: socket tcp", "  = 3   a tcp socket, CLOSED: no address and no connection yet",
		"server> client: connect 3 127.0.0.1:8080", ""}, called...)...)

	end := []string{"server> server: accept 3", "  = 4   the connection from 127.0.0.1:38604; 3 goes on listening",
		"  Now both are open, and accept hands the connection out as descriptor 4. The",
		"  server's end came through LISTEN, SYN-RECEIVED, ESTABLISHED, the client's",
		"  through CLOSED, SYN-SENT, ESTABLISHED (RFC 9293 3.5, figure 6). In all 3",
		"  segments.", over + "‸"}
	x.Type("\r")
	x.Sees("  handshake, step 4 of 5 (Enter, b, q): ‸")
	x.Type("\r")
	x.Sees(fifth + "‸")
	x.Type("\r")
	x.Sees(end...)
	x.Type("b\r")
	x.Sees(over+"b", "  note: back", "  step 5 is undone: all is as it was before it", fifth+"‸")
	x.Type("\r")
	x.Sees(end...)

	// By hand: the wire is still held, and what is done goes on from there.
	x.Type("q\r")
	x.Sees(over+"q", given, "server [held]> ‸")
	x.Type("write 4 \"hello\"\r")
	x.Sees("     4  ESTABLISHED  │       ◁╌╌ DATA 5 bytes seq 1 \"hello\" ──┤ ESTABLISHED",
		"  = 5   the stack took them; that the peer has read them is another matter",
		"  next timer: server:4 sends the last segment again as a probe in 200 ms;",
		"  advance goes there", "server [held, 1 in flight]> ‸")
	x.Type("wire open\r")
	x.Sees("server> ‸")
	x.Type("client: read 3 100\r")
	x.Sees("  = 5 \"hello\"   a read takes what is there, wherever the writes began and ended", "server> ‸")
	leave(x)
}

// TestSceneIsLeft in each way that there is, with the sandbox as it is.
func TestSceneIsLeft(t *testing.T) {
	const (
		second    = "  handshake, step 2 of 5 (Enter, b, q): "
		secondOf3 = "  handshake, step 2 of 3 (Enter, b, q): "
	)
	for name, test := range map[string]struct {
		stack string
		keys  []string
		sees  [][]string
	}{
		"quit":      {"user", []string{"\r", "quit\r"}, [][]string{{second + "‸"}, {second + "quit", given, "server> ‸"}}},
		"Ctrl-C":    {"user", []string{"\r", "\x03"}, [][]string{{second + "‸"}, {second + "^C", given, "server> ‸"}}},
		"a command": {"user", []string{"\r", "getsockname 3\r"}, [][]string{{second + "‸"}, {second + "getsockname 3", given, "  = 0 127.0.0.1:8080", "server> ‸"}}},
		"a look and a slip": {"user", []string{"\r", "sockets\r", "nonsense\r", "q\r"}, [][]string{{second + "‸"},
			{second + "‸"}, {"    try: help lists the commands", second + "‸"}, {second + "q", given, "server> ‸"}}},
		"a look that asks": {"user", []string{"\r", "plot\r", "server:3\r", "q\r"}, [][]string{{second + "‸"},
			{"  process:fd: ‸"}, {"    try: a TCP connection: connect makes one", second + "‸"}, {second + "q", given, "server> ‸"}}},
		"no way back on the kernel stack": {"kernel", []string{"\r", "b\r", "q\r"}, [][]string{{secondOf3 + "‸"},
			{"  ! back: the kernel stack cannot go back: its time is real, and its state is", "    the system's own",
				"    try: sockplay --stack user can: its time is virtual, and a session repeats",
				"         to the byte; save FILE takes the lines along", secondOf3 + "‸"},
			{secondOf3 + "q", given, "server> ‸"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := onStage(t, test.stack, "handshake")
			for i, keys := range test.keys {
				x.Type(keys)
				x.Sees(test.sees[i]...)
			}
			x.Type("sockets\r") // as it was left
			x.Until("the listener", func() bool {
				return strings.Contains(x.Text(), "127.0.0.1:8080  *       LISTEN")
			})
			leave(x)
		})
	}
	t.Run("Enter after the end", func(t *testing.T) {
		t.Parallel()
		x := onStage(t, "user", "handshake")
		x.Type("\r\r\r\r\r")
		x.Sees("  handshake is over (q or any command; b goes back): ‸")
		x.Type("\r")
		x.Sees(given, "server [held]> ‸")
		x.Type("exit\r")
		x.Ends(done)
	})
}

// TestSceneOfTheOtherStack: a scene of the user stack is offered at a prompt of
// the kernel's, where it can then go back.
func TestSceneOfTheOtherStack(t *testing.T) {
	x := prompt(t, "kernel", 80, 24)
	x.Type("socket tcp\r")
	x.Prints("= 3   a tcp socket")
	x.Type("demo hijack\r")
	x.Sees("  hijack plays on the user stack, and this is the kernel stack. It begins in a",
		"  fresh sandbox of the user stack, which stays until exit; what is here goes.", "  go on? (yes) ‸")
	x.Type("no\r")
	x.Sees("  all is as it was; save FILE keeps what is here", "server> ‸")
	x.Type("demo hijack\r")
	x.Sees("  go on? (yes) ‸")
	x.Type("\r")
	x.Sees("  On the user stack: Enter goes on, b goes back, q leaves, to go on by hand.", "  hijack, step 1 of 5 (Enter, b, q): ‸")
	x.Type("\r")
	x.Sees("  hijack, step 2 of 5 (Enter, b, q): ‸")
	x.Type("b\r")
	x.Sees("  step 1 is undone: all is as it was before it", "  hijack, step 1 of 5 (Enter, b, q): ‸")
	x.Type("q\rreset\rsocket udp\r")
	x.Prints("= 3   a udp socket")
	x.Type("undo\r")
	x.Prints("note: undone: socket udp")
	leave(x)
}
