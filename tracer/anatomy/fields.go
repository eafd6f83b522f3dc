package anatomy

import (
	"fmt"
	"strconv"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/packet"
)

// Where a list's columns stand.
const (
	wideFrom = 72 // narrower, what a field means stands below it
	nameCol  = 11 // behind the byte, the bits and the mark
	valueMax = 14 // wider values make no room for what they mean beside them
)

// title names a layer, above the column of names.
func (d *drawing) title(l *packet.Layer, columns string) {
	name := l.Name
	if l.Source != "" {
		name += " (" + l.Source + ")"
	}
	if l.Quoted {
		name = "quoted: " + name
	}
	if d.Width < wideFrom {
		columns = ""
	} else {
		columns = ink.Pad(columns, nameCol)
	}
	d.line(ink.Span{Tone: ink.Gone, Text: columns}, ink.Span{Tone: ink.Yours, Text: name})
}

// list draws a layer with a line for each field.
func (d *drawing) list(l *packet.Layer) {
	d.title(l, "byte bits")
	fields := visible(l.Fields)
	names, values := 0, 0
	for _, f := range fields {
		names = max(names, ink.Width(f.Name))
		if w := ink.Width(f.Value); w <= valueMax {
			values = max(values, w)
		}
	}
	for _, f := range fields {
		d.field(f, names, values)
	}
	d.remarks(l)
}

// visible are a layer's fields with the flags that are set below the octet
// that holds them. What only fills up is put together.
func visible(fields []packet.Field) []packet.Field {
	var list []packet.Field
	for _, f := range fields {
		if n := len(list); n > 0 && f.Name == "No-Operation" && list[n-1].Name == f.Name {
			list[n-1].Bits += f.Bits
			continue
		}
		list = append(list, f)
		for _, part := range f.Parts {
			if part.Bits == 1 && part.Value == "1" {
				part.Name = "  " + part.Name
				list = append(list, part)
			}
		}
	}
	return list
}

func (d *drawing) field(f packet.Field, names, values int) {
	tone := ink.Plain
	if f.Wrong {
		tone = ink.Loss
	}
	text := meaning(f)
	if d.Width < wideFrom {
		d.line(mark(f), ink.Span{Text: f.Name + "  "}, ink.Span{Tone: ink.Yours, Text: f.Value})
		if text != "" {
			d.fill([]ink.Span{{Text: "    "}}, 4, tone, text)
		}
		return
	}
	head := []ink.Span{
		{Tone: ink.Gone, Text: fmt.Sprintf("%4s %4d ", at(f), f.Bits)}, mark(f),
		{Text: ink.Pad(f.Name, names) + "  "}, {Tone: ink.Yours, Text: ink.Pad(f.Value, values)},
	}
	hang := nameCol + names + 2
	switch {
	case text == "":
		if hang+ink.Width(f.Value) > d.Width {
			d.fill(head[:3], hang, ink.Yours, f.Value)
			return
		}
		d.line(head...)
	case ink.Width(f.Value) > values:
		d.fill(head[:3], hang, ink.Yours, f.Value)
		d.fill([]ink.Span{{Text: strings.Repeat(" ", hang)}}, hang, tone, text)
	default:
		hang += values + 2
		d.fill(append(head, ink.Span{Text: "  "}), hang, tone, text)
	}
}

// at is where a field begins: the byte, and the bit in it if it is not the first.
func at(f packet.Field) string {
	s := strconv.Itoa(f.At / 8)
	if f.At%8 > 0 {
		s += "." + strconv.Itoa(f.At%8)
	}
	return s
}

// meaning is what stands behind a value.
func meaning(f packet.Field) string {
	switch {
	case f.Change == "" || f.Change == packet.Otherwise:
		return f.Means
	case f.Means == "":
		return "(" + f.Change + ")"
	}
	return f.Means + " (" + f.Change + ")"
}

