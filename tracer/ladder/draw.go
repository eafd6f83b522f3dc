package ladder

import (
	"fmt"
	"strings"

	"sockplay/tracer/ink"
)

func (l *Ladder) indent(n int) ink.Span { return ink.Span{Text: strings.Repeat(" ", max(0, n))} }

func (l *Ladder) post() string { return l.frame.post(l.pen) }

// cell pads a state, or what stands in its place, to cols.
func (l *Ladder) cell(state ink.Span, cols int) ink.Span {
	state.Text = ink.Pad(ink.Cut(l.pen.Clean(state.Text), cols), cols)
	return state
}

func at(list []ink.Span, i int) ink.Span {
	if i < len(list) {
		return list[i]
	}
	return ink.Span{}
}

func stateSpan(state string) ink.Span {
	if state == "" {
		return ink.Span{}
	}
	return ink.Span{Tone: ink.State(state), Text: state}
}

// drawRow draws a packet: one line, and more if an end went through several
// states.
func (l *Ladder) drawRow(b *batch, r *row) {
	f := l.frame
	whys, below := l.reason(b, r)
	text := label(l.pen, r, f.labelRoom(r.shape), f.wall)
	if f.wall && b.above == r.conn { // room to breathe
		l.line(append([]ink.Span{l.indent(f.rail())}, f.between(l.post())...)...)
	}
	b.above = r.conn
	arrow := f.arrow(l.pen, r.from, r.shape, text, r.tone)
	number := l.indent(f.number)
	if r.packet.Number > 0 {
		number = ink.Span{Tone: ink.Gone, Text: fmt.Sprintf("%*d ", f.number-1, r.packet.Number)}
	}
	if f.narrow {
		l.line(append([]ink.Span{number}, arrow...)...)
		l.below(r, text)
		for k := range max(len(r.states[left]), len(r.states[right])) {
			l.line(append([]ink.Span{l.indent(f.rail())}, l.inside(at(r.states[left], k), at(r.states[right], k))...)...)
		}
		l.hang(below, ink.Calm)
		return
	}
	if r.packet.Number > 0 {
		number.Text = fmt.Sprintf("%*d  ", f.number-2, r.packet.Number)
	}
	for k := range max(1, len(r.states[left]), len(r.states[right]), len(whys)) {
		if k > 0 {
			number, arrow = l.indent(f.number), f.between(l.post())
		}
		spans := append([]ink.Span{number, l.cell(at(r.states[left], k), stateCols), l.indent(1)}, arrow...)
		spans = append(spans, l.indent(1), l.cell(at(r.states[right], k), l.frame.right))
		if k < len(whys) {
			spans = append(spans, l.indent(2), ink.Span{Tone: ink.Calm, Text: whys[k]})
		}
		l.line(spans...)
		if k == 0 {
			l.below(r, text)
		}
	}
	l.hang(below, ink.Calm)
}

// wholeLines is how many lines the whole of a label may take.
const wholeLines = 3

// below tells under the arrow what is wrong with the packet and, if nothing is
// to be cut short, what its label does not hold.
func (l *Ladder) below(r *row, text string) {
	if l.options.Explain > 0 && !l.frame.wall {
		room := wholeLines * (l.width - l.frame.beside())
		if whole := title(l.pen, r, room, false); !strings.HasPrefix(text, whole) {
			l.hang(whole, ink.Plain)
		}
		if data := quote(l.pen, payload(r.packet), room); data != `""` && !strings.HasSuffix(text, data) {
			l.hang(data, ink.Plain)
		}
	}
	if r.packet.Malformed == "" {
		return
	}
	room := l.frame.inner - 4
	for _, text := range l.pen.Fill(r.packet.Malformed, room, room) {
		l.line(append([]ink.Span{l.indent(l.frame.rail())},
			l.frame.between(l.post(), l.indent(3), ink.Span{Tone: ink.Loss, Text: text})...)...)
	}
}

// besideLines is how many lines a reason may take beside the drawing.
const besideLines = 3

