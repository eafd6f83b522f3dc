package command

import (
	"fmt"
	"strings"

	"sockplay/tracer"
)

// Prompt is what the next line begins with, in so many columns if that can be:
// the current process and, in brackets, the call that it waits in and the
// packets that wait on the wire. A line may be copied with it.
func (s *Session) Prompt(columns int) string {
	name, call := s.current.Name(), s.current.Blocked()
	flight := len(s.Sandbox.Wire().InFlight())
	var long, short []string
	if call != "" {
		long, short = []string{"blocked in " + call}, []string{"blocked"}
	}
	wire := ""
	switch held := s.Sandbox.Wire().Held(); {
	case held && flight == 0:
		wire = "held"
	case held:
		wire = fmt.Sprintf("held, %d", flight)
	case flight > 0:
		wire = fmt.Sprint(flight)
	}
	if wire != "" {
		short = append(short, wire)
		if flight > 0 {
			wire += " in flight"
		}
		long = append(long, wire)
	}
	for _, parts := range [][]string{long, short} {
		text := name
		if len(parts) > 0 {
			text += " [" + strings.Join(parts, "; ") + "]"
		}
		if text += "> "; len(text) <= columns {
			return text
		}
	}
	return name + "> "
}

// Stalled reports whether the line that was done last has left a call waiting
// for packets that are held.
func (s *Session) Stalled() bool {
	log := s.Sandbox.Log()
	last, ok := log.Get(log.Last())
	p := s.Sandbox.Wire().First()
	return ok && last.Kind == tracer.KindBlocked && last.Seq > s.began && p != nil && p.Held
}
