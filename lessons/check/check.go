// Package check plays lessons as their author meant, and as learners will, and
// says what is wrong with them: for authors, and for the project's own tests.
package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sockplay/lessons"
	"sockplay/lessons/course"
)

// Lab is where lessons are played.
type Lab interface {
	// Bench begins a fresh sandbox on a stack. The error is ErrNoStack where
	// there is no such stack.
	Bench(stack string) (Bench, error)
}

// Bench is a sandbox, and a screen that nobody sees.
type Bench interface {
	course.Stage
	// Printed is what the screen shows since the last time.
	Printed() string
	Close()
}

// ErrNoStack is that a stack cannot be had on this machine.
var ErrNoStack = errors.New("there is no such stack here")

// checker checks one lesson on one stack.
type checker struct {
	l      *lessons.Lesson
	stack  string
	bench  Bench
	course *course.Course
	faults lessons.Faults
	found  []string // by each step's prediction
}

func (c *checker) fault(line int, wrong, right string, args ...any) {
	c.faults = append(c.faults, &lessons.Fault{File: c.l.File, Line: line, Wrong: fmt.Sprintf(wrong, args...), Right: right})
}

// merged are the faults of all stacks; what is wrong on one of several names it.
func merged(all []lessons.Faults, stacks []string) (faults lessons.Faults) {
	for i, list := range all {
		for _, f := range list {
			same := func(g *lessons.Fault) bool { return g.Line == f.Line && g.Wrong == f.Wrong }
			switch {
			case i > 0 && slices.ContainsFunc(all[0], same):
				continue
			case len(all) > 1 && (i > 0 || !slices.ContainsFunc(all[1], same)):
				g := *f
				g.Wrong += " (on the " + stacks[i] + " stack)"
				f = &g
			}
			faults = append(faults, f)
		}
	}
	return faults
}

// play checks each step: that its check fails before it is done and passes after
// its solution, that no wrong move passes it, and that predictions can be judged.
func (c *checker) play(ctx context.Context) {
	c.course = course.New(c.l, c.bench)
	for i := range c.l.Steps {
		if ctx.Err() != nil {
			return
		}
		found := ""
		if c.to(ctx, i) {
			switch c.l.Steps[i].Task.Kind {
			case lessons.Do:
				c.do(ctx, i)
			case lessons.Predict:
				found = c.predict(ctx, i)
			}
		} else {
			return // what comes after cannot be played either
		}
		c.found = append(c.found, found)
	}
}

// walk goes from the first step to the last in one sandbox, as who does all that is
// asked for.
func (c *checker) walk(ctx context.Context) {
	if !c.to(ctx, 0) {
		return
	}
	for i := range c.l.Steps {
		if i > 0 {
			fresh, err := c.course.Next(ctx)
			switch c.take(err); {
			case err != nil:
				return
			case fresh:
				c.fault(c.l.Steps[i].Line, "step %d cannot begin where its predecessor ends", "a setup that can be played there", i+1)
			}
		}
		if err := c.course.Solve(ctx); err != nil {
			c.take(err)
			return
		}
		if ok, missing := c.settled(ctx); !ok {
			c.fault(c.l.Steps[i].Task.Line, "the solution of step %d does not pass its check after those before: %s", "another solution, or another check", i+1, missing)
			return
		}
	}
}

// to begins a step.
func (c *checker) to(ctx context.Context, step int) bool {
	err := c.course.To(ctx, step)
	c.take(err)
	return err == nil
}

// take takes in an error of playing.
func (c *checker) take(err error) {
	var f *lessons.Fault
	switch {
	case err == nil:
	case errors.As(err, &f):
		again := slices.ContainsFunc(c.faults, func(g *lessons.Fault) bool { return g.Line == f.Line && strings.HasPrefix(g.Wrong, f.Wrong) })
		if !again {
			c.fault(f.Line, "%s", f.Right, f.Wrong)
		}
	default:
		c.fault(1, "it cannot be played: %v", "", err)
	}
}

// settled reports whether the step's check holds, and otherwise what is missing.
func (c *checker) settled(ctx context.Context) (ok bool, missing string) {
	if c.course.Settled(ctx) {
		return true, ""
	}
	_, missing, err := c.course.Passed()
	c.take(err)
	return false, missing
}

