package sandbox

import (
	"sockplay/tracer"
	"sockplay/tracer/track"
)

// Inspect tells how a socket stands, open or closed, and, of one end of a
// connection, its control block: what the stack says and, where it says nothing,
// what the calls and packets have told the tracer. The block is nil for all that
// is no connection.
func (s *Sandbox) Inspect(e *track.Endpoint) (row tracer.Socket, b *tracer.TCB) {
	b = s.TCB(e)
	if p := s.Process(e.Process); p != nil && p.files[e.FD] != nil && p.files[e.FD].end == e {
		row = s.open(p, e.FD)
		if b != nil {
			b.RecvQ = tracer.Know(row.RecvQ)
		}
		return row, b
	}
	if b != nil { // nobody will read it any more
		b.RecvQ = tracer.Known[int]{}
	}
	row = s.row(e)
	row.Process, row.Type = e.Process, e.Proto
	if row.Type == "tcp" && e.Local.Addr().Is6() {
		row.Type = "tcp6"
	}
	return row, b
}

// Accounts are the control block of a connection's end as the calls and packets
// have told it to the tracer, and as its stack has it. tracked is false if there
// is no connection, has if the stack has none, or none any more.
func (s *Sandbox) Accounts(e *track.Endpoint) (ours, theirs tracer.TCB, tracked, has bool) {
	if ours, tracked = s.track.TCB(e); !tracked {
		return ours, theirs, false, false
	}
	if theirs, has = s.stack.TCB(e.Local, e.Remote); has {
		s.track.Relate(e, &theirs)
	}
	return ours, theirs, true, has
}

// TCB is the control block of a connection's end, nil if there is no connection.
// The stack's own account counts for more than the tracer's.
func (s *Sandbox) TCB(e *track.Endpoint) *tracer.TCB {
	ours, theirs, tracked, has := s.Accounts(e)
	if !tracked {
		return nil
	}
	b := &theirs
	b.State, b.FinSent, b.FinCame, b.Early = ours.State, ours.FinSent, ours.FinCame, ours.Early
	b.SndUna, b.SndNxt, b.SndWnd = b.SndUna.Or(ours.SndUna), b.SndNxt.Or(ours.SndNxt), b.SndWnd.Or(ours.SndWnd)
	b.RcvNxt, b.RcvWnd = b.RcvNxt.Or(ours.RcvNxt), b.RcvWnd.Or(ours.RcvWnd)
	b.Shortened = b.Shortened || !has
	if flight := b.InFlight(); b.Unsent.OK && flight.OK { // stacks count SYN and FIN or do not
		b.SendQ = tracer.Know(b.Unsent.Value + dataOf(b, flight.Value))
	}
	for i := range b.Timers {
		b.Timers[i].Does = timerName(TimerKind(b.Timers[i].Kind), e)
	}
	return b
}

// dataOf is how many of the numbers in flight are data, and no SYN or FIN.
func dataOf(b *tracer.TCB, flight int) int {
	if flight > 0 && b.SndUna.Value == 0 {
		flight--
	}
	if flight > 0 && b.FinSent {
		flight--
	}
	return flight
}
