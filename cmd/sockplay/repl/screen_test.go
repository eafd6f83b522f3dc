//go:build unix

package repl

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hinshun/vt10x"

	"sockplay/cmd/sockplay/repl/ptytest"
)

// cyan is a style of prefixes.
const cyan = "\x1b[36m"

// newEmulator is a screen on an emulator.
func newEmulator(cols, rows int, style string) (*screen, *ptytest.Terminal) {
	x := &ptytest.Terminal{Emulator: vt10x.New(vt10x.WithSize(cols, rows))}
	x.Feed([]byte("\x1b[20h")) // a line feed begins a new line, as with ONLCR
	s := newScreen(writer(x.Feed), func() (int, int) { return cols, rows }, unicodeGlyphs)
	s.style = style
	s.start()
	return s, x
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}

// Whatever is shown and printed in whatever order, what was printed stands above
// the frame, and the frame is whole.
func TestScreenAtRandom(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		cols, rows := 5+rnd.IntN(30), 4+rnd.IntN(10)
		s, x := newEmulator(cols, rows, "")
		var printed []string
		var f *frame
		for step := range 60 {
			switch rnd.IntN(5) {
			case 0, 1:
				for range 1 + rnd.IntN(4) {
					line := fmt.Sprintf("p%d", len(printed))
					printed = append(printed, line)
					fmt.Fprintln(s, line)
				}
				s.mu.Lock()
				s.print()
				s.mu.Unlock()
			case 2, 3:
				f = &frame{prefix: "> ", line: strings.Repeat("0123456789", 11)[:rnd.IntN(3*cols)]}
				f.cursor = rnd.IntN(len(f.line) + 1)
				for i := range rnd.IntN(5) {
					f.menu = append(f.menu, menuRow{text: fmt.Sprintf("m%d", i)})
				}
				s.show(*f)
			case 4:
				if f != nil {
					s.enter("> ", f.line, "")
					printed = append(printed, chunks("> "+f.line, cols)...)
					f = nil
				}
			}

			drawn, cx, cy := []string{""}, 0, 0
			if f != nil {
				drawn, cx, cy = model(f, cols, rows)
			}
			want := append(slices.Clone(printed), drawn...)
			// The rows of the screen, down to the last drawn, are the last of these.
			c := x.Emulator.Cursor()
			end := c.Y - cy + len(drawn)
			n := min(end, len(want))
			want = want[len(want)-n:]
			for i := range want {
				want[i] = strings.TrimRight(want[i], " ")
			}
			if got := x.Rows()[end-n:]; c.X != cx ||
				strings.TrimRight(strings.Join(got, "\n"), "\n") != strings.TrimRight(strings.Join(want, "\n"), "\n") {
				t.Fatalf("seed %d, step %d, %dx%d, cursor %d,%d not %d:\n%s\nnot\n%s", seed, step, cols, rows,
					c.X, c.Y, cx, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

// model is what a frame of narrow characters should look like, and the column and
// the row of the cursor in it.
func model(f *frame, cols, rows int) (drawn []string, x, y int) {
	all := f.prefix + f.line
	if f.cursor == len(f.line) {
		all += " "
	}
	x, y = (len(f.prefix)+f.cursor)%cols, (len(f.prefix)+f.cursor)/cols
	drawn = chunks(all, cols)
	first := max(0, y-rows+1)
	drawn = drawn[first:min(len(drawn), first+rows)]
	for _, row := range f.menu[:min(len(f.menu), rows-len(drawn))] {
		drawn = append(drawn, strings.Repeat(" ", min(x, cols-len(row.text)))+row.text)
	}
	return drawn, x, y - first
}

// chunks cuts s, of narrow characters, into rows.
func chunks(s string, cols int) []string {
	var rows []string
	for chunk := range slices.Chunk([]byte(s), cols) {
		rows = append(rows, string(chunk))
	}
	return rows
}

func TestStyle(t *testing.T) {
	s, x := newEmulator(8, 4, cyan)
	s.show(frame{prefix: "long prompt> ", line: "ls", cursor: 1})
	if got := x.Text(); got != "long pro\nmpt> ls" {
		t.Errorf("%q", got)
	}
	for y, row := range x.Rows()[:2] {
		for i, c := range row {
			if cell := x.Emulator.Cell(i, y); (cell.FG == vt10x.Cyan) != (y == 0 || i < 5) {
				t.Errorf("row %d, column %d: %c has colour %d", y, i, c, cell.FG)
			}
		}
	}
	s.enter("long prompt> ", "ls", "^C")
	if got := x.Text(); got != "long pro\nmpt> ls^\nC" {
		t.Errorf("%q", got)
	}
}

// Output that never ends its line doesn't wait for ever.
func TestEndlessLine(t *testing.T) {
	s, x := newEmulator(80, 24, "")
	s.show(frame{prefix: "> "})
	for range mostPending + 1 {
		fmt.Fprint(s, ".")
	}
	if len(s.pending) > 0 || !strings.HasSuffix(x.Text(), ".\n>") {
		t.Errorf("%d bytes wait, %q", len(s.pending), x.Text())
	}
}
