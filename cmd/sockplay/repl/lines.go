package repl

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// grace is how far apart the two halves of a Ctrl-C may come on Windows: the
// console ends the read as if at the end of the file, and there is a signal.
const grace = 200 * time.Millisecond

// lines is a prompt where the terminal itself edits the line: a console without
// Unix's terminals, a terminal that knows no escape sequences, or one whose
// reader is a voice. There is no completion, and what arrives meanwhile is
// printed where the cursor is. Since only the terminal knows what is in the
// line, a Ctrl-C calls Config.Interrupt also when there is something.
type lines struct {
	config Config
	mu     sync.Mutex
	prompt string // that stands there, and awaits a line; "": none does
}

// Write prints p.
func (r *lines) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.prompt == "" || len(p) == 0 {
		return os.Stdout.Write(p)
	}
	// What has been typed is the terminal's; whose turn it is must be said again.
	_, err := os.Stdout.WriteString("\n" + string(p) + r.prompt)
	return len(p), err
}

// ask writes the prompt, which stands until the line is there.
func (r *lines) ask(prompt string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, _ = os.Stdout.WriteString(prompt)
	r.prompt = prompt
}

// answered says that the prompt stands no more.
func (r *lines) answered() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.prompt = ""
}

// entered is what a read brought.
type entered struct {
	line string
	err  error
}

// run prompts until Execute says that it was the last line, the end of the file,
// the end of ctx, whose cause it returns, or a signal, which it returns as a
// SignalError. A terminal can't be told to stop reading: if ctx or a signal ends
// it, the read goes on until there is a line.
func (r *lines) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	interrupts, deadly := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	signal.Notify(deadly, deadlySignals...)
	var helper sync.WaitGroup
	defer func() {
		// The terminal sends a Ctrl-C to all processes there, and one that passes
		// it on may be late: it must not end what is ending already.
		signal.Ignore(os.Interrupt)
		signal.Stop(interrupts)
		signal.Stop(deadly)
		cancel(nil)
		helper.Wait()
	}()
	helper.Go(func() {
		select {
		case s := <-deadly:
			signal.Stop(deadly) // a second one kills
			cancel(SignalError{s.(syscall.Signal)})
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

func (r *lines) loop(ctx context.Context, interrupts chan os.Signal, ask chan<- struct{}, lines <-chan entered) error {
	reading := false
	defer func() {
		if reading { // the end stands in a row of its own
			_, _ = io.WriteString(r, "\n")
		}
	}()
	var interrupted time.Time
	for ctx.Err() == nil {
		r.ask(r.config.Prompt())
		if !reading {
			ask <- struct{}{}
			reading = true
		}
		select {
		case <-ctx.Done():
			r.answered()
		case <-interrupts:
			r.answered()
			interrupted = time.Now()
			r.interrupt()
		case e := <-lines:
			r.answered()
			switch {
			case e.err == nil || e.line != "":
				reading = false
				if r.config.Piped && !Available() {
					_, _ = io.WriteString(os.Stdout, e.line+"\n")
				}
				if r.execute(ctx, e.line, interrupts) {
					return context.Cause(ctx)
				}
			case r.config.Piped && !Available():
				return context.Cause(ctx)
			case runtime.GOOS != "windows" && !Available():
				return SignalError{syscall.SIGHUP} // which may come later, or not at all
			case runtime.GOOS != "windows":
				return context.Cause(ctx)
			case time.Since(interrupted) < grace: // it was told already
				reading = false
			default:
				select {
				case <-interrupts:
					reading = false
					r.interrupt()
				case <-time.After(grace):
					return context.Cause(ctx)
				}
			}
		}
	}
	return context.Cause(ctx)
}

func (r *lines) interrupt() {
	_, _ = io.WriteString(r, "\n")
	if r.config.Interrupt != nil {
		r.config.Interrupt()
	}
}

func (r *lines) execute(ctx context.Context, line string, interrupts <-chan os.Signal) (quit bool) {
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
