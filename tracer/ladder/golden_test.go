package ladder

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sockplay/tracer/ink"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var styles = []struct {
	name string
	o    Options
}{
	{"80", Options{Pen: ink.Pen{UTF8: true}, Width: 80}},
	{"40", Options{Pen: ink.Pen{UTF8: true}, Width: 40}},
	{"200", Options{Pen: ink.Pen{UTF8: true}, Width: 200}},
	{"ascii", Options{}},
	{"color", Options{Pen: ink.Pen{UTF8: true, Color: true}, Width: 80}},
}

// special are the styles that only a few scenes are drawn in, the most telling
// ones.
var special = []struct {
	name   string
	o      Options
	scenes string
}{
	{"wall", Options{Pen: ink.Pen{UTF8: true}, Width: 120, Projector: true}, "session refused loss udp two closing lossy unix"},
	{"wallascii", Options{Width: 60, Projector: true}, "session loss"},
	{"wallcolor", Options{Pen: ink.Pen{UTF8: true, Color: true, Theme: ink.Contrast}, Width: 60, Projector: true}, "session loss"},
	{"wallnarrow", Options{Pen: ink.Pen{UTF8: true}, Width: 40, Projector: true}, "session"},
	{"light", Options{Pen: ink.Pen{UTF8: true, Color: true, Theme: ink.Light}}, "session loss"},
	{"less", Options{Pen: ink.Pen{UTF8: true}, Explain: -1}, "session refused loss results held"},
	{"more", Options{Pen: ink.Pen{UTF8: true}, Explain: 1}, "session loss wire"},
	{"unfold", Options{Pen: ink.Pen{UTF8: true}, Unfold: true}, "window"},
}

func play(t testing.TB, o Options, scene func(*stream)) string {
	t.Helper()
	var s stream
	scene(&s)
	var out bytes.Buffer
	l := New(&out, o)
	for _, batch := range s.batches {
		if err := l.Draw(batch); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestGolden(t *testing.T) {
	for _, scene := range scenes {
		for _, style := range styles {
			t.Run(scene.name+"/"+style.name, func(t *testing.T) {
				golden(t, scene.name+"."+style.name, play(t, style.o, scene.play), style.o)
			})
		}
		for _, style := range special {
			if slices.Contains(strings.Fields(style.scenes), scene.name) {
				t.Run(scene.name+"/"+style.name, func(t *testing.T) {
					golden(t, scene.name+"."+style.name, play(t, style.o, scene.play), style.o)
				})
			}
		}
	}
}

// golden compares a drawing with its file.
func golden(t *testing.T, name, got string, o Options) {
	t.Helper()
	check(t, got, o)
	file := filepath.Join("testdata", name+".txt")
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

// check asserts what holds for every drawing.
func check(t testing.TB, text string, o Options) {
	t.Helper()
	width := o.Width
	if width == 0 {
		width = 80
	}
	if o.Projector {
		width = min(width, 60)
	}
	if o.Pen.Color {
		text = sgr.ReplaceAllString(text, "")
	}
	for line := range strings.SplitSeq(text, "\n") {
		if n := ink.Width(line); n > width {
			t.Errorf("%d columns in a line of %d: %q", n, width, line)
		}
		for _, r := range line {
			if r < ' ' || r >= 0x7f && (r < 0xa0 || !o.Pen.UTF8) {
				t.Errorf("%q in a line: %q", r, line)
			}
		}
	}
}
