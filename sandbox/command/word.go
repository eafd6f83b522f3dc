package command

import (
	"strings"
	"unicode/utf8"

	"sockplay/sandbox"
)

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
