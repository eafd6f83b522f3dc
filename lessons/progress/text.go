package progress

import (
	"fmt"
	"strings"
	"time"

	"sockplay/tracer/ink"
)

// Text is a report to read, in so many columns: what was done of the lessons
// that there are. Its times are on made's clock.
func Text(r Record, o Outline, made time.Time, columns int) string {
	all := compare(r, o, made)
	p := page{columns: max(columns, 24)}
	p.hang("", "sockplay: what was done of the lessons")
	p.hang("", all.madeAt())
	p.gap()
	p.hang("", all.summary())
	p.gap()
	for _, l := range all.lessons {
		text := l.title
		switch {
		case l.gone:
			text += " (not one of sockplay's own)"
		case l.state == begun:
			text += " (" + l.share() + ")"
		}
		p.hang(fmt.Sprintf("%s  %-*s  ", number(l.number), len(notBegun), l.state), title(text))
	}
	for _, l := range all.lessons {
		if l.state != notBegun {
			p.lesson(all, l)
		}
	}
	return p.String()
}

// page is a text that is being written.
type page struct {
	strings.Builder
	columns int
}

func (p *page) gap() { p.WriteByte('\n') }

// hang writes a clean text behind a lead, its further lines below where it began.
func (p *page) hang(lead string, text ...string) (widest int) {
	for _, line := range text {
		for _, part := range wrap(line, p.columns-ink.Width(lead)) {
			whole := strings.TrimRight(lead+part, " ")
			widest = max(widest, ink.Width(whole))
			p.WriteString(whole + "\n")
			lead = strings.Repeat(" ", ink.Width(lead))
		}
	}
	return widest
}

// number is that of a lesson or a step in a column.
func number(n int) string {
	if n <= 0 {
		return "   -"
	}
	return fmt.Sprintf("%4d", n)
}

// lesson writes a lesson's chapter.
func (p *page) lesson(all report, l part) {
	p.gap()
	p.WriteString(strings.Repeat("-", p.hang("", title(l.heading()))) + "\n")
	p.hang("", all.course(l))
	p.gap()
	apart := false // a step with notes stands apart
	for i, s := range l.steps {
		notes := s.notes()
		if i > 0 && (apart || len(notes) > 0) {
			p.gap()
		}
		apart = len(notes) > 0
		p.hang(number(i+1)+"  ", title(s.title), title(all.stepCourse(s)))
		for _, n := range notes {
			p.hang(fmt.Sprintf("      %-11s", n.label), lines(n.text)...)
		}
	}
}
