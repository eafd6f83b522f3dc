package sandbox

import (
	"context"
	"crypto/rand"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"sockplay/tracer"
)

// driver is a program that makes a process's calls. It is a coroutine: it runs
// only while the sandbox lets it, and the sandbox only while it waits in a call,
// so that a session repeats.
type driver struct {
	next    func() (struct{}, bool)
	stop    func()
	yield   func(struct{}) bool
	running bool
	stopped bool // it is unwound, and what it has deferred makes no more calls
	over    bool
}

// stopped unwinds a program whose process has ended.
type stopped struct{}

// Drive has a program make the process's calls from now on, as a learner would,
// with the very methods of Process; a call that has to wait waits there, and
// returns what came of it at last. The program belongs to the sandbox's owner
// and must do nothing that waits but those calls. It ends with the process.
func (p *Process) Drive(ctx context.Context, program func(ctx context.Context)) {
	p.drive(ctx, program)
	p.sandbox.run(ctx)
}

// Start adds a process that a program drives, and that exits with it. It
// returns nil if the name is taken.
func (s *Sandbox) Start(ctx context.Context, name string, program func(ctx context.Context, p *Process)) *Process {
	p := s.AddProcess(name)
	if p == nil {
		return nil
	}
	p.exits = true
	p.drive(ctx, func(ctx context.Context) { program(ctx, p) })
	s.run(ctx)
	return p
}

// Spawn is fork(2) by a program: a process of that name that has p's
// descriptors, which another program drives and which exits with it, and with
// p. The program that spawns it goes on first. It returns nil if the name is
// taken.
func (p *Process) Spawn(ctx context.Context, name string, program func(ctx context.Context, q *Process)) *Process {
	q := p.Fork(name)
	if q == nil {
		return nil
	}
	q.exits, q.parent = true, p
	shared := ""
	if fds := p.FDs(); len(fds) > 0 {
		shared = ", which shares " + strings.Trim(strings.ReplaceAll(fmt.Sprint(fds), " ", ", "), "[]")
	}
	p.tell("forks " + name + shared)
	q.drive(ctx, func(ctx context.Context) { program(ctx, q) })
	return q
}

// Children are the processes that p has spawned, and theirs, and that live.
func (p *Process) Children() (list []*Process) {
	for _, q := range p.sandbox.procs {
		if q.parent == p {
			list = append(append(list, q), q.Children()...)
		}
	}
	return list
}

// Parent is the process that has spawned p, and lives; nil: nobody has.
func (p *Process) Parent() *Process {
	if p.parent == nil || p.parent.ended != "" {
		return nil
	}
	return p.parent
}

// Now is how long its host's clock has run.
func (p *Process) Now() time.Duration { return p.sandbox.stack.Now() }

// Virtual reports whether time stands still until the learner lets it pass.
func (p *Process) Virtual() bool { return p.sandbox.stack.Virtual() }

// Date is the time of day on its host, which repeats where time is virtual.
func (p *Process) Date() time.Time { return p.sandbox.stack.Began().Add(p.Now()) }

// Random fills b with chance: where time is virtual it repeats with the seed,
// elsewhere nobody can foresee it.
func (p *Process) Random(b []byte) {
	if !p.sandbox.stack.Virtual() {
		rand.Read(b)
		return
	}
	for i := range b {
		b[i] = byte(p.sandbox.chance.Uint32())
	}
}

// Print records what the process's program tells its user.
func (p *Process) Print(text string) {
	s := p.sandbox
	s.log.Add(tracer.Event{At: s.stack.Now(), Kind: tracer.KindOutput, Process: p.name, Driven: true, Stream: "stdout", Data: []byte(text)})
}

// tell records what happens in the life of a process that a program drives.
func (p *Process) tell(text string) {
	s := p.sandbox
	s.log.Add(tracer.Event{At: s.stack.Now(), Kind: tracer.KindNote, Process: p.name, Driven: true, Text: p.name + " " + text})
}

// exit ends the process whose program is over: the system closes what it has
// left open (_exit(2)).
func (p *Process) exit() {
	fds := p.FDs()
	if text := "exits"; len(fds) > 0 {
		p.tell(text + p.legacy())
	} else {
		p.tell(text)
	}
	p.abandon(exited)
	for _, fd := range slices.Backward(fds) {
		_, err := p.release(fd, 0)
		p.sandbox.fail(err)
	}
}

// run lets the programs run that can.
func (s *Sandbox) run(ctx context.Context) {
	s.rested()
	s.retry(0)
	s.check()
	s.settle(ctx)
	s.TellWaiting()
}

