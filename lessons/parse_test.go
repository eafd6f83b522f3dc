package lessons

import (
	"os"
	"strings"
	"testing"
)

// whole is a lesson with each kind of step; parts of it are replaced in tests.
const whole = `---
title: Hello
minutes: 5
needs: [other]
---

You will be able to say hello.

## First things

Some words.

` + "```setup\nclient: socket tcp\n```\n\n```transcript\nserver> sockets\n```" + `

Make a socket.

` + "```check\nserver: expect call socket\n```" + `

> Hint: Gently.

> Hint: Fully.
>
> ` + "```wrong\n> socket udp\n> ```" + `

` + "```solution\nserver: socket tcp\n```" + `

Why it matters.

## Second things

What comes?

` + "```predict state server:3\nserver: listen 3\n```" + `

That is why.

## Third things

Why?

` + "```answer\nBecause *so*.\n```\n"

func TestParse(t *testing.T) {
	l, err := Parse("lessons/07-hello.md", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	if l.Name != "hello" || l.Number != 7 || l.Title != "Hello" || l.Minutes != 5 || l.Lang != "en" || len(l.Needs) != 1 || len(l.Intro) != 1 || len(l.Steps) != 3 {
		t.Errorf("%+v", l)
	}
	s := l.Steps[0]
	if s.ID != "first-things" || s.Title != "First things" || s.Line != 9 || len(s.Words) != 2 || len(s.Setup) != 1 || len(s.After) != 1 {
		t.Errorf("%+v", s)
	}
	if got := s.Words[1].Transcript; len(got) != 1 || got[0] != "server> sockets" {
		t.Errorf("transcript: %q", got)
	}
	if s.Task.Kind != Do || len(s.Task.Goal) != 1 || s.Task.Check[0] != (Line{"server: expect call socket", 24}) {
		t.Errorf("%+v", s.Task)
	}
	if len(s.Hints) != 2 || s.Hints[1].Wrong[0].Text != "socket udp" || len(s.Hints[1].Words) != 1 || plainText(s.Hints[0].Words[0].Node, s.Hints[0].Words[0].Source) != "Gently." {
		t.Errorf("%+v", s.Hints)
	}
	if l.Steps[1].Task.Ask != (Probe{"state", "server:3"}) || l.Steps[1].Task.Run[0].Text != "server: listen 3" {
		t.Errorf("%+v", l.Steps[1].Task)
	}
	if m := l.Steps[2].Task.Model; len(m) != 1 || plainText(m[0].Node, m[0].Source) != "Because so." {
		t.Errorf("%+v", m)
	}
}

// TestFaults has something wrong in each place; each is told with its line, and
// with what would be right.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		name, file, old, new string
		line                 int
		want                 string
	}{
		{"file name", "Hello.md", "", "", 1, `"Hello.md" is no name for a lesson`},
		{"no front matter", "", "---\ntitle", "title", 1, "it has no front matter"},
		{"no end of it", "", "needs: [other]\n---\n", "needs: [other]\n", 1, "the front matter has no end"},
		{"empty front matter", "", "title: Hello\nminutes: 5\nneeds: [other]\n", "", 2, "the title is missing"},
		{"broken YAML", "", "title: Hello", "title: [", 3, "the front matter cannot be read"},
		{"a field that there is not", "", "minutes: 5", "minutes: 5\ncolour: red", 4, "field colour not found"},
		{"no number", "", "minutes: 5", "minutes: soon", 3, "cannot unmarshal"},
		{"no minutes", "", "minutes: 5", "minutes: 0", 3, "minutes: 0"},
		{"a stack that there is not", "", "minutes: 5", "minutes: 5\nstack: ours", 4, `stack: "ours"`},
		{"needs with a path", "", "[other]", "[../other]", 4, `needs: "../other" is no lesson's name`},
		{"a translation's field", "", "minutes: 5", "minutes: 5\nof: [a]", 4, "of is a translation's"},
		{"no introduction", "", "You will be able to say hello.\n", "", 5, "nothing stands before the first step"},
		{"no check", "", "```check\nserver: expect call socket\n```", "", 9, `the step "First things" has nothing to do or to say`},
		{"an empty check", "", "```check\nserver: expect call socket\n```", "```check\n```", 23, "the fence check is empty"},
		{"a check that does things", "", "server: expect call socket", "server: socket tcp", 24, "is no check"},
		{"two tasks", "", "```solution\nserver: socket tcp\n```", "```check\nexpect return 0\n```", 35, "a second task in a step"},
		{"no sentence", "", "Make a socket.\n", "", 22, "the sentence is missing that says what to do"},
		{"no hint", "", "> Hint: Gently.\n\n> Hint: Fully.\n>\n> ```wrong\n> socket udp\n> ```", "", 9, "has no hint"},
		{"no solution", "", "```solution\nserver: socket tcp\n```", "", 9, "has no solution"},
		{"a slip in a fence's word", "", "```solution", "```solutions", 35, "a fence with the word solutions means nothing"},
		{"words behind it", "", "```setup", "```setup now", 13, "behind the word setup"},
		{"a hint too early", "", "Some words.\n", "> Hint: Early.\n", 11, "a hint before there is anything to do"},
		{"wrong outside of a hint", "", "Why it matters.", "```wrong\nx\n```", 39, "outside of a hint"},
		{"a prediction of what there is not", "", "predict state server:3", "predict weather", 45, `"weather" cannot be predicted`},
		{"a prediction of no socket", "", "predict state server:3", "predict state server", 45, "the socket is missing"},
		{"a prediction of nothing", "", "predict state server:3", "predict", 45, "what is to be predicted is missing"},
		{"a prediction that does nothing", "", "server: listen 3\n", "", 45, "the fence predict is empty"},
		{"HTML", "", "Some words.", "<b>Some</b>\n\n<div>words</div>", 13, "HTML"},
		{"a heading of another level", "", "Some words.", "### Deeper", 11, "a heading of level 3"},
		{"a rule", "", "Some words.", "* * *", 11, "a rule"},
		{"a step twice", "", "## Second things", "## First things", 41, "two steps are called"},
		{"an empty heading", "", "## First things", "##", 9, "is empty"},
		{"a transcript too late", "", "Why it matters.", "```transcript\nserver> sockets\n```", 39, "a transcript after the task"},
		{"a title that gives orders", "", "title: Hello", `title: "\e[2J"`, 2, "the title has a character that cannot be printed"},
		{"quotations without end", "", "Some words.", strings.Repeat(">", 3000) + " deep", 11, "deeper than anybody reads"},
		{"no step", "", whole[strings.Index(whole, "## First"):], "", 5, "it has no step"},
		{"no UTF-8", "", "Some words.", "Some \xff words.", 11, "not written in UTF-8"},
		{"10 MB", "", "Some words.", strings.Repeat("Some words. ", 1_000_000), 1, "and a lesson at most 1048576"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := test.file
			if file == "" {
				file = "01-hello.md"
			}
			if !strings.Contains(whole, test.old) {
				t.Fatal("the test replaces what is not there")
			}
			_, err := Parse(file, []byte(strings.Replace(whole, test.old, test.new, 1)))
			faults, ok := err.(Faults)
			if !ok || len(faults) == 0 {
				t.Fatalf("%v", err)
			}
			for _, f := range faults {
				if f.Line == test.line && strings.Contains(f.Wrong, test.want) && f.Right != "" {
					return
				}
			}
			t.Errorf("%v\nwant line %d, %s", err, test.line, test.want)
		})
	}
}

