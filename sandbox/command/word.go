package command

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sockplay/sandbox"
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
	var l line
	l.process, text = cutProcess(text)
	if err := assigned(text); err != nil {
		return line{}, err
	}
	var err error
	if isRun(text) {
		l.words, err = shellWords(text)
	} else {
		l.c = cForm.MatchString(text)
		l.words, err = lex(text, l.c)
	}
	if err != nil {
		return line{}, err
	}
	l.words = cutSemicolons(l.words)
	if l.process != "" && len(l.words) == 0 {
		return line{}, wrong(l.process+": COMMAND runs a command there; "+l.process+" alone makes it the current process", "no command after %s:", l.process)
	}
	if l.c {
		l.words, err = arguments(l.words)
	}
	return l, err
}

// cutProcess takes PROCESS: off the beginning of a line. A blank follows it,
// or at least a letter.
func cutProcess(text string) (process, rest string) {
	name, rest, ok := strings.Cut(strings.TrimLeft(text, blanks), ":")
	switch {
	case !ok || !isName(name):
		return "", text
	case rest == "" || strings.IndexByte(blanks+"\"#;", rest[0]) >= 0:
		return name, rest
	case sandbox.ValidName(name) && isLetter(rest[0]):
		return name, rest
	}
	return "", text
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// cutSemicolons takes off what ends a command in other languages.
func cutSemicolons(words []word) []word {
	for n := len(words); n > 0 && !words[n-1].quoted && strings.HasSuffix(words[n-1].text, ";"); n = len(words) {
		last := words[n-1]
		words = words[:n-1]
		if last.text, last.value = strings.TrimRight(last.text, ";"), strings.TrimRight(last.value, ";"); last.text != "" {
			words = append(words, last)
		}
	}
	return words
}

func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

// blanks are what stands between words.
const blanks = " \t\r\n"

// lex splits text at blanks; # begins a comment. In a call as C writes it,
// parentheses, commas and semicolons are words of their own.
func lex(text string, c bool) ([]word, error) {
	ends := blanks + "\"#"
	if c {
		ends += punctuation
	}
	var words []word
	for i := 0; i < len(text); {
		switch ch := text[i]; {
		case strings.IndexByte(blanks, ch) >= 0:
			i++
		case ch == '#', c && strings.HasPrefix(text[i:], "//"):
			return words, nil
		case ch == '"':
			w, err := lexString(text[i:])
			if err != nil {
				return nil, err
			}
			words = append(words, w)
			i += len(w.text)
		case c && strings.IndexByte(punctuation, ch) >= 0:
			words = append(words, word{text: text[i : i+1]})
			i++
		default:
			n := strings.IndexAny(text[i:], ends)
			if n < 0 {
				n = len(text) - i
			}
			w := text[i : i+n]
			if err := noControl(w); err != nil {
				return nil, err
			}
			words = append(words, word{text: w})
			i += n
		}
	}
	return words, nil
}

const punctuation = "(),;"

// lexString takes the string in double quotes off the beginning of text.
func lexString(text string) (word, error) {
	quoted, err := strconv.QuotedPrefix(text)
	if err == nil {
		var value string
		if value, err = strconv.Unquote(quoted); err == nil {
			return word{text: quoted, quoted: true, value: value}, nil
		}
	}
	if strings.Count(text, `"`) < 2 {
		return word{}, wrong(`end it with a second "`, "a string without its end")
	}
	return word{}, wrong(`Go's escapes are \n \t \\ \" \xNN \uNNNN`, "a string with an escape that is none")
}

func noControl(w string) error {
	for _, r := range w {
		if unicode.IsControl(r) {
			return wrong(`write such bytes as \xNN inside double quotes`, "a control character (%q) outside a string", r)
		}
	}
	return nil
}

// clip shortens a word for a message, in which nothing stands that a terminal
// would obey.
func clip(s string) string { return clipTo(s, 40) }

func clipTo(s string, n int) string {
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
