package anatomy

import (
	"strings"

	"sockplay/tracer/ink"
	"sockplay/tracer/packet"
)

// The pictures of headers in RFCs, such as RFC 9293 3.1, are 32 bits wide, two
// columns a bit.
const (
	rowBits   = 32
	boxIndent = 2
	boxCols   = boxIndent + 2*rowBits + 1
)

// cell is the part of a field in one row of the picture, or in several whole
// ones.
type cell struct {
	from, bits int // in its row
	rows       int
	text       []string // "": the rest of a field whose name stands elsewhere
}

// box draws a header as its RFC does, with the packet's values.
func (d *drawing) box(l *packet.Layer) {
	var cells []cell
	for _, f := range l.Fields {
		if len(f.Parts) == 0 {
			cells = append(cells, d.cells(f)...)
		}
		for _, part := range f.Parts {
			cells = append(cells, d.cells(part)...)
		}
	}
	if len(cells) == 0 {
		return
	}
	d.line()
	indent := strings.Repeat(" ", boxIndent)
	d.line(ink.Span{Tone: ink.Yours, Text: indent + l.Name})
	d.line(ink.Span{Tone: ink.Gone, Text: indent + " 0                   1                   2                   3"})
	d.line(ink.Span{Tone: ink.Gone, Text: indent + " " + strings.TrimSpace(strings.Repeat("0 1 2 3 4 5 6 7 8 9 ", 3)) + " 0 1"})
	edge := ink.Span{Tone: ink.Gone, Text: indent + strings.Repeat("+-", rowBits) + "+"}
	d.line(edge)
	for i := 0; i < len(cells); {
		j := i + 1
		for j < len(cells) && cells[j].from > 0 {
			j++
		}
		d.boxRow(indent, cells[i:j])
		d.line(edge)
		i = j
	}
}

// boxRow draws the cells of one row, or the one of several.
func (d *drawing) boxRow(indent string, cells []cell) {
	height := cells[0].rows
	for _, c := range cells {
		height = max(height, len(c.text))
	}
	for k := range height {
		spans := []ink.Span{{Text: indent}, {Tone: ink.Gone, Text: "|"}}
		for _, c := range cells {
			text := ""
			if i := k - (height-len(c.text))/2; i >= 0 && i < len(c.text) {
				text = c.text[i]
			}
			room := 2*c.bits - 1
			left := (room - ink.Width(text)) / 2
			spans = append(spans, ink.Span{Text: strings.Repeat(" ", left) + ink.Pad(text, room-left)}, ink.Span{Tone: ink.Gone, Text: "|"})
		}
		d.line(spans...)
	}
}

// cells cuts a field up where rows end. Its text stands in the widest part.
func (d *drawing) cells(f packet.Field) []cell {
	var list []cell
	widest := 0
	for at, left := f.At, f.Bits; left > 0; {
		c := cell{from: at % rowBits, rows: 1}
		c.bits = min(left, rowBits-c.from)
		n := c.bits
		if c.bits == rowBits {
			c.rows = min(left/rowBits, 4)
			n = left / rowBits * rowBits
		}
		at, left = at+n, left-n
		if list = append(list, c); c.bits > list[widest].bits {
			widest = len(list) - 1
		}
	}
	list[widest].text = d.cellText(f, 2*list[widest].bits-1)
	return list
}

// cellText is a field's name and value, in one line if it fits.
func (d *drawing) cellText(f packet.Field, room int) []string {
	name, value := f.Name, d.Pen.Clean(f.Value)
	if one := name + ": " + value; ink.Width(one) <= room {
		return []string{one}
	}
	if f.Short != "" && ink.Width(name) > room {
		name = f.Short
	}
	if ink.Width(value) > room {
		value, _, _ = strings.Cut(value, " ")
		value = ink.Cut(value, room)
	}
	if f.Bits >= 8 && ink.Width(name) > room {
		return []string{ink.Cut(name, room), value}
	}
	return append(d.Pen.Fill(name, room, room), value)
}