// TestForms takes what editors and people make of a file.
func TestForms(t *testing.T) {
	for name, text := range map[string]string{
		"CRLF":               strings.ReplaceAll(whole, "\n", "\r\n"),
		"byte order mark":    "\ufeff" + whole,
		"tildes":             strings.ReplaceAll(whole, "```", "~~~"),
		"a long fence":       strings.ReplaceAll(whole, "```", "`````"),
		"no last newline":    strings.TrimSuffix(whole, "\n"),
		"a title in Chinese": strings.Replace(whole, "title: Hello", "title: \"你好: 一\"", 1),
	} {
		if l, err := Parse("01-hello.md", []byte(text)); err != nil || len(l.Steps) != 3 || l.Steps[0].Line != 9 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: any file is read or refused, and each fault has a place in it.
func FuzzParse(f *testing.F) {
	f.Add("01-hello.md", []byte(whole))
	f.Add("01-hello.zh-Hant.md", []byte("---\ntitle: x\nof: [a]\n---\n\nx\n\n## y\n\nz\n\n```check\n```\n\n> 提示：w\n"))
	f.Add("x.md", []byte("---\n---\n"))
	if text, err := os.ReadFile("04-a-server.md"); err == nil {
		f.Add("04-a-server.md", text)
	}
	f.Fuzz(func(t *testing.T, file string, text []byte) {
		l, err := Parse(file, text)
		if err == nil {
			if len(l.Steps) == 0 || l.Title == "" || l.Name == "" {
				t.Errorf("%+v", l)
			}
			if again, err := Parse(file, text); err != nil || strings.Join(again.Stamps(), " ") != strings.Join(l.Stamps(), " ") {
				t.Errorf("it is read otherwise the second time: %v", err)
			}
			return
		}
		faults, ok := err.(Faults)
		if !ok || len(faults) == 0 {
			t.Fatalf("%T %v", err, err)
		}
		lines := strings.Count(string(text), "\n") + 2
		for _, f := range faults {
			if f.Line < 1 || f.Line > lines || f.Wrong == "" {
				t.Errorf("%+v of %d lines", f, lines)
			}
		}
	})
}
