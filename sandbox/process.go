package sandbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/tcpstate"
	"sockplay/tracer/track"
)

// maxFiles is a process's limit of descriptors (RLIMIT_NOFILE), as a shell
// gives it; numbers begin at 3, after the standard files.
const (
	firstFD  = 3
	maxFiles = 1024
)

// Process is a named actor with a descriptor table of its own. It runs one
// call at a time and may be blocked in it.
type Process struct {
	name    string
	sandbox *Sandbox
	files   map[int]*file
	named   map[int]*track.Endpoint // what each number named last
	former  []Named                 // what they named before, the latest last
	pending *call
	turn    uint64 // of the pending call, among all that wait
	last    *Outcome
	ended   string   // how it has ended; "" while it lives
	driver  *driver  // the program that makes its calls; nil: the learner does
	exits   bool     // when its program is over
	parent  *Process // which spawned it; nil: nobody
	since   time.Duration
}

// file is an open socket: an open file description (open(2)), which processes
// that have forked share.
type file struct {
	kind     Kind
	sock     Socket
	end      *track.Endpoint
	unix     *unixEnd // nil for sockets that are none
	nonblock bool
	rcvtimeo time.Duration // 0: none
	sndtimeo time.Duration
	linger   int // seconds, or LingerOff
	// What the explanation of later calls needs to know.
	bound          bool // by bind
	shutRd, shutWr bool
	reset          bool // the connection ended by a RST, ours or the peer's

	holder *Process // that has it, or had it first
	shared bool     // others have it, or had it, too
}

// call is a call that a process is in.
type call struct {
	name  string
	fd    int
	event int64 // of the call
	file  *file // nil for calls on no descriptor
	// try does the call, or what is left of it. EAGAIN: it has to wait.
	try func() (tracer.Result, error)
	// after is told when the call is over and the packets that it caused are
	// on the wire; may be nil.
	after func()
	// deadline is when it has waited long enough, on the stack's clock; 0:
	// never. late is what it returns then.
	deadline time.Duration
	late     tracer.Result
	// sofar is what an interrupted call returns; nil: EINTR.
	sofar func() (tracer.Result, bool)
	wait  string // what it waits for, in words
	hint  string // what the learner may do about it
	flags Flags
	now   bool // it never waits, whatever the descriptor says
	quiet bool // see waits
	told  bool // that it waits

	circumstances
}

// Outcome is how a call came out.
type Outcome struct {
	Process string
	Call    string
	FD      int
	Blocked bool // it waits; Result does not apply
	Result  tracer.Result
}

// Name returns the process's name.
func (p *Process) Name() string { return p.name }

// Since is when it has begun, on its host's clock.
func (p *Process) Since() time.Duration { return p.since }

// Blocked returns the call that the process waits in, "" if it does not wait.
func (p *Process) Blocked() string {
	if p.pending == nil {
		return ""
	}
	return p.pending.title()
}

func (c *call) title() string {
	if c.fd == 0 {
		return c.name
	}
	return fmt.Sprintf("%s(%d)", c.name, c.fd)
}

// Last returns how the process's call that returned last came out, nil if
// none has.
func (p *Process) Last() *Outcome { return p.last }

// Endpoint returns what the number names or, after a close, named last; nil
// if it never named anything.
func (p *Process) Endpoint(fd int) *track.Endpoint { return p.named[fd] }

// Named is a socket, and the number that names it, or has named it.
type Named struct {
	FD int
	*track.Endpoint
}

// maxFormer bounds what is remembered of what numbers have named before.
const maxFormer = 256

// Sockets lists what the process's numbers name or have named: what a number
// names last stands behind what it named before.
func (p *Process) Sockets() []Named {
	list := slices.Clone(p.former)
	for fd, e := range p.named {
		list = append(list, Named{fd, e})
	}
	slices.SortStableFunc(list, func(a, b Named) int { return a.FD - b.FD })
	return list
}

// FDs lists the open descriptors in order.
func (p *Process) FDs() []int {
	fds := make([]int, 0, len(p.files))
	for fd := range p.files {
		fds = append(fds, fd)
	}
	slices.Sort(fds)
	return fds
}

// Kind returns what the open descriptor speaks, "" if it is not open.
func (p *Process) Kind(fd int) Kind {
	if f := p.files[fd]; f != nil {
		return f.kind
	}
	return ""
}

// freeFD is the first number from from on that names nothing, 0 if the table
// is full.
func (p *Process) freeFD(from int) int {
	for fd := from; fd < maxFiles; fd++ {
		if p.files[fd] == nil {
			return fd
		}
	}
	return 0
}

// install gives f a number and begins to follow it.
func (p *Process) install(fd int, f *file) {
	f.end.Process, f.end.FD = p.name, fd
	p.files[fd] = f
	if old := p.named[fd]; old != nil {
		if len(p.former) == maxFormer {
			p.former = slices.Delete(p.former, 0, maxFormer/2)
		}
		p.former = append(p.former, Named{fd, old})
	}
	p.named[fd] = f.end
	p.sandbox.waits.open(p, f)
}

