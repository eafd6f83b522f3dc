package playground

import (
	"context"
	"fmt"
	"os"

	"sockplay/sandbox/command"
	"sockplay/tracer/ink"
)

// greeting is what a newcomer reads: what this is, what to do, how to go on.
const greeting = `sockplay: sockets, one call at a time. Two processes, server and client, wait.
Type  tour  for a first connection, Enter by Enter; or begin by yourself with
socket tcp,  and Tab for what may come next. help lists all, exit leaves.
`

// greet says what to do, in three lines, and one about time where it stands
// still.
func (g *playground) greet() {
	g.screen.Say(ink.Plain, "", greeting)
	if stack := g.session.Sandbox.Stack(); stack.Virtual() {
		g.screen.Say(ink.Calm, "", fmt.Sprintf("User stack, seed %d: packets take %s, and time stands still between commands.", g.Seed, ink.Duration(stack.Latency())))
	}
	if g.Trouble != "" {
		g.screen.Say(ink.Loss, "  ! ", g.Trouble)
	}
}

// offer asks whether to restore a session that was not ended, if there is one.
func (g *playground) offer() {
	file, lines, age := g.journal.newest()
	if file == "" {
		return
	}
	n := fmt.Sprintf("%d lines", len(lines))
	if len(lines) == 1 {
		n = "1 line"
	}
	g.screen.Say(ink.Plain, "", fmt.Sprintf("A session of %s was not ended, %s. Its last: %s", n, ago(age), clip(lines[len(lines)-1])))
	g.yesOrNo("restore it?", func(ctx context.Context) bool {
		os.Remove(file)
		do, err := g.player.Play(ctx, command.Source{File: "the last session", Lines: lines})
		if err != nil {
			g.screen.Complain(err)
		}
		_, quit := do.(command.Quit)
		g.due()
		return quit
	}, func() {
		kept := g.file("lost.sock")
		if os.Rename(file, kept) == nil {
			g.screen.Say(ink.Calm, "  ", "it is kept as "+kept+": source "+kept+" runs it")
		}
	})
}

// clip shortens a line for a message.
func clip(line string) string {
	const most = 40
	if r := []rune(line); len(r) > most {
		return string(r[:most]) + "..."
	}
	return line
}
