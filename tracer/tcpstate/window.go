package tcpstate

// openWindow stands for a receive window of which only the start is known.
const openWindow = 1 << 30

// rcvEnd is the first number beyond the receive window, which is counted from
// the ACK that offered it.
func (b Block) rcvEnd() uint32 {
	if b.guessed {
		return b.rcvNxt + openWindow
	}
	if end := b.rcvAck + b.rcvWnd; after(end, b.rcvNxt) {
		return end
	}
	return b.rcvNxt
}

// acceptable is the first check of RFC 9293 3.10.7.4 as Linux makes it. Beside
// what table 6 accepts it takes a segment that lies just before the window, so
// that the ACK in a retransmitted FIN counts; one without data at its very end;
// and a FIN alone when the window is closed.
func (b Block) acceptable(s Segment) bool {
	return !before(s.end(), b.rcvAck) &&
		(!after(s.dataEnd(), b.rcvEnd()) || before(s.Seq, b.rcvEnd()))
}

// overlaps is table 6 of RFC 9293 3.10.7.4: whether s has something inside the
// window. Linux makes this stricter check for connections for which it keeps
// only a stub: passive ones in SYN-RECEIVED, and closed ones in FIN-WAIT-2.
func (b Block) overlaps(s Segment) bool {
	return s.Seq == b.rcvNxt ||
		after(s.end(), b.rcvNxt) && before(s.Seq, b.rcvEnd()) ||
		s.Seq == b.rcvEnd() && s.end() == s.Seq
}

// ackOfUnsent reports whether s acknowledges what was never sent.
func (b Block) ackOfUnsent(s Segment) bool { return after(s.Ack, b.sndNxt) && !b.guessed }

// ackTooOld reports whether the ACK of s is so old that it must be forged or a
// stray: older than the largest window the peer ever offered (RFC 5961 5.2), or
// than all that it has acknowledged, which is where Linux draws the line.
func (b Block) ackTooOld(s Segment) bool {
	reach := uint32(min(uint64(b.sndWnd), b.sndAcked))
	return before(s.Ack, b.sndUna-reach) && !b.guessed
}

// spans are stretches of sequence space that came before what precedes them,
// in order and apart from each other. There is room for a few: what finds none
// is forgotten, and counts when the endpoint acknowledges it.
type spans struct {
	n  int
	at [16]span
}

// span is a stretch of sequence space, from start up to but not including end.
type span struct{ start, end uint32 }

// add puts in a span and joins it with those that it touches.
func (q *spans) add(s span) {
	i := 0
	for i < q.n && before(q.at[i].end, s.start) {
		i++
	}
	j := i
	for ; j < q.n && !after(q.at[j].start, s.end); j++ {
		if before(q.at[j].start, s.start) {
			s.start = q.at[j].start
		}
		if after(q.at[j].end, s.end) {
			s.end = q.at[j].end
		}
	}
	if i == j && q.n == len(q.at) {
		return
	}
	tail := q.at
	q.n = i + 1 + copy(q.at[i+1:], tail[j:q.n])
	q.at[i] = s
}

// through returns how far the spans reach without a gap from next on, and drops
// those that it used or that lie before it.
func (q *spans) through(next uint32) uint32 {
	i := 0
	for ; i < q.n && !after(q.at[i].start, next); i++ {
		if after(q.at[i].end, next) {
			next = q.at[i].end
		}
	}
	rest := q.at
	*q = spans{n: q.n - i}
	copy(q.at[:], rest[i:i+q.n])
	return next
}

// last returns the end of the last span; ok is false if there is none.
func (q *spans) last() (end uint32, ok bool) {
	if q.n == 0 {
		return 0, false
	}
	return q.at[q.n-1].end, true
}
