package chat

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Room is the chat room as a state machine: it is told who has connected, what
// came from whom, who is gone and what time it is, and tells in turn what it
// wants done (Dirty, Wants, Out). It makes no calls and knows no clock. Times
// are those since any moment that stays the same.
type Room struct {
	config  Config
	clients map[int]*client
	list    []*client          // in the order in which they came
	names   map[string]*client // of the members, in small letters
	leaving []*client          // whose leaving has not been told
	dirty   []int
	pings   int
}

// state is how far a client is.
type state int

const (
	stranger state = iota // has not joined
	member
	leaving // is sent what is left, and why
	over    // is to be closed
)

type client struct {
	id    int
	state state
	name  string
	dirty bool

	in      []byte        // what came and is not dealt with yet
	skipped int           // octets of a line that is too long, which are gone
	halted  bool          // in has whole lines, for which it has to wait
	spent   time.Duration // until when its lines so far take at the room's rate
	begun   time.Duration // when the line that is not whole began
	half    bool          // there is one
	mute    bool          // nothing more will come from it
	strikes int           // lines that were none of the protocol's, before it joined

	since  time.Duration // it connected
	heard  time.Duration // its last line
	pinged bool
	asked  time.Duration // when it was

	out      []byte
	shut     bool          // its end of the stream was told
	deadline time.Duration // for its leaving
	hurried  bool          // it has none
	told     string        // why, to the others
}

// Wants is what is to be done about a client.
type Wants struct {
	Read  bool // take in what comes
	Write bool // send Out
	Shut  bool // tell it that nothing more will come, and then the room (Shut)
	Close bool // and then forget it (Closed)
}

// most of a client's lines that were none, before it has joined, and of the
// octets of one line that are skipped.
const (
	maxStrikes = 3
	maxSkipped = 16 * MaxLine
)

// NewRoom returns an empty room.
func NewRoom(c Config) *Room {
	return &Room{config: c.withDefaults(), clients: make(map[int]*client), names: make(map[string]*client)}
}

// Open reports whether there is room for one more connection.
func (r *Room) Open() bool { return len(r.list) < r.config.Connections }

// Members is how many have joined.
func (r *Room) Members() int { return len(r.names) }

// Connected says that somebody has called, whom id names until Closed.
func (r *Room) Connected(id int, now time.Duration) {
	strangers := 0
	var oldest *client
	for _, c := range r.list {
		if c.state == stranger {
			if strangers++; oldest == nil {
				oldest = c
			}
		}
	}
	if strangers >= r.config.Strangers {
		r.dismiss(oldest, now, fmt.Sprintf("more than %d have called and not said JOIN: who has waited longest has to go", r.config.Strangers), "")
		oldest.hurried, oldest.deadline = true, now // its place is needed
	}
	c := &client{id: id, since: now, heard: now, spent: now}
	r.clients[id] = c
	r.list = append(r.list, c)
	r.touch(c)
	r.tell(c, now, Greeting+" "+Version+" sockplay chat: JOIN NAME to come in, HELP for more")
	r.settle(now)
}

// Received says that data has come from the client.
func (r *Room) Received(id int, data []byte, now time.Duration) {
	c := r.clients[id]
	if c == nil {
		return
	}
	r.touch(c)
	if c.state >= leaving { // nobody listens to it any more
		if c.skipped += len(data); c.skipped > maxSkipped {
			c.state = over
		}
		return
	}
	c.in = append(c.in, data...)
	r.lines(c, now)
	r.settle(now)
}

