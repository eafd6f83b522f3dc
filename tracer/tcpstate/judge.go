package tcpstate

// fate is what becomes of a delivered segment.
type fate int

const (
	taken   fate = iota // it counts
	dropped             // it moves nothing, though it may be answered
	reset               // it ends the connection
)

// Answer is what a segment that moves nothing is answered with.
type Answer int

// The answers.
const (
	NoAnswer     Answer = iota
	AnswerAck           // <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>
	AnswerRst           // a RST that takes the ACK for its number
	AnswerSynAck        // the SYN-ACK again
)

// verdict is the fate of a segment, the reason unless it is taken, and what it
// is answered with if it is dropped.
type verdict struct {
	fate   fate
	why    string
	answer Answer
}

func drop(a Answer, why string) verdict { return verdict{dropped, why, a} }
func resets(why string) verdict         { return verdict{reset, why, NoAnswer} }

// Refuses tells why s, if it were delivered now, would be dropped: a phrase as
// in a Transition. It is "" if s would count.
func (b Block) Refuses(s Segment) string {
	if v := b.judge(s); v.fate == dropped {
		return v.why
	}
	return ""
}

// judge applies the checks that RFC 9293 makes on a segment before it looks at
// its ACK, data and FIN.
func (b Block) judge(s Segment) verdict {
	switch state := b.State(); {
	case state == Closed && s.has(RST):
		return drop(NoAnswer, "no connection here, and a RST is never answered (RFC 9293 3.10.7.1)")
	case state == Closed:
		return drop(AnswerRst, "no connection here: answered with a RST (RFC 9293 3.10.7.1)")
	case state == Listen:
		return judgeListen(s)
	case state == SynSent:
		return b.judgeSynSent(s)
	case state == SynReceived && b.passive && !b.child:
		return b.judgeRequest(s)
	case state == FinWait2 && b.orphan && !b.whole:
		return b.judgeAbandoned(s)
	case state == TimeWait:
		return b.judgeTimeWait(s)
	}
	return b.judgeOpen(s)
}

// judgeListen is RFC 9293 3.10.7.2.
func judgeListen(s Segment) verdict {
	switch {
	case s.has(RST):
		return drop(NoAnswer, "a listener has nothing that a RST could end: ignored (RFC 9293 3.10.7.2)")
	case s.has(ACK):
		return drop(AnswerRst, "a listener has sent nothing to acknowledge: answered with a RST (RFC 9293 3.10.7.2)")
	case !s.has(SYN):
		return drop(NoAnswer, "only a SYN opens a connection: ignored (RFC 9293 3.10.7.2)")
	case s.has(FIN): // Linux
		return drop(NoAnswer, "a SYN that is a FIN too makes no sense: ignored (RFC 9293 3.10.7.2 would take it)")
	}
	return verdict{}
}

// judgeSynSent is RFC 9293 3.10.7.3.
func (b Block) judgeSynSent(s Segment) verdict {
	switch {
	case s.has(ACK) && (!after(s.Ack, b.sndUna) || b.ackOfUnsent(s)):
		if s.has(RST) {
			return drop(NoAnswer, "this RST does not acknowledge our SYN: ignored (RFC 9293 3.10.7.3)")
		}
		return drop(AnswerRst, "acknowledges what was never sent: answered with a RST (RFC 9293 3.5.2)")
	case s.has(RST) && s.has(ACK):
		return resets("got RST that acknowledges our SYN: the connection is refused")
	case s.has(RST):
		return drop(NoAnswer, "a RST must acknowledge our SYN to count: ignored (RFC 9293 3.10.7.3)")
	case !s.has(SYN):
		return drop(NoAnswer, "only a SYN can answer a SYN: ignored (RFC 9293 3.10.7.3)")
	}
	return verdict{}
}