// reason returns the row's reason: in lines for the place beside the drawing,
// or to hang below the row where there is no such place, or too small a one.
// At narrow widths only unusual packets have one, and each stands once in a
// batch.
func (l *Ladder) reason(b *batch, r *row) (beside []string, below string) {
	if m := r.packet.Malformed; m != "" && strings.Contains(r.why, m) {
		return nil, "" // it is told already
	}
	explain := l.options.Explain
	if explain < 0 || l.frame.wall {
		return nil, ""
	}
	if l.frame.why == 0 && !r.odd.told() && explain == 0 {
		r.why = ""
		if r.conn.lossTold != r.lost {
			r.why = r.lost
		}
	}
	if r.lost != "" {
		r.conn.lossTold = r.lost
	}
	if l.frame.why == 0 && r.odd == heldUp && explain == 0 {
		r.why = r.lost // why it was sent at all is not what is odd
	}
	for _, note := range r.notes {
		if told := (reason{r.conn, note}); !b.noted[told] {
			b.noted[told] = true
			r.why = joined(r.why, note)
		}
	}
	r.why = joined(r.why, r.resent)
	if r.why == "" || b.told[reason{r.conn, r.why}] {
		return nil, ""
	}
	b.told[reason{r.conn, r.why}] = true
	if l.frame.why > 0 {
		if lines := l.pen.Fill(r.why, l.frame.why, l.frame.why); len(lines) <= besideLines {
			return lines, ""
		}
	}
	return nil, r.why
}

// hang draws a text below its row.
func (l *Ladder) hang(why string, tone ink.Tone) {
	if why == "" {
		return
	}
	col := l.frame.beside()
	l.paragraph([]ink.Span{l.indent(col)}, why, tone, col)
}

// inside returns the rails with a state at each, for a narrow frame.
func (l *Ladder) inside(a, b ink.Span) []ink.Span {
	room := l.frame.inner - 3
	a.Text = ink.Cut(l.pen.Clean(a.Text), max(room/2, 3))
	b.Text = ink.Cut(l.pen.Clean(b.Text), max(room-ink.Width(a.Text), 3))
	gap := l.frame.inner - 2 - ink.Width(a.Text) - ink.Width(b.Text)
	return l.frame.between(l.post(), l.indent(1), a, l.indent(gap), b)
}

// head draws what must be known of a connection before its next row: all of
// it at first, the names and states when the drawing comes back to it, the
// names alone when one has changed.
func (l *Ladder) head(b *batch, c *conn) {
	labels := [2]string{c.label(left), c.label(right)}
	switch {
	case !c.headed:
		l.line()
		l.twoEnds(ink.Yours, labels)
		l.twoEnds(ink.Plain, [2]string{c.ends[left].addr, c.ends[right].addr})
		l.stateRow(b, c)
	case l.current != c:
		if !b.drawn {
			l.line()
		}
		l.back(b, c, labels)
	case labels != c.shown:
		l.twoEnds(ink.Yours, labels)
	}
	l.current, c.headed, c.shown = c, true, labels
	b.drawn = true
}

// back says whose the next rows are when the drawing comes back to a
// connection: in one line, where that holds it.
func (l *Ladder) back(b *batch, c *conn, names [2]string) {
	for s := range names {
		if names[s] == "" {
			names[s] = c.ends[s].addr
		}
		names[s] = l.pen.Clean(names[s])
	}
	f := l.frame
	gap := f.inner - 2 - ink.Width(names[left]) - ink.Width(names[right])
	if f.narrow || gap < 2 {
		l.twoEnds(ink.Yours, names)
		l.stateRow(b, c)
		return
	}
	states := l.states(b, c)
	spans := []ink.Span{l.indent(f.number), l.cell(states[left], stateCols), l.indent(1)}
	spans = append(spans, f.between(l.post(), l.indent(1), ink.Span{Tone: ink.Yours, Text: names[left]},
		l.indent(gap), ink.Span{Tone: ink.Yours, Text: names[right]})...)
	l.line(append(spans, l.indent(1), l.cell(states[right], l.frame.right))...)
}

