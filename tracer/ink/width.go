package ink

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// narrow takes an East Asian ambiguous character, such as a line of a box, for
// one column, as terminals do.
var narrow = &runewidth.Condition{EastAsianWidth: false, StrictEmojiNeutral: true}

// Width returns the columns that s takes on a terminal. s holds no escape
// sequences: measure before colouring.
func Width(s string) int { return narrow.StringWidth(s) }

// Pad returns s filled with spaces on the right up to width columns.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-Width(s)))
}

// Cut returns s in at most width columns, marking a cut with "...".
func Cut(s string, width int) string { return narrow.Truncate(s, width, "...") }

// Wrap breaks text at spaces into lines of at most width columns.
func Wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case Width(line)+1+Width(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