// judgeRequest is SYN-RECEIVED after a passive open (RFC 9293 3.10.7.4), for
// which Linux keeps a small request in place of a socket.
func (b Block) judgeRequest(s Segment) verdict {
	switch irs := b.rcvNxt - 1; {
	case b.orphan:
		return resets("the listener was closed: nobody can accept this connection")
	case s.has(RST) && s.Seq == b.rcvNxt:
		return resets("got RST: this connection is off; the listener goes on listening")
	case s.has(RST) && b.overlaps(s):
		return drop(AnswerAck, "a RST inside the window, but not next in line: a challenge ACK (RFC 5961 3.2)")
	case s.has(RST):
		return drop(NoAnswer, "a RST outside the receive window: ignored (RFC 5961 3.2)")
	case s.Seq == irs && s.has(SYN) && !s.has(ACK):
		return drop(AnswerSynAck, "the same SYN again: answered with the same SYN-ACK (RFC 9293 3.8.1)")
	case s.has(ACK) && s.Ack != b.sndNxt:
		return drop(AnswerRst, "does not acknowledge our SYN: answered with a RST (RFC 9293 3.5.2)")
	case !b.overlaps(s):
		return drop(AnswerAck, "outside the receive window: answered with an ACK (RFC 9293 3.10.7.4)")
	case s.has(SYN) && s.Seq != irs:
		return resets("got another SYN inside the window: this connection is off (RFC 9293 3.10.7.4)")
	case s.has(SYN):
		return drop(AnswerAck, "the same SYN again, with an ACK: answered with an ACK (RFC 5961 4.2)")
	case !s.has(ACK):
		return drop(NoAnswer, "carries no ACK: ignored without a word (RFC 9293 3.10.7.4)")
	}
	return verdict{}
}

// becomesChild reports whether s, a SYN-ACK that repeats the peer's SYN with
// something new behind it, has Linux make a socket of its request, which it then
// does not open. What comes next is judged as for any other socket.
func (b Block) becomesChild(s Segment) bool {
	return b.State() == SynReceived && b.passive && !b.orphan && s.has(SYN) && s.has(ACK) && !s.has(RST) &&
		s.Seq == b.rcvNxt-1 && s.Ack == b.sndNxt && b.overlaps(s)
}

// judgeOpen is RFC 9293 3.10.7.4, for the synchronized states and for
// SYN-RECEIVED after an active open. There Linux takes an ACK that equals
// SND.UNA too, which RFC 9293 answers with a RST.
func (b Block) judgeOpen(s Segment) verdict {
	switch {
	case s.has(RST):
		return b.judgeReset(s)
	case !s.has(ACK | SYN):
		return drop(NoAnswer, "carries no ACK: ignored without a word (RFC 9293 3.10.7.4)")
	case s.has(SYN):
		if !b.isCrossedSynAck(s) {
			return drop(AnswerAck, "a SYN on an open connection: answered with a challenge ACK (RFC 5961 4.2)")
		}
	case !b.acceptable(s):
		return drop(AnswerAck, "outside the receive window: answered with an ACK (RFC 9293 3.10.7.4)")
	}
	switch {
	case b.State() == SynReceived && (before(s.Ack, b.sndUna) || b.ackOfUnsent(s)):
		return drop(AnswerRst, "does not acknowledge our SYN: answered with a RST (RFC 9293 3.5.2)")
	case b.ackOfUnsent(s):
		return drop(AnswerAck, "acknowledges what was never sent: answered with an ACK, and dropped (RFC 9293 3.10.7.4)")
	case b.ackTooOld(s):
		return drop(AnswerAck, "its ACK is too old to be true: answered with an ACK (RFC 5961 5.2)")
	}
	return verdict{}
}

// isCrossedSynAck reports whether s is the SYN-ACK that ends a simultaneous
// open (RFC 9293 figure 7). It repeats the SYN that came before it, and so
// begins before the window; Linux lets it pass all the same.
func (b Block) isCrossedSynAck(s Segment) bool {
	return b.State() == SynReceived && s.has(ACK) && s.Ack == b.sndNxt &&
		s.Seq+1 == b.rcvNxt && s.end() == b.rcvNxt
}

