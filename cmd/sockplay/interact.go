package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"sockplay/cmd/sockplay/playground"
	"sockplay/cmd/sockplay/repl"
	"sockplay/lessons"
	"sockplay/lessons/progress"
	"sockplay/sandbox"
	"sockplay/sandbox/command"
)

// interact is the prompt, until the learner leaves.
func interact(ctx context.Context, o *options) error {
	return interactWith(ctx, o, func(*playground.Config) {})
}

// interactWith is interact that begins with what is set, a scene or a lesson.
func interactWith(ctx context.Context, o *options, set func(*playground.Config)) error {
	stack, err := openStack(o)
	if err != nil {
		return err
	}
	look := o.look()
	// A signal is the prompt's to deal with: it gives the terminal back first.
	ctx = context.WithoutCancel(ctx)
	o.ownSignals()
	c := playground.Config{
		Stack: stack, Renew: renew(o), Again: again(o, stack),
		User: func() (sandbox.Stack, error) { return openUser(o) }, Seed: o.seed, Compare: comparison(o),
		Screen: look.Options, Settings: look.file, Trouble: look.trouble, State: stateFolder(),
		Lessons: func() string { return lessonList(o, locale("")) },
		Report: func() string {
			return progress.Text(readProgress(o), outline(lessons.Own()), time.Now(), columns(o))
		},
		Open: func(name string) (playground.Lesson, error) {
			l, err := openLesson(name, locale(""))
			if err != nil {
				err = &command.Error{Wrong: err.Error(), Right: "lesson alone lists those that there are"}
			}
			return l, err
		},
	}
	set(&c)
	err = playground.Run(ctx, c)
	var s repl.SignalError
	switch {
	case errors.As(err, &s):
		return &exit{status: s.ExitCode()}
	case err != nil:
		return &exit{failed, "sockplay: the prompt ended: " + err.Error() + "\n  try: sockplay run SCRIPT, or commands on standard input"}
	}
	return nil
}

// stateFolder is where the XDG base directories put what lasts from one start to
// the next; "" if there is no such place.
func stateFolder() string {
	dir := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) { // what is not is to be ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "sockplay")
}
