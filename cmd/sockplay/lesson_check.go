package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"sockplay/cmd/sockplay/player"
	"sockplay/cmd/sockplay/screen"
	"sockplay/lessons"
	"sockplay/lessons/check"
	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/tracer"
)

// lab is where lessons are checked.
type lab struct {
	o      *options
	kernel sandbox.Stack // nil: there is none here
	used   bool          // it has been
}

// bench is a player whose screen is kept.
type bench struct {
	player.Taught
	out  *bytes.Buffer
	keep func() // what becomes of its stack
}

// Bench begins a fresh sandbox.
func (l *lab) Bench(stack string) (check.Bench, error) {
	var s sandbox.Stack
	var err error
	keep := func() {}
	b := &bench{out: &bytes.Buffer{}}
	switch {
	case stack == "user":
		s, err = openUser(l.o)
	case l.kernel == nil:
		err = check.ErrNoStack
	default:
		if s = l.kernel; l.used {
			s, err = renew(l.o)(s)
		}
		l.used = true
		keep = func() { l.kernel = b.Session().Sandbox.Stack() }
	}
	if err != nil {
		return nil, err
	}
	log := &tracer.Log{}
	scr, err := screen.New(screen.Options{Out: b.out, UTF8: true, Size: func() int { return check.TranscriptColumns }}, log, s.Began())
	if err != nil {
		s.Close()
		return nil, err
	}
	session := command.NewSession(s, log)
	session.Sandbox.Seed(l.o.seed)
	b.Taught = player.Taught{Player: &player.Player{Session: session, Screen: scr, Seed: l.o.seed, Renew: renew(l.o)}}
	b.keep = keep
	return b, nil
}

// Printed is what has been shown since the last time.
func (b *bench) Printed() string {
	b.Screen.Draw()
	defer b.out.Reset()
	return b.out.String()
}

// Close ends the sandbox.
func (b *bench) Close() {
	b.Session().Sandbox.Close()
	b.Session().Sandbox.Stack().Close()
	b.keep()
}

func newLessonCheck(o *options) *cobra.Command {
	update := false
	cmd := &cobra.Command{
		Use:   "check [FOLDER|FILE]",
		Short: "check lessons, as their author",
		Long: `Check the lessons of a folder, or one, or those that come with sockplay: each is
played on each stack that it is for, as its solutions have it and with the wrong
moves that its hints foresee. docs/writing-lessons.md is about writing them.`,
		Example: "  sockplay lesson check\n  sockplay lesson check ./my\n  sockplay lesson check --update ./my/01-hello.md",
		Args:    atMostOne("check takes one folder or file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			where := append(args, "")[0]
			if update && where == "" {
				return &exit{usage, "sockplay: lessons that come with sockplay cannot be written\n  try: sockplay lesson check --update FOLDER"}
			}
			return checkLessons(cmd.Context(), o, where, update)
		},
	}
	cmd.Flags().BoolVar(&update, "update", false, "write what the program prints now into the transcripts")
	return cmd
}

// readLessons are those of a folder, a file, or the program, and what is wrong
// with their text. folder is "" for the program's own.
func readLessons(where string) (lib *lessons.Library, folder string, faults lessons.Faults, err error) {
	if where == "" {
		return lessons.Own(), "", nil, nil
	}
	info, err := os.Stat(where)
	switch {
	case err != nil:
		return nil, "", nil, &exit{failed, fmt.Sprintf("sockplay: %s cannot be read: %s\n  try: a folder of lessons, or one of its files", where, cause(err))}
	case info.IsDir():
		lib, err = lessons.Read(os.DirFS(where))
		folder = where
	default:
		folder = filepath.Dir(where)
		lib, err = lessons.Read(one{os.DirFS(folder), filepath.Base(where)})
		if others, err := fs.Glob(os.DirFS(folder), "*"+lessons.Suffix); err == nil {
			lib.Beside(others)
		}
	}
	if err != nil && !errors.As(err, &faults) {
		return nil, "", nil, &exit{failed, fmt.Sprintf("sockplay: %s cannot be read: %s\n  try: a folder of lessons, or one of its files", where, cause(err))}
	}
	if len(lib.Originals) == 0 && len(faults) == 0 {
		return nil, "", nil, &exit{failed, fmt.Sprintf("sockplay: there is no lesson in %s\n  try: sockplay lesson new NAME, which writes the beginning of one", where)}
	}
	return lib, folder, faults, nil
}

// one is a folder of which one lesson and its translations are seen.
type one struct {
	fs.FS
	name string
}

// Glob finds the files that belong to the lesson.
func (f one) Glob(string) (names []string, err error) {
	base, _, _ := strings.Cut(f.name, ".")
	names, err = fs.Glob(f.FS, "*"+lessons.Suffix)
	var mine []string
	for _, n := range names {
		if strings.HasPrefix(n, base+".") {
			mine = append(mine, n)
		}
	}
	return mine, err
}

