package playground

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"sockplay/lessons"
	"sockplay/lessons/course"
	"sockplay/lessons/page"
	"sockplay/lessons/progress"
	"sockplay/tracer/ink"
)

// to begins a step as the lesson's solutions lead to it.
func (g *playground) to(ctx context.Context, step int) {
	if err := g.lesson.course.To(ctx, step); err != nil {
		g.failed(ctx, err)
	}
	g.step()
}

// failed says that a step could not be played to where it should be.
func (g *playground) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		g.screen.Say(ink.Loss, "  ! ", g.lesson.tr("interrupted: the sandbox is half made"))
	} else {
		g.complain(err)
	}
	g.screen.Say(ink.Plain, "    try: ", g.lesson.tr("reset begins the step anew; goal says what it asks for"))
}

// step says what the present step is about, and asks for what it asks for.
func (g *playground) step() {
	t := g.lesson
	s := t.course.Step()
	id, title, order := t.original().ID, t.original().Title, t.course.At()+1
	t.passed, t.hints, t.given = false, 0, false
	t.before = !g.kept().Step(id).Passed.IsZero()
	g.next = g.session.NextTimer()
	g.change(func(r *progress.Lesson, p *progress.Step, now time.Time) {
		r.At = id
		if p.Began.IsZero() {
			p.Began = now
		}
		p.Title, p.Order = title, order
	})
	if t.course.At() > 0 {
		g.screen.Print("\n")
		g.lessonBar(t.course.At())
	}
	g.screen.Print("\n")
	g.screen.Say(ink.Yours, "", s.Title)
	g.page(s.Words)
	if len(s.Words) == 0 {
		g.screen.Print("\n")
	}
	g.goal()
}

// original is the present step in the original's words, by which it is known.
func (t *taken) original() *lessons.Step { return &t.Lesson.Lesson.Steps[t.course.At()] }

// marks are what stands before a task.
var marks = map[lessons.Kind]string{lessons.Do: "Do: ", lessons.Predict: "Predict: ", lessons.Answer: "Say: "}

// goal says what the step asks for, and asks it.
func (g *playground) goal() {
	s := g.lesson.course.Step()
	mark := g.lesson.tr(marks[s.Task.Kind])
	text := page.Draw(g.lessonPen(), min(g.screen.Width()-1, textColumns)-len(mark), s.Task.Goal)
	pen := g.screen.Pen()
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		head := strings.Repeat(" ", len(mark))
		if i == 0 {
			head = pen.Write(ink.Way, mark)
		}
		g.screen.Print(strings.TrimRight(head+line, " ") + "\n")
	}
	if g.lesson.passed {
		g.screen.Say(ink.Calm, "", g.lesson.tr("It is done: next goes on."))
		return
	}
	switch s.Task.Kind {
	case lessons.Predict:
		g.foretell()
	case lessons.Answer:
		g.askQuestion()
	}
}

// taught carries out a word of the lesson's, and reports whether it was one.
func (g *playground) taught(ctx context.Context, typed string) bool {
	t := g.lesson
	if t == nil {
		return false
	}
	switch word := strings.ToLower(strings.TrimSpace(typed)); {
	case word == "" && t.passed, word == "next" && t.passed:
		g.advance(ctx)
	case word == "" && t.course.Step().Task.Kind != lessons.Do:
		g.goal()
	case word == "next" && t.before && !t.course.Last():
		g.to(ctx, t.course.At()+1)
	case word == "next":
		g.screen.Say(ink.Plain, "  ", t.tr("This step is not passed yet; goal says what it asks for, hint helps, skip goes on without it."))
		g.reopen()
	case word == "help":
		g.screen.Say(ink.Yours, "", t.tr("In this lesson:"))
		for _, w := range lessonWords {
			g.screen.Print(fmt.Sprintf("  %-9s %s\n", w.Text, t.tr(w.Meaning)))
		}
		return false
	case word == "goal":
		g.goal()
	case word == "hint":
		g.hint()
		g.reopen()
	case word == "solution":
		g.solve(ctx)
	case word == "reset":
		g.screen.Say(ink.Calm, "  ", t.tr("The step begins anew, in a fresh sandbox."))
		g.to(ctx, t.course.At())
	case word == "back" && t.course.At() == 0:
		g.screen.Say(ink.Plain, "  ", t.tr("This is the first step; reset begins it anew."))
		g.reopen()
	case word == "back":
		g.to(ctx, t.course.At()-1)
	case word == "skip" && t.passed:
		g.advance(ctx)
	case word == "skip":
		g.pass(progress.Skipped)
		if t.course.Last() {
			g.over(ctx)
			break
		}
		g.screen.Say(ink.Calm, "  ", t.tr("The step is skipped. The next one begins as if it had been done."))
		g.to(ctx, t.course.At()+1)
	case word == "leave":
		g.lesson = nil
		g.screen.Say(ink.Calm, "  ", fmt.Sprintf(t.tr("The lesson is left, and the sandbox is yours as it is. sockplay lesson %s goes on with it."), t.Called))
	default:
		if probe := t.course.Step().Task.Ask; !t.passed && t.course.Step().Task.Kind == lessons.Predict && !g.session.IsCommand(typed) {
			if guess, ok := course.Guess(probe, word); ok { // the question waits
				g.foretold(ctx, guess)
				return true
			}
		}
		return false
	}
	return true
}

