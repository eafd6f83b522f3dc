// Package playground is sockplay at the prompt: a session that a learner types
// to, that forgives, asks, remembers, and tells what may come next.
package playground

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sockplay/cmd/sockplay/player"
	"sockplay/cmd/sockplay/repl"
	"sockplay/cmd/sockplay/screen"
	"sockplay/cmd/sockplay/settings"
	"sockplay/lessons/scenes"
	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// Config is what a playground needs.
type Config struct {
	Stack sandbox.Stack // the first sandbox's; the playground closes it
	// Renew closes a sandbox's stack, and gives one for a fresh sandbox.
	Renew func(old sandbox.Stack) (sandbox.Stack, error)
	// Again makes another stack as the first was; nil where that cannot be. See
	// command.Session.
	Again func() (sandbox.Stack, error)
	// User makes a user stack, for a scene that the first stack cannot play.
	User func() (sandbox.Stack, error)
	Seed int64

	Scene  *scenes.Scene // to begin with; nil for none
	Lesson *Lesson       // to begin with; nil for none
	// Lessons lists the lessons, Report says what was done of them, Open gives one
	// to be taken.
	Lessons func() string
	Report  func() string
	Open    func(name string) (Lesson, error)
	// Compare compares TCP and UDP, in sandboxes of its own.
	Compare func(context.Context, screen.Options) (string, error)

	Screen   screen.Options
	Settings string // the file that keeps the styles; "" for none
	State    string // the folder for what lasts: history, sessions; "" for none
	Trouble  string // what was wrong with the settings' file; "" for nothing
}

// playground is a session at the prompt. Its lock is for what the prompt's
// goroutine and the one that watches the stack both touch.
type playground struct {
	Config
	mu      sync.Mutex
	player  *player.Player
	session *command.Session
	screen  *screen.Screen
	journal *journal
	lost    *lost       // the session that it is asked whether to restore
	waiting func() bool // whether more has been typed already
	dialog  *dialog     // what the next line answers; nil for a command
	told    bool        // the command has said that it waits
	began   time.Time   // when the command began
	next    string      // the next timer, as last told
	hinted  bool        // it was told what to do about it
	edits   bool        // the prompt edits lines, and knows Tab
	lesson  *taken      // the lesson that is being taken; nil for none
	rearm   func()      // makes watch look again for how long it may wait
}

// Run prompts until the learner leaves. Of a signal it returns a
// repl.SignalError.
func Run(ctx context.Context, c Config) error {
	g := &playground{Config: c, rearm: func() {}}
	log := &tracer.Log{}
	prompt, err := repl.New(repl.Config{
		Prompt:    g.prefix,
		Execute:   g.execute,
		Interrupt: g.interrupt,
		Complete:  g.complete,
		Answering: g.answering,
		History:   c.file("history"),
		Style:     g.style,
		ASCII:     !c.Screen.UTF8 || c.Screen.Styles.ASCII,
		Plain:     c.Screen.Styles.Plain,
		Piped:     c.Lesson != nil,
	})
	if err != nil {
		c.Stack.Close()
		return fmt.Errorf("the prompt could not be started: %w", err)
	}
	g.waiting, g.edits = prompt.Waiting, prompt.Edits()
	g.Config.Screen.Out = prompt.Out()
	if g.screen, err = screen.New(g.Config.Screen, log, c.Stack.Began()); err != nil {
		c.Stack.Close()
		return err
	}
	g.session = command.NewSession(c.Stack, log)
	g.session.Sandbox.Seed(c.Seed)
	g.session.Sandbox.Idle = g.idle
	g.session.Journal = func(line string) { g.journal.add(line) }
	g.session.Again = c.Again
	g.session.Rewritten = func(lines []string) { g.journal.rewrite(lines) }
	g.player = &player.Player{Session: g.session, Screen: g.screen, Seed: c.Seed, Renew: c.Renew, Keep: g.remember}
	g.player.Follow()
	g.player.Renewed = func(lines []string) {
		g.journal.restart()
		g.next = ""
		if g.lesson == nil {
			g.keep(lines)
		}
	}
	defer func() { // of the sandbox that there is then
		g.session.Sandbox.Close()
		g.session.Sandbox.Stack().Close()
	}()
	if c.Lesson != nil {
		g.journal = &journal{} // what a lesson leaves is its progress
		g.take(ctx, *c.Lesson)
	} else {
		g.journal = openJournal(c.State)
	}
	switch {
	case c.Lesson != nil:
	case c.Scene != nil:
		g.begin(c.Scene)
	default:
		g.greet()
		g.offer()
	}

	watching, stop := context.WithCancel(ctx)
	joined := make(chan struct{})
	go func() {
		defer prompt.Recover()
		defer close(joined)
		g.watch(watching)
	}()
	err = prompt.Run(ctx)
	stop()
	<-joined
	g.journal.close(err == nil)
	g.lost.leave()
	if closeErr := g.screen.Close(); err == nil {
		err = closeErr
	}
	return err
}

