package check

import (
	"context"
	"slices"
	"strings"

	"sockplay/lessons"
	"sockplay/lessons/course"
)

// Transcript is what the program prints where a lesson's text shows it otherwise.
type Transcript struct {
	File  string
	Line  int      // of the fence
	Old   int      // how many lines there are
	Lines []string // what they should be
}

// TranscriptColumns is how wide the screen is that transcripts are made on.
const TranscriptColumns = 72

// transcripts plays those of each step.
func (c *checker) transcripts(ctx context.Context) (update []Transcript) {
	for i, s := range c.l.Steps {
		begun := false
		for _, b := range s.Words {
			if b.Transcript == nil {
				continue
			}
			if !begun && !c.to(ctx, i) {
				return update
			}
			begun = true
			now := c.transcript(ctx, b)
			if !slices.Equal(now, b.Transcript) {
				update = append(update, Transcript{c.l.File, b.Line, len(b.Transcript), now})
				c.fault(b.Line, "the transcript is not what the program prints now", "sockplay lesson check --update writes it anew")
			}
		}
	}
	return update
}

// transcript plays what is typed in a transcript, and gives what is printed.
func (c *checker) transcript(ctx context.Context, b lessons.Block) (now []string) {
	c.bench.Printed()
	typed := 0
	for i, l := range b.Transcript {
		_, process, line, ok := lessons.Typed(l)
		if !ok {
			continue
		}
		typed++
		now = append(now, l)
		if process != c.bench.Session().Current().Name() && !strings.HasPrefix(line, process+":") {
			line = process + ": " + line
		}
		err := course.Fit(c.l, line)
		if err == nil {
			err = c.bench.Play(ctx, line)
		}
		printed := strings.TrimSuffix(c.bench.Printed(), "\n")
		if _, rest, ok := strings.Cut(printed, "\n"); ok { // without the line itself
			now = append(now, strings.Split(rest, "\n")...)
		}
		if err != nil {
			c.fault(b.Line+1+i, "the transcript's line is refused: %v", "a line that the program takes", err)
		}
	}
	if typed == 0 {
		c.fault(b.Line, "the transcript has no line that is typed", "server> and then a line, as at the prompt; --update writes what comes of it")
	}
	return now
}

// Rewrite is a lesson's source with its transcripts as they should be.
func Rewrite(source string, update []Transcript) string {
	lines := strings.Split(source, "\n")
	update = slices.Clone(update)
	slices.SortFunc(update, func(a, b Transcript) int { return b.Line - a.Line })
	for _, t := range update {
		old := t.Old
		if at := t.Line; old == 1 && at < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[at]), "```") {
			old = 0 // the fence was empty
		}
		lines = slices.Replace(lines, t.Line, t.Line+old, t.Lines...)
	}
	return strings.Join(lines, "\n")
}
