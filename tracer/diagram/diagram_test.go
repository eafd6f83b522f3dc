package diagram

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sockplay/tracer/ink"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	client = []string{"CLOSED", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"}
	server = []string{"CLOSED", "LISTEN", "SYN-RECEIVED", "ESTABLISHED"}
)

var cases = []struct {
	name    string
	current string
	path    []string
}{
	{"unlit", "", nil},
	{"closed", "CLOSED", []string{"CLOSED"}},
	{"established", "ESTABLISHED", server},
	{"time-wait", "TIME-WAIT", client},
	{"over", "CLOSED", append(client[:len(client):len(client)], "CLOSED")},
	{"cut-off", "CLOSED", append(server[1:len(server):len(server)], "CLOSED")},
	{"refused", "CLOSED", []string{"CLOSED", "SYN-SENT", "CLOSED"}},
	{"unknown", "\x1b[31mNONSENSE", []string{"\x1b", "LISTEN"}},
}

func TestGolden(t *testing.T) {
	for _, c := range cases {
		for name, o := range map[string]Options{
			"40":    {Pen: ink.Pen{UTF8: true}, Width: 40},
			"80":    {Pen: ink.Pen{UTF8: true}, Width: 80},
			"200":   {Pen: ink.Pen{UTF8: true}, Width: 200},
			"ascii": {},
			"color": {Pen: ink.Pen{UTF8: true, Color: true}},
		} {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				got := draw(t, c.current, c.path, o)
				file := filepath.Join("testdata", c.name+"."+name+".txt")
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
			})
		}
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

func draw(t *testing.T, current string, path []string, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := TCP(&out, current, path, o); err != nil {
		t.Fatal(err)
	}
	width := o.Width
	if width == 0 {
		width = 80
	}
	text := out.String()
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
	return out.String()
}

// The figure leaves room for itself, two lines and a prompt on 80x24.
func TestFigureFits(t *testing.T) {
	for state := range moves {
		text := draw(t, state, nil, Options{})
		if n := strings.Count(text, "\n"); n > 22 {
			t.Errorf("%s: %d lines", state, n)
		}
		if n := strings.Count(text, "["+state+"]"); n != 1 {
			t.Errorf("%s is lit %d times:\n%s", state, n, text)
		}
		text = strings.NewReplacer("[ ] now", "", "*  been there", "").Replace(text)
		if strings.Count(text, "[") != 1 || strings.Contains(text, "*") {
			t.Errorf("%s: more is marked than the current state:\n%s", state, text)
		}
		text = draw(t, "", []string{state}, Options{})
		if n := strings.Count(text, state+"*"); n != 1 {
			t.Errorf("%s is marked as passed %d times:\n%s", state, n, text)
		}
	}
	for _, path := range [][]string{server, client[:2], client} { // however it ended
		if n := strings.Count(draw(t, "CLOSED", append(path[:len(path):len(path)], "CLOSED"), Options{}), "\n"); n > 22 {
			t.Errorf("%d lines", n)
		}
	}
	for line := range strings.SplitSeq(figure, "\n") {
		if n := ink.Width(line); n >= figureCols {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for width := 1; width < 90; width++ {
		draw(t, "FIN-WAIT-1", client, Options{Pen: ink.Pen{UTF8: true}, Width: width})
	}
}