// states are the present states of both ends.
func (l *Ladder) states(b *batch, c *conn) (states [2]ink.Span) {
	if c.proto == "tcp" {
		states = [2]ink.Span{stateSpan(l.stateOf(b, c, left)), stateSpan(l.stateOf(b, c, right))}
	}
	return states
}

// twoEnds writes something of each end above its rail.
func (l *Ladder) twoEnds(tone ink.Tone, texts [2]string) {
	f := l.frame
	a, b := l.pen.Clean(texts[left]), l.pen.Clean(texts[right])
	if a == "" && b == "" {
		return
	}
	from, to := f.number, f.total() // columns that may be used
	col := f.rail() + f.inner + 3   // where the right end's states stand
	if f.narrow || col+ink.Width(b) > to {
		col = max(from, to-ink.Width(b))
	}
	if widest := max(ink.Width(a), ink.Width(b)); from+widest > l.width { // neither may lose its port
		for _, text := range []string{a, b} {
			if text != "" {
				l.paragraph([]ink.Span{l.indent(from)}, text, tone, from)
			}
		}
		return
	}
	if a != "" && b != "" && from+ink.Width(a)+2 > col {
		l.line(l.indent(from), ink.Span{Tone: tone, Text: a})
		a = ""
	}
	l.line(l.indent(from), ink.Span{Tone: tone, Text: a}, l.indent(col-from-ink.Width(a)), ink.Span{Tone: tone, Text: b})
}

// stateRow draws the rails with the present states beside them.
func (l *Ladder) stateRow(b *batch, c *conn) {
	f := l.frame
	states := l.states(b, c)
	remark := ""
	if c.captured {
		remark = "  captured"
	}
	if states == [2]ink.Span{} && remark == "" {
		return
	}
	if f.narrow {
		if remark != "" {
			l.line(append([]ink.Span{l.indent(f.rail())}, f.between(l.post(), ink.Span{Tone: ink.Calm, Text: remark})...)...)
		}
		if states != [2]ink.Span{} {
			l.line(append([]ink.Span{l.indent(f.rail())}, l.inside(states[left], states[right])...)...)
		}
		return
	}
	spans := []ink.Span{l.indent(f.number), l.cell(states[left], stateCols), l.indent(1)}
	spans = append(spans, f.between(l.post(), ink.Span{Tone: ink.Calm, Text: remark})...)
	l.line(append(spans, l.indent(1), l.cell(states[right], l.frame.right))...)
}

// stateOf is an end's present state. Before its first move it is where that
// move will come from, or that of the listener.
func (l *Ladder) stateOf(b *batch, c *conn, s side) string {
	e := &c.ends[s]
	if e.nobody || s == right && c.self() {
		return ""
	}
	if state := e.state(); state != "" {
		return state
	}
	if i, ok := b.first[[2]string{e.addr, c.ends[s.other()].addr}]; ok {
		return b.events[i].From
	}
	if _, ok := l.listener(e.addr); ok && (s == right || e.passive) {
		return "LISTEN"
	}
	return ""
}

// folded draws what stands for rows of a long batch.
func (l *Ladder) folded(b *batch) {
	f, text := l.frame, b.fold.String()
	numbers := b.fold.numbers(l.pen.Pick("–", "-"))
	b.above = nil
	head := fmt.Sprintf("%*s", f.number-2, numbers)
	switch {
	case f.narrow && numbers != "":
		head, text = "", numbers+": "+text
	case !f.narrow && numbers == "":
		head = fmt.Sprintf("%*s", f.number-2, l.pen.Pick("…", "..."))
	}
	room := f.inner - 2
	for _, line := range l.pen.Fill(text, room, room) {
		spans := []ink.Span{{Tone: ink.Gone, Text: ink.Pad(head, f.rail())}}
		l.line(append(spans, f.between(l.pen.Pick("┆", ":"), l.indent(1), ink.Span{Tone: ink.Calm, Text: line})...)...)
		head = ""
	}
}
