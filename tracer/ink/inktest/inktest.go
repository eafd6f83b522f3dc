// Package inktest is for tests of views: it compares what they draw with golden
// files, which -update rewrites, and asserts what holds for every drawing.
package inktest

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sockplay/tracer/ink"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Golden compares a drawing with testdata/NAME.txt.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	GoldenFile(t, name+".txt", got)
}

// GoldenFile compares a text with a file of testdata.
func GoldenFile(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s (-update rewrites it):\n%s", file, got)
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Fits asserts that the lines of a drawing fit in so many columns (0: 80), and
// that a terminal can be shown them: beside the pen's colours nothing is in them
// that it would obey, and only ASCII where the pen has no other characters.
func Fits(t testing.TB, text string, pen ink.Pen, width int) {
	t.Helper()
	if width == 0 {
		width = 80
	}
	if pen.Color {
		text = Uncolored(text)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if n := ink.Width(line); n > width {
			t.Errorf("%d columns in a line of %d: %q", n, width, line)
		}
		for _, r := range line {
			if r < ' ' || r >= 0x7f && (r < 0xa0 || !pen.UTF8) {
				t.Errorf("%q in a line: %q", r, line)
			}
		}
	}
}

// Uncolored is a drawing without its colours.
func Uncolored(text string) string { return sgr.ReplaceAllString(text, "") }
