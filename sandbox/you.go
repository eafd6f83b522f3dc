package sandbox

import (
	"context"
	"fmt"
	"net/netip"

	"sockplay/tracer/packet"
	"sockplay/tracer/track"
)

// Forge puts a packet that the learner has made onto the wire, as an effect of
// the event cause. From then on the learner is at the place that it claims to
// come from, unless a socket is there, which then has to answer for itself.
func (s *Sandbox) Forge(ctx context.Context, raw []byte, cause int64) {
	_, h := packet.Decode(raw)
	s.takePlace(track.Place{Proto: h.Proto, At: h.Src}, h.Dst, cause)
	s.inject(ctx, raw, cause)
}

// BeAt makes the learner the one at an address, for TCP and UDP, as an effect
// of the event cause: what is sent there comes to them.
func (s *Sandbox) BeAt(at netip.AddrPort, cause int64) {
	for _, proto := range []string{"tcp", "udp"} {
		s.takePlace(track.Place{Proto: proto, At: at}, netip.AddrPort{}, cause)
	}
}

// LeavePlace gives an address back, as an effect of the event cause, and
// reports whether the learner was there. From then on the stack answers there.
func (s *Sandbox) LeavePlace(at netip.AddrPort, cause int64) bool {
	left := false
	for _, p := range s.track.Places() {
		if p.At == at {
			s.track.Undivert(p)
			left = true
		}
	}
	if left {
		s.remark(cause, "you are no longer at "+at.String()+": the stack answers there again")
	}
	return left
}

// Places lists the addresses at which the learner is.
func (s *Sandbox) Places() (list []netip.AddrPort) {
	for _, p := range s.track.Places() {
		if n := len(list); n == 0 || list[n-1] != p.At {
			list = append(list, p.At)
		}
	}
	return list
}

// IsYours reports whether the learner is the one at local whom a TCP segment from
// remote reaches.
func (s *Sandbox) IsYours(local, remote netip.AddrPort) bool {
	return s.track.Yours("tcp", local, remote)
}

// Receiver is the socket that a segment from remote to local reaches, a listener
// perhaps; nil if there is none.
func (s *Sandbox) Receiver(local, remote netip.AddrPort) *track.Endpoint {
	return s.track.Socket("tcp", local, remote)
}

// Connections lists the TCP connections that are not closed.
func (s *Sandbox) Connections() []*track.Endpoint { return s.track.Connections() }

// Numbers tells the sequence numbers of what src sends to dst; ok is false if
// none are known. opens: they are for a SYN, which begins anew what is over.
func (s *Sandbox) Numbers(src, dst netip.AddrPort, opens bool) (n track.Numbers, ok bool) {
	return s.track.Numbers(src, dst, opens)
}

// SetBase says which number of what src sends to dst is shown as 0, where
// Numbers knows of none.
func (s *Sandbox) SetBase(src, dst netip.AddrPort, isn uint32, opens bool) {
	s.track.SetBase(src, dst, isn, opens)
}

// takePlace makes a place the learner's, unless it is that already, or somebody
// is there who has to do with remote.
func (s *Sandbox) takePlace(p track.Place, remote netip.AddrPort, cause int64) {
	if p.Proto != "tcp" && p.Proto != "udp" || p.At.Port() == 0 || s.Holder(p.Proto, p.At, remote) != "" {
		return
	}
	known := false
	for _, q := range s.track.Places() {
		if q == p {
			return
		}
		known = known || q.At == p.At
	}
	gone := s.revive(p.At)
	s.track.Divert(p)
	switch {
	case len(gone) > 0:
		s.remark(cause, fmt.Sprintf("you are at %s now, in the place of %s, whose host has vanished: what is sent there comes to you", p.At, gone[0]))
	case !known:
		s.remark(cause, fmt.Sprintf("you are at %s now: what is sent there comes to you", p.At))
	}
}

// Holder names the socket of the sandbox that is at local, as one to which
// remote may talk; "" if there is none.
func (s *Sandbox) Holder(proto string, local, remote netip.AddrPort) string {
	for _, p := range s.procs {
		for _, fd := range p.FDs() {
			e := p.files[fd].end
			if e != nil && e.Proto == proto && covers(e.Local, local) && (!e.Remote.IsValid() || e.Remote == remote || e.State() == "CLOSED") {
				return fmt.Sprintf("%s:%d", p.name, fd)
			}
		}
	}
	if e := s.track.Socket(proto, local, remote); e != nil {
		return s.endpointName(e)
	}
	if proto != "tcp" {
		return ""
	}
	// A program's listener is known to the stack alone.
	state, err := s.stack.TCPState(local, netip.AddrPort{})
	s.fail(err)
	if err == nil && state == "LISTEN" {
		return local.String()
	}
	return ""
}

// unread reports whether something that has come to the socket was not read: of
// one that nobody has accepted, anything.
func (s *Sandbox) unread(e *track.Endpoint) bool {
	if e.Listener() != nil {
		return e.Block().Took()
	}
	for _, p := range s.procs {
		for _, f := range p.files {
			if f.end == e {
				n, _ := f.sock.Queues()
				return n > 0
			}
		}
	}
	return false
}

// evict ends the learner's being at an address to which a socket has come.
func (s *Sandbox) evict(local netip.AddrPort) {
	var told netip.AddrPort
	for _, p := range s.track.Places() {
		if !covers(p.At, local) && !covers(local, p.At) {
			continue
		}
		s.track.Undivert(p)
		if p.At != told {
			s.Note(fmt.Sprintf("a socket has come to %s: it answers there now, and no longer you", p.At))
			told = p.At
		}
	}
}

// Deliver gives the stack a packet, unless it is for the learner: then the
// stack, which knows of nobody there, must not answer.
func (l quietLink) Deliver(raw []byte) error {
	if l.sandbox.track.Diverted() {
		if _, h := packet.Decode(raw); l.sandbox.toYou(&h) {
			return nil
		}
	}
	return l.Stack.Deliver(raw)
}

// toYou reports whether a packet is for the learner: one that is sent to them,
// or an error about what they have sent.
func (s *Sandbox) toYou(h *packet.Header) bool {
	if h.About != nil {
		return s.track.Yours(h.About.Proto, h.About.Src, h.About.Dst)
	}
	return s.track.Yours(h.Proto, h.Dst, h.Src)
}
