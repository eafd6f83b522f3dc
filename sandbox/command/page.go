package command

import (
	"strings"

	"sockplay/tracer/ink"
)

// Page is a text of several parts, which is set when it is known how wide it may
// be.
type Page []Part

// Part is a part of a page: one of the ways to say something.
type Part struct {
	Text  string     // a paragraph, set to the width
	Lines []string   // or lines that stay as they are, for who copies them,
	Drawn bool       // or are a drawing, which is left out where it does not fit
	Cells []string   // or entries, in two columns where they fit
	Rows  [][]string // or a table, set below each other where there is no room
	Label string     // what stands before, in a margin of its own
	Space bool       // an empty line before it
	Extra bool       // it is left out where there is little room,
	Wall  bool       // or stands only there
}

// labelWidth is the columns of the margin for labels.
const labelWidth = 9

// maxPageWidth is as wide as a text is set: longer lines are hard to read.
const maxPageWidth = 78

// Set sets the page in so many columns; short leaves the extras out.
func (p Page) Set(width int, short bool) string {
	return p.set(min(width-1, maxPageWidth), short)
}

// Spoken sets the page for a listener: without drawings, and one entry a line.
func (p Page) Spoken(width int, short bool) string {
	var spoken Page
	label := ""
	for _, part := range p {
		if part.Drawn {
			continue
		}
		for _, c := range part.Cells {
			name, what, _ := strings.Cut(strings.TrimSpace(c), " ")
			part.Lines = append(part.Lines, name+": "+strings.TrimSpace(what))
		}
		part.Cells = nil
		for i, r := range part.Rows {
			part.Lines = append(part.Lines, "packet "+strings.TrimSpace(strings.Join(r, ", ")))
			part.Lines[i] = strings.Replace(part.Lines[i], " > ", " to ", 1)
		}
		part.Rows = nil
		if part.Label != "" && part.Text != "" {
			if name := strings.TrimSpace(part.Label); name != "" {
				label = name // else it is that of before
			}
			part.Text, part.Label = label+": "+part.Text, ""
		}
		spoken = append(spoken, part)
	}
	return spoken.set(width-1, short)
}

func (p Page) set(width int, short bool) string {
	var b strings.Builder
	for _, part := range p {
		if short && part.Extra || !short && part.Wall {
			continue
		}
		if part.Space && !short {
			b.WriteByte('\n')
		}
		part.set(&b, width)
	}
	return b.String()
}

func (p Part) set(b *strings.Builder, width int) {
	margin := p.Label
	if p.Label != "" {
		margin = ink.Pad(p.Label, max(labelWidth, ink.Width(p.Label)+2))
	}
	write := func(line string) {
		b.WriteString(strings.TrimRight(margin+line, " ") + "\n")
		margin = strings.Repeat(" ", ink.Width(margin))
	}
	room := width - ink.Width(margin)
	for _, l := range ink.Wrap(p.Text, room) {
		write(l)
	}
	if p.Drawn && widest(p.Lines) > room {
		return
	}
	for _, l := range p.Lines {
		hang := ""
		for i, part := range foldLine(l, room) {
			if i > 0 {
				hang = strings.Repeat(" ", len(l)-len(strings.TrimLeft(l, " "))+2)
			}
			write(hang + part)
		}
	}
	for _, line := range tabled(p.Rows, room) {
		write(line)
	}
	half := (len(p.Cells) + 1) / 2
	left, right := widest(p.Cells[:half]), widest(p.Cells[half:])
	if left+1+right > room {
		half = len(p.Cells)
	}
	for i := range half {
		line := p.Cells[i]
		if half+i < len(p.Cells) {
			line = ink.Pad(line, left+1) + p.Cells[half+i]
		}
		write(line)
	}
}

// tabled aligns the columns of a table in so many columns of the screen. Cells
// for which a line has no room stand below.
func tabled(rows [][]string, room int) (lines []string) {
	var wide []int
	total := 0
	for _, r := range rows {
		for i, cell := range r {
			if i == len(wide) {
				wide = append(wide, 0)
			}
			wide[i] = max(wide[i], ink.Width(cell))
		}
	}
	for _, w := range wide {
		total += w + 2
	}
	below := total-2 > room
	for _, r := range rows {
		line := ""
		for i, cell := range r {
			if below && ink.Width(line)+ink.Width(cell) > room && i > 0 {
				lines = append(lines, ink.Cut(strings.TrimRight(line, " "), room))
				line = "    "
			}
			if below && i > 1 {
				line += cell + "  "
			} else {
				line += ink.Pad(cell, wide[i]+2)
			}
		}
		lines = append(lines, ink.Cut(strings.TrimRight(line, " "), room))
	}
	return lines
}

func widest(cells []string) (wide int) {
	for _, c := range cells {
		wide = max(wide, ink.Width(c))
	}
	return wide
}

// foldLine folds a line that is too wide to stay as it is.
func foldLine(line string, width int) []string {
	if ink.Width(line) <= width {
		return []string{line}
	}
	lead := line[:len(line)-len(strings.TrimLeft(line, " "))]
	parts := ink.Wrap(strings.TrimLeft(line, " "), max(10, width-len(lead)-2))
	if len(parts) > 0 {
		parts[0] = lead + parts[0]
	}
	return parts
}

// say is a page of one text.
func say(text string) Answer { return Answer{Show: Page{{Text: text}}} }
