package ladder

import "sockplay/tracer"

// oddity is what makes a packet worth a word of its own. Most follow from the
// packets alone, so that a capture has them too.
type oddity int

const (
	ordinary  oddity = iota
	refusal          // the RST that answers a SYN: the row of that SYN tells it
	cutOff           // any other RST
	sentAgain        // all of it was sent before
	closed           // it closes its sender's window,
	stillClosed
	reopened
	windowProbe
	keepalive
	duplicate // an ACK that says again what is missing
	challenge // an ACK that answers an RST or SYN in doubt (RFC 5961)
	icmpError
	malformed
	fragment // the first of a datagram
	copied   // these two follow from what was done on the wire
	heldUp
	forged
)

// told reports whether the reason of such a packet is told at any width.
func (o oddity) told() bool { return o != ordinary && o != refusal && o != stillClosed }

// winWord is what a packet says with its window.
type winWord int

const (
	winNothing winWord = iota
	winStop
	winGo   // open again
	winMore // larger than before, and nothing else is new
)

// numbers is what must be known of what an end has sent.
type numbers struct {
	sent   bool   // something that takes up sequence numbers,
	next   uint32 // the highest of which comes before this
	synack bool   // a SYN-ACK
	acked  bool   // an acknowledgement: the last one, and its window
	ack    uint32
	win    int
	zero   bool // its window is closed
}

// opens reports whether p asks for a connection.
func opens(p *tracer.Packet) bool { return p.Has("SYN") && !p.Has("ACK") }

// notice finds out what is odd about the row's packet, and notes its numbers.
func (l *Ladder) notice(b *batch, r *row) {
	p := r.packet
	switch {
	case p.Malformed != "":
		r.odd = malformed
		return
	case p.Fragment():
		if p.FragOffset == 0 {
			r.odd = fragment
		}
		return
	case p.About != "":
		r.odd = icmpError
		return
	case r.born >= 0 && b.events[r.born].Fate == tracer.Injected:
		l.forged(r)
		return
	case p.Proto != "tcp" || r.born < 0:
		return
	}
	e := &b.events[r.born]
	if e.Fate != tracer.Sent && e.Fate != tracer.Captured {
		return
	}
	near, far := &r.conn.ends[r.from], &r.conn.ends[r.from.other()]
	if r.conn.self() {
		far = near
	}
	cause := &tracer.Event{}
	if j := b.find(e.Cause); e.Cause != 0 && j >= 0 {
		cause = &b.events[j]
	}
	if p.Has("RST") {
		r.odd = cutOff
		asked := far.sent && far.next == 1 && !near.sent || cause.Packet != nil && opens(cause.Packet)
		if p.Has("ACK") && asked {
			r.odd = refusal
		}
		return
	}
	r.odd = near.odd(far, e, cause)
	if near.sends(p) && r.odd != windowProbe {
		r.odd, r.words = sentAgain, append(r.words, "again")
	}
	if p.Has("ACK") {
		was, said := near.zero, near.acked && near.ack == p.Ack && near.win < p.WScaled
		near.acked, near.ack, near.win, near.zero = true, p.Ack, p.WScaled, p.Win == 0
		switch {
		case near.zero:
			r.win = winStop
			if r.odd == ordinary && was {
				r.odd = stillClosed
			} else if r.odd == ordinary || r.odd == duplicate {
				r.odd = closed
			}
		case was:
			r.win = winGo
			if r.odd == ordinary || r.odd == duplicate {
				r.odd = reopened
			}
		case said && kindOf(p) == tracer.ACK && r.odd == ordinary:
			r.win = winMore
		}
	}
}

// forged notes the numbers of what a learner has sent as a peer: the answers go
// by them. What only claims to come from a socket says nothing of that.
func (l *Ladder) forged(r *row) {
	r.odd = forged
	if p := r.packet; p.Proto == "tcp" && p.Sender == tracer.You {
		near := &r.conn.ends[r.from]
		near.sends(p)
		if p.Has("ACK") {
			near.acked, near.ack, near.win, near.zero = true, p.Ack, p.WScaled, p.Win == 0
		}
	}
}

// odd finds probes and the ACKs that are special. e is the event of a segment
// of e's, and cause what brought it about, as far as the batch has that.
func (e *end) odd(far *end, ev, cause *tracer.Event) oddity {
	p := ev.Packet
	captured := ev.Fate == tracer.Captured
	byItself := captured || ev.Cause == 0
	pure := kindOf(p) == tracer.ACK
	old := e.sent && int32(p.Seq-e.next) < 0
	switch {
	case byItself && far.zero && (pure && old || p.Len == 1 || p.Len > 0 && old):
		return windowProbe
	case byItself && pure && old && p.Seq+1 == e.next:
		return keepalive
	case !pure:
	case cause.Packet != nil && (opens(cause.Packet) || cause.Packet.Has("RST")):
		return challenge
	case e.acked && p.Ack == e.ack && far.sent && int32(far.next-p.Ack) > 0 && cause.Kind != tracer.KindCall &&
		(p.WScaled == e.win || !byItself && p.Options != nil && len(p.Options.SACK) > 0):
		return duplicate
	}
	return ordinary
}

// sends notes which sequence numbers p takes up, and reports whether it has
// nothing that was not sent before.
func (e *end) sends(p *tracer.Packet) (again bool) {
	n := uint32(p.Len)
	for _, f := range []string{"SYN", "FIN"} { // each takes up one (RFC 9293 3.4)
		if p.Has(f) {
			n++
		}
	}
	if n == 0 {
		return false
	}
	if p.Has("SYN") && p.Has("ACK") && !e.synack {
		// Who has sent a SYN and is sent one repeats it, to acknowledge that.
		e.synack, e.sent, e.next = true, true, p.Seq+n
		return false
	}
	after := p.Seq + n
	if e.sent && int32(after-e.next) <= 0 {
		return true
	}
	e.sent, e.next = true, after
	return false
}
