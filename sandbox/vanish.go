package sandbox

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"sockplay/sandbox/wire"
	"sockplay/tracer"
	"sockplay/tracer/packet"
	"sockplay/tracer/track"
)

// lostHost is a host that has vanished: what is sent to the places where it had
// sockets is lost, and nothing comes from there, until somebody is there again.
type lostHost struct {
	processes []string // that ran on it
	places    []place
}

// place is where a socket was. A remote that is the zero AddrPort is none.
type place struct {
	proto         string
	local, remote netip.AddrPort
}

func placeOf(e *track.Endpoint) place { return place{e.Proto, e.Local, e.Remote} }

// covers reports whether address a is, or is among, b.
func covers(b, a netip.AddrPort) bool {
	return b.Port() == a.Port() && (b.Addr() == a.Addr() || b.Addr().IsUnspecified())
}

// Host lists the processes that run on p's host, p first: those with which it
// shares sockets, and those that a program has forked, since fork makes no
// process on another host. All others are taken to be elsewhere.
func (p *Process) Host() []*Process {
	host := []*Process{p}
	for i := 0; i < len(host); i++ {
		near := host[i].Children()
		if up := host[i].Parent(); up != nil {
			near = append(near, up)
		}
		for _, f := range host[i].files {
			near = append(near, host[i].others(f)...)
		}
		for _, q := range near {
			if !slices.Contains(host, q) {
				host = append(host, q)
			}
		}
	}
	slices.SortStableFunc(host[1:], func(a, b *Process) int { return slices.Index(p.sandbox.procs, a) - slices.Index(p.sandbox.procs, b) })
	return host
}

// Programs lists the real programs that run in the process.
func (p *Process) Programs() (names []string) {
	for _, g := range p.sandbox.programs.of(p.name) {
		names = append(names, g.name)
	}
	return names
}

// Vanish takes the process's host away, as an effect of the event cause, as if
// its plug were pulled: its sockets are no more, and nobody is told. What is
// sent to them from now on is lost. Its unix sockets, whose peers are on that
// very host, are closed as at the end of a process. No program may run there:
// nothing keeps one from sending a last word.
func (p *Process) Vanish(ctx context.Context, cause int64) {
	s, host := p.sandbox, p.Host()
	s.remark(cause, p.obituary(host))
	lost := &lostHost{}
	var ends []*track.Endpoint
	var socks []Socket
	for _, q := range host {
		lost.processes = append(lost.processes, q.name)
		q.abandon(vanished)
		for _, fd := range q.FDs() {
			f := q.files[fd]
			if f.kind.Unix() {
				_, err := q.release(fd, cause)
				s.fail(err)
			} else if s.waits.closed(f); !slices.Contains(ends, f.end) {
				ends, socks = append(ends, f.end), append(socks, f.sock)
			}
		}
		clear(q.files)
	}
	for _, e := range s.track.Connections() { // those without a descriptor: closed, or not accepted yet
		if e.FD == 0 && slices.Contains(lost.processes, e.Process) || slices.Contains(ends, e.Listener()) {
			ends = append(ends, e)
		}
	}
	for _, e := range ends {
		if e.Local.Port() != 0 {
			lost.places = append(lost.places, placeOf(e))
		}
	}
	s.vanished = append(s.vanished, lost)
	for _, e := range ends {
		s.track.Vanish(e, cause)
	}
	// What the stack sends for them now is never seen: see quietLink.
	for _, sock := range socks {
		sock.Setsockopt(SO_LINGER, 0)
		s.fail(sock.Close())
	}
	for _, place := range lost.places {
		if place.proto == "tcp" && place.remote.IsValid() {
			s.stack.Destroy(place.local, place.remote)
		}
	}
	s.collect(cause)
	s.retry(cause)
	s.check()
	s.settle(ctx)
}

// obituary tells what goes with the host.
func (p *Process) obituary(host []*Process) string {
	text := p.name + "'s host vanishes, as if its plug were pulled: "
	sockets, unix := 0, 0
	for i, q := range host {
		for _, f := range q.files {
			if f.kind.Unix() {
				unix++
			} else if !slices.ContainsFunc(host[:i], func(r *Process) bool { return r.number(f) != 0 }) {
				sockets++
			}
		}
	}
	if sockets == 0 {
		text += "it had no socket that anybody could miss"
	} else {
		text += counted(sockets, "socket is", "sockets are") + " gone without a packet, so that no peer is told; whatever is sent there is lost"
	}
	if len(host) > 1 {
		if p.driver != nil {
			text += "; with it goes what was forked there: " + enumerated(host[1:])
		} else {
			text += fmt.Sprintf("; %s, which shares its sockets, is on that host too", enumerated(host[1:]))
		}
	}
	if unix > 0 {
		text += "; its unix sockets are closed as by kill, since their peers are on the same host"
	}
	text += fmt.Sprintf("; process %s starts the host again", p.name)
	return text
}

