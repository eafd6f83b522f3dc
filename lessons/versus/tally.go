package versus

import (
	"time"

	"sockplay/tracer"
)

// drawn is how many packets of each side are kept for a drawing.
const drawn = 400

// Tally is what became of the messages over one protocol, and what it took.
type Tally struct {
	// What the programs saw.
	Sent       int // messages that a call took
	Received   int // messages that were read, each counted once
	Lost       int // sent and never read
	Doubled    int // read once more
	OutOfOrder int // read after a later one
	Damaged    int // read and no message of ours
	Calls      int // by which the receiver got them
	First      time.Duration
	Last       time.Duration // when the first and the last new message was read, since the start
	Broken     string        // the call that failed, with its errno; "" if none did

	// What was on the wire. Packets are those that arrived and those that were
	// lost; Bytes are Headers, Once and Again.
	Packets  int // sent by the stacks, and copies that the way made
	Copied   int // of them: made by the way
	Arrived  int
	Dropped  int // lost on the way
	Bytes    int // of whole IP packets
	Headers  int
	Once     int // of messages, the first time that they are on the wire
	Again    int // of messages, each further time
	Resent   int // packets with data that TCP has sent again
	furthest int // the end of what TCP has sent so far
}

// add counts an event of a packet.
func (t *Tally) add(e tracer.Event) {
	p := e.Packet
	switch e.Fate {
	case tracer.Sent, tracer.Copied, tracer.Injected:
		t.Packets++
		data := len(p.Payload)
		t.Bytes += len(p.Bytes)
		t.Headers += len(p.Bytes) - data
		fresh := 0
		switch {
		case e.Fate == tracer.Copied:
			t.Copied++
		case p.Proto == "tcp":
			end := int(p.Seq) + data
			fresh = min(max(end-max(t.furthest, 1), 0), data)
			t.furthest = max(t.furthest, end)
			if data > 0 && fresh == 0 {
				t.Resent++
			}
		default:
			fresh = data
		}
		t.Once += fresh
		t.Again += data - fresh
	case tracer.Delivered:
		t.Arrived++
	case tracer.Dropped:
		t.Dropped++
	}
}

// Goodput is how many octets of messages a second reached the receiving program,
// from the start to the last of them; 0 if none did.
func (s *Side) Goodput(size int) float64 {
	if s.Received == 0 || s.Last <= 0 {
		return 0
	}
	return float64(s.Received*size) / s.Last.Seconds()
}
