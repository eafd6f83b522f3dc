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

// tellsWindow reports whether the window of s is news, and not that of a segment
// that was overtaken. RFC 9293 (3.10.7.4) compares SEG.SEQ, and then SEG.ACK; of
// two segments alike in both Linux believes the larger window, or none.
func (b Block) tellsWindow(s Segment) bool {
	return after(s.Ack, b.sndUna) || after(s.Seq, b.sndWl1) ||
		s.Seq == b.sndWl1 && (uint32(s.Win) > b.sndWnd || s.Win == 0)
}

// acceptable is the first check of RFC 9293 3.10.7.4 as Linux makes it. Beside
// what table 6 accepts it takes a segment that lies just before the window, so
// that the ACK in a retransmitted FIN counts; one that begins at its very end,
// whose ACK counts and whose data does not; and a FIN alone when the window is
// closed. A segment that goes on beyond the window is acceptable, as in the RFC;
// Linux 6.18 drops it if the program has left something unread, be it the FIN.
func (b Block) acceptable(s Segment) bool {
	state := b.State()
	if unread := b.unread || state == CloseWait || state == Closing; unread && after(s.dataEnd(), b.rcvEnd()) {
		return false
	}
	return !before(s.end(), b.rcvAck) &&
		(!after(s.dataEnd(), b.rcvEnd()) || !after(s.Seq, b.rcvEnd()))
}

// beyond reports whether what an acceptable segment carries is not taken, since
// the window has no room for its first new octet. A FIN alone needs none (Linux).
func (b Block) beyond(s Segment) bool {
	if s.Seq == b.rcvNxt && s.Len == 0 {
		return false
	}
	return b.rcvEnd() == b.rcvNxt || !before(s.Seq, b.rcvEnd())
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
	reach := uint32(min(uint64(b.maxSndWnd), b.sndAcked))
	return before(s.Ack, b.sndUna-reach) && !b.guessed
}
