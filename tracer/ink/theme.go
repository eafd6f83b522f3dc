package ink

import (
	"slices"

	"github.com/fatih/color"
)

// Tone is what a colour means.
type Tone int

// The meanings, with their colours in the dark theme.
const (
	Plain Tone = iota
	Yours      // what the learner typed or owns: bright
	Calm       // what the stack does by itself
	Open       // an open connection: green
	Way        // a connection on its way up or down: yellow
	Gone       // a closed connection: grey
	Loss       // RST, loss, errors: red
)

// Theme is a choice of colours. The zero value is Dark.
type Theme int

// The themes.
const (
	Dark     Theme = iota // for a dark background
	Light                 // for a white one
	Contrast              // few colours, the brightest, for a black one
)

// Themes are the names of the themes, in the order of their values.
var Themes = []string{"dark", "light", "contrast"}

// ParseTheme finds a theme by its name.
func ParseTheme(name string) (t Theme, ok bool) {
	i := slices.Index(Themes, name)
	return Theme(max(i, 0)), i >= 0
}

// String returns the theme's name.
func (t Theme) String() string { return Themes[t] }

// themes has each tone's colour; a tone that is not there is written without.
var themes = map[Theme]map[Tone]*color.Color{
	Dark: {
		Yours: newColor(color.Bold),
		Calm:  newColor(color.FgCyan),
		Open:  newColor(color.FgGreen),
		Way:   newColor(color.FgYellow),
		Gone:  newColor(color.FgHiBlack),
		Loss:  newColor(color.FgRed),
	},
	// The first 16 colours are each terminal's own, and their green and yellow
	// vanish on white. The others are the same everywhere.
	Light: {
		Yours: newColor(color.Bold),
		Calm:  newIndexed(25),  // blue
		Open:  newIndexed(22),  // green
		Way:   newIndexed(94),  // brown
		Gone:  newIndexed(240), // grey
		Loss:  newIndexed(124), // red
	},
	Contrast: {
		Yours: newColor(color.Bold),
		Open:  newColor(color.Bold, color.FgHiGreen),
		Way:   newColor(color.Bold, color.FgHiYellow),
		Loss:  newColor(color.Bold, color.ReverseVideo),
	},
}

// newColor ignores the terminal and NO_COLOR: Pen.Color decides.
func newColor(a ...color.Attribute) *color.Color {
	c := color.New(a...)
	c.EnableColor()
	return c
}

// newIndexed is a colour of xterm's palette of 256.
func newIndexed(n color.Attribute) *color.Color { return newColor(38, 5, n) }
