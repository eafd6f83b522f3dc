package sandbox

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sockplay/tracer"
)

// How a process has ended, as it is told.
const (
	killed   = "has ended"
	vanished = "has vanished with its host"
	exited   = "has exited, since its program was over"
)

// Ended says how the process has ended ("has ended"); "" while it lives.
func (p *Process) Ended() string { return p.ended }

// Vanished reports whether the process has ended with its host.
func (p *Process) Vanished() bool { return p.ended == vanished }

// abandon takes the process out of the world: its call never returns.
func (p *Process) abandon(how string) {
	s := p.sandbox
	drop := func(list []*Process) []*Process {
		return slices.DeleteFunc(list, func(q *Process) bool { return q == p })
	}
	p.driver.end()
	p.pending, p.ended = nil, how
	s.procs = drop(s.procs)
	s.unblock(p)
	s.ended = append(s.ended, p)
}

// Fork adds a process that has p's descriptors (fork(2)). Each names the very
// socket that p's does: what one process does to it holds for the other, and
// only the last close closes it. It returns nil if the name is taken. p must
// not be blocked: it would have to be in the call to fork, and is in another.
func (p *Process) Fork(name string) *Process {
	q := p.sandbox.AddProcess(name)
	if q == nil {
		return nil
	}
	for fd, f := range p.files {
		q.files[fd], q.named[fd] = f, f.end
		f.shared = true
	}
	return q
}

// others are the processes beside p that have the socket open.
func (p *Process) others(f *file) (list []*Process) {
	for _, q := range p.sandbox.procs {
		if q != p && q.number(f) != 0 {
			list = append(list, q)
		}
	}
	return list
}

// number is the descriptor that names f, 0 if none does.
func (p *Process) number(f *file) int {
	for fd, g := range p.files {
		if g == f {
			return fd
		}
	}
	return 0
}

// enumerated is a list of processes in words.
func enumerated(list []*Process) string {
	var names []string
	for _, p := range list {
		names = append(names, p.name)
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// release gives a descriptor back, as an effect of the event cause. Unless
// others have the socket open too, who are returned, it closes the socket. It
// never lingers: the owner of the wire, on which the acknowledgement comes,
// cannot wait for it in the stack.
func (p *Process) release(fd int, cause int64) (others []*Process, err error) {
	s, f := p.sandbox, p.files[fd]
	if others = p.others(f); len(others) > 0 {
		delete(p.files, fd)
		f.end.Process, f.end.FD = others[0].name, others[0].number(f)
		return others, nil
	}
	if f.linger > 0 && f.kind.TCP() {
		f.sock.Setsockopt(SO_LINGER, LingerOff)
	}
	if f.kind.Unix() {
		s.unixClosed(f)
	}
	if err := f.sock.Close(); err != nil {
		return nil, err
	}
	delete(p.files, fd)
	s.waits.closed(f)
	s.collect(cause)
	s.track.Close(f.end, cause)
	return nil, nil
}

// Kill ends the process as SIGKILL does (signal(7)), as an effect of the event
// cause. Its call never returns, the programs that were started in it end, and
// the system closes what it has open: the highest number first, as Linux does
// at an exit, where each close is put off and the last one put off is the first
// one done (fput in fs/file_table.c). No SO_LINGER makes an exit wait
// (PF_EXITING in tcp_close).
func (p *Process) Kill(ctx context.Context, cause int64) {
	s := p.sandbox
	for _, q := range p.Children() { // a peer's clients are not served any more
		q.Kill(ctx, cause)
	}
	programs := s.programs.of(p.name)
	s.remark(cause, p.lastWords(programs))
	fds := p.FDs()
	p.abandon(killed)
	for _, g := range programs {
		s.programs.end(g)
	}
	s.programs.drain(s)
	s.collect(cause)
	for _, fd := range slices.Backward(fds) {
		_, err := p.release(fd, cause)
		s.fail(err)
	}
	s.retry(cause)
	s.check()
	s.settle(ctx)
}

// remark records a note, as an effect of the event cause.
func (s *Sandbox) remark(cause int64, text string) {
	s.log.Add(tracer.Event{At: s.stack.Now(), Cause: cause, Kind: tracer.KindNote, Text: text})
}

// maxTold is how many descriptors a note tells of.
const maxTold = 8

// lastWords tell what the end of the process brings about, before it does.
func (p *Process) lastWords(programs []*program) string {
	text := p.name + " ends, as by SIGKILL"
	if call := p.Blocked(); call != "" {
		text += ", and its " + call + " never returns"
	}
	for _, g := range programs {
		text += "; " + g.name + ", which it had started, ends too"
	}
	if len(p.FDs()) == 0 {
		return text + "; it had nothing open"
	}
	return text + p.legacy()
}

// legacy says what becomes of what the process has open.
func (p *Process) legacy() string {
	fds := p.FDs()
	text := "; the system closes what it had open"
	if len(fds) > 1 {
		text += ", the highest number first"
	}
	slices.Reverse(fds)
	for i, fd := range fds {
		mark := ";"
		if i == 0 {
			mark = ":"
		}
		if i == maxTold {
			return text + fmt.Sprintf("; and so on, %d more", len(fds)-i)
		}
		text += fmt.Sprintf("%s %d, %s", mark, fd, p.fate(p.files[fd]))
	}
	return text
}

// fate says what closing the socket at the process's end will do.
func (p *Process) fate(f *file) string {
	if others := p.others(f); len(others) > 0 {
		return "which stays open, since " + enumerated(others) + " has it too"
	}
	unread, queued := f.sock.Queues()
	switch {
	case f.kind == Unix:
		return f.unixFate(unread)
	case !f.kind.Stream():
		return "of which nobody is told: " + string(f.kind) + " has no connections"
	}
	state := f.end.State()
	switch state {
	case "CLOSED":
		return "which had no connection: no packet"
	case "LISTEN":
		if unread == 0 {
			return "at which nobody answers any more"
		}
		return fmt.Sprintf("a listener, in whose queue %s for accept: an RST for each", counted(unread, "waits", "wait"))
	case "SYN-SENT":
		return "whose call is given up: no packet"
	case "CLOSING", "LAST-ACK", "TIME-WAIT":
		return "whose FIN was sent before"
	}
	switch {
	case f.linger == 0:
		return "with an RST, since SO_LINGER is 0"
	case unread > 0:
		return fmt.Sprintf("with an RST, since %s not read", counted(unread, "byte was", "bytes were"))
	case done[state]:
		return "whose FIN was sent before"
	case queued > 0:
		return fmt.Sprintf("with a FIN, behind the %s to be sent", counted(queued, "byte that waits", "bytes that wait"))
	case f.linger > 0:
		return "with a FIN, and without waiting: SO_LINGER counts for close, not for an exit"
	}
	return "with a FIN, as close would send"
}

func (f *file) unixFate(unread int) string {
	switch u := f.unix; {
	case u.listens && unread > 0:
		return fmt.Sprintf("a listener, in whose queue %s for accept: each is told ECONNRESET", counted(unread, "waits", "wait"))
	case u.listens:
		return "at which nobody answers any more"
	case u.peer == nil:
		return "which had no connection"
	case unread > 0:
		return fmt.Sprintf("of which %s not read: its peer is told ECONNRESET", counted(unread, "byte was", "bytes were"))
	}
	return "whose peer reads end of stream"
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
