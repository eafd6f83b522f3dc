package tcpstate

// spans are the stretches of sequence space that came before what precedes
// them, in order. There is room for a few: what finds none is forgotten until
// the endpoint acknowledges it.
type spans struct {
	n  int
	at [16]span
}

// span is a stretch of sequence space, from start up to but not including end.
// If fin, its last number is the peer's FIN.
type span struct {
	start, end uint32
	fin        bool
}

// add puts in s. As on Linux, s counts for nothing inside a span that came
// before, and takes the place of one that it covers: two segments can contradict
// each other only if one of them is forged.
func (q *spans) add(s span) {
	for _, p := range q.at[:q.n] {
		if !before(s.start, p.start) && !after(s.end, p.end) {
			return
		}
	}
	var out spans
	for _, p := range q.at[:q.n] {
		switch {
		case before(p.end, s.start) || after(p.start, s.end): // apart
		case !before(p.start, s.start) && !after(p.end, s.end): // covered
			continue
		case before(p.start, s.start) && !p.fin:
			s.start = p.start
			continue
		case after(p.start, s.start) && !s.fin:
			s.end, s.fin = p.end, p.fin
			continue
		}
		out.at[out.n] = p
		out.n++
	}
	if out.n == len(out.at) {
		if !s.fin {
			return
		}
		out.n-- // a FIN counts for more than the data before it
	}
	i := out.n
	for ; i > 0 && after(out.at[i-1].start, s.start); i-- {
		out.at[i] = out.at[i-1]
	}
	out.at[i] = s
	out.n++
	*q = out
}

// through returns how far the spans reach without a gap from next on, and
// whether a FIN ends there. It drops what it used and what lies before it.
func (q *spans) through(next uint32) (end uint32, fin bool) {
	var rest spans
	for _, p := range q.at[:q.n] {
		switch {
		case fin || after(p.start, next):
			rest.at[rest.n] = p
			rest.n++
		case after(p.end, next):
			next, fin = p.end, p.fin
		}
	}
	*q = rest
	return next, fin
}

// finAt reports whether a FIN that came early is the last number before next.
func (q *spans) finAt(next uint32) bool {
	for _, p := range q.at[:q.n] {
		if p.fin && p.end == next {
			return true
		}
	}
	return false
}

// last returns the end of the last span; ok is false if there is none.
func (q *spans) last() (end uint32, ok bool) {
	if q.n == 0 {
		return 0, false
	}
	return q.at[q.n-1].end, true
}
