package prose

import (
	"fmt"
	"strconv"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/packet"
)

// packet tells what happened to a packet: that it was sent, and of its end
// only what is not the rule.
func (p *Prose) packet(b *batch, i int) {
	e := &b.events[i]
	q := e.Packet
	name := "packet " + strconv.Itoa(q.Number)
	way := flowOf(q)
	at, here := b.born[q.Number]
	switch {
	case born(e.Fate):
		p.sent(b, e, p.pause(b, e))
		return
	case e.Fate == tracer.Delivered:
		late := here && p.off[way] > q.Number
		keep(p.off, way, max(p.off[way], q.Number))
		switch {
		case late:
			p.unfold()
			p.say(sentence(name + " arrives only now"))
		case !here, b.waits[q.Number]: // what waits and then arrives is told of twice
			p.say(sentence(p.name(q) + " arrives"))
		}
		if why := words(e.Why); why != "" && p.Explain >= 0 { // what a forged one comes to
			p.unfold()
			p.say(sentence("its receiver: " + why))
		}
		return
	}
	if at, told := b.resent[q.Number]; resent(e) && (!told || at != i) { // a timer's doing, or not the last time
		keep(p.times, q.Number, e.Times)
		return
	}
	if e.Fate == tracer.Dropped && here {
		if p.run.lost++; p.run.lost > foldOdd && p.run.folding() {
			p.run.gone++
			return
		}
	}
	p.unfold()
	who := "it"
	if !here || at != i-1 && !p.justBefore(b, at, i) {
		who = p.name(q)
	}
	if e.Fate != tracer.Dropped {
		p.waits(b, i, who)
		return
	}
	why := e.Why
	if q.Malformed != "" && strings.Contains(why, q.Malformed) && here {
		why = "" // it is told already
	}
	text := who + " is lost on the way"
	switch why = words(why); {
	case p.Explain < 0 || why == "":
	case strings.HasPrefix(why, "lost "):
		text = who + " is " + why
	default:
		text += ": " + why
	}
	p.say(sentence(text))
}

// justBefore reports whether nothing was told between two events.
func (p *Prose) justBefore(b *batch, from, to int) bool {
	for j := from + 1; j < to; j++ {
		if k := b.events[j].Kind; k != tracer.KindCall && k != tracer.KindReturn && k != tracer.KindBlocked && k != tracer.KindCommand {
			return false
		}
	}
	return true
}

// sent tells of a packet that has appeared on the wire. late: some time after
// what was told before, so that a timer may have sent it.
func (p *Prose) sent(b *batch, e *tracer.Event, late bool) {
	q := e.Packet
	what, odd := p.contents(q, e)
	odd = odd || late
	from, to := p.party(q.Sender, q.Src), p.party(q.Receiver, q.Dst)
	head := fmt.Sprintf("Packet %d: ", q.Number)
	switch e.Fate {
	case tracer.Injected:
		head = fmt.Sprintf("Packet %d is forged: ", q.Number)
	case tracer.Copied:
		head = fmt.Sprintf("Packet %d is a copy: ", q.Number)
	}
	if odd {
		p.run.odd++
	}
	quiet := !odd || p.run.long && p.run.odd > foldOdd
	ordinary := (e.Fate == tracer.Sent || e.Fate == tracer.Captured) && quiet && !b.moves[q.Number]
	sends := " sends "
	if q.Sender == tracer.You {
		sends = " send "
	}
	text := head + from + sends + what + ", to " + to
	if e.Fate != tracer.Captured && !b.ended[q.Number] {
		if !b.waits[q.Number] { // or it is told why not
			text += ". It has not arrived yet"
		}
		ordinary = false
	}
	text = stop(text)
	if q.Malformed != "" {
		text += " It is malformed: " + stop(words(q.Malformed))
	}
	if e.Why != "" && (p.Explain > 0 || p.Explain == 0 && odd) && (q.Malformed == "" || !strings.Contains(e.Why, q.Malformed)) {
		text += " " + sentence(words(e.Why))
	}
	if ordinary && foldable(q) {
		p.keepForFold(told{number: q.Number, kind: packet.Name(q), octets: q.Len, text: text})
		return
	}
	p.unfold()
	p.say(text)
}

// foldable reports whether many such packets in a row are much the same.
func foldable(q *tracer.Packet) bool {
	switch packet.Name(q) {
	case "DATA", "ACK", "UDP", "UDP fragment":
		return true
	}
	return false
}

