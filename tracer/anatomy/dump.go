package anatomy

import (
	"fmt"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// maxDump is how many bytes of data are dumped.
const maxDump = 256

// Columns of a dump: the part's name, and the place of a line's first byte.
const (
	partCols = 8
	atCols   = 5
)

// part is a run of bytes that belong together.
type part struct {
	name     string
	from, to int
	tone     ink.Tone
}

// dump draws all bytes, each header beginning a new line.
func (d *drawing) dump(p *tracer.Packet) {
	if len(p.Bytes) == 0 {
		return
	}
	d.line()
	for _, part := range d.parts(p) {
		d.dumpPart(part, p.Bytes)
	}
}

func (d *drawing) parts(p *tracer.Packet) []part {
	var parts []part
	add := func(name string, from, to int, tone ink.Tone) {
		if to > from {
			parts = append(parts, part{name, from, to, tone})
		}
	}
	for i := range d.layers {
		l := &d.layers[i]
		switch {
		case l.Name == "Data":
			add("data", l.From, l.To, ink.Yours)
		case l.Name == "Fragment header":
			add("fragment", l.From, l.To, ink.Calm)
		default:
			add(l.Name, l.From, l.Options, ink.Calm)
			add("options", l.Options, l.To, ink.Way)
		}
	}
	end := 0
	if n := len(parts); n > 0 {
		end = parts[n-1].to
	}
	add("?", end, len(p.Bytes), ink.Loss)
	return parts
}

func (d *drawing) dumpPart(s part, raw []byte) {
	n := 16
	for n > 4 && partCols+atCols+dumpCols(n) > d.Width {
		n /= 2
	}
	more := 0
	if s.to-s.from > maxDump {
		more = s.to - s.from - maxDump
		s.to -= more
	}
	for from := s.from; from < s.to; from += n {
		b := raw[from:min(from+n, s.to)]
		name := ""
		if from == s.from {
			name = s.name
		}
		var hex, text strings.Builder
		for i, c := range b {
			if i == 8 {
				hex.WriteByte(' ')
			}
			fmt.Fprintf(&hex, "%02x ", c)
			if c < ' ' || c > '~' {
				c = '.'
			}
			text.WriteByte(c)
		}
		d.line(
			ink.Span{Tone: ink.Calm, Text: ink.Pad(name, partCols)}, ink.Span{Tone: ink.Gone, Text: fmt.Sprintf("%*d ", atCols-1, from)},
			ink.Span{Tone: s.tone, Text: ink.Pad(hex.String(), dumpCols(n)-n)}, ink.Span{Text: text.String()},
		)
	}
	if more > 0 {
		d.line(ink.Span{Text: strings.Repeat(" ", partCols+atCols)}, ink.Span{Tone: ink.Calm, Text: fmt.Sprintf("%s and %d bytes more", d.Pen.Pick("…", "..."), more)})
	}
}

// dumpCols is the room for n bytes in hexadecimal digits and as text.
func dumpCols(n int) int {
	if n > 8 {
		return 3*n + 2 + n
	}
	return 3*n + 1 + n
}
