package playground

import (
	"context"
	"strings"

	"sockplay/sandbox/command"
	"sockplay/tracer/ink"
)

// dialog is something that was asked at the prompt, and awaits an answer.
type dialog struct {
	prompt string
	line   string // what the answer becomes the next word of; "" for none
	answer func(ctx context.Context, line string) (quit bool)
	leave  func() // for Ctrl-C
}

// answerWidth is the columns that are left for an answer to a question.
const answerWidth = 12

// ask puts a question: what does not fit beside an answer stands above it.
func (g *playground) ask(question string, answer int, d dialog) {
	const margin = "  "
	lines := g.screen.Lines(question, len(margin))
	last := len(lines) - 1
	lines = append(lines[:last], g.screen.Lines(lines[last], len(margin)+answer)...)
	last = len(lines) - 1
	g.screen.Say(ink.Plain, margin, strings.Join(lines[:last], "\n"))
	d.prompt = margin + lines[last] + " "
	g.dialog = &d
}

// finish asks for what the line lacks, and runs it when it lacks nothing. A
// line that is not as it was typed is shown as it is understood. Nothing is
// asked when more has been typed already: that was not meant as an answer.
func (g *playground) finish(ctx context.Context, typed, line string) (quit bool) {
	line = strings.TrimSpace(line)
	q, missing := g.session.Ask(line)
	for missing && q.What == "" { // it goes without saying
		line += " " + q.Default
		q, missing = g.session.Ask(line)
	}
	if missing && !g.waiting() {
		g.ask(q.Prompt(), answerWidth, dialog{
			line: line,
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
			leave: func() { g.screen.Say(ink.Calm, "  ", "left undone") },
		})
		return false
	}
	if line != strings.TrimSpace(typed) {
		g.screen.Say(ink.Yours, "  that is: ", clip(line, 200))
	}
	return g.line(ctx, line)
}

// yesOrNo asks a question that Enter says yes to. Another command means no.
func (g *playground) yesOrNo(question string, yes func(ctx context.Context) bool, no func()) {
	g.ask(question+" (yes)", answerWidth, dialog{
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
	})
}
