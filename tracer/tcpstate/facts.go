package tcpstate

// Facts are what a stack knows of one of its own endpoints: enough for a Block
// that can judge a segment, and for no more.
type Facts struct {
	State   State
	Passive bool // SYN-RECEIVED came of a listener
	Orphan  bool // no descriptor names it
	NoSACK  bool // SACK is not agreed on
	Child   bool // what Block.Child has told of it before
	Whole   bool // in FIN-WAIT-2, and closed: a FIN came along with the ACK of ours
	Unread  bool // its program has not read all that came

	SndUna, SndNxt uint32 // SND.UNA, SND.NXT
	MaxSndWnd      uint32 // the largest window that the peer has offered, in octets
	Acked          uint64 // octets that the peer has acknowledged

	RcvNxt uint32 // RCV.NXT
	RcvAck uint32 // RCV.NXT, as last told
	RcvEnd uint32 // the first number beyond the window, as last told
	Early  uint32 // the end of the last block that came out of order; RCV.NXT: none
}

// Block makes one of them.
func (f Facts) Block() Block {
	b := Block{
		state: f.State, passive: f.Passive, orphan: f.Orphan, noSACK: f.NoSACK, child: f.Child, unread: f.Unread, whole: f.Whole,
		sndUna: f.SndUna, sndNxt: f.SndNxt, maxSndWnd: f.MaxSndWnd, sndAcked: f.Acked,
		rcvNxt: f.RcvNxt, rcvAck: f.RcvAck, rcvWnd: f.RcvEnd - f.RcvAck,
	}
	if after(f.Early, f.RcvNxt) {
		b.early.add(span{f.RcvNxt + 1, f.Early, false})
	}
	return b
}

// Verdict is what becomes of a segment, by the checks that are made before its
// ACK, data and FIN are looked at.
type Verdict int

// The verdicts.
const (
	Taken   Verdict = iota // it counts
	Dropped                // it moves nothing, and is answered perhaps
	Ends                   // it ends the connection
)

// Judge tells what becomes of s, and how it is answered if it is dropped.
func (b Block) Judge(s Segment) (Verdict, Answer) {
	v := b.judge(s)
	return map[fate]Verdict{taken: Taken, dropped: Dropped, reset: Ends}[v.fate], v.answer
}

// WithUnread is the block of an endpoint whose program has, or has not, left
// something unread: a segment that goes on beyond the window is then not taken.
func (b Block) WithUnread(unread bool) Block {
	b.unread = unread
	return b
}

// Child reports whether a segment that was dropped has changed all the same how
// the next ones are judged: see becomesChild.
func (b Block) Child() bool { return b.child }
