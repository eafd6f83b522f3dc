package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"sockplay/tracer"
)

// Programs is a stack in which real programs can run.
type Programs interface {
	// Command prepares a program, whose sockets will be the stack's. When
	// this process dies, so does the program.
	Command(name string, args ...string) *exec.Cmd
}

// programs are the real programs inside the sandbox. Its zero value has none.
type programs struct {
	mu      sync.Mutex
	output  []tracer.Event // printed and not yet recorded
	wakers  map[int]func() // end the waits that are under way
	next    int
	running map[*program]bool
}

type program struct {
	name   string
	cmd    *exec.Cmd
	ended  bool
	status error
	joined chan struct{} // closed when its goroutines have ended
}

// maxChunk bounds what one event holds of a program's output.
const maxChunk = 32 << 10

// Run starts a program in the process and, unless it is to run in the
// background, lets time pass until it has ended. The error says how it failed.
func (s *Sandbox) Run(ctx context.Context, p *Process, argv []string, background bool) error {
	runner, ok := s.stack.(Programs)
	if !ok {
		return errors.New("only the kernel stack can run real programs: start sockplay with --stack kernel")
	}
	cmd := runner.Command(argv[0], argv[1:]...)
	if cmd.Err != nil {
		return fmt.Errorf("no program %q is installed here", argv[0])
	}
	name := filepath.Base(argv[0])
	started, err := s.programs.start(cmd, name, p.name)
	if err != nil {
		return fmt.Errorf("%s could not be started: %s", name, plain(err))
	}
	if background {
		s.Poll(ctx)
		return nil
	}
	over := func() bool { return started.ended }
	for !s.programs.locked(over) {
		s.Poll(ctx)
		if ctx.Err() != nil || s.failure != nil {
			cmd.Process.Kill()
			<-started.joined
			return fmt.Errorf("%s was interrupted", name)
		}
		s.idle(ctx, -1, over)
	}
	s.Poll(ctx)
	var exit *exec.ExitError
	if errors.As(started.status, &exit) {
		return fmt.Errorf("%s ended with %s", name, exit.ProcessState)
	}
	return started.status
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

func (g *programs) start(cmd *exec.Cmd, name, process string) (*program, error) {
	p := &program{name: name, cmd: cmd, joined: make(chan struct{})}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	g.mu.Lock()
	if g.running == nil {
		g.running = make(map[*program]bool)
	}
	g.running[p] = true
	g.mu.Unlock()
	var readers sync.WaitGroup
	for stream, r := range map[string]io.Reader{"stdout": stdout, "stderr": stderr} {
		readers.Go(func() { g.copy(process, stream, r) })
	}
	go func() { // joined by kill, or by Run
		defer close(p.joined)
		readers.Wait()
		err := cmd.Wait()
		g.mu.Lock()
		p.ended, p.status = true, err
		delete(g.running, p)
		g.wakeLocked()
		g.mu.Unlock()
	}()
	return p, nil
}

func (g *programs) copy(process, stream string, r io.Reader) {
	buf := make([]byte, maxChunk)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			g.mu.Lock()
			g.output = append(g.output, tracer.Event{
				Kind: tracer.KindOutput, Process: process, Stream: stream, Data: append([]byte(nil), buf[:n]...),
			})
			g.wakeLocked()
			g.mu.Unlock()
		}
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

// drain records what the programs have printed.
func (g *programs) drain(s *Sandbox) {
	g.mu.Lock()
	output := g.output
	g.output = nil
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

// kill ends the programs and joins what watches them.
func (g *programs) kill() {
	g.mu.Lock()
	var list []*program
	for p := range g.running {
		list = append(list, p)
	}
	g.mu.Unlock()
	for _, p := range list {
		p.cmd.Process.Kill()
	}
	for _, p := range list {
		<-p.joined
	}
}
