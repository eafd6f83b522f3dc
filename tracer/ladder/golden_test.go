package ladder

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
)

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
	inktest.Golden(t, name, got)
}

// check asserts what holds for every drawing.
func check(t testing.TB, text string, o Options) {
	t.Helper()
	width := o.Width
	if o.Projector && (width == 0 || width > 60) {
		width = 60
	}
	inktest.Fits(t, text, o.Pen, width)
}
