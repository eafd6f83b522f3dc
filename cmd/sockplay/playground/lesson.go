package playground

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sockplay/cmd/sockplay/player"
	"sockplay/cmd/sockplay/repl"
	"sockplay/lessons"
	"sockplay/lessons/course"
	"sockplay/lessons/page"
	"sockplay/lessons/progress"
	"sockplay/sandbox/command"
	"sockplay/tracer/ink"
)

// Lesson is a lesson to be taken at the prompt.
type Lesson struct {
	Lesson  *lessons.Lesson
	Library *lessons.Library // in which it is one
	Lang    string
	Called  string // how it is named to be taken again
	Key     string // by which its progress is kept
	Book    *progress.Book
}

// taken is a lesson under way.
type taken struct {
	Lesson
	course *course.Course
	passed bool // the present step is
	before bool // it was passed before
	away   bool // a scene or the tour has the sandbox
	faulty bool // it was told that the check of a step is wrong
	hints  int  // of the present step, that were shown
	given  bool // its solution was played
	warned bool // it was told that progress cannot be kept
}

// lessonWords are what a learner may type beside the language, in a lesson.
var lessonWords = []command.Suggestion{
	{Text: "goal", Meaning: "what this step asks for"},
	{Text: "hint", Meaning: "some help, and more each time"},
	{Text: "next", Meaning: "the next step, when this one is passed"},
	{Text: "solution", Meaning: "have it done, and go on"},
	{Text: "back", Meaning: "the step before"},
	{Text: "reset", Meaning: "this step's beginning, in a fresh sandbox"},
	{Text: "skip", Meaning: "the next step, without this one"},
	{Text: "leave", Meaning: "the lesson ends; sockplay lesson resumes it"},
}

// prefix is what stands before the prompt in a lesson.
func (t *taken) prefix() string {
	if t == nil {
		return ""
	}
	name := t.course.Lesson.Name
	if n := t.course.Lesson.Number; n > 0 {
		name = fmt.Sprint(n)
	}
	return fmt.Sprintf("lesson %s/%d ", name, t.course.At()+1)
}

// words are those of a lesson that a line may become.
func (t *taken) words(line string) (list []repl.Suggestion) {
	if t == nil || strings.Contains(line, " ") {
		return nil
	}
	for _, w := range lessonWords {
		if strings.HasPrefix(w.Text, line) {
			list = append(list, repl.Suggestion{Text: w.Text, Description: w.Meaning})
		}
	}
	return list
}

// take begins a lesson, or resumes it.
func (g *playground) take(ctx context.Context, l Lesson) {
	if words := l.Library.Translation(l.Lesson, l.Lang); words != nil {
		if _, err := lessons.Translate(l.Lesson, words); err != nil {
			g.complain(err)
		}
	}
	t := &taken{Lesson: l, course: course.New(l.Library.In(l.Lesson, l.Lang), player.Taught{Player: g.player})}
	g.lesson = t
	name, at, again := t.Key, 0, false
	record, err := l.Book.Read()
	g.tellTrouble(err)
	if was := record.Lessons[name]; was != nil {
		again = !was.Ended.IsZero()
		for i, s := range l.Lesson.Steps {
			if s.ID == was.At && !again {
				at = i
			}
		}
	}
	g.change(func(r *progress.Lesson, _ *progress.Step, now time.Time) {
		if r.Began.IsZero() {
			r.Began = now
		}
		r.Title, r.Number = l.Lesson.Title, l.Lesson.Number
	})
	g.screen.Print("\n")
	if at == 0 {
		g.lessonBar(at)
		if again {
			g.screen.Say(ink.Calm, "", t.tr("You have done this lesson. It begins once more, and stays done."))
		}
		g.page(t.course.Lesson.Intro)
		g.screen.Say(ink.Calm, "", fmt.Sprintf(t.tr("About %d minutes, in %d steps. All of the playground is here; and hint, goal, solution, reset, back, skip, leave."), l.Lesson.Minutes, len(l.Lesson.Steps)))
	} else {
		g.screen.Say(ink.Calm, "", t.tr("You have been here. It goes on where you were; back goes to the step before."))
	}
	g.to(ctx, at)
}

