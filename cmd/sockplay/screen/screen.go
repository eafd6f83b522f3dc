// Package screen shows a session as the learner wants to see it: drawn as
// ladders, told in sentences, or as a stream of JSON; in a theme, a width, with
// as many words as they like. It also writes the capture file.
package screen

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"sockplay/cmd/sockplay/settings"
	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/tracer"
	"sockplay/tracer/capture"
	"sockplay/tracer/ink"
	"sockplay/tracer/ladder"
	"sockplay/tracer/prose"
)

// Options say how to show.
type Options struct {
	Out    io.Writer
	JSON   bool       // every event, and nothing else
	Color  bool       // whether colour may be used
	UTF8   bool       // whether the terminal shows more than ASCII
	Size   func() int // its width now, in columns
	Pcap   string     // a file to write the packets to; "" for none
	Seed   int64      // of the session, to be told
	Styles settings.Settings
}

// Pen is how to write.
func (o Options) Pen() ink.Pen {
	theme, _ := ink.ParseTheme(o.Styles.Theme) // dark, where there is none
	return ink.Pen{Color: o.Color, UTF8: o.UTF8 && !o.Styles.ASCII, Theme: theme}
}

// Columns are how many there are to write in.
func (o Options) Columns() int {
	w := o.Styles.Width
	if w == 0 {
		w = o.Size()
	}
	if o.Styles.Projector {
		w = min(w, projectorWidth)
	}
	return max(w, minWidth)
}

// Screen shows what happens. It belongs to one goroutine.
type Screen struct {
	// NoTicks leaves out expectations that hold.
	NoTicks bool

	o     Options
	out   *bufio.Writer
	log   *tracer.Log
	live  drawer
	width int
	fresh []tracer.Event // not drawn yet
	lost  int            // events that were not kept for drawing
	pcap  *capture.Writer
	file  *os.File
	err   error
}

// drawer draws the events of one command, or what came by itself.
type drawer interface {
	Draw(events []tracer.Event) error
	SetWidth(columns int)
}

// maxFresh bounds the events of one command that are kept for drawing.
const maxFresh = 400_000

// maxTextWidth is as wide as a text is set: longer lines are hard to read.
const maxTextWidth = 100

// minWidth is the least that a text is set to; on what is narrower still the
// terminal may break the lines.
const minWidth = 20

// projectorWidth is how many columns a wall has.
const projectorWidth = 60

// New returns a screen that sees what is added to log. began is the time of day
// at which the stack's clock was 0.
func New(o Options, log *tracer.Log, began time.Time) (*Screen, error) {
	s := &Screen{o: o, out: bufio.NewWriterSize(o.Out, 1<<16)}
	if o.Pcap != "" {
		f, err := os.Create(o.Pcap)
		if err != nil {
			return nil, fmt.Errorf("%s cannot be written: %s", o.Pcap, cause(err))
		}
		if s.pcap, err = capture.NewWriter(f, began); err != nil {
			f.Close()
			return nil, err
		}
		s.file = f
	}
	s.Restyle(o.Styles)
	s.log = log
	log.Sink(s.Add)
	return s, nil
}

// cause is what a file's error says beside its name.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// Restyle shows what follows in other styles. What was drawn stays.
func (s *Screen) Restyle(styles settings.Settings) {
	s.o.Styles = styles
	s.width = s.o.Columns()
	s.live = s.drawer(s.out)
}

// Styles are the present ones.
func (s *Screen) Styles() settings.Settings { return s.o.Styles }

// Pen is how the screen writes.
func (s *Screen) Pen() ink.Pen { return s.o.Pen() }

// Width is the columns that there are.
func (s *Screen) Width() int { return s.width }

// drawer returns what draws events in the present style.
func (s *Screen) drawer(w io.Writer) drawer {
	if s.o.Styles.Plain {
		return prose.New(w, s.prose())
	}
	return ladder.New(w, s.ladder())
}

func (s *Screen) prose() prose.Options {
	return prose.Options{Width: s.width, Explain: s.explain(), UTF8: s.Pen().UTF8}
}

func (s *Screen) ladder() ladder.Options {
	return ladder.Options{Pen: s.Pen(), Width: s.width, Explain: s.explain(), Projector: s.o.Styles.Projector}
}

// explain is how much is explained: -1, 0, or 1.
func (s *Screen) explain() int {
	return map[string]int{"less": -1, "more": 1}[s.o.Styles.Explain]
}

// Add sees one event.
func (s *Screen) Add(e tracer.Event) {
	if s.pcap != nil {
		s.pcap.Add(e)
	}
	switch {
	case s.o.JSON:
		b, err := e.MarshalJSON() // as json.Marshal, which would check each octet again
		if err == nil {
			_, err = s.out.Write(append(b, '\n'))
		}
		s.keep(err)
	case s.NoTicks && e.Kind == tracer.KindExpect && e.OK:
	case len(s.fresh) < maxFresh:
		s.fresh = append(s.fresh, e)
	default:
		s.lost++
	}
}

func (s *Screen) keep(err error) {
	if s.err == nil {
		s.err = err
	}
}

// Err is the first error of writing.
func (s *Screen) Err() error { return s.err }

