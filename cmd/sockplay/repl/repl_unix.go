//go:build unix

package repl

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"

	"github.com/c-bata/go-prompt"
	"github.com/mattn/go-runewidth"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

const (
	menuRows = 6

	// longestCompleted is how long a line may be to be completed.
	longestCompleted = 4096

	// unasked is no line: nothing has been completed yet.
	unasked = "\x00"
)

// Repl is a prompt on standard input and output.
type Repl struct {
	config  Config
	tty     tty
	screen  *screen
	input   *input
	history *history
	prompt  *prompt.Prompt
	canvas  *canvas
	lines   *lines // instead of all these, where lines cannot be edited

	// The suggestions last asked for. While one of them is selected go-prompt
	// asks again, and must not be given fewer.
	completed   string
	suggestions []prompt.Suggest
}

// deadlySignals end a prompt.
var deadlySignals = []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// Available says whether there is a terminal to prompt on.
func Available() bool { return term.IsTerminal(0) && term.IsTerminal(1) }

// editable says whether lines can be edited on the terminal.
func editable() bool {
	if t := os.Getenv("TERM"); t == "" || t == "dumb" {
		return false
	}
	f, err := os.OpenFile("/dev/tty", os.O_RDONLY, 0) // go-prompt can't do without
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// New prepares a prompt. It leaves the terminal alone until Run.
func New(c Config) (*Repl, error) {
	if !Available() && !c.Piped {
		return nil, errors.New("standard input and output are no terminal")
	}
	if c.Plain || !Available() || !editable() {
		return &Repl{lines: &lines{config: c}}, nil
	}
	g := unicodeGlyphs
	if c.ASCII {
		g = asciiGlyphs
	}
	// Whatever the locale, lines and dots are one column wide on terminals, and
	// go-prompt is to count as we do.
	runewidth.DefaultCondition.EastAsianWidth = false
	r := &Repl{
		config:  c,
		screen:  newScreen(os.Stdout, ttySize, g),
		input:   newInput(),
		history: openHistory(c.History),
	}
	r.canvas = &canvas{screen: r.screen, input: r.input, total: func() int { return len(r.suggestions) }}

	// prompt.New opens /dev/tty for a parser that it then doesn't use, and leaves
	// it open, for the programs too that we may start.
	before := openTTYs()
	r.prompt = prompt.New(nil, r.complete,
		prompt.OptionParser(r.input),
		prompt.OptionWriter(r.canvas),
		prompt.OptionMaxSuggestion(menuRows),
		prompt.OptionScrollbarThumbColor(thumbColor),
		prompt.OptionSetExitCheckerOnInput(func(string, bool) bool {
			end := r.input.ending()
			return end == ctrlC || end == leave
		}),
	)
	for fd := range openTTYs() {
		if !before[fd] {
			_ = unix.Close(fd)
		}
	}
	return r, nil
}

// Out is where everything goes that is to be seen while Run runs. It may be
// written to by any goroutine at any time, also before and after.
func (r *Repl) Out() io.Writer {
	if r.lines != nil {
		return r.lines
	}
	return r.screen
}

// Waiting says whether more has been typed already than the line that is being
// executed, as in a paste.
func (r *Repl) Waiting() bool {
	if r.lines != nil {
		return readable(0) // which hands over whole lines
	}
	return r.input.waiting()
}

// Edits reports whether lines are edited here, with completion, and not by the
// terminal.
func (r *Repl) Edits() bool { return r.lines == nil }

// Recover is to be deferred by every goroutine that might panic while Run runs:
// it gives the terminal back before the panic goes on. It also does so for a
// panic in Config's functions, which needs no Recover.
func (r *Repl) Recover() {
	if v := recover(); v != nil {
		if r.lines == nil {
			r.restore()
		}
		panic(v)
	}
}

// restore gives the terminal back.
func (r *Repl) restore() {
	r.tty.restore() // first, for the screen may be busy, or stuck
	r.screen.close()
}

// Run prompts until Execute says that it was the last line, Ctrl-D, the end of
// ctx, whose cause it returns, or a signal, which it returns as a SignalError.
// The terminal is as it was when it returns. It can be run once.
func (r *Repl) Run(ctx context.Context) error {
	if r.lines != nil {
		return r.lines.run(ctx)
	}
	stopped, stop, err := os.Pipe()
	if err != nil {
		return err
	}
	defer stopped.Close()
	defer stop.Close()
	if stopped.Fd() >= unix.FD_SETSIZE {
		return os.NewSyscallError("select", syscall.EMFILE)
	}

	ctx, cancel := context.WithCancelCause(ctx)
	deadly, other := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(deadly, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	signal.Notify(other, syscall.SIGWINCH, syscall.SIGCONT)

	var helpers sync.WaitGroup
	defer func() { // after a panic too
		r.restore()
		signal.Stop(deadly)
		signal.Stop(other)
		cancel(nil)
		_ = stop.Close()
		r.input.close()
		helpers.Wait()
	}()

	if err := r.tty.raw(); err != nil {
		return err
	}
	r.screen.start()
	helpers.Go(func() {
		defer r.Recover()
		r.screen.run(ctx.Done())
	})
	helpers.Go(func() {
		defer r.Recover()
		if !r.input.pump(0, stopped) {
			cancel(SignalError{syscall.SIGHUP}) // which may come later, or not at all
		}
	})
	helpers.Go(func() {
		defer r.Recover()
		r.watch(ctx, cancel, deadly, other)
	})
	return r.loop(ctx)
}

// watch deals with signals and the end of ctx.
func (r *Repl) watch(ctx context.Context, cancel context.CancelCauseFunc, deadly, other chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			r.input.leave()
			return
		case s := <-deadly:
			// A second one kills: a command may not heed its context.
			signal.Stop(deadly)
			r.restore()
			cancel(SignalError{s.(syscall.Signal)})
		case s := <-other:
			if s == syscall.SIGCONT {
				_ = r.tty.raw()
				r.screen.resume()
			} else {
				r.screen.redraw()
			}
		}
	}
}

