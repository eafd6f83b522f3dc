package files

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// version is the version of the protocol that this package speaks.
const version = 1

// maxLine is how many octets a line may have, its end included.
const maxLine = 512

// The words that begin a line. docs/protocols.md says what each means.
const (
	verbFiles   = "FILES"   // VERSION TEXT: the server's greeting
	verbPut     = "PUT"     // LENGTH SUM NAME
	verbReplace = "REPLACE" // LENGTH SUM NAME: what is there already may go
	verbGet     = "GET"     // NAME
	verbFile    = "FILE"    // LENGTH SUM NAME: the answer to GET
	verbHave    = "HAVE"    // LENGTH SUM: what the receiver has of the file
	verbFrom    = "FROM"    // LENGTH: where the octets that follow begin
	verbOK      = "OK"      // LENGTH SUM: the receiver has it all
	verbErr     = "ERR"     // CODE TEXT
)

// unsaid stands for a checksum that the sender does not know.
const unsaid = "-"

// line is a line of the protocol.
type line struct {
	verb   string
	length int64  // or the greeting's version
	sum    string // SHA-256, as 64 hexadecimal digits; or unsaid
	name   string // of a file, as it was said: not yet judged
	code   Code
	text   string // of a greeting or a refusal, as it was said
}

// String is the line as it is sent, with its end.
func (l line) String() string {
	switch l.verb {
	case verbFiles:
		return fmt.Sprintf("%s %d %s\n", l.verb, l.length, l.text)
	case verbGet:
		return fmt.Sprintf("%s %s\n", l.verb, l.name)
	case verbHave, verbOK:
		return fmt.Sprintf("%s %d %s\n", l.verb, l.length, l.sum)
	case verbFrom:
		return fmt.Sprintf("%s %d\n", l.verb, l.length)
	case verbErr:
		text := fmt.Sprintf("%s %s %s", l.verb, l.code, l.text)
		for len(text) >= maxLine {
			_, size := utf8.DecodeLastRuneInString(text)
			text = text[:len(text)-size]
		}
		return text + "\n"
	}
	return fmt.Sprintf("%s %d %s %s\n", l.verb, l.length, l.sum, l.name)
}

// parse reads a line, without its end. What a number means is not judged.
func parse(text []byte) (line, *Refusal) {
	text = bytes.TrimSuffix(text, []byte("\r"))
	verb, rest, _ := strings.Cut(string(text), " ")
	l := line{verb: verb}
	var refusal *Refusal
	word := func() (w string) {
		w, rest, _ = strings.Cut(rest, " ")
		return w
	}
	number := func() {
		w := word()
		n, err := strconv.ParseInt(w, 10, 64)
		switch {
		case w == "" || strings.Trim(w, "0123456789") != "" || w[0] == '0' && w != "0":
			refusal = refuse(Line, "%s has no length where one should be: decimal digits, such as 5", verb)
		case err != nil:
			refusal = refuse(Size, "no file has %s octets: 9223372036854775807 are the most that a length can say", quoted(w))
		}
		l.length = n
	}
	checksum := func(optional bool) {
		l.sum = word()
		if l.sum == unsaid && optional || len(l.sum) == 64 && strings.Trim(l.sum, "0123456789abcdef") == "" {
			return
		}
		if refusal == nil {
			refusal = refuse(Line, "%s has no checksum where one should be: the SHA-256 as 64 hexadecimal digits in lower case, as sha256sum prints it", verb)
		}
	}
	switch verb {
	case verbFiles:
		number()
		l.text, rest = rest, ""
	case verbPut, verbReplace, verbFile:
		number()
		checksum(verb != verbFile)
		l.name, rest = rest, ""
	case verbGet:
		l.name, rest = rest, ""
	case verbHave, verbOK:
		number()
		checksum(false)
	case verbFrom:
		number()
	case verbErr:
		l.code, l.text, rest = Code(word()), rest, ""
		if l.code == "" || strings.Trim(string(l.code), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			refusal = refuse(Line, "ERR has no code: a word in capitals")
		}
	default:
		return l, refuse(Line, "%s begins no line that is known here: PUT, REPLACE or GET does", quoted(verb))
	}
	if rest != "" && refusal == nil {
		refusal = refuse(Line, "%s has %s too much at its end", verb, quoted(rest))
	}
	return l, refusal
}

// quoted shows what a peer has sent, which may be anything.
func quoted(text string) string {
	const shown = 40 // characters
	for n, i := 0, 0; i < len(text); n++ {
		if n == shown {
			return strconv.Quote(text[:i]) + "..."
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		i += size
	}
	return strconv.Quote(text)
}