// Datagram says that a datagram has come from the client: one line, with its end
// or without.
func (r *Room) Datagram(id int, data []byte, now time.Duration) {
	c := r.clients[id]
	if c == nil || c.state >= leaving {
		return
	}
	r.touch(c)
	switch {
	case !r.may(c, now):
		if !c.halted {
			r.error(c, now, refuse("FLOOD", "%d lines at once and %d a second are taken; what comes above that is thrown away, and over UDP nothing makes you wait", r.config.Burst, r.config.Rate))
		}
		c.halted = true
	case len(data) > MaxLine:
		c.halted = false
		r.error(c, now, tooLong())
	default:
		c.halted = false
		line, rest, whole := cutLine(data)
		if !whole {
			line = data
		}
		if len(rest) > 0 && whole {
			r.error(c, now, refuse("LINES", "a datagram is one line here"))
			break
		}
		r.line(c, line, now)
	}
	r.settle(now)
}

// Gone says that nothing more comes from the client: why is "" where it has
// closed its end in good order, else what the system says.
func (r *Room) Gone(id int, why string, now time.Duration) {
	c := r.clients[id]
	if c == nil {
		return
	}
	r.touch(c)
	c.mute = true
	switch {
	case why != "":
		r.dismiss(c, now, "", why)
		c.out, c.state = nil, over // it cannot be reached either
	case c.state >= leaving:
		if len(c.out) == 0 {
			c.state = over
		}
	case !c.halted: // else its last lines are dealt with first
		r.farewell(c, now)
	}
	r.settle(now)
}

// farewell is for a client that has closed its end.
func (r *Room) farewell(c *client, now time.Duration) {
	told := "closed the connection"
	if len(c.in) > 0 || c.skipped > 0 {
		told += " in the middle of a line"
	}
	r.dismiss(c, now, "you have closed your end", told)
}

// Tick says what time it is. It is due at Next.
func (r *Room) Tick(now time.Duration) {
	for _, c := range slices.Clone(r.list) {
		if c.halted && c.state < leaving {
			r.lines(c, now)
		}
		at, timed := r.next(c)
		if !timed || now < at {
			continue
		}
		r.touch(c)
		switch {
		case c.state == leaving:
			c.state = over
		case c.half && now >= c.begun+r.config.LineTime:
			r.dismiss(c, now, fmt.Sprintf("half a line, and no end of it for %s: a line ends with \\n", seconds(r.config.LineTime)), "half a line, and no end of it for "+seconds(r.config.LineTime))
		case c.state == stranger && now >= c.since+r.config.JoinTime:
			r.dismiss(c, now, fmt.Sprintf("%s have passed without JOIN", seconds(r.config.JoinTime)), "")
		case c.pinged && now >= c.asked+r.config.AnswerTime:
			r.dismiss(c, now, fmt.Sprintf("no answer to the PING for %s", seconds(r.config.AnswerTime)), fmt.Sprintf("no answer to a PING for %s", seconds(r.config.AnswerTime)))
		case c.state == member && !c.pinged && now >= c.heard+r.config.IdleTime:
			r.pings++
			c.pinged, c.asked = true, now
			r.tell(c, now, fmt.Sprintf("%s %d", Ping, r.pings))
		}
	}
	r.settle(now)
}

// Next is when Tick is due; ok is false if nothing waits for a time.
func (r *Room) Next() (at time.Duration, ok bool) {
	for _, c := range r.list {
		if t, timed := r.next(c); timed && (!ok || t < at) {
			at, ok = t, true
		}
	}
	return at, ok
}

// next is when something is due for the client.
func (r *Room) next(c *client) (at time.Duration, ok bool) {
	sooner := func(t time.Duration) {
		if !ok || t < at {
			at, ok = t, true
		}
	}
	switch {
	case c.state == leaving:
		return c.deadline, true
	case c.state == over:
		return 0, false
	case c.state == stranger:
		sooner(c.since + r.config.JoinTime)
	case c.pinged:
		sooner(c.asked + r.config.AnswerTime)
	default:
		sooner(c.heard + r.config.IdleTime)
	}
	if c.half {
		sooner(c.begun + r.config.LineTime)
	}
	if c.halted {
		sooner(r.again(c))
	}
	return at, ok
}

