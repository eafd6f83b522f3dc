package tcpstate

// Delivered tells that s was delivered to this endpoint: RFC 9293's SEGMENT
// ARRIVES (3.10.7). One segment can move the block more than once.
//
// A listener whose accept queue is full drops the ACK that would open a
// connection; then do not tell the block of that ACK.
func (b Block) Delivered(s Segment) (Block, []Transition) {
	switch v := b.judge(s); v.fate {
	case dropped:
		b.child = b.child || b.becomesChild(s)
		return b, nil
	case reset:
		return b.closed(v.why)
	}
	switch b.State() {
	case Listen: // the move is made when the SYN-ACK is sent
		if b.passive {
			b.sndWnd, b.sndWl1 = uint32(s.Win), s.Seq
		}
		return b, nil
	case SynSent:
		return b.answered(s)
	}
	ts := b.acked(s)
	if b.State() == Closed {
		return Block{}, ts
	}
	return b, append(ts, b.text(s)...)
}

// answered is SYN-SENT (RFC 9293 3.10.7.3). Linux ignores data and FIN in such
// a segment; the peer sends them again.
func (b Block) answered(s Segment) (Block, []Transition) {
	own := s.Seq == b.sndUna
	b.noSACK = b.noSACK || s.NoSACK
	b.rcvNxt = s.Seq + 1
	b.rcvAck = b.rcvNxt
	b.maxSndWnd = uint32(s.Win)
	b.sndWnd, b.sndWl1 = uint32(s.Win), s.Seq
	switch {
	case s.has(ACK):
		b.advance(s)
		return b, []Transition{b.enter(Established, "got SYN-ACK: our SYN is acknowledged, and the peer's SYN arrived")}
	case own:
		return b, []Transition{b.enter(SynReceived, "got our own SYN: this socket is connected to itself")}
	}
	return b, []Transition{b.enter(SynReceived, "got SYN, no ACK: both sides open at the same time (RFC 9293 3.5)")}
}

// advance takes the ACK and the window of s.
func (b *Block) advance(s Segment) {
	if b.tellsWindow(s) {
		b.sndWnd, b.sndWl1 = uint32(s.Win), s.Seq
	}
	if after(s.Ack, b.sndUna) {
		b.sndAcked += uint64(s.Ack - b.sndUna)
		b.sndUna = s.Ack
	}
	if after(s.Ack, b.sndNxt) { // only if b was guessed
		b.sndNxt = s.Ack
	}
	b.maxSndWnd = max(b.maxSndWnd, uint32(s.Win))
}

// acked is the fifth check of RFC 9293 3.10.7.4: the ACK.
func (b *Block) acked(s Segment) []Transition {
	if b.State() == SynReceived {
		return b.accepted(s)
	}
	b.advance(s)
	if !b.FinAcked() {
		return nil
	}
	switch b.State() {
	case FinWait1:
		b.whole = s.has(FIN)
		if s.has(FIN) && !after(s.Seq, b.rcvNxt) {
			return []Transition{b.enter(FinWait2, "got FIN that also acknowledges ours")}
		}
		return []Transition{b.enter(FinWait2, "got ACK of our FIN: the peer may still send")}
	case Closing:
		return []Transition{b.enter(TimeWait, "got ACK of our FIN: both sides are done (RFC 9293 3.6.1)")}
	case LastAck:
		return []Transition{b.enter(Closed, "got ACK of our FIN: both sides are done")}
	}
	return nil
}

// accepted completes the handshake in SYN-RECEIVED.
func (b *Block) accepted(s Segment) []Transition {
	if b.passive { // Linux begins to count here, with our SYN acknowledged
		b.sndUna = s.Ack
	}
	b.advance(s)
	ts := []Transition{b.enter(Established, "got ACK of our SYN: the handshake is complete")}
	if b.noWrite {
		ts = append(ts, b.enter(FinWait1, "the shutdown that waited for the handshake is done now"))
	}
	return ts
}

// text is the seventh and eighth check of RFC 9293 3.10.7.4: data and FIN.
func (b *Block) text(s Segment) []Transition {
	switch b.State() {
	case Established:
	case FinWait1, FinWait2:
		if b.noRead && after(s.dataEnd(), b.rcvNxt) && s.end() != s.Seq {
			return nil // nobody will read it: a RST follows (RFC 9293 3.6.1)
		}
	default:
		return nil // the peer's FIN has come: nothing can follow it
	}
	if s.end() == s.Seq || !after(s.end(), b.rcvNxt) {
		return nil
	}
	if b.beyond(s) {
		return nil
	}
	if after(s.Seq, b.rcvNxt) {
		b.early.add(span{s.Seq, s.end(), s.has(FIN)})
		return nil
	}
	b.rcvNxt, b.took = s.end(), b.took || s.Len > 0
	if s.has(FIN) {
		return b.finished("got FIN")
	}
	next, fin := b.early.through(b.rcvNxt)
	b.rcvNxt = next
	if fin {
		return b.finished("got the data missing before the FIN")
	}
	return nil
}

// finished is the peer's FIN with nothing missing before it; how says what
// brought it there.
func (b *Block) finished(how string) []Transition {
	b.early = spans{} // nothing can follow
	switch b.State() {
	case Established:
		return []Transition{b.enter(CloseWait, how+": the peer will send no more")}
	case FinWait1:
		return []Transition{b.enter(Closing, how+", but no ACK of ours: both close at once")}
	case FinWait2:
		return []Transition{b.enter(TimeWait, how+": both are done; old segments get time to die")}
	}
	return nil
}
