// Package ink is how every view writes: a few colours with a meaning each, the
// glyphs of a drawing in UTF-8 and in ASCII, and the escaping of bytes that
// came over a socket. Nothing that it returns needs colour to be understood.
package ink

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Pen holds how to write. The zero value writes ASCII without colour.
type Pen struct {
	Color bool  // whether to use colour
	UTF8  bool  // whether box-drawing characters may be used
	Theme Theme // which colours
}

// Write returns s in the tone. Tones do not nest: the end of an inner one
// would end the outer, so colour the parts and join them.
func (p Pen) Write(t Tone, s string) string {
	if c := themes[p.Theme][t]; p.Color && c != nil && s != "" {
		return c.Sprint(s)
	}
	return s
}

// State returns the tone of a TCP state.
func State(name string) Tone {
	switch name {
	case "ESTABLISHED", "LISTEN":
		return Open
	case "CLOSED":
		return Gone
	default:
		return Way
	}
}

// Pick returns the first string where UTF-8 may be used, else the second.
func (p Pen) Pick(utf8, ascii string) string {
	if p.UTF8 {
		return utf8
	}
	return ascii
}

// Quote shows bytes that came over a socket in at most width columns: in
// double quotes, with Go's escapes for all that is not printable, so that
// nothing raw reaches the terminal. What does not fit is cut with "...".
func (p Pen) Quote(data []byte, width int) string {
	const dots = "..."
	var b strings.Builder
	b.WriteByte('"')
	used := 2
	cut := b.Len() // what may stand before the dots
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		s := p.escape(r, n, data[0])
		if used += Width(s); used > width {
			return b.String()[:cut] + `"` + dots
		}
		b.WriteString(s)
		if used+len(dots) <= width {
			cut = b.Len()
		}
		data = data[n:]
	}
	b.WriteByte('"')
	return b.String()
}

func (p Pen) escape(r rune, n int, first byte) string {
	if r == utf8.RuneError && n == 1 {
		return `\x` + strconv.FormatUint(uint64(first)+0x100, 16)[1:]
	}
	q := strconv.QuoteRune(r)
	if !p.UTF8 {
		q = strconv.QuoteRuneToASCII(r)
	}
	q = q[1 : len(q)-1]
	switch q {
	case `\'`:
		return `'`
	case `"`:
		return `\"`
	}
	return q
}
