package chat

import (
	"fmt"
	"strings"
	"time"
)

// cost is how long a line takes at the room's rate.
func (r *Room) cost() time.Duration { return time.Second / time.Duration(r.config.Rate) }

// again is when the client may send a line again.
func (r *Room) again(c *client) time.Duration {
	return c.spent - time.Duration(r.config.Burst-1)*r.cost()
}

// may takes a line off the client's allowance, and reports whether it had one.
// It is a leaky bucket: each line takes its time, and the client may be ahead by
// so many.
func (r *Room) may(c *client, now time.Duration) bool {
	if now < r.again(c) {
		return false
	}
	c.spent = max(c.spent, now) + r.cost()
	return true
}

// lines deals with the whole lines that have come, as far as the client may send
// so many. What is left has to wait, and meanwhile nothing is read from it: TCP
// makes it wait in turn (RFC 9293 3.8.6).
func (r *Room) lines(c *client, now time.Duration) {
	for c.state < leaving {
		line, rest, whole := cutLine(c.in)
		if !whole && len(c.in) < MaxLine {
			c.halted = false
			break
		}
		if c.halted = !r.may(c, now); c.halted {
			r.touch(c)
			return
		}
		switch {
		case !whole: // it is too long already
			r.skip(c, len(c.in), now)
			c.in = nil
		case c.skipped > 0 || len(c.in)-len(rest) > MaxLine:
			r.skip(c, len(c.in)-len(rest), now)
			c.in, c.skipped, c.half = rest, 0, false
		default:
			c.in, c.half = rest, false
			r.line(c, line, now)
		}
	}
	if c.state >= leaving {
		return
	}
	if len(c.in) == 0 {
		c.in = nil
	}
	if whole := len(c.in) == 0 && c.skipped == 0; !whole && !c.half {
		c.half, c.begun = true, now
	}
	if c.mute {
		r.farewell(c, now)
	}
	r.touch(c)
}

func tooLong() *refusal {
	return refuse("LONG", "a line has %d bytes at most, with its end; this one is thrown away", MaxLine)
}

// skip throws away n octets of a line that is too long.
func (r *Room) skip(c *client, n int, now time.Duration) {
	if c.skipped == 0 {
		r.error(c, now, tooLong())
	}
	if c.skipped += n; c.skipped > maxSkipped {
		r.dismiss(c, now, fmt.Sprintf("a line of more than %d bytes", maxSkipped), "sent a line without end")
	}
}

// line deals with a line of the client's.
func (r *Room) line(c *client, line []byte, now time.Duration) {
	c.heard, c.pinged = now, false // it lives
	q, no := parse(line)
	if q == nil {
		return
	}
	if no != nil {
		r.wrong(c, now, no)
		return
	}
	switch q.verb {
	case Join:
		r.join(c, q.rest, now)
	case Say:
		if c.state != member {
			r.wrong(c, now, joinFirst())
			return
		}
		r.others(c, now, Said+" "+c.name+" "+q.rest)
		r.tell(c, now, OK+" "+audience(len(r.names)-1))
	case Who:
		if c.state != member {
			r.wrong(c, now, joinFirst())
			return
		}
		r.who(c, now)
	case Help:
		r.tell(c, now, OK+" JOIN NAME, SAY TEXT, WHO, PING, QUIT; each is a line, and has an answer")
	case Ping:
		r.tell(c, now, strings.TrimSpace(Pong+" "+q.rest))
	case Quit:
		r.dismiss(c, now, "you have left", "said QUIT")
	}
}

func joinFirst() *refusal {
	return refuse("JOIN", "come in first: JOIN NAME, with a name of yours")
}

// wrong answers a line that was none. Who has not joined has few of them: what
// speaks another protocol is not listened to for long.
func (r *Room) wrong(c *client, now time.Duration, no *refusal) {
	r.error(c, now, no)
	switch no.code {
	case "NAME", "TAKEN", "FULL": // it knows how to speak
		return
	}
	if c.state != stranger {
		return
	}
	if c.strikes++; c.strikes >= maxStrikes {
		r.dismiss(c, now, fmt.Sprintf("%d lines that were none of this protocol's: it begins with JOIN NAME", maxStrikes), "")
	}
}

func (r *Room) join(c *client, name string, now time.Duration) {
	switch {
	case c.state == member:
		r.error(c, now, refuse("JOINED", "you are here already, as %s", c.name))
		return
	case r.names[fold(name)] != nil:
		r.wrong(c, now, refuse("TAKEN", "somebody here is called %s: take another name", r.names[fold(name)].name))
		return
	case len(r.names) >= r.config.Members:
		r.wrong(c, now, refuse("FULL", "%d are here, and no more are let in: try again later", len(r.names)))
		return
	}
	r.others(c, now, Joined+" "+name)
	c.state, c.name = member, name
	r.names[fold(name)] = c
	r.tell(c, now, OK+" you are here as "+name+"; "+audience(len(r.names)-1))
}

// audience says how many others there are.
func audience(n int) string {
	switch n {
	case 0:
		return "nobody else is here"
	case 1:
		return "1 other is here"
	}
	return fmt.Sprintf("%d others are here", n)
}

// who tells the names, as many as a line takes.
func (r *Room) who(c *client, now time.Duration) {
	line := Here
	for _, d := range r.list {
		if d.state != member {
			continue
		}
		if len(line)+1+len(d.name)+1 > MaxTold {
			r.tell(c, now, line)
			line = Here
		}
		line += " " + d.name
	}
	r.tell(c, now, line)
	r.tell(c, now, fmt.Sprintf("%s %d", OK, len(r.names)))
}
