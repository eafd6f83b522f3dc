package space

import (
	"fmt"
	"strconv"
	"strings"

	"sockplay/tracer/ink"
	"sockplay/tracer/outlook"
)

// texture is how a kind of stretch looks: along a line, in UTF-8 and in ASCII,
// and down one.
type texture struct {
	along, alongASCII string
	down, downASCII   string
	tone              ink.Tone
}

var textures = map[outlook.StretchKind]texture{
	outlook.Done:    {"─", "-", "│", "|", ink.Plain},
	outlook.Flying:  {"▓", "#", "▓", "#", ink.Way},
	outlook.Open:    {"░", ".", "░", ".", ink.Open},
	outlook.Shut:    {"╌", "- ", "╎", ":", ink.Gone},
	outlook.Missing: {" ", " ", " ", " ", ink.Loss},
	outlook.Early:   {"▓", "#", "▓", "#", ink.Way},
	outlook.Idle:    {"╌", "- ", "╎", ":", ink.Gone},
}

// spaces draws sequence spaces: along a line where they fit, else down one.
func (d *drawing) spaces(list ...outlook.Space) {
	figures := make([]*figure, len(list))
	fit := d.lay(list, figures)
	if !fit && d.Compact { // with numbers alone
		for _, s := range list {
			for i := range s.Stretches {
				s.Stretches[i].Count = bare(s.Stretches[i].Count)
			}
		}
		fit = d.lay(list, figures)
	}
	for i, s := range list {
		if s.Stretches == nil { // its numbers are not known
			continue
		}
		if !d.Compact {
			does := map[int]string{3: "sending", 4: "receiving"}[s.Figure]
			d.line(ink.Span{Tone: ink.Calm, Text: fmt.Sprintf("  %s (RFC 9293, figure %d)", does, s.Figure)})
		}
		if fit {
			d.along(s, figures[i])
		} else {
			d.down(s)
		}
	}
}

// lay lays out the spaces along a line each, and reports whether all of them fit.
func (d *drawing) lay(list []outlook.Space, figures []*figure) bool {
	for i, s := range list {
		if s.Stretches == nil {
			continue
		}
		if figures[i] = layOut(s, d.Width-2*margin); figures[i] == nil {
			return false
		}
	}
	return true
}

// bare leaves the unit out.
func bare(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, " bytes", ""), " byte", "")
}

// margin is the columns left of a figure.
const margin = 2

// columns shares out so many columns among the stretches, and says what each is
// called there: by its short name where that saves most, as long as there is too
// little room. fit is false if there is in any case.
func columns(s outlook.Space, room int) (cols []int, names []string, fit bool) {
	cols, names = make([]int, len(s.Stretches)), make([]string, len(s.Stretches))
	wide := func(i int, name string) int { return max(ink.Width(name), ink.Width(s.Stretches[i].Count)) + 2 }
	for i, p := range s.Stretches {
		names[i] = p.Name
		cols[i] = wide(i, p.Name)
		room -= cols[i]
	}
	for room < 0 {
		best, saves := 0, 0
		for i, p := range s.Stretches {
			if n := cols[i] - wide(i, p.Short); n > saves {
				best, saves = i, n
			}
		}
		if saves == 0 {
			return nil, nil, false
		}
		names[best] = s.Stretches[best].Short
		cols[best] -= saves
		room += saves
	}
	for i := range cols { // what is left over
		share := room / (len(cols) - i)
		cols[i] += share
		room -= share
	}
	return cols, names, true
}

// figure is a space laid out along a line.
type figure struct {
	cols              []int    // of each stretch
	names             []string // what each is called there
	numbers, variable string   // the lines below
}

