package page

import (
	"strings"

	extension "github.com/yuin/goldmark/extension/ast"

	"sockplay/tracer/ink"
)

// gap is what stands between two columns.
const gap = 3

// least is the least that a column is made: a wide character.
const least = 2

// table sets a table: columns as wide as they need to be, or less, and then their
// cells in several lines.
func (s *setter) table(n *extension.Table, first, rest string, width int) {
	var rows [][][]cell
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		tone := ink.Plain
		if r.Kind() == extension.KindTableHeader {
			tone = ink.Calm
		}
		var row [][]cell
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			row = append(row, s.inline(c, tone))
		}
		rows = append(rows, row)
	}
	wide := fit(rows, width-ink.Width(rest))
	if wide == nil { // not even letter by letter
		for _, row := range rows {
			var all []cell
			for i, c := range row {
				if i > 0 {
					all = append(all, cell{r: ','}, cell{r: ' '})
				}
				all = append(all, c...)
			}
			s.lines(flow(all, width-ink.Width(first), width-ink.Width(rest)), first, rest)
			first = rest
		}
		return
	}
	several := false // whether a row takes more than a line
	for _, row := range rows {
		for i, c := range row {
			several = several || i < len(wide) && columns(c) > wide[i]
		}
	}
	for i, row := range rows {
		if i > 1 && several {
			s.out.WriteString(strings.TrimRight(rest, " ") + "\n")
		}
		s.row(row, wide, first, rest)
		first = rest
	}
}

// row sets a row of a table.
func (s *setter) row(row [][]cell, wide []int, first, rest string) {
	set := make([][][]cell, len(row))
	high := 0
	for i, c := range row {
		set[i] = flow(c, wide[i], wide[i])
		high = max(high, len(set[i]))
	}
	for y := range high {
		line := ""
		for i := range row {
			text, n := "", 0
			if y < len(set[i]) {
				text, n = s.painted(set[i][y]), columns(set[i][y])
			}
			line += text + strings.Repeat(" ", max(wide[i]-n, 0)+gap)
		}
		s.out.WriteString(strings.TrimRight(first+line, " ") + "\n")
		first = rest
	}
}

// fit gives each column what it needs or, where that is too much for all, takes
// from the widest. It is nil where there is no room for all.
func fit(rows [][][]cell, width int) []int {
	var wide []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(wide) {
				wide = append(wide, 1)
			}
			wide[i] = max(wide[i], columns(c))
		}
	}
	for {
		sum, widest := gap*(len(wide)-1), 0
		for i, w := range wide {
			sum += w
			if w > wide[widest] {
				widest = i
			}
		}
		switch {
		case len(wide) == 0 || sum <= width:
			return wide
		case wide[widest] <= least:
			return nil
		}
		wide[widest]--
	}
}
