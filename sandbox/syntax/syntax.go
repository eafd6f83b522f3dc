// Package syntax is how words, addresses and data are written: in the command
// language, and in peers' scripts.
package syntax

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Error says what is wrong with a line, and what would be right.
type Error struct{ Wrong, Right string }

// Error joins both, as a script's diagnostic shows them.
func (e *Error) Error() string {
	if e.Right == "" {
		return e.Wrong
	}
	return e.Wrong + "; " + e.Right
}

// Wrong is an Error, whose Wrong is formatted.
func Wrong(right, format string, args ...any) error {
	return &Error{Wrong: fmt.Sprintf(format, args...), Right: right}
}

// Word is one word of a line.
type Word struct {
	Text   string // as it is typed
	Quoted bool
	Value  string // of a quoted word: without its quotes and escapes
}

// Blanks are what stands between words.
const Blanks = " \t\r\n"

// Lex splits text at blanks; # begins a comment. In a call as C writes it,
// parentheses, commas and semicolons are words of their own.
func Lex(text string, c bool) ([]Word, error) {
	ends := Blanks + "\"#"
	if c {
		ends += punctuation
	}
	var words []Word
	for i := 0; i < len(text); {
		switch ch := text[i]; {
		case strings.IndexByte(Blanks, ch) >= 0:
			i++
		case ch == '#', c && strings.HasPrefix(text[i:], "//"):
			return words, nil
		case ch == '"':
			w, err := String(text[i:])
			if err != nil {
				return nil, err
			}
			words = append(words, w)
			i += len(w.Text)
		case c && strings.IndexByte(punctuation, ch) >= 0:
			words = append(words, Word{Text: text[i : i+1]})
			i++
		default:
			n := strings.IndexAny(text[i:], ends)
			if n < 0 {
				n = len(text) - i
			}
			w := text[i : i+n]
			if err := NoControl(w); err != nil {
				return nil, err
			}
			words = append(words, Word{Text: w})
			i += n
		}
	}
	return words, nil
}

const punctuation = "(),;"

// String takes the string in double quotes off the beginning of text.
func String(text string) (Word, error) {
	quoted, err := strconv.QuotedPrefix(text)
	if err == nil {
		var value string
		if value, err = strconv.Unquote(quoted); err == nil {
			return Word{Text: quoted, Quoted: true, Value: value}, nil
		}
	}
	if strings.Count(text, `"`) < 2 {
		return Word{}, Wrong(`end it with a second "`, "a string without its end")
	}
	return Word{}, Wrong(`Go's escapes are \n \t \\ \" \xNN \uNNNN`, "a string with an escape that is none")
}

// NoControl refuses what a terminal would obey, outside of a string.
func NoControl(w string) error {
	for _, r := range w {
		if unicode.IsControl(r) {
			return Wrong(`write such bytes as \xNN inside double quotes`, "a control character (%q) outside a string", r)
		}
	}
	return nil
}

// Clip shortens a word for a message, in which nothing stands that a terminal
// would obey.
func Clip(s string) string { return ClipTo(s, 40) }

// ClipTo is Clip to n characters.
func ClipTo(s string, n int) string {
	var b strings.Builder
	for _, r := range s {
		if n--; n < 0 {
			return b.String() + "..."
		}
		if unicode.IsGraphic(r) {
			b.WriteRune(r)
			continue
		}
		q := strconv.QuoteRune(r)
		b.WriteString(q[1 : len(q)-1])
	}
	return b.String()
}
