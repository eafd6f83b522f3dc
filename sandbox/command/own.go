package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"sockplay/sandbox"
)

// saved is how a file begins that save has written: one that may be replaced.
const saved = "# a sockplay session"

// IsSaved reports whether a script that begins with the line was written by
// save.
func IsSaved(line string) bool { return strings.HasPrefix(line, saved) }

func runSave(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	file := a.file()
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	lines := s.Lines()
	if len(lines) == 0 {
		return Answer{}, wrong("socket tcp makes a beginning", "save: nothing has been done yet")
	}
	old, err := os.ReadFile(file)
	switch {
	case err == nil && !bytes.HasPrefix(old, []byte(saved)):
		return Answer{}, wrong("another name", "save: %s is there already, and save has not written it", clip(file))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return Answer{}, fileError("save", file, "be written", err)
	}
	how := "--stack " + s.Sandbox.Stack().Name()
	if s.Sandbox.Stack().Virtual() {
		how += fmt.Sprintf(" --seed %d", s.Sandbox.Wire().Seeded())
	}
	script := saved + ", on the " + s.Sandbox.Stack().Name() + " stack: sockplay run " + how + " does the same again\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(file, []byte(script), 0o666); err != nil {
		return Answer{}, fileError("save", file, "be written", err)
	}
	return text(fmt.Sprintf("%s saved: sockplay run %s %s does it again\n", plural(len(lines), "line"), how, clipTo(file, 200))), nil
}

// maxSource bounds a script that is sourced, in octets.
const maxSource = 16 << 20

func runSource(_ context.Context, _ *Session, _ *sandbox.Process, a *args) (Answer, error) {
	file := a.file()
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	info, err := os.Stat(file)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxSource) {
		return Answer{}, wrong("a file of commands, one a line, such as save writes", "source: %s is no script", clip(file))
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return Answer{}, fileError("source", file, "be read", err)
	}
	return Answer{Do: Source{file, strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")}}, nil
}

// file reads the name of a file, which may stand in quotes.
func (a *args) file() string {
	w := a.next("file")
	if w.quoted {
		return w.value
	}
	return w.text
}

// fileError says why a file could not be used.
func fileError(command, file, be string, err error) error {
	why, right := err.Error(), "another name"
	var p *fs.PathError
	if errors.As(err, &p) {
		why = p.Err.Error()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && command == "source":
		why, right = "there is no such file", "save FILE writes one; a name is looked for in the folder where sockplay was started"
	case errors.Is(err, fs.ErrNotExist) && command == "peer":
		why, right = "there is no such file", "peer alone lists those that are ready; a file is looked for in the folder where sockplay was started"
	case errors.Is(err, fs.ErrNotExist):
		why, right = "there is no such folder", "a name alone is written where sockplay was started"
	case errors.Is(err, fs.ErrPermission):
		why, right = "the system does not allow it", "a file of your own, such as /tmp/session.sock"
	}
	return wrong(right, "%s: %s cannot %s: %s", command, clip(file), be, why)
}

func runReset(_ context.Context, _ *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Do: Reset{}}, nil
}

func runTour(_ context.Context, _ *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Do: Tour{}}, nil
}

func runDemo(_ context.Context, _ *Session, _ *sandbox.Process, a *args) (Answer, error) {
	do := Demo{}
	if a.more() {
		do.Name = a.file()
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Do: do}, nil
}

func runLesson(_ context.Context, _ *Session, _ *sandbox.Process, a *args) (Answer, error) {
	do := Lesson{}
	if a.more() {
		do.Name = a.file()
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Do: do}, nil
}

func runHistory(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	lines := s.Lines()
	n := len(lines)
	if a.more() {
		n = a.number("number of lines", 1, 1<<30)
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	if len(s.lines) == 0 {
		return text("nothing has been done yet: socket tcp makes a beginning\n"), nil
	}
	var b strings.Builder
	for i := max(0, len(lines)-n); i < len(lines); i++ {
		fmt.Fprintf(&b, "%4d  %s\n", i+1, clipTo(lines[i], 200))
	}
	return text(b.String()), nil
}

func runSet(_ context.Context, _ *Session, _ *sandbox.Process, a *args) (Answer, error) {
	var names []string
	values := map[string][]string{}
	for _, form := range a.cmd.forms() { // NAME VALUE|VALUE
		if len(form) == 2 {
			names = append(names, form[0].name)
			values[form[0].name] = form[1].words
		}
	}
	set := Set{}
	if a.more() {
		set.Name = a.oneOf("setting", names...)
		if set.Name == "width" && a.peek() != "auto" {
			set.Value = fmt.Sprint(a.numberAs("width", "auto, or so many columns, from 40 to 500", 40, 500))
		} else {
			set.Value = a.oneOf("value of "+set.Name, values[set.Name]...)
		}
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Do: set}, nil
}

func runExit(_ context.Context, _ *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Do: Quit{}}, nil
}