// Draw shows what has been added since the last time.
func (s *Screen) Draw() {
	if s.lost > 0 {
		s.fresh = append(s.fresh, tracer.Event{
			Kind: tracer.KindNote, Text: fmt.Sprintf("%d more events have left the window and are not drawn", s.lost),
		})
		s.lost = 0
	}
	if len(s.fresh) > 0 {
		s.resize()
		for n := s.goneBack(); n > 0; n = s.goneBack() {
			s.keep(s.live.Draw(s.fresh[:n]))
			s.remember(s.fresh[n-1].Seq)
			s.fresh = s.fresh[n:]
		}
		s.keep(s.live.Draw(s.fresh))
		s.fresh = nil
	}
	s.keep(s.out.Flush())
}

// Unseen does f, and shows nothing of what comes of it; what is drawn later knows
// of it.
func (s *Screen) Unseen(f func()) {
	s.Draw()
	s.out.Reset(io.Discard)
	defer func() {
		s.Draw()
		s.out.Reset(s.o.Out)
		s.remember(s.log.Last()) // whose names and states are to be told when it is drawn next
	}()
	f()
}

// goneBack is how many events there are up to the first that goes back, 0 if
// none does.
func (s *Screen) goneBack() int {
	return 1 + slices.IndexFunc(s.fresh, func(e tracer.Event) bool { return e.Rewind != 0 })
}

// remember begins drawing anew, with what is to be remembered of the events up to
// that one.
func (s *Screen) remember(seq int64) {
	l, ok := s.live.(*ladder.Ladder)
	if !ok {
		return
	}
	events, _ := s.log.Since(0)
	n, found := slices.BinarySearchFunc(events, seq, func(e tracer.Event, seq int64) int { return cmp.Compare(e.Seq, seq) })
	if found {
		n++
	}
	l.Heed(tracer.Live(events[:n]))
}

// Glance shows what has been added so far in the middle of a command. That held
// packets were sent again is kept until something else is shown, or the command
// is over: it is told once, not each time that a timer runs out.
func (s *Screen) Glance() {
	if slices.ContainsFunc(s.fresh, func(e tracer.Event) bool {
		return e.Kind != tracer.KindCommand && e.Times <= 1
	}) {
		s.Draw()
		return
	}
	s.keep(s.out.Flush())
}

// resize follows the terminal's width.
func (s *Screen) resize() {
	if w := s.o.Columns(); w != s.width {
		s.width = w
		s.live.SetWidth(w)
	}
}

// Print writes lines as they are.
func (s *Screen) Print(lines string) {
	if s.o.JSON || lines == "" {
		return
	}
	io.WriteString(s.out, s.plain(lines))
	s.keep(s.out.Flush())
}

// Say writes a text behind a mark and in a tone, in lines that fit, and without
// what a terminal would obey.
func (s *Screen) Say(tone ink.Tone, mark, text string) {
	if text == "" {
		return
	}
	for _, l := range s.Lines(text, ink.Width(mark)) {
		s.Print(s.Pen().Write(tone, mark+l) + "\n")
		mark = strings.Repeat(" ", ink.Width(mark))
	}
}

// Lines are those of a text, set so that so many columns are left beside them.
func (s *Screen) Lines(text string, beside int) []string {
	s.resize()
	room := min(s.width-1, maxTextWidth) - beside
	return s.Pen().Fill(s.plain(text), room, room)
}

// Complain tells what is wrong with a line, and what would be right.
func (s *Screen) Complain(err error) {
	what, right := command.Parts(err)
	s.Say(ink.Loss, "  ! ", what)
	s.Say(ink.Plain, "    try: ", right)
}

// plain writes a text in ASCII where nothing else may be written.
func (s *Screen) plain(text string) string {
	if s.Pen().UTF8 {
		return text
	}
	return asciiText.Replace(text)
}

var asciiText = strings.NewReplacer("→", "->", "─", "-", "├", "|", "▶", ">", "▷", ">", "╳", "x", "╌", ".", "┆", ":", "…", "...", "·", "-")

// Show draws what an answer shows beside events.
func (s *Screen) Show(view command.View, session *command.Session) {
	if s.o.JSON || view == nil {
		return
	}
	s.resize()
	s.keep(s.show(view, session))
	s.keep(s.out.Flush())
}

// Echo prints a line of a script as if it had been typed.
func (s *Screen) Echo(process, line string) {
	pen := s.Pen()
	switch {
	case s.o.JSON:
	case strings.HasPrefix(strings.TrimSpace(line), "#"):
		fmt.Fprintf(s.out, "%s\n", pen.Write(ink.Calm, printable(pen, line)))
	default:
		fmt.Fprintf(s.out, "%s> %s\n", process, pen.Write(ink.Yours, printable(pen, line)))
	}
}

// printable shows a line without what a terminal would obey.
func printable(pen ink.Pen, line string) string {
	q := pen.Quote([]byte(line), 1<<20)
	q = strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
	return strings.ReplaceAll(q, `\\`, `\`)
}

// Close writes what is buffered and ends the capture file.
func (s *Screen) Close() error {
	s.Draw()
	if s.pcap != nil {
		s.keep(s.pcap.Close())
		s.keep(s.file.Close())
	}
	return s.err
}

// WireWords says how the wire is, in a few words.
func WireWords(b *sandbox.Sandbox) string {
	words := "open"
	if b.Wire().Held() {
		words = fmt.Sprintf("held, %d in flight", len(b.Wire().InFlight()))
	}
	if l := b.Stack().Latency(); l > 0 {
		words += ", " + ink.Duration(l) + " each"
	}
	for _, r := range b.Wire().Rules() {
		words += ", " + r.String()
	}
	return words
}
