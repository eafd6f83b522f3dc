// Package host runs a program on the machine's own sockets, outside of any
// sandbox: the same program, the same calls, and a trace of them and of the
// states that they tell of. Packets are not seen: the wire is the machine's.
package host

import (
	"context"
	"crypto/rand"
	"strconv"
	"sync"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
	"sockplay/tracer"
)

// maxFiles is how many descriptors a process may have. Numbers begin at 3.
const (
	firstFD  = 3
	maxFiles = 4096
)

// Process is a program on the machine. Its calls belong to the goroutine of Run.
// It is one over Go's net package, so that it is the same on every system; so
// the system's own bind and listen are one, at bind.
type Process struct {
	name  string
	log   *tracer.Log
	began time.Time
	ctx   context.Context // of Run

	mu      sync.Mutex // guards files' contents, which goroutines fill and empty
	wake    chan struct{}
	files   map[int]*file
	leaving map[*file]bool // closed, with something yet to be written
	join    sync.WaitGroup // of all goroutines
}

var _ peer.System = (*Process)(nil)

// New returns a process of that name, which records what it does to log.
func New(name string, log *tracer.Log) *Process {
	return &Process{name: name, log: log, began: time.Now(), wake: make(chan struct{}, 1), files: make(map[int]*file), leaving: make(map[*file]bool)}
}

// stopped unwinds a program that is to end.
type stopped struct{}

// Run runs the program until it is over or ctx is done, and then closes what it
// has left open.
func (p *Process) Run(ctx context.Context, program peer.Program) {
	p.ctx = ctx
	defer p.closeAll()
	defer func() {
		if r := recover(); r != nil && r != (stopped{}) {
			panic(r)
		}
	}()
	program(ctx, p)
}

// closeAll closes what is open, and joins all goroutines. What was written may
// yet leave: for as long as after any close, but after a signal for a moment.
func (p *Process) closeAll() {
	p.mu.Lock()
	for fd, f := range p.files {
		f.close()
		delete(p.files, fd)
	}
	p.mu.Unlock()
	joined := context.AfterFunc(p.ctx, p.hurry)
	p.join.Wait()
	joined()
}

// hurry leaves little time to what was written before a close.
func (p *Process) hurry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for f := range p.leaving {
		f.conn.SetWriteDeadline(time.Now().Add(hurried))
	}
}

// Name is the process's name.
func (p *Process) Name() string { return p.name }

// Began is when its clock was 0.
func (p *Process) Began() time.Time { return p.began }

// Now is how long it has been there.
func (p *Process) Now() time.Duration { return time.Since(p.began) }

// Date is the time of day.
func (p *Process) Date() time.Time { return time.Now() }

// Random fills b with chance that nobody can foresee.
func (p *Process) Random(b []byte) { rand.Read(b) }

// Print records what the program tells its user.
func (p *Process) Print(text string) {
	p.log.Add(tracer.Event{At: p.Now(), Kind: tracer.KindOutput, Process: p.name, Stream: "stdout", Data: []byte(text)})
}

// call is a call under way.
type call struct {
	name  string
	fd    int
	event int64
}

func (p *Process) begin(name string, fd int, args ...string) call {
	if p.ctx.Err() != nil {
		panic(stopped{})
	}
	return call{name, fd, p.log.Add(tracer.Event{At: p.Now(), Kind: tracer.KindCall, Process: p.name, Call: name, FD: fd, Args: args})}
}

// end records how the call came out. A why is what it means.
func (p *Process) end(c call, r tracer.Result, why string) sandbox.Outcome {
	p.log.Add(tracer.Event{
		At: p.Now(), Cause: c.event, Kind: tracer.KindReturn, Process: p.name, Call: c.name, FD: c.fd, Result: &r, Why: why,
	})
	return sandbox.Outcome{Process: p.name, Call: c.name, FD: c.fd, Result: r}
}

// fails is the end of a call that the system refuses.
func (p *Process) fails(c call, errno sandbox.Errno) sandbox.Outcome {
	return p.end(c, tracer.Result{Value: -1, Errno: string(errno)}, meaning[errno])
}

// until waits until ready holds, which is asked under the lock, for limit at
// most; a negative one is none. It reports whether it holds.
func (p *Process) until(limit time.Duration, ready func() bool) bool {
	holds := func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return ready()
	}
	if holds() {
		return true
	}
	if limit == 0 {
		return false
	}
	var late <-chan time.Time
	if limit > 0 {
		t := time.NewTimer(limit)
		defer t.Stop()
		late = t.C
	}
	for {
		select {
		case <-p.wake:
			if holds() {
				return true
			}
		case <-late:
			return holds()
		case <-p.ctx.Done():
			panic(stopped{})
		}
	}
}

// wakeUp has until ask again. p.mu is held.
func (p *Process) wakeUp() {
	select {
	case p.wake <- struct{}{}:
	default: // it will ask anyway
	}
}

// install gives f the lowest number that is free, 0 if there is none.
func (p *Process) install(f *file) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for fd := firstFD; fd < maxFiles; fd++ {
		if p.files[fd] == nil {
			p.files[fd], f.fd = f, fd
			return fd
		}
	}
	return 0
}

// Sleep is nanosleep(2).
func (p *Process) Sleep(_ context.Context, d time.Duration) sandbox.Outcome {
	c := p.begin("nanosleep", 0, d.String())
	p.until(max(d, 1), func() bool { return false })
	return p.end(c, tracer.Result{}, "")
}

// Fcntl is fcntl(2) with F_SETFL and O_NONBLOCK.
func (p *Process) Fcntl(_ context.Context, fd int, nonblock bool) sandbox.Outcome {
	c := p.begin("fcntl", fd, "nonblock", map[bool]string{true: "on", false: "off"}[nonblock])
	f := p.files[fd]
	if f == nil {
		return p.fails(c, sandbox.EBADF)
	}
	f.nonblock = nonblock
	return p.end(c, tracer.Result{}, "")
}

// Poll is poll(2).
func (p *Process) Poll(_ context.Context, fds []sandbox.PollFD, timeout time.Duration, args ...string) sandbox.Outcome {
	if len(args) == 0 {
		args = sandbox.PollArgs(fds, timeout)
	}
	c := p.begin("poll", 0, args...)
	var r tracer.Result
	p.until(timeout, func() bool {
		for _, q := range fds {
			ready := sandbox.Ready{Err: true}
			if f := p.files[q.FD]; f != nil {
				ready = f.ready()
			}
			if words := q.Events(ready); words != "" {
				r.Revents = append(r.Revents, strconv.Itoa(q.FD)+":"+words)
			}
		}
		r.Value = len(r.Revents)
		return r.Value > 0
	})
	return p.end(c, r, "")
}
