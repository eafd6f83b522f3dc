package ladder

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// A batch with many packets is not drawn in full: of each run of ordinary ones
// its first and last rows are. In a redraw the results between the rows count
// as rows.
const (
	foldFrom   = 24 // rows of a batch that is drawn in full, at most,
	foldRedraw = 60 // of a redraw,
	foldWall   = 8  // and on a wall, where half as many are drawn around a fold, too
	foldFirst  = 6  // rows before the batch's first fold,
	foldLast   = 4  // after its last one,
	foldAround = 2  // and between a fold and a row that must be seen
	foldMin    = 6  // fewer are not worth a fold
	foldOdd    = 3  // of each oddity so many are never folded,
	foldAgain  = 2  // and of each segment so many that are sent again
)

// udpParts is the kind under which parts of datagrams are counted.
const udpParts = "UDP fragments"

// crossed is the kind under which bytes are counted that no packet carries.
const crossed = "crossed"

// fold is the run of ordinary rows that is being drawn.
type fold struct {
	long  bool // the batch is: it is folded at all
	begun bool // a fold was drawn before
	shown int  // rows of this run that were drawn as they came
	queue []item
	odd   map[oddity]int  // rows of the batch
	split map[int]bool    // packets whose beginning was folded, and that arrive on a row of their own
	again map[segment]int // how often each was sent again

	// what was folded
	rows    int
	late    int            // rows of packets that were told of before
	first   int            // the number of the first packet,
	last    int            // and of the last one
	packets map[string]int // by kind
	octets  map[string]int // by kind: of payload
	odds    map[oddity]int
	conns   map[*conn]bool
	calls   int
	lost    int
	waiting int
	unknown bool // whether there is a packet of which it is not known if it arrived
	pauses  bool // whether time passed between them
	from    time.Duration
	to      time.Duration
}

// item is what waits to be drawn or folded: a row, or else the event of a
// result.
type item struct {
	row    *row
	result int
}

// segment is what is sent again when it is lost.
type segment struct {
	conn *conn
	from side
	seq  uint32
}

func newFold(b *batch, o Options) fold {
	f := fold{odd: map[oddity]int{}, again: map[segment]int{}, split: map[int]bool{}}
	if o.Unfold {
		return f
	}
	from := foldFrom
	switch {
	case o.Projector:
		from = foldWall
	case b.redraw:
		from = foldRedraw
	}
	rows := 0
	for i := range b.events {
		e := &b.events[i]
		if !b.hidden(i) && (e.Crossing != nil || e.Kind == tracer.KindPacket && b.isRow(i) || e.Kind == tracer.KindReturn && b.redraw) {
			rows++
		}
	}
	f.long = rows > from
	return f
}

// foldable reports whether a row may be folded: one of data, of an
// acknowledgement or of a datagram that moved no state, was not lost, and
// does nothing that the batch has not shown yet. What is sent again and again
// may be, whatever it is and becomes.
func (b *batch) foldable(r *row) bool {
	switch {
	case !b.fold.long || len(r.moves) > 0 || r.refused:
		return false
	case r.split && r.born < 0:
		return b.fold.split[r.packet.Number]
	}
	if !b.foldableAtAll(r) {
		return false
	}
	if r.split {
		b.fold.split[r.packet.Number] = true
	}
	return true
}

// foldableAtAll is foldable for a row that is not the second one of its packet.
func (b *batch) foldableAtAll(r *row) bool {
	if r.odd == ordinary && r.split {
		r.odd = heldUp
	}
	if r.odd == sentAgain {
		s := segment{r.conn, r.from, r.packet.Seq}
		if b.fold.again[s]++; b.fold.again[s] > foldAgain {
			return true
		}
	}
	if r.shape == lost || r.shape == lostRest {
		return false
	}
	switch kindOf(r.packet) {
	case crossed:
		return true
	case tracer.DATA, tracer.ACK, tracer.UDP:
	default:
		return false
	}
	if r.born >= 0 && b.events[r.born].Fate == tracer.Injected {
		return false
	}
	if r.odd == ordinary {
		return true
	}
	b.fold.odd[r.odd]++
	return b.fold.odd[r.odd] > foldOdd && r.odd != malformed
}

// keepForFold draws what is at the beginning of a run; what comes later waits,
// until it is known whether it is among the last.
func (l *Ladder) keepForFold(b *batch, it item) {
	f := &b.fold
	first := foldFirst
	if f.begun {
		first = foldAround
	}
	if l.frame.wall {
		first /= 2
	}
	if f.shown < first {
		f.shown++
		l.drawItem(b, it)
		return
	}
	f.queue = append(f.queue, it)
	if len(f.queue) >= foldLast+foldMin {
		f.count(b, f.queue[0])
		f.queue = f.queue[1:]
	}
}

func (l *Ladder) drawItem(b *batch, it item) {
	if it.row != nil {
		l.show(b, it.row)
		return
	}
	l.result(b, it.result, false)
}

// unfold ends a run: it draws the line for what was folded, and the last rows
// of the run, so many as are to be kept.
func (l *Ladder) unfold(b *batch, keep int) {
	f := &b.fold
	if f.shown == 0 && len(f.queue) == 0 {
		return
	}
	if l.frame.wall {
		keep /= 2
	}
	if f.folded() || len(f.queue) >= keep+foldMin {
		for len(f.queue) > keep {
			f.count(b, f.queue[0])
			f.queue = f.queue[1:]
		}
		l.folded(b)
	}
	for _, it := range f.queue {
		l.drawItem(b, it)
	}
	*f = fold{long: f.long, begun: f.begun || f.folded(), odd: f.odd, again: f.again, split: f.split}
}

// folded reports whether something was.
func (f *fold) folded() bool { return f.rows+f.calls+f.late > 0 }

