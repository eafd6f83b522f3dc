package playground

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sockplay/lessons/course"
	"sockplay/lessons/page"
	"sockplay/lessons/progress"
	"sockplay/sandbox/command"
	"sockplay/tracer/ink"
)

// foretell asks for the step's prediction. Commands and the lesson's words may
// come first.
func (g *playground) foretell() {
	probe := g.lesson.course.Step().Task.Ask
	g.dialog = &dialog{
		prompt: g.lesson.prefix() + "prediction> ",
		answer: func(ctx context.Context, line string) bool {
			word := strings.TrimSpace(line)
			if isLessonWord(word) {
				g.taught(ctx, word)
				return false
			}
			if guess, ok := course.Guess(probe, word); ok {
				g.foretold(ctx, guess)
				return false
			}
			if word != "" && g.session.IsCommand(word) {
				quit := g.command(ctx, line)
				if !quit && g.dialog == nil && g.lesson != nil {
					g.reopen()
				}
				return quit
			}
			wanted := g.lesson.tr(course.Wanted(probe))
			if word != "" {
				g.screen.Complain(&command.Error{Wrong: fmt.Sprintf(g.lesson.tr("%s is no answer to that"), clip(word, 40)), Right: wanted})
			} else {
				g.screen.Say(ink.Calm, "  ", fmt.Sprintf(g.lesson.tr("A guess is enough: %s."), wanted))
			}
			g.reopen()
			return false
		},
		leave: func() { g.screen.Say(ink.Calm, "  ", g.lesson.tr("the question waits: goal asks it again")) },
	}
}

// foretold plays what was to be predicted, and compares; an empty guess is none.
func (g *playground) foretold(ctx context.Context, guess string) {
	t := g.lesson
	v, fresh, err := t.course.Foretell(ctx, guess)
	if err != nil {
		g.failed(ctx, err)
		return
	}
	if fresh {
		g.screen.Say(ink.Calm, "  ", t.tr("(There were other things than the lesson makes. So it was played in a fresh sandbox, from where the step begins.)"))
	}
	how, word := progress.Done, ""
	found := v.Found
	if t.course.Step().Task.Ask.What == "data" {
		found = fmt.Sprintf("%q", found)
	}
	switch {
	case guess == "":
		how, word = progress.Solution, fmt.Sprintf(t.tr("It is %s."), found)
	case v.Right:
		word = fmt.Sprintf(t.tr("Yes: %s."), found)
	default:
		word = fmt.Sprintf(t.tr("You said %s. Look: it is %s."), guess, found)
	}
	asked := plainGoal(g)
	g.change(func(_ *progress.Lesson, p *progress.Step, _ time.Time) {
		p.Asked, p.Found = asked, v.Found
		if guess != "" {
			if len(p.Predicted) == 0 { // the next one knows what happened
				right := v.Right
				p.Right = &right
			}
			p.Predicted = append(p.Predicted, guess)
		}
	})
	g.pass(how)
	if guess == "" || !v.Right {
		mark := g.screen.Pen().Pick("→ ", "-> ")
		if g.screen.Styles().Plain {
			mark = ""
		}
		g.passage(mark, ink.Way, word)
		return
	}
	g.praise(word)
}

// plainGoal is what the step asks, as a line without marks.
func plainGoal(g *playground) string {
	text := page.Draw(ink.Pen{UTF8: true}, 1000, g.lesson.original().Task.Goal)
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "`", "")), " ")
}

// askQuestion asks the step's question, and goes on with an answer that was begun.
func (g *playground) askQuestion() {
	var begun []string
	if was := g.kept().Step(g.lesson.original().ID); was.Passed.IsZero() && was.Answer != "" {
		begun = strings.Split(was.Answer, "\n")
		g.screen.Say(ink.Calm, "  ", g.lesson.tr("So far you have written, and an empty line ends it:"))
		for _, line := range begun {
			g.screen.Say(ink.Plain, "    ", line)
		}
	}
	g.question(begun)
}

// question asks for an answer in words, which ends with an empty line.
func (g *playground) question(lines []string) {
	prompt := g.lesson.prefix() + "answer> "
	if len(lines) > 0 {
		prompt = strings.Repeat(" ", len(prompt)-2) + "> "
	}
	g.dialog = &dialog{
		prompt: prompt,
		answer: func(ctx context.Context, line string) bool {
			word := strings.TrimSpace(line)
			switch {
			case len(lines) == 0 && isLessonWord(word):
				g.taught(ctx, word)
			case len(lines) == 0 && (word == "exit" || word == "quit"):
				return true
			case len(lines) == 0 && word == "":
				g.screen.Say(ink.Calm, "  ", g.lesson.tr("In your own words, in one line or more; an empty line ends the answer. solution shows one."))
				g.question(nil)
			case word == "":
				g.answered(strings.Join(lines, "\n"))
			default:
				lines := append(lines[:len(lines):len(lines)], strings.TrimRight(line, " "))
				g.change(func(_ *progress.Lesson, p *progress.Step, _ time.Time) { // it is not lost, whatever happens
					if p.Passed.IsZero() {
						p.Answer = strings.Join(lines, "\n")
					}
				})
				if len(lines) == 1 && !g.waiting() {
					g.screen.Say(ink.Calm, "  ", g.lesson.tr("An empty line ends the answer."))
				}
				g.question(lines)
			}
			return false
		},
		leave: func() { g.screen.Say(ink.Calm, "  ", g.lesson.tr("the question waits: goal asks it again")) },
	}
}

// answered keeps the learner's answer, and shows one to compare with.
func (g *playground) answered(text string) {
	t := g.lesson
	how := progress.Done
	if text == "" {
		how = progress.Solution
	}
	asked := plainGoal(g)
	g.change(func(_ *progress.Lesson, p *progress.Step, _ time.Time) {
		p.Asked = asked
		if text != "" {
			p.Answer = text
		}
	})
	g.pass(how)
	g.screen.Print("\n")
	g.screen.Say(ink.Calm, "", t.tr("One answer, to compare with yours:"))
	g.page(t.course.Step().Task.Model)
	g.praise(map[bool]string{true: t.tr("Kept for the report."), false: t.tr("Read.")}[text != ""])
}
