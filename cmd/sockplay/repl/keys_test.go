//go:build unix

package repl

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/c-bata/go-prompt"
)

// decoded are the keys that come of these reads, text in quotes.
func decoded(reads ...string) []string {
	var keys []string
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			keys = append(keys, fmt.Sprintf("%q", text.String()))
			text.Reset()
		}
	}
	d := decoder{emit: func(k key) {
		if k.text {
			text.Write(k.seq)
			return
		}
		flush()
		if string(k.seq) == enter {
			keys = append(keys, "Enter")
		} else {
			keys = append(keys, fmt.Sprintf("%x", k.seq))
		}
	}}
	for _, read := range reads {
		d.feed([]byte(read))
	}
	flush()
	return keys
}

func TestDecoder(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "",
		"abc":                            `"abc"`,
		"a\rb\nc\r\nd":                   `"a" Enter "b" Enter "c" Enter "d"`,
		"\n\n\r\r":                       "Enter Enter Enter Enter",
		"a\x00b\x01\x7f":                 `"ab" 01 7f`,
		"\x1b[A\x1b[3~\x1b[1;5C\x1bOB":   "1b5b41 1b5b337e 1b5b313b3543 1b4f42",
		"\x1bOH\x1bOF":                   "01 05",
		"a\x1b[200m\x1b[E\x1bq\x1bé\x1b": `"a"`,
		"\x1b\x1b[A\x1b\r":               "1b5b41 Enter",
		"\x1b[12\x03a":                   `03 "a"`,
		"\x1b]0;t\x07a\x1b]0;t\x1b\\b\x1bPq\x1b\\\x1b_x\x03c": `"ab" 03 "c"`,
		"\x1b[[A\x1b[[B":                                     "1b5b5b42",
		"日本\xff\xe6\x97x\u0085\u009b":                        `"日本���x"`,
		pasteBegin + "a\tb\r\n\x01c\x1b[A" + pasteEnd + "\t": `"a b" Enter "c[A" 09`,
		pasteBegin + "a\x03\t":                               `"a" 03 09`,
	} {
		if got := strings.Join(decoded(in), " "); got != want {
			t.Errorf("%q: %s, not %s", in, got, want)
		}
		// However it is cut into reads, the keys are the same.
		for i := range len(in) + 1 {
			if got := strings.Join(decoded(in[:i], in[i:]), " "); got != want {
				t.Errorf("%q, %q: %s, not %s", in[:i], in[i:], got, want)
			}
		}
		if got := strings.Join(decoded(strings.Split(in, "")...), " "); got != want {
			t.Errorf("%q by characters: %s, not %s", in, got, want)
		}
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add([]byte("a\x1b[A\xe6\x97\xa5\r\n\x1b[200~b\x1b[201~\x1b]0;x"), 5)
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		if cut < 0 || cut > len(in) {
			cut = len(in) / 2
		}
		d := decoder{emit: func(k key) {
			known := prompt.GetKey(k.seq) != prompt.NotDefined
			text := utf8.Valid(k.seq) && string(k.seq) == printable(string(k.seq))
			if len(k.seq) == 0 || k.text && (known || !text) || !k.text && (!known || string(k.seq) == leave) {
				t.Errorf("%q: %+v", in, k)
			}
		}}
		d.feed(in[:cut])
		d.feed(in[cut:])
		if whole := decoded(string(in)); !slices.Equal(whole, decoded(string(in[:cut]), string(in[cut:]))) {
			t.Errorf("%q isn't the same when cut at %d", in, cut)
		}
		if len(d.rest) > longestString {
			t.Errorf("%d bytes kept", len(d.rest))
		}
	})
}

func TestPush(t *testing.T) {
	in := newInput()
	d := decoder{emit: in.push}
	d.feed([]byte("one\rtwo\rthr"))
	d.feed([]byte("ee"))
	if line, ok := in.line(); line != "one" || !ok {
		t.Error(line, ok)
	}
	d.feed([]byte("\x7f\x03")) // as the line is, it stays
	if _, ok := in.line(); ok {
		t.Error("a line that isn't complete")
	}
	var got []string
	for range 3 {
		b, err := in.Read()
		if _, early := in.Read(); err != nil || early == nil {
			t.Error(err, early)
		}
		got = append(got, string(b))
		in.drawn()
	}
	if want := []string{"three", "\x7f", ctrlC}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}

	interrupted := 0
	in.executing(func() { interrupted++ })
	d.feed([]byte("a\rb\x03c"))
	in.executing(nil)
	if b, _ := in.Read(); string(b) != "c" || interrupted != 1 {
		t.Errorf("%q, %d", b, interrupted)
	}
}
