package track

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/packet"
	"sockplay/tracer/tcpstate"
)

// Place is an address of one protocol, "tcp" or "udp".
type Place struct {
	Proto string
	At    netip.AddrPort
}

// Divert makes a place the learner's: what is sent there is for them, unless a
// socket takes it, and what comes from there they have sent.
func (t *Tracker) Divert(p Place) { t.places[Place{p.Proto, unmap(p.At)}] = true }

// Undivert gives a place back.
func (t *Tracker) Undivert(p Place) { delete(t.places, Place{p.Proto, unmap(p.At)}) }

// Places lists the learner's places, in the order of their addresses.
func (t *Tracker) Places() []Place {
	var list []Place
	for p := range t.places {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Place) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Proto, b.Proto)) })
	return list
}

// Diverted reports whether any place is the learner's.
func (t *Tracker) Diverted() bool { return len(t.places) > 0 }

// Yours reports whether the learner, and no socket, gets what remote sends to
// local, and so has sent what comes from there.
func (t *Tracker) Yours(proto string, local, remote netip.AddrPort) bool {
	if len(t.places) == 0 {
		return false
	}
	local, remote = unmap(local), unmap(remote)
	return t.places[Place{proto, local}] && t.socketAt(proto, local, remote) == nil
}

// Numbers are those of one direction of a connection, absolute.
type Numbers struct {
	ISN uint32 // shown as 0
	End uint32 // after all that was sent so far
	TS  uint32 // the latest timestamp; 0: none
}

// Numbers tells the numbers of what src sends to dst; ok is false if none are
// known. opens: they are asked for a SYN, which begins anew what is over.
func (t *Tracker) Numbers(src, dst netip.AddrPort, opens bool) (n Numbers, ok bool) {
	src, dst = unmap(src), unmap(dst)
	if opens && t.over(src, dst) {
		return Numbers{}, false
	}
	key := flowKey(src, dst)
	f := t.flows[key]
	if f == nil {
		return Numbers{}, false
	}
	dir := 0
	if src != key.local {
		dir = 1
	}
	d := &f.dir[dir]
	n = Numbers{ISN: d.isn, End: d.isn + 1, TS: d.tsval}
	if d.sent {
		n.End = d.end
	}
	return n, d.known
}

// SetBase says which number packets from src to dst show as 0, before the first
// of them is seen, or before the SYN that begins anew what is over.
func (t *Tracker) SetBase(src, dst netip.AddrPort, isn uint32, opens bool) {
	h := &packet.Header{Src: unmap(src), Dst: unmap(dst)}
	f, dir := t.flow(h, false)
	if opens && t.over(h.Src, h.Dst) {
		f, dir = t.renewed(h)
		f.begun = true
	}
	f.dir[dir].known, f.dir[dir].isn = true, isn
}

// over reports whether dst has no connection with src that a SYN would be a
// part of, or one in TIME-WAIT, whose numbers it does not begin again.
func (t *Tracker) over(src, dst netip.AddrPort) bool {
	e := t.ends[pair{dst, src}]
	return e == nil || e.block.State() == tcpstate.TimeWait
}

// renewed is the flow that a SYN of the learner begins anew.
func (t *Tracker) renewed(h *packet.Header) (*flow, int) {
	f, dir := t.flow(h, t.ends[pair{h.Dst, h.Src}] == nil)
	if f.dir[dir].known { // an end in TIME-WAIT still has the old one
		f.begin(dir, false)
	}
	return f, dir
}

// forged handles a TCP packet that no stack has sent: of the learner's own, or
// one that only claims to come from its sender, which knows nothing of it.
func (t *Tracker) forged(p *tracer.Packet, h *packet.Header, event tracer.Event) int64 {
	yours := t.Yours(h.Proto, h.Src, h.Dst)
	f, dir := t.flow(h, false)
	if yours && !f.begun && h.Flags&(packet.SYN|packet.ACK) == packet.SYN && t.over(h.Src, h.Dst) {
		f, dir = t.renewed(h)
	}
	f.begun = false
	here := f.dir[dir]
	f.relate(dir, p, h)
	if here.known && here.sent { // its sender's own SYN counts
		f.dir[dir].ws = here.ws
	}
	t.ascribe(p, h)
	switch {
	case !yours:
		event.Why = whyAlleged(p)
	case p.Malformed == "" && t.refused(p, h) == "":
		f.note(dir, p, h, false)
	}
	t.forgeries[p.Number] = true
	return t.log.Add(event)
}

// unread handles a forged packet that is no TCP segment, or one that is
// malformed: its numbers are shown like those of the others, and count for
// nothing. It returns why there is such a packet; "" goes without saying.
func (t *Tracker) unread(p *tracer.Packet, h *packet.Header) string {
	t.forgeries[p.Number] = true
	if p.Proto == "tcp" && p.Flags != nil {
		f, dir := t.flow(h, false)
		seen := *f
		seen.relate(dir, p, h)
	}
	if t.Yours(h.Proto, h.Src, h.Dst) {
		return ""
	}
	return whyAlleged(p)
}