// drive makes the program one that can go on. It outlives the command that has
// started it, and its context.
func (p *Process) drive(ctx context.Context, program func(ctx context.Context)) {
	s, d := p.sandbox, &driver{}
	ctx = context.WithoutCancel(ctx)
	d.next, d.stop = iter.Pull(func(yield func(struct{}) bool) {
		d.yield = yield
		defer func() {
			if r := recover(); r != nil && r != (stopped{}) {
				panic(r)
			}
		}()
		program(ctx)
	})
	p.driver = d
	s.ready = append(s.ready, p)
}

// Driven reports whether a program makes the process's calls, and has not ended.
func (p *Process) Driven() bool { return p.driver != nil && !p.driver.over }

// Sleep is nanosleep(2). It is for a program: a learner lets time pass with
// Advance.
func (p *Process) Sleep(ctx context.Context, d time.Duration) Outcome {
	c := &call{name: "nanosleep", deadline: p.sandbox.stack.Now() + max(d, 1), late: result(0), quiet: true}
	c.try = func() (tracer.Result, error) { return tracer.Result{}, EAGAIN }
	c.wait = "it sleeps for " + max(d, 0).String()
	c.hint = "advance lets time pass"
	return p.begin(ctx, c, max(d, 0).String())
}

// patience is how many calls peers may make before a command is over all the
// same: two of them may keep each other going for ever.
const patience = 10_000

// pause is how long peers rest then, on the stack's clock, when time passes.
const pause = 100 * time.Millisecond

// rested lets peers make as many calls anew.
func (s *Sandbox) rested() { s.budget = patience }

// rests reports whether p is a peer that has no calls left in this command.
func (p *Process) rests() bool { return p.exits && p.sandbox.budget <= 0 }

// wait is the rest of a program's call: it waits for its end, and rests if there
// have been too many in this command.
func (d *driver) wait(p *Process, c *call) Outcome {
	s := p.sandbox
	if p.exits {
		if s.budget--; s.budget == 0 {
			p.tell(fmt.Sprintf("rests, after %d calls of peers in one line; advance lets it go on, kill %s ends it", patience, p.name))
		}
	}
	if p.pending != c && p.rests() {
		s.ready = append(s.ready, p)
		d.stay()
	}
	for p.pending == c {
		d.stay()
	}
	return *p.last
}

// stay lets the sandbox run until the program can go on.
func (d *driver) stay() {
	if !d.yield(struct{}{}) {
		panic(stopped{})
	}
}

// resume lets the programs go on whose call has returned, in the order in which
// they did, and reports whether there was one. Peers that rest do not; those that
// have rested longest are the next ones.
func (s *Sandbox) resume() (resumed bool) {
	ready := s.ready
	s.ready = nil
	var rest []*Process
	for _, p := range ready {
		d := p.driver
		switch {
		case d.over || p.pending != nil:
			continue
		case p.rests():
			rest = append(rest, p)
			continue
		}
		resumed = true
		d.running = true
		_, more := d.next()
		d.running, d.over = false, !more
		if !more && p.exits {
			p.exit()
		}
	}
	s.ready = append(rest, s.ready...)
	return resumed
}

// end ends the program.
func (d *driver) end() {
	if d != nil && !d.over {
		d.over, d.stopped = true, true
		d.stop()
	}
}

// TellWaiting records which calls of programs still wait when a command is over;
// each is told once. Calls and waiting do so by themselves.
func (s *Sandbox) TellWaiting() {
	for _, p := range s.blocked {
		if c := p.pending; p.driver != nil && !c.told {
			c.told = true
			s.log.Add(tracer.Event{
				At: s.stack.Now(), Cause: c.event, Kind: tracer.KindBlocked, Process: p.name, Driven: true, Call: c.name, FD: c.fd,
				Why: c.wait,
			})
		}
	}
}

// elsewhere says where a peer could be that cannot bind where it should.
func (s *Sandbox) elsewhere(c *call, errno string) string {
	port, why := c.addr.Port(), ""
	switch {
	case !c.addr.AddrPort.IsValid():
		return "another name for it; or end who has this one, with close or kill"
	case errno == string(EINVAL):
		return "one bind for each socket; peer NAME --source shows how others do it"
	case errno == "EADDRINUSE":
		why = "; or end who is there, with close or kill"
		taken := func(port uint16) bool {
			return slices.ContainsFunc(s.Sockets(), func(r tracer.Socket) bool { return strings.HasSuffix(r.Local, fmt.Sprint(":", port)) })
		}
		for port = max(port, 8999) + 1; taken(port) && port > 0; port++ {
		}
	}
	return fmt.Sprintf("another address behind the peer's name, such as 127.0.0.1:%d%s", port, why)
}
