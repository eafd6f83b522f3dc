package ladder

import (
	"strings"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// Time that passes before something that comes by itself is told from here
// on. A delayed acknowledgement is late by 40 ms; the time between a program's
// packets is no event, and in a capture everything comes by itself.
const (
	visible         = 5 * time.Millisecond
	slow            = 10 * time.Millisecond // a packet's way: a rule or a hand has held it up
	visibleCaptured = 200 * time.Millisecond
)

// row is a packet on its way, or the part of its way that a batch tells.
type row struct {
	packet *tracer.Packet
	conn   *conn
	from   side
	event  int   // the event that it begins with
	born   int   // the event that put it on the wire, -1: in an earlier batch
	ended  int   // the event that took it off, -1: not on this row
	moves  []int // the state events that it caused

	refused bool // there is no socket where it arrived
	shape   shape
	words   []string // what stands behind its name
	odd     oddity
	times   int  // how often it was sent, while it was held; 0: not told
	split   bool // its way is drawn on two rows
	win     winWord
	gap     string // how much time has passed before it, if that is worth a line
	tone    ink.Tone
	states  [2][]ink.Span
	why     string
	notes   []string // what was done to it on the wire
	resent  string   // that it was sent again while it was held, in words; "": it is told, or was not
	lost    string   // how it was lost; "": it was not
}

// packet draws the row that begins at event i, or leaves it to a fold.
func (l *Ladder) packet(b *batch, i int) {
	r := l.newRow(b, i)
	l.rows++
	r.conn.used = l.rows
	l.name(b, r)
	l.notice(b, r)
	if b.hidden(i) {
		for _, j := range r.moves {
			l.moved(&b.events[j])
		}
		if r.born >= 0 {
			r.conn.sent[r.from] = b.events[i].At
		}
		return
	}
	l.dress(b, r, i)
	when := i
	if f := b.fates[i]; r.born < 0 && r.ended < 0 && f.resent >= 0 {
		when = f.resent
	}
	r.gap = l.gap(b, when, r.conn.sent[r.from])
	if at := b.events[when].At; r.born >= 0 || when != i || resent(&b.events[when]) {
		r.conn.sent[r.from] = at
		if r.born < 0 {
			l.clock = max(l.clock, at)
		}
	}
	if b.foldable(r) {
		l.keepForFold(b, item{row: r})
		return
	}
	l.unfold(b, foldAround)
	l.show(b, r)
}

// show draws a row with what must stand above it.
func (l *Ladder) show(b *batch, r *row) {
	l.head(b, r.conn)
	l.passed(b, r.gap)
	l.move(b, r)
	if r.shape == half && (!r.split || b.fates[r.event].held) {
		l.standStill(b, r)
	} else {
		b.still = [2]ink.Span{}
	}
	l.drawRow(b, r)
}

// standStill puts both ends' states beside a packet that has not arrived, those
// that did not move too: how things stand is what one stops for.
func (l *Ladder) standStill(b *batch, r *row) {
	states := l.states(b, r.conn)
	if l.frame.narrow && b.above == r.conn && b.still == states && len(r.moves) == 0 {
		return // they stand just above
	}
	b.still = states
	for s := range r.states {
		if len(r.states[s]) == 0 && states[s].Text != "" {
			r.states[s] = []ink.Span{states[s]}
		}
	}
}

func (l *Ladder) newRow(b *batch, i int) *row {
	e := &b.events[i]
	r := &row{packet: e.Packet, event: i, born: -1, ended: -1}
	r.conn, r.from = l.connOf(e)
	f := b.fates[i]
	switch {
	case e.Fate.Born():
		r.born = i
		if f.born == i && !f.split {
			r.ended = f.ended
		}
	case isEnd(e.Fate):
		r.ended = i
	}
	r.split = f.split
	if !f.split || r.born < 0 {
		r.times = max(f.times, l.times(e.Packet.Number))
	}
	r.refused = r.ended >= 0 && b.events[r.ended].Fate == tracer.Delivered && b.refused(r.ended)
	for _, j := range []int{r.born, r.ended} {
		if j >= 0 {
			r.moves = append(r.moves, b.moved[j]...)
		}
	}
	return r
}

// name learns whose the two ends are from what the row tells of them.
func (l *Ladder) name(b *batch, r *row) {
	near, far := &r.conn.ends[r.from], &r.conn.ends[r.from.other()]
	if r.ended >= 0 && b.events[r.ended].Fate == tracer.Delivered {
		far.nobody = r.refused
	}
	if !r.packet.Has("RST") && r.packet.About == "" {
		near.nobody = false
	}
	seq := b.events[r.event].Seq
	if p := r.packet; p.Proto == "tcp" || p.Proto == "udp" {
		if r.born < 0 || b.events[r.born].Fate != tracer.Injected || p.Sender == tracer.You {
			l.learn(near, p.Sender, seq)
		}
		l.learn(far, p.Receiver, seq)
		if r.ended >= 0 {
			l.learn(far, b.events[r.ended].Packet.Receiver, seq)
		}
	}
	for _, j := range r.moves {
		e := &b.events[j]
		l.learnState(&r.conn.ends[r.conn.sideOf(endpoint(e.Local))], e)
	}
	if n, ok := l.listener(far.addr); ok && far.process == "" && !far.nobody && r.conn.proto == "tcp" {
		far.passive = true
		l.rename(far, name{process: n.process})
	}
}

// move notes the states that the row's packet moved.
func (l *Ladder) move(b *batch, r *row) {
	var states [2][]ink.Span
	for _, j := range r.moves {
		e := &b.events[j]
		s := r.conn.sideOf(endpoint(e.Local))
		if r.conn.self() && r.ended >= 0 && j > r.ended {
			s = right // what arrives does so on the right
		}
		states[s] = append(states[s], stateSpan(e.To))
		l.moved(e)
	}
	for s := range states {
		r.states[s] = append(states[s], r.states[s]...)
	}
}

// dress decides how the row looks.
func (l *Ladder) dress(b *batch, r *row, i int) {
	e := &b.events[i]
	f := b.fates[i]
	switch e.Fate {
	case tracer.Copied, tracer.Injected:
		r.words = append(r.words, string(e.Fate))
	}
	if f.delayed {
		r.words = append(r.words, string(tracer.Delayed))
	}
	if f.damaged != nil && r.ended >= 0 {
		r.packet, r.odd = f.damaged, malformed
	}
	if r.odd == ordinary {
		switch {
		case e.Fate == tracer.Copied:
			r.odd = copied
		case f.delayed:
			r.odd = heldUp
		}
	}

	if r.born >= 0 && r.ended >= 0 && e.Fate != tracer.Captured {
		if d := b.events[r.ended].At - e.At; d >= slow && f.waits >= 0 { // else the machine was busy
			r.words = append(r.words, "in "+ink.Duration(d))
		}
	}

	dropped := r.ended >= 0 && b.events[r.ended].Fate == tracer.Dropped
	switch {
	case dropped && r.born < 0:
		r.shape = lostRest
	case dropped:
		r.shape = lost
	case r.ended >= 0 && r.born < 0:
		r.shape = rest
	case r.ended >= 0 || e.Fate == tracer.Captured:
		r.shape = whole
	default:
		r.shape = half
	}

	r.tone = ink.Calm
	if cause := b.find(e.Cause); kindOf(r.packet) == tracer.DATA || kindOf(r.packet) == tracer.UDP ||
		cause >= 0 && b.events[cause].Kind == tracer.KindCall {
		r.tone = ink.Plain // the program's own doing
	}
	if dropped || kindOf(r.packet) == tracer.RST || r.packet.Malformed != "" {
		r.tone = ink.Loss
	}

	if far := r.from.other(); r.refused {
		text := "nobody at " + port(r.conn.ends[far].addr)
		if l.frame.wall {
			text = "nobody there"
		}
		r.states[far] = append(r.states[far], ink.Span{Text: text})
	}
	if e.Fate.Born() || isEnd(e.Fate) {
		r.why = e.Why
	}
	if !r.split || r.born >= 0 {
		r.notes = f.notes
	}
	if r.ended >= 0 && r.ended != i {
		r.why = joined(r.why, b.events[r.ended].Why)
	}
	if r.times > 1 && !r.conn.resentTold {
		r.conn.resentTold = true
		r.resent = "not acknowledged, since it is held: its sender sends it again, and it counts once"
	}
	if m := r.packet.Malformed; dropped && (m == "" || !strings.Contains(b.events[r.ended].Why, m) && b.events[r.ended].Why != "") {
		if r.lost = b.events[r.ended].Why; r.lost == "" {
			r.lost = "lost on the way"
			r.why = joined(r.why, r.lost)
		}
	}
}

// joined is two reasons in one.
func joined(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "" || a == b:
		return a
	}
	return a + "; " + b
}

