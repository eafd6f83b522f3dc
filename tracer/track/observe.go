package track

import (
	"net/netip"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/packet"
	"sockplay/tracer/tcpstate"
)

// Observe records what became of a packet and the states that it moved, and
// returns the number of the packet's event. It fills in the packet's relative
// numbers when the packet first appears.
func (t *Tracker) Observe(p *tracer.Packet, h packet.Header, fate tracer.Fate, cause int64) int64 {
	h.Src, h.Dst = unmap(h.Src), unmap(h.Dst)
	isTCP := h.Proto == "tcp" && p.Flags != nil && (p.Malformed == "" || p.Malformed == packet.BrokenOptions)
	appears := fate == tracer.Sent || fate == tracer.Injected || fate == tracer.Captured || fate == tracer.Copied
	event := tracer.Event{At: t.now(), Cause: cause, Kind: tracer.KindPacket, Packet: p, Fate: fate}
	switch {
	case fate == tracer.Dropped:
		event.Why = "lost on the way"
		if p.Malformed != "" {
			event.Why = p.Malformed + ": the receiver throws it away without a word"
		}
		if why := t.whyForged(p, &h, true); why != "" {
			event.Why = why
		}
		return t.log.Add(event)
	case !isTCP:
		if appears {
			t.ascribe(p, &h)
			event.Why = t.whyDatagram(p, &h)
			if fate == tracer.Injected {
				event.Why = t.unread(p, &h)
			}
		} else {
			event.Why = t.whyForged(p, &h, false)
		}
		return t.log.Add(event)
	case fate == tracer.Injected:
		return t.forged(p, &h, event)
	case appears:
		return t.appear(p, &h, event)
	case fate == tracer.Delivered:
		if e := t.ends[pair{h.Dst, h.Src}]; e != nil && t.forgeries[p.Number] && t.Unread != nil {
			e.block = e.block.WithUnread(t.Unread(e))
		}
		event.Why = t.whyForged(p, &h, false)
		seq := t.log.Add(event)
		t.deliver(p, &h, seq)
		return seq
	default:
		return t.log.Add(event)
	}
}

// Tell records what became of a packet on the wire, with the reason given: it
// moves no state. times is how often the packet has been sent by then, if that
// is more than once.
func (t *Tracker) Tell(p *tracer.Packet, fate tracer.Fate, why string, times int, cause int64) int64 {
	if fate == tracer.Dropped {
		delete(t.forgeries, p.Number)
	}
	if times == 1 {
		times = 0
	}
	return t.log.Add(tracer.Event{At: t.now(), Cause: cause, Kind: tracer.KindPacket, Packet: p, Fate: fate, Times: times, Why: why})
}

// ascribe names the sockets that a packet runs between.
func (t *Tracker) ascribe(p *tracer.Packet, h *packet.Header) {
	p.Sender, p.Receiver = label(t.senderAt(h.Proto, h.Src, h.Dst)), label(t.socketAt(h.Proto, h.Dst, h.Src))
	if toMany(h.Dst.Addr()) { // no one socket is its receiver
		p.Receiver = ""
	}
	if len(t.places) == 0 {
		return
	}
	if t.Yours(h.Proto, h.Src, h.Dst) {
		p.Sender = tracer.You
	}
	if t.Yours(h.Proto, h.Dst, h.Src) || h.About != nil && t.Yours(h.About.Proto, h.About.Src, h.About.Dst) {
		p.Receiver = tracer.You
	}
}

