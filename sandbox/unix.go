package sandbox

import (
	"context"
	"fmt"
	"slices"

	"sockplay/tracer"
	"sockplay/tracer/track"
)

// unixEnd is what the sandbox knows of a unix socket: who has it, its address
// and its peer. No packet tells of these; they follow from the calls, on every
// stack alike.
type unixEnd struct {
	end      *track.Endpoint // the process and descriptor; nil until it is accepted
	path     string          // what it is bound to, or its listener was; "" for none
	peer     *unixEnd        // nil for none, or one that is no process's of the sandbox
	remote   string          // of a datagram socket: the address that it is connected to
	listens  bool
	waiting  []*unixEnd // of a listener: those that nobody has accepted
	listener *unixEnd   // in whose backlog it waits
}

// unixName is an address in the table of those that are bound. A stream and a
// datagram socket may have the same one, if it is no file.
type unixName struct {
	kind Kind
	path string
}

// String names the socket as process:fd; the process alone if it waits to be
// accepted there; "" if nobody of the sandbox has it.
func (u *unixEnd) String() string {
	switch {
	case u == nil:
		return ""
	case u.end != nil && u.end.FD != 0:
		return fmt.Sprintf("%s:%d", u.end.Process, u.end.FD)
	case u.listener != nil && u.listener.end.FD != 0:
		return u.listener.end.Process
	}
	return ""
}

// Socketpair is socketpair(2).
func (p *Process) Socketpair(ctx context.Context, k Kind) Outcome {
	c := &call{name: "socketpair"}
	c.try = func() (tracer.Result, error) {
		first := p.freeFD(firstFD)
		second := p.freeFD(first + 1)
		if first == 0 || second == 0 {
			return tracer.Result{}, EMFILE
		}
		a, b, err := p.sandbox.stack.Socketpair(k)
		if err != nil {
			return tracer.Result{}, err
		}
		f, g := p.newFile(k, a), p.newFile(k, b)
		f.unix.peer, g.unix.peer = g.unix, f.unix
		p.install(first, f)
		p.install(second, g)
		return tracer.Result{FDs: []int{first, second}}, nil
	}
	return p.begin(ctx, c, string(k))
}

// unixBound says that f is bound to a.
func (s *Sandbox) unixBound(f *file, a Addr) {
	f.unix.path = a.Path
	if s.unix == nil {
		s.unix = make(map[unixName]*unixEnd)
	}
	s.unix[unixName{f.kind, a.Path}] = f.unix
}

// unixConnected says that f is connected to a: a stream waits there for accept
// as a new socket.
func (s *Sandbox) unixConnected(f *file, a Addr) {
	there := s.unix[unixName{f.kind, a.Path}]
	if f.kind != Unix {
		f.unix.peer, f.unix.remote = there, a.Path
		return
	}
	f.unix.peer = &unixEnd{path: a.Path, peer: f.unix, listener: there}
	if there != nil {
		there.waiting = append(there.waiting, f.unix.peer)
	}
}

// unixAccepted is the socket that accept has taken out of f's backlog: the
// oldest.
func (s *Sandbox) unixAccepted(f *file) *unixEnd {
	u := f.unix
	if len(u.waiting) == 0 { // a program has called
		return &unixEnd{path: u.path}
	}
	next := u.waiting[0]
	u.waiting = u.waiting[1:]
	next.listener = nil
	return next
}

// unixClosed says that f is closed.
func (s *Sandbox) unixClosed(f *file) {
	if key := (unixName{f.kind, f.unix.path}); s.unix[key] == f.unix {
		delete(s.unix, key)
	}
}

// cross records that data has crossed from f to its peer or, of a datagram, to
// the address to.
func (s *Sandbox) cross(f *file, to Addr, data []byte, cause int64) {
	u := f.unix
	s.moved = true
	there, dst := u.peer, u.remote
	switch {
	case to.Path != "":
		there, dst = s.unix[unixName{f.kind, to.Path}], to.Path
	case there != nil:
		dst = there.path
	}
	x := &tracer.Crossing{
		Proto: string(f.kind), Src: u.path, Dst: dst, Sender: u.String(), Receiver: there.String(), Data: slices.Clone(data),
	}
	text := fmt.Sprintf("%d bytes cross", len(data))
	switch {
	case len(data) == 1:
		text = "1 byte crosses"
	case len(data) == 0:
		text = "an empty datagram crosses"
	}
	receiver := x.Receiver
	switch {
	case there != nil && there.end == nil && dst != "":
		receiver = dst + " (not yet accepted)"
	case receiver == "" && dst != "":
		receiver = dst
	case receiver == "":
		receiver = "its peer, a program"
	}
	s.log.Add(tracer.Event{
		At: s.stack.Now(), Cause: cause, Kind: tracer.KindNote, Crossing: x,
		Text: fmt.Sprintf("%s: %s → %s", text, x.Sender, receiver),
	})
}

// unixRow fills in a unix socket's part of the table of sockets.
func (f *file) unixRow(row *tracer.Socket) {
	u := f.unix
	if u.path != "" {
		row.Local = u.path
	}
	switch peer := u.peer; {
	case u.listens:
		row.State = "LISTEN"
	case u.remote != "":
		row.Remote = u.remote
	case peer == nil:
	case peer.path != "":
		row.Remote = peer.path
	case peer.String() != "":
		row.Remote = peer.String()
	default:
		row.Remote = "(closed)"
	}
}
