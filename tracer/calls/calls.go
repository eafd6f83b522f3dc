// Package calls lists the socket calls of a session and what they returned,
// as strace does: each call stands once, where it began.
package calls

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// Options say how to draw. The zero value draws 80 columns of plain ASCII.
type Options struct {
	Pen   ink.Pen
	Width int // columns; 0: 80
}

const (
	wideFrom = 72 // narrower, what a call returned stands below it
	gap      = "  "
	minText  = 16 // the least room for what a call returned
	dataMax  = 56 // columns of data that one line shows
)

// entry is one call, or a command that is none.
type entry struct {
	at      time.Duration
	process string
	text    string
	command bool

	fd      int
	args    []string
	blocked bool // its command was over before it returned
	ended   *tracer.Event
}

// Calls lists the calls among the events, and the commands between them. What
// a rewind has made void is left out.
func Calls(w io.Writer, events []tracer.Event, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	d := drawing{Options: o, entries: collect(tracer.Live(events))}
	if len(d.entries) == 0 {
		d.line(ink.Span{Tone: ink.Calm, Text: "no calls yet: try socket tcp"})
	}
	d.measure()
	for _, e := range d.entries {
		d.entry(e)
	}
	_, err := io.WriteString(w, d.out.String())
	return err
}

// collect puts each return to its call. A process makes one call at a time.
func collect(events []tracer.Event) []*entry {
	var list []*entry
	open := map[string]*entry{}
	begin := func(e *tracer.Event) *entry {
		x := &entry{at: e.At, process: e.Process, text: e.Call, fd: e.FD, args: e.Args}
		list = append(list, x)
		open[e.Process] = x
		return x
	}
	for i := range events {
		e := &events[i]
		x := open[e.Process]
		if x != nil && x.text != e.Call {
			x = nil
		}
		switch e.Kind {
		case tracer.KindCommand:
			list = append(list, &entry{at: e.At, process: e.Process, text: e.Text, command: true})
		case tracer.KindCall:
			begin(e)
		case tracer.KindBlocked, tracer.KindReturn:
			if x == nil { // its beginning is not among the events
				x = begin(e)
			}
			x.blocked = x.blocked || e.Kind == tracer.KindBlocked
			if e.Kind == tracer.KindReturn {
				x.ended = e
				delete(open, e.Process)
			}
		}
	}
	return list
}

type drawing struct {
	Options
	entries []*entry
	times   int // columns of the times
	names   int // and of the processes
	calls   int // and of the calls; 0: results stand below them
	out     strings.Builder
}

func (d *drawing) line(spans ...ink.Span) {
	d.out.WriteString(d.Pen.Line(d.Width, spans...))
	d.out.WriteByte('\n')
}

// measure finds the columns' widths.
func (d *drawing) measure() {
	for _, e := range d.entries {
		d.times = max(d.times, len(clock(e.at)))
		d.names = max(d.names, ink.Width(d.Pen.Clean(e.process)))
	}
	d.names = min(d.names, d.Width/4)
	if d.Width < wideFrom {
		return
	}
	most := (d.Width - d.column()) * 11 / 20 // a longer one has its result below it
	for _, e := range d.entries {
		if w := ink.Width(d.call(e)); !e.command && w <= most {
			d.calls = max(d.calls, w)
		}
	}
	d.calls = max(d.calls, most/2)
}

// column is where calls begin.
func (d *drawing) column() int { return d.times + d.names + 2*len(gap) }

// clock writes a time in seconds.
func clock(t time.Duration) string { return fmt.Sprintf("%.3f", t.Seconds()) }

// call writes a call with its arguments, near enough to C.
func (d *drawing) call(e *entry) string {
	args := e.args
	if e.fd > 0 {
		args = append([]string{strconv.Itoa(e.fd)}, args...)
	}
	return d.Pen.Clean(e.text + "(" + strings.Join(args, ", ") + ")")
}

func (d *drawing) entry(e *entry) {
	process := ink.Cut(d.Pen.Clean(e.process), d.names)
	head := []ink.Span{
		{Tone: ink.Gone, Text: fmt.Sprintf("%*s", d.times, clock(e.at)) + gap},
		{Text: ink.Pad(process, d.names) + gap},
	}
	if e.command {
		text := strings.TrimPrefix(e.text, e.process+":") // it is there already
		d.fill(head, d.column(), ink.Calm, strings.TrimSpace(text))
		return
	}
	text := d.call(e)
	at := d.column() + d.calls + len(gap)
	if d.calls > 0 && ink.Width(text) <= d.calls {
		d.result(append(head, ink.Span{Text: ink.Pad(text, d.calls) + gap}), at, e)
		return
	}
	d.fill(head, d.column(), ink.Plain, text)
	if d.calls == 0 {
		at = d.column() + len(gap)
	}
	at = min(at, max(0, d.Width-minText))
	d.result([]ink.Span{{Text: strings.Repeat(" ", at)}}, at, e)
}

// result draws what became of a call, at a column.
func (d *drawing) result(head []ink.Span, at int, e *entry) {
	dots := d.Pen.Pick("…", "...")
	if e.ended == nil {
		d.line(append(head, ink.Span{Tone: ink.Way, Text: dots + " blocked"})...)
		return
	}
	r := e.ended.Result
	if r == nil {
		r = &tracer.Result{}
	}
	value := "= " + strconv.Itoa(r.Value)
	tone := ink.Yours
	if r.Errno != "" {
		value += " " + d.Pen.Clean(r.Errno)
		tone = ink.Loss
	}
	var parts []string
	if len(r.Data) > 0 {
		room := d.Width - at - ink.Width(value) - 1
		if room < minText {
			room = d.Width - at - 2
		}
		parts = append(parts, d.Pen.Quote(r.Data, max(minText, min(dataMax, room))))
	}
	if r.OptVal != "" {
		parts = append(parts, r.OptVal)
	}
	if len(r.FDs) > 0 {
		parts = append(parts, strings.Trim(fmt.Sprint(r.FDs), "[]"))
	}
	parts = append(parts, r.Revents...)
	if r.Addr != "" {
		if e.text == "recvfrom" {
			parts = append(parts, "from")
		}
		parts = append(parts, r.Addr)
	}
	if waited := e.ended.At - e.at; e.blocked {
		parts = append(parts, fmt.Sprintf("%s blocked %s, until %s", dots, ink.Duration(waited), clock(e.ended.At)))
	} else if waited >= time.Millisecond {
		parts = append(parts, "after "+ink.Duration(waited))
	}
	if len(parts) == 0 {
		d.line(append(head, ink.Span{Tone: tone, Text: value})...)
		return
	}
	head = append(head, ink.Span{Tone: tone, Text: value}, ink.Span{Text: " "})
	hang := at + 2
	first := d.Width - at - ink.Width(value) - 1
	d.paragraph(head, first, hang, ink.Plain, strings.Join(parts, " "))
}

// fill writes text behind a head of hang columns.
func (d *drawing) fill(head []ink.Span, hang int, tone ink.Tone, text string) {
	d.paragraph(head, d.Width-hang, hang, tone, text)
}

// paragraph writes text behind a head that leaves it first columns, and its
// other lines at the column hang.
func (d *drawing) paragraph(head []ink.Span, first, hang int, tone ink.Tone, text string) {
	hang = min(hang, max(0, d.Width-minText))
	for _, line := range d.Pen.Fill(text, first, d.Width-hang) {
		d.line(append(head[:len(head):len(head)], ink.Span{Tone: tone, Text: line})...)
		head = []ink.Span{{Text: strings.Repeat(" ", hang)}}
	}
}