func (c *checker) do(ctx context.Context, i int) {
	s := &c.l.Steps[i]
	ok, _, err := c.course.Passed()
	switch {
	case err != nil:
		c.take(err)
		return
	case ok:
		c.fault(s.Task.Line, "the check of step %d holds before anything is done: it tests nothing", "lines with expect about what the step asks for", i+1)
		return
	}
	if err := c.course.Solve(ctx); err != nil {
		c.take(err)
		return
	}
	if ok, missing := c.settled(ctx); !ok {
		c.fault(s.Task.Line, "the solution of step %d does not pass its check: %s", "another solution, or another check", i+1, missing)
		return
	}
	for n, h := range s.Hints {
		if len(h.Wrong) == 0 {
			continue
		}
		if !c.to(ctx, i) {
			return
		}
		for _, l := range h.Wrong { // as at the prompt: it is mended, or refused
			line := l.Text
			if full, err := c.bench.Session().Expand(line); err == nil {
				line = full
			}
			if err := course.Fit(c.l, line); err != nil {
				c.fault(l.Line, "%s", "another line", err)
				continue
			}
			_ = c.bench.Unseen(func() error { return c.bench.Play(ctx, line) })
		}
		if ok, _, _ := c.course.Passed(); ok {
			c.fault(h.Line, "what hint %d calls wrong passes the check of step %d", "a check that tells them apart, or another wrong move", n+1, i+1)
		}
	}
}

func (c *checker) predict(ctx context.Context, i int) string {
	s := &c.l.Steps[i]
	v, _, err := c.course.Foretell(ctx, "")
	if err != nil {
		c.take(err)
		return ""
	}
	if _, ok := course.Guess(s.Task.Ask, v.Found); !ok && v.Found != "" {
		c.fault(s.Task.Line, "the prediction of step %d comes out as %q, which nobody can predict", "ask for "+course.Wanted(s.Task.Ask), i+1, v.Found)
	}
	return v.Found
}

// Lesson checks a lesson on each of its stacks that there is here. update is what
// its transcripts should be; nil if they are so.
func Lesson(ctx context.Context, lab Lab, l *lessons.Lesson) (faults lessons.Faults, update []Transcript, err error) {
	faults = text(l)
	var found [][]string
	var all []lessons.Faults
	var stacks []string
	for _, stack := range l.Stacks() {
		bench, err := lab.Bench(stack)
		if errors.Is(err, ErrNoStack) {
			continue
		}
		if err != nil {
			return faults, nil, err
		}
		c := &checker{l: l, stack: stack, bench: bench}
		c.play(ctx)
		if len(c.faults) == 0 {
			c.walk(ctx)
		}
		if stack == "user" && len(c.faults) == 0 {
			update = c.transcripts(ctx)
		}
		bench.Close()
		all, stacks = append(all, c.faults), append(stacks, stack)
		found = append(found, c.found)
	}
	faults = append(faults, merged(all, stacks)...)
	if len(found) == 2 && len(found[0]) == len(found[1]) {
		for i, a := range found[0] {
			if b := found[1][i]; a != b {
				faults = append(faults, &lessons.Fault{File: l.File, Line: l.Steps[i].Task.Line,
					Wrong: fmt.Sprintf("the prediction of step %d is %q on the user stack, and %q on the kernel's", i+1, a, b),
					Right: "stack: user or kernel in the front matter, or another question"})
			}
		}
	}
	return faults, update, ctx.Err()
}

// Library checks lessons, how they hang together, and their translations.
func Library(ctx context.Context, lab Lab, lib *lessons.Library) (faults lessons.Faults, update []Transcript, err error) {
	faults = lib.Relations()
	for _, l := range lib.Originals {
		f, u, err := Lesson(ctx, lab, l)
		if faults, update = append(faults, f...), append(update, u...); err != nil {
			return faults, update, err
		}
		for _, lang := range lib.Languages() {
			words := lib.Translation(l, lang)
			if words == nil {
				faults = append(faults, &lessons.Fault{File: l.File, Line: 1, Wrong: "there is no translation into " + lang + ", as there is of others",
					Right: strings.TrimSuffix(l.File, lessons.Suffix) + "." + lang + lessons.Suffix})
				continue
			}
			behind := lessons.Behind(l, words)
			faults = append(faults, behind...)
			t, err := lessons.Translate(l, words)
			var more lessons.Faults
			switch {
			case errors.As(err, &more) && len(behind) == 0:
				faults = append(faults, more...)
			case err == nil:
				faults = append(faults, text(t)...)
			}
		}
	}
	return faults, update, nil
}