// wantsCommands tells who has answered where there is something to do.
func (g *playground) wantsCommands(err error) {
	t := g.lesson
	if t != nil && !t.passed && t.course.Step().Task.Kind == lessons.Do && strings.Contains(err.Error(), "there is no command") {
		g.screen.Say(ink.Calm, "  ", t.tr("This step wants something done, by commands: goal says what, hint helps."))
	}
}

// reopen asks again what the step asks, if it is a question.
func (g *playground) reopen() {
	if t := g.lesson; !t.passed {
		switch t.course.Step().Task.Kind {
		case lessons.Predict:
			g.foretell()
		case lessons.Answer:
			g.askQuestion()
		}
	}
}

// advance goes on to the next step, or ends the lesson.
func (g *playground) advance(ctx context.Context) {
	t := g.lesson
	if t.course.Last() {
		g.over(ctx)
		return
	}
	fresh, err := t.course.Next(ctx)
	if err != nil {
		g.failed(ctx, err)
	}
	if fresh {
		g.screen.Say(ink.Calm, "  ", t.tr("The next step needs what the lesson has made so far, and begins in a fresh sandbox. What you made beside it is gone."))
	}
	g.step()
}

// over ends the lesson, and offers the next one.
func (g *playground) over(ctx context.Context) {
	t := g.lesson
	skipped, _ := t.open(g.kept())
	g.change(func(r *progress.Lesson, _ *progress.Step, _ time.Time) {
		_, r.At = t.open(r) // to be resumed there
	})
	var following *lessons.Lesson
	for i, l := range t.Library.Originals {
		if l.Name == t.course.Lesson.Name && i+1 < len(t.Library.Originals) {
			following = t.Library.Originals[i+1]
		}
	}
	g.lesson = nil
	g.screen.Print("\n")
	if skipped > 0 {
		g.screen.Say(ink.Way, "", fmt.Sprintf(t.tr("The end of the lesson, with steps left out: %d. sockplay lesson %s goes to the first of them."), skipped, t.Called))
	} else {
		g.screen.Say(ink.Open, "", fmt.Sprintf(t.tr("The lesson is done: %s."), t.course.Lesson.Title))
	}
	if following == nil {
		g.screen.Say(ink.Plain, "", t.tr("The sandbox is yours. sockplay lesson report says what you have done."))
		return
	}
	next, called := t.Library.In(following, t.Lang), following.Name
	if t.Called != t.Lesson.Lesson.Name { // a file
		called = filepath.Join(filepath.Dir(t.Called), following.File)
	}
	if !following.For(g.session.Sandbox.Stack().Name()) {
		g.screen.Say(ink.Plain, "", fmt.Sprintf(t.tr("The sandbox is yours. The next lesson: sockplay lesson %s (%s)"), called, next.Title))
		return
	}
	g.yesOrNo(fmt.Sprintf(t.tr("The next: %s, about %d minutes.\ngo on?"), next.Title, next.Minutes), func(ctx context.Context) bool {
		l := t.Lesson
		l.Lesson, l.Called = following, called
		g.take(ctx, l)
		return false
	}, func() {
		g.screen.Say(ink.Calm, "  ", fmt.Sprintf(t.tr("The sandbox is yours. sockplay lesson %s begins it."), called))
	})
}

// hint shows the next hint.
func (g *playground) hint() {
	t := g.lesson
	hints := t.course.Step().Hints
	switch {
	case t.passed:
		g.screen.Say(ink.Calm, "  ", t.tr("It is done: next goes on."))
	case t.course.Step().Task.Kind == lessons.Predict:
		g.screen.Say(ink.Calm, "  ", t.tr("There is no hint for a prediction: guess, and see."))
	case len(hints) == 0:
		g.screen.Say(ink.Calm, "  ", t.tr("There is no hint for a question: any answer is right to begin with."))
	case t.hints == len(hints):
		g.screen.Say(ink.Calm, "  ", t.tr("Those were all the hints; solution has it done."))
	default:
		g.showHint(t.hints, fmt.Sprintf(t.tr("Hint %d of %d: "), t.hints+1, len(hints)))
		t.hints++
		hints := t.hints
		g.change(func(_ *progress.Lesson, p *progress.Step, _ time.Time) { p.Hints = max(p.Hints, hints) })
	}
}