// refused reports whether what was delivered at event i was answered that
// there is no socket: the answer is among the events just after it.
func (b *batch) refused(i int) bool {
	p := b.events[i].Packet
	if p.Fragment() || (p.Proto != "udp" || p.Receiver != "") && !opens(p) {
		return false
	}
	way, _ := flowOf(p)
	for j := i + 1; j < min(len(b.events), i+8); j++ {
		e := &b.events[j]
		if e.Kind != tracer.KindPacket || e.Packet == nil || !e.Fate.Born() {
			continue
		}
		if f, about := flowOf(e.Packet); f == way.back() {
			if about {
				return unreachable(e.Packet)
			}
			return e.Packet.Has("RST") && e.Packet.Has("ACK") // (RFC 9293 3.10.7.1)
		}
	}
	return false
}

// gap tells how much time has passed, if what happens at event i has come
// with the time and not of something that was done. A timer counts from when its
// owner sent last, at own: that is told where it is as good as the same.
func (l *Ladder) gap(b *batch, i int, own time.Duration) string {
	e := &b.events[i]
	limit := visible
	switch {
	case e.Kind == tracer.KindPacket && !e.Fate.Born() && !resent(e), e.Fate == tracer.Copied || e.Fate == tracer.Injected:
		return ""
	case e.Fate == tracer.Captured:
		limit = visibleCaptured
	}
	if cause := b.find(e.Cause); e.Cause != 0 && (cause < 0 || b.events[cause].Kind != tracer.KindCommand) {
		return ""
	}
	gap := e.At - l.clock
	if !l.started || gap < limit {
		return ""
	}
	b.passed = true
	const same = 10 * time.Millisecond
	if d := e.At - own; own > 0 && d > gap && d-gap <= same {
		gap = d
	}
	return ink.Duration(gap) + " later"
}

// passed draws a gap between the rails.
func (l *Ladder) passed(b *batch, gap string) {
	if gap == "" {
		return
	}
	b.above = nil
	spans := []ink.Span{l.indent(l.frame.rail())}
	l.line(append(spans, l.frame.between(l.pen.Pick("┆", ":"), ink.Span{Tone: ink.Gone, Text: "  " + gap})...)...)
}
