package sandbox

import (
	"context"
	"crypto/rand"
	"iter"
	"slices"
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
	p.sandbox.remark(0, p.name+" forks "+name+", which has the same descriptors")
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

// Now is how long its host's clock has run.
func (p *Process) Now() time.Duration { return p.sandbox.stack.Now() }

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
	s.log.Add(tracer.Event{At: s.stack.Now(), Kind: tracer.KindOutput, Process: p.name, Stream: "stdout", Data: []byte(text)})
}

// exit ends the process whose program is over: the system closes what it has
// left open (_exit(2)).
func (p *Process) exit() {
	fds := p.FDs()
	p.abandon(exited)
	for _, fd := range slices.Backward(fds) {
		_, err := p.release(fd, 0)
		p.sandbox.fail(err)
	}
}

// run lets the programs run that can.
func (s *Sandbox) run(ctx context.Context) {
	s.retry(0)
	s.check()
	s.settle(ctx)
	s.tellWaiting()
}

func (p *Process) drive(ctx context.Context, program func(ctx context.Context)) {
	s, d := p.sandbox, &driver{}
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
	c.wait = "its time is not over yet"
	c.hint = "advance lets time pass"
	return p.begin(ctx, c, max(d, 0).String())
}

// wait is the rest of a program's call: it waits for its end.
func (d *driver) wait(p *Process, c *call) Outcome {
	for p.pending == c {
		if !d.yield(struct{}{}) {
			panic(stopped{})
		}
	}
	return *p.last
}

// resume lets the programs go on whose call has returned, in the order in which
// they did, and reports whether there was one.
func (s *Sandbox) resume() bool {
	ready := s.ready
	s.ready = nil
	for _, p := range ready {
		d := p.driver
		if d.over || p.pending != nil {
			continue
		}
		d.running = true
		_, more := d.next()
		d.running, d.over = false, !more
		if !more && p.exits {
			p.exit()
		}
	}
	return len(ready) > 0
}

// end ends the program.
func (d *driver) end() {
	if d != nil && !d.over {
		d.over = true
		d.stop()
	}
}

// tellWaiting records which calls of programs still wait when a command is over.
func (s *Sandbox) tellWaiting() {
	for _, p := range s.blocked {
		if c := p.pending; p.driver != nil && !c.told {
			c.told = true
			s.log.Add(tracer.Event{
				At: s.stack.Now(), Cause: c.event, Kind: tracer.KindBlocked, Process: p.name, Call: c.name, FD: c.fd,
				Why: c.wait,
			})
		}
	}
}
