package tcpstate

// Vars are the variables of a block (RFC 9293 3.3.1), with absolute numbers, as
// far as its calls and segments have told them.
type Vars struct {
	Send           bool   // whether SND.UNA and SND.NXT are there
	SndUna, SndNxt uint32 // SND.UNA, SND.NXT
	Offered        bool   // whether the peer has told a window
	SndWnd         uint32 // SND.WND, from SND.UNA on
	FinSent        bool   // our FIN has been on the wire: the last number before SND.NXT

	Receive bool   // whether RCV.NXT is there
	RcvNxt  uint32 // RCV.NXT
	Told    bool   // whether a window was told to the peer
	RcvWnd  uint32 // what is left of it from RCV.NXT on
	FinCame bool   // the peer's FIN is the last number before RCV.NXT
	Early   [][2]uint32
	// Early is what came beyond RCV.NXT: each stretch's first number, and the
	// one after its last.
}

// Vars returns the block's variables. It has none in CLOSED and LISTEN.
func (b Block) Vars() Vars {
	state := b.State()
	if state == Closed || state == Listen {
		return Vars{}
	}
	v := Vars{Send: true, SndUna: b.sndUna, SndNxt: b.sndNxt, FinSent: b.finSent}
	if state == SynSent { // the peer's first number is not known yet
		return v
	}
	v.Offered, v.SndWnd = !b.guessed, b.sndWnd
	v.Receive, v.RcvNxt = true, b.rcvNxt
	v.Told, v.RcvWnd = !b.guessed, b.rcvEnd()-b.rcvNxt
	switch state {
	case CloseWait, LastAck, Closing, TimeWait:
		v.FinCame = true
	}
	for _, s := range b.early.at[:b.early.n] {
		v.Early = append(v.Early, [2]uint32{s.start, s.end})
	}
	return v
}
