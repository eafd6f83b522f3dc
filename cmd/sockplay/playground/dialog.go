package playground

import (
	"context"
	"strings"

	"sockplay/cmd/sockplay/screen"
	"sockplay/sandbox/command"
	"sockplay/tracer/ink"
)

// dialog is something that was asked at the prompt, and awaits an answer.
type dialog struct {
	prompt string
	line   string // what the answer becomes the next word of; "" for none
	answer func(ctx context.Context, line string) (quit bool)
	leave  func() // for Ctrl-C; nil: nothing is to be done
}

// finish asks for what the line lacks, and runs it when it lacks nothing. A
// line that is not as it was typed is shown as it is understood.
func (g *playground) finish(ctx context.Context, typed, line string) (quit bool) {
	line = strings.TrimSpace(line)
	q, missing := g.session.Ask(line)
	for missing && q.What == "" { // it goes without saying
		line += " " + q.Default
		q, missing = g.session.Ask(line)
	}
	if missing {
		g.dialog = &dialog{
			prompt: "  " + q.Prompt() + " ",
			line:   line,
			answer: func(ctx context.Context, answer string) bool {
				if g.session.IsCommand(answer) { // thought better of it
					return g.command(ctx, answer)
				}
				word, ok := q.Word(answer)
				if !ok {
					g.screen.Complain(&command.Error{Wrong: "nothing was answered", Right: "type it, or another command"})
					return false
				}
				full, err := g.session.Expand(line + " " + word)
				if err != nil {
					g.screen.Complain(err)
					return false
				}
				return g.finish(ctx, "", full)
			},
			leave: func() { g.screen.Print("  left undone\n") },
		}
		return false
	}
	if line != strings.TrimSpace(typed) {
		g.screen.Print(g.screen.Pen().Write(ink.Calm, "  that is: ") + g.screen.Pen().Write(ink.Yours, screen.Printable(line)) + "\n")
	}
	return g.line(ctx, line)
}

// yesOrNo asks a question that Enter says yes to.
func (g *playground) yesOrNo(question string, yes func(ctx context.Context) bool, no func()) {
	g.dialog = &dialog{
		prompt: question + " (yes) ",
		answer: func(ctx context.Context, line string) bool {
			switch strings.ToLower(strings.TrimSpace(line)) {
			case "", "y", "yes":
				return yes(ctx)
			case "n", "no":
				no()
				return false
			}
			no()
			return g.command(ctx, line)
		},
		leave: no,
	}
}
