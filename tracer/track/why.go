package track

import (
	"fmt"

	"sockplay/tracer"
	"sockplay/tracer/packet"
	"sockplay/tracer/tcpstate"
)

// whySegment says in plain words why a TCP segment was sent. before is its
// sender's state before it; cause is the event that brought it about.
func (t *Tracker) whySegment(p *tracer.Packet, h *packet.Header, f *flow, dir int, sender *Endpoint, before tcpstate.State, cause int64) string {
	by, _ := t.log.Get(cause)
	if sender == nil && p.Kind != tracer.RST {
		return ""
	}
	again := f.dir[dir].sent && segmentEnd(h) != h.Seq && int32(segmentEnd(h)-f.dir[dir].end) <= 0
	switch p.Kind {
	case tracer.SYN:
		switch {
		case again:
			return "no answer has come: the SYN is sent again"
		case by.Call == "connect":
			return "connect asks for a connection"
		}
		return "asks for a connection"
	case tracer.SYNACK:
		switch {
		case before == tcpstate.SynSent || h.Src == h.Dst:
			return "both asked at once: it acknowledges the other SYN and repeats its own"
		case again:
			return "no ACK has come: the SYN-ACK is sent again"
		}
		return "the listener agrees: it acknowledges the SYN and sends its own"
	case tracer.RST:
		return whyRST(p, h, sender, by)
	case tracer.FIN:
		what := "this side will send no more"
		if p.Len > 0 {
			what = fmt.Sprintf("the last %d bytes; %s", p.Len, what)
		}
		switch {
		case again:
			return "no ACK of it has come: the FIN is sent again"
		case by.Kind == tracer.KindCall:
			return by.Call + ": " + what
		case by.Kind == tracer.KindCommand:
			return "its process has ended, and the system closes what it had open: " + what
		}
		return what
	case tracer.DATA:
		return whyData(p, h, f, dir, by, again)
	default:
		return whyACK(p, h, f, dir, before, by)
	}
}

func whyRST(p *tracer.Packet, h *packet.Header, sender *Endpoint, by tracer.Event) string {
	byPacket := by.Kind == tracer.KindPacket && by.Packet != nil
	closes, how := by.Call == "close", by.Call
	if by.Kind == tracer.KindCommand { // the one that has packets sent ends a process
		closes, how = true, "the end of its process"
	}
	switch {
	case byPacket && by.Packet.Kind == tracer.SYN && sender == nil, byPacket && by.Packet.Kind == tracer.SYN && sender.Process == "":
		return fmt.Sprintf("no socket listens at port %d: the call is refused", h.Src.Port())
	case byPacket && by.Packet.Len > 0 && sender != nil && sender.FD == 0:
		return "data came for a socket that is closed: nobody will ever read it"
	case byPacket && sender != nil && sender.State() == string(tcpstate.SynSent):
		return "the answer is of a connection that this end knows nothing of: the other end is told to give it up (RFC 9293 3.5.1)"
	case byPacket && sender == nil:
		return "there is no such connection here: the sender is told so"
	case closes && sender != nil && sender.linger0:
		return how + " with SO_LINGER 0: the connection is cut off at once"
	case closes && sender != nil && sender.FD == 0:
		return "its listener was closed before anyone accepted it"
	case closes:
		return how + " with data still unread: the peer must learn that it was lost (RFC 2525 2.17)"
	case by.Kind == tracer.KindCall:
		return by.Call + ": the connection is cut off at once"
	}
	return "cuts the connection off at once"
}

func whyData(p *tracer.Packet, h *packet.Header, f *flow, dir int, by tracer.Event, again bool) string {
	here, there := f.halves(dir)
	end := p.Seq + uint32(p.Len)
	bytes := fmt.Sprintf("bytes %d to %d", p.Seq, p.Seq+uint32(p.Len)-1)
	if p.Len == 1 {
		bytes = fmt.Sprintf("byte %d", p.Seq)
	}
	switch {
	case again && there.win == 0:
		return "a probe of the closed window, so that its opening cannot be missed"
	case again && there.has(p.Seq, end):
		return bytes + " again, although a SACK has told that they are there: only an ACK is final (RFC 2018)"
	case again && by.Kind == tracer.KindPacket && int32(end-here.timer) <= 0:
		return bytes + " again, after what the timer has sent: they are not acknowledged either"
	case again && by.Kind == tracer.KindPacket && there.missing(p.Seq, end):
		return "the ACKs tell of a loss: " + bytes + " again, before any timer"
	case again && by.Kind == tracer.KindPacket:
		return bytes + " again, along with what is lost: no ACK has told of them yet"
	case again:
		return "no acknowledgement has come in time: " + bytes + " again"
	case there.win == 0 && p.Len == 1:
		return "a probe of the closed window, so that its opening cannot be missed"
	case by.Kind == tracer.KindCall:
		return by.Call + ": " + bytes + " of this direction"
	case by.Kind == tracer.KindPacket:
		return bytes + ": the acknowledgement made room for them"
	}
	return bytes + " of this direction"
}

