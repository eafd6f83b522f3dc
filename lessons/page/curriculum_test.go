package page

import (
	"strings"
	"testing"

	"sockplay/lessons"
	"sockplay/tracer/ink"
)

// TestCurriculumFits: what a step says before its task, and what it says after it,
// can be read on a terminal of 24 lines, in each language.
func TestCurriculumFits(t *testing.T) {
	const columns, lines = 76, 19 // beside the bar, the heading and the prompt
	lib := lessons.Own()
	height := func(blocks []lessons.Block) int {
		return strings.Count(Draw(ink.Pen{UTF8: true}, columns, blocks), "\n")
	}
	for _, original := range lib.Originals {
		for _, lang := range append(lib.Languages(), "en") {
			l := lib.In(original, lang)
			for i, s := range l.Steps {
				if n := height(s.Words) + height(s.Task.Goal); n > lines {
					t.Errorf("%s, step %d, %q: %d lines before the task", l.File, i+1, s.Title, n)
				}
				if n := height(s.After); n > lines {
					t.Errorf("%s, step %d, %q: %d lines after the task", l.File, i+1, s.Title, n)
				}
			}
		}
	}
}
