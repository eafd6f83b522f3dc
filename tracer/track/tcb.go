package track

import "sockplay/tracer"

// TCB is the connection's control block as its calls and packets tell it; ok is
// false if there is no connection. It has no more than the two sequence spaces.
func (t *Tracker) TCB(e *Endpoint) (b tracer.TCB, ok bool) {
	if e.Proto != "tcp" || !e.Remote.IsValid() {
		return b, false
	}
	v := e.block.Vars()
	if !v.Send {
		return b, false
	}
	b.State = e.State()
	b.SndUna, b.SndNxt, b.FinSent = tracer.Know(v.SndUna), tracer.Know(v.SndNxt), v.FinSent
	if v.Offered {
		b.SndWnd = tracer.Know(int(v.SndWnd))
	}
	if v.Receive {
		b.RcvNxt, b.FinCame = tracer.Know(v.RcvNxt), v.FinCame
		b.Early = v.Early
	}
	if v.Told {
		b.RcvWnd = tracer.Know(int(v.RcvWnd))
	}
	t.Relate(e, &b)
	return b, true
}

// Relate makes the absolute numbers of a connection's control block relative, as
// its packets show them. What cannot be made so is not known any more.
func (t *Tracker) Relate(e *Endpoint, b *tracer.TCB) {
	f := t.flows[flowKey(e.Local, e.Remote)]
	if f == nil {
		b.SndUna, b.SndNxt, b.RcvNxt, b.Early = tracer.Known[uint32]{}, tracer.Known[uint32]{}, tracer.Known[uint32]{}, nil
		return
	}
	dir := 0
	if flowKey(e.Local, e.Remote).local != e.Local {
		dir = 1
	}
	here, there := f.halves(dir)
	for _, n := range []struct {
		of *half
		n  *tracer.Known[uint32]
	}{{here, &b.SndUna}, {here, &b.SndNxt}, {there, &b.RcvNxt}} {
		if n.n.OK = n.n.OK && n.of.known; n.n.OK {
			n.n.Value = n.of.relative(n.n.Value)
		}
	}
	for i := range b.Early {
		for edge := range b.Early[i] {
			b.Early[i][edge] = there.relative(b.Early[i][edge])
		}
	}
}
