package command

import (
	"context"
	"regexp"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// Session is a sandbox and what was typed to it: the current process, and what
// expect compares with. It belongs to the goroutine that owns the sandbox.
type Session struct {
	Sandbox *sandbox.Sandbox
	current *sandbox.Process
	kinds   []string // of the packets put on the wire since the last expect packets
}

// NewSession returns a session with a new sandbox on the stack, recording to
// log.
func NewSession(stack sandbox.Stack, log *tracer.Log) *Session {
	s := &Session{Sandbox: sandbox.New(stack, log)}
	s.current = s.Sandbox.Processes()[0]
	log.Sink(s.see)
	return s
}

// maxKinds bounds what expect packets can look back on.
const maxKinds = 1 << 20

func (s *Session) see(e tracer.Event) {
	switch e.Fate {
	case tracer.Sent, tracer.Injected, tracer.Copied:
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
		if s.record(text); q.Ended() != "" {
			return Answer{}, ended(q)
		}
		s.current = q
		return Answer{}, nil
	}
	cmd := Lookup(first.text)
	if cmd == nil {
		return Answer{}, unknown(l, s.processes())
	}
	a := &args{cmd: cmd, named: l.process != "", words: l.words[1:]}
	if l.c {
		if a.words, err = fromC(cmd, a.words); err != nil {
			return Answer{}, err
		}
	}
	if cmd.Group != Expect { // what came by itself since is no effect of this line
		s.Sandbox.Poll(ctx)
	}
	if call := p.Blocked(); cmd.IsCall() && call != "" {
		return Answer{}, wrong("type for another process (client: ...), let its peer act, or: interrupt "+p.Name(),
			"%s is blocked in %s and can do nothing else", p.Name(), call)
	}
	if !cmd.IsCall() && cmd.Group != Expect {
		s.record(text)
	}
	answer, err := cmd.run(ctx, s, p, a)
	if a.err != nil {
		return Answer{}, a.err
	}
	return answer, err
}

// record notes a line that is no call.
func (s *Session) record(text string) {
	s.Sandbox.Log().Add(tracer.Event{
		At: s.Sandbox.Stack().Now(), Kind: tracer.KindCommand, Process: s.current.Name(), Text: strings.TrimSpace(text),
	})
}

// prompt is what a line begins with that was copied with its prompt.
var prompt = regexp.MustCompile(`^\s*([a-z][a-z0-9_-]*)>(\s+|$)`)

// unprompt takes off what is not typed: a byte order mark, and a process's
// prompt. The line is as if it had been typed there.
func (s *Session) unprompt(text string) string {
	text = strings.TrimPrefix(text, "\ufeff")
	m := prompt.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	p := s.Sandbox.Process(m[1])
	if p == nil || p.Ended() != "" {
		return text
	}
	if p != s.current {
		s.record(p.Name())
		s.current = p
	}
	return text[len(m[0]):]
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
