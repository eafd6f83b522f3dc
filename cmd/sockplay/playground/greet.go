package playground

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sockplay/sandbox/command"
	"sockplay/tracer/ink"
)

// greeting is what a newcomer reads: what this is, what to do, how to go on.
const greeting = "sockplay: sockets, one call at a time. Two processes, server and client, wait. " +
	"Type tour for a first connection, Enter by Enter; or begin by yourself with " +
	"socket tcp, and Tab for what may come next. help lists all, exit leaves."

// greet says what to do, in three lines, and one about time where it stands
// still.
func (g *playground) greet() {
	text := greeting
	if !g.edits {
		text = strings.Replace(text, "and Tab for what may come next", "and for what may come next a Tab at the end of a line, then Enter", 1)
	}
	g.screen.Say(ink.Plain, "", text)
	if stack := g.session.Sandbox.Stack(); stack.Virtual() {
		g.screen.Say(ink.Calm, "", fmt.Sprintf("User stack, seed %d: packets take %s, and time stands still between commands.", g.Seed, ink.Duration(stack.Latency())))
	}
	if g.Trouble != "" {
		g.screen.Say(ink.Loss, "  ! ", g.Trouble)
	}
}

// offer asks whether to restore a session that was not ended, if there is one.
func (g *playground) offer() {
	g.lost = newestLost(g.State)
	if g.lost == nil {
		return
	}
	lines := g.lost.lines
	n := fmt.Sprintf("%d lines", len(lines))
	if len(lines) == 1 {
		n = "1 line"
	}
	g.yesOrNo(fmt.Sprintf("A session of %s was not ended, %s. Its last: %s\nrestore it?", n, ago(time.Since(g.lost.at)), clip(lines[len(lines)-1], 40)),
		g.restore, g.keepLost)
}

// restore does again what was done in the lost session. What cannot be done
// again is kept.
func (g *playground) restore(ctx context.Context) (quit bool) {
	do, err := g.player.Play(ctx, command.Source{File: "the last session", Lines: g.lost.lines})
	if err != nil {
		g.screen.Complain(err)
		g.keepLost()
	} else {
		g.lost.forget()
		g.lost = nil
	}
	_, quit = do.(command.Quit)
	g.due()
	return quit
}

// keepLost keeps the lines of the lost session, and says where.
func (g *playground) keepLost() {
	kept := g.lost.keep()
	g.lost = nil
	if kept == "" {
		g.screen.Say(ink.Calm, "  ", "it could not be moved, and is offered again at the next start")
		return
	}
	if strings.ContainsAny(kept, " \t#\"'") {
		kept = strconv.Quote(kept)
	}
	g.screen.Say(ink.Calm, "  ", "its lines are kept; this does them again:")
	g.screen.Say(ink.Yours, "    ", "source "+kept)
}

// clip shortens a line for a message.
func clip(line string, most int) string {
	if r := []rune(line); len(r) > most {
		return string(r[:most]) + "..."
	}
	return line
}
