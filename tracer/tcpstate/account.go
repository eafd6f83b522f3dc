package tcpstate

import (
	"fmt"
	"strings"
)

// Account tells what the endpoint would make of s, if it were delivered now, and
// what it would answer: a phrase as in a Transition, with the section of the RFC
// that says so. It is told also of what is answered by silence.
func (b Block) Account(s Segment) string {
	switch v := b.judge(s); {
	case v.fate == reset && s.has(RST) && !strings.Contains(v.why, "(RFC"):
		return v.why + " (RFC 5961 3.2)"
	case v.fate != taken:
		return v.why
	}
	if b.State() == Listen {
		return "a SYN for a listener: it makes a connection of it, and answers SYN-ACK (RFC 9293 3.10.7.2)"
	}
	after, moves := b.Delivered(s)
	var parts []string
	tell := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	for _, m := range moves {
		tell("%s", m.Why)
	}
	if b.State() == SynSent { // what else is in it is not looked at
		return strings.Join(parts, "; ")
	}
	if n := after.sndUna - b.sndUna; len(moves) == 0 && n > 0 && after.State() != Closed {
		tell("acknowledges %s", count(n))
	}
	if text := b.accountOfText(s, after); text != "" {
		tell("%s", text)
	}
	if len(parts) == 0 {
		switch {
		case uint32(s.Win) > b.maxSndWnd:
			tell("offers a larger window, and nothing else is new: no answer")
		default:
			tell("nothing new in it: no answer (RFC 9293 3.10.7.4)")
		}
	}
	return strings.Join(parts, "; ")
}

// accountOfText tells what becomes of the segment's data and FIN; "" if it has
// none, or if the state says it all.
func (b Block) accountOfText(s Segment, next Block) string {
	const rule = "(RFC 9293 3.10.7.4)"
	switch {
	case s.end() == s.Seq:
		return ""
	case s.Len == 0 && next.rcvNxt != b.rcvNxt: // a FIN that counts: the move tells it
		return ""
	case next.State() == Closed, next.State() == TimeWait && b.State() == Closing:
		return ""
	case b.State() == FinWait1 && next.State() == FinWait2 && b.orphan && !after(s.dataEnd(), b.rcvNxt): // a stub takes its place
		return ""
	}
	switch b.State() {
	case Established, SynReceived:
	case FinWait1, FinWait2:
		if b.noRead && after(s.dataEnd(), b.rcvNxt) {
			return "nobody here will read its data any more: answered with a RST (RFC 9293 3.6.1)"
		}
	default:
		switch {
		case !before(s.Seq, b.rcvNxt):
			return "after the FIN nothing can follow: ignored " + rule
		case after(s.dataEnd(), b.rcvNxt):
			return "goes on beyond the FIN, which cannot be: answered with a RST (RFC 9293 3.6.1)"
		}
	}
	switch {
	case !after(s.end(), b.rcvNxt):
		return "a duplicate: all of it has come before; answered with an ACK " + rule
	case b.beyond(s):
		return "what it carries is beyond the window, and not taken: answered with an ACK " + rule
	case after(s.Seq, b.rcvNxt) && s.Len == 0:
		return "a FIN with a gap before it: kept, and the ACK says what is missing " + rule
	case after(s.Seq, b.rcvNxt):
		return fmt.Sprintf("kept until the %s before it come; the ACK says what is missing %s", count(s.Seq-b.rcvNxt), rule)
	}
	fresh := s.dataEnd() - b.rcvNxt
	switch {
	case s.Seq == b.rcvNxt && s.Len > 0:
		return fmt.Sprintf("taken: %s, in order; answered with an ACK %s", count(fresh), rule)
	case fresh > 0:
		return fmt.Sprintf("an overlap: of its %s the last %d, which are new, are taken %s", count(uint32(s.Len)), fresh, rule)
	case s.Len > 0:
		return "its data has come before, and only the FIN is new " + rule
	}
	return ""
}

// count is so many octets, in words.
func count(n uint32) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// Expects is the number that the endpoint waits for: RCV.NXT. ok is false if it
// has not heard from its peer.
func (b Block) Expects() (n uint32, ok bool) {
	switch b.State() {
	case Closed, Listen, SynSent:
		return 0, false
	}
	return b.rcvNxt, true
}

// Next is the number of what the endpoint will send next, SND.NXT, and Unacked
// how much of what it has sent is not acknowledged; SYN and FIN count one each.
// ok is false if it has sent nothing.
func (b Block) Next() (n uint32, ok bool) {
	switch b.State() {
	case Closed, Listen:
		return 0, false
	}
	return b.sndNxt, true
}

// Unacked is how many numbers the endpoint has sent that its peer has not
// acknowledged.
func (b Block) Unacked() uint32 {
	if _, ok := b.Next(); !ok {
		return 0
	}
	return b.sndNxt - b.sndUna
}

// Acked is the first number that the peer has not acknowledged: SND.UNA.
func (b Block) Acked() uint32 { return b.sndUna }

// Limit is the first number beyond the receive window.
func (b Block) Limit() uint32 { return b.rcvEnd() }

// Reads reports whether anybody will read what the peer sends: the socket is
// neither closed nor shut down for reading.
func (b Block) Reads() bool { return !b.noRead }

// Took reports whether data of the peer's has been taken.
func (b Block) Took() bool { return b.took }