// file is a file in the folder for what lasts; "" if there is none.
func (c *Config) file(name string) string {
	if c.State == "" {
		return ""
	}
	return filepath.Join(c.State, name)
}

// prefix is the prompt for the next line. It tells of a process that waits, and
// of packets that do.
func (g *playground) prefix() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dialog != nil {
		return g.dialog.prompt
	}
	return g.lesson.prefix() + g.session.Prompt(g.screen.Width()-answerWidth-len(g.lesson.prefix()))
}

// style is how the prompt is coloured, in the theme of all else.
func (g *playground) style() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	style, _, _ := strings.Cut(g.screen.Pen().Write(ink.Calm, "x"), "x")
	return style
}

// idle shows what has happened so far in a command that lets time pass, and
// says once how to stop it.
func (g *playground) idle(limit time.Duration) {
	g.screen.Glance()
	long := limit < 0 || limit > time.Second
	if g.session.Sandbox.Stack().Virtual() { // then it takes an instant, mostly
		long = time.Since(g.began) > time.Second
	}
	if !g.told && long {
		g.screen.Print("  … time passes; Ctrl-C stops it\n")
		g.told = true
	}
}

// execute runs one line: a command, or the answer to a question.
func (g *playground) execute(ctx context.Context, line string) (quit bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	defer func() { g.rearm() }()
	g.told, g.began = false, time.Now()
	g.screen.Draw() // what has come by itself is none of this command's
	done := len(g.session.Lines())
	if d := g.dialog; d != nil {
		g.dialog = nil
		quit = d.answer(ctx, line)
	} else {
		quit = g.command(ctx, line)
	}
	switch lines := g.session.Lines(); {
	case isLessonWord(strings.TrimSpace(line)):
		line = ""
	case len(lines) > done: // as it was understood
		line = lines[len(lines)-1]
	}
	g.look(line)
	return quit
}

// command runs a line as it was typed: it may be short of letters, and of
// arguments.
func (g *playground) command(ctx context.Context, typed string) (quit bool) {
	if start, ok := strings.CutSuffix(typed, "\t"); ok { // the terminal edits the line, and knows no Tab
		g.tell(g.session.Complete(start))
		return false
	}
	if g.taught(ctx, typed) {
		return false
	}
	line, err := g.session.Expand(typed)
	if err != nil {
		g.screen.Complain(err)
		return false
	}
	return g.finish(ctx, typed, line)
}

// tell lists what a line may become, where no menu can.
func (g *playground) tell(list []command.Suggestion) {
	if len(list) == 0 {
		g.screen.Say(ink.Calm, "  ", "nothing is known that may come there; help lists the commands")
	}
	for _, c := range list {
		g.screen.Say(ink.Plain, "  ", strings.TrimSuffix(c.Text+": "+c.Meaning, ": "))
	}
}

