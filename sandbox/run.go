package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"sockplay/tracer"
)

// Programs is a stack in which real programs can run.
type Programs interface {
	// Command prepares a program.
	Command(name string, args ...string) *exec.Cmd
	// Start starts it: its sockets are the stack's. When this process dies, so
	// does the program.
	Start(*exec.Cmd) error
	// Kill ends a program that was started, and all that it has started.
	Kill(*exec.Cmd)
}

// programs are the real programs inside the sandbox. Its zero value has none.
type programs struct {
	mu      sync.Mutex
	output  []tracer.Event // printed and not yet recorded
	queued  int            // octets of it
	room    sync.Cond      // told when output has been taken
	wakers  map[int]func() // end the waits that are under way
	next    int
	running map[*program]bool
}

// program is one of them.
type program struct {
	name    string
	process string
	cmd     *exec.Cmd
	pipes   []io.Closer
	runner  Programs
	ended   bool
	ending  bool // what it still prints is thrown away
	status  error
	joined  chan struct{} // closed when its goroutines have ended
}

// What is kept of the programs' output until it is recorded: a program that
// prints faster than it can be shown waits.
const (
	maxChunk  = 32 << 10 // octets of one event
	maxQueued = 1 << 20
)

// ProgramError says what became of a program, and what to try.
type ProgramError struct{ What, Try string }

// Error tells what happened.
func (e *ProgramError) Error() string { return e.What }

// Run starts a program in the process and, unless it is to run in the
// background, lets time pass until it has ended. The error is a *ProgramError.
func (s *Sandbox) Run(ctx context.Context, p *Process, argv []string, background bool) error {
	runner, ok := s.stack.(Programs)
	if !ok {
		return &ProgramError{"only the kernel stack can run real programs", "start sockplay with --stack kernel"}
	}
	g := &program{name: filepath.Base(argv[0]), process: p.name, runner: runner, joined: make(chan struct{})}
	g.cmd = runner.Command(argv[0], argv[1:]...)
	if g.cmd.Err != nil {
		return &ProgramError{fmt.Sprintf("no program %q is installed here", argv[0]), "give its path, or install it"}
	}
	if err := s.programs.start(g); err != nil {
		return &ProgramError{fmt.Sprintf("%s could not be started: %s", g.name, plain(err)), "is it a program, and may you run it?"}
	}
	over := func() bool { return g.ended }
	for !background && !s.programs.locked(over) {
		s.rested()
		s.Poll(ctx)
		if ctx.Err() != nil || s.failure != nil {
			s.programs.end(g)
			return &ProgramError{g.name + " was interrupted and is ended", "& at the end of the line leaves a program running"}
		}
		s.idle(ctx, s.Patience(), over)
	}
	s.Poll(ctx)
	if background {
		return nil
	}
	if g.status != nil {
		return &ProgramError{fmt.Sprintf("%s ended with %s", g.name, plain(g.status)), "what it printed stands above"}
	}
	return nil
}

// plain is an error's last part, which says what happened.
func plain(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// grace is how long a program's output is waited for when it has ended, while
// something that it left behind still holds the pipe.
const grace = 50 * time.Millisecond

func (g *programs) start(p *program) error {
	var ends [2]*os.File // ours
	for i, out := range []*io.Writer{&p.cmd.Stdout, &p.cmd.Stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		defer w.Close()
		ends[i], *out = r, w
		p.pipes = append(p.pipes, r)
	}
	if err := p.runner.Start(p.cmd); err != nil {
		for _, r := range p.pipes {
			r.Close()
		}
		return err
	}
	g.mu.Lock()
	if g.running == nil {
		g.running = make(map[*program]bool)
		g.room.L = &g.mu
	}
	g.running[p] = true
	g.mu.Unlock()
	read := make(chan struct{})
	go func() { // joined by the next
		defer close(read)
		var readers sync.WaitGroup
		readers.Go(func() { g.copy(p, "stdout", ends[0]) })
		readers.Go(func() { g.copy(p, "stderr", ends[1]) })
		readers.Wait()
	}()
	go func() { // joined by end
		defer close(p.joined)
		err := p.cmd.Wait()
		select {
		case <-read:
		case <-time.After(grace):
		}
		g.mu.Lock()
		p.ended, p.status = true, err
		g.wakeLocked()
		g.mu.Unlock()
		<-read
		for _, r := range ends {
			r.Close()
		}
		g.mu.Lock()
		delete(g.running, p)
		g.mu.Unlock()
	}()
	return nil
}

// copy queues what a program prints, as far as there is room.
func (g *programs) copy(p *program, stream string, r io.Reader) {
	buf := make([]byte, maxChunk)
	for {
		n, err := r.Read(buf)
		g.mu.Lock()
		for n > 0 && g.queued > maxQueued && !p.ending {
			g.room.Wait()
		}
		if n > 0 && !p.ending {
			g.queued += n
			g.output = append(g.output, tracer.Event{
				Kind: tracer.KindOutput, Process: p.process, Stream: stream, Data: append([]byte(nil), buf[:n]...),
			})
			g.wakeLocked()
		}
		g.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// locked asks f under the lock.
func (g *programs) locked(f func() bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return f()
}

// any reports whether a program runs.
func (g *programs) any() bool {
	return g.locked(func() bool { return len(g.running) > 0 })
}

// of lists the programs that run in a process, in the order of their names.
func (g *programs) of(process string) (list []*program) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for p := range g.running {
		if p.process == process && !p.ended {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *program) int { return strings.Compare(a.name, b.name) })
	return list
}

// drain records what the programs have printed.
func (g *programs) drain(s *Sandbox) {
	g.mu.Lock()
	output := g.output
	g.output, g.queued = nil, 0
	if g.room.L != nil {
		g.room.Broadcast()
	}
	g.mu.Unlock()
	for _, e := range output {
		e.At = s.stack.Now()
		s.log.Add(e)
	}
}

func (g *programs) wakeLocked() {
	for _, wake := range g.wakers {
		wake()
	}
}

// wait lets time pass on the stack until a packet can be received, a program
// has printed something or ended, limit is over, or until holds, which is asked
// under the lock. It may run beside the owner.
func (g *programs) wait(ctx context.Context, stack Stack, limit time.Duration, until func() bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g.mu.Lock()
	if len(g.output) > 0 || until != nil && until() {
		g.mu.Unlock()
		return nil
	}
	if g.wakers == nil {
		g.wakers = make(map[int]func())
	}
	g.next++
	id := g.next
	g.wakers[id] = cancel
	g.mu.Unlock()
	err := stack.Wait(ctx, limit)
	g.mu.Lock()
	delete(g.wakers, id)
	g.mu.Unlock()
	return err
}

// end kills a program and all that it started, and joins what watches it.
func (g *programs) end(p *program) {
	g.mu.Lock()
	p.ending = true
	g.room.Broadcast()
	g.mu.Unlock()
	p.runner.Kill(p.cmd)
	for _, pipe := range p.pipes { // something that has left its group may hold them
		pipe.Close()
	}
	<-p.joined
}

// endAll ends the programs that still run.
func (g *programs) endAll() {
	g.mu.Lock()
	var list []*program
	for p := range g.running {
		list = append(list, p)
	}
	g.mu.Unlock()
	for _, p := range list {
		g.end(p)
	}
}
