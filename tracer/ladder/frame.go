package ladder

import (
	"strconv"
	"strings"

	"sockplay/tracer/ink"
)

// Widths of the drawing, in columns.
const (
	wideFrom  = 72  // narrower, the states stand between the rails
	whyFrom   = 110 // from here on explanations stand beside the drawing
	stateCols = 12  // SYN-RECEIVED
	rightCols = 16  // "nobody at :65535"
	innerMin  = 14
	innerMax  = 60
	wallCols  = 60 // of a wall, at most; what is there must be seen from the last row
	wallMin   = 22 // between its rails
	wallRight = 12 // "nobody there"
)

// frame is where things stand. From left to right: the packet's number, the
// left end's state, a rail, the arrow, a rail, the right end's state, and
// with much room the explanation.
type frame struct {
	narrow bool
	wall   bool // heavy lines
	number int  // columns of the number and the gap behind it
	inner  int  // columns between the rails
	right  int  // columns of the right end's state
	why    int  // columns for explanations, 0: none
}

// newFrame fits a frame into width columns; highest is the highest number that
// it must hold.
func newFrame(width, highest int, wall bool) frame {
	digits := len(strconv.Itoa(highest))
	if wall {
		f := frame{wall: true, number: max(2, digits) + 2, right: wallRight}
		f.inner = width - f.number - stateCols - len(" ||") - len(" ") - f.right
		if f.inner >= wallMin {
			return f
		}
	}
	if width < wideFrom {
		f := frame{narrow: true, wall: wall, number: max(3, digits) + 1}
		f.inner = min(max(innerMin, width-f.number-2), innerMax)
		return f
	}
	f := frame{number: max(6, digits) + 2, right: rightCols}
	room := width - f.number - stateCols - len(" ||") - len(" ") - f.right
	f.inner = min(room, innerMax)
	if width >= whyFrom {
		f.inner = min(max(40, 40+(width-140)/3), innerMax)
		f.why = room - f.inner - 2
	}
	return f
}

// rail is the column of the left rail.
func (f frame) rail() int {
	if f.narrow {
		return f.number
	}
	return f.number + stateCols + 1
}

// beside is the column where texts below a row begin.
func (f frame) beside() int {
	if f.narrow {
		return f.number + 2
	}
	return f.number
}

// total is the columns of the drawing without explanations.
func (f frame) total() int {
	n := f.rail() + f.inner + 2
	if !f.narrow {
		n += 1 + f.right
	}
	return n
}

// shape is how far an arrow goes.
type shape int

const (
	whole    shape = iota // from rail to rail
	half                  // on the wire: it ends before the other rail
	lost                  // it ends in a cross
	rest                  // set off earlier, arrives now
	lostRest              // set off earlier, lost now
)

// labelRoom is how many columns an arrow's label may take.
func (f frame) labelRoom(s shape) int {
	stub, spaces, head := 2, 2, 2 // the head is a line's one dash and its point
	room := f.inner - stub - spaces - head
	switch s { // so that it visibly does not arrive
	case half:
		room -= 4
	case lost, lostRest:
		room -= 2 // the cross alone tells it
		if f.wall {
			room -= len(" lost")
		}
	}
	return max(0, room)
}

// post is a rail beside which nothing happens.
func (f frame) post(pen ink.Pen) string {
	if f.wall {
		return pen.Pick("┃", "|")
	}
	return pen.Pick("│", "|")
}

// arrow returns the rails and what is between them: inner+2 columns.
func (f frame) arrow(pen ink.Pen, from side, s shape, text string, tone ink.Tone) []ink.Span {
	solid, dash, post := pen.Pick("─", "-"), pen.Pick("╌", "."), f.post(pen)
	near, head, gap := pen.Pick("├", "|"), pen.Pick("▶", ">"), 0
	if from == right {
		near, head = pen.Pick("┤", "|"), pen.Pick("◀", "<")
	}
	if f.wall {
		solid, dash, near = pen.Pick("━", "="), pen.Pick("╍", "."), pen.Pick("┣", "|")
		if from == right {
			near = pen.Pick("┫", "|")
		}
	}
	stub, line := solid, solid
	if text != "" {
		text = " " + text + " "
	}
	used := 2 + ink.Width(text) + 1
	run := f.inner - used
	if s == rest || s == lostRest {
		near, stub = post, dash
	}
	switch s {
	case half:
		line, head = dash, pen.Pick("▷", ">")
		if from == right {
			head = pen.Pick("◁", "<")
		}
	case lost, lostRest:
		head = pen.Pick("╳", "x")
	}
	if s != whole && s != rest {
		run = min(max(f.inner*5/8-used, 2), run)
		gap = f.inner - used - run
	}
	after := strings.Repeat(" ", max(0, gap))
	if word := " lost "; f.wall && (s == lost || s == lostRest) && gap >= len(word) {
		after = ink.Pad(word, gap)
		if from == right {
			after = strings.Repeat(" ", gap-len(word)) + word
		}
	}
	spans := []ink.Span{
		{Tone: ink.Gone, Text: near},
		{Tone: tone, Text: strings.Repeat(stub, 2)},
		{Tone: tone, Text: text},
		{Tone: tone, Text: strings.Repeat(line, max(0, run))},
		{Tone: tone, Text: head},
		{Tone: ink.Plain, Text: after},
		{Tone: ink.Gone, Text: post},
	}
	if from == right {
		for i, j := 0, len(spans)-1; i < j; i, j = i+1, j-1 {
			spans[i], spans[j] = spans[j], spans[i]
		}
	}
	return spans
}

// between returns two rails with text between them.
func (f frame) between(post string, inside ...ink.Span) []ink.Span {
	used := 0
	for _, s := range inside {
		used += ink.Width(s.Text)
	}
	spans := append([]ink.Span{{Tone: ink.Gone, Text: post}}, inside...)
	return append(spans,
		ink.Span{Text: strings.Repeat(" ", max(0, f.inner-used))},
		ink.Span{Tone: ink.Gone, Text: post})
}
