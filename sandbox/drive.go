package sandbox

import (
	"context"
	"iter"
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
	s.retry(0)
	s.check()
	s.settle(ctx)
	s.tellWaiting()
}

// Driven reports whether a program makes the process's calls, and has not ended.
func (p *Process) Driven() bool { return p.driver != nil && !p.driver.over }

// Sleep is nanosleep(2). It is for a program: a learner lets time pass with
// Advance.
func (p *Process) Sleep(ctx context.Context, d time.Duration) Outcome {
	c := &call{name: "nanosleep", deadline: p.sandbox.stack.Now() + max(d, 1), late: result(0)}
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
