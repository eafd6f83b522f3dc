package prose

import (
	"fmt"
	"strings"

	"sockplay/tracer/ink"
)

// A batch with many packets is not told in full: of each run of ordinary ones
// the first and last are, and what is special only a few times.
const (
	foldFrom  = 12 // packets of a batch that is told in full, at most
	foldFirst = 3
	foldLast  = 2
	foldMin   = 4 // fewer are not worth a fold
	foldOdd   = 3 // packets of a batch that are sent again or lost, and told so
)

// crossed is the kind of bytes that no packet carries.
const crossed = "crossed"

// told is the sentence for a packet that may be folded.
type told struct {
	number int
	kind   string
	octets int
	text   string
}

// run is the run of ordinary packets that is being told.
type run struct {
	long  bool // the batch is: it is folded at all
	odd   int  // packets of the batch that were told although they were many
	lost  int
	shown int // sentences of this run
	queue []told

	// what was folded
	rows        int
	first, last int // numbers
	count       map[string]int
	octets      map[string]int
	gone        int // lost ones among them, or soon after
}

// keepForFold tells a packet at the beginning of a run; a later one waits,
// until it is known whether it is among the last.
func (p *Prose) keepForFold(t told) {
	r := &p.run
	if !r.long || r.shown < foldFirst {
		r.shown++
		p.say(t.text)
		return
	}
	r.queue = append(r.queue, t)
	if len(r.queue) >= foldLast+foldMin {
		r.fold()
	}
}

// folding reports whether what is told now may be folded.
func (r *run) folding() bool { return r.long && r.shown >= foldFirst }

func (r *run) fold() {
	t := r.queue[0]
	r.queue = r.queue[1:]
	if r.rows == 0 {
		r.count, r.octets = map[string]int{}, map[string]int{}
	}
	r.rows++
	r.count[t.kind]++
	r.octets[t.kind] += t.octets
	if t.number > 0 {
		r.last = t.number
		if r.first == 0 {
			r.first = t.number
		}
	}
}

// unfold ends a run.
func (p *Prose) unfold() {
	r := &p.run
	if r.rows > 0 {
		for len(r.queue) > foldLast {
			r.fold()
		}
		p.say(r.summary())
	}
	for _, t := range r.queue {
		p.say(t.text)
	}
	*r = run{long: r.long, odd: r.odd, lost: r.lost}
}

// summary tells of what was folded.
func (r *run) summary() string {
	n := r.rows - r.count[crossed]
	if n == 0 {
		return fmt.Sprintf("%s pieces more, %s bytes, without a packet.", ink.Grouped(r.rows), ink.Grouped(r.octets[crossed]))
	}
	var parts []string
	for _, k := range []struct{ kind, what string }{
		{"DATA", "of data"}, {"ACK", "with acknowledgements"}, {"UDP", "with UDP datagrams"}, {"UDP fragment", "with fragments"},
	} {
		if r.count[k.kind] == 0 {
			continue
		}
		part := ink.Grouped(r.count[k.kind]) + " " + k.what
		if r.octets[k.kind] > 0 {
			part += ", " + ink.Grouped(r.octets[k.kind]) + " bytes"
		}
		parts = append(parts, part)
	}
	if r.count[crossed] > 0 {
		parts = append(parts, "and bytes that crossed without a packet")
	}
	if r.gone > 0 {
		parts = append(parts, "lost: "+ink.Grouped(r.gone))
	}
	return fmt.Sprintf("Packets %d to %d: %s packets, %s; no state changed.", r.first, r.last, ink.Grouped(n), strings.Join(parts, "; "))
}
