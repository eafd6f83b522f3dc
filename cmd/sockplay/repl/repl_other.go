//go:build !unix

package repl

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"
)

// deadlySignals end a prompt: the window was closed.
var deadlySignals = []os.Signal{syscall.SIGTERM}

// Repl is a prompt on standard input and output. The console edits the line and
// remembers the last ones, so Config.Complete and Config.History are not used.
type Repl struct{ lines lines }

// Abandoned readies the terminal for others after a program was killed at its
// prompt: here there is nothing to do.
func Abandoned() {}

// Available says whether there is a terminal to prompt on.
func Available() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
}

// New prepares a prompt.
func New(c Config) (*Repl, error) {
	if !Available() && !c.Piped {
		return nil, errors.New("standard input and output are no terminal")
	}
	return &Repl{lines{config: c}}, nil
}

// Out is where everything goes that is to be seen while Run runs. It may be
// written to by any goroutine at any time, also before and after.
func (r *Repl) Out() io.Writer { return &r.lines }

// Waiting says whether more has been typed already than the line that is being
// executed: here that cannot be told.
func (r *Repl) Waiting() bool { return false }

// Edits reports whether lines are edited here, with completion: the console
// does it.
func (r *Repl) Edits() bool { return false }

// Recover is to be deferred by every goroutine that might panic while Run runs.
// Here the terminal's mode was never changed, and the panic just goes on.
func (r *Repl) Recover() {}

// Run prompts until Execute says that it was the last line, the end of the file,
// the end of ctx, whose cause it returns, or a signal, which it returns as a
// SignalError. It can be run once.
func (r *Repl) Run(ctx context.Context) error { return r.lines.run(ctx) }
