package ink

import (
	"strings"
	"unicode/utf8"
)

// Span is a part of a line in one tone.
type Span struct {
	Tone Tone
	Text string
}

// Line joins the spans to a line of at most width columns, without its end
// and without trailing spaces. It is the last gate before the terminal: what
// is not printable is escaped here, whatever the caller did before.
func (p Pen) Line(width int, spans ...Span) string {
	texts := make([]string, len(spans))
	for i, s := range spans {
		texts[i] = p.Clean(s.Text)
	}
	plain := strings.TrimRight(strings.Join(texts, ""), " ")
	left := len(plain)
	dots := ""
	if Width(plain) > width {
		dots = "..."[:min(3, max(0, width))]
		left = len(Cut(plain, max(3, width))) - 3
		if width < 3 {
			left = 0
		}
	}
	var b strings.Builder
	run, tone := "", Plain // neighbours in one tone are written as one
	for i, text := range texts {
		text = text[:min(len(text), left)]
		left -= len(text)
		if t := spans[i].Tone; t != tone && text != "" {
			b.WriteString(p.Write(tone, run))
			run, tone = "", t
		}
		run += text
	}
	b.WriteString(p.Write(tone, run))
	b.WriteString(dots)
	return b.String()
}

// Clean returns text that came from outside with all that is not printable
// escaped, so that it can stand in a line.
func (p Pen) Clean(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= ' ' && s[i] < 0x7f
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch r {
		case '\\', '"', '\'':
			b.WriteRune(r)
		default:
			b.WriteString(p.escape(r, n, s[i]))
		}
		i += n
	}
	return b.String()
}

// Fill breaks text at its newlines, and further at spaces, into lines of which
// the first has at most first columns and the others at most rest. Unlike Wrap
// it keeps wider gaps between words, escapes what is not printable, and breaks
// a word that is wider than a line.
func (p Pen) Fill(text string, first, rest int) []string {
	room := func(lines []string) int {
		if len(lines) == 0 {
			return max(1, first)
		}
		return max(1, rest)
	}
	var lines []string
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		line, gap := "", ""
		for _, word := range strings.SplitAfter(p.Clean(strings.TrimSpace(part)), " ") {
			bare := strings.TrimRight(word, " ")
			if bare == "" { // one more space of a wider gap
				gap += word
				continue
			}
			if line != "" && Width(line)+Width(gap)+Width(bare) > room(lines) {
				lines = append(lines, line)
				line = ""
			}
			if line != "" {
				line += gap
			}
			line += bare
			for head := Prefix(line, room(lines)); head != line; head = Prefix(line, room(lines)) {
				lines = append(lines, head)
				line = line[len(head):]
			}
			gap = word[len(bare):]
		}
		lines = append(lines, line)
	}
	return lines
}

// Prefix returns as much of s as fits in width columns, one rune at least. It
// looks at no more of s than that, so that a long s can be cut up piece by
// piece.
func Prefix(s string, width int) string {
	end, used := 0, 0
	for end < len(s) {
		_, n := utf8.DecodeRuneInString(s[end:])
		used += Width(s[end : end+n])
		if end > 0 && used > width {
			break
		}
		end += n
	}
	return s[:end]
}
