package progress

import (
	"fmt"
	"strings"
	"time"
)

// Markdown is the same report for what shows Markdown. Nothing that somebody
// wrote is taken for Markdown in it.
func Markdown(r Record, o Outline, made time.Time) string {
	all := compare(r, o, made)
	var b strings.Builder
	fmt.Fprintf(&b, "# sockplay: what was done of the lessons\n\n%s\n\n**%s**\n\n", escaped(all.madeAt()), all.summary())
	b.WriteString("| | lesson | state | steps |\n|--:|---|---|---|\n")
	for _, l := range all.lessons {
		steps := l.share()
		if l.gone {
			steps = "not of sockplay's own"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.TrimSpace(number(l.number)), escaped(l.title), l.state, steps)
	}
	for _, l := range all.lessons {
		if l.state == notBegun {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", escaped(l.heading()), all.course(l))
		for i, s := range l.steps {
			fmt.Fprintf(&b, "\n### %d. %s\n\n%s\n", i+1, escaped(s.title), escaped(all.stepCourse(s)))
			if notes := s.notes(); len(notes) > 0 {
				b.WriteString("\n")
				for _, n := range notes {
					n.markdown(&b)
				}
			}
		}
	}
	return b.String()
}

// markdown writes a note as an item of a list: in its line, or fenced if it has
// several lines of its own.
func (n note) markdown(b *strings.Builder) {
	text := lines(n.text)
	if len(text) == 1 {
		fmt.Fprintf(b, "- %s: %s\n", n.label, escaped(text[0]))
		return
	}
	fence := "```" // longer than any in the text
	for ticks := range strings.FieldsFuncSeq(n.text, func(r rune) bool { return r != '`' }) {
		if len(ticks) >= len(fence) {
			fence = ticks + "`"
		}
	}
	fmt.Fprintf(b, "- %s:\n\n  %s\n", n.label, fence)
	for _, line := range text {
		b.WriteString(strings.TrimRight("  "+line, " ") + "\n")
	}
	fmt.Fprintf(b, "  %s\n", fence)
}

// escaped is a text in one line, with what Markdown has a meaning for escaped.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range title(s) {
		if strings.ContainsRune("\\`*_{}[]<>&#|~$", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
