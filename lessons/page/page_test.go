package page

import (
	"strings"
	"testing"
	"testing/fstest"

	"sockplay/lessons"
	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
)

// sample has each kind of block.
const sample = "---\ntitle: Sample\nminutes: 5\n---\n" + `
A paragraph with *emphasis*, **strong words**, ` + "`code in backquotes`" + `, a [link](https://www.rfc-editor.org/rfc/rfc9293) and
an address <https://example.org/>; it is long enough to be broken into several lines.

* A point, which is so long that it does not fit into a line of the narrower screens.
* Another
  * and one below it

1. First
2. Second

| call | in C | in Python |
|---|---|---|
| socket | ` + "`socket(AF_INET, SOCK_STREAM, 0)`" + ` | ` + "`socket.socket()`" + ` |
| connect | it takes an address, which is a structure | ` + "`s.connect((\"127.0.0.1\", 8080))`" + ` |

> A quotation, which is no hint, and is drawn with a bar beside it, in each of its lines.

` + "```python\nimport socket\n\ns = socket.create_connection((\"127.0.0.1\", 8080), timeout=5)  # a long line, that goes on and on\n```" + `

中文的段落沒有空格，所以可以在任何兩個字之間換行，但是標點符號「不能」放在一行的開頭；` + "`connect 3 127.0.0.1:8080`" + ` 則保持完整。
第二行接著第一行，中間沒有空格。

## A step

` + "```transcript\nserver> socket tcp\n  = 3   a tcp socket\nserver [blocked in accept(3)]> client: socket tcp\n     1  SYN-SENT     ├── SYN seq 0 win 64240 ────────────────▶│\n```" + `

Do it.

` + "```check\nexpect call socket\n```\n\n> Hint: So.\n\n```solution\nsocket tcp\n```\n"

func TestDraw(t *testing.T) {
	l, err := lessons.Parse("01-sample.md", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	blocks := append(l.Intro, l.Steps[0].Words...)
	for name, test := range map[string]struct {
		pen   ink.Pen
		width int
	}{
		"76": {ink.Pen{UTF8: true}, 76}, "40": {ink.Pen{UTF8: true}, 40}, "20": {ink.Pen{UTF8: true}, 20}, "120": {ink.Pen{UTF8: true}, 120},
		"color": {ink.Pen{UTF8: true, Color: true}, 76},
	} {
		got := Draw(test.pen, test.width, blocks)
		inktest.Fits(t, got, test.pen, test.width)
		inktest.Golden(t, name, got)
	}
}

// TestFlow: lines end between words, or between two characters of a script without
// spaces, with punctuation where it belongs.
func TestFlow(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"one two three", 7, "one two|three"},
		{"one two three", 8, "one two|three"},
		{"onetwothree", 4, "onet|woth|ree"},
		{"a  b", 10, "a  b"},
		{"一二三四", 4, "一二|三四"},
		{"一二，三四", 4, "一|二，|三四"},
		{"一「二三」", 5, "一|「二|三」"},
		{"abc一二", 5, "abc一|二"},
		{"", 5, ""},
	} {
		var cells []cell
		for _, r := range test.text {
			cells = append(cells, cell{r: r})
		}
		var got []string
		for _, l := range flow(cells, test.width, test.width) {
			got = append(got, plain(l))
		}
		if strings.Join(got, "|") != test.want {
			t.Errorf("%q in %d: %q, not %q", test.text, test.width, strings.Join(got, "|"), test.want)
		}
	}
}

// FuzzDraw: whatever a lesson says fits, and gives the terminal no orders.
func FuzzDraw(f *testing.F) {
	f.Add(sample, 76)
	f.Add("---\ntitle: x\nminutes: 5\n---\n\n|a|b|\n|-|-|\n|\x1b[2J|中文字|\n\n## s\n\nx\n\n```answer\n- a\n  > b\n    `c`\n```\n", 20)
	f.Fuzz(func(t *testing.T, text string, width int) {
		if width < 20 || width > 300 {
			return
		}
		lib, _ := lessons.Read(fstest.MapFS{"01-x.md": {Data: []byte(text)}})
		for _, l := range lib.Originals {
			blocks := l.Intro
			for _, s := range l.Steps {
				blocks = append(blocks, s.Words...)
				blocks = append(blocks, s.Task.Goal...)
				blocks = append(blocks, s.Task.Model...)
				blocks = append(blocks, s.After...)
			}
			pen := ink.Pen{UTF8: true}
			for line := range strings.SplitSeq(Draw(pen, width, blocks), "\n") {
				if n := ink.Width(line); n > width && strings.Trim(line, " │•*0123456789.") != "" && depth(line) < width/2 {
					t.Errorf("%d columns in a line of %d: %q", n, width, line)
				}
				for _, r := range line {
					if r < ' ' || r >= 0x7f && r < 0xa0 {
						t.Errorf("%q in a line: %q", r, line)
					}
				}
			}
		}
	})
}

// depth is how far a line stands in: lists in lists may leave no room.
func depth(line string) int {
	return ink.Width(line) - ink.Width(strings.TrimLeft(line, " │•*0123456789."))
}
