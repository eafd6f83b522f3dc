package tcpstate

// Block is one endpoint's control block: the part of RFC 9293's TCB (3.3.1)
// that its state depends on. The zero value is an endpoint in CLOSED. It is a
// value without pointers: a copy is a snapshot, and no method changes its
// receiver.
type Block struct {
	state   State // "" is CLOSED
	passive bool  // a listener made it of a SYN
	orphan  bool  // closed: no descriptor names it any more
	noWrite bool  // closed or shut down for writing
	noRead  bool  // closed or shut down for reading
	noSACK  bool  // one of the SYNs did not permit SACK
	child   bool  // Linux has made a socket of the request: see becomesChild
	whole   bool  // the ACK of our FIN came with a FIN: see judgeAbandoned
	took    bool  // data of the peer's has been taken
	unread  bool  // its program has left something unread: see WithUnread
	guessed bool  // first seen in the middle: SND.NXT and the receive window are unsure

	// The sending side. MAX.SND.WND is the largest window that the peer has
	// offered (RFC 5961 5.2); finSeq is the number of our FIN, once sent.
	sndUna, sndNxt uint32 // SND.UNA, SND.NXT
	sndWnd, sndWl1 uint32 // SND.WND, and SEG.SEQ of the segment that told it (SND.WL1)
	maxSndWnd      uint32 // MAX.SND.WND
	sndAcked       uint64 // octets that the peer has acknowledged
	finSent        bool
	finSeq         uint32

	// The receiving side. RCV.WND counts from the RCV.NXT with which it was
	// told to the peer, which may be less than RCV.NXT is now.
	rcvNxt uint32 // RCV.NXT
	rcvAck uint32 // RCV.NXT, as last told
	rcvWnd uint32 // RCV.WND, as last told
	early  spans  // what came beyond RCV.NXT, inside the window
}

// Passive returns the block that a listener makes of a SYN: in LISTEN, to be
// told of that SYN by Delivered and of the SYN-ACK by Sent. The listener's own
// block is another one (a zero Block after CallListen) and stays in LISTEN.
func Passive() Block { return Block{state: Listen, passive: true} }

// Seen returns the block of an endpoint that is first noticed with s, which it
// sent, or which was delivered to it. It is the block just before s, as far as
// s tells: hand s to Sent or to Delivered next. Without a SYN the connection is
// taken to be open, and since the numbers of the other direction and the
// windows' scale are unknown then, such a block takes an ACK of data that it
// was not told of and does not check the end of the receive window.
func Seen(s Segment, sent bool) Block {
	switch {
	case s.has(SYN) && s.has(ACK) && sent:
		return Block{state: Listen, passive: true, guessed: true}
	case s.has(SYN) && s.has(ACK):
		return Block{state: SynSent, sndUna: s.Ack - 1, sndNxt: s.Ack, guessed: true}
	case s.has(SYN) && sent:
		return Block{}
	case s.has(SYN):
		return Passive()
	}
	b := Block{state: Established, guessed: true}
	if sent {
		b.sndUna, b.sndNxt, b.rcvNxt = s.Seq, s.Seq, s.Ack
	} else {
		b.sndUna, b.sndNxt, b.rcvNxt = s.Ack, s.Ack, s.Seq
	}
	b.rcvAck = b.rcvNxt
	return b
}

// State returns the state that the endpoint is in.
func (b Block) State() State {
	if b.state == "" {
		return Closed
	}
	return b.state
}

// FinSent reports whether the endpoint's FIN has been on the wire.
func (b Block) FinSent() bool { return b.finSent }

// FinAcked reports whether the peer has acknowledged the endpoint's FIN.
func (b Block) FinAcked() bool { return b.finSent && after(b.sndUna, b.finSeq) }

// Orphan reports whether the endpoint lives on without a descriptor: it was
// closed, and the stack still has to take leave of the peer.
func (b Block) Orphan() bool { return b.orphan && b.State() != Closed }

// Timeout tells that a timer ran out. A timer that does not run in the block's
// state changes nothing.
func (b Block) Timeout(t Timer) (Block, []Transition) {
	state := b.State()
	switch {
	case t == TimeWaitOver && state == TimeWait:
		return b.closed("waited long enough: no old segment can disturb a new connection")
	case t == FinWait2Over && state == FinWait2 && b.orphan:
		return b.closed("waited long enough for the peer's FIN: nobody here would read its data")
	case t != UserTimeout:
		return b, nil
	}
	switch state {
	case SynSent:
		return b.closed("our SYN was never answered: gave up")
	case SynReceived:
		return b.closed("our SYN-ACK was never acknowledged: gave up")
	case Established, CloseWait:
		return b.closed("the peer no longer answers: gave up")
	case FinWait1, Closing, LastAck:
		return b.closed("our FIN was never acknowledged: gave up")
	case FinWait2:
		return b.closed("the peer no longer answers: gave up waiting for its FIN")
	}
	return b, nil
}

// Reused tells that a listener took a new SYN from the same peer address in
// place of this connection, which RFC 9293 (3.10.7.4) allows in TIME-WAIT. The
// new connection has a block of its own.
func (b Block) Reused() (Block, []Transition) {
	if b.State() != TimeWait {
		return b, nil
	}
	return b.closed("got a new SYN from the same address and port, which a listener takes")
}

// enter changes the state of b, which is its caller's own copy.
func (b *Block) enter(to State, why string) Transition {
	t := Transition{From: b.State(), To: to, Why: why}
	b.state = to
	return t
}

// closed deletes the control block.
func (b Block) closed(why string) (Block, []Transition) {
	return Block{}, []Transition{{From: b.State(), To: Closed, Why: why}}
}
