// Package player plays lines: it hands each to a session, shows what came of
// it, and does what it asks of whoever runs the session. A script and the
// prompt play alike.
package player

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sockplay/cmd/sockplay/screen"
	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/tracer/ink"
)

// Player plays one learner's session. It belongs to one goroutine.
type Player struct {
	Session *command.Session
	Screen  *screen.Screen
	Seed    int64 // of the wire's chances

	// Renew closes a sandbox's stack, and gives one for a fresh sandbox.
	Renew func(old sandbox.Stack) (sandbox.Stack, error)
	// Renewed is told that there is a fresh sandbox, and what was done in the
	// last one; nil: nobody.
	Renewed func(lines []string)
	// Keep keeps a setting for the next start, and says for how long it holds
	// (" from now on"); nil: it holds for the script.
	Keep func(name, value string) string

	files []string // those being played, each sourced by the one before
}

// Follow shows lines that the session does again, each as if it had been typed.
func (p *Player) Follow() {
	p.Session.Redoing = func(process, line string) {
		p.Screen.Draw()
		p.Screen.Echo(process, line)
	}
}

// At is what is wrong with a line of a file.
type At struct {
	Where string // FILE:LINE
	Err   error
}

// Error says where, and what.
func (a *At) Error() string { return a.Where + ": " + a.Err.Error() }

// Unwrap returns what is wrong.
func (a *At) Unwrap() error { return a.Err }

// Line plays one line, and returns what the session asks for beyond what a
// player can do: command.Quit, command.Tour, or nil.
func (p *Player) Line(ctx context.Context, text string) (command.Request, error) {
	answer, err := p.Session.Do(ctx, text)
	p.Screen.Draw()
	p.Screen.Show(answer.Show, p.Session)
	if err != nil {
		return nil, err
	}
	if failure := p.Session.Sandbox.Err(); failure != nil {
		return nil, &command.Error{Wrong: "the stack failed: " + failure.Error(), Right: "reset begins anew"}
	}
	switch do := answer.Do.(type) {
	case command.Reset:
		return nil, p.Reset()
	case command.Set:
		p.set(do)
	case command.Source:
		return p.Play(ctx, do)
	default:
		return do, nil
	}
	return nil, nil
}

// set changes how things are shown, or lists the settings.
func (p *Player) set(s command.Set) {
	styles := p.Screen.Styles()
	lines := styles.List()
	for i, l := range lines {
		lines[i] = "set " + l
	}
	if s.Name != "" {
		styles.Set(s.Name, s.Value)
		p.Screen.Restyle(styles)
		until := ", for this script"
		if p.Keep != nil {
			until = p.Keep(s.Name, s.Value)
		}
		lines = []string{s.Name + " is " + s.Value + until}
	}
	for _, l := range lines {
		p.Screen.Say(ink.Plain, "  ", l)
	}
}

// Play plays a file's lines, each shown as if it had been typed. exit ends the
// file, not the session.
func (p *Player) Play(ctx context.Context, file command.Source) (command.Request, error) {
	name := file.File
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	if slices.Contains(p.files, name) {
		return nil, &command.Error{Wrong: fmt.Sprintf("source: %s is being run already, and would never end", file.File), Right: "a file that does not source itself"}
	}
	if len(p.files) == 0 && len(p.Session.Lines()) > 0 && len(file.Lines) > 0 && command.IsSaved(file.Lines[0]) {
		p.Screen.Say(ink.Calm, "  ", "this sandbox is not fresh, so that numbers may come out otherwise than when it was saved: reset, then source, begins anew")
	}
	p.files = append(p.files, name)
	defer func() { p.files = p.files[:len(p.files)-1] }()
	for i, line := range file.Lines {
		line = strings.TrimSuffix(line, "\r")
		if i == 0 {
			line = strings.TrimPrefix(line, "\ufeff") // an editor's byte order mark
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		p.Screen.Echo(p.Session.Current().Name(), line)
		do, err := p.Line(ctx, line)
		switch {
		case err != nil:
			return nil, &At{fmt.Sprintf("%s:%d", file.File, i+1), err}
		case ctx.Err() != nil:
			return nil, &At{fmt.Sprintf("%s:%d", file.File, i+1), &command.Error{Wrong: "interrupted", Right: "what was done so far stays"}}
		case do != nil:
			if _, quit := do.(command.Quit); quit {
				return nil, nil
			}
			return do, nil
		}
	}
	return nil, nil
}

// Reset begins anew with a fresh sandbox.
func (p *Player) Reset() error {
	lines := p.Session.Lines()
	p.Session.Sandbox.Close()
	stack, err := p.Renew(p.Session.Sandbox.Stack())
	if err != nil {
		return fmt.Errorf("there is no fresh sandbox: %w", err)
	}
	p.Session.Renew(stack)
	p.Session.Sandbox.Seed(p.Seed)
	p.Screen.Draw()
	if p.Renewed != nil {
		p.Renewed(lines)
	}
	return nil
}

// IsExpectation reports whether an error is an expectation that did not hold,
// of which the screen has told already.
func IsExpectation(err error) bool {
	var f *command.Failed
	return errors.As(err, &f)
}
