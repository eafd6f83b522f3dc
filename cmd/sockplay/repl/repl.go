// Package repl is the interactive prompt: it reads lines from a terminal, with
// editing, history and completion, and prints what arrives meanwhile above the
// line that is being typed.
//
// go-prompt edits the line; everything that touches the terminal is ours. The
// rules:
//
//   - One owner. While Run runs, every byte for the terminal goes through
//     screen, under its lock and in one write, and every byte from it through
//     input. Whoever has something to say writes it to Out.
//   - One mode. The terminal is raw from the start of Run to its end, also while
//     a command executes: Ctrl-C is a byte, a SIGINT always comes from outside,
//     and a paste that arrives during a command waits for the next prompt.
//     Output processing stays on, so that "\n" goes on meaning a new line.
//   - One way out. Ctrl-D, a signal, a cancelled context, an error and a panic
//     all pass through restore, which may be called at any time, from any
//     goroutine, any number of times. No goroutine and no signal handler
//     outlives Run.
//   - One key at a time. go-prompt reads ahead and drops what it has read when a
//     line ends. It is therefore given the next key when it has drawn the last.
//   - One geometry. go-prompt is told that the terminal is enormous, so that it
//     never wraps, clips or wipes anything; frame lays the line out on the
//     terminal as it is now. A resize is only another drawing of the same frame.
//
// Where there are no Unix terminals, and on one that can do nothing, a plain line
// reader takes its place: there the terminal edits the line.
package repl

import (
	"context"
	"syscall"
)

// Config says what stands behind the prompt. Only Prompt and Execute are needed.
type Config struct {
	// Prompt returns the prefix for the next line, without escapes.
	Prompt func() string

	// Execute runs an entered line, an empty one too, and says whether that was
	// the last. It is called for one line at a time, by the goroutine that called
	// Run; what it has to say it writes to Out. Its context ends with Ctrl-C, and
	// with whatever ends Run.
	Execute func(ctx context.Context, line string) (quit bool)

	// Interrupt is called for a Ctrl-C on an empty line, by the goroutine that
	// called Run.
	Interrupt func()

	// Complete returns what the last word of line, up to a space, may become. It
	// is asked about an empty line when Tab is pressed on it.
	Complete func(line string) []Suggestion

	// Answering says whether the line that was just entered answers a question,
	// and is not worth remembering. It is called before Execute; may be nil.
	Answering func() bool

	// Plain leaves the editing of lines to the terminal, as is done in any case
	// where it can't be done otherwise: without completion and without a redraw,
	// for a screen reader.
	Plain bool

	// Piped has lines read from what is no terminal, too: they are shown behind
	// their prompts, as they would stand there if they had been typed.
	Piped bool

	// History names the file that keeps the lines from one start to the next. It
	// is a convenience: one that can't be read or written is silently done
	// without.
	History string

	// Style returns the escape sequence that begins the prefix's colour, "" for
	// none; may be nil.
	Style func() string

	// ASCII draws the menu without any other characters.
	ASCII bool
}

// Suggestion is one way to complete a word.
type Suggestion struct {
	Text        string // the whole word
	Description string
}

// SignalError is what Run returns when a signal ended it.
type SignalError struct{ Signal syscall.Signal }

func (e SignalError) Error() string { return e.Signal.String() }

// ExitCode is the status with which a shell reports a death by this signal.
func (e SignalError) ExitCode() int { return 128 + int(e.Signal) }
