package command

import (
	"context"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// Session is a sandbox and what was typed to it: the current process, and what
// expect compares with. It belongs to the goroutine that owns the sandbox.
type Session struct {
	Sandbox *sandbox.Sandbox
	// Journal is told of each line that becomes a part of the session, as it
	// is; nil: nobody.
	Journal func(line string)
	// Rewritten is told of all lines when the session has gone back, or
	// forward again; nil: nobody.
	Rewritten func(lines []string)
	// Redoing is told of each line that is done again to be seen, before it is
	// done, so that what came before can be shown; nil: nobody.
	Redoing func(process, line string)
	// Again makes another stack as this one was at first: one that does the same
	// again, to the byte. It is nil where there is none.
	Again func() (sandbox.Stack, error)

	current  *sandbox.Process
	kinds    []string                 // of the packets put on the wire since the last expect packets
	packets  int                      // the last packet's number
	here     map[*sandbox.Process]int // each process's current socket: the one made or used last
	past     past                     // what expect looks back on
	lines    []done                   // what was done
	looks    []look                   // the lines that only looked
	partings []Mark                   // where the session went on otherwise after going back
	undone   [][]done                 // the lines that there were before going back, the last time last
	arrived  int                      // packets that have arrived up to the last line
	torn     bool                     // a line was interrupted in the middle
	began    int64                    // the event before the last line's
	watches  []*watch

	recordings []*recording
}

// NewSession returns a session with a new sandbox on the stack, recording to
// log.
func NewSession(stack sandbox.Stack, log *tracer.Log) *Session {
	s := &Session{}
	s.begin(stack, log)
	log.Sink(s.see)
	return s
}

func (s *Session) begin(stack sandbox.Stack, log *tracer.Log) {
	s.Sandbox = sandbox.New(stack, log)
	s.current = s.Sandbox.Processes()[0]
	s.kinds, s.packets, s.lines, s.undone, s.watches, s.recordings = nil, 0, nil, nil, nil, nil
	s.past, s.looks = past{}, nil
	s.arrived, s.torn = 0, false
	s.here = make(map[*sandbox.Process]int)
}

// Renew begins anew with a fresh sandbox on the stack, which goes on recording
// to the same log. The caller has closed the old one, and its stack.
func (s *Session) Renew(stack sandbox.Stack) {
	log, idle := s.Sandbox.Log(), s.Sandbox.Idle
	log.Add(tracer.Event{Kind: tracer.KindNote, Fresh: true, Text: "reset: a fresh sandbox, nothing before counts"})
	s.begin(stack, log)
	s.partings = []Mark{s.Mark()}
	s.Sandbox.Idle = idle
}

// maxKinds bounds what expect packets can look back on.
const maxKinds = 1 << 20

func (s *Session) see(e tracer.Event) {
	if e.Kind == tracer.KindReturn && (e.Call == "socket" || e.Call == "accept") && e.Result.Value > 0 {
		s.here[s.Sandbox.Process(e.Process)] = e.Result.Value // also of a call that has waited
	}
	s.past.see(&e)
	if e.Fate.Born() {
		s.packets = max(s.packets, e.Packet.Number)
		if len(s.kinds) < maxKinds {
			s.kinds = append(s.kinds, e.Packet.Kind)
		}
	}
}

// Current is the current process's name.
func (s *Session) Current() *sandbox.Process { return s.current }

// Do carries out one line. Its events are in the log when Do returns. The
// error is a *Error if the line cannot be understood, and a *Failed if what it
// expects is not so.
func (s *Session) Do(ctx context.Context, text string) (Answer, error) {
	text = s.unprompt(text)
	l, err := split(text)
	if err != nil {
		return Answer{}, err
	}
	if len(l.words) == 0 {
		return Answer{}, nil
	}
	p := s.current
	if l.process != "" {
		if p = s.Sandbox.Process(l.process); p == nil {
			return Answer{}, noProcess(l.process, ":", s.processes())
		}
	}
	first := l.words[0]
	if first.quoted {
		return Answer{}, wrong("a line begins with a command, such as: "+strings.Join(Names()[:4], ", "), "%s is no command", clip(first.text))
	}
	if q := s.Sandbox.Process(first.text); q != nil && len(l.words) == 1 && l.process == "" {
		before := s.Mark()
		s.began = before.at
		if s.record(text); q.Ended() != "" {
			return Answer{}, ended(q)
		}
		if q.Driven() {
			return Answer{}, driven(q)
		}
		s.current = q
		s.keep(q.Name(), saidAlone(q.Name()), before, false)
		return Answer{}, nil
	}
	cmd := Lookup(first.text)
	if cmd == nil {
		return Answer{}, unknown(l, s.processes())
	}
	words := l.words[1:]
	if l.c {
		if words, err = fromC(cmd, words); err != nil {
			return Answer{}, err
		}
	}
	a := &args{cmd: cmd, named: l.process != "", words: words, process: p, here: s.here[p]}
	before := s.Mark()
	if cmd.Group != Expect { // what came by itself since is no effect of this line
		s.Sandbox.Poll(ctx)
	}
	if cmd.Group != Expect && p.Ended() != "" { // what has been can be asked about
		return Answer{}, ended(p)
	}
	if cmd.IsCall() && p.Driven() {
		return Answer{}, driven(p)
	}
	if call := p.Blocked(); cmd.IsCall() && call != "" {
		return Answer{}, wrong("type for another process (client: ...), let its peer act, or: interrupt "+p.Name(),
			"%s is blocked in %s and can do nothing else", p.Name(), call)
	}
	if !cmd.IsCall() && cmd.Group != Expect {
		s.record(text)
	}
	if !cmd.leaves() {
		s.began = before.at
	}
	answer, err := cmd.run(ctx, s, p, a)
	s.Sandbox.TellWaiting()
	if cmd.Group != Expect {
		s.report()
	}
	if a.err != nil {
		return Answer{}, a.err
	}
	if cmd.IsCall() && err == nil {
		s.turn(p, answer.Outcome)
	}
	switch {
	case err == nil && (a.passing || cmd.leaves() && !a.lasts):
		s.looks = append(s.looks, look{s.Sandbox.Log().Last(), strings.TrimSpace(text), a.said(cmd, words)})
	case err == nil:
		s.keep(text, a.said(cmd, words), before, false)
	case a.instead != "": // it has failed, but done something
		s.keep(a.instead, said{}, before, false)
	}
	if ctx.Err() != nil && !cmd.leaves() {
		s.torn = true
	}
	return answer, err
}

// turn makes the socket that a call has made, or used, the current one.
func (s *Session) turn(p *sandbox.Process, o *sandbox.Outcome) {
	made := o.Call == "socket" || o.Call == "accept" // see has seen it
	switch {
	case made && !o.Blocked && o.Result.Value > 0:
	case len(o.Result.FDs) > 0:
		s.here[p] = o.Result.FDs[0]
	case o.FD != 0 && p.Kind(o.FD) != "":
		s.here[p] = o.FD
	case p.Kind(s.here[p]) == "": // it was closed
		delete(s.here, p)
		if fds := p.FDs(); len(fds) > 0 {
			s.here[p] = fds[len(fds)-1]
		}
	}
}

// Interrupt ends the blocked call of p, as Ctrl-C does, and reports whether
// there was one.
func (s *Session) Interrupt(ctx context.Context, p *sandbox.Process) bool {
	before := s.Mark()
	if !p.Interrupt(ctx) {
		return false
	}
	s.began = before.at
	s.keep("interrupt "+p.Name(), saidAlone("interrupt", p.Name()), before, true)
	return true
}

// record notes a line that is no call.
func (s *Session) record(text string) {
	s.Sandbox.Log().Add(tracer.Event{
		At: s.Sandbox.Stack().Now(), Kind: tracer.KindCommand, Process: s.current.Name(), Text: strings.TrimSpace(text),
	})
}

// unprompt takes off what is not typed: a byte order mark, and a process's
// prompt. The line is as if it had been typed there.
func (s *Session) unprompt(text string) string {
	name, rest := cutPrompt(text)
	p := s.Sandbox.Process(name)
	if p == nil || p.Ended() != "" {
		return strings.TrimPrefix(text, byteOrderMark)
	}
	if p != s.current {
		before := s.Mark()
		s.record(p.Name())
		s.current = p
		s.keep(p.Name(), saidAlone(p.Name()), before, false)
	}
	return rest
}

// processes lists the processes' names.
func (s *Session) processes() []string {
	var names []string
	for _, p := range s.Sandbox.Processes() {
		names = append(names, p.Name())
	}
	return names
}

func (s *Session) noProcess(name string) error { return noProcess(name, "", s.processes()) }