// judgeReset is the check on a RST of RFC 5961 3.2, which RFC 9293 3.10.7.4
// took over: only the exact number ends the connection, so that a forger has to
// guess it. Linux takes two more numbers: after the peer's FIN the FIN's own,
// since some stacks send a FIN and then a RST with the same number; and, where
// SACK is agreed on, the end of the last block that came out of order, which a
// peer that got our SACK may take for our RCV.NXT.
func (b Block) judgeReset(s Segment) verdict {
	why := "got RST: the peer has given the connection up"
	if s.Seq == b.rcvNxt-1 {
		switch b.State() {
		case CloseWait, LastAck, Closing:
			return resets(why)
		}
	}
	if !b.acceptable(s) {
		return drop(NoAnswer, "a RST outside the receive window: ignored (RFC 5961 3.2)")
	}
	if end, ok := b.early.last(); s.Seq == b.rcvNxt || ok && s.Seq == end && !b.noSACK {
		return resets(why)
	}
	return drop(AnswerAck, "a RST inside the window, but not next in line: a challenge ACK (RFC 5961 3.2)")
}

// judgeAbandoned is FIN-WAIT-2 after close, for which Linux keeps a stub that
// can take nothing but the peer's FIN: it sends a RST for data, and so ends. If
// the ACK of our FIN came with a FIN, Linux keeps the socket, so as not to lose it.
func (b Block) judgeAbandoned(s Segment) verdict {
	switch {
	case !b.overlaps(s):
		return drop(AnswerAck, "outside the receive window: answered with an ACK (RFC 9293 3.10.7.4)")
	case s.has(RST): // anywhere inside the window
		return resets("got RST: the peer has given the connection up")
	case s.has(SYN) && !before(s.Seq, b.rcvNxt):
		return drop(AnswerRst, "a SYN for a connection that nobody owns any more: answered with a RST")
	case !s.has(ACK):
		return drop(NoAnswer, "carries no ACK: ignored without a word (RFC 9293 3.10.7.4)")
	case s.end() == s.Seq || !after(s.end(), b.rcvNxt):
		return drop(NoAnswer, "nothing new in it, and only the FIN is waited for: no answer")
	case !s.has(FIN) || s.dataEnd() != b.rcvNxt:
		return drop(AnswerRst, "data that nobody here will read any more: answered with a RST (RFC 9293 3.6.1)")
	}
	return verdict{}
}

// judgeTimeWait is TIME-WAIT. That a RST ends it is RFC 9293's rule and Linux's
// default (tcp_rfc1337 = 0); RFC 1337 calls it TIME-WAIT assassination.
func (b Block) judgeTimeWait(s Segment) verdict {
	switch {
	case s.has(RST) && s.Seq == b.rcvNxt:
		return resets("got RST: TIME-WAIT ends early (RFC 1337)")
	case s.has(RST):
		return drop(NoAnswer, "a RST with another number than the next in line: ignored (RFC 5961 3.2)")
	case s.has(SYN) && !s.has(ACK) && after(s.Seq, b.rcvNxt):
		return drop(NoAnswer, NewSyn)
	case s.Seq == b.rcvNxt && s.end() == s.Seq:
		return drop(NoAnswer, "nothing new in it: no answer (RFC 9293 3.10.7.4)")
	case s.has(FIN):
		return drop(AnswerAck, "the FIN again: our ACK is sent again and the wait starts anew (RFC 9293 3.10.7.4)")
	case s.has(SYN) && !s.has(ACK):
		return drop(AnswerAck, "a SYN that is no newer than the old connection: answered with an ACK (RFC 9293 3.6.1)")
	}
	return drop(AnswerAck, "both sides are done: answered with the last ACK again (RFC 9293 3.10.7.4)")
}

// NewSyn is what Refuses says of a SYN to an endpoint in TIME-WAIT that a
// listener may take in its place.
const NewSyn = "a SYN beyond the old numbers: a listener takes it, and TIME-WAIT ends (RFC 9293 3.6.1)"
