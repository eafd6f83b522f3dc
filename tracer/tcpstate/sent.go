package tcpstate

// Sent tells that this endpoint put s on the wire. A segment that is sent again
// moves nothing a second time.
func (b Block) Sent(s Segment) (Block, []Transition) {
	switch {
	case s.has(RST):
		return b.sentReset(s)
	case s.has(SYN) && s.has(ACK):
		return b.sentSynAck(s)
	case s.has(SYN):
		return b.sentSyn(s)
	}
	switch b.State() {
	case Closed, Listen, SynSent: // an ACK that answers for no connection
		return b, nil
	}
	ts := b.told(s)
	if after(s.end(), b.sndNxt) {
		b.sndNxt = s.end()
	}
	if s.has(FIN) {
		ts = append(ts, b.sentFin(s)...)
	}
	return b, ts
}

// sentSyn is an active open (RFC 9293 3.10.1).
func (b Block) sentSyn(s Segment) (Block, []Transition) {
	var ts []Transition
	switch b.State() {
	case SynSent:
		if s.Seq == b.sndUna {
			return b, nil // sent again
		}
	case TimeWait: // Linux: tcp_tw_reuse lets connect take such a pair of addresses
		ts = append(ts, b.enter(Closed, "a new connection takes its addresses: TIME-WAIT ends early"))
	case Closed, Listen:
	default:
		return b, nil // no stack does
	}
	b = Block{state: b.state, sndUna: s.Seq, sndNxt: s.Seq + 1, rcvWnd: uint32(s.Win), noSACK: s.NoSACK}
	if b.State() != SynSent {
		ts = append(ts, b.enter(SynSent, "sent SYN: asks for a connection"))
	}
	return b, ts
}

// sentSynAck answers a SYN. Only now is a passive connection more than its
// listener: a listener may as well drop the SYN, when its queue is full.
func (b Block) sentSynAck(s Segment) (Block, []Transition) {
	switch {
	case b.State() == Listen && b.passive:
		b.sndUna, b.sndNxt = s.Seq, s.Seq+1
		b.rcvNxt, b.rcvAck, b.rcvWnd, b.noSACK = s.Ack, s.Ack, uint32(s.Win), s.NoSACK
		return b, []Transition{b.enter(SynReceived, "got SYN, answered with SYN-ACK")}
	case b.State() == SynReceived: // ours in a simultaneous open, or sent again
		b.told(s)
	}
	return b, nil
}

// sentFin closes the sending direction, unless a call has done so already.
func (b *Block) sentFin(s Segment) []Transition {
	b.finSent, b.finSeq = true, s.dataEnd()
	switch b.State() {
	case SynReceived, Established:
		return []Transition{b.enter(FinWait1, "sent FIN: no more data will come from this side")}
	case CloseWait:
		if s.has(ACK) && before(s.Ack, b.rcvNxt) { // a program runs beside the wire
			return []Transition{b.enter(Closing, "sent FIN before the peer's FIN was taken in here: both close at once")}
		}
		return []Transition{b.enter(LastAck, "sent FIN: this side is done too")}
	}
	return nil
}

// sentReset tells an abort from an answer. In the synchronized states whoever
// sends a RST has given the connection up. Before that, a RST that answers a
// segment with a wrong ACK takes that ACK for its number, carries none of its
// own, and moves nothing (RFC 9293 3.5.2); one that aborts carries an ACK.
func (b Block) sentReset(s Segment) (Block, []Transition) {
	switch b.State() {
	case Closed, Listen, SynSent, TimeWait: // on Linux a close in SYN-SENT sends nothing
		return b, nil
	case SynReceived:
		if !s.has(ACK) {
			return b, nil
		}
	}
	if b.orphan || !s.has(ACK) {
		return b.closed("sent RST: nobody here can read any more what the peer sends")
	}
	return b.closed("sent RST: gives the connection up at once (RFC 9293 3.10.5)")
}

// told keeps what the endpoint tells the peer of its receiving side: its own
// word on RCV.NXT and RCV.WND counts. A FIN that had come early is reached if
// the endpoint acknowledges it.
func (b *Block) told(s Segment) []Transition {
	if !s.has(ACK) || before(s.Ack, b.rcvAck) {
		return nil
	}
	end := b.rcvAck + b.rcvWnd
	b.rcvAck, b.rcvWnd = s.Ack, uint32(s.Win)
	if after(end, b.rcvAck+b.rcvWnd) { // a window once offered is not taken back
		b.rcvWnd = end - b.rcvAck
	}
	if !after(s.Ack, b.rcvNxt) {
		return nil
	}
	fin := b.early.finAt(s.Ack)
	b.rcvNxt = s.Ack
	b.early.through(s.Ack)
	if fin {
		return b.finished("acknowledged the FIN that had come early")
	}
	return nil
}
