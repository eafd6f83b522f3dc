package files

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// conn is one end of a connection as a state machine: the octets that have come
// go in, with what came of the disk's work, and out come the octets to be sent
// and what the disk is to do. It makes no call, keeps no time and holds no more
// than a line and a piece of a file. Both ends are one machine, since the roles
// change: whoever has the file is the sender, whoever asked for it.
type conn struct {
	limit  int64 // octets of the largest file
	server bool
	state  state
	line   []byte // what has come of one
	out    []byte // what is to be sent
	piece  []byte // where octets of a file lie until they are
	work   work   // asked of the disk, and not done yet
	ended  bool   // the peer will send nothing more

	// The transfer that is under way, or was the last.
	job  Job
	open bool // a file is
	sum  string
	size int64 // octets of the file
	has  int64 // octets that the receiver has already
	part string
	at   int64 // octets that are there, or are sent
	read int64 // octets that are in hash
	hash hash.Hash

	over    []Report // transfers that have ended since they were last taken
	refusal *Refusal // why the connection ended
	asks    int      // lines that have come
	steps   int      // how often it has come a step further
	moved   int      // octets since the last step
}

type state int

const (
	greeted  state = iota // client: the greeting is awaited
	asked                 // server: a request is awaited; client: nothing is under way
	opening               // sender: the file is opened
	summing               // sender: it is read for its checksum
	offered               // sender: HAVE is awaited
	proving               // sender: what the receiver has is compared
	giving                // sender: the octets are sent
	given                 // sender: OK is awaited
	wanting               // client: FILE is awaited
	creating              // receiver: the part is opened
	having                // receiver: what is there is read for its checksum
	agreeing              // receiver: FROM is awaited
	taking                // receiver: the octets come
	keeping               // receiver: the file gets its name
	closing               // what is in out is the last
)

// work is what the disk is to do.
type work struct {
	do      do
	name    string
	replace bool
	n       int64  // of create the whole size; of seek where; of read how many octets at most
	data    []byte // of write; good until it is done
}

type do int

const (
	doNothing do = iota
	doOpen       // the file, to be read; the result has its size
	doCreate     // the part of a file; the result has the octets that it has already
	doRead       // the next octets of either
	doSeek       // to an octet; a part is cut off there
	doWrite      // to the part
	doKeep       // give the part the file's name
	doDrop       // throw the part away
	doClose      // the file, or the part, which stays
)

// result is what came of it.
type result struct {
	size    int64
	data    []byte // good until the next call of the conn
	refusal *Refusal
}

// Job is a file to be moved.
type Job struct {
	Fetch   bool   // to the one who asks
	Name    string // as both ends know it
	Path    string // of the file to be sent, where it is the client's
	Replace bool   // a file of that name may go
}

// Report says how a transfer ended.
type Report struct {
	Job
	Size    int64
	Sum     string // SHA-256, in hexadecimal
	Had     int64  // octets that were there already
	Refusal *Refusal
	// Kept is how many octets wait for a resumption.
	Kept int64
}

// The sizes of what is moved at once.
const (
	piece = 64 << 10 // octets that the disk is asked for
	step  = 16 << 10 // octets that are a step further
)

func newServer(limit int64) *conn {
	c := &conn{limit: limit, server: true, state: asked}
	c.say(line{verb: verbFiles, length: version, text: "sockplay: PUT LENGTH SHA256 NAME, or GET NAME"})
	return c
}

func newClient(limit int64) *conn { return &conn{limit: limit, state: greeted} }

// idle reports whether a client can be given something to do.
func (c *conn) idle() bool { return !c.server && c.state == asked && c.work.do == doNothing }

// begin has a client move a file. It must be idle.
func (c *conn) begin(j Job) {
	c.job = j
	if refusal := checkName(j.Name); refusal != nil {
		c.decline(refusal)
		return
	}
	if j.Fetch {
		c.state = wanting
		c.say(line{verb: verbGet, name: j.Name})
		return
	}
	c.state, c.work = opening, work{do: doOpen, name: j.Name}
}

// wants reports whether octets would be taken now.
func (c *conn) wants() bool {
	if c.work.do != doNothing || c.ended || c.state != closing && len(c.out) > piece {
		return false
	}
	switch c.state {
	case opening, summing, proving, creating, having, keeping:
		return false
	}
	return c.state != asked || c.server
}

// input takes octets that have come and returns how many; the rest is to be
// offered again when wants says so.
func (c *conn) input(octets []byte) (n int) {
	for n < len(octets) && c.wants() {
		switch c.state {
		case closing: // it does not matter any more
			return len(octets)
		case taking:
			m := int(min(int64(len(octets)-n), c.size-c.at))
			c.take(octets[n : n+m])
			n += m
		default:
			end := bytes.IndexByte(octets[n:], '\n')
			m := end
			if end < 0 {
				m = len(octets) - n
			}
			if len(c.line)+m >= maxLine {
				c.fail(refuse(Line, "a line is longer than %d octets, and no line of the protocol is", maxLine))
				continue
			}
			c.line = append(c.line, octets[n:n+m]...)
			n += m
			if end >= 0 {
				n++
				text := c.line
				c.line = c.line[:0]
				c.asks++
				c.steps++
				c.hear(text)
			}
		}
	}
	return n
}