func (r *Repl) loop(ctx context.Context) error {
	for ctx.Err() == nil {
		line, end := r.read(r.config.Prompt())
		switch {
		case end == ctrlD:
			return context.Cause(ctx)
		case end == ctrlC && line == "" && r.config.Interrupt != nil:
			r.config.Interrupt()
		case end == enter:
			if r.config.Answering == nil || !r.config.Answering() {
				r.history.add(line)
			}
			if r.execute(ctx, line) {
				return context.Cause(ctx)
			}
		}
	}
	return context.Cause(ctx)
}

// read reads a line, and says which key ended it.
func (r *Repl) read(prefix string) (line, end string) {
	if line, ok := r.input.line(); ok {
		r.screen.enter(prefix, line, "")
		return line, enter
	}
	if r.config.Style != nil {
		r.screen.restyle(r.config.Style())
	}
	// An option changes a prompt that exists as well.
	_ = prompt.OptionPrefix(prefix)(r.prompt)
	_ = prompt.OptionHistory(slices.Clip(r.history.lines))(r.prompt)
	r.completed, r.suggestions = unasked, nil

	line = r.prompt.Input()
	end = r.input.ending()
	if end == ctrlC {
		line = r.canvas.entered
	}
	return line, end
}

func (r *Repl) execute(ctx context.Context, line string) (quit bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.input.executing(func() {
		_, _ = io.WriteString(r.screen, "^C\n")
		cancel()
	})
	defer r.input.executing(nil)
	return r.config.Execute(ctx, line)
}

// complete is go-prompt's completer, which it also calls for an empty line after
// every key, to forget what it knew.
func (r *Repl) complete(d prompt.Document) []prompt.Suggest {
	if r.config.Complete == nil || len(d.Text) > longestCompleted {
		return nil
	}
	line := d.TextBeforeCursor()
	if d.Text == "" && !r.asksForAll() {
		return nil
	}
	if line != r.completed {
		r.completed, r.suggestions = line, nil
		for _, s := range r.config.Complete(line) {
			r.suggestions = append(r.suggestions, prompt.Suggest(s))
		}
	}
	return r.suggestions
}

// asksForAll reports whether the last key asks what an empty line may become, or
// moves about in the answer. go-prompt shows an empty line also to have a menu
// forgotten, whatever is being typed.
func (r *Repl) asksForAll() bool {
	switch key := r.input.ending(); key {
	case "\t", "\x1b[Z", "\x1b[A", "\x1b[B", "\x1bOA", "\x1bOB":
		return r.completed == "" || key == "\t" && r.canvas.frame.line == ""
	}
	return false
}