func checkLessons(ctx context.Context, o *options, where string, update bool) error {
	lib, folder, faults, err := readLessons(where)
	if err != nil {
		return err
	}
	l := &lab{o: o}
	s, err := openKernel()
	var e *exit
	switch {
	case errors.As(err, &e):
		return err // the copy inside has done it
	case err == nil:
		l.kernel = s
		defer func() { l.kernel.Close() }()
	default:
		fmt.Fprintln(o.err, o.wrapped(fmt.Sprintf("sockplay: there is no kernel stack here (%s), so that lessons are checked on the user stack alone; sockplay doctor tells more", reason(err))))
	}
	more, transcripts, err := check.Library(ctx, l, lib)
	if ctx.Err() != nil {
		return interrupted(ctx, "sockplay lesson check")
	}
	if err != nil {
		return &exit{failed, "sockplay: the lessons cannot be checked: " + err.Error() + "\n  try: sockplay doctor, which says what works here"}
	}
	if faults = append(faults, more...); update {
		if faults, err = rewrite(o, folder, faults, transcripts); err != nil {
			return err
		}
	}
	for _, f := range faults {
		text := fmt.Sprintf("%s:%d: %s", filepath.Join(folder, f.File), f.Line, f.Wrong)
		if f.Right != "" {
			text += "\n  try: " + f.Right
		}
		fmt.Fprintln(o.out, o.wrappedFor(o.out, text))
	}
	n := len(lib.Originals)
	if len(faults) > 0 {
		return &exit{failed, fmt.Sprintf("sockplay: %s in %s", counted(len(faults), "fault"), counted(n, "lesson"))}
	}
	fmt.Fprintf(o.out, "%s, nothing wrong\n", counted(n, "lesson"))
	return nil
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// rewrite writes the transcripts, and gives the faults that are left.
func rewrite(o *options, folder string, faults lessons.Faults, transcripts []check.Transcript) (left lessons.Faults, err error) {
	byFile := make(map[string][]check.Transcript)
	for _, t := range transcripts {
		byFile[t.File] = append(byFile[t.File], t)
	}
	for file, update := range byFile {
		path := filepath.Join(folder, file)
		source, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, []byte(check.Rewrite(string(source), update)), 0o666)
		}
		if err != nil {
			return nil, &exit{failed, fmt.Sprintf("sockplay: %s cannot be written: %s\n  try: may you write there?", path, cause(err))}
		}
		fmt.Fprintf(o.out, "%s: %s written\n", path, counted(len(update), "transcript"))
	}
	for _, f := range faults {
		written := false
		for _, t := range transcripts {
			written = written || t.File == f.File && t.Line == f.Line
		}
		if !written {
			left = append(left, f)
		}
	}
	return left, nil
}

// skeleton is a lesson that can be checked and played, to be written over.
var skeleton = template.Must(template.New("lesson").Parse(`---
title: {{.Title}}
minutes: 5
---

You will be able to say what a server does before anybody calls it.

## Listening

A server is a program that waits to be called. A few words say what the step is about;
each claim names where it is from: listen(2), RFC 9293 3.3.2.

Let the server listen at port 8080.

` + "```check\nserver: expect call bind 127.0.0.1:8080\nexpect state server:any LISTEN\n```" + `

> Hint: It takes three calls. The first makes a socket, the second gives it an address.

> Hint: ` + "`socket tcp`, `bind 3 127.0.0.1:8080`, `listen 3`" + `
>
> ` + "```wrong\n> server: socket tcp\n> server: listen 3\n> ```" + `

` + "```solution\nserver: socket tcp\nserver: bind 3 127.0.0.1:8080\nserver: listen 3\n```" + `

What stands here is shown when the check holds: why it matters.

## Calling

In which state will the client's socket be when it has called?

` + "```predict state client:3\nclient: socket tcp\nclient: connect 3 127.0.0.1:8080\n```" + `

It is ESTABLISHED, although nobody has accepted yet: the stack answers, not the program.
`))

func newLessonNew(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "new NAME",
		Short: "write the beginning of a lesson",
		Long: `Write the beginning of a lesson into a file of the folder where you are: a small
one that can be checked and played, to be written over.`,
		Example: "  sockplay lesson new 01-hello",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("new takes a name, such as 01-hello")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			name := strings.TrimSuffix(args[0], lessons.Suffix)
			if !lessonName.MatchString(name) {
				return &exit{usage, fmt.Sprintf("sockplay: %q is no name for a lesson\n  try: a number, small letters, digits and hyphens, such as 01-hello", args[0])}
			}
			title := strings.ReplaceAll(strings.TrimLeft(name, "0123456789-"), "-", " ")
			var b bytes.Buffer
			if err := skeleton.Execute(&b, struct{ Title string }{strings.ToUpper(title[:1]) + title[1:]}); err != nil {
				return err
			}
			file := name + lessons.Suffix
			f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
			if errors.Is(err, fs.ErrExist) {
				return &exit{failed, fmt.Sprintf("sockplay: there is a file %s already\n  try: another name", file)}
			}
			if err == nil {
				_, err = f.Write(b.Bytes())
				err = errors.Join(err, f.Close())
			}
			if err != nil {
				return &exit{failed, fmt.Sprintf("sockplay: %s cannot be written: %s\n  try: a folder where you may write", file, cause(err))}
			}
			fmt.Fprintf(o.out, "%s is written\n  try: sockplay lesson ./%[1]s, and sockplay lesson check %[1]s\n", file)
			return nil
		},
	}
}

// lessonName is NUMBER-NAME, or a name alone.
var lessonName = regexp.MustCompile(`^([0-9]{1,4}-)?[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