// layOut lays a space out in so many columns, nil if it does not fit.
func layOut(s outlook.Space, room int) *figure {
	f := &figure{}
	var fit bool
	if f.cols, f.names, fit = columns(s, room-len(s.Edges)); !fit {
		return nil
	}
	at := make([]int, len(s.Edges))
	variables, numbers := make([]string, len(s.Edges)), make([]string, len(s.Edges))
	x := 0
	for i, e := range s.Edges {
		x += f.cols[i]
		at[i] = x
		x++
		variables[i], numbers[i] = strings.Join(e.Names, " = "), strconv.FormatUint(uint64(e.At), 10)
	}
	var fits bool
	f.numbers, fit = labels(at, numbers, room)
	f.variable, fits = labels(at, variables, room)
	if !fit || !fits {
		return nil
	}
	return f
}

// along draws a space along a line.
func (d *drawing) along(s outlook.Space, f *figure) {
	var heads, counts, bar []ink.Span
	for i, p := range s.Stretches {
		t := textures[p.Kind]
		tick := ink.Span{Text: " "}
		if i == 0 {
			tick.Text = strings.Repeat(" ", margin)
		}
		heads = append(heads, tick, ink.Span{Tone: t.tone, Text: ink.Pad(" "+f.names[i], f.cols[i])})
		counts = append(counts, tick, ink.Span{Text: ink.Pad(" "+p.Count, f.cols[i])})
		if i > 0 {
			tick.Text = d.Pen.Pick("┼", "|")
		}
		bar = append(bar, tick, ink.Span{Tone: t.tone, Text: strings.Repeat(d.Pen.Pick(t.along, t.alongASCII), f.cols[i])[:d.cut(t, f.cols[i])]})
	}
	d.line(heads...)
	d.line(counts...)
	d.line(bar...)
	lead := strings.Repeat(" ", margin)
	d.line(ink.Span{Tone: ink.Yours, Text: lead + f.numbers})
	d.line(ink.Span{Text: lead + f.variable})
}

// cut is how many octets of a repeated texture make so many columns.
func (d *drawing) cut(t texture, cols int) int {
	if d.Pen.UTF8 {
		return cols * len(t.along)
	}
	return cols
}

// labels sets texts below the columns that they are about, in the middle where
// there is room; ok is false if one would not stand below its column.
func labels(at []int, texts []string, room int) (line string, ok bool) {
	for i, text := range texts {
		n := ink.Width(text)
		if n == 0 {
			continue
		}
		from := min(at[i]-(n-1)/2, room-n)
		if used := ink.Width(line); i > 0 && used > 0 {
			from = max(from, used+2)
		}
		from = max(from, 0)
		if from > at[i] || from+n <= at[i] || from+n > room {
			return "", false
		}
		line = ink.Pad(line, from) + text
	}
	return line, true
}

// down draws a space down a line.
func (d *drawing) down(s outlook.Space) {
	wide := 0
	for _, e := range s.Edges {
		wide = max(wide, len(strconv.FormatUint(uint64(e.At), 10)))
	}
	lead := strings.Repeat(" ", margin)
	blank := lead + strings.Repeat(" ", wide+2)
	for i, p := range s.Stretches {
		t := textures[p.Kind]
		text := p.Name
		if p.Count != "" {
			text += ": " + p.Count
		}
		rail := ink.Span{Tone: t.tone, Text: d.Pen.Pick(t.down, t.downASCII)}
		indent := d.Width - ink.Width(blank) - 2
		for _, l := range d.Pen.Fill(text, indent, indent) {
			d.line(ink.Span{Text: blank}, rail, ink.Span{Tone: t.tone, Text: " " + l})
		}
		if i == len(s.Edges) {
			break
		}
		e := s.Edges[i]
		number := fmt.Sprintf("%*d", wide, e.At)
		d.line(ink.Span{Tone: ink.Yours, Text: lead + number}, ink.Span{Text: d.Pen.Pick(" ─┼─ ", " -+- ") + first(e.Names)})
		for _, n := range e.Names[min(1, len(e.Names)):] {
			d.line(ink.Span{Text: blank + d.Pen.Pick("│", "|") + "  = " + n})
		}
	}
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