// line runs a line that is complete.
func (g *playground) line(ctx context.Context, line string) (quit bool) {
	done := len(g.session.Lines())
	do, err := g.player.Line(ctx, line)
	if err != nil && !player.IsExpectation(err) { // the ladder has told of an expectation
		g.screen.Complain(err)
		g.wantsCommands(err)
	}
	if g.screen.Styles().Explain == "more" && len(g.session.Lines()) > done && err == nil {
		g.screen.Show(g.session.Explain(), g.session)
	}
	switch do := do.(type) {
	case command.Quit:
		return true
	case command.Tour:
		g.tour(ctx)
		return false
	case command.Lesson:
		g.teach(ctx, do.Name)
		return false
	case command.Demo:
		g.demo(ctx, do.Name)
		return false
	}
	g.due()
	return false
}

// due says which timer is next, where time waits for the learner. What was said
// already is not said again while time stands still.
func (g *playground) due() {
	if !g.session.Sandbox.Stack().Virtual() {
		if g.session.Stalled() { // but that is what it waits for now
			g.screen.Say(ink.Calm, "  ", g.session.NextTimer())
		}
		return
	}
	next := g.session.NextTimer()
	if next != g.next && next != "" {
		hint := ""
		if !g.hinted {
			hint, g.hinted = "; advance goes there", true
		}
		g.screen.Say(ink.Calm, "  ", next+hint)
	}
	g.next = next
}

// remember keeps a setting for the next start, and says for how long it holds.
func (g *playground) remember(name, value string) string {
	if err := settings.Change(g.Settings, name, value); err != nil {
		return ", for this session only: " + err.Error()
	}
	return " from now on"
}

// interrupt ends a dialog, or the blocked call of the current process or, if it
// has none, of the first process that does. A peer waits all its life, and is
// left alone: kill ends it.
func (g *playground) interrupt() {
	g.mu.Lock()
	defer g.mu.Unlock()
	defer func() { g.rearm() }()
	if d := g.dialog; d != nil {
		g.dialog = nil
		d.leave()
		return
	}
	var blocked *sandbox.Process
	for _, p := range append([]*sandbox.Process{g.session.Current()}, g.session.Sandbox.Processes()...) {
		if blocked == nil && p.Blocked() != "" && !p.Driven() {
			blocked = p
		}
	}
	if blocked == nil || !g.session.Interrupt(context.Background(), blocked) {
		g.screen.Say(ink.Calm, "  ", "nothing is blocked; exit or Ctrl-D leaves")
	}
	g.screen.Draw()
}

const (
	// turn is how long watch takes things in before whoever types has a turn.
	turn = 5 * time.Millisecond

	// pause is how often what comes by itself is drawn, if it does not end.
	pause = 100 * time.Millisecond
)

// watch takes in what comes by itself, until ctx is done.
func (g *playground) watch(ctx context.Context) {
	var drawn time.Time
	for ctx.Err() == nil {
		wait, cancel := context.WithCancel(ctx)
		g.mu.Lock()
		b := g.session.Sandbox
		taking, done := context.WithTimeout(ctx, turn)
		b.Poll(taking)
		more, failed := taking.Err() != nil, b.Err() != nil
		done()
		if !more || failed || time.Since(drawn) > pause {
			g.screen.Draw()
			g.look("")
			drawn = time.Now()
		}
		limit := b.Patience()
		g.rearm = cancel
		g.mu.Unlock()
		switch {
		case failed:
			<-wait.Done() // for a reset, or the end
		case more:
		default:
			if err := b.Watch(wait, limit); err != nil {
				<-wait.Done()
			}
		}
		cancel()
	}
}

// complete offers what the line may become.
func (g *playground) complete(line string) []repl.Suggestion {
	g.mu.Lock()
	defer g.mu.Unlock()
	if d := g.dialog; d != nil && d.line != "" {
		line = d.line + " " + line
	}
	list := g.lesson.words(line)
	for _, c := range g.session.Complete(line) {
		list = append(list, repl.Suggestion{Text: c.Text, Description: c.Meaning})
	}
	return list
}

// answering reports whether the next line is an answer, not a command.
func (g *playground) answering() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dialog != nil
}
