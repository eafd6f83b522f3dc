//go:build unix

package repl

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// coalesce is how long output may wait while a line is being typed.
	coalesce = 40 * time.Millisecond

	// mostPending is how much may wait; then whoever writes more waits himself.
	mostPending = 64 << 10

	// longestEcho is how much of an entered line stays on the screen.
	longestEcho = 16 << 10

	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	pasteOn    = "\x1b[?2004h"
	pasteOff   = "\x1b[?2004l"
	clearAll   = "\x1b[H\x1b[2J"
)

// screen owns what is on the terminal: above, what was written; below it, while a
// line is being typed, the frame.
type screen struct {
	out    io.Writer
	size   func() (cols, rows int)
	style  string // the prefix's, as an escape sequence
	glyphs glyphs

	mu      sync.Mutex
	open    bool
	up      bool   // a frame is on the terminal
	frame   frame  // that one
	above   int    // how many rows above the cursor it begins
	pending []byte // written while it is up
	midline bool   // what was written last didn't end its line
	kick    chan struct{}
}

func newScreen(out io.Writer, size func() (cols, rows int), g glyphs) *screen {
	return &screen{out: out, size: size, glyphs: g, kick: make(chan struct{}, 1)}
}

// restyle changes the style of the prefixes to come.
func (s *screen) restyle(style string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.style = style
}

// Write prints p, above the line being typed if there is one: then only lines
// that are complete, a moment later.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	if !s.up {
		s.midline = p[len(p)-1] != '\n'
		return s.out.Write(p)
	}
	s.pending = append(s.pending, p...)
	if len(s.pending) > mostPending {
		s.print()
	}
	select {
	case s.kick <- struct{}{}:
	default:
	}
	return len(p), nil
}

// run prints what is pending, from time to time, until stop is closed.
func (s *screen) run(stop <-chan struct{}) {
	for {
		select {
		case <-s.kick:
		case <-stop:
			return
		}
		select {
		case <-time.After(coalesce):
		case <-stop:
			return
		}
		s.mu.Lock()
		s.print()
		s.mu.Unlock()
	}
}

// print prints the pending lines above the frame.
func (s *screen) print() {
	if lines := s.pendingLines(); s.up && len(lines) > 0 {
		s.draw(append(s.lift(nil), lines...))
	}
}

// show replaces the frame.
func (s *screen) show(f frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		b := s.lift(nil)
		s.frame = f
		s.draw(b)
	}
}

// start readies the terminal for frames.
func (s *screen) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = true
	_, _ = io.WriteString(s.out, pasteOn)
}

// resume does so again, after a shell has used the terminal.
func (s *screen) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		_, _ = io.WriteString(s.out, pasteOn)
	}
	if s.up {
		s.above = 0
		s.draw(s.lift(nil))
	}
}

// redraw draws the frame again, after a resize.
func (s *screen) redraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up {
		s.draw(s.lift(nil))
	}
}

// clear erases all but the frame.
func (s *screen) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up {
		s.draw([]byte(hideCursor + clearAll))
	}
}

// enter replaces the frame, if there is one, by the line that was entered and a
// note.
func (s *screen) enter(prefix, line, note string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		s.drop(frame{prefix: prefix, line: line}, note)
	}
}

// close undoes start. A line that is being typed stays on the screen; there will
// be no more.
func (s *screen) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.open {
		return
	}
	s.open = false
	if s.up {
		s.drop(s.frame, "")
	}
	_, _ = io.WriteString(s.out, pasteOff+wrapOn+plain+showCursor)
}

// lift appends what takes the frame off the terminal, and leaves the cursor at
// the beginning of a row. Some terminals wrap what they show anew when they
// become narrower; then the frame begins higher up than is known here, and a
// piece of it may stay. What was printed is never erased.
func (s *screen) lift(b []byte) []byte {
	b = append(b, hideCursor...)
	switch {
	case s.up && s.above > 0:
		b = fmt.Appendf(b, up, s.above)
		fallthrough
	case s.up:
		b = append(b, "\r"+eraseDown...)
	case s.midline:
		b = append(b, "\r\n"...)
	}
	return b
}

// draw writes b and then the frame. That the terminal is gone is for pump to say.
func (s *screen) draw(b []byte) {
	b = append(b, plain...)
	cols, rows := s.size()
	b, s.above = s.frame.appendTo(b, s.style, s.glyphs, cols, rows)
	s.up, s.midline = true, false
	_, _ = s.out.Write(append(b, showCursor...))
}

// drop writes what is pending, and then last, which no longer is a frame, and a
// note.
func (s *screen) drop(last frame, note string) {
	b := append(s.lift(nil), s.pendingLines()...)
	if len(last.line) > longestEcho {
		last.line = last.line[:columns(last.line, longestEcho)] + " " + s.glyphs.dots
	}
	b = last.appendText(append(b, plain...), s.style, 0, len(last.prefix)+len(last.line))
	b = append(b, note+"\r\n"+showCursor...)
	b = append(b, s.pending...)
	s.up, s.midline = false, len(s.pending) > 0
	s.pending = nil
	_, _ = s.out.Write(b)
}

// pendingLines takes the complete lines of what is pending. One that is too long
// to wait for its end ends here.
func (s *screen) pendingLines() []byte {
	n := bytes.LastIndexByte(s.pending, '\n') + 1
	if n == 0 && len(s.pending) > mostPending {
		s.pending = append(s.pending, '\n')
		n = len(s.pending)
	}
	lines := s.pending[:n]
	s.pending = bytes.Clone(s.pending[n:])
	return lines
}
