//go:build unix

package repl

import (
	"strings"
	"unicode"

	"github.com/c-bata/go-prompt"
	"github.com/mattn/go-runewidth"
)

// canvas is go-prompt's ConsoleWriter. It draws nothing: it makes out, from what
// go-prompt would draw on an enormous terminal, the frame to show.
//
// A frame goes from HideCursor to Flush: the prefix, the line, EraseDown, the
// cursor back to its place, the menu (CursorDown before each row, CursorUp after
// the last) and, if a suggestion is selected, a preview written over the line. An
// entered line comes without HideCursor: the prefix, the line and "\n".
type canvas struct {
	screen *screen
	input  *input
	total  func() int // suggestions that there are

	frame   frame
	written int // texts since the last Flush: the first is the prefix
	x       int // where the cursor is, in columns after the prefix
	drawing bool
	inMenu  bool
	shown   bool // there is a frame that may be entered
	entered string
}

// thumbColor is a colour that go-prompt uses for nothing else.
const thumbColor = prompt.Fuchsia

func (c *canvas) HideCursor() {
	c.frame = frame{}
	c.written, c.x = 0, 0
	c.drawing, c.inMenu = true, false
}

func (c *canvas) WriteStr(s string) {
	entered := !c.drawing && strings.HasSuffix(s, "\n")
	s = printable(s)
	switch {
	case c.inMenu:
		c.frame.menu[len(c.frame.menu)-1].text += s
		return
	case c.written == 0:
		c.frame = frame{prefix: s}
	case entered:
		if c.shown { // a Ctrl-C enters the line, and then an empty one
			c.enter(s)
		}
		c.written, c.x = 0, 0
		return
	default:
		c.frame.line = c.frame.line[:columns(c.frame.line, c.x)] + s
		c.x += runewidth.StringWidth(s)
	}
	c.written++
}

func (c *canvas) enter(line string) {
	note := ""
	if c.input.ending() == ctrlC {
		note = "^C"
	}
	c.entered, c.shown = line, false
	c.screen.enter(c.frame.prefix, line, note)
}

func (c *canvas) Flush() error {
	if c.drawing {
		c.drawing, c.inMenu, c.shown = false, false, true
		c.frame.cursor = columns(c.frame.line, c.x)
		c.frame.total = c.total()
		c.screen.show(c.frame)
		c.input.drawn()
	}
	c.written, c.x = 0, 0
	return nil
}

func (c *canvas) CursorBackward(n int) {
	if !c.inMenu {
		c.x -= n
	}
}

func (c *canvas) CursorUp(n int) {
	switch {
	case n == 0:
	case c.inMenu:
		c.inMenu = false
	default:
		c.x -= n * enormous // the line is wider than even that
	}
}

func (c *canvas) CursorDown(int) {
	c.inMenu = true
	c.frame.menu = append(c.frame.menu, menuRow{})
}

// SetColor is of interest only in the menu, where bold means selected and one
// colour is the scroll bar's thumb.
func (c *canvas) SetColor(_, background prompt.Color, bold bool) {
	if !c.inMenu {
		return
	}
	row := &c.frame.menu[len(c.frame.menu)-1]
	row.selected = row.selected || bold
	row.thumb = row.thumb || background == thumbColor
}

// EraseScreen is Ctrl-L.
func (c *canvas) EraseScreen() { c.screen.clear() }

func (c *canvas) Write(b []byte) { c.WriteStr(string(b)) }

// What go-prompt does beyond that, screen does in its own way.
func (c *canvas) WriteRaw([]byte)     {}
func (c *canvas) WriteRawStr(string)  {}
func (c *canvas) EraseUp()            {}
func (c *canvas) EraseDown()          {}
func (c *canvas) EraseStartOfLine()   {}
func (c *canvas) EraseEndOfLine()     {}
func (c *canvas) EraseLine()          {}
func (c *canvas) ShowCursor()         {}
func (c *canvas) CursorGoTo(int, int) {}
func (c *canvas) CursorForward(int)   {}
func (c *canvas) AskForCPR()          {}
func (c *canvas) SaveCursor()         {}
func (c *canvas) UnSaveCursor()       {}
func (c *canvas) ScrollDown()         {}
func (c *canvas) ScrollUp()           {}
func (c *canvas) SetTitle(string)     {}
func (c *canvas) ClearTitle()         {}

// printable is s without control characters.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}