// teach takes a lesson from the prompt, in a fresh sandbox, or lists them.
func (g *playground) teach(ctx context.Context, name string) {
	if name == "" {
		g.screen.Print(g.Lessons())
		return
	}
	if name == "report" {
		g.screen.Print(g.Report())
		return
	}
	l, err := g.Open(name)
	here := g.session.Sandbox.Stack().Name()
	question, fresh := "A lesson begins in a fresh sandbox, and what is here goes.\ngo on?", func() error { return nil } // its first step does it
	switch {
	case err != nil:
	case l.Lesson.For(here):
	case l.Lesson.Stack == "user":
		question = fmt.Sprintf("%s is about the user stack, and this is the %s stack. It begins in a fresh sandbox of the user stack, which stays until exit; what is here goes.\ngo on?", l.Lesson.Name, here)
		fresh = g.toUser
	default:
		err = &command.Error{Wrong: fmt.Sprintf("%s is about the %s stack", l.Lesson.Name, l.Lesson.Stack), Right: "sockplay lesson " + l.Lesson.Name}
	}
	if err != nil {
		g.screen.Complain(err)
		return
	}
	begin := func(ctx context.Context) bool {
		if g.lesson == nil { // what a lesson leaves is its progress
			g.keep(g.session.Lines())
		}
		if err := fresh(); err != nil {
			g.screen.Complain(err)
			return false
		}
		if stack := g.session.Sandbox.Stack().Name(); stack != here {
			g.screen.Say(ink.Calm, "  ", fmt.Sprintf("On the %s stack from now on.", stack))
		}
		g.take(ctx, l)
		return false
	}
	if len(g.session.Lines()) == 0 && l.Lesson.For(here) || g.lesson != nil {
		begin(ctx)
		return
	}
	g.yesOrNo(question, begin, func() { g.screen.Say(ink.Calm, "  ", "all is as it was; save FILE keeps what is here") })
}

// away has the lesson wait while something else has the sandbox.
func (g *playground) away() {
	if g.lesson != nil {
		g.lesson.away = true
	}
}

// lessonBar is the lesson's line: its title, and how far it is.
func (g *playground) lessonBar(at int) {
	l, pen := g.lesson.course.Lesson, g.screen.Pen()
	const most = 10
	n := len(l.Steps)
	full := (at*most + n/2) / n
	if g.lesson.passed && at == n-1 {
		full = most
	}
	if g.screen.Styles().Plain {
		g.screen.Say(ink.Plain, "", fmt.Sprintf("%s, %d / %d", l.Title, at+1, n))
		return
	}
	bar := strings.Repeat(pen.Pick("▓", "#"), full) + strings.Repeat(pen.Pick("░", "."), most-full)
	count := fmt.Sprintf(" %d of %d", at+1, n)
	head := l.Title
	if l.Number > 0 {
		head = fmt.Sprintf(g.lesson.tr("Lesson %d %s %s"), l.Number, pen.Pick("·", "-"), l.Title)
	}
	head = pen.Clean(head)
	width := min(g.screen.Width()-1, textColumns)
	room := width - ink.Width(bar) - len(count) - 1
	if ink.Width(head) > room {
		g.screen.Say(ink.Yours, "", head)
		head = ""
	} else {
		head = pen.Write(ink.Yours, ink.Pad(head, room)) + " "
	}
	g.screen.Print(head + pen.Write(ink.Open, bar) + pen.Write(ink.Calm, count) + "\n")
}

// lessonPen is how a lesson's text is written: for a voice with the marks of code.
func (g *playground) lessonPen() ink.Pen {
	pen := g.screen.Pen()
	pen.Color = pen.Color && !g.screen.Styles().Plain
	return pen
}

// textColumns is how wide a lesson's text is set.
const textColumns = 76

// page shows blocks of a lesson's text.
func (g *playground) page(blocks []lessons.Block) {
	if len(blocks) > 0 {
		g.screen.Print("\n" + page.Draw(g.lessonPen(), min(g.screen.Width()-1, textColumns), blocks) + "\n")
	}
}

// kept is what is kept of the lesson, and what could not be kept yet.
func (g *playground) kept() *progress.Lesson {
	record, _ := g.lesson.Book.Read() // change tells its trouble
	return record.Lesson(g.lesson.Key)
}

// change changes what is kept of the lesson and of its present step. That it cannot
// be kept is told once; then f is called later, or again, and must not ask what is
// so then, nor tell anybody: now is when it was.
func (g *playground) change(f func(l *progress.Lesson, s *progress.Step, now time.Time)) {
	t := g.lesson
	name, id, now := t.Key, t.original().ID, time.Now()
	g.tellTrouble(t.Book.Change(func(r *progress.Record) {
		l := r.Lesson(name)
		f(l, l.Step(id), now)
	}))
}

func (g *playground) tellTrouble(err error) {
	var trouble *progress.Trouble
	if !errors.As(err, &trouble) || g.lesson.warned {
		return
	}
	g.lesson.warned = true
	g.screen.Complain(&command.Error{Wrong: trouble.Wrong, Right: trouble.Right})
}

// complain says what is wrong with a lesson, or a scene.
func (g *playground) complain(err error) {
	var f *lessons.Fault
	if errors.As(err, &f) {
		err = &command.Error{Wrong: fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Wrong), Right: f.Right}
	}
	g.screen.Complain(err)
}
