package prose

import (
	"fmt"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/packet"
)

// resent reports whether e tells that a packet which is held was sent again.
func resent(e *tracer.Event) bool {
	return e.Kind == tracer.KindPacket && e.Packet != nil && e.Fate == tracer.Held && e.Times > 1 && e.Packet.Malformed == ""
}

// waits tells that a packet waits on the wire, and what was done to it there.
// who names it.
func (p *Prose) waits(b *batch, i int, who string) {
	e := &b.events[i]
	q := e.Packet
	switch {
	case resent(e):
		keep(p.times, q.Number, e.Times)
		p.pause(b, e)
		p.say(sentence(fmt.Sprintf("%s sends packet %d, %s, again: %d times by now; it is still held on the wire", p.party(q.Sender, q.Src), q.Number, packet.Name(q), e.Times)))
		p.clock = e.At
	case e.Fate == tracer.Delayed && e.Why == "": // a rule for all needs no word
	case e.Fate == tracer.Delayed:
		p.say(sentence(p.done(who, "delayed", e.Why)))
	case q.Malformed != "":
		p.say(sentence(p.done(who, "damaged", e.Why)) + " " + sentence(words(q.Malformed)))
	case e.Fate == tracer.Held:
		p.say(sentence(who + " is held on the wire" + p.standing(q)))
	}
}

// done says what was done to a packet, and why, as far as the reason does not say
// so itself.
func (p *Prose) done(who, verb, why string) string {
	switch why = words(why); {
	case p.Explain < 0 || why == "":
		return who + " is " + verb + " on the wire"
	case strings.HasPrefix(why, verb):
		return who + " is " + why
	}
	return who + " is " + verb + " on the wire: " + why
}

// standing tells how both ends of a packet that waits stand, as far as that is
// known.
func (p *Prose) standing(q *tracer.Packet) string {
	a, b := p.states[[2]string{plain(q.Src), plain(q.Dst)}], p.states[[2]string{plain(q.Dst), plain(q.Src)}]
	if q.Proto != "tcp" || p.Explain < 0 || a == "" && b == "" || q.Src == q.Dst {
		return ""
	}
	var ends []string
	if a != "" {
		ends = append(ends, p.party(q.Sender, q.Src)+" is in "+a)
	}
	if b != "" {
		ends = append(ends, p.party(q.Receiver, q.Dst)+" is in "+b)
	}
	return "; " + strings.Join(ends, ", ")
}

// name is how a packet is called that was told of before.
func (p *Prose) name(q *tracer.Packet) string {
	text := fmt.Sprintf("packet %d, %s,", q.Number, packet.Name(q))
	if n := p.times[q.Number]; n > 1 {
		text += fmt.Sprintf(" sent %d times,", n)
	}
	return text
}
