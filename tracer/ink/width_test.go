package ink

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// A wide character takes two columns and a combining one none; what is cut is
// cut between characters, with the marks left on theirs.
func TestWide(t *testing.T) {
	for _, c := range []struct {
		what, got, want string
		columns         int
	}{
		{"Cut", Cut("聊天室聊天室", 8), "聊天...", 7},
		{"Cut", Cut("聊天室聊天室", 7), "聊天...", 7},
		{"Cut", Cut("聊天", 4), "聊天", 4},
		{"Cut", Cut("e\u0301te\u0301 aux quais", 6), "e\u0301te\u0301...", 6},
		{"Pad", Pad("@聊天", 8), "@聊天   ", 8},
		{"Pad", Pad("e\u0301", 3), "e\u0301  ", 3},
		{"Prefix", Prefix("聊天室", 5), "聊天", 4},
		{"Prefix", Prefix("e\u0301te\u0301", 1), "e\u0301", 1},
		{"Prefix", Prefix("聊天", 1), "聊", 2}, // one rune at least
		{"Quote", Pen{UTF8: true}.Quote([]byte("聊天室聊天"), 10), `"聊天"...`, 9},
		{"Quote", Pen{UTF8: true}.Quote([]byte("聊天"), 6), `"聊天"`, 6},
		{"Quote", Pen{}.Quote([]byte("聊天"), 16), `"\u804a\u5929"`, 14},
		{"Line", Pen{UTF8: true}.Line(9, Span{Open, "聊天"}, Span{Loss, "室聊天"}), "聊天室...", 9},
		{"Line", Pen{UTF8: true}.Line(8, Span{Open, "聊天"}, Span{Loss, "室聊天"}), "聊天...", 7},
		{"Fill", strings.Join(Pen{UTF8: true}.Fill("聊天室 聊天", 5, 5), "|"), "聊天|室|聊天", 12},
	} {
		if c.got != c.want || Width(c.got) != c.columns {
			t.Errorf("%s = %q in %d columns, want %q in %d", c.what, c.got, Width(c.got), c.want, c.columns)
		}
	}
}

func FuzzWidth(f *testing.F) {
	for _, s := range []string{"", "plain", "聊天室", "a聊b天", "e\u0301\u0302\u0303", "👩\u200d💻", "🇩🇪🇯🇵", "❤\ufe0f", "한국어", "\xff\xfe", "ｆｕｌｌ", "\u1112\u1161\u11ab"} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		if width < 3 || width > 100 || len(s) > 1000 {
			return
		}
		whole := func(what, got string) {
			if utf8.ValidString(s) && !utf8.ValidString(got) {
				t.Errorf("%s(%q, %d) = %q: half a character", what, s, width, got)
			}
		}
		pen := Pen{UTF8: true}
		clean := pen.Clean(s)
		for what, got := range map[string]string{
			"Cut": Cut(clean, width), "Line": pen.Line(width, Span{Text: s}), "Quote": pen.Quote([]byte(s), max(width, 8)),
		} {
			whole(what, got)
			if most := max(width, 8); Width(got) > most || what != "Quote" && Width(got) > width {
				t.Errorf("%s(%q, %d) = %q: %d columns", what, s, width, got, Width(got))
			}
		}
		part := Prefix(clean, width)
		whole("Prefix", part)
		if Width(part) > width && utf8.RuneCountInString(part) > 1 {
			t.Errorf("Prefix(%q, %d) = %q: %d columns", clean, width, part, Width(part))
		}
		if clean != "" && part == "" {
			t.Errorf("Prefix(%q, %d) is empty", clean, width)
		}
		if padded := Pad(clean, width); Width(padded) != max(width, Width(clean)) {
			t.Errorf("Pad(%q, %d) takes %d columns", clean, width, Width(padded))
		}
	})
}
