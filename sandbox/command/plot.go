package command

import (
	"context"
	"slices"
	"strings"
	"time"

	"sockplay/sandbox"
	"sockplay/tracer"
	"sockplay/tracer/track"
)

// maxSamples bounds what is kept of a window's course; beyond it every second
// sample goes.
const maxSamples = 20_000

// recording is a connection whose congestion window is recorded.
type recording struct {
	Course
	end *track.Endpoint
}

func runPlot(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	var named []*recording
	var begun []string
	for first := true; first || a.more(); first = false {
		e, name := a.socket(s)
		if a.err != nil {
			return Answer{}, a.err
		}
		r := s.recording(e)
		if r == nil {
			if s.Sandbox.TCB(e) == nil {
				return Answer{}, wrong("a TCP connection: connect makes one", "plot: %s has no connection, and so no congestion window", name)
			}
			r = &recording{Course: Course{Name: name}, end: e}
			s.recordings = append(s.recordings, r)
			begun = append(begun, name)
		}
		if !slices.Contains(named, r) {
			named = append(named, r)
		}
	}
	a.lasts = true
	s.Sandbox.Moved = s.sample
	s.sample() // as it is now
	if begun != nil {
		return say("from now on the congestion window of " + strings.Join(begun, " and ") + " is recorded; the same line again draws it"), nil
	}
	var shown Plot
	for _, r := range named {
		c := r.Course
		c.Samples = slices.Clone(r.Samples)
		shown = append(shown, c)
	}
	return Answer{Show: shown}, nil
}

// recording is that of a connection, nil if there is none.
func (s *Session) recording(e *track.Endpoint) *recording {
	for _, r := range s.recordings {
		if r.end == e {
			return r
		}
	}
	return nil
}

// sample records the congestion windows as they are now.
func (s *Session) sample() {
	now := s.Sandbox.Stack().Now()
	for _, r := range s.recordings {
		r.sample(now, s.Sandbox.TCB(r.end))
	}
}

func (r *recording) sample(now time.Duration, b *tracer.TCB) {
	if b == nil || !b.Cwnd.OK || !b.MSS.OK || b.MSS.Value <= 0 {
		return
	}
	r.Algorithm = b.Algorithm
	x := Sample{At: now, Segments: float64(b.Cwnd.Value) / float64(b.MSS.Value), Threshold: -1}
	if t := b.Threshold; t.OK && t.Value != tracer.NoThreshold {
		x.Threshold = float64(t.Value) / float64(b.MSS.Value)
	}
	if len(r.Samples) >= maxSamples {
		kept := r.Samples[:0]
		for i := 0; i < len(r.Samples); i += 2 {
			kept = append(kept, r.Samples[i])
		}
		r.Samples = kept
	}
	r.Samples = append(r.Samples, x)
}