// silence says why nothing comes back from local to remote: a host that has
// vanished was there, and nobody is now. It is "" if somebody may answer.
func (s *Sandbox) silence(proto string, local, remote netip.AddrPort) string {
	for _, h := range s.vanished {
		for _, p := range h.places {
			if p.proto == proto && covers(p.local, local) && (p.remote == remote || s.track.Socket(proto, local, remote) == nil) {
				return h.processes[0] + "'s host has vanished: nobody answers"
			}
		}
	}
	return ""
}

// doom has a packet lost if nobody is where it goes.
func (s *Sandbox) doom(p *wire.Packet) {
	if why := s.silence(p.Header.Proto, p.Header.Dst, p.Header.Src); why != "" {
		p.Lost, p.Why = true, why
	}
}

// occupied says that a socket has come to the address, where the learner can be
// no longer.
func (s *Sandbox) occupied(local netip.AddrPort) {
	local = netip.AddrPortFrom(local.Addr().Unmap(), local.Port())
	s.evict(local)
	for _, name := range s.revive(local) {
		s.Note(fmt.Sprintf("%s is in use again: %s's host is up there, and knows nothing of its old connections", local, name))
	}
}

// revive says that somebody has come to the address: what is sent there is no
// longer lost. It names the processes whose host has vanished from there.
func (s *Sandbox) revive(local netip.AddrPort) (names []string) {
	for _, h := range s.vanished {
		n := len(h.places)
		h.places = slices.DeleteFunc(h.places, func(p place) bool { return covers(p.local, local) || covers(local, p.local) })
		if len(h.places) < n {
			names = append(names, h.processes[0])
		}
	}
	s.vanished = slices.DeleteFunc(s.vanished, func(h *lostHost) bool { return len(h.places) == 0 })
	return names
}

// rebooted says that a process begins on a host that has vanished: it is up
// again.
func (s *Sandbox) rebooted(process string) {
	s.vanished = slices.DeleteFunc(s.vanished, func(h *lostHost) bool { return slices.Contains(h.processes, process) })
}

// quietLink is the stack's end of the wire without what the stack sends for
// sockets of a host that has vanished, and without what is sent to the learner.
type quietLink struct {
	Stack
	sandbox *Sandbox
}

var _ wire.Link = quietLink{}

// Receive is the stack's.
func (l quietLink) Receive() ([]byte, error) {
	for {
		raw, err := l.Stack.Receive()
		if raw == nil || err != nil || len(l.sandbox.vanished) == 0 {
			return raw, err
		}
		if _, h := packet.Decode(raw); l.sandbox.silence(h.Proto, h.Src, h.Dst) == "" {
			return raw, nil
		}
	}
}

// owner is the process that has sent p. A fragment but the first names no port;
// a stack sends the fragments of a packet one after another.
func (o observer) owner(p *wire.Packet) string {
	h := &p.Header
	if first := o.fragmented; p.Info.FragOffset > 0 && first != nil && first.Header.Src.Addr() == h.Src.Addr() && first.Header.Dst.Addr() == h.Dst.Addr() {
		return first.From
	}
	from := o.track.Owner(h.Proto, h.Src, h.Dst)
	if p.Info.Fragment() && p.Info.FragOffset == 0 {
		o.fragmented = p
	}
	return from
}

// observer hands what happens on the wire to the tracker.
type observer struct{ *Sandbox }

var _ wire.Observer = observer{}

// Observe also says of a packet that appears from whom it comes, and whether it
// is lost because nobody is there.
func (o observer) Observe(p *wire.Packet, f tracer.Fate, cause int64) int64 {
	h := &p.Header
	switch f {
	case tracer.Held, tracer.Delayed:
		return o.track.Tell(p.Info, f, p.Tell, p.Times, cause)
	case tracer.Copied:
		o.doom(p)
		return o.seen(o.track.Tell(p.Info, f, p.Tell, 1, cause))
	case tracer.Sent:
		p.From = o.owner(p)
		o.doom(p)
	case tracer.Injected:
		o.doom(p)
	case tracer.Dropped:
		if p.Why != "" {
			return o.seen(o.track.Tell(p.Info, f, p.Why, 1, cause))
		}
	}
	return o.seen(o.track.Observe(p.Info, *h, f, cause))
}
