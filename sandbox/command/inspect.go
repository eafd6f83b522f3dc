package command

import (
	"context"
	"strconv"

	"sockplay/sandbox"
	"sockplay/tracer/track"
)

func runInspect(_ context.Context, s *Session, p *sandbox.Process, a *args) (Answer, error) {
	if !a.more() { // the current socket
		if a.here == 0 {
			return Answer{}, wrong("socket tcp makes one; inspect client:3 looks at another process's", "inspect: %s has no socket yet that could be meant", p.Name())
		}
		a.words = []word{{text: strconv.Itoa(a.here)}}
	}
	e, name := a.socket(s)
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Show: s.look(e, name)}, nil
}

// look is how a socket stands that is, or was, called so.
func (s *Session) look(e *track.Endpoint, name string) Inspect {
	row, b := s.Sandbox.Inspect(e)
	return Inspect{Name: name, Socket: row, TCB: b, Path: e.History()}
}
