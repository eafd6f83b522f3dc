package ladder

import (
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// Time that passes before something that comes by itself is told from here
// on. A delayed acknowledgement is late by 40 ms; the time between a program's
// packets is no event, and in a capture everything comes by itself.
const (
	visible         = 5 * time.Millisecond
	visibleCaptured = 200 * time.Millisecond
)

// row is a packet on its way, or the part of its way that a batch tells.
type row struct {
	packet *tracer.Packet
	conn   *conn
	from   side
	born   int   // the event that put it on the wire, -1: in an earlier batch
	ended  int   // the event that took it off, -1: not on this row
	moves  []int // the state events that it caused

	shape  shape
	words  []string // what is special about it
	win    bool     // its window matters
	tone   ink.Tone
	states [2][]ink.Span
	why    string
}

// packet draws the row that begins at event i, or the line that stands for
// all that are folded.
func (l *Ladder) packet(b *batch, i int) {
	r := l.newRow(b, i)
	n := b.rows
	b.rows++
	l.rows++
	r.conn.used = l.rows
	l.name(b, r)
	switch {
	case b.fold.holds(n):
		if n == b.fold.from {
			l.folded(b)
		}
		l.remember(b, r)
	default:
		if n == b.fold.to && b.fold.moved && l.current == r.conn {
			l.stateRow(b, r.conn)
		}
		l.head(b, r.conn)
		l.later(b, i)
		l.remember(b, r)
		l.dress(b, r, i)
		l.drawRow(r)
	}
}

func (l *Ladder) newRow(b *batch, i int) *row {
	e := &b.events[i]
	r := &row{packet: e.Packet, born: -1, ended: -1}
	r.conn, r.from = l.connOf(e)
	f := b.fates[e.Packet.Number]
	switch {
	case isBirth(e.Fate):
		r.born = i
		if f.born == i && !f.split {
			r.ended = f.ended
		}
	case isEnd(e.Fate):
		r.ended = i
	}
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
	if p := r.packet; p.Proto == "tcp" || p.Proto == "udp" {
		if r.born < 0 || b.events[r.born].Fate != tracer.Injected {
			l.learn(near, p.Sender)
		}
		l.learn(far, p.Receiver)
		if r.ended >= 0 {
			l.learn(far, b.events[r.ended].Packet.Receiver)
		}
	}
	for _, j := range r.moves {
		e := &b.events[j]
		l.learnState(&r.conn.ends[r.conn.sideOf(endpoint(e.Local))], e)
	}
	if n, ok := l.listener(far.addr); ok && far.process == "" && r.conn.proto == "tcp" {
		far.passive = true
		l.rename(far, name{process: n.process})
	}
}

// remember notes what the row does to its connection.
func (l *Ladder) remember(b *batch, r *row) {
	for _, j := range r.moves {
		e := &b.events[j]
		s := r.conn.sideOf(endpoint(e.Local))
		if r.conn.ends[left].addr == r.conn.ends[right].addr && j > r.ended && r.ended >= 0 {
			s = right // connected to itself: what arrives does so on the right
		}
		r.states[s] = append(r.states[s], stateSpan(e.To))
		l.move(e)
		b.fold.moved = true
	}
	if p := r.packet; r.born >= 0 && p.Proto == "tcp" && !p.Fragment() {
		near := &r.conn.ends[r.from]
		fate := b.events[r.born].Fate
		if fate == tracer.Sent || fate == tracer.Captured {
			if near.sends(p) {
				r.words = append(r.words, "again")
			}
			r.win = near.announces(p)
		}
	}
}

// sends notes which sequence numbers p takes up, and reports whether it has
// nothing that was not sent before.
func (e *end) sends(p *tracer.Packet) (again bool) {
	n := uint32(p.Len)
	for _, f := range []string{"SYN", "FIN"} { // each takes up one (RFC 9293 3.4)
		if p.Has(f) {
			n++
		}
	}
	if n == 0 || p.Has("RST") {
		return false
	}
	after := p.Seq + n
	if e.sent && int32(after-e.next) <= 0 {
		return true
	}
	e.sent, e.next = true, after
	return false
}

// announces reports whether p's window is one to tell of: closed, or open
// again.
func (e *end) announces(p *tracer.Packet) bool {
	if !p.Has("ACK") || p.Has("RST") {
		return false
	}
	was := e.zero
	e.zero = p.Win == 0
	return e.zero || was
}

// dress decides how the row looks.
func (l *Ladder) dress(b *batch, r *row, i int) {
	e := &b.events[i]
	f := b.fates[e.Packet.Number]
	switch e.Fate {
	case tracer.Copied, tracer.Injected:
		r.words = append(r.words, string(e.Fate))
	}
	if f.delayed {
		r.words = append(r.words, string(tracer.Delayed))
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

	if !dropped && r.ended >= 0 && b.refused(r.ended) {
		far := r.from.other()
		r.states[far] = append(r.states[far], ink.Span{Text: "nobody at " + port(r.packet.Dst)})
	}
	r.why = e.Why
	if r.ended >= 0 && r.ended != i {
		if w := b.events[r.ended].Why; w != "" && w != r.why {
			if r.why != "" {
				r.why += "; "
			}
			r.why += w
		}
	}
}

// refused reports whether what was delivered at event i was answered that
// there is no socket: the answer is among the events just after it.
func (b *batch) refused(i int) bool {
	p := b.events[i].Packet
	if p.Receiver != "" || p.Fragment() || p.Proto != "udp" && !(p.Has("SYN") && !p.Has("ACK")) {
		return false
	}
	way, _ := flowOf(p)
	for j := i + 1; j < min(len(b.events), i+8); j++ {
		e := &b.events[j]
		if e.Kind != tracer.KindPacket || e.Packet == nil || !isBirth(e.Fate) {
			continue
		}
		if f, about := flowOf(e.Packet); f == way.back() {
			if about {
				return unreachable(e.Packet)
			}
			return e.Packet.Has("RST") && e.Packet.Sender == ""
		}
	}
	return false
}

// later tells how much time has passed, if what happens at event i has come
// with the time and not of something that was done.
func (l *Ladder) later(b *batch, i int) {
	e := &b.events[i]
	limit := visible
	switch {
	case e.Kind == tracer.KindPacket && !isBirth(e.Fate):
		return
	case e.Fate == tracer.Captured:
		limit = visibleCaptured
	}
	if cause := b.find(e.Cause); e.Cause != 0 && (cause < 0 || b.events[cause].Kind != tracer.KindCommand) {
		return
	}
	gap := e.At - l.clock
	if !l.started || gap < limit {
		return
	}
	text := duration(gap) + " later"
	if e.Kind != tracer.KindPacket {
		l.line(ink.Span{Tone: ink.Gone, Text: "  " + text})
		return
	}
	spans := []ink.Span{l.indent(l.frame.rail())}
	l.line(append(spans, l.frame.between(l.pen.Pick("┆", ":"), ink.Span{Tone: ink.Gone, Text: "  " + text})...)...)
}
