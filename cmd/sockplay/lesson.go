package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sockplay/cmd/sockplay/playground"
	"sockplay/lessons"
	"sockplay/lessons/progress"
	"sockplay/tracer/ink"
)

func newLesson(o *options) *cobra.Command {
	lang := ""
	cmd := &cobra.Command{
		Use:   "lesson [NAME]",
		Short: "list the lessons, or take one",
		Long: `Take a lesson at the prompt: it says a little, asks you to do or to predict
something, and sees by itself when it is so. NAME is a name of the list, its
number, or a file of your own. A lesson that was left goes on where it was.`,
		Example: "  sockplay lesson\n  sockplay lesson 4\n  sockplay lesson a-server --lang zh-Hant\n  sockplay lesson ./my/01-hello.md\n  sockplay lesson report",
		Args:    atMostOne("lesson takes one name"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, l := range lessons.Own().Originals {
				names = append(names, l.Name+"\t"+l.Title)
			}
			return names, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if own := lessons.Own(); lang != "" && own.Language(lang) == "en" && !strings.HasPrefix(strings.ToLower(lang), "en") {
				fmt.Fprintln(o.err, o.wrapped(fmt.Sprintf("sockplay: the lessons are not translated into %s; there are: en %s", lang, strings.Join(own.Languages(), " "))))
			}
			if len(args) == 0 {
				fmt.Fprint(o.out, lessonList(o, locale(lang)))
				return nil
			}
			return takeLesson(cmd.Context(), o, args[0], locale(lang))
		},
	}
	cmd.Flags().StringVar(&lang, "lang", "", "the language, such as en or zh-Hant; else the system's, if there is a translation")
	cmd.AddCommand(newLessonReport(o), newLessonCheck(o), newLessonNew(o))
	return cmd
}

// locale is the language that was asked for, or the system's.
func locale(lang string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if lang == "" {
			lang = os.Getenv(name)
		}
	}
	return lang
}

// outline is what lessons there are, for reports.
func outline(lib *lessons.Library) (o progress.Outline) {
	for _, l := range lib.Originals {
		k := progress.KnownLesson{Number: l.Number, Name: l.Name, Title: l.Title}
		for _, s := range l.Steps {
			k.Steps = append(k.Steps, progress.KnownStep{ID: s.ID, Title: s.Title})
		}
		o = append(o, k)
	}
	return o
}

// readProgress is what the learner has done. What is wrong with the file is told,
// and does not matter otherwise.
func readProgress(o *options) progress.Record {
	record, err := progress.Open(progress.Default()).Read()
	var t *progress.Trouble
	if errors.As(err, &t) {
		fmt.Fprintln(o.err, o.wrapped("sockplay: "+t.Wrong+"\n  try: "+t.Right))
	}
	return record
}

// lessonList is a line for each lesson, and what was done of it.
func lessonList(o *options, locale string) string {
	var b strings.Builder
	next := "" // the first that is not done
	lib := lessons.Own()
	lang, record, pen := lib.Language(locale), readProgress(o), o.look().Pen()
	width := 0
	for _, l := range lib.Originals {
		width = max(width, len(l.Name))
	}
	for _, l := range lib.Originals {
		state, tone, done := fmt.Sprintf("%d min", l.Minutes), ink.Calm, false
		if was := record.Lessons[l.Name]; was != nil {
			done = !was.Ended.IsZero()
			passed := 0
			for _, s := range l.Steps {
				if p := was.Steps[s.ID]; p != nil && !p.Passed.IsZero() && p.How != progress.Skipped {
					passed++
				}
			}
			switch {
			case done:
				state, tone = pen.Pick("✓ done", "done"), ink.Open
			case !was.Began.IsZero():
				state, tone = fmt.Sprintf("%d of %d", passed, len(l.Steps)), ink.Way
			}
		}
		head := fmt.Sprintf("  %2d  %-*s  ", l.Number, width, l.Name)
		room := columns(o) - 1 - len(head) - 10
		if room < 12 { // a narrow terminal: the number says which
			head = fmt.Sprintf("  %2d  ", l.Number)
			room = columns(o) - 1 - len(head) - 10
		}
		if next == "" && !done {
			next = fmt.Sprintf("  next: sockplay lesson %d\n", l.Number)
		}
		b.WriteString(head + ink.Pad(ink.Cut(lib.In(l, lang).Title, room), room) + "  " + pen.Write(tone, state) + "\n")
	}
	b.WriteString(next)
	return b.String()
}

// openLesson is a lesson to be taken.
func openLesson(name, locale string) (playground.Lesson, error) {
	l, lib, err := lessons.Open(name)
	if err != nil {
		return playground.Lesson{}, err
	}
	called, key := l.Name, l.Name
	if !l.Own {
		called = name
		if own, err := lessons.Own().Find(l.Name); err == nil && own.Name == l.Name {
			key = l.Name + " (" + name + ")" // somebody else's of that name
		}
	}
	return playground.Lesson{Lesson: l, Called: called, Key: key, Library: lib, Lang: lib.Language(locale), Book: progress.Open(progress.Default())}, nil
}

// takeLesson takes a lesson at the prompt.
func takeLesson(ctx context.Context, o *options, name, locale string) error {
	t, err := openLesson(name, locale)
	l := t.Lesson
	if err != nil {
		return &exit{failed, "sockplay: " + strings.ReplaceAll(err.Error(), "\n", "\n  ") + "\n  try: sockplay lesson lists those that there are"}
	}
	switch {
	case o.format == "json":
		return &exit{usage, "sockplay: a lesson is for a learner, so there is no --format json\n  try: it without --format"}
	case !o.suit(l):
		return &exit{failed, fmt.Sprintf("sockplay: %s is about the %s stack\n  try: sockplay lesson %s, without --stack", l.Name, l.Stack, l.Name)}
	}
	return interactWith(ctx, o, func(c *playground.Config) {
		c.Lesson = &t
	})
}

func newLessonReport(o *options) *cobra.Command {
	format, by := "", ""
	cmd := &cobra.Command{
		Use:   "report",
		Short: "what was done of the lessons, to hand in",
		Long: `What was done of the lessons, when, with which hints and answers, as a text to
read, or to hand in.`,
		Example: "  sockplay lesson report\n  sockplay lesson report --format markdown --name \"Ann Lee\" > ann.md",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			record, known, now := readProgress(o), outline(lessons.Own()), time.Now()
			record.By = by
			switch format {
			case "text":
				fmt.Fprint(o.out, progress.Text(record, known, now, columns(o)))
			case "markdown":
				fmt.Fprint(o.out, progress.Markdown(record, known, now))
			case "json":
				fmt.Fprint(o.out, progress.JSON(record, known, now))
			default:
				return fmt.Errorf("--format of a report is text, markdown or json; not %q", format)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, markdown or json")
	cmd.Flags().StringVar(&by, "name", "", "your name, to stand at its head")
	return cmd
}