// rows draws a layer with a line for each 32 bits of it, as its RFC draws it.
func (d *drawing) rows(l *packet.Layer) {
	d.title(l, "byte")
	for i := 0; i < len(l.Fields); {
		first := l.Fields[i]
		text, tone := "", ink.Plain
		for n := i; i < len(l.Fields) && (i == n || d.sameRow(first, l.Fields[i])); i++ {
			f := l.Fields[i]
			if f.Wrong {
				tone = ink.Loss
			}
			if i > n {
				text += "   "
				if f.Change != "" {
					text += "*"
				}
			}
			text += brief(f)
		}
		if d.Width < wideFrom || d.Compact {
			d.fill([]ink.Span{mark(first)}, 1, tone, text)
			continue
		}
		head := []ink.Span{{Tone: ink.Gone, Text: ink.Pad(fmt.Sprintf("%4s", at(first)), nameCol-1)}, mark(first)}
		d.fill(head, nameCol, tone, text)
	}
	d.remarks(l)
}

// brief is a field with of its meaning what is a word, or wrong.
func brief(f packet.Field) string {
	text := f.Name + " " + f.Value
	relative, isRelative := strings.CutPrefix(f.Means, "relative ")
	switch {
	case isRelative:
		number, _, _ := strings.Cut(relative, ":")
		text += " relative " + number
	case f.Means != "" && (f.Wrong || f.Name == "Control bits" || !strings.Contains(f.Means, " ")):
		text += " " + f.Means
	}
	if f.Change != "" && f.Change != packet.Otherwise {
		text += " (" + f.Change + ")"
	}
	return text
}

// mark stands before a field that has changed.
func mark(f packet.Field) ink.Span {
	if f.Change == "" {
		return ink.Span{Text: " "}
	}
	return ink.Span{Tone: ink.Way, Text: "*"}
}

// sameRow reports whether f stands on the line that begins with first: in the
// same 32 bits, or as the second of two short addresses.
func (d *drawing) sameRow(first, f packet.Field) bool {
	switch {
	case d.Width < wideFrom && !d.Compact:
		return false
	case f.At/32 == first.At/32:
		return true
	}
	return first.Name == "Source Address" && f.Name == "Destination Address" && nameCol+len(brief(first)+"   *"+brief(f)) <= d.Width
}

// remarks are what is to be said of a layer as a whole.
func (d *drawing) remarks(l *packet.Layer) {
	indent, head := nameCol, []ink.Span{{Text: strings.Repeat(" ", nameCol)}}
	if d.Width < wideFrom {
		indent, head = 1, []ink.Span{{Text: " "}}
	}
	if l.Fault != "" {
		d.fill(head, indent, ink.Loss, l.Fault)
	}
	if len(l.Gone) > 0 {
		head = append(head[:0:0], head...)
		head[0].Text = head[0].Text[1:]
		d.fill(append(head, ink.Span{Tone: ink.Way, Text: "*"}), indent, ink.Plain, "gone since: "+strings.Join(l.Gone, ", "))
	}
	if l.Note != "" {
		d.fill(head, indent, ink.Calm, l.Note)
	}
}

// data draws what the headers carry, on one line.
func (d *drawing) data(l *packet.Layer, p *tracer.Packet) {
	head := []ink.Span{{Tone: ink.Yours, Text: "Data"}, {Text: fmt.Sprintf("  %d bytes  ", l.To-l.From)}}
	if l.To-l.From == 1 {
		head[1].Text = "  1 byte  "
	}
	if l.Quoted {
		head[0].Text = "quoted: Data"
	}
	if d.Width >= wideFrom {
		head = append([]ink.Span{{Text: strings.Repeat(" ", nameCol)}}, head...)
	}
	used := 0
	for _, s := range head {
		used += ink.Width(s.Text)
	}
	quote := d.Pen.Quote(p.Bytes[l.From:l.To], max(minText, d.Width-used))
	d.line(append(head, ink.Span{Tone: ink.Yours, Text: quote})...)
	d.remarks(l)
}
