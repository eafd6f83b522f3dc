package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"sockplay/sandbox/command"
	"sockplay/tracer"
	"sockplay/tracer/capture"
	"sockplay/tracer/diagram"
	"sockplay/tracer/ink"
	"sockplay/tracer/ladder"
	"sockplay/tracer/table"
)

// screen shows what happens, in the format that was asked for, and writes the
// capture file.
type screen struct {
	out    *bufio.Writer
	json   bool
	pen    ink.Pen
	width  int
	size   func() int // the terminal's width now
	ladder *ladder.Ladder
	fresh  []tracer.Event // not drawn yet
	lost   int            // events that were not kept for drawing
	pcap   *capture.Writer
	file   *os.File
	err    error
}

// maxFresh bounds the events of one command that are kept for drawing.
const maxFresh = 400_000

// newScreen returns a screen that sees what is added to log. began is the time
// of day at which the stack's clock was 0.
func newScreen(o *options, w io.Writer, log *tracer.Log, began time.Time) (*screen, error) {
	s := &screen{out: bufio.NewWriterSize(w, 1<<16), json: o.format == "json", pen: pen(o), width: width(o)}
	s.size = func() int { return width(o) }
	s.ladder = ladder.New(s.out, ladder.Options{Pen: s.pen, Width: s.width})
	if o.pcap != "" {
		f, err := os.Create(o.pcap)
		if err != nil {
			return nil, &exit{failed, fmt.Sprintf("sockplay: %s cannot be written: %s\n  try: another --pcap FILE", o.pcap, cause(err))}
		}
		if s.pcap, err = capture.NewWriter(f, began); err != nil {
			f.Close()
			return nil, err
		}
		s.file = f
	}
	log.Sink(s.add)
	return s, nil
}

// cause is what a file's error says beside its name.
func cause(err error) string {
	if p, ok := err.(*os.PathError); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// pen decides about colour and box-drawing characters.
func pen(o *options) ink.Pen {
	f, isFile := o.out.(*os.File)
	terminal := isFile && term.IsTerminal(int(f.Fd()))
	p := ink.Pen{Color: o.color == "always", UTF8: utf8Locale()}
	if o.color == "auto" {
		p.Color = terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return p
}

// utf8Locale follows setlocale(3): the first of these that is set counts.
func utf8Locale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}

// width is the terminal's, or 80.
func width(o *options) int {
	if f, ok := o.out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 80
}

// add sees one event.
func (s *screen) add(e tracer.Event) {
	if s.pcap != nil {
		s.pcap.Add(e)
	}
	switch {
	case s.json:
		b, err := e.MarshalJSON() // as json.Marshal, which would check each octet again
		if err == nil {
			_, err = s.out.Write(append(b, '\n'))
		}
		s.keep(err)
	case len(s.fresh) < maxFresh:
		s.fresh = append(s.fresh, e)
	default:
		s.lost++
	}
}

func (s *screen) keep(err error) {
	if s.err == nil {
		s.err = err
	}
}

// draw shows what has been added since the last time.
func (s *screen) draw() {
	if s.lost > 0 {
		s.fresh = append(s.fresh, tracer.Event{
			Kind: tracer.KindNote, Text: fmt.Sprintf("%d more events have left the window and are not drawn", s.lost),
		})
		s.lost = 0
	}
	if len(s.fresh) > 0 {
		s.resize()
		s.keep(s.ladder.Draw(s.fresh))
		s.fresh = nil
	}
	s.keep(s.out.Flush())
}

// resize follows the terminal's width.
func (s *screen) resize() {
	if w := s.size(); w != s.width {
		s.width = w
		s.ladder.SetWidth(w)
	}
}

// show prints what an answer has beside events.
func (s *screen) show(a command.Answer) {
	if s.json {
		return
	}
	s.resize()
	switch a.Show {
	case command.ShowText:
		io.WriteString(s.out, a.Text)
	case command.ShowSockets:
		s.keep(table.Sockets(s.out, a.Sockets, table.Options{Pen: s.pen, Width: s.width}))
	case command.ShowDiagram:
		d := a.Diagram
		if d.Socket != "" {
			fmt.Fprintf(s.out, "%s is in %s\n", d.Socket, d.State)
		}
		s.keep(diagram.TCP(s.out, d.State, d.Path, diagram.Options{Pen: s.pen, Width: s.width}))
	}
	s.keep(s.out.Flush())
}

// echo prints a line of a script as if it had been typed.
func (s *screen) echo(process, line string) {
	switch {
	case s.json:
	case strings.HasPrefix(strings.TrimSpace(line), "#"):
		fmt.Fprintf(s.out, "%s\n", s.pen.Write(ink.Calm, printable(line)))
	default:
		fmt.Fprintf(s.out, "%s> %s\n", process, s.pen.Write(ink.Yours, printable(line)))
	}
}

// printable shows a line without what a terminal would obey.
func printable(line string) string {
	q := ink.Pen{UTF8: true}.Quote([]byte(line), 1<<20)
	q = strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
	return strings.ReplaceAll(q, `\\`, `\`)
}

// close writes what is buffered and ends the capture file.
func (s *screen) close() error {
	s.draw()
	if s.pcap != nil {
		s.keep(s.pcap.Close())
		s.keep(s.file.Close())
	}
	return s.err
}
