// Package plot draws curves in a terminal, each with a mark of its own, so that
// they can be told apart without colour.
package plot

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"sockplay/tracer/ink"
)

// Point is a point of a curve.
type Point struct{ X, Y float64 }

// Curve is a line through points, in the order of their X.
type Curve struct {
	Name   string
	Points []Point
	// Steps: from each point on it stays at its Y until the next one.
	Steps bool
}

// Axis says what is told along a side.
type Axis struct {
	Name string // "loss, per cent"
	// Write writes a value at the axis; nil: as a number.
	Write func(v float64) string
}

// Options say how to draw. The zero value draws 80 columns of plain ASCII.
type Options struct {
	Pen    ink.Pen
	Width  int // columns; 0: 80
	Height int // rows of the field; 0: 12
	X, Y   Axis
}

// The widest field that is drawn.
const maxCols = 100

var (
	marks  = []string{"●", "○", "▪", "▫"}
	ascii  = []string{"*", "o", "#", "+"}
	tones  = []ink.Tone{ink.Yours, ink.Open, ink.Way, ink.Calm}
	shared = -2 // more than one curve is here
)

// Draw draws the curves in one field, with 0 at its foot.
func Draw(w io.Writer, curves []Curve, o Options) error {
	f := newField(curves, o)
	for i, c := range curves {
		f.draw(i, c)
	}
	_, err := io.WriteString(w, f.text(curves))
	return err
}

// field is what is drawn in.
type field struct {
	Options
	cells       [][]int // rows from the top: -1, the number of a curve, or shared
	cols, label int
	left, right float64 // X
	top         float64 // Y
}

func newField(curves []Curve, o Options) *field {
	f := &field{Options: o, left: math.Inf(1), right: math.Inf(-1)}
	if f.Width <= 0 {
		f.Width = 80
	}
	if f.Height <= 0 {
		f.Height = 12
	}
	for _, c := range curves {
		for _, p := range c.Points {
			f.left, f.right = min(f.left, p.X), max(f.right, p.X)
			f.top = max(f.top, p.Y)
		}
	}
	if f.left > f.right {
		f.left, f.right = 0, 0
	}
	if f.left == f.right {
		f.right = f.left + 1
	}
	f.top = nice(f.top)
	f.label = max(ink.Width(f.y(f.top)), ink.Width(f.y(f.top/2)), ink.Width(f.y(0)))
	f.cols = max(min(f.Width, maxCols)-f.label-5, 10)
	f.cells = make([][]int, f.Height)
	for r := range f.cells {
		f.cells[r] = make([]int, f.cols)
		for c := range f.cells[r] {
			f.cells[r][c] = -1
		}
	}
	return f
}

// nice is a round number, v or more.
func nice(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10} {
		if m*unit >= v*(1-1e-9) {
			return m * unit
		}
	}
	return 10 * unit
}

func (a Axis) write(v float64) string {
	if a.Write != nil {
		return a.Write(v)
	}
	return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'g', -1, 64)
}

func (f *field) x(v float64) string { return f.X.write(v) }
func (f *field) y(v float64) string { return f.Y.write(v) }

// at is the X of a column's middle; row the row of a Y.
func (f *field) at(col int) float64 {
	if f.cols == 1 {
		return f.left
	}
	return f.left + (f.right-f.left)*float64(col)/float64(f.cols-1)
}

func (f *field) row(y float64) int {
	r := int(math.Round(min(max(y/f.top, 0), 1) * float64(f.Height-1)))
	return f.Height - 1 - r
}

// draw draws one curve: in each column all that it passes through there.
func (f *field) draw(number int, c Curve) {
	if len(c.Points) == 0 {
		return
	}
	half := (f.right - f.left) / float64(f.cols-1) / 2
	next := 0            // the first point that is not passed
	was := [2]int{-1, 0} // the rows of the column before
	for col := range f.cols {
		x := f.at(col)
		low, high, ok := c.passes(x-half, x+half, &next)
		if !ok {
			continue
		}
		rows := [2]int{f.row(high), f.row(low)}
		if was[0] >= 0 && !c.Steps { // no gap in what is steep
			rows[0], rows[1] = min(rows[0], was[1]+1), max(rows[1], was[0]-1)
		}
		was = [2]int{f.row(high), f.row(low)}
		for r := rows[0]; r <= rows[1]; r++ {
			switch cell := &f.cells[r][col]; {
			case *cell == -1:
				*cell = number
			case *cell != number:
				*cell = shared
			}
		}
	}
}

