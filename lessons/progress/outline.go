package progress

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Outline is what lessons there are, in their order: a record knows only of
// those that were begun.
type Outline []KnownLesson

// KnownLesson is a lesson that there is.
type KnownLesson struct {
	Number      int
	Name, Title string
	Steps       []KnownStep
}

// KnownStep is a step of it.
type KnownStep struct{ ID, Title string }

// What is said of a lesson or of a step.
const (
	done     = "done"
	begun    = "begun"
	notBegun = "not begun"
	passed   = "passed"
	skipped  = "skipped"
)

// report is a record beside an outline: each lesson and each step that either
// knows of.
type report struct {
	by      string
	made    time.Time
	lessons []part
	total   tally // of the lessons that there are
	more    int   // how many there are no more
}

// tally counts.
type tally struct {
	Lessons int `json:"lessons"`
	Done    int `json:"done"`
	Begun   int `json:"begun"`
	Steps   int `json:"steps"`
	Passed  int `json:"passed"`
	Skipped int `json:"skipped"`
}

// part is a lesson in a report.
type part struct {
	*Lesson
	name, title string
	number      int
	state       string // done, begun, notBegun
	gone        bool   // there is only the record
	steps       []step
	tally       tally // of the steps that there are
}

// step is a step in a report.
type step struct {
	*Step
	id, title string
	state     string // passed, skipped, begun, notBegun
	gone      bool
	here      bool // where the learner is
}

// compare makes the report of a record.
func compare(r Record, o Outline, made time.Time) report {
	all := report{made: made, by: title(r.By)}
	known := map[string]bool{}
	for _, k := range o {
		known[k.Name] = true
		p := newPart(k, r.Lessons[k.Name])
		all.lessons = append(all.lessons, p)
		all.total.add(p.tally)
	}
	var gone []part
	for name, l := range r.Lessons {
		if known[name] || l == nil {
			continue
		}
		p := newPart(KnownLesson{Number: l.Number, Name: name, Title: l.Title}, l)
		p.gone = true
		for i := range p.steps { // that the lesson is gone says it of them, too
			p.steps[i].gone = false
		}
		if p.state != notBegun {
			gone = append(gone, p)
		}
	}
	slices.SortFunc(gone, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.name, b.name))
	})
	all.lessons, all.more = append(all.lessons, gone...), len(gone)
	return all
}

func (t *tally) add(other tally) {
	t.Lessons += other.Lessons
	t.Done += other.Done
	t.Begun += other.Begun
	t.Steps += other.Steps
	t.Passed += other.Passed
	t.Skipped += other.Skipped
}

func newPart(k KnownLesson, l *Lesson) part {
	if l == nil {
		l = &Lesson{}
	}
	p := part{Lesson: l, name: k.Name, title: named(k.Title, l.Title, k.Name), number: k.Number, state: notBegun}
	p.tally = tally{Lessons: 1, Steps: len(k.Steps)}
	known := map[string]bool{}
	for _, ks := range k.Steps {
		known[ks.ID] = true
		s := newStep(ks, l.Steps[ks.ID])
		p.steps = append(p.steps, s)
		switch s.state {
		case passed:
			p.tally.Passed++
		case skipped:
			p.tally.Skipped++
		}
	}
	var gone []step
	for id, s := range l.Steps {
		if s != nil && !known[id] {
			one := newStep(KnownStep{id, s.Title}, s)
			one.gone = true
			gone = append(gone, one)
		}
	}
	slices.SortFunc(gone, func(a, b step) int { return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.id, b.id)) })
	p.steps = append(p.steps, gone...)
	isBegun := func(s step) bool { return s.state != notBegun }
	switch {
	case !l.Ended.IsZero():
		p.state, p.tally.Done = done, 1
	case !l.Began.IsZero(), l.At != "", slices.ContainsFunc(p.steps, isBegun):
		p.state, p.tally.Begun = begun, 1
		for i := range p.steps {
			p.steps[i].here = p.steps[i].id == l.At
		}
	}
	return p
}

