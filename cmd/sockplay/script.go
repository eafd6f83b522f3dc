package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sockplay/sandbox/command"
	"sockplay/tracer"
)

func newRun(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "run SCRIPT|-",
		Short: "run a script",
		Long: `Run a script: the lines that a learner would type, one command each. A line
that cannot be understood, or an expectation that does not hold, ends it with
status 1. - is standard input.`,
		Example: "  sockplay run hello.sock\n  sockplay run --format json - < hello.sock",
		Args:    oneFile("script"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runScript(cmd.Context(), o, args[0])
		},
	}
}

// runScript runs the script of that name; - is standard input.
func runScript(ctx context.Context, o *options, name string) error {
	script, shown := io.Reader(o.in), "stdin"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return &exit{failed, fmt.Sprintf("sockplay: the script %s cannot be read: %s\n  try: sockplay run SCRIPT, with the path of a file of commands", name, cause(err))}
		}
		defer f.Close()
		script, shown = f, name
	}
	stack, err := openStack(o)
	if err != nil {
		return err
	}
	defer stack.Close()
	log := &tracer.Log{}
	session := command.NewSession(stack, log)
	defer session.Sandbox.Close()
	scr, err := newScreen(o, o.out, log, time.Now().Add(-stack.Now()))
	if err != nil {
		return err
	}
	session.Sandbox.Idle = func(time.Duration) { scr.draw() }
	failure := lines(ctx, script, func(n int, line string) error {
		return scriptLine(ctx, session, scr, fmt.Sprintf("%s:%d", shown, n), line)
	})
	var unreadable *readError
	if errors.As(failure, &unreadable) {
		failure = &exit{failed, fmt.Sprintf("%s:%d: the line cannot be read: %s", shown, unreadable.line, cause(unreadable.err))}
	}
	for _, p := range session.Sandbox.Processes() {
		if call := p.Blocked(); call != "" && failure == nil {
			fmt.Fprintf(o.err, "%s: it ends while %s is still blocked in %s\n", shown, p.Name(), call)
		}
	}
	if err := scr.close(); err != nil && failure == nil {
		failure = outputError(err)
	}
	if errors.Is(failure, errQuit) {
		return nil
	}
	return failure
}

// outputError is the end of a program whose output cannot be written. One whose
// reader has gone, as in a pipe to head, ends as if by SIGPIPE: without a word.
func outputError(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return &exit{status: signalError{syscall.SIGPIPE}.status()}
	}
	return &exit{failed, "sockplay: the output could not be written: " + cause(err)}
}

// errQuit ends a script early, at exit.
var errQuit = errors.New("exit")

// scriptLine runs one line of a script. where is its FILE:LINE.
func scriptLine(ctx context.Context, session *command.Session, scr *screen, where, line string) error {
	line = strings.TrimPrefix(line, "\ufeff") // an editor's byte order mark
	if strings.TrimSpace(line) == "" {
		return nil
	}
	scr.echo(session.Current().Name(), line)
	answer, err := session.Do(ctx, line)
	scr.draw()
	scr.show(answer)
	switch {
	case ctx.Err() != nil:
		status := 128
		var s signalError
		if errors.As(context.Cause(ctx), &s) {
			status = s.status()
		}
		return &exit{status, where + ": " + context.Cause(ctx).Error()}
	case scr.err != nil:
		return outputError(scr.err)
	case err != nil:
		return &exit{failed, where + ": " + err.Error()}
	case session.Sandbox.Err() != nil:
		return &exit{failed, where + ": the stack failed: " + session.Sandbox.Err().Error()}
	case answer.Quit:
		return errQuit
	}
	return nil
}

// maxScriptLine is longer than any line that the language takes, so that it is
// the language that refuses one.
const maxScriptLine = 4 << 20

// lines calls f with each line and its number, from 1.
func lines(ctx context.Context, r io.Reader, f func(n int, line string) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), maxScriptLine)
	n := 0
	for ctx.Err() == nil && sc.Scan() {
		n++
		if err := f(n, string(bytes.TrimSuffix(sc.Bytes(), []byte("\r")))); err != nil {
			return err
		}
	}
	if err := sc.Err(); err != nil {
		return &readError{n + 1, err}
	}
	return nil
}

// readError is a line of a script that cannot be read.
type readError struct {
	line int
	err  error
}

func (e *readError) Error() string { return e.err.Error() }
