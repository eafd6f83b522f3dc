//go:build unix

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"sockplay/lessons"
)

// TestCurriculumAtPrompt takes every lesson at a terminal to its end: on the user
// stack, and some on the kernel's, where time is real. TestCurriculum plays all on
// both.
func TestCurriculumAtPrompt(t *testing.T) {
	for _, l := range lessons.Own().Originals {
		for _, stack := range l.Stacks() {
			if stack == "kernel" && l.Stack == "" && l.Number%8 != 1 {
				continue
			}
			t.Run(l.Name+"/"+stack, func(t *testing.T) {
				t.Parallel()
				home := t.TempDir()
				x := atTerminal{stack: stack, home: home, args: []string{"lesson", l.Name}, env: []string{"XDG_DATA_HOME=" + filepath.Join(home, "data")}}.start(t)
				for i, s := range l.Steps {
					here := fmt.Sprintf("lesson %d/%d ", l.Number, i+1)
					x.Until("step "+s.Title, func() bool {
						text := x.Text()
						return strings.Contains(text[strings.LastIndexByte(text, '\n')+1:], here)
					})
					x.Type("solution\r")
					x.Until("the end of step "+s.Title, func() bool {
						text := x.Text()
						return strings.Count(x.Written(), "or Enter, ") > i && strings.Contains(text[strings.LastIndexByte(text, '\n')+1:], here)
					})
					_, written, _ := x.Now()
					for line := range strings.SplitSeq(written, "\n") {
						if strings.HasPrefix(line, "  ! ") {
							t.Errorf("step %s: %s", s.Title, line)
						}
					}
					x.Type("\r")
				}
				x.Prints("The lesson is done: ")
				x.Type("\x04")
				x.Ends(0)
			})
		}
	}
}
