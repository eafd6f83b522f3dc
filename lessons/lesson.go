// Package lessons reads the lessons: Markdown files, each with a few words, things
// to do or to predict, and what checks them against what the sandbox really did.
// docs/writing-lessons.md describes the format. The playing is in lessons/course.
package lessons

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Lesson is a lesson as its file tells it.
type Lesson struct {
	Name    string // the file's, without its number and .md: "saying-good-bye"
	Number  int    // the file's; 0 for none
	Title   string
	Minutes int
	Needs   []string // the names of lessons that come before
	Stack   string   // "user" or "kernel"; "" where it is the same on each
	Lang    string   // of its words: "en", or a translation's, as in "zh-Hant"
	Intro   []Block  // what the learner will be able to do
	Steps   []Step

	File  string
	Own   bool     // it is, to the byte, one that came with the program
	stamp string   // of what stands before the first step
	of    []string // a translation's: the stamps of what it translates
	head  int      // the line where the front matter ends
}

// Step is what is said, asked and done under one heading.
type Step struct {
	ID       string // the heading in lower case, with hyphens
	Title    string
	Line     int     // in the file
	Words    []Block // before the task
	Setup    []Line  // played before the step begins, unseen
	Task     Task
	Hints    []Hint
	Solution []Line // of a task of the kind Do
	After    []Block
	stamp    string
}

// Task is what a step asks for.
type Task struct {
	Kind  Kind
	Goal  []Block // what the learner reads of it
	Line  int
	Check []Line  // of Do: what must hold
	Ask   Probe   // of Predict: what is to be foretold
	Run   []Line  // of Predict: what is played then
	Model []Block // of Answer: an answer to compare with
}

// Kind is the kind of a task.
type Kind int

// The kinds.
const (
	Do      Kind = iota // until its check holds
	Predict             // what some lines will do
	Answer              // a question in words
)

// Hint is help with a step.
type Hint struct {
	Words []Block
	Wrong []Line // what it has foreseen that a learner types
	Line  int
}

// Line is a line of the script language in a lesson.
type Line struct {
	Text string
	Line int // in the file
}

// Block is a piece of text: a paragraph, a list, a table, a fence.
type Block struct {
	Node   ast.Node
	Source []byte
	Line   int
	// Transcript are the lines of a fence that shows what the program prints;
	// those with a prompt are typed.
	Transcript []string
	begin, end int // its octets in the file
}

// typed is how a line of a transcript begins that is typed.
var typed = regexp.MustCompile(`^([a-z][a-z0-9_-]*)(?: \[[^\]]*\])?> `)

// Typed takes a line of a transcript apart: the prompt, whose process's it is, and
// what is typed there. ok is false where it is printed.
func Typed(line string) (prompt, process, text string, ok bool) {
	m := typed.FindStringSubmatch(line)
	if m == nil {
		return "", "", line, false
	}
	return m[0], m[1], line[len(m[0]):], true
}

// Probe is what a prediction is about.
type Probe struct {
	What string // state, packets, return, data, errno, blocked
	Of   string // a socket or a process; "" for none
}

// String is the probe as it is written.
func (p Probe) String() string { return strings.TrimSpace(p.What + " " + p.Of) }

// For reports whether the lesson is right on that stack.
func (l *Lesson) For(stack string) bool { return l.Stack == "" || l.Stack == stack }

// Stacks are those that it is right on.
func (l *Lesson) Stacks() []string {
	if l.Stack != "" {
		return []string{l.Stack}
	}
	return []string{"user", "kernel"}
}

// Fault is what is wrong with a lesson, or a scene, and where.
type Fault struct {
	File  string
	Line  int
	Wrong string // what
	Right string // what would be right
}

// Error says where, what, and what would be right.
func (f *Fault) Error() string {
	text := fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Wrong)
	if f.Right != "" {
		text += "; " + f.Right
	}
	return text
}

// Faults are all that is wrong with a lesson.
type Faults []*Fault

// Error has a line for each.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}