// end takes in that the peer will send nothing more.
func (c *conn) end() {
	if c.ended {
		return
	}
	c.ended = true
	switch {
	case c.state == closing:
	case c.state == taking:
		c.fail(refuse(Short, "the stream ended after %d of %d octets; what came is kept: ask again to go on from there", c.at, c.size))
	case len(c.line) > 0:
		c.fail(refuse(Short, "the stream ended in the middle of a line: a line ends with a newline, \\n"))
	case c.server && c.state == asked:
		c.state = closing
	case c.server && c.state == giving: // it may have shut down its side alone
	case c.state == greeted:
		c.fail(refuse(Version, "the server ended the connection before it said FILES: another program may listen there"))
	default:
		c.fail(refuse(Short, "the other end closed the connection in the middle of it; ask again to go on from there"))
	}
}

// expire takes in that a step took too long.
func (c *conn) expire() {
	switch {
	case c.state == taking:
		c.fail(refuse(Time, "of %d octets %d came, then too few for too long; what came is kept: ask again to go on from there", c.size, c.at))
	case c.state == giving:
		c.fail(refuse(Time, "the other end takes too few octets for too long; ask again to go on from there"))
	case c.state == greeted:
		c.fail(refuse(Time, "the other end does not greet: is a server of files there, and is it served?"))
	case len(c.line) > 0:
		c.fail(refuse(Time, "a line had no end for too long: it ends with a newline, \\n"))
	default:
		c.fail(refuse(Time, "nothing was said for too long; call again when there is something to say"))
	}
}

// fail ends the connection, after a last word to the peer.
func (c *conn) fail(r *Refusal) {
	if c.state == closing {
		return
	}
	if !r.Peer && c.state != giving && r.Code != Network { // in the middle of a file no line would be taken for one
		c.say(line{verb: verbErr, code: r.Code, text: r.Text})
	}
	if c.state == giving {
		c.out = nil
	}
	busy := c.state != asked && c.state != greeted
	c.steps++
	c.state, c.refusal = closing, r
	c.release(r)
	if busy {
		c.report(r)
	}
}

// decline refuses one file, before any octet of it. The connection goes on.
func (c *conn) decline(r *Refusal) {
	if c.server || c.state == creating || c.state == having {
		c.say(line{verb: verbErr, code: r.Code, text: r.Text})
	}
	c.state = asked
	c.release(r)
	c.report(r)
}

// release closes what is open. A part that can become the file stays.
func (c *conn) release(r *Refusal) {
	c.work = work{}
	if !c.open {
		return
	}
	c.open = false
	c.work.do = doClose
	switch r.Code {
	case Checksum, Full, Disk:
		if c.receives() {
			c.work.do = doDrop
		}
	}
}

// receives reports whether the file of the transfer comes to this end.
func (c *conn) receives() bool { return c.job.Fetch != c.server }

func (c *conn) report(r *Refusal) {
	report := Report{Job: c.job, Size: c.size, Sum: c.sum, Had: c.has, Refusal: r}
	if r != nil && c.receives() && c.work.do == doClose {
		report.Kept = c.at
	}
	c.over = append(c.over, report)
	c.size, c.sum, c.has, c.at, c.part = 0, "", 0, 0, ""
}

func (c *conn) say(l line) { c.out = append(c.out, l.String()...) }

// sent takes in that so many octets of out are sent.
func (c *conn) sent(n int) {
	if c.state == giving {
		c.move(n)
	} else if n > 0 {
		c.steps++
	}
	c.out = c.out[n:]
	if c.state == giving {
		c.give()
	}
}

// move counts octets of a file.
func (c *conn) move(n int) {
	if c.moved += n; c.moved >= step {
		c.moved = 0
		c.steps++
	}
}

// take writes octets of the file down.
func (c *conn) take(octets []byte) {
	c.hash.Write(octets)
	c.at += int64(len(octets))
	c.move(len(octets))
	c.work = work{do: doWrite, data: octets}
}

// give asks for the next octets of the file, if all before are on their way.
func (c *conn) give() {
	switch {
	case len(c.out) > 0 || c.work.do != doNothing:
	case c.at < c.size:
		c.work = work{do: doRead, n: min(piece, c.size-c.at)}
	default:
		c.state = given
		c.steps++
		if c.ended {
			c.fail(refuse(Short, "it was all sent, but the other end had closed and could not say that it has it"))
		}
	}
}

// silent reports whether a client has asked for nothing since it called.
func (c *conn) silent() bool { return c.state == asked && c.asks == 0 }

// turnAway says that there are too many, instead of anything else.
func (c *conn) turnAway() {
	c.fail(refuse(Crowd, "too many clients are here; come again in a minute"))
}

// reports takes what is to be told of the transfers that have ended.
func (c *conn) reports() []Report {
	list := c.over
	c.over = nil
	return list
}

func digest(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// rehash begins a checksum anew.
func (c *conn) rehash() { c.hash, c.read = sha256.New(), 0 }
