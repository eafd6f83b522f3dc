//go:build unix

package repl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// frame is what is to be seen of a line that is being typed.
type frame struct {
	prefix string
	line   string
	cursor int // in line
	menu   []menuRow
	total  int // suggestions that there are, though the menu may show fewer
}

// menuRow is one suggestion.
type menuRow struct {
	text     string
	selected bool
	thumb    bool // beside it is the scroll bar's thumb
}

// glyphs are the characters that are not a learner's own.
type glyphs struct{ bar, dots string }

var (
	unicodeGlyphs = glyphs{"│", "…"}
	asciiGlyphs   = glyphs{"|", "..."}
)

const (
	up        = "\x1b[%dA"
	eraseDown = "\x1b[J"
	plain     = "\x1b[m"
	reverse   = "\x1b[7m"
	wrapOff   = "\x1b[?7l"
	wrapOn    = "\x1b[?7h"
)

// appendTo appends what draws the frame, from the beginning of a row, on a
// terminal of this size, with the prefix in this style, and says how many rows
// above the cursor it then begins.
//
// Where a row ends is decided here, with the terminal's own wrapping off, and the
// cursor is put in place by writing up to it once more: terminals differ in how
// wide they take some characters to be, and so it doesn't matter.
func (f *frame) appendTo(b []byte, style string, g glyphs, cols, rows int) (_ []byte, above int) {
	all := f.prefix + f.line
	cursor := len(f.prefix) + f.cursor
	starts := wrap(all, cols)
	if f.cursor == len(f.line) && full(all[starts[len(starts)-1]:], cols) {
		starts = append(starts, len(all)) // the cursor needs a row to stand in
	}
	at := len(starts) - 1
	for starts[at] > cursor {
		at--
	}

	// A line that is longer than the screen shows the rows about the cursor.
	first := max(0, at-rows+1)
	last := min(len(starts), first+rows) - 1
	ends := append(slices.Clone(starts[1:]), len(all))

	b = append(b, wrapOff...)
	for i := first; i <= last; i++ {
		if i > first {
			b = append(b, "\r\n"...)
		}
		b = f.appendText(b, style, starts[i], ends[i])
	}
	below := last - at
	menu := visible(f.menu, rows-(last-first+1))
	x := width(all[starts[at]:cursor]) // below the cursor, if all fits there
	texts := make([]string, len(menu))
	for i, row := range menu {
		texts[i] = row.fit(f.total > len(menu), g, cols)
		x = min(x, cols-width(texts[i]))
	}
	for i, row := range menu {
		b = append(b, "\r\n"...)
		b = appendMenuRow(b, texts[i], row.selected, x)
		below++
	}
	if below > 0 {
		b = fmt.Appendf(b, up, below)
	}
	b = append(b, '\r')
	b = f.appendText(b, style, starts[at], cursor)
	b = append(b, wrapOn...)
	return b, at - first
}

// appendText appends a part of the prefix and the line.
func (f *frame) appendText(b []byte, style string, from, to int) []byte {
	all := f.prefix + f.line
	if p := len(f.prefix); from < p && style != "" {
		styled := min(to, p)
		b = append(b, style...)
		b = append(b, all[from:styled]...)
		b = append(b, plain...)
		from = styled
	}
	return append(b, all[from:to]...)
}

// visible are the rows of a menu for which there is room, the selected among them.
func visible(menu []menuRow, room int) []menuRow {
	if len(menu) <= room {
		return menu
	}
	selected := slices.IndexFunc(menu, func(r menuRow) bool { return r.selected })
	first := max(0, selected-room+1)
	return menu[first : first+room]
}

// fit is the row's text, cut to so many columns, with its piece of the scroll bar
// where there is more than is shown.
func (r menuRow) fit(scrolls bool, g glyphs, cols int) string {
	text := r.text // which begins with a space, and is filled with them
	if rest, ok := strings.CutPrefix(text, " "); ok && scrolls && r.thumb {
		text = g.bar + rest
	}
	if width(text) > cols {
		text = strings.TrimRight(text, " ")
	}
	return runewidth.Truncate(text, cols, g.dots)
}

// appendMenuRow appends a row of the menu, at column x.
func appendMenuRow(b []byte, text string, selected bool, x int) []byte {
	if x > 0 {
		b = fmt.Appendf(b, "\x1b[%dC", x)
	}
	if selected {
		return append(append(append(b, reverse...), text...), plain...)
	}
	return append(b, text...)
}

// wrap is where the rows of s begin.
func wrap(s string, cols int) []int {
	starts := []int{0}
	x := 0
	for i, r := range s {
		w := runewidth.RuneWidth(r)
		if x+w > cols && x > 0 {
			starts = append(starts, i)
			x = 0
		}
		x += w
	}
	return starts
}

// full says whether a row has no room left for a cursor.
func full(row string, cols int) bool { return width(row) >= cols }

// width counts columns as go-prompt counts the cursor's.
func width(s string) int {
	n := 0
	for _, r := range s {
		n += runewidth.RuneWidth(r)
	}
	return n
}

// columns is the index in s of column n, after what is combined with the
// character before it.
func columns(s string, n int) int {
	x := 0
	for i, r := range s {
		w := runewidth.RuneWidth(r)
		if x >= n && w > 0 {
			return i
		}
		x += w
	}
	return len(s)
}
