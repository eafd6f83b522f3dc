//go:build !unix

package repl

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"
)

// grace is how far apart the two halves of a Ctrl-C may come: the console ends
// the read as if at the end of the file, and there is a signal.
const grace = 200 * time.Millisecond

// Repl is a prompt on standard input and output. The console edits the line and
// remembers the last ones, so Config.Complete and Config.History are not used;
// and since only the console knows what is in the line, a Ctrl-C calls
// Config.Interrupt also when there is something.
type Repl struct {
	config Config
	mu     sync.Mutex
}

// Available says whether there is a terminal to prompt on.
func Available() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
}

// New prepares a prompt.
func New(c Config) (*Repl, error) {
	if !Available() {
		return nil, errors.New("standard input and output are no terminal")
	}
	return &Repl{config: c}, nil
}

// Out is where everything goes that is to be seen while Run runs. It may be
// written to by any goroutine at any time, also before and after.
func (r *Repl) Out() io.Writer { return r }

// Write is Out's.
func (r *Repl) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return os.Stdout.Write(p)
}

// Recover is to be deferred by every goroutine that might panic while Run runs.
// Here the terminal's mode was never changed, and the panic just goes on.
func (r *Repl) Recover() {}

// entered is what a read brought.
type entered struct {
	line string
	err  error
}

// Run prompts until Execute says that it was the last line, the end of the file,
// the end of ctx, whose cause it returns, or a signal, which it returns as a
// SignalError. A console can't be told to stop reading: if ctx or a signal ends
// Run, the read goes on until there is a line.
func (r *Repl) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	interrupts, deadly := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	signal.Notify(deadly, syscall.SIGTERM) // the window was closed
	var helper sync.WaitGroup
	defer func() {
		signal.Stop(interrupts)
		signal.Stop(deadly)
		cancel(nil)
		helper.Wait()
	}()
	helper.Go(func() {
		select {
		case <-deadly:
			signal.Stop(deadly) // a second one kills
			cancel(SignalError{syscall.SIGTERM})
		case <-ctx.Done():
		}
	})

	ask, lines := make(chan struct{}, 1), make(chan entered, 1)
	defer close(ask)
	go func() {
		in := bufio.NewReader(os.Stdin)
		for range ask {
			line, err := in.ReadString('\n')
			lines <- entered{strings.TrimRight(line, "\r\n"), err}
		}
	}()
	return r.loop(ctx, interrupts, ask, lines)
}

func (r *Repl) loop(ctx context.Context, interrupts chan os.Signal, ask chan<- struct{}, lines <-chan entered) error {
	reading := false
	var interrupted time.Time
	for ctx.Err() == nil {
		_, _ = io.WriteString(r, r.config.Prompt())
		if !reading {
			ask <- struct{}{}
			reading = true
		}
		select {
		case <-ctx.Done():
		case <-interrupts:
			interrupted = time.Now()
			r.interrupt()
		case e := <-lines:
			reading = false
			switch {
			case e.err == nil || e.line != "":
				if r.execute(ctx, e.line, interrupts) {
					return context.Cause(ctx)
				}
			case time.Since(interrupted) < grace: // it was told already
			default:
				select {
				case <-interrupts:
					r.interrupt()
				case <-time.After(grace):
					return context.Cause(ctx)
				}
			}
		}
	}
	return context.Cause(ctx)
}

func (r *Repl) interrupt() {
	_, _ = io.WriteString(r, "\n")
	if r.config.Interrupt != nil {
		r.config.Interrupt()
	}
}

func (r *Repl) execute(ctx context.Context, line string, interrupts <-chan os.Signal) (quit bool) {
	ctx, cancel := context.WithCancel(ctx)
	var helper sync.WaitGroup
	defer helper.Wait()
	defer cancel()
	helper.Go(func() {
		select {
		case <-interrupts:
			cancel()
		case <-ctx.Done():
		}
	})
	return r.config.Execute(ctx, line)
}
