package progress

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sockplay/tracer/ink"
)

// lines are a text's own, without blank ones around them, and clean.
func lines(text string) []string {
	var all []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		all = append(all, strings.TrimRight(clean(line), " "))
	}
	for len(all) > 0 && all[0] == "" {
		all = all[1:]
	}
	for len(all) > 0 && all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	return all
}

// clean is a line with what is not visible escaped: no terminal obeys it.
func clean(line string) string {
	var b strings.Builder
	for i := 0; i < len(line); {
		r, n := utf8.DecodeRuneInString(line[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(line[i]), 16))
		case r == '\t':
			b.WriteString("    ")
		case r == '\u3000': // the blank of CJK
			b.WriteString("  ")
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		case visible(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
		i += n
	}
	return b.String()
}

// title is a text in one line.
func title(s string) string { return clean(strings.Join(strings.Fields(s), " ")) }

// wrap breaks a clean line at words, and between CJK characters, into lines of at
// most room columns. Gaps between words stay, and so does an indent.
func wrap(line string, room int) []string {
	var all []string
	now := line[:len(line)-len(strings.TrimLeft(line, " "))]
	if len(now) > room/2 {
		now = ""
	}
	bare := true // there is no word yet
	for _, w := range words(strings.TrimLeft(line, " ")) {
		if !bare && ink.Width(now+w.gap+w.text) > room {
			all = append(all, now)
			now, bare = "", true
		}
		if !bare {
			now += w.gap
		}
		now, bare = now+w.text, false
		for len(now) > 32*room || ink.Width(now) > room { // the first is cheap
			head := ink.Prefix(now, room)
			if head == now {
				break
			}
			all, now = append(all, head), now[len(head):]
		}
	}
	return append(all, now)
}

// word is what no line breaks in, and the blanks before it.
type word struct{ gap, text string }

func words(line string) []word {
	var all []word
	begin, gap := 0, ""
	last := ' '
	end := func(i int) {
		if i > begin {
			all = append(all, word{gap, line[begin:i]})
			gap = ""
		}
		begin = i
	}
	for i, r := range line {
		switch {
		case r == ' ' && last != ' ':
			end(i)
		case r != ' ' && last == ' ':
			gap, begin = line[begin:i], i
		case r != ' ' && breaks(last, r):
			end(i)
		}
		last = r
	}
	if last != ' ' {
		end(len(line))
	}
	return all
}

// breaks tells whether a line may end with a and the next begin with b: where
// there is CJK, but not before what closes nor behind what opens.
func breaks(a, b rune) bool {
	const small = "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ"
	return (cjk(a) || cjk(b)) && visible(b) && unicode.IsPrint(b) && !strings.ContainsRune(small, b) &&
		!unicode.In(b, unicode.Pe, unicode.Pf, unicode.Po, unicode.Pd, unicode.M, unicode.Lm, unicode.Sk) &&
		!unicode.In(a, unicode.Ps, unicode.Pi) && unicode.IsPrint(a)
}

func cjk(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo) ||
		'\u3001' <= r && r <= '\u303f' || '\uff01' <= r && r <= '\uff60' // their punctuation
}