// passes is between which Y the curve runs from left to right. next is the first
// point that no column before has passed.
func (c Curve) passes(left, right float64, next *int) (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	take := func(y float64) { low, high, ok = min(low, y), max(high, y), true }
	for ; *next < len(c.Points) && c.Points[*next].X < right; *next++ {
		p := c.Points[*next]
		if c.Steps && *next > 0 && p.X > left {
			take(c.Points[*next-1].Y) // it comes from there
		}
		take(p.Y)
	}
	if ok {
		return low, high, true
	}
	if *next == 0 || *next == len(c.Points) {
		if *next == len(c.Points) && c.Points[*next-1].X >= left {
			take(c.Points[*next-1].Y)
		}
		return low, high, ok
	}
	a, b := c.Points[*next-1], c.Points[*next]
	if c.Steps {
		take(a.Y)
		return low, high, ok
	}
	take(a.Y + (b.Y-a.Y)*((left+right)/2-a.X)/(b.X-a.X))
	return low, high, ok
}

// text is the drawing.
func (f *field) text(curves []Curve) string {
	var out strings.Builder
	line := func(spans ...ink.Span) { out.WriteString(f.Pen.Line(f.Width, spans...) + "\n") }
	glyph := func(n int) string {
		if n == shared {
			return f.Pen.Pick("◉", "@")
		}
		return f.Pen.Pick(marks[n%len(marks)], ascii[n%len(ascii)])
	}
	line(ink.Span{Text: "  " + f.Y.Name})
	both := false
	for r, cells := range f.cells {
		value := ""
		if r == 0 || r == f.Height-1 || r == (f.Height-1)/2 && f.Height%2 == 1 {
			value = f.y(f.top * float64(f.Height-1-r) / float64(f.Height-1))
		}
		edge := f.Pen.Pick("│", "|")
		if value != "" {
			edge = f.Pen.Pick("┤", "+")
		}
		spans := []ink.Span{{Tone: ink.Calm, Text: fmt.Sprintf("  %*s %s", f.label, value, edge)}}
		for _, n := range cells {
			switch {
			case n == -1:
				spans = append(spans, ink.Span{Text: " "})
			case n == shared:
				both = true
				spans = append(spans, ink.Span{Text: glyph(n)})
			default:
				spans = append(spans, ink.Span{Tone: tones[n%len(tones)], Text: glyph(n)})
			}
		}
		line(spans...)
	}
	axis, values := f.foot()
	line(ink.Span{Tone: ink.Calm, Text: axis})
	line(ink.Span{Tone: ink.Calm, Text: values})
	legend := []ink.Span{{Text: "  " + strings.Repeat(" ", f.label+2)}}
	for i, c := range curves {
		legend = append(legend, ink.Span{Tone: tones[i%len(tones)], Text: glyph(i)}, ink.Span{Text: " " + c.Name + "   "})
	}
	if both {
		legend = append(legend, ink.Span{Text: glyph(shared) + " both   "})
	}
	line(append(legend, ink.Span{Tone: ink.Calm, Text: "(" + f.X.Name + ")"})...)
	return out.String()
}

// foot is the lower axis, and round values along it.
func (f *field) foot() (axis, values string) {
	indent := f.label + 3
	line := []rune(strings.Repeat(f.Pen.Pick("─", "-"), f.cols))
	text := []rune(strings.Repeat(" ", f.Width))
	free := 0
	step := nice((f.right - f.left) / 6)
	for x := math.Ceil(f.left/step-1e-9) * step; x <= f.right+step*1e-9; x += step {
		col := int(math.Round((x - f.left) / (f.right - f.left) * float64(f.cols-1)))
		v := []rune(f.x(x + 0)) // not -0
		at := max(indent+1+col-len(v)/2, 0)
		if at < free || at+len(v) > f.Width || col >= f.cols {
			continue
		}
		line[col] = []rune(f.Pen.Pick("┬", "+"))[0]
		copy(text[at:], v)
		free = at + len(v) + 1
	}
	return strings.Repeat(" ", indent) + f.Pen.Pick("└", "+") + string(line), strings.TrimRight(string(text), " ")
}
