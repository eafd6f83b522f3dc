package command

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
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

func wrong(right, format string, args ...any) error {
	return &Error{Wrong: fmt.Sprintf(format, args...), Right: right}
}

// word is one word of a line.
type word struct {
	text   string // as it is typed
	quoted bool
	value  string // of a quoted word: without its quotes and escapes
}

// line is a line that has been taken apart.
type line struct {
	process string // before the colon; "" for none
	words   []word
	c       bool // it is written as C writes calls: words[0](words[1], ...)
}

// maxLine bounds a line, in octets.
const maxLine = 1 << 20

// split takes a line apart. A line of blanks and comments has no words.
func split(text string) (line, error) {
	if len(text) > maxLine {
		return line{}, wrong("write large data as 64k or \"ab\" * 1000", "the line has %d bytes, more than %d", len(text), maxLine)
	}
	if !utf8.ValidString(text) {
		return line{}, wrong(`write such bytes as \xNN inside double quotes`, "the line is not valid UTF-8")
	}
	l := line{c: cForm.MatchString(text)}
	words, err := lex(text, l.c)
	if err != nil {
		return line{}, err
	}
	if len(words) > 0 && !words[0].quoted {
		if name, ok := strings.CutSuffix(words[0].text, ":"); ok && isName(name) {
			l.process, words = name, words[1:]
			if len(words) == 0 {
				return line{}, wrong(name+": COMMAND runs a command there; "+name+" alone makes it the current process", "no command after %s:", name)
			}
		}
	}
	if l.c {
		if words, err = arguments(words); err != nil {
			return line{}, err
		}
	}
	l.words = words
	return l, nil
}

func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

// cForm is the beginning of a call as C writes it.
var cForm = regexp.MustCompile(`^\s*([A-Za-z0-9_-]+:\s+)?[a-z]+\s*\(`)

// lex splits text at blanks; # begins a comment. In a call as C writes it,
// parentheses, commas and semicolons are words of their own.
func lex(text string, c bool) ([]word, error) {
	ends := " \t\r\n\"#"
	if c {
		ends += punctuation
	}
	var words []word
	for i := 0; i < len(text); {
		switch ch := text[i]; {
		case strings.IndexByte(" \t\r\n", ch) >= 0:
			i++
		case ch == '#':
			return words, nil
		case ch == '"':
			quoted, err := strconv.QuotedPrefix(text[i:])
			if err != nil {
				return nil, badString(text[i:])
			}
			value, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, badString(text[i:])
			}
			words = append(words, word{text: quoted, quoted: true, value: value})
			i += len(quoted)
		case c && strings.IndexByte(punctuation, ch) >= 0:
			words = append(words, word{text: text[i : i+1]})
			i++
		default:
			n := strings.IndexAny(text[i:], ends)
			if n < 0 {
				n = len(text) - i
			}
			w := text[i : i+n]
			if r := strings.IndexFunc(w, unicode.IsControl); r >= 0 {
				return nil, wrong(`write such bytes as \xNN inside double quotes`, "a control character (%q) outside a string", w[r])
			}
			words = append(words, word{text: w})
			i += n
		}
	}
	return words, nil
}

const punctuation = "(),;"

func badString(rest string) error {
	if strings.Count(rest, `"`) < 2 {
		return wrong(`end it with a second "`, "a string without its end")
	}
	return wrong(`Go's escapes are \n \t \\ \" \xNN \uNNNN`, "a string with an escape that is none")
}

// arguments takes name ( a , b ) apart into name a b. What stands between two
// commas stays together with |, so that flags can be joined.
func arguments(words []word) ([]word, error) {
	shape := wrong(`as in C: connect(3, "127.0.0.1", 8080)`, "the parentheses do not fit")
	if last := words[len(words)-1]; last.text == ";" && !last.quoted {
		words = words[:len(words)-1]
	}
	if len(words) < 3 || words[1].text != "(" || words[len(words)-1].text != ")" {
		return nil, shape
	}
	out := words[:1:1]
	inner := words[2 : len(words)-1]
	if len(inner) == 0 {
		return out, nil
	}
	var part []string
	var quoted *word
	flush := func() error {
		switch {
		case quoted != nil && len(part) == 0:
			out = append(out, *quoted)
		case quoted == nil && len(part) > 0:
			out = append(out, word{text: strings.Join(part, "")})
		default:
			return shape
		}
		part, quoted = nil, nil
		return nil
	}
	for _, w := range inner {
		switch {
		case w.quoted && quoted != nil:
			return nil, shape
		case w.quoted:
			quoted = &w
		case w.text == ",":
			if err := flush(); err != nil {
				return nil, err
			}
		case w.text == "(" || w.text == ")" || w.text == ";":
			return nil, shape
		default:
			part = append(part, w.text)
		}
	}
	return out, flush()
}