// contents says what a packet is and brings. odd: that is worth a reason.
func (p *Prose) contents(q *tracer.Packet, e *tracer.Event) (text string, odd bool) {
	name := packet.Name(q)
	switch {
	case q.Fragment():
		text = fmt.Sprintf("a fragment of a larger %s packet, from byte %d on", strings.ToUpper(q.Proto), q.FragOffset)
		if q.MoreFrags {
			return text + ", with more to follow", false
		}
		return text + ", the last one", false
	case q.Proto == "udp":
		return "a UDP datagram of " + p.quote(data(q)), false
	case q.Proto == "icmp" || q.Proto == "icmp6":
		if q.About != "" {
			proto, ends, _ := strings.Cut(words(q.About), " ")
			name += ", about the " + strings.ToUpper(proto) + " packet from " + strings.Replace(ends, " > ", " to ", 1)
		}
		return name, true
	case q.Proto != "tcp":
		return "an IP packet with " + octets(q.Len), true
	}
	return p.segment(q, e)
}

func (p *Prose) segment(q *tracer.Packet, e *tracer.Event) (text string, odd bool) {
	text = packet.Name(q)
	if text == "no flags" {
		text = "a segment without flags"
	}
	again := e.Fate != tracer.Injected && p.again(q)
	odd = again || q.Has("RST") || e.Fate == tracer.Injected || e.Fate == tracer.Copied || q.Malformed != ""
	if again {
		text += " again"
	}
	bytes := ""
	if q.Len > 0 {
		if text += " of "; !strings.HasPrefix(text, "DATA") {
			text = strings.TrimSuffix(text, " of ") + " with "
		}
		bytes = p.quote(data(q))
	}
	text += bytes
	if q.Len > 0 || q.Has("SYN") || q.Has("FIN") || q.Has("RST") && !q.Has("ACK") {
		text += ", sequence number " + strconv.FormatInt(packet.Relative(q.Seq), 10)
	}
	if q.Has("ACK") && (q.Len == 0 || p.Explain > 0) {
		text += ", acknowledgment number " + strconv.FormatInt(packet.Relative(q.Ack), 10)
	}
	way := flowOf(q)
	was := p.shut[way]
	if !q.Has("RST") && q.Malformed == "" {
		keep(p.shut, way, q.Win == 0)
	}
	switch {
	case q.Has("RST"):
	case q.Win == 0 && !was:
		text, odd = text+", window 0, which says stop", true
	case q.Win > 0 && was:
		text, odd = text+fmt.Sprintf(", window %d, which says go on", max(q.Win, q.WScaled)), true
	case q.Has("SYN") && !q.Has("ACK"): // never scaled (RFC 7323 2.2)
		text += fmt.Sprintf(", window %d", q.Win)
	case p.Explain > 0:
		text += fmt.Sprintf(", window %d", max(q.Win, q.WScaled))
	}
	if q.Options != nil && len(q.Options.SACK) > 0 {
		for i, edges := range q.Options.SACK {
			if i > 0 && p.Explain <= 0 {
				break // the first is the newest (RFC 2018 4)
			}
			text += fmt.Sprintf(", with bytes %d to %d beyond a gap", edges[0], edges[1]-1)
		}
	}
	return text, odd
}

// again notes which sequence numbers a segment takes up, and reports whether
// all of them were sent before (RFC 9293 3.4).
func (p *Prose) again(q *tracer.Packet) bool {
	n := uint32(q.Len)
	for _, f := range []string{"SYN", "FIN"} {
		if q.Has(f) {
			n++
		}
	}
	if n == 0 || q.Malformed != "" || q.Fragment() {
		return false
	}
	way := flowOf(q)
	next, ok := p.next[way]
	if after := q.Seq + n; !ok || int32(after-next) > 0 {
		keep(p.next, way, after)
		return false
	}
	return true
}

// data is the application's part of a packet. A stream read back from JSON
// has it only as the end of the packet's bytes.
func data(q *tracer.Packet) []byte {
	if q.Payload == nil && q.Len > 0 && q.Len <= len(q.Bytes)-20 {
		return q.Bytes[len(q.Bytes)-q.Len:]
	}
	return q.Payload
}

// crossing tells of bytes that have crossed between two unix sockets.
func (p *Prose) crossing(e *tracer.Event) {
	x := e.Crossing
	name := func(owner, addr string) string {
		switch {
		case owner == "" && addr == "":
			return "an unnamed socket"
		case owner == "":
			return "the socket " + addr
		}
		return p.party(owner, addr)
	}
	text := stop(name(x.Sender, x.Src) + " sends " + p.quote(x.Data) + ", to " + name(x.Receiver, x.Dst) + ", without a packet")
	if e.Why != "" && p.Explain > 0 {
		text += " " + sentence(words(e.Why))
	}
	p.keepForFold(told{kind: crossed, octets: len(x.Data), text: text})
}