// begin issues a call: it is recorded, tried, and the wire run until nothing
// is on its way. The call of a file that is nil fails with EBADF.
func (p *Process) begin(ctx context.Context, c *call, args ...string) Outcome {
	s := p.sandbox
	if p.driver != nil && p.driver.stopped {
		panic(stopped{})
	}
	c.event = s.log.Add(tracer.Event{
		At: s.stack.Now(), Kind: tracer.KindCall, Process: p.name, Driven: p.Driven(), Call: c.name, FD: c.fd, Args: args,
	})
	p.pending = c
	if c.file != nil {
		c.from = c.file.end.State()
	}
	s.blocked = append(s.blocked, p)
	s.waits.add(p)
	p.attempt(c.event)
	if d := p.driver; d != nil && d.running {
		if p.pending == c && c.file != nil && c.deadline == 0 {
			p.setDeadline(c, c.file)
		}
		return d.wait(p, c)
	}
	s.rested()
	s.retry(c.event)
	s.check()
	s.settle(ctx)
	s.TellWaiting()
	if p.pending != c {
		return *p.last
	}
	if f := c.file; f != nil && c.deadline == 0 {
		p.setDeadline(c, f)
	}
	why, try := c.wait, c.hint
	if held, hint := s.waiting(p, c.fd); held != "" {
		why, try = held, hint
	}
	s.log.Add(tracer.Event{
		At: s.stack.Now(), Cause: c.event, Kind: tracer.KindBlocked, Process: p.name, Driven: p.Driven(), Call: c.name, FD: c.fd,
		Why: why, Try: try,
	})
	return Outcome{Process: p.name, Call: c.name, FD: c.fd, Blocked: true}
}

// setDeadline lets SO_RCVTIMEO and SO_SNDTIMEO limit the wait (socket(7)).
func (p *Process) setDeadline(c *call, f *file) {
	limit := f.rcvtimeo
	errno := EAGAIN
	switch c.name {
	case "write", "send", "sendto":
		limit = f.sndtimeo
	case "connect":
		limit = f.sndtimeo
		if !f.kind.Unix() {
			errno = EINPROGRESS
		}
	}
	if limit > 0 {
		c.deadline = p.sandbox.stack.Now() + limit
		c.late = tracer.Result{Value: -1, Errno: string(errno)}
	}
}

// attempt tries the pending call as an effect of the event cause, and reports
// whether it is over.
func (p *Process) attempt(cause int64) bool {
	c, s := p.pending, p.sandbox
	r, err := c.try()
	s.collect(cause)
	if err == nil {
		p.finish(r, cause)
		return true
	}
	errno, ok := err.(Errno)
	if lack, isLack := err.(*Lack); isLack {
		errno, ok, c.lack = lack.Errno, true, lack.What
	}
	if !ok {
		s.fail(err)
		errno = "EIO"
	}
	waits := errno == EAGAIN || errno == EINPROGRESS || errno == EALREADY
	if waits && !c.now && (c.file == nil || !c.file.nonblock) && c.flags&MSG_DONTWAIT == 0 {
		return false
	}
	if errno == "ECONNRESET" && c.file != nil {
		c.file.reset = true
	}
	if errno == ETIMEDOUT && c.file != nil { // no packet told that the stack has given up
		s.track.Timeout(c.file.end, tcpstate.UserTimeout, 0)
	}
	p.finish(tracer.Result{Value: -1, Errno: string(errno), Data: r.Data}, cause)
	return true
}

// unblock notes that the process waits no longer.
func (s *Sandbox) unblock(p *Process) {
	s.waits.remove(p)
	if n := len(s.blocked) - 1; n >= 0 && s.blocked[n] == p { // most calls never wait
		s.blocked = s.blocked[:n]
	} else if i := slices.Index(s.blocked, p); i >= 0 {
		s.blocked = slices.Delete(s.blocked, i, i+1)
	}
}

// finish ends the pending call with the result.
func (p *Process) finish(r tracer.Result, cause int64) {
	c, s := p.pending, p.sandbox
	p.pending = nil
	s.unblock(p)
	if c.after != nil {
		c.after()
	}
	if cause == 0 {
		cause = c.event
	}
	why, try := explain(p, c, r)
	if p.Driven() && r.Errno != "" { // no learner can do anything about it but this
		if try = ""; c.name == "bind" {
			try = p.sandbox.elsewhere(c, r.Errno)
		}
	}
	s.log.Add(tracer.Event{
		At: s.stack.Now(), Cause: cause, Kind: tracer.KindReturn, Process: p.name, Driven: p.Driven(), Call: c.name, FD: c.fd,
		Result: &r, Why: why, Try: try,
	})
	p.last = &Outcome{Process: p.name, Call: c.name, FD: c.fd, Result: r}
	s.last = p.last
	if p.driver != nil && !p.driver.running {
		s.ready = append(s.ready, p)
	}
}

// Interrupt ends the blocked call with EINTR, or with what it has done so far,
// and leaves its socket as it is (signal(7)). It reports whether there was one.
func (p *Process) Interrupt(ctx context.Context) bool {
	c := p.pending
	if c == nil {
		return false
	}
	r := tracer.Result{Value: -1, Errno: string(EINTR)}
	if c.sofar != nil {
		if done, ok := c.sofar(); ok {
			r = done
		}
	}
	p.finish(r, 0)
	p.sandbox.retry(0)
	p.sandbox.settle(ctx)
	return true
}
