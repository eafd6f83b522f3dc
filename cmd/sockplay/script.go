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

	"sockplay/cmd/sockplay/player"
	"sockplay/cmd/sockplay/screen"
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
	p, leave, err := newPlayer(o)
	if err != nil {
		return err
	}
	defer leave()
	failure := lines(ctx, script, shown, func(where, line string) error {
		return scriptLine(ctx, p, where, line)
	})
	for _, q := range p.Session.Sandbox.Processes() {
		if call := q.Blocked(); call != "" && !q.Driven() && failure == nil {
			fmt.Fprintf(o.err, "%s: it ends while %s is still blocked in %s\n", shown, q.Name(), call)
		}
	}
	if err := p.Screen.Close(); err != nil && failure == nil {
		failure = outputError(err)
	}
	if errors.Is(failure, errQuit) {
		return nil
	}
	return failure
}

// newPlayer is a player without a prompt, in a fresh sandbox. leave ends the
// sandbox that there is then.
func newPlayer(o *options) (p *player.Player, leave func(), err error) {
	stack, err := openStack(o)
	if err != nil {
		return nil, nil, err
	}
	log := &tracer.Log{}
	scr, err := newScreen(o, log, stack.Began())
	if err != nil {
		stack.Close()
		return nil, nil, err
	}
	session := command.NewSession(stack, log)
	session.Sandbox.Seed(o.seed)
	session.Again = again(o, stack)
	session.Sandbox.Idle = func(time.Duration) { scr.Glance() }
	p = &player.Player{Session: session, Screen: scr, Seed: o.seed, Renew: renew(o)}
	p.Follow()
	return p, func() {
		session.Sandbox.Close()
		session.Sandbox.Stack().Close()
	}, nil
}

// outputError is the end of a program whose output cannot be written. One whose
// reader has gone, as in a pipe to head, ends as if by SIGPIPE: without a word.
func outputError(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return &exit{status: signalError{syscall.SIGPIPE}.status()}
	}
	return &exit{failed, "sockplay: the output could not be written: " + cause(err)}
}

// cause is what a file's error says beside its name.
func cause(err error) string {
	if p, ok := err.(*os.PathError); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// errQuit ends a script early, at exit.
var errQuit = errors.New("exit")

// scriptLine runs one line of a script. where is its FILE:LINE.
func scriptLine(ctx context.Context, p *player.Player, where, line string) error {
	line = strings.TrimPrefix(line, "\ufeff") // an editor's byte order mark
	if strings.TrimSpace(line) == "" {
		return nil
	}
	p.Screen.Echo(p.Session.Current().Name(), line)
	do, err := p.Line(ctx, line)
	switch {
	case ctx.Err() != nil:
		return interrupted(ctx, where)
	case p.Screen.Err() != nil:
		return outputError(p.Screen.Err())
	case err != nil:
		return &exit{failed, where + ": " + err.Error()}
	}
	switch do.(type) {
	case command.Quit:
		return errQuit
	case command.Demo:
		p.Screen.Print("a scene is for the prompt; sockplay demo plays one by itself\n")
	case command.Lesson:
		p.Screen.Print("a lesson is for the prompt: start sockplay without a script, or sockplay lesson\n")
	case command.Tour:
		p.Screen.Print("the tour is for the prompt: start sockplay without a script, and type tour\n")
	}
	return nil
}

// newScreen returns a screen that sees what is added to log.
func newScreen(o *options, log *tracer.Log, began time.Time) (*screen.Screen, error) {
	s, err := screen.New(o.look().Options, log, began)
	if err != nil {
		return nil, &exit{failed, "sockplay: " + err.Error() + "\n  try: another --pcap FILE"}
	}
	return s, nil
}

// maxScriptLine is longer than any line that the language takes, so that it is
// the language that refuses one.
const maxScriptLine = 4 << 20

// interrupted is the end by a signal.
func interrupted(ctx context.Context, where string) error {
	status := failed
	var s signalError
	if errors.As(context.Cause(ctx), &s) {
		status = s.status()
	}
	return &exit{status, where + ": " + context.Cause(ctx).Error()}
}

// lines calls f with each line of r and where it stands, as name:1.
func lines(ctx context.Context, r io.Reader, name string, f func(where, line string) error) error {
	next := make(chan string)
	over := make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// A read of standard input cannot be interrupted: at a signal this
	// goroutine is left to the program's end, which is at once.
	go func() {
		sc := bufio.NewScanner(r)
		sc.Buffer(make([]byte, 0, 64<<10), maxScriptLine)
		for sc.Scan() {
			select {
			case next <- string(bytes.TrimSuffix(sc.Bytes(), []byte("\r"))):
			case <-ctx.Done():
				return
			}
		}
		over <- sc.Err()
	}()
	for n := 1; ; n++ {
		where := fmt.Sprintf("%s:%d", name, n)
		select {
		case line := <-next:
			if err := f(where, line); err != nil {
				return err
			}
		case err := <-over:
			if err != nil {
				return &exit{failed, where + ": the line cannot be read: " + cause(err)}
			}
			return nil
		case <-ctx.Done():
			return interrupted(ctx, where)
		}
	}
}