func (f *fold) count(b *batch, it item) {
	if !f.folded() {
		f.packets, f.octets, f.odds = map[string]int{}, map[string]int{}, map[oddity]int{}
		f.conns = map[*conn]bool{}
	}
	r := it.row
	if r == nil {
		f.calls++
		return
	}
	e := &b.events[r.event]
	if r.split && r.born < 0 {
		f.late++
		return
	}
	if f.rows == 0 {
		f.from, f.first = e.At, r.packet.Number
	}
	f.rows++
	f.to, f.last = e.At, r.packet.Number
	f.pauses = f.pauses || r.gap != ""
	f.conns[r.conn] = true
	kind := kindOf(r.packet)
	if r.packet.Fragment() {
		kind = udpParts
	}
	f.packets[kind]++
	f.octets[kind] += r.packet.Len
	f.odds[r.odd]++
	switch {
	case e.Fate == tracer.Captured || kind == crossed:
		f.unknown = true
	case r.shape == half && !r.split:
		f.waiting++
	case r.shape == lost || r.shape == lostRest:
		f.lost++
	}
}

// numbers are those of the packets, from the first to the last; "" if there
// are none.
func (f *fold) numbers(dash string) string {
	switch {
	case f.first == 0:
		return ""
	case f.first == f.last:
		return strconv.Itoa(f.first)
	}
	return strconv.Itoa(f.first) + dash + strconv.Itoa(f.last)
}

// String tells what was folded.
func (f *fold) String() string {
	switch {
	case f.rows == 0 && f.late == 1:
		return "1 packet arrives that was overtaken"
	case f.rows == 0 && f.late > 0:
		return ink.Grouped(f.late) + " packets arrive that were overtaken"
	case f.rows == 0:
		return f.called()
	}
	var parts []string
	tcp := false
	for _, kind := range []string{tracer.SYN, tracer.SYNACK, tracer.DATA, tracer.FIN, tracer.ACK, tracer.UDP, udpParts} {
		n := f.packets[kind]
		if n == 0 {
			continue
		}
		part := ink.Grouped(n) + " " + kind
		if n := f.octets[kind]; n > 0 || kind == tracer.UDP {
			part += " (" + size(n) + ")"
		}
		parts = append(parts, part)
		tcp = tcp || kind != tracer.UDP && kind != udpParts
	}
	s := ink.Grouped(f.rows) + " packets"
	if f.rows == 1 {
		s = "1 packet"
	}
	if n := f.packets[crossed]; n > 0 {
		if n == f.rows { // a batch of both is the exception
			s = ink.Grouped(n) + " pieces"
		}
		parts = append(parts, size(f.octets[crossed]))
	}
	if n := len(f.conns); n > 1 {
		s += " of " + ink.Grouped(n) + " connections"
	}
	if f.pauses {
		s += " in " + ink.Duration(f.to-f.from)
	}
	s += ": " + strings.Join(parts, ", ")
	joint := "; of them "
	for _, o := range []struct {
		is   oddity
		what string
	}{
		{sentAgain, "sent again"}, {duplicate, "duplicate"}, {stillClosed, "with a window of 0"},
		{closed, "closing the window"}, {reopened, "opening it again"},
		{windowProbe, "window probes"}, {keepalive, "keepalive probes"}, {challenge, "challenges"},
		{copied, "copies"}, {heldUp, "held up"},
	} {
		switch n := f.odds[o.is]; {
		case n == 0:
		case n == f.rows:
			s += "; all " + o.what
		default:
			s += joint + ink.Grouped(n) + " " + o.what
			joint = ", "
		}
	}
	if f.calls > 0 {
		s += "; " + f.called()
	}
	if f.late > 0 {
		s += "; " + ink.Grouped(f.late) + " of before arrive"
	}
	if f.waiting > 0 {
		s += "; " + ink.Grouped(f.waiting) + " on the wire"
	}
	joint = "; "
	switch {
	case f.lost > 0:
		s += joint + ink.Grouped(f.lost) + " lost"
		joint = ", "
	case f.waiting == 0 && !f.unknown:
		s += joint + "none lost"
		joint = ", "
	}
	if tcp {
		s += joint + "no state changed"
	}
	return s
}

func (f *fold) called() string {
	if f.calls == 1 {
		return "1 call"
	}
	return ink.Grouped(f.calls) + " calls"
}

// kindOf is what a packet is called in tests: the first that it is.
func kindOf(p *tracer.Packet) string {
	switch {
	case p.Kind != "":
		return p.Kind
	case p.Proto == "unix" || p.Proto == "unixgram":
		return crossed
	case p.Proto == "udp":
		return tracer.UDP
	case p.Proto == "icmp" || p.Proto == "icmp6":
		return tracer.ICMP
	case p.Proto != "tcp":
		return tracer.IP
	case p.Has("RST"):
		return tracer.RST
	case p.Has("SYN") && p.Has("ACK"):
		return tracer.SYNACK
	case p.Has("SYN"):
		return tracer.SYN
	case p.Has("FIN"):
		return tracer.FIN
	case p.Len > 0:
		return tracer.DATA
	}
	return tracer.ACK
}

// size writes a number of octets in round decimal units.
func size(n int) string {
	units := []string{"kB", "MB", "GB", "TB"}
	if n < 1000 {
		return octets(n)
	}
	x := float64(n) / 1000
	i := 0
	for ; x >= 999.5 && i < len(units)-1; i++ {
		x /= 1000
	}
	if x < 9.95 {
		return fmt.Sprintf("%.1f %s", x, units[i])
	}
	return fmt.Sprintf("%.0f %s", x, units[i])
}

func octets(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return strconv.Itoa(n) + " bytes"
}
