package command

import (
	"strings"

	"sockplay/sandbox"
)

// Mark is a moment of a session: how many lines had been done, calls had
// returned and packets been sent by then.
type Mark struct {
	at                    int64 // the last event before it
	lines, calls, packets int
}

// Mark is here and now.
func (s *Session) Mark() Mark {
	return Mark{s.Sandbox.Log().Last(), len(s.lines), s.past.calls.end(), s.past.sent.end()}
}

// part notes that the session, which went back, goes on otherwise from m.
func (s *Session) part(m Mark) {
	for n := len(s.partings); n > 0 && !s.partings[n-1].before(m); n-- { // from where it goes back further
		s.partings = s.partings[:n-1]
	}
	s.partings = append(s.partings, m)
}

func (m Mark) before(n Mark) bool {
	return m.lines < n.lines || m.calls < n.calls || m.packets < n.packets
}

// stands is a mark as it counts now. What is undone and done again has its old
// place; a mark in what was undone for good is where the session parted from it.
func (s *Session) stands(m Mark) Mark {
	for _, t := range s.partings {
		if t.at > m.at {
			m.lines, m.calls, m.packets = min(m.lines, t.lines), min(m.calls, t.calls), min(m.packets, t.packets)
		}
	}
	return m
}

// Holds reports whether an expect line would hold, if the lines, calls and
// packets after m are all that count: packets is about those that were sent
// since, call and line about what has returned and was typed since, and return,
// errno and data about the last call if it has returned since. got is what is so
// instead. What was undone does not count. It changes nothing, and its cost
// depends on what has happened since m alone.
//
// err says what is wrong with a line that is no expectation, whatever the session
// is like: a process or a socket that is not there is none of it.
func (s *Session) Holds(m Mark, line string) (ok bool, got string, err error) {
	l, err := split(line)
	switch {
	case err != nil:
		return false, "", err
	case len(l.words) == 0 || l.words[0].quoted || l.words[0].text != "expect":
		return false, "", wrong("expect and what is to be so, such as expect state client:3 ESTABLISHED", "%s is no expectation", clip(strings.TrimSpace(line)))
	case l.process != "" && !sandbox.ValidName(l.process):
		return false, "", wrong("small letters, digits, - and _, a letter first", "%s is no name for a process", clip(l.process))
	}
	a := &args{cmd: Lookup("expect"), words: l.words[1:]}
	if l.c {
		if a.words, err = fromC(a.cmd, a.words); err != nil {
			return false, "", err
		}
	}
	e := a.expectation()
	if a.err != nil {
		return false, "", a.err
	}
	q := asked{Session: s, process: s.current, named: l.process != "", from: s.stands(m)}
	q.kinds = s.past.sent.from(q.from.packets)
	if q.named {
		if q.process = s.Sandbox.Process(l.process); q.process == nil {
			return false, "no process is called " + l.process, nil
		}
	}
	ok, got, err = e.holds(q)
	if e, cannot := err.(*Error); cannot { // it cannot be asked yet
		return false, strings.TrimPrefix(e.Wrong, "expect: "), nil
	}
	return ok, got, err
}
