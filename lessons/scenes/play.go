package scenes

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sockplay/sandbox/command"
	"sockplay/tracer"
	"sockplay/tracer/tcpstate"
)

// Stage is where a scene is played.
type Stage interface {
	// Say shows words.
	Say(words string)
	// Do plays a line of the script language, and shows what comes of it.
	Do(ctx context.Context, line string) error
}

// Play is a scene under way. It belongs to one goroutine.
type Play struct {
	Scene *Scene

	session *command.Session
	stage   Stage
	marks   []mark // where each step began, of those that were begun
}

// mark is where a step began.
type mark struct {
	lines  int           // of the session
	events int64         // the last before it
	at     time.Duration // on the stack's clock
}

// Begin begins a scene in the session, which must be fresh, on a stack that the
// scene is for.
func Begin(s *Scene, session *command.Session, stage Stage) *Play {
	if !session.Sandbox.Stack().Virtual() {
		s = s.joined()
	}
	return &Play{Scene: s, session: session, stage: stage}
}

// Next is the step that is played next, from 0.
func (p *Play) Next() int { return len(p.marks) }

// Over reports whether all steps have been played.
func (p *Play) Over() bool { return p.Next() == len(p.Scene.Steps) }

// Step plays the next step. The error is a *lessons.Fault, whose step is not counted, or
// the context's.
func (p *Play) Step(ctx context.Context) error {
	log := p.session.Sandbox.Log()
	p.marks = append(p.marks, mark{len(p.session.Lines()), log.Last(), p.session.Sandbox.Stack().Now()})
	for _, part := range p.Scene.Steps[p.Next()-1].parts {
		if part.do == "" {
			words, err := p.spoken(part)
			if err != nil {
				p.marks = p.marks[:len(p.marks)-1]
				return err
			}
			p.stage.Say(words)
			continue
		}
		err := unfit(part.do)
		if err == nil {
			err = p.stage.Do(ctx, part.do)
		}
		if err != nil {
			p.marks = p.marks[:len(p.marks)-1]
			if ctx.Err() != nil {
				return err
			}
			return p.fault(part, err)
		}
	}
	return nil
}

// Checks reports whether a line only checks something, which need not be shown.
func Checks(line string) bool {
	c := command.Read(line).Command
	return c != nil && c.Group == command.Expect
}

// unfit says why a line is none for a scene, which begins in a fresh sandbox and
// leaves it to its viewer.
func unfit(line string) error {
	if c := command.Read(line).Command; c != nil && c.Group == command.Own {
		return &command.Error{Wrong: c.Name + " is not for a scene", Right: "calls, the wire, and what looks at them"}
	}
	return nil
}

// fault is what is wrong with a command of the scene.
func (p *Play) fault(at part, err error) error {
	wrong, right := command.Parts(err)
	return fault(p.Scene.file, at.line, wrong, right)
}

// Back goes back to before the last step. The error is a *command.Error where the
// stack cannot.
func (p *Play) Back(ctx context.Context) error {
	if len(p.marks) == 0 {
		return &command.Error{Wrong: "this is the beginning", Right: "Enter goes on"}
	}
	last := p.marks[len(p.marks)-1]
	if err := p.session.BackTo(ctx, last.lines); err != nil {
		return err
	}
	p.marks = p.marks[:len(p.marks)-1]
	return nil
}

// spoken are the words, with what they quote, after what they state is checked.
func (p *Play) spoken(at part) (string, error) {
	var wrong error
	events, _ := p.session.Sandbox.Log().Since(0)
	told := &account{session: p.session, events: tracer.Live(events), mark: p.marks[len(p.marks)-1]}
	rest := quote.ReplaceAllString(at.words, "")
	for _, state := range tcpstate.Names {
		if mentions(rest, state) && !told.seen(state) {
			wrong = fault(p.Scene.file, at.line, "the words speak of "+state+", and nothing has been in it", "name what is, as {client:3} does, or say it where it has happened")
		}
	}
	words := quote.ReplaceAllStringFunc(at.words, func(q string) string {
		q = strings.TrimSpace(q[1 : len(q)-1])
		expr, want, checked := strings.Cut(q, "=")
		got, err := told.quote(strings.TrimSpace(expr))
		switch {
		case wrong != nil:
		case err != nil:
			wrong = fault(p.Scene.file, at.line, fmt.Sprintf("the words quote {%s}: %v", q, err), quotable)
		case checked && got != strings.TrimSpace(want):
			wrong = fault(p.Scene.file, at.line, fmt.Sprintf("the words say {%s}, but it is %s", q, got), "say what is, or play it so that it is")
		}
		return got
	})
	return strings.ReplaceAll(words, "`", ""), wrong
}

// mentions reports whether words have a state's name among them.
func mentions(words, state string) bool {
	return slices.Contains(strings.FieldsFunc(words, func(r rune) bool {
		return r != '-' && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	}), state)
}
