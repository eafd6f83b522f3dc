package command

import (
	"errors"
	"strings"

	"sockplay/sandbox"
	"sockplay/sandbox/syntax"
)

// Error says what is wrong with a line, and what would be right.
type Error = syntax.Error

// Parts are what an error says is wrong, and what would be right; "" where it does
// not tell.
func Parts(err error) (wrong, right string) {
	var e *Error
	if errors.As(err, &e) {
		return strings.TrimSuffix(err.Error(), "; "+e.Right), e.Right
	}
	return err.Error(), ""
}

func wrong(right, format string, args ...any) error { return syntax.Wrong(right, format, args...) }

// word is one word of a line.
type word struct {
	text   string // as it is typed
	quoted bool
	value  string // of a quoted word: without its quotes and escapes
}

// lex splits text at blanks: see syntax.Lex.
func lex(text string, c bool) ([]word, error) {
	list, err := syntax.Lex(text, c)
	if err != nil {
		return nil, err
	}
	var words []word
	for _, w := range list {
		words = append(words, word{w.Text, w.Quoted, w.Value})
	}
	return words, nil
}

// What is written in the command language as in peers' scripts.
const blanks, addrForms = syntax.Blanks, syntax.AddrForms

func clip(s string) string                    { return syntax.Clip(s) }
func clipTo(s string, n int) string           { return syntax.ClipTo(s, n) }
func nearest(s string, names []string) string { return syntax.Nearest(s, names) }
func size(s string) (int, bool)               { return syntax.Size(s) }
func isInteger(s string) bool                 { return syntax.IsInteger(s) }
func isPath(s string) bool                    { return syntax.IsPath(s) }

func parseAddr(text string, kind sandbox.Kind) (sandbox.Addr, *Error) {
	return syntax.Addr(text, kind)
}