// Dirty lists the clients of whom something else may be wanted than before, in
// order; each once.
func (r *Room) Dirty() []int {
	ids := r.dirty
	r.dirty = nil
	for _, id := range ids {
		if c := r.clients[id]; c != nil {
			c.dirty = false
		}
	}
	return ids
}

// Wants says what is to be done about the client now.
func (r *Room) Wants(id int) Wants {
	c := r.clients[id]
	switch {
	case c == nil:
		return Wants{}
	case c.state == over:
		return Wants{Close: true}
	case c.state == leaving && len(c.out) == 0 && (c.mute || c.hurried):
		return Wants{Close: true}
	}
	return Wants{
		Read:  !c.mute && !c.halted,
		Write: len(c.out) > 0,
		Shut:  c.state == leaving && len(c.out) == 0 && !c.shut,
	}
}

// Out is what is to be written to the client. It is good until the next call.
func (r *Room) Out(id int) []byte {
	if c := r.clients[id]; c != nil {
		return c.out
	}
	return nil
}

// Wrote says that the first n octets of Out have been written.
func (r *Room) Wrote(id, n int) {
	c := r.clients[id]
	if c == nil {
		return
	}
	if c.out = c.out[n:]; len(c.out) == 0 {
		c.out = nil
	}
	r.touch(c)
}

// Shut says that the client has been told the end of the stream.
func (r *Room) Shut(id int) {
	if c := r.clients[id]; c != nil {
		c.shut = true
	}
}

// Closed says that the client's connection is closed: id names nobody now.
func (r *Room) Closed(id int) {
	c := r.clients[id]
	if c == nil {
		return
	}
	delete(r.clients, id)
	r.list = slices.DeleteFunc(r.list, func(d *client) bool { return d == c })
}

// touch says that something else may be wanted of c.
func (r *Room) touch(c *client) {
	if !c.dirty {
		c.dirty = true
		r.dirty = append(r.dirty, c.id)
	}
}

// tell has the client sent a line. One that does not read them is dropped.
func (r *Room) tell(c *client, now time.Duration, line string) {
	r.touch(c)
	if len(c.out)+len(line)+1 > r.config.Queue && c.state < leaving {
		// Only the rest of a line that has begun would be of use to it.
		c.out = nil
		c.state = over
		r.depart(c, fmt.Sprintf("too slow: it left %d bytes unread", r.config.Queue))
		return
	}
	c.out = append(append(c.out, line...), '\n')
}

// others has all members but one sent a line.
func (r *Room) others(but *client, now time.Duration, line string) {
	for _, c := range r.list {
		if c != but && c.state == member {
			r.tell(c, now, line)
		}
	}
}

func (r *Room) error(c *client, now time.Duration, no *refusal) {
	r.tell(c, now, Failed+" "+no.code+" "+no.text)
}

// dismiss sends the client away: bye is why, for itself, and told for the others.
func (r *Room) dismiss(c *client, now time.Duration, bye, told string) {
	if c.state >= leaving {
		return
	}
	if bye != "" {
		r.tell(c, now, Bye+" "+bye)
	}
	if c.state < leaving {
		r.depart(c, told)
		c.state = leaving
	}
	c.in, c.skipped, c.half, c.halted = nil, 0, false, false
	c.deadline = now + r.config.LeaveTime
	r.touch(c)
}

// depart notes that the client is no member any more; settle tells the others.
func (r *Room) depart(c *client, told string) {
	if c.name == "" {
		return
	}
	delete(r.names, fold(c.name))
	c.told = told
	r.leaving = append(r.leaving, c)
}

// settle tells who has left, which others may be too slow to hear.
func (r *Room) settle(now time.Duration) {
	for len(r.leaving) > 0 {
		c := r.leaving[0]
		r.leaving = r.leaving[1:]
		r.others(c, now, Left+" "+c.name+" "+c.told)
	}
}

func fold(name string) string { return strings.ToLower(name) }

// seconds is a time limit in words.
func seconds(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return d.String()
}
