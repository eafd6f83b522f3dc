package chat

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Version is that of the protocol, which the greeting tells.
const Version = "1"

// The limits of what is on the wire, in octets.
const (
	MaxLine = 512  // of a line of the client's, its end included
	MaxTold = 1024 // of a line of the server's, its end included
	MaxName = 16
	maxWord = 16 // of a PING
)

// The words with which a line begins. Those of the client's are taken in small
// letters too.
const (
	Join = "JOIN" // NAME
	Say  = "SAY"  // TEXT
	Who  = "WHO"
	Help = "HELP"
	Quit = "QUIT"
	Ping = "PING" // [WORD], from either side
	Pong = "PONG" // [WORD], from either side

	Greeting = "CHAT" // VERSION TEXT
	OK       = "OK"   // TEXT
	Failed   = "ERROR"
	Joined   = "JOINED" // NAME
	Left     = "LEFT"   // NAME REASON
	Said     = "SAID"   // NAME TEXT
	Here     = "HERE"   // NAME...
	Bye      = "BYE"    // REASON
)

// request is what a client asks for.
type request struct{ verb, rest string }

// refusal is why a line is not taken: a code for programs, and words for people.
type refusal struct{ code, text string }

func refuse(code, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// Cut splits a line into its first word and what follows the space behind it.
func Cut(line string) (word, rest string) {
	word, rest, _ = strings.Cut(line, " ")
	return word, rest
}

// parse reads a line of a client's, without its end. It is nil if nothing is
// asked: an empty line.
func parse(line []byte) (*request, *refusal) {
	if len(line) == 0 {
		return nil, nil
	}
	word, rest := Cut(string(line))
	q := &request{verb: upper(word), rest: rest}
	switch q.verb {
	case Join:
		return q, checkName(rest)
	case Say:
		if rest == "" {
			return q, refuse("EMPTY", "SAY needs a text: SAY hello")
		}
		return q, checkText(rest)
	case Ping, Pong:
		if len(rest) > maxWord || strings.Trim(rest, nameLetters) != "" {
			return q, refuse("WORD", "%s takes one word of %d letters, digits, - and _ at most, or none", q.verb, maxWord)
		}
		return q, nil
	case Who, Help, Quit:
		if rest != "" {
			return q, refuse("EXTRA", "%s stands alone in its line", q.verb)
		}
		return q, nil
	}
	return q, refuse("UNKNOWN", "there is no word %s: JOIN NAME, SAY TEXT, WHO, HELP, PING or QUIT", quoted(word))
}

// upper is word in capitals, of ASCII alone, since other letters make no word.
func upper(word string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, word)
}

// quoted shows what somebody sent, so that it cannot do anything to a terminal.
func quoted(text string) string {
	const shown = 16
	if len(text) > shown {
		return strconv.QuoteToASCII(text[:shown]) + "..."
	}
	return strconv.QuoteToASCII(text)
}

const nameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// checkName refuses a name that could do harm, or be taken for another, when it
// is shown.
func checkName(name string) *refusal {
	switch {
	case name == "":
		return refuse("NAME", "JOIN needs a name: JOIN ann")
	case len(name) > MaxName:
		return refuse("NAME", "a name has %d characters at most, not %d", MaxName, len(name))
	}
	for _, r := range name {
		if !strings.ContainsRune(nameLetters, r) {
			return refuse("NAME", "%s is not for names, which others see: letters a to z, digits, - and _ are", character(name, r))
		}
	}
	return nil
}

// CheckName says what is wrong with a name; "" if nothing is.
func CheckName(name string) string {
	if r := checkName(name); r != nil {
		return r.text
	}
	return ""
}

// CheckText says why a text cannot be said; "" if it can.
func CheckText(text string) string {
	if r := checkText(text); r != nil {
		return r.text
	}
	return ""
}

// character names one character of text.
func character(text string, r rune) string {
	if r == utf8.RuneError && !utf8.ValidString(text) {
		return "what is no UTF-8"
	}
	switch {
	case r == ' ':
		return "a space"
	case r == 0x1b:
		return "an escape (U+001B), which gives orders to terminals,"
	case unicode.IsGraphic(r) && r < 0x7f:
		return strconv.QuoteRune(r)
	}
	return fmt.Sprintf("U+%04X", r)
}

// checkText refuses what could do something to the terminal on which it is
// shown, or make it look like what it is not.
func checkText(text string) *refusal {
	if !utf8.ValidString(text) {
		return refuse("TEXT", "the text is no UTF-8, the encoding of this room")
	}
	for i, r := range text {
		if orders(r) {
			return refuse("TEXT", "the text has %s at byte %d of it: control characters are not passed on, since others' terminals would obey them", strings.TrimSuffix(character(text, r), ","), i)
		}
	}
	return nil
}

// orders reports whether terminals obey r: the control characters (C0, DEL and
// C1), the separators of lines, and what turns the direction of the text that
// follows (UAX #9).
func orders(r rune) bool {
	return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
}

// cutLine takes the first line off in, whose end may be \n or \r\n.
func cutLine(in []byte) (line, rest []byte, whole bool) {
	line, rest, whole = bytes.Cut(in, []byte("\n"))
	if !whole {
		return nil, in, false
	}
	return bytes.TrimSuffix(line, []byte("\r")), rest, true
}

// isAnswer reports whether a line is one that only a room says. Over UDP it is not
// answered: two rooms, one of which somebody has forged a datagram of, would talk
// to each other for ever.
func isAnswer(line []byte) bool {
	word, _, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(" "))
	switch string(word) {
	case Greeting, OK, Failed, Joined, Left, Said, Here, Bye:
		return true
	}
	return false
}
