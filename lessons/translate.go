package lessons

import (
	"fmt"
	"strings"
)

// Stamps are what a translation notes of its original: one for what stands before
// the first step, then one for each step.
func (l *Lesson) Stamps() []string {
	stamps := []string{l.stamp}
	for _, s := range l.Steps {
		stamps = append(stamps, s.stamp)
	}
	return stamps
}

// Translate gives the original in the words of a translation: checks, solutions,
// transcripts and all else that is played are the original's. The error is Faults.
func Translate(original, words *Lesson) (*Lesson, error) {
	var faults Faults
	fault := func(line int, wrong, right string) {
		faults = append(faults, &Fault{words.File, line, wrong, right})
	}
	if len(words.Steps) != len(original.Steps) {
		fault(words.head, fmt.Sprintf("it has %d steps, and %s has %d", len(words.Steps), original.File, len(original.Steps)), "the same steps in the same order")
		return nil, faults
	}
	l := *original
	l.Lang, l.Title, l.Intro, l.File = words.Lang, words.Title, words.Intro, words.File
	l.Steps = make([]Step, len(original.Steps))
	for i, s := range original.Steps {
		w := words.Steps[i]
		name := fmt.Sprintf("step %d, %q", i+1, w.Title)
		if w.Task.Kind != s.Task.Kind {
			fault(w.Line, name+" has another kind of task than the original's", "the same fences: check, predict or answer")
			continue
		}
		if len(w.Hints) != len(s.Hints) {
			fault(w.Line, fmt.Sprintf("%s has %d hints, and the original %d", name, len(w.Hints), len(s.Hints)), "as many hints")
			continue
		}
		n, line := transcripts(s.Words), w.Line
		if got := transcripts(w.Words); len(got) != len(n) {
			fault(line, fmt.Sprintf("%s has %d fences with transcripts, and the original %d", name, len(got), len(n)), "an empty fence with the word transcript for each")
			continue
		}
		s.Title, s.Line, s.After = w.Title, w.Line, w.After
		s.Words = filled(w.Words, n)
		s.Task.Goal, s.Task.Line = w.Task.Goal, w.Task.Line
		if s.Task.Kind == Answer {
			s.Task.Model = w.Task.Model
		}
		hints := s.Hints
		s.Hints = make([]Hint, len(hints))
		for j := range hints {
			s.Hints[j] = Hint{Words: w.Hints[j].Words, Wrong: hints[j].Wrong, Line: w.Hints[j].Line}
		}
		l.Steps[i] = s
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return &l, nil
}

// Behind says which parts of a translation have fallen behind its original.
func Behind(original, words *Lesson) (faults Faults) {
	stamps := original.Stamps()
	wanted := "of: [" + strings.Join(quoted(stamps), ", ") + "]"
	if len(words.of) != len(stamps) {
		return Faults{{words.File, 2, fmt.Sprintf("of has %d stamps, and there are %d parts: the introduction and each step", len(words.of), len(stamps)),
			"when all of it says what the original says: " + wanted}}
	}
	for i, stamp := range stamps {
		if words.of[i] == stamp {
			continue
		}
		part, line, at := "the introduction", words.head, original.head
		if i > 0 && i <= len(words.Steps) && i <= len(original.Steps) {
			part, line, at = fmt.Sprintf("step %d, %q,", i, words.Steps[i-1].Title), words.Steps[i-1].Line, original.Steps[i-1].Line
		}
		faults = append(faults, &Fault{words.File, line, fmt.Sprintf("%s has fallen behind: %s:%d says something else now", part, original.File, at),
			"mend the words, then " + wanted})
	}
	return faults
}

func quoted(list []string) []string {
	q := make([]string, len(list))
	for i, s := range list {
		q[i] = fmt.Sprintf("%q", s)
	}
	return q
}

// transcripts are the transcripts among blocks.
func transcripts(blocks []Block) (list []Block) {
	for _, b := range blocks {
		if b.Transcript != nil {
			list = append(list, b)
		}
	}
	return list
}

// filled are a translation's blocks, with the original's transcripts in them.
func filled(blocks, originals []Block) []Block {
	list := make([]Block, len(blocks))
	for i, b := range blocks {
		if b.Transcript != nil {
			b, originals = originals[0], originals[1:]
		}
		list[i] = b
	}
	return list
}
