package peer

import "testing"

const goFile = `package x

// one is the first.
func one() int {
	if true {
		return 1
	}
	return 2
}

type t struct{}

// Two has a receiver.
// It does little.
func (t) two(n int) {}

func list[T any](v T) {
	_ = v
}
`

func TestSourceOf(t *testing.T) {
	for _, test := range []struct {
		names []string
		want  string
	}{
		{[]string{"one"}, "// one is the first.\nfunc one() int {\n\tif true {\n\t\treturn 1\n\t}\n\treturn 2\n}\n"},
		{[]string{"list", "two"}, "func list[T any](v T) {\n\t_ = v\n}\n\n// Two has a receiver.\n// It does little.\nfunc (t) two(n int) {}\n"},
	} {
		if got := SourceOf(goFile, test.names...); got != test.want {
			t.Errorf("%v:\n%s\nnot\n%s", test.names, got, test.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a function that is not there is no fault")
		}
	}()
	SourceOf(goFile, "on")
}