// toMany reports whether an address is that of a multicast group, or of all.
func toMany(a netip.Addr) bool {
	return a.IsMulticast() || a == netip.AddrFrom4([4]byte{127, 255, 255, 255}) || a == netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// appear handles a TCP packet that its sender has put on the wire.
func (t *Tracker) appear(p *tracer.Packet, h *packet.Header, event tracer.Event) int64 {
	sender := t.sender(p, h, event)
	before := tcpstate.Closed
	var block tcpstate.Block
	var moves []tcpstate.Transition
	fresh, anew := false, false
	if sender != nil {
		before = sender.block.State()
		opens := h.Flags&(packet.SYN|packet.ACK) == packet.SYN && (before == tcpstate.Closed || before == tcpstate.TimeWait)
		anew = opens && t.halfOpen(h) || p.Kind == tracer.SYNACK && before == tcpstate.Listen
		fresh = opens && !anew
	}
	f, dir := t.flow(h, fresh)
	if anew {
		f.begin(dir, p.Kind == tracer.SYNACK)
	}
	if p.Kind == tracer.SYNACK && before == tcpstate.SynReceived {
		f.dir[dir].scaled = t.CrossedScale
	}
	f.relate(dir, p, h)
	if sender != nil {
		block, moves = sender.block.Sent(segment(p, h))
	}
	t.ascribe(p, h)
	if !t.brought(event.Cause, p, sender) {
		event.Cause = 0
	}
	event.Why = t.whySegment(p, h, f, dir, sender, before, event.Cause)
	f.note(dir, p, h, event.Cause == 0)
	seq := t.log.Add(event)
	if sender != nil {
		t.move(sender, block, moves, seq)
	}
	if event.Fate == tracer.Captured { // a capture shows no second moment
		t.deliver(p, h, seq)
	}
	return seq
}

// halfOpen reports whether the receiver of a SYN still has the connection that
// the sender has lost (RFC 9293 3.5.1).
func (t *Tracker) halfOpen(h *packet.Header) bool {
	e := t.ends[pair{h.Dst, h.Src}]
	if e == nil || h.Src == h.Dst {
		return false
	}
	switch e.block.State() {
	case tcpstate.Established, tcpstate.CloseWait, tcpstate.FinWait1, tcpstate.FinWait2, tcpstate.Closing, tcpstate.LastAck:
		return true
	}
	return false
}

// brought reports whether the event can have brought the packet about. What is
// read after a delivery need not be its effect: a program goes on by itself.
func (t *Tracker) brought(cause int64, p *tracer.Packet, sender *Endpoint) bool {
	by, ok := t.log.Get(cause)
	if !ok || by.Kind != tracer.KindPacket {
		return true
	}
	q := by.Packet
	if !(q.Src == p.Src && q.Dst == p.Dst || q.Src == p.Dst && q.Dst == p.Src) {
		return false
	}
	switch p.Kind {
	case tracer.SYN, tracer.DATA, tracer.FIN:
		return sender != nil && sender.Process != ""
	}
	return true
}

// sender finds the endpoint that sent the packet, and makes one for those that
// only their packets tell of. It is nil for a port with no socket.
func (t *Tracker) sender(p *tracer.Packet, h *packet.Header, event tracer.Event) *Endpoint {
	key := pair{h.Src, h.Dst}
	e, offer := t.ends[key], t.offers[key]
	delete(t.offers, key)
	switch {
	case offer != nil && p.Kind == tracer.SYNACK && (e == nil || e.block.State() == tcpstate.TimeWait):
		if e != nil { // a new connection takes the place of one in TIME-WAIT (RFC 9293 3.6.1)
			t.reuse(e, event.Cause)
		}
		e = offer
	case e == nil && p.Kind == tracer.SYN: // of a program that is not ours
		e = t.Open("", 0, "tcp")
	case e == nil && event.Fate == tracer.Captured && p.Kind != tracer.RST: // the capture began later
		e = &Endpoint{Proto: "tcp", block: tcpstate.Seen(segment(p, h), true)}
		e.history = []string{e.State()}
	}
	if e != nil && t.ends[key] == nil {
		e.Local, e.Remote = h.Src, h.Dst
		t.ends[key] = e
	}
	return e
}

func segment(p *tracer.Packet, h *packet.Header) tcpstate.Segment {
	return tcpstate.Segment{Flags: tcpstate.Flags(h.Flags), Seq: h.Seq, Ack: h.Ack, Len: p.Len, Win: p.WScaled, NoSACK: p.Options == nil || !p.Options.SACKOK}
}

// deliver handles a TCP packet that has reached its receiver.
func (t *Tracker) deliver(p *tracer.Packet, h *packet.Header, seq int64) {
	key := pair{h.Dst, h.Src}
	receiver := t.ends[key]
	opening := h.Flags&(packet.SYN|packet.ACK|packet.RST) == packet.SYN && !t.Yours(h.Proto, h.Dst, h.Src)
	if opening && receiver != nil && receiver.block.Refuses(segment(p, h)) == tcpstate.NewSyn && t.ListenerAt(h.Dst) != nil {
		t.reuse(receiver, seq)
		if receiver = nil; h.Flags&packet.FIN != 0 { // which the listener ignores
			return
		}
	}
	if opening && (receiver == nil || receiver.block.State() == tcpstate.TimeWait) {
		t.offer(h)
	}
	if receiver == nil {
		return
	}
	f, dir := t.flow(h, false)
	f.dir[dir].hear(p)
	s := tcpstate.Segment{
		Flags: tcpstate.Flags(h.Flags), Seq: h.Seq, Ack: h.Ack, Len: h.Len,
		Win: h.Win << f.scale(dir, h.Flags), NoSACK: p.Options == nil || !p.Options.SACKOK,
	}
	if receiver.keptOut(h) {
		// The accept queue is full: Linux drops the ACK, and the connection
		// stays half-open until there is room (listen(2)).
		t.Touch(receiver)
		return
	}
	block, moves := receiver.block.Delivered(s)
	t.move(receiver, block.WithUnread(false), moves, seq)
}

// reuse ends TIME-WAIT for a new connection between the same addresses, which
// the stack then has in its place.
func (t *Tracker) reuse(e *Endpoint, cause int64) {
	block, moves := e.block.Reused()
	t.move(e, block, moves, cause)
	e.gone = true
}

// maxOffers bounds the SYNs that nobody answers, as in a flood.
const maxOffers = 4096

// offer makes the endpoint that a listener may make of a SYN.
func (t *Tracker) offer(h *packet.Header) {
	e := &Endpoint{Proto: "tcp", Local: h.Dst, Remote: h.Src, block: tcpstate.Passive(), since: t.now()}
	e.history = []string{e.State()}
	// With SO_REUSEPORT it may be the connection of any of the listeners.
	if l := t.ListenerAt(h.Dst); l != nil && t.listeners(h.Dst.Port()) == 1 {
		e.listener = l
	}
	f, dir := t.flow(h, false)
	e.block, _ = e.block.Delivered(tcpstate.Segment{
		Flags: tcpstate.Flags(h.Flags), Seq: h.Seq, Ack: h.Ack, Len: h.Len, Win: h.Win << f.scale(dir, h.Flags),
	})
	if len(t.offers) >= maxOffers {
		clear(t.offers)
	}
	t.offers[pair{e.Local, e.Remote}] = e
}

func (t *Tracker) listeners(port uint16) (n int) {
	for _, e := range t.bound[port] {
		if e.State() == string(tcpstate.Listen) {
			n++
		}
	}
	return n
}

// Touch marks e as one whose state is to be checked.
func (t *Tracker) Touch(e *Endpoint) {
	if !e.touched {
		e.touched = true
		t.touched = append(t.touched, e)
	}
}

// Touched returns the endpoints that something happened to since the last
// call: those whose states are to be checked.
func (t *Tracker) Touched() []*Endpoint {
	list := t.touched
	t.touched = nil
	for _, e := range list {
		e.touched = false
	}
	return list
}

// Comparable reports whether the stack's account of e can be asked for and
// compared with State.
func (e *Endpoint) Comparable() bool {
	if e.gone || e.Proto != "tcp" || !e.Local.IsValid() || e.Local.Port() == 0 {
		return false
	}
	unanswered := e.block.State() == tcpstate.Listen && e.Remote.IsValid()
	return !unanswered && (e.Remote.IsValid() || e.block.State() == tcpstate.Listen)
}

// Differs notes that the stack says state of e where we say otherwise, and
// reports whether this is news.
func (t *Tracker) Differs(e *Endpoint, state string) bool {
	news := state + "/" + e.State()
	if e.differed == news {
		return false
	}
	e.differed = news
	return true
}

// Expired returns the endpoints whose TIME-WAIT or, where nobody has the
// socket any more, FIN-WAIT-2 has lasted for limit.
func (t *Tracker) Expired(limit time.Duration) []*Endpoint {
	var list []*Endpoint
	keep, n := []wait(nil), 0
	for _, w := range t.waiting {
		if !w.over() && t.now()-w.since < limit {
			break // the rest came later
		}
		n++
		if w.over() {
			continue
		}
		if w.e.mayExpire() {
			list = append(list, w.e)
		}
		keep = append(keep, w)
	}
	if len(keep) < n {
		t.waiting = append(keep, t.waiting[n:]...)
	}
	return list
}

// NextExpiry is when the next endpoint will be among Expired; ok is false if
// none will.
func (t *Tracker) NextExpiry(limit time.Duration) (at time.Duration, ok bool) {
	for _, w := range t.waiting {
		if !w.over() && w.e.mayExpire() {
			return w.since + limit, true
		}
	}
	return 0, false
}

func (e *Endpoint) mayExpire() bool {
	return e.block.State() == tcpstate.TimeWait || e.FD == 0
}
