package outlook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sockplay/tracer"
)

// Space is a sequence space of a connection, as in figures 3 and 4 of RFC 9293
// (3.3.1): stretches of numbers, and the edges between them, in order. There is
// one stretch more than there are edges. Where two edges are at the same number
// they are one.
type Space struct {
	Figure    int // of RFC 9293
	Stretches []Stretch
	Edges     []Edge
}

// Stretch is a part of a sequence space. The first and the last go on for ever.
type Stretch struct {
	Kind  StretchKind
	Name  string // "sent, not acknowledged"
	Short string // the same where there is little room
	Count string // what is in it: "5 bytes"; "" for what has no end
}

// StretchKind is what a stretch is for.
type StretchKind int

// The kinds.
const (
	Done    StretchKind = iota // acknowledged, or received
	Flying                     // sent, not acknowledged
	Open                       // may be sent, or may arrive
	Shut                       // beyond the window
	Missing                    // not there, though what follows is
	Early                      // came before what is missing
	Idle                       // may not be used any more: nothing follows a FIN
)

// Edge is where two stretches meet.
type Edge struct {
	Names []string // of the variables that say so: "SND.UNA"
	At    uint32   // the number, relative
}

// edge is an edge by how far it is from the first one.
type edge struct {
	name string
	off  int
}

// SendSpace is figure 3 of a connection; ok is false if its numbers are not
// known.
func SendSpace(b *tracer.TCB) (s Space, ok bool) {
	flight := b.InFlight()
	if !flight.OK {
		return s, false
	}
	una, sent, window := b.SndUna.Value, flight.Value, b.SndWnd.Value
	edges := []edge{{"SND.UNA", 0}, {"SND.NXT", sent}}
	if b.SndWnd.OK {
		edges = append(edges, edge{"SND.UNA+SND.WND", window})
	}
	s = Space{Figure: 3}
	offsets := s.edges(una, edges)
	allSent := b.FinSent && sent == 0
	s.add(Done, "acknowledged", "acknowledged", held(0, una, allSent))
	for i, from := range offsets[:len(offsets)-1] {
		to := offsets[i+1]
		fin := b.FinSent && to == sent
		switch {
		case from >= sent && b.FinSent:
			s.add(Idle, "unused, after a FIN", "after FIN", bytes(to-from))
		case from >= sent:
			s.add(Open, "may be sent", "may be sent", bytes(to-from))
		case b.SndWnd.OK && from >= window:
			s.add(Flying, "sent, beyond the window", "beyond it", held(una+uint32(from), una+uint32(to), fin))
		default:
			s.add(Flying, "sent, not acknowledged", "in flight", held(una+uint32(from), una+uint32(to), fin))
		}
	}
	switch {
	case !b.SndWnd.OK:
		s.add(Shut, "window not known yet", "not known", "")
	case b.FinSent:
		s.add(Shut, "beyond the window", "beyond it", "")
	case b.Unsent.Value > 0 && window <= sent:
		s.add(Shut, "must wait", "must wait", bytes(b.Unsent.Value))
	default:
		s.add(Shut, "must wait", "must wait", "")
	}
	return s, true
}

// ReceiveSpace is figure 4 of a connection; ok is false if its numbers are not
// known, as before the peer's SYN has come.
func ReceiveSpace(b *tracer.TCB) (s Space, ok bool) {
	if !b.RcvNxt.OK {
		return s, false
	}
	next, window := b.RcvNxt.Value, b.RcvWnd.Value
	edges := []edge{{"RCV.NXT", 0}}
	if b.RcvWnd.OK {
		edges = append(edges, edge{"RCV.NXT+RCV.WND", window})
	}
	var first, last, early int // the stretch from the first to the last that came early
	if n := len(b.Early); n > 0 {
		first, last = int(b.Early[0][0]-next), int(b.Early[n-1][1]-next)
		for _, span := range b.Early {
			early += int(span[1] - span[0])
		}
		edges = append(edges, edge{"", first}, edge{"", last})
	}
	s = Space{Figure: 4}
	offsets := s.edges(next, edges)
	s.add(Done, "received", "received", held(0, next, b.FinCame))
	for i, from := range offsets[:len(offsets)-1] {
		to := offsets[i+1]
		switch {
		case from < first:
			s.add(Missing, "missing", "missing", bytes(to-from))
		case from < last:
			s.add(Early, "came early", "early", bytes(min(early, to-from)))
		case b.FinCame:
			s.add(Idle, "unused, after a FIN", "after FIN", bytes(to-from))
		default:
			s.add(Open, "may arrive", "may arrive", bytes(to-from))
		}
	}
	switch {
	case !b.RcvWnd.OK:
		s.add(Shut, "window not known", "not known", "")
	default:
		s.add(Shut, "outside: dropped", "outside", "")
	}
	return s, true
}

func (s *Space) add(k StretchKind, name, short, count string) {
	s.Stretches = append(s.Stretches, Stretch{k, name, short, count})
}

// edges puts them in order, those that are at one place together, and returns
// the places.
func (s *Space) edges(origin uint32, list []edge) (offsets []int) {
	slices.SortStableFunc(list, func(a, b edge) int { return cmp.Compare(a.off, b.off) })
	for _, e := range list {
		n := len(offsets)
		if n == 0 || offsets[n-1] != e.off {
			offsets = append(offsets, e.off)
			s.Edges = append(s.Edges, Edge{At: origin + uint32(e.off)})
			n++
		}
		if e.name != "" {
			s.Edges[n-1].Names = append(s.Edges[n-1].Names, e.name)
		}
	}
	return offsets
}

// held says what the numbers from one up to another stand for: the SYN has 0,
// and the FIN, if there is one, the last.
func held(from, to uint32, fin bool) string {
	n := int(to - from)
	var parts []string
	if from == 0 && n > 0 {
		parts = append(parts, "SYN")
		n--
	}
	if fin && n > 0 {
		n--
	} else {
		fin = false
	}
	if n > 0 {
		parts = append(parts, bytes(n))
	}
	if fin {
		parts = append(parts, "FIN")
	}
	if parts == nil {
		return "nothing"
	}
	return strings.Join(parts, " + ")
}

func bytes(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
