package command

import (
	"slices"
	"strconv"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer/track"
)

// socketWord is a socket as a line names it: PROCESS:FD, or FD of the line's
// process. FD may be the . of the one used last.
type socketWord struct{ text, process, fd string }

// socketWord reads the name of a socket; others may stand for its number.
func (a *args) socketWord(others ...string) socketWord {
	s := socketWord{text: a.next("socket").text}
	if a.err != nil {
		return s
	}
	process, fd, ok := strings.Cut(s.text, ":")
	if s.fd = s.text; ok {
		s.process, s.fd = process, fd
	}
	if _, err := strconv.Atoi(s.fd); err != nil && s.fd != "." && !slices.Contains(others, s.fd) || ok && !sandbox.ValidName(process) {
		a.err = s.nameless(a.cmd.Name)
	}
	return s
}

// nameless says that there is no such socket, and never was.
func (w socketWord) nameless(command string) error {
	return wrong("a socket is PROCESS:FD, such as client:3", "%s: %s names no socket", command, clip(w.text))
}

// owner is the process whose socket it is, nil if there is none; line is the
// line's.
func (w socketWord) owner(s *Session, line *sandbox.Process) *sandbox.Process {
	switch {
	case w.process != "":
		return s.Sandbox.Process(w.process)
	case line != nil:
		return line
	}
	return s.current
}

// find is the socket, and its name in full.
func (w socketWord) find(s *Session, line *sandbox.Process, command string) (*track.Endpoint, string, error) {
	p := w.owner(s, line)
	if p == nil {
		return nil, "", w.nameless(command)
	}
	fd, ok := s.fdOf(p, w.fd)
	if !ok {
		return nil, "", w.nameless(command)
	}
	name := p.Name() + ":" + strconv.Itoa(fd)
	e := p.Endpoint(fd)
	if e == nil {
		return nil, "", wrong("sockets shows which there are", "%s: %s has never been a socket", command, name)
	}
	return e, name, nil
}

// socket reads PROCESS:FD, or FD of the line's process, or the . that stands
// for its current one.
func (a *args) socket(s *Session) (*track.Endpoint, string) {
	w := a.socketWord()
	if a.err != nil {
		return nil, ""
	}
	e, name, err := w.find(s, a.process, a.cmd.Name)
	if a.err = err; err != nil {
		return nil, ""
	}
	a.meant(name)
	return e, name
}
