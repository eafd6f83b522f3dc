// Package course plays a lesson with a learner: it brings the sandbox to where a
// step begins, looks after each line whether the step is done, and judges what was
// predicted by what then happens. What is said and asked is the caller's.
package course

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sockplay/lessons"
	"sockplay/sandbox/command"
)

// Stage is where a lesson is played.
type Stage interface {
	// Session is the session there is; Fresh may make another.
	Session() *command.Session
	// Fresh begins anew with a fresh sandbox.
	Fresh() error
	// Play plays a line as if it had been typed.
	Play(ctx context.Context, line string) error
	// Unseen plays what f plays without showing it.
	Unseen(f func() error) error
}

// Course is a lesson that is being taken. It belongs to one goroutine.
type Course struct {
	Lesson *lessons.Lesson

	stage Stage
	step  int
	mark  command.Mark // where the step began
	began int          // the session's lines then
}

// New is a course at the lesson's first step, which To or Next begins.
func New(l *lessons.Lesson, stage Stage) *Course { return &Course{Lesson: l, stage: stage} }

// At is the present step's number, from 0.
func (c *Course) At() int { return c.step }

// Step is the present step.
func (c *Course) Step() *lessons.Step { return &c.Lesson.Steps[c.step] }

// Last reports whether the present step is the last.
func (c *Course) Last() bool { return c.step == len(c.Lesson.Steps)-1 }

// To begins a step in a sandbox as it is when all before has been done by the
// solutions. The error is a *lessons.Fault if one of them cannot be played.
func (c *Course) To(ctx context.Context, step int) error {
	c.step = step
	if err := c.stage.Fresh(); err != nil {
		return err
	}
	err := c.stage.Unseen(func() error {
		for i := range step {
			s := &c.Lesson.Steps[i]
			if err := c.play(ctx, s.Setup); err != nil {
				return err
			}
			if err := c.play(ctx, done(s)); err != nil {
				return err
			}
		}
		return c.play(ctx, c.Step().Setup)
	})
	c.mark, c.began = c.stage.Session().Mark(), len(c.stage.Session().Lines())
	return err
}

// Next begins the next step in the sandbox as the learner has left it; fresh
// reports whether it had to be made anew, since the step's setup could not be
// played in it, or something is to be predicted, which depends on all that there is.
func (c *Course) Next(ctx context.Context) (fresh bool, err error) {
	if c.Last() {
		return false, errors.New("the lesson has no other step")
	}
	c.step++
	if c.Step().Task.Kind == lessons.Predict && c.strayed(c.step, false) {
		return true, c.To(ctx, c.step)
	}
	if err = c.stage.Unseen(func() error { return c.play(ctx, c.Step().Setup) }); err != nil && ctx.Err() == nil {
		return true, c.To(ctx, c.step)
	}
	c.mark, c.began = c.stage.Session().Mark(), len(c.stage.Session().Lines())
	return false, err
}

// strayed reports whether anything else was done than the solutions up to a step
// and, if it is so far, its setup.
func (c *Course) strayed(step int, begun bool) bool {
	var want []string
	take := func(lines []lessons.Line) {
		for _, l := range lines {
			want = append(want, l.Text)
		}
	}
	for i := range step {
		take(c.Lesson.Steps[i].Setup)
		take(done(&c.Lesson.Steps[i]))
	}
	if begun {
		take(c.Lesson.Steps[step].Setup)
	}
	return !slices.Equal(c.effects(want), c.effects(c.stage.Session().Lines()))
}

// effects are the lines that do something, each with its process.
func (c *Course) effects(lines []string) (effects []string) {
	sandbox := c.stage.Session().Sandbox
	current := sandbox.Processes()[0].Name()
	for _, line := range lines {
		r := command.Read(line)
		switch {
		case r.Process == "" && len(r.Words) == 1 && sandbox.Process(r.Words[0]) != nil:
			current = r.Words[0]
		case r.Command == nil || r.Command.Group != command.Look && r.Command.Group != command.Expect:
			effects = append(effects, normal(r, current))
		}
	}
	return effects
}

// done are the lines that do a step.
func done(s *lessons.Step) []lessons.Line {
	if s.Task.Kind == lessons.Predict {
		return s.Task.Run
	}
	return s.Solution
}

