package command

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// lives are the commands by which processes come and go.
var lives = []*Command{
	{
		Name: "process", Args: []string{"NAME"}, Group: World,
		Summary: "add a process, with its own descriptors",
		Detail:  "NAME: COMMAND runs a command in it; NAME alone makes it the current one. server and client are there from the start. The name of a process that has ended can be used again: the new one has nothing open.",
		Example: "process client2\nclient2: socket tcp",
		run:     runProcess,
	},
	{
		Name: "fork", Args: []string{"NAME"}, Group: World,
		Summary: "copy a process, which then shares its sockets",
		Detail:  "NAME has the same numbers, and each names the same socket, with its options and O_NONBLOCK: close in one of the two sends no FIN while the other has the socket open, the last close does. shutdown acts at once, for both. Of two that wait in accept on one listener, the one that has waited longer gets the next caller.",
		Man:     "fork(2), open(2)",
		Example: "socket tcp\nbind 3 127.0.0.1:8080\nlisten 3\nfork child\nclose 3\nexpect state child:3 LISTEN",
		run:     runFork,
	},
	{
		Name: "kill", Args: []string{"PROCESS"}, Group: World,
		Summary: "end a process, as SIGKILL does",
		Detail:  "Its blocked call never returns, and the system closes what it has open, the highest number first: a FIN, behind the data that waits to be sent; an RST where something was not read, or SO_LINGER is 0, and for each in a listener's queue. What another process has open too (fork) stays open. A peer's children end with it. Programs started in it end too.",
		Man:     "kill(2), signal(7), _exit(2)",
		Example: "socket tcp\nbind 3 127.0.0.1:8080\nlisten 3\nclient: socket tcp\nclient: connect 3 127.0.0.1:8080\naccept 3\nkill client\nread 4 100",
		run:     runKill,
	},
	{
		Name: "vanish", Args: []string{"PROCESS"}, Group: World,
		Summary: "lose a process's host, without a word",
		Detail:  "As if its plug were pulled: its sockets are gone, no packet tells of it, and what is sent to them is lost, so that its peers send again until they give up: ETIMEDOUT, after minutes, which advance lets pass (on the user stack at once). process PROCESS starts the host anew, as does any socket that comes to such an address: it knows nothing of the old connections, and answers with an RST. Unix sockets are closed as by kill, since their peers are on the same host.",
		Man:     "RFC 9293 3.5.1, 3.8.3",
		Example: "socket tcp\nbind 3 127.0.0.1:8080\nlisten 3\nclient: socket tcp\nclient: connect 3 127.0.0.1:8080\naccept 3\nvanish client\nwrite 4 \"anybody?\"",
		run:     runVanish,
	},
}

// ended says that a process is no more.
func ended(p *sandbox.Process) error {
	return wrong("process "+p.Name()+" starts it anew, with nothing open", "%s %s", p.Name(), p.Ended())
}

func runProcess(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	name := a.newProcess(s)
	if a.err != nil {
		return Answer{}, a.err
	}
	up := ""
	if old := s.Sandbox.Process(name); old != nil && old.Vanished() {
		up = "the host is up again, and knows nothing of what was: "
	}
	s.Sandbox.AddProcess(name)
	return say(up + name + " is there, with no descriptors yet: " + name + ": socket tcp, or " + name + " alone to stay there"), nil
}

// newProcess reads the name of a process that is not there yet, the last word.
func (a *args) newProcess(s *Session) string {
	w := a.next("name")
	a.end()
	q := s.Sandbox.Process(w.text)
	switch {
	case a.err != nil:
	case !sandbox.ValidName(w.text) || w.quoted:
		a.fail("small letters, digits, - and _, a letter first, 32 at most", "%s: %s is no name for a process", a.cmd.Name, clip(w.text))
	case Lookup(w.text) != nil:
		a.fail("another name", "%s: %s is a command", a.cmd.Name, w.text)
	case w.text == tracer.You:
		a.fail("another name", "%s: you are you: the name is yours, for what inject sends", a.cmd.Name)
	case q != nil && q.Ended() == "":
		a.fail(w.text+" alone makes it the current process", "%s: there is a process %s already", a.cmd.Name, w.text)
	}
	return w.text
}

func runFork(_ context.Context, s *Session, p *sandbox.Process, a *args) (Answer, error) {
	name := a.newProcess(s)
	switch call := p.Blocked(); {
	case a.err != nil:
		return Answer{}, a.err
	case p.Driven():
		return Answer{}, driven(p)
	case call != "":
		return Answer{}, wrong("let its peer act, or: interrupt "+p.Name(), "fork: %s is blocked in %s, and a process forks by a call of its own", p.Name(), call)
	}
	fds := p.Fork(name).FDs()
	if len(fds) == 0 {
		return say(name + " is there, with no descriptors, since " + p.Name() + " has none"), nil
	}
	var list []string
	for _, fd := range fds {
		list = append(list, strconv.Itoa(fd))
	}
	return say(name + " is there, and shares " + p.Name() + "'s descriptors: " + strings.Join(list, ", ") + "; the last close of each closes it"), nil
}

// victim reads the process that is to end, the last word.
func (a *args) victim(s *Session) *sandbox.Process {
	w := a.next("process")
	if a.end(); a.err != nil {
		return nil
	}
	q := s.Sandbox.Process(w.text)
	switch {
	case q == nil && isInteger(w.text):
		a.fail("processes have names here: "+a.cmd.Name+" client", "%s: %s is no process", a.cmd.Name, clip(w.text))
	case q == nil:
		a.err = s.noProcess(w.text)
	case q.Ended() != "" && (a.cmd.Name != "kill" || len(q.Children()) == 0):
		a.err = ended(q)
	}
	return q
}

func runKill(ctx context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	q := a.victim(s)
	if a.err == nil && len(s.yours()) == 1 && !q.Driven() {
		a.fail("process NAME adds another first; exit leaves", "kill: %s is the last process, and somebody must be there to go on", q.Name())
	}
	if a.err != nil {
		return Answer{}, a.err
	}
	if q.Ended() == "" {
		q.Kill(ctx, s.Sandbox.Log().Last())
		return s.without()
	}
	for _, child := range q.Children() { // what a peer that has ended has left
		if child.Ended() == "" {
			child.Kill(ctx, s.Sandbox.Log().Last())
		}
	}
	return s.without()
}

func runVanish(ctx context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	q := a.victim(s)
	if a.err != nil {
		return Answer{}, a.err
	}
	host := q.Host()
	for _, p := range host {
		if programs := p.Programs(); len(programs) > 0 {
			return Answer{}, wrong("kill "+p.Name()+" ends it", "vanish: %s runs in %s, and a real program cannot end without a word", programs[0], p.Name())
		}
	}
	if !slices.ContainsFunc(s.yours(), func(p *sandbox.Process) bool { return !slices.Contains(host, p) }) {
		return Answer{}, wrong("process NAME adds another first; exit leaves", "vanish: nobody is elsewhere than %s, and somebody must be there to go on", q.Name())
	}
	q.Vanish(ctx, s.Sandbox.Log().Last())
	return s.without()
}

// without makes another process the current one if that has ended.
func (s *Session) without() (Answer, error) {
	if s.current.Ended() == "" {
		return Answer{}, nil
	}
	s.current = s.yours()[0]
	return say(s.current.Name() + " is the current process now"), nil
}
