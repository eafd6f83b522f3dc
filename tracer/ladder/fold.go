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
// its first and last rows are.
const (
	foldFrom   = 24 // rows of a batch that is drawn in full, at most
	foldFirst  = 6  // rows before the batch's first fold,
	foldLast   = 4  // after its last one,
	foldAround = 2  // and between a fold and a row that must be seen
	foldMin    = 4  // fewer are not worth a fold
	foldOdd    = 3  // of each oddity so many are never folded
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
	queue []*row
	odd   map[oddity]int // rows of the batch

	// what was folded
	rows    int
	packets map[string]int // by kind
	octets  map[string]int // by kind: of payload
	odds    map[oddity]int
	waiting int
	unknown bool // whether there is a packet of which it is not known if it arrived
	pauses  bool // whether time passed between them
	from    time.Duration
	to      time.Duration
}

func newFold(b *batch) fold {
	rows := 0
	for i := range b.events {
		if b.events[i].Crossing != nil || b.events[i].Kind == tracer.KindPacket && b.isRow(i) {
			rows++
		}
	}
	return fold{long: rows > foldFrom, odd: map[oddity]int{}}
}

// foldable reports whether a row may be folded: one of data, of an
// acknowledgement or of a datagram that moved no state, was not lost, and
// does nothing that the batch has not shown yet.
func (b *batch) foldable(r *row) bool {
	if !b.fold.long || len(r.moves) > 0 || r.refused || r.shape == lost || r.shape == lostRest {
		return false
	}
	switch kindOf(r.packet) {
	case crossed:
		return true
	case tracer.DATA, tracer.ACK, tracer.UDP:
	default:
		return false
	}
	f := b.fates[r.packet.Number]
	switch {
	case f.split:
		return false
	case r.born >= 0 && b.events[r.born].Fate != tracer.Sent && b.events[r.born].Fate != tracer.Captured:
		return false
	}
	if r.odd == ordinary {
		return true
	}
	b.fold.odd[r.odd]++
	return b.fold.odd[r.odd] > foldOdd && r.odd != malformed
}

// keepForFold draws a row at the beginning of a run; a later one waits, until
// it is known whether it is among the last.
func (l *Ladder) keepForFold(b *batch, r *row) {
	f := &b.fold
	first := foldFirst
	if f.begun {
		first = foldAround
	}
	if f.shown < first {
		f.shown++
		l.show(b, r)
		return
	}
	f.queue = append(f.queue, r)
	if len(f.queue) >= foldLast+foldMin {
		f.count(b, f.queue[0])
		f.queue = f.queue[1:]
	}
}

// unfold ends a run: it draws the line for what was folded, and the last rows
// of the run, so many as are to be kept.
func (l *Ladder) unfold(b *batch, keep int) {
	f := &b.fold
	if f.rows > 0 || len(f.queue) >= keep+foldMin {
		for len(f.queue) > keep {
			f.count(b, f.queue[0])
			f.queue = f.queue[1:]
		}
		l.folded(b)
	}
	for _, r := range f.queue {
		l.show(b, r)
	}
	*f = fold{long: f.long, begun: f.begun || f.rows > 0, odd: f.odd}
}

func (f *fold) count(b *batch, r *row) {
	e := &b.events[r.event]
	if f.rows == 0 {
		f.packets, f.octets, f.odds = map[string]int{}, map[string]int{}, map[oddity]int{}
		f.from = e.At
	}
	f.rows++
	f.to = e.At
	f.pauses = f.pauses || r.gap != ""
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
	case r.shape == half:
		f.waiting++
	}
}

// String tells what was folded.
func (f *fold) String() string {
	var parts []string
	for _, kind := range []string{tracer.DATA, tracer.ACK, tracer.UDP, udpParts} {
		n := f.packets[kind]
		if n == 0 {
			continue
		}
		part := grouped(n) + " " + kind
		if kind != tracer.ACK {
			part += " (" + size(f.octets[kind]) + ")"
		}
		parts = append(parts, part)
	}
	s := grouped(f.rows) + " packets more"
	if n := f.packets[crossed]; n > 0 && n == f.rows { // a batch of both is the exception
		s = grouped(n) + " pieces more"
	}
	if n := f.packets[crossed]; n > 0 {
		parts = append(parts, size(f.octets[crossed]))
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
	} {
		if n := f.odds[o.is]; n > 0 {
			s += joint + grouped(n) + " " + o.what
			joint = ", "
		}
	}
	switch {
	case f.waiting > 0:
		s += "; " + grouped(f.waiting) + " on the wire"
	case !f.unknown:
		s += "; none lost"
	}
	return s
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

// grouped writes n with a comma every three digits.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
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
