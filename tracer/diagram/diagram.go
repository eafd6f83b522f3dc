// Package diagram draws TCP's state diagram in text, with the state that a
// connection is in, those that it has passed, and what would move it on.
package diagram

import (
	"io"
	"regexp"
	"slices"
	"strings"

	"sockplay/tracer/ink"
)

// Options say how to draw. The zero value draws 80 columns of plain ASCII.
type Options struct {
	Pen   ink.Pen
	Width int // columns; 0: 80
}

// TCP draws the diagram with the current state lit and the states of path
// marked as passed. Without a current state nothing is lit. Where the diagram
// does not fit, the states are listed.
func TCP(w io.Writer, current string, path []string, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	d := drawing{Options: o, current: current, passed: path}
	d.again = current == closed && slices.ContainsFunc(path, func(s string) bool { return s != closed })
	d.below = d.again && d.before() != "LISTEN" && d.before() != "SYN-SENT"
	lines := strings.Split(strings.Trim(figure, "\n"), "\n")
	if o.Width < figureCols {
		lines = strings.Split(strings.Trim(list, "\n"), "\n")
	}
	for i, line := range lines {
		d.draw(line, i == len(lines)-1)
	}
	if o.Width < figureCols {
		d.out.WriteString(d.Pen.Line(o.Width, ink.Span{Tone: ink.Calm, Text: "  [ ] now   * been there"}) + "\n")
	}
	d.legend()
	_, err := io.WriteString(w, d.out.String())
	return err
}

const closed = "CLOSED"

// figureCols is the figure's width and the place for a mark behind it.
const figureCols = 72

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

type drawing struct {
	Options
	out     strings.Builder
	current string
	passed  []string
	again   bool // CLOSED is the end that was reached, not the beginning,
	below   bool // and not by one of the arrows to the CLOSED above
}

var words = regexp.MustCompile(`[A-Z][A-Z0-9-]+`)

// draw draws a line of the figure; last: its CLOSED is the one at the end.
func (d *drawing) draw(line string, last bool) {
	cells := []rune(line + "  ")
	tones := make([]ink.Tone, len(cells))
	for i, r := range cells {
		if r >= 0x80 { // the arrows and their lines
			tones[i] = ink.Gone
			if !d.Pen.UTF8 {
				cells[i] = ascii[r]
			}
		}
	}
	for _, at := range words.FindAllStringIndex(line, -1) {
		name := line[at[0]:at[1]]
		if _, ok := moves[name]; !ok {
			continue
		}
		from := len([]rune(line[:at[0]]))
		to := from + len(name)
		lit := name == d.current
		passed := slices.Contains(d.passed, name)
		if name == closed {
			lit = lit && last == d.below
			passed = passed && !last
		}
		switch {
		case lit:
			cells[from-1], cells[to] = '[', ']'
			tone := ink.State(name)
			if name == closed {
				tone = ink.Yours // grey would not be lit
			}
			for i := from - 1; i <= to; i++ {
				tones[i] = tone
			}
		case passed:
			cells[to] = '*'
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
	'─': '-', '│': '|', '╭': '+', '╮': '+', '╰': '+', '╯': '+', '├': '+',
	'▲': '^', '▼': 'v', '▶': '>', '◀': '<',
}

// legend tells what would move the connection on.
func (d *drawing) legend() {
	text, ok := moves[d.current]
	if d.again {
		text = ended[d.before()]
		if text == "" {
			text = cutOff
		}
	}
	if !ok {
		return
	}
	text = strings.ReplaceAll(text, "->", d.Pen.Pick("→", "->"))
	head := ink.Span{Tone: ink.Calm, Text: "  from " + d.current + ": "}
	if d.again {
		head.Text = "  " + d.current + ": "
	}
	for _, line := range d.Pen.Fill(text, d.Width-ink.Width(head.Text), d.Width-4) {
		d.out.WriteString(d.Pen.Line(d.Width, head, ink.Span{Text: line}) + "\n")
		head = ink.Span{Text: "    "}
	}
}

// before is the state from which CLOSED was reached.
func (d *drawing) before() string {
	path := d.passed
	for len(path) > 0 && path[len(path)-1] == closed {
		path = path[:len(path)-1]
	}
	if len(path) == 0 {
		return ""
	}
	return path[len(path)-1]
}

// ended tells for each state with an arrow to CLOSED what it means that the
// arrow was taken.
var ended = map[string]string{
	"LISTEN":    "it listens no longer.",
	"SYN-SENT":  "no connection came of it: close(), or an RST, which no arrow shows.",
	"LAST-ACK":  overText,
	"TIME-WAIT": overText,
}

const (
	overText = "the connection is over; nothing moves it any more."
	cutOff   = "the connection was cut off. An RST, or a stack that gives up, leads to CLOSED from any state; no arrow shows it."
)

// moves tells for each state what ends it (RFC 9293 3.10).
var moves = map[string]string{
	"CLOSED":       "listen() -> LISTEN; connect() sends a SYN -> SYN-SENT.",
	"LISTEN":       "a SYN begins a connection, in SYN-RECEIVED, while the listener stays; close() -> CLOSED.",
	"SYN-SENT":     "the peer's SYN-ACK -> ESTABLISHED; its SYN alone, if both call at once -> SYN-RECEIVED; an RST or close() -> CLOSED.",
	"SYN-RECEIVED": "the ACK of our SYN -> ESTABLISHED; an RST -> LISTEN again; close() sends a FIN -> FIN-WAIT-1.",
	"ESTABLISHED":  "close() or shutdown wr sends a FIN -> FIN-WAIT-1; a FIN from the peer -> CLOSE-WAIT; an RST -> CLOSED.",
	"FIN-WAIT-1":   "the ACK of our FIN -> FIN-WAIT-2; a FIN from the peer -> CLOSING; one segment with both -> TIME-WAIT.",
	"FIN-WAIT-2":   "a FIN from the peer, when its program closes too -> TIME-WAIT. Until then it may send.",
	"CLOSING":      "the ACK of our FIN -> TIME-WAIT. Both ends have closed at once.",
	"TIME-WAIT":    "time alone: after 2 MSL, when no late segment can come any more -> CLOSED.",
	"CLOSE-WAIT":   "only our program: close() or shutdown wr sends a FIN -> LAST-ACK. Until then it may send.",
	"LAST-ACK":     "the ACK of our FIN -> CLOSED.",
}
