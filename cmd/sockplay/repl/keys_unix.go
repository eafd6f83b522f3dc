//go:build unix

package repl

import (
	"bytes"
	"unicode/utf8"

	"github.com/c-bata/go-prompt"
)

// The keys that the loop itself knows. leave is no key of any keyboard that we
// let through: it makes go-prompt return, its binding being none.
const (
	enter = "\r"
	ctrlC = "\x03"
	ctrlD = "\x04"
	leave = "\x1b[E"
)

const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"

	// A control string that goes on for longer than this is none.
	longestString = 4096
)

// aliases are keys that go-prompt doesn't know by these sequences.
var aliases = map[string]string{
	"\x1bOH": "\x01", // Home, in application mode
	"\x1bOF": "\x05", // End
}

// key is what go-prompt takes at once: a run of text, or a single key.
type key struct {
	seq  []byte
	text bool
}

// decoder cuts what the terminal sends into keys. go-prompt takes all bytes of a
// read for one key, and inserts whatever it doesn't know into the line; so only
// well-formed text and sequences that it knows may reach it.
type decoder struct {
	rest  []byte // an escape sequence or a character that isn't complete yet
	paste bool   // inside a bracketed paste, where only text and line ends count
	cr    bool   // after a carriage return, whose line feed is the same key
	emit  func(key)
}

// feed decodes the next bytes.
func (d *decoder) feed(b []byte) {
	b = append(d.rest, b...)
	d.rest = nil
	for len(b) > 0 {
		n := d.next(b)
		if n == 0 {
			d.rest = b
			return
		}
		b = b[n:]
	}
}

// waiting says whether an escape sequence has begun and not ended. In a paste it
// may take its time; a lone Escape key is never followed by anything.
func (d *decoder) waiting() bool {
	return len(d.rest) > 0 && d.rest[0] == 0x1b && !d.paste
}

// giveUp forgets the escape sequence that has begun.
func (d *decoder) giveUp() { d.rest = nil }

// next deals with the first key in b and returns its length, or 0 if there must
// be more to know.
func (d *decoder) next(b []byte) int {
	c := b[0]
	afterCR := d.cr
	d.cr = c == '\r'
	switch {
	case c == '\r', c == '\n' && !afterCR:
		d.emit(key{seq: []byte(enter)})
		return 1
	case c == '\n':
		return 1
	case c == ctrlC[0]:
		// In a paste too: it is the way out of one that never ends.
		d.paste = false
		d.emit(key{seq: []byte(ctrlC)})
		return 1
	case c == 0x1b && d.paste:
		return d.endOfPaste(b)
	case c == 0x1b:
		return d.escape(b)
	case c == '\t' && d.paste:
		d.emit(key{seq: []byte(" "), text: true})
		return 1
	case c < 0x20, c == 0x7f:
		if c != 0 && !d.paste {
			d.emit(key{seq: []byte{c}})
		}
		return 1
	}
	return d.run(b)
}

// run emits the text that b begins with.
func (d *decoder) run(b []byte) int {
	var text []byte
	n := 0
	for n < len(b) && b[n] >= 0x20 && b[n] != 0x7f {
		if !utf8.FullRune(b[n:]) {
			break
		}
		r, size := utf8.DecodeRune(b[n:])
		n += size
		if r >= 0x80 && r < 0xa0 {
			continue // to a terminal these are control characters too
		}
		text = utf8.AppendRune(text, r) // U+FFFD for what is no UTF-8
	}
	if len(text) > 0 {
		d.emit(key{seq: text, text: true})
	}
	return n
}

// endOfPaste deals with an Escape in a paste.
func (d *decoder) endOfPaste(b []byte) int {
	switch {
	case bytes.HasPrefix(b, []byte(pasteEnd)):
		d.paste = false
		return len(pasteEnd)
	case len(b) < len(pasteEnd) && bytes.HasPrefix([]byte(pasteEnd), b):
		return 0
	}
	return 1
}

// escape emits the key whose sequence b begins with, if it is one.
func (d *decoder) escape(b []byte) int {
	n := sequence(b)
	seq := string(b[:n])
	if known, ok := aliases[seq]; ok {
		seq = known
	}
	switch {
	case n <= 1, seq == leave:
	case seq == pasteBegin:
		d.paste = true
	case prompt.GetKey([]byte(seq)) != prompt.NotDefined:
		d.emit(key{seq: []byte(seq)})
	}
	return n
}

// sequence is the length of the escape sequence that b begins with, known or
// not; 0 if it isn't complete.
func sequence(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch c := b[1]; {
	case c == '[' && len(b) > 2 && b[2] == '[': // the function keys of Linux's console
		if len(b) < 4 {
			return 0
		}
		return 4
	case c == '[', c == 'O':
		for i, p := range b[2:] {
			switch {
			case p >= 0x20 && p < 0x40: // parameters go on
			case p >= 0x40 && p < 0x7f:
				return 2 + i + 1
			default: // broken off by a control character, which counts
				return 2 + i
			}
		}
		if len(b) > longestString {
			return len(b)
		}
		return 0
	case c == ']', c == 'P', c == '^', c == '_', c == 'X': // a string, up to BEL or ESC \
		for i, p := range b[2:] {
			switch {
			case p == 0x07:
				return 2 + i + 1
			case p == ctrlC[0]:
				return 2 + i
			case p == '\\' && b[2+i-1] == 0x1b:
				return 2 + i + 1
			}
		}
		if len(b) > longestString {
			return len(b)
		}
		return 0
	case c < 0x20, c == 0x7f: // Escape, and then a key of its own
		return 1
	case !utf8.FullRune(b[1:]):
		return 0
	}
	_, size := utf8.DecodeRune(b[1:]) // a key with Alt
	return 1 + size
}
