package command

import (
	"fmt"
	"strings"

	"sockplay/tracer"
)

// done is a line of the session, and what came of it.
type done struct {
	line  string
	said  said // of a line that has failed: nothing
	key   bool // it was no line, but Ctrl-C
	after int  // the wire was held in it after so many arrivals; -1: it was not
	// What came of it: its events, and how many packets have arrived in it.
	events   tracer.Span
	arrivals int
}

// same reports whether two are the same beginning of a session.
func (d done) same(e done) bool {
	return d.line == e.line && d.after == e.after && d.events == e.events
}

// effective reports whether the line has done something to be undone. What only
// looks or expects has not.
func (d done) effective() bool {
	l, err := split(d.line)
	if err != nil || len(l.words) == 0 {
		return false
	}
	c := Lookup(l.words[0].text)
	return c == nil || c.Group != Expect
}

// effects counts the lines that have done something.
func effects(lines []done) (n int) {
	for _, d := range lines {
		if d.effective() {
			n++
		}
	}
	return n
}

// steps reports whether the line did nothing but deliver a packet.
func (d done) steps() bool {
	l, err := split(d.line)
	return err == nil && len(l.words) > 0 && (l.words[0].text == "step" || l.words[0].text == "deliver")
}

// Lines are what was done in the session: a script that does it again.
func (s *Session) Lines() []string {
	lines := make([]string, 0, len(s.lines))
	for _, d := range s.lines {
		if d.after >= 0 {
			lines = append(lines, fmt.Sprintf("wire hold after %d", d.after))
		}
		lines = append(lines, d.line)
	}
	return lines
}

// keep takes a line into the session, with what has come of it since before.
func (s *Session) keep(text string, said said, before Mark, key bool) {
	d := done{line: strings.TrimSpace(text), said: said, key: key, after: -1, arrivals: s.Sandbox.Arrivals() - s.arrived}
	d.events = tracer.Span{First: before.at + 1, Last: s.Sandbox.Log().Last()}
	s.arrived += d.arrivals
	s.lines = append(s.lines, d)
	if d.effective() {
		if len(s.undone) > 0 { // nothing leads to what was undone any more
			s.part(before)
		}
		s.undone = nil
	}
	if s.Journal != nil {
		s.Journal(d.line)
	}
}

// rewritten tells that the session's lines are others now.
func (s *Session) rewritten() {
	if s.Rewritten != nil {
		s.Rewritten(s.Lines())
	}
}
