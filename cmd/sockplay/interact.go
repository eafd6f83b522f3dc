package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sockplay/cmd/sockplay/repl"
	"sockplay/sandbox/command"
	"sockplay/tracer"
	"sockplay/tracer/ink"
)

const greeting = `sockplay: sockets, one call at a time. Two processes, server and client, wait.
Type   socket tcp   then   bind 3 127.0.0.1:8080   listen 3   accept 3
and    client: socket tcp   client: connect 3 127.0.0.1:8080   (help lists all)
`

const virtually = `This is the user stack, seed %d: a packet takes %s, and time stands still
between commands. advance goes on to the next timer, wait to a call's return.
`

// playground is a session at the prompt. Its lock is for what the prompt's
// goroutine and the one that watches the stack both touch.
type playground struct {
	mu      sync.Mutex
	session *command.Session
	screen  *screen
	out     io.Writer
	told    bool      // the command has said that it waits
	began   time.Time // when the command began
	next    string    // the next timer, as last told
	hinted  bool      // it was told what to do about it
	rearm   func()    // makes watch look again for how long it may wait
}

// interact is the prompt, until the learner leaves.
func interact(ctx context.Context, o *options) error {
	stack, err := openStack(o)
	if err != nil {
		return err
	}
	defer stack.Close()
	log := &tracer.Log{}
	g := &playground{session: command.NewSession(stack, log)}
	defer g.session.Sandbox.Close()
	g.session.Sandbox.Seed(o.seed)
	prompt, err := repl.New(repl.Config{
		Prompt:    g.prefix,
		Execute:   g.execute,
		Interrupt: g.interrupt,
		Complete:  complete,
		History:   historyFile(),
		Color:     pen(o).Color,
	})
	if err != nil {
		return &exit{failed, "sockplay: the prompt could not be started: " + err.Error() + "\n  try: sockplay run SCRIPT, or commands on standard input"}
	}
	g.out = prompt.Out()
	g.screen, err = newScreen(o, g.out, log, stack.Began())
	if err != nil {
		return err
	}
	g.session.Sandbox.Idle = g.idle
	io.WriteString(g.out, greeting)
	if stack.Virtual() {
		fmt.Fprintf(g.out, virtually, o.seed, ink.Duration(stack.Latency()))
	}
	// A signal is the prompt's to deal with: it gives the terminal back first.
	ctx = context.WithoutCancel(ctx)
	o.ownSignals()
	watching, stop := context.WithCancel(ctx)
	joined := make(chan struct{})
	g.rearm = func() {}
	go func() {
		defer prompt.Recover()
		defer close(joined)
		g.watch(watching)
	}()
	err = prompt.Run(ctx)
	stop()
	<-joined
	if closeErr := g.screen.close(); err == nil {
		err = closeErr
	}
	var s repl.SignalError
	switch {
	case errors.As(err, &s):
		return &exit{status: s.ExitCode()}
	case err != nil:
		return &exit{failed, "sockplay: the prompt ended: " + err.Error()}
	}
	return nil
}

// historyFile is where the XDG base directories put it; "" if there is no
// such place.
func historyFile() string {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "sockplay", "history")
}

// prefix is the prompt for the next line. It tells of a process that waits.
func (g *playground) prefix() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.session.Current()
	if call := p.Blocked(); call != "" {
		return p.Name() + " [blocked in " + call + "]> "
	}
	return p.Name() + "> "
}

// idle shows what has happened so far in a command that lets time pass, and
// says once how to stop it.
func (g *playground) idle(limit time.Duration) {
	g.screen.draw()
	long := limit < 0 || limit > time.Second
	if g.session.Sandbox.Stack().Virtual() { // then it takes an instant, mostly
		long = time.Since(g.began) > time.Second
	}
	if !g.told && long {
		io.WriteString(g.out, "  … time passes; Ctrl-C stops it\n")
		g.told = true
	}
}

// execute runs one line.
func (g *playground) execute(ctx context.Context, line string) (quit bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.told, g.began = false, time.Now()
	answer, err := g.session.Do(ctx, line)
	g.screen.draw()
	g.screen.show(answer)
	g.explain(err)
	if !answer.Quit && answer.Show != command.ShowText {
		g.due()
	}
	if err := g.session.Sandbox.Err(); err != nil {
		fmt.Fprintf(g.out, "  ! the stack failed: %s\n    this sandbox is of no use any more: exit, and start again\n", err)
	}
	g.rearm()
	return answer.Quit
}

// due says which timer is next, where time waits for the learner. What was said
// already is not said again while time stands still.
func (g *playground) due() {
	if !g.session.Sandbox.Stack().Virtual() {
		return
	}
	next := g.session.NextTimer()
	if next != g.next && next != "" {
		hint := ""
		if !g.hinted {
			hint, g.hinted = "; advance goes there", true
		}
		for _, line := range ink.Wrap(next+hint, g.screen.width-2) {
			fmt.Fprintln(g.out, g.screen.pen.Write(ink.Calm, "  "+line))
		}
	}
	g.next = next
}

// explain tells what is wrong with a line, and what would be right.
func (g *playground) explain(err error) {
	var f *command.Failed
	if err == nil || errors.As(err, &f) { // the ladder has told of an expectation
		return
	}
	what, right := err.Error(), ""
	var e *command.Error
	if errors.As(err, &e) {
		what, right = e.Wrong, e.Right
	}
	for i, l := range ink.Wrap(what, g.screen.width-6) {
		mark := "  ! "
		if i > 0 {
			mark = "    "
		}
		fmt.Fprintln(g.out, g.screen.pen.Write(ink.Loss, mark+l))
	}
	for i, l := range ink.Wrap(right, g.screen.width-11) {
		mark := "    try: "
		if i > 0 {
			mark = "         "
		}
		fmt.Fprintln(g.out, mark+l)
	}
}

// interrupt ends the blocked call of the current process or, if it has none,
// of the first process that does.
func (g *playground) interrupt() {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.session.Current()
	for _, q := range g.session.Sandbox.Processes() {
		if p.Blocked() == "" {
			p = q
		}
	}
	if !p.Interrupt(context.Background()) {
		io.WriteString(g.out, "nothing is blocked; exit or Ctrl-D leaves\n")
	}
	g.screen.draw()
	g.rearm()
}

// watch takes in what comes by itself, until ctx is done.
func (g *playground) watch(ctx context.Context) {
	for ctx.Err() == nil {
		wait, cancel := context.WithCancel(ctx)
		g.mu.Lock()
		g.session.Sandbox.Poll(ctx)
		g.screen.draw()
		limit := g.session.Sandbox.Patience()
		g.rearm = cancel
		failed := g.session.Sandbox.Err() != nil
		g.mu.Unlock()
		if failed {
			cancel()
			return
		}
		if err := g.session.Sandbox.Watch(wait, limit); err != nil {
			cancel()
			return
		}
		cancel()
	}
}

// complete offers the commands that the line may become.
func complete(line string) []repl.Suggestion {
	word := strings.TrimLeft(line, " ")
	if i := strings.Index(word, ": "); i >= 0 {
		word = strings.TrimLeft(word[i+2:], " ")
	}
	if word == "" || strings.Contains(word, " ") {
		return nil
	}
	var list []repl.Suggestion
	for _, c := range command.Table {
		if strings.HasPrefix(c.Name, word) && c.Name != word {
			list = append(list, repl.Suggestion{Text: c.Name, Description: c.Summary})
		}
	}
	return list
}
