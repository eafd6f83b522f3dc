package player

import (
	"context"

	"sockplay/lessons/scenes"
	"sockplay/tracer/ink"
)

// Stage is where a player plays a scene.
type Stage struct{ *Player }

var _ scenes.Stage = Stage{}

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
