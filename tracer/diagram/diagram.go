// Package diagram draws TCP's state diagram in text, with the state that a
// connection is in, those that it has passed, and what would move it on; and
// small ones for the sockets that have no such states.
package diagram

import (
	"io"
	"regexp"
	"slices"
	"strings"

	"sockplay/tracer/ink"
	"sockplay/tracer/outlook"
)

// Options say how to draw. The zero value draws 80 columns of plain ASCII.
type Options struct {
	Pen   ink.Pen
	Width int // columns; 0: 80
	// Compact draws for a projector: in at most 16 lines of 60 columns.
	Compact bool
}

// compactCols is how wide a compact diagram may be.
const compactCols = 60

// TCP draws the diagram with the current state lit and the states of path
// marked as passed, in their order where the pen has small digits. Without a
// current state nothing is lit. Where the diagram does not fit, the states are
// listed.
func TCP(w io.Writer, current string, path []string, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	if o.Compact {
		o.Width = min(o.Width, compactCols)
	}
	d := drawing{Options: o, current: current, passed: unique(path)}
	look, known := outlook.TCP(current, path)
	before := outlook.Before(path)
	// CLOSED stands twice: where it begins, and where it ends in the regular way.
	below := look.Over && before != "LISTEN" && before != "SYN-SENT"
	drawn := figure
	switch {
	case o.Width >= figureCols:
	case o.Width >= wallCols:
		drawn = wall
	default:
		drawn = list
	}
	lines := strings.Split(strings.Trim(drawn, "\n"), "\n")
	for i, line := range lines {
		last := i == len(lines)-1
		d.draw(line, func(name string) rune {
			switch {
			case !outlook.IsState(name):
				return 0
			case name == current && (name != closed || last == below):
				return lit
			case name == closed && last:
				return 0
			}
			return d.order(name)
		})
	}
	if o.Width < figureCols {
		d.fill("  ", "[ ] now   "+d.Pen.Pick("¹²³ been there, in order", "* been there"), ink.Calm)
	}
	if known && !(o.Compact && o.Width >= wallCols) { // there the arrows say it
		d.legend(look)
	}
	_, err := io.WriteString(w, d.out.String())
	return err
}

const closed = "CLOSED"

// figureCols is the figure's width and the place for a mark behind it.
const figureCols = 72

// wallCols is the width of the smaller figure.
const wallCols = 58

// list holds the states in the order in which they are passed.
const list = `
  CLOSED
  LISTEN  SYN-SENT  SYN-RECEIVED
  ESTABLISHED
  FIN-WAIT-1  FIN-WAIT-2  CLOSING
  CLOSE-WAIT  LAST-ACK
  TIME-WAIT
  CLOSED
`

// drawing is a figure that is being drawn.
type drawing struct {
	Options
	out     strings.Builder
	current string
	passed  []string // each once, in the order of the first visits
}

// unique leaves out the CLOSED at the end, which is not the one at the top.
func unique(path []string) (list []string) {
	for n := len(path) - 1; n > 0 && path[n] == closed; n-- {
		path = path[:n]
	}
	for _, s := range path {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// lit marks the word for where the socket is now.
const lit = '['

// digits mark the first states that were passed.
var digits = []rune("¹²³⁴⁵⁶⁷⁸⁹")

// order is the mark of a state that was passed: which one it was, in UTF-8; 0
// if it was not.
func (d *drawing) order(name string) rune {
	i := slices.Index(d.passed, name)
	switch {
	case i < 0:
		return 0
	case i < len(digits) && d.Pen.UTF8:
		return digits[i]
	}
	return '*'
}

var words = regexp.MustCompile(`[A-Za-z][A-Za-z0-9-]+`)

// draw draws a line of a figure. mark returns a word's mark: lit, what stands
// behind the word, or 0.
func (d *drawing) draw(line string, mark func(word string) rune) {
	if d.Pen.UTF8 {
		line = strings.Replace(line, " *  been there", "¹²³ been there", 1)
	}
	cells := []rune(line + "  ")
	tones := make([]ink.Tone, len(cells))
	for i, r := range cells {
		if _, ok := ascii[r]; ok { // the arrows and their lines
			tones[i] = ink.Gone
			if !d.Pen.UTF8 {
				cells[i] = ascii[r]
			}
		}
	}
	for _, at := range words.FindAllStringIndex(line, -1) {
		name := line[at[0]:at[1]]
		from := len([]rune(line[:at[0]]))
		to := from + len(name)
		switch m := mark(name); m {
		case 0:
		case lit:
			cells[from-1], cells[to] = '[', ']'
			tone := ink.State(name)
			if tone == ink.Gone || !outlook.IsState(name) { // grey would not be lit
				tone = ink.Yours
			}
			for i := from - 1; i <= to; i++ {
				tones[i] = tone
			}
		default:
			cells[to] = m
		}
	}
	d.line(cells, tones)
}

// line writes cells, in runs of one tone.
func (d *drawing) line(cells []rune, tones []ink.Tone) {
	var spans []ink.Span
	for i := 0; i < len(cells); {
		j := i
		for j < len(cells) && tones[j] == tones[i] {
			j++
		}
		spans = append(spans, ink.Span{Tone: tones[i], Text: string(cells[i:j])})
		i = j
	}
	d.out.WriteString(d.Pen.Line(d.Width, spans...) + "\n")
}

var ascii = map[rune]rune{
	'─': '-', '│': '|', '╭': '+', '╮': '+', '╰': '+', '╯': '+', '├': '+', '┴': '+',
	'▲': '^', '▼': 'v', '▶': '>', '◀': '<',
}

// legend tells what would move the socket on.
func (d *drawing) legend(o outlook.Outlook) {
	head := "  from " + o.State + ": "
	if o.Over || o.Is != "" {
		head = "  " + o.State + ": "
	}
	d.fill(head, o.Text(d.Pen.Pick("→", "->")), ink.Plain)
}

// fill writes text behind a head.
func (d *drawing) fill(head, text string, tone ink.Tone) {
	lead := ink.Span{Tone: ink.Calm, Text: head}
	for _, line := range d.Pen.Fill(text, d.Width-ink.Width(head), d.Width-4) {
		d.out.WriteString(d.Pen.Line(d.Width, lead, ink.Span{Tone: tone, Text: line}) + "\n")
		lead = ink.Span{Text: "    "}
	}
}
