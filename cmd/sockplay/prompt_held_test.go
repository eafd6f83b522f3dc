//go:build unix

package main

import "testing"

// TestPromptHeld: on a held wire the prompt tells of what waits there, Tab offers
// what may be done about it first, and a line copied with its prompt is taken.
func TestPromptHeld(t *testing.T) {
	for _, stack := range []string{"kernel", "user"} {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			x := prompt(t, stack, 80, 40)
			x.Type("socket tcp\rbind 3 127.0.0.1:8080\rlisten 3\rwire hold\rclient\rsocket tcp\r")
			x.Sees("client [held]> ‸")
			x.Type("connect 3 127.0.0.1:8080\r")
			x.Prints("╌╌▷              │ LISTEN\n  … blocked: the wire is held, and SYN 1 is in flight\n    step delivers it, drop 1 loses it, advance lets time pass\n  next timer: client:3 sends the SYN again in 1 s")
			x.Sees("client [blocked in connect(3); held, 1 in flight]> ‸")
			x.Type("\t\t")
			x.Prints("step              deliver packet 1, SYN")
			x.Type("\r")
			x.Prints("2  SYN-SENT     │              ◁╌╌ SYN-ACK seq 0 ack 1 ──┤ SYN-RECEIVED")
			x.Type("client [blocked in connect(3); held, 1 in flight]> step\r")
			x.Prints("3  ESTABLISHED  ├── ACK ack 1 ╌╌╌╌╌╌╌╌╌╌╌▷               │ SYN-RECEIVED")
			x.Prints("client: connect(3) = 0")
			x.Type("delay 3 1h\rwire open\r")
			x.Prints("by hand: it arrives in 1 h")
			x.Sees("client [1 in flight]> ‸")
			x.Type("deliver 3\r")
			x.Sees("client> ‸")
			x.Type("exit\r")
			x.Ends(done)
		})
	}
}

// TestPromptHeldNarrow: where there is no room, the prompt says it in fewer
// words.
func TestPromptHeldNarrow(t *testing.T) {
	x := prompt(t, "user", 40, 40)
	x.Type("socket tcp\rbind 3 127.0.0.1:8080\rlisten 3\rwire hold\rclient\rsocket tcp\rconnect 3 127.0.0.1:8080\r")
	x.Sees("client [blocked; held, 1]> ‸")
	x.Type("exit\r")
	x.Ends(done)
}

// TestPromptHeldAgain: what a timer does to a held packet in the background is
// not drawn; what is drawn next of the packet tells of it.
func TestPromptHeldAgain(t *testing.T) {
	x := prompt(t, "kernel", 80, 40)
	x.Type("wire hold\rclient\rsocket tcp\rconnect 3 127.0.0.1:8080\r")
	x.Sees("client [blocked in connect(3); held, 1 in flight]> ‸")
	x.Type("advance\rdrop\r") // which waits for the timer
	x.Prints("SYN seq 0 win 64240 x 2 ╌╌▷")
	x.Prints("SYN seq 0 win 64240 x 2 ──╳")
	x.Prints("lost by hand")
	x.Type("exit\r")
	x.Ends(done)
}