// play plays lines. The error is a *lessons.Fault, or the context's.
func (c *Course) play(ctx context.Context, lines []lessons.Line) error {
	mark := c.stage.Session().Mark()
	for _, l := range lines {
		if does := command.Read(l.Text).Command; does != nil && does.Group == command.Expect { // it is the lesson's, and none of the session's lines
			switch ok, got, err := c.stage.Session().Holds(mark, l.Text); {
			case err != nil:
				return c.fault(l, err)
			case !ok:
				return c.fault(l, errors.New(l.Text+": "+got))
			}
			continue
		}
		err := Fit(c.Lesson, l.Text)
		if err == nil {
			err = c.stage.Play(ctx, l.Text)
		}
		switch {
		case ctx.Err() != nil: // the line may have ended early
			return ctx.Err()
		case err != nil:
			return c.fault(l, err)
		}
	}
	return nil
}

// Fit says why a line is none for a lesson, which may come from anybody: it makes
// calls and looks, and leaves the learner's programs, files and session alone.
func Fit(l *lessons.Lesson, line string) error {
	r := command.Read(line)
	c := r.Command
	switch {
	case c == nil:
		return nil
	case c.Group == command.Own, c.Name == "run":
		return &command.Error{Wrong: c.Name + " is not for a lesson", Right: "calls, the wire, time, and what looks at them"}
	case c.Name == "peer" && len(r.Words) > 1 && !l.Own && (strings.ContainsAny(r.Words[1], `./\"`) || slices.Contains([]string{"files", "send", "fetch"}, r.Words[1])):
		return &command.Error{Wrong: "peer " + r.Words[1] + " reaches files, which are not for a lesson of somebody's", Right: "a peer without files, or calls by hand"}
	}
	return nil
}

// fault is what is wrong with a line of the lesson.
func (c *Course) fault(l lessons.Line, err error) error {
	wrong, right := command.Parts(err)
	return &lessons.Fault{File: c.Lesson.File, Line: l.Line, Wrong: wrong, Right: right}
}

// Solve plays the step's solution.
func (c *Course) Solve(ctx context.Context) error { return c.play(ctx, done(c.Step())) }

// Passed reports whether the step's check holds. missing is the first line of it
// that does not, and why. The error is a *lessons.Fault.
func (c *Course) Passed() (ok bool, missing string, err error) {
	for _, l := range c.Step().Task.Check {
		holds, got, err := c.stage.Session().Holds(c.mark, l.Text)
		if err != nil {
			return false, "", c.fault(l, err)
		}
		if !holds {
			return false, fmt.Sprintf("%s: %s", l.Text, got), nil
		}
	}
	return true, "", nil
}

// patience is how long what a solution has begun may take to come by itself, where
// time is real.
const patience = 3 * time.Second

// Settled reports whether the step's check holds, or comes to hold soon.
func (c *Course) Settled(ctx context.Context) (ok bool) {
	passed := func() bool {
		var err error
		ok, _, err = c.Passed()
		return ok || err != nil
	}
	if sandbox := c.stage.Session().Sandbox; !passed() && !sandbox.Stack().Virtual() {
		sandbox.WaitUntil(ctx, patience, passed)
	}
	return ok
}

// Foreseen is the number of the hint that has foreseen the line: it is the last of
// what the hint calls wrong. A line that the solution has too is wrong only if all
// of what the hint has, and nothing else, was done since the step began. -1: none.
func (c *Course) Foreseen(line string) int {
	line = normal(command.Read(line), c.stage.Session().Current().Name())
	var right []string
	for _, l := range done(c.Step()) {
		right = append(right, normal(command.Read(l.Text), "server"))
	}
	for i, h := range c.Step().Hints {
		var wrong []string
		for _, l := range h.Wrong {
			wrong = append(wrong, l.Text)
		}
		if wrong = c.effects(wrong); len(wrong) == 0 || wrong[len(wrong)-1] != line {
			continue
		}
		if lines := c.stage.Session().Lines(); !slices.Contains(right, line) || c.began <= len(lines) && slices.Equal(wrong, c.effects(lines[c.began:])) {
			return i
		}
	}
	return -1
}

// normal is a line as it is compared, whose process is the current one if it names
// none.
func normal(r command.Reading, current string) string {
	return cmp.Or(r.Process, current) + ": " + strings.Join(r.Words, " ")
}
