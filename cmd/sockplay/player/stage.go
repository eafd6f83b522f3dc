package player

import (
	"context"
	"strings"

	"sockplay/lessons/course"
	"sockplay/lessons/scenes"
	"sockplay/sandbox/command"
	"sockplay/tracer/ink"
)

// Stage is where a player plays a scene.
type Stage struct{ *Player }

var (
	_ scenes.Stage = Stage{}
	_ course.Stage = Taught{}
)

// Say shows words to the class.
func (s Stage) Say(words string) { s.Screen.Say(ink.Yours, "  ", words) }

// Do plays a line as if it had been typed. One that only checks something is not
// shown, unless it does not hold.
func (s Stage) Do(ctx context.Context, line string) error {
	if !scenes.Checks(line) {
		s.Screen.Echo(s.Session.Current().Name(), line)
	}
	s.Screen.NoTicks = true
	defer func() { s.Screen.NoTicks = false }()
	_, err := s.Line(ctx, line)
	return err
}

// Taught is where a player plays a lesson.
type Taught struct{ *Player }

// Session is the player's.
func (t Taught) Session() *command.Session { return t.Player.Session }

// Fresh begins anew, unseen.
func (t Taught) Fresh() (err error) {
	t.Screen.Unseen(func() { err = t.Reset() })
	return err
}

// Play plays a line as if it had been typed.
func (t Taught) Play(ctx context.Context, line string) error {
	process, rest := t.Player.Session.Current().Name(), line
	if name, after, ok := strings.Cut(line, ":"); ok && t.Player.Session.Sandbox.Process(name) != nil {
		process, rest = name, strings.TrimSpace(after)
	}
	t.Screen.Echo(process, rest)
	_, err := t.Line(ctx, line)
	return err
}

// Unseen shows nothing of what f does.
func (t Taught) Unseen(f func() error) (err error) {
	t.Screen.Unseen(func() { err = f() })
	return err
}