func whyACK(p *tracer.Packet, h *packet.Header, f *flow, dir int, before tcpstate.State, by tracer.Event) string {
	here, there := f.halves(dir)
	closed := ""
	if p.Win == 0 {
		closed = "; the window is closed: send no more"
	}
	upTo := fmt.Sprintf("all up to byte %d has arrived%s", p.Ack-1, closed)
	got := ""
	if by.Kind == tracer.KindPacket && by.Packet != nil {
		got = by.Packet.Kind
	}
	switch {
	case before == tcpstate.SynSent:
		return "acknowledges the SYN-ACK: the handshake is complete on this side"
	case got == tracer.RST, got == tracer.SYN:
		return fmt.Sprintf("a challenge: it does not believe the %s (RFC 5961)", got)
	case got == tracer.FIN && by.Packet.Len == 0 && h.Ack != here.ack:
		return "acknowledges the FIN, which counts as one byte"
	case got == tracer.FIN && h.Ack != here.ack:
		return upTo + ", the FIN too"
	case got == tracer.DATA && h.Ack != here.ack:
		return upTo
	case here.sent && int32(h.Seq-here.end) < 0 && got == "" && there.win == 0:
		return "a probe of the closed window, so that its opening cannot be missed"
	case here.sent && int32(h.Seq-here.end) < 0 && got == "":
		return "a keepalive probe: is the peer still there?"
	case p.Ack == 1 && h.Ack != here.ack:
		return "acknowledges the SYN" + closed
	case got != "" && by.Packet.Has("ACK") && int32(by.Packet.Ack-p.Seq) > 0:
		return fmt.Sprintf("packet %d acknowledges bytes that this side never sent: it is thrown away, and the answer says what is known here (RFC 9293 3.10.7.4)", by.Packet.Number)
	case got != "" && h.Ack == here.ack && p.WScaled != here.win && (p.Options == nil || len(p.Options.SACK) == 0):
		return fmt.Sprintf("the window is %d now: no duplicate, which would leave it as it was (RFC 5681 2)", p.WScaled)
	case got != "" && h.Ack == here.ack && there.sent && int32(there.end-h.Ack) > 0:
		return fmt.Sprintf("a duplicate: byte %d is still missing", p.Ack)
	case by.Kind == tracer.KindCall && h.Ack == here.ack:
		return fmt.Sprintf("%s made room: the window is %d now", by.Call, p.WScaled)
	case h.Ack != here.ack:
		return upTo
	}
	return fmt.Sprintf("nothing new; the window is %d", p.WScaled)
}

// whyDatagram says why a packet that is no TCP segment was sent.
func (t *Tracker) whyDatagram(p *tracer.Packet, h *packet.Header) string {
	switch {
	case p.Malformed != "":
		return "malformed: " + p.Malformed
	case p.Fragment():
		return "a part of a datagram that is too large for one packet (the MTU is 1500)"
	case p.Kind == tracer.UDP:
		return "one datagram: no connection, no acknowledgement"
	case p.Kind == tracer.ICMP && h.About != nil && unreachablePort(p):
		why := fmt.Sprintf("no socket is bound to port %d", h.About.Dst.Port())
		if e := t.socketAt("udp", unmap(h.About.Src), unmap(h.About.Dst)); e != nil && !e.Remote.IsValid() {
			return why + "; but the sender's socket is not connected, and so is never told"
		}
		return why + ": the sender's next call is told so, as ECONNREFUSED"
	}
	return ""
}

func unreachablePort(p *tracer.Packet) bool {
	return p.Proto == "icmp" && p.ICMPType == 3 && p.ICMPCode == 3 || // RFC 792
		p.Proto == "icmp6" && p.ICMPType == 1 && p.ICMPCode == 4 // RFC 4443 3.1
}