// showHint shows a hint.
func (g *playground) showHint(n int, mark string) {
	hints := g.lesson.course.Step().Hints
	pen := g.screen.Pen()
	text := page.Draw(g.lessonPen(), min(g.screen.Width()-1, textColumns)-len(mark)-2, hints[n].Words)
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		head := strings.Repeat(" ", len(mark)+2)
		if i == 0 {
			head = "  " + pen.Write(ink.Calm, mark)
		}
		g.screen.Print(strings.TrimRight(head+line, " ") + "\n")
	}
}

// solve has the step done.
func (g *playground) solve(ctx context.Context) {
	t := g.lesson
	switch {
	case t.passed:
		g.screen.Say(ink.Calm, "  ", t.tr("It is done: next goes on."))
		return
	case t.course.Step().Task.Kind == lessons.Answer:
		g.answered("")
		return
	case t.course.Step().Task.Kind == lessons.Predict:
		g.foretold(ctx, "")
		return
	}
	t.given = true
	err := t.course.Solve(ctx)
	if err == nil && t.course.Settled(ctx) {
		return // look tells it
	}
	if ctx.Err() != nil {
		g.failed(ctx, ctx.Err())
		return
	}
	g.screen.Say(ink.Calm, "  ", t.tr("From here it does not work: the step begins anew, and then it is done."))
	err = t.course.To(ctx, t.course.At())
	if err == nil {
		err = t.course.Solve(ctx)
	}
	if err != nil {
		g.failed(ctx, err)
		return
	}
	t.course.Settled(ctx)
}

// look passes the step if its check holds now. line is what was typed; "" if
// something has come by itself.
func (g *playground) look(line string) {
	t := g.lesson
	if t != nil && t.away && g.dialog == nil {
		t.away = false
		g.screen.Say(ink.Calm, "  ", t.tr("The lesson goes on. Its step begins anew, in a fresh sandbox."))
		g.to(context.Background(), t.course.At())
		return
	}
	if t == nil || t.passed || t.away || g.dialog != nil || t.course.Step().Task.Kind != lessons.Do {
		return
	}
	g.screen.Draw()
	ok, _, err := t.course.Passed()
	if err != nil {
		if !t.faulty { // once is enough
			t.faulty = true
			g.complain(err)
		}
		return
	}
	typed := strings.TrimSpace(line)
	if typed != "" {
		g.change(func(_ *progress.Lesson, p *progress.Step, _ time.Time) {
			if p.Passed.IsZero() {
				p.Tries++
			}
		})
	}
	if ok {
		how := progress.Done
		if t.given {
			how = progress.Solution
		}
		g.pass(how)
		g.praise(t.tr("Done."))
		return
	}
	if n := t.course.Foreseen(typed); typed != "" && n >= 0 {
		g.showHint(n, t.tr("Hint: "))
	}
}

func isLessonWord(word string) bool {
	for _, w := range lessonWords {
		if w.Text == strings.ToLower(word) {
			return true
		}
	}
	return false
}

// praise says that a step is passed, and why it matters.
func (g *playground) praise(word string) {
	mark := g.screen.Pen().Pick("✓ ", "* ")
	if g.screen.Styles().Plain {
		mark = ""
	}
	g.passage(mark, ink.Open, word)
}

// passage is praise with another mark.
func (g *playground) passage(mark string, tone ink.Tone, word string) {
	t := g.lesson
	if t.course.Step().Task.Kind != lessons.Answer { // the model is a page already
		g.screen.Print("\n")
	}
	g.screen.Say(tone, mark, word)
	g.page(t.course.Step().After)
	on := t.tr("next, or Enter, goes on.")
	if t.course.Last() {
		on = t.tr("That was the last step: next, or Enter, ends the lesson.")
	}
	g.screen.Say(ink.Calm, "", on)
}

// pass notes that the present step is passed.
func (g *playground) pass(how string) {
	t := g.lesson
	t.passed = true
	g.change(func(r *progress.Lesson, p *progress.Step, now time.Time) {
		if p.Passed.IsZero() || p.How == progress.Skipped {
			p.Passed, p.How = now, how
		}
		if n, _ := t.open(r); n == 0 && r.Ended.IsZero() {
			r.Ended = now
		}
	})
}

// open is how many steps are not passed, and the first of them.
func (t *taken) open(r *progress.Lesson) (n int, first string) {
	for _, s := range t.Lesson.Lesson.Steps {
		if p := r.Steps[s.ID]; p == nil || p.Passed.IsZero() || p.How == progress.Skipped {
			if n++; n == 1 {
				first = s.ID
			}
		}
	}
	return n, first
}