func newStep(k KnownStep, s *Step) step {
	if s == nil {
		s = &Step{}
	}
	one := step{Step: s, id: k.ID, title: named(k.Title, s.Title, k.ID), state: notBegun}
	switch {
	case s.How == Skipped:
		one.state = skipped
	case !s.Passed.IsZero():
		one.state = passed
	case !s.Began.IsZero():
		one.state = begun
	}
	return one
}

// named is the first text that is not blank.
func named(texts ...string) string {
	for _, s := range texts {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return "-"
}

// summary is the report in a line.
func (r report) summary() string {
	t := r.total
	text := fmt.Sprintf("%d of %s done", t.Done, count(t.Lessons, "lesson"))
	if t.Begun > 0 {
		text += fmt.Sprintf(", %d begun", t.Begun)
	}
	text += fmt.Sprintf("; %d of %s", t.Passed, count(t.Steps, "step"))
	if t.Skipped > 0 {
		text += fmt.Sprintf(", %d skipped", t.Skipped)
	}
	if r.more > 0 {
		text += fmt.Sprintf("; and %s not of sockplay's own", count(r.more, "lesson"))
	}
	return text
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// when is a time in a report, on the clock of when it was made.
func (r report) when(t time.Time) string { return t.In(r.made.Location()).Format("2006-01-02 15:04") }

// madeAt says which clock that is.
func (r report) madeAt() string {
	zone := "UTC"
	if _, offset := r.made.Zone(); offset != 0 {
		zone = r.made.Format("UTC-07:00")
	}
	text := "made " + r.when(r.made) + " " + zone
	if r.by != "" {
		text = "of " + r.by + ", " + text
	}
	return text
}

// heading is the name of a lesson's chapter.
func (p part) heading() string {
	if p.number == 0 {
		return "Lesson: " + p.title
	}
	return fmt.Sprintf("Lesson %d: %s", p.number, p.title)
}

// course says when a lesson was done.
func (r report) course(p part) string {
	var said []string
	if !p.Began.IsZero() {
		said = append(said, "begun "+r.when(p.Began))
	}
	if p.state == done {
		said = append(said, "done "+r.when(p.Ended))
	} else {
		said = append(said, "not done yet")
	}
	text := strings.Join(said, ", ")
	if p.gone {
		return text + "; it is not one of sockplay's own"
	}
	return text + "; " + p.share()
}

// share is how much of a lesson is done.
func (p part) share() string {
	return fmt.Sprintf("%d of %s", p.tally.Passed, count(p.tally.Steps, "step"))
}

// stepCourse says when and how a step was passed.
func (r report) stepCourse(s step) string {
	var said []string
	switch s.state {
	case notBegun:
		said = append(said, notBegun)
	case begun:
		said = append(said, begun+" "+r.when(s.Began), "not passed yet")
	case skipped:
		said = append(said, skipped)
		if !s.Passed.IsZero() {
			said[0] += " " + r.when(s.Passed)
		}
	case passed:
		said = append(said, passed+" "+r.when(s.Passed))
		switch s.How {
		case Solution:
			said = append(said, "by the solution")
		case Done, "":
			if s.Hints <= 0 {
				said = append(said, "by oneself")
			}
		default: // of a newer program
			said = append(said, named(s.How, "in another way"))
		}
	}
	if s.Hints > 0 {
		said = append(said, "after "+count(s.Hints, "hint"))
	}
	if s.Tries > 0 {
		said = append(said, count(s.Tries, "line")+" typed")
	}
	if s.here {
		said = append(said, "the learner is here")
	}
	if s.gone {
		said = append(said, "no longer in the lesson")
	}
	return strings.Join(said, ", ")
}

// note is something that was asked, said or found at a step.
type note struct{ label, text string }

// notes are what was predicted beside what happened, and the answer.
func (s step) notes() []note {
	all := []note{{"asked", s.Asked}}
	label := "predicted"
	for _, p := range s.Predicted {
		all = append(all, note{label, p})
		label = "then"
	}
	all = append(all, note{"happened", s.Found})
	if s.Right != nil {
		all = append(all, note{"was right", map[bool]string{true: "yes", false: "no"}[*s.Right]})
	}
	all = append(all, note{"answer", s.Answer})
	return slices.DeleteFunc(all, func(n note) bool { return len(lines(n.text)) == 0 })
}