// whyAlleged says of a forged packet that it does not come from whom it says.
func whyAlleged(p *tracer.Packet) string {
	if p.Sender == "" {
		return "forged: its sender has not sent it"
	}
	return "forged: " + p.Sender + " has not sent it, and answers for itself"
}

// refused tells why the receiver of a forged segment would drop it; "" if it
// has no connection, or takes it.
func (t *Tracker) refused(p *tracer.Packet, h *packet.Header) string {
	if e := t.ends[pair{h.Dst, h.Src}]; e != nil {
		return e.block.Refuses(segment(p, h))
	}
	return ""
}

// whyForged tells what a forged packet comes to, as it arrives or is thrown
// away; "" of any other packet. dropped: it is thrown away unread.
func (t *Tracker) whyForged(p *tracer.Packet, h *packet.Header, dropped bool) string {
	if !t.forgeries[p.Number] {
		return ""
	}
	delete(t.forgeries, p.Number)
	switch {
	case dropped && p.Proto == "udp":
		return "the receiver throws it away, and answers nothing: for it nothing has come (RFC 1122 4.1.3.4)"
	case dropped:
		return "the receiver throws it away, and answers nothing: for it nothing has come (RFC 9293 3.1)"
	case t.Yours(h.Proto, h.Dst, h.Src):
		return ""
	case h.Proto == "udp":
		return t.whyForgedDatagram(h)
	case h.Proto != "tcp" || p.Flags == nil:
		return ""
	}
	s := segment(p, h)
	if h.Flags&packet.SYN != 0 {
		s.Win = h.Win
	}
	e := t.ends[pair{h.Dst, h.Src}]
	l := t.ListenerAt(h.Dst)
	opens := h.Flags&(packet.SYN|packet.ACK|packet.RST) == packet.SYN
	switch {
	case e != nil && e.keptOut(h):
		return "its listener's backlog is full: ignored, and the connection stays half-open (listen(2))"
	case e != nil && e.block.State() == tcpstate.TimeWait && l == nil && opens && e.block.Refuses(s) == tcpstate.NewSyn:
		return "a new SYN, and nobody listens here any more: answered with the last ACK again (RFC 9293 3.10.7.4)"
	case e != nil:
		return joined(e.block.Account(s), twoStacks(e.block, s))
	case l != nil && opens && l.full():
		return "the listener's backlog is full: the SYN is ignored, as if it had never come (listen(2))"
	case l != nil && opens && t.halfOpenOf(l) > l.backlog:
		return "too many have called and not completed the handshake: the SYN is ignored (RFC 4987 3)"
	case l != nil:
		return tcpstate.Passive().Account(s)
	}
	return tcpstate.Block{}.Account(s)
}

// halfOpenOf is how many connections of a listener wait for the handshake's ACK.
func (t *Tracker) halfOpenOf(l *Endpoint) (n int) {
	for _, e := range t.ends {
		if e.listener == l && e.block.State() == tcpstate.SynReceived {
			n++
		}
	}
	return n
}

// twoStacks tells what the stacks make of a segment of which they do not make
// the same (see docs/stacks.md), and which rule says so; "" of all others.
func twoStacks(b tcpstate.Block, s tcpstate.Segment) string {
	expects, _ := b.Expects()
	dataEnd := s.Seq + uint32(s.Len)
	switch b.State() {
	case tcpstate.Established:
		if s.Len > 0 && s.Seq == expects && strings.HasPrefix(b.Refuses(s), "its ACK is too old") {
			return "the user stack drops its data with it, by that rule; the kernel stack takes the data, before it looks at the ACK, where the window is as it was"
		}
	case tcpstate.CloseWait, tcpstate.Closing, tcpstate.LastAck:
		if s.Flags&tcpstate.FIN != 0 && dataEnd == expects && b.Refuses(s) == "" {
			return "the user stack ignores the second FIN, by that rule; the kernel stack acknowledges it, since it does not remember where the first was"
		}
	}
	return ""
}

// joined is two remarks in one.
func joined(a, b string) string {
	if b == "" {
		return a
	}
	return a + "; " + b
}

// whyForgedDatagram tells what a forged datagram comes to.
func (t *Tracker) whyForgedDatagram(h *packet.Header) string {
	e := t.socketAt("udp", h.Dst, h.Src)
	if e == nil {
		return fmt.Sprintf("no socket takes it at port %d: answered with ICMP port unreachable (RFC 1122 4.1.3.1)", h.Dst.Port())
	}
	name := label(e)
	if name == "" {
		name = "a socket"
	}
	return name + " has it to read: a datagram is taken from anyone who names the right port (RFC 768)"
}
