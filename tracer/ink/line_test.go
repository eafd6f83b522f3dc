package ink

import (
	"slices"
	"testing"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		pen   Pen
		width int
		spans []Span
		want  string
	}{
		{Pen{}, 80, []Span{{Plain, "a "}, {Loss, "b  "}}, "a b"},
		{Pen{}, 5, []Span{{Plain, "abc"}, {Plain, "def"}}, "ab..."},
		{Pen{}, 2, []Span{{Plain, "abc"}}, ".."},
		{Pen{}, 0, []Span{{Plain, "abc"}}, ""},
		{Pen{}, 80, []Span{{Plain, "a\x1b[2J\n\xffb"}}, `a\x1b[2J\n\xffb`},
		{Pen{}, 80, []Span{{Plain, "界"}}, `\u754c`},
		{Pen{UTF8: true}, 7, []Span{{Plain, "世界世界"}}, "世界..."},
		{Pen{Color: true}, 4, []Span{{Loss, "abc"}, {Open, "def"}}, "\x1b[31ma\x1b[0m..."},
	} {
		if got := c.pen.Line(c.width, c.spans...); got != c.want {
			t.Errorf("Line(%d, %v) = %q, want %q", c.width, c.spans, got, c.want)
		}
	}
}

func TestFill(t *testing.T) {
	for _, c := range []struct {
		text        string
		first, rest int
		want        []string
	}{
		{"", 5, 5, []string{""}},
		{"one two three", 7, 9, []string{"one two", "three"}},
		{"one two three", 3, 9, []string{"one", "two three"}},
		{"a   b\nc", 20, 20, []string{"a   b", "c"}},
		{"abcdefgh", 3, 4, []string{"abc", "defg", "h"}},
		{"a\tb", 20, 20, []string{`a\tb`}},
	} {
		if got := (Pen{}).Fill(c.text, c.first, c.rest); !slices.Equal(got, c.want) {
			t.Errorf("Fill(%q, %d, %d) = %q, want %q", c.text, c.first, c.rest, got, c.want)
		}
	}
}
