package page

import (
	"strings"

	"sockplay/tracer/ink"
)

// cell is a character, and how it is written.
type cell struct {
	r     rune
	tone  ink.Tone
	whole bool // it is part of something that is not to be broken at a space
}

// softBreak stands for the end of a line in the file.
const softBreak = '\uE000'

// joined has a space for each end of a line in the file; between two characters of
// a script that has no spaces there is none.
func joined(cells []cell) []cell {
	kept := cells[:0]
	for i, c := range cells {
		if c.r == softBreak {
			if i > 0 && i+1 < len(cells) && wide(cells[i-1].r) && wide(cells[i+1].r) {
				continue
			}
			c.r = ' '
		}
		kept = append(kept, c)
	}
	return kept
}

func wide(r rune) bool { return ink.Width(string(r)) == 2 }

// What does not stand at the beginning of a line, or at its end.
const (
	closing = "，。、；：？！）」』》〉】…—·,.;:?!)]}"
	opening = "（「『《〈【([{"
)

// breakable reports whether a line may end between two characters, none of which
// is a space.
func breakable(a, b cell) bool {
	return (wide(a.r) || wide(b.r)) && !strings.ContainsRune(closing, b.r) && !strings.ContainsRune(opening, a.r)
}

// flow breaks cells into lines: the first of so many columns, and the rest.
func flow(cells []cell, first, rest int) (lines [][]cell) {
	first, rest = max(first, 1), max(rest, 1)
	room := first
	var line []cell
	width, at := 0, -1 // at: where the line may end, after so many cells
	end := func(n int) {
		whole := line
		lines = append(lines, trimmed(whole[:n]))
		line = append([]cell{}, led(whole[n:])...)
		room, at, width = rest, -1, 0
		for i, c := range line {
			width += ink.Width(string(c.r))
			if c.r == ' ' && !c.whole {
				at = i + 1
			} else if i > 0 && breakable(line[i-1], c) {
				at = i
			}
		}
	}
	for _, c := range cells {
		if c.r == '\n' {
			end(len(line))
			continue
		}
		w := ink.Width(string(c.r))
		if n := len(line); n > 0 && c.r != ' ' && line[n-1].r != ' ' && breakable(line[n-1], c) {
			at = n
		}
		for width+w > room && len(line) > 0 && (c.r != ' ' || c.whole) {
			n := at
			if n <= 0 { // something whole, or a word, that is longer than the line
				if n = lastSpace(line); n <= 0 {
					n = len(line)
				}
			}
			end(n)
		}
		if c.r == ' ' && len(line) == 0 {
			continue
		}
		line = append(line, c)
		width += w
		if c.r == ' ' && !c.whole {
			at = len(line)
		}
	}
	if len(line) > 0 {
		lines = append(lines, trimmed(line))
	}
	return lines
}

// lastSpace is the place after the last space in a line, 0 if there is none.
func lastSpace(line []cell) int {
	for i := len(line); i > 0; i-- {
		if line[i-1].r == ' ' {
			return i
		}
	}
	return 0
}

// trimmed is a line without the spaces at its end, led one without those before.
func trimmed(line []cell) []cell {
	for len(line) > 0 && line[len(line)-1].r == ' ' {
		line = line[:len(line)-1]
	}
	return line
}

func led(line []cell) []cell {
	for len(line) > 0 && line[0].r == ' ' {
		line = line[1:]
	}
	return line
}

// columns are the columns that cells take.
func columns(cells []cell) (n int) {
	for _, c := range cells {
		n += ink.Width(string(c.r))
	}
	return n
}
