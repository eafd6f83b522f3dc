package files

import (
	"context"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// Config is how patient an end is, and how much it takes. A zero value means the
// default.
type Config struct {
	// Limit is how many octets a file may have: 1 GiB.
	Limit int64
	// Clients is how many a server talks to at once: 64.
	Clients int
	// Idle is how long a step may take: a line, 16 KiB of a file, or its end.
	// 30 s for a server, 2 min for a client, of which the greeting has 10 s.
	Idle time.Duration
	// Linger is how long an end that has refused something goes on reading, so
	// that its word is not lost to the RST of a close with octets unread: 5 s.
	Linger time.Duration
}

func (c Config) defaults() Config {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&c.Idle, 30*time.Second)
	set(&c.Linger, 5*time.Second)
	if c.Limit == 0 {
		c.Limit = 1 << 30
	}
	if c.Clients == 0 {
		c.Clients = 64
	}
	return c
}

// link is a connection: a descriptor, the state machine that talks over it, and
// the disk that does its work.
type link struct {
	fd   int
	from string
	conn *conn
	disk disk
	in   []byte // what has been read and not yet taken
	eof  bool

	steps   int
	since   time.Duration // when the present step began
	shut    bool          // it has said its last
	drained int           // octets that were read since
	dead    bool
	ready   bool     // something has happened on it
	more    bool     // it had to let others have their turn
	told    *Refusal // the last that was printed
}

// The sizes of what is asked for at once.
const (
	reads      = 64 << 10 // octets of a read
	turns      = 16       // works of the disk for one link, before the next one's
	sendBuffer = 128 << 10
	maxDrain   = 16 << 20 // octets that are read to throw them away
)

// bound keeps the send buffer from growing. What is in it is sent although the
// other end may have refused meanwhile, and the stack looks at all of it whenever
// an acknowledgement comes.
func bound(ctx context.Context, sys peer.System, fd int) {
	size, _ := sandbox.LookupOption("SO_SNDBUF")
	sys.Setsockopt(ctx, fd, size, sendBuffer)
}

// pump hands octets and works on until it must wait, or has worked long enough:
// then more is true.
func (l *link) pump() (more bool) {
	for range turns {
		switch c := l.conn; {
		case c.work.do != doNothing:
			c.done(l.disk.work(c.work))
		case len(l.in) > 0 && c.wants():
			l.in = l.in[c.input(l.in):]
		case l.eof && len(l.in) == 0 && !c.ended:
			c.end()
		default:
			return false
		}
	}
	return true
}

// wants are the events that a poll is to wait for.
func (l *link) wants() sandbox.PollFD {
	return sandbox.PollFD{FD: l.fd, In: !l.eof && len(l.in) == 0 && l.conn.wants(), Out: len(l.conn.out) > 0}
}

// happened takes in what poll has told.
func (l *link) happened(ctx context.Context, sys peer.System, r sandbox.Revent) {
	l.ready = true
	if r.In || r.Hup || r.Err {
		l.receive(ctx, sys)
	}
}

// receive reads what has come.
func (l *link) receive(ctx context.Context, sys peer.System) {
	if len(l.in) > 0 || l.dead {
		return
	}
	o := sys.Read(ctx, l.fd, reads)
	switch n := o.Result.Value; {
	case n > 0:
		l.in = o.Result.Data
		if l.shut {
			l.drained += n
		}
	case n == 0:
		l.eof = true
	case o.Result.Errno != string(sandbox.EAGAIN) && o.Result.Errno != string(sandbox.EINTR):
		l.broke(o.Result.Errno)
	}
}

// send writes what is to be said, as far as there is room.
func (l *link) send(ctx context.Context, sys peer.System) {
	if len(l.conn.out) == 0 {
		return
	}
	o := sys.Write(ctx, l.fd, l.conn.out)
	switch n := o.Result.Value; {
	case n >= 0:
		l.conn.sent(n)
	case o.Result.Errno != string(sandbox.EAGAIN) && o.Result.Errno != string(sandbox.EINTR):
		for had := -1; had != len(l.conn.over)+l.conn.asks && !l.eof; { // its last word may say why
			had = len(l.conn.over) + l.conn.asks
			l.receive(ctx, sys)
			l.pump()
		}
		l.broke(o.Result.Errno)
	}
}

func (l *link) broke(errno string) {
	l.conn.fail(refuse(Network, "the connection broke (%s); what has come is kept: ask again to go on from there", errno))
	l.dead = true
}

// act sends what is to be sent and does what there is to do, until it must wait
// or its turn is over. Where nothing has happened it does nothing: there may be
// some room in the send buffer although poll does not say so yet.
func (l *link) act(ctx context.Context, sys peer.System) {
	if !l.ready && !l.more {
		return
	}
	l.ready = false
	for range 2 {
		l.more = l.pump()
		before := len(l.conn.out)
		if l.dead || before == 0 {
			return
		}
		l.send(ctx, sys)
		if len(l.conn.out) == before { // there is no room
			return
		}
		l.more = true
	}
}

// judge closes the connection if it is over, and ends it if a step has taken too
// long. It reports whether it is closed.
func (l *link) judge(ctx context.Context, sys peer.System, cfg Config) bool {
	now, c := sys.Now(), l.conn
	if c.steps != l.steps {
		l.steps, l.since = c.steps, now
	}
	switch said := len(c.out) == 0; {
	case c.state == closing && c.work.do != doNothing: // the disk first
		return false
	case l.dead, c.state == closing && said && (c.refusal == nil || l.eof),
		c.state == closing && (now-l.since >= cfg.Linger || l.drained > maxDrain):
		sys.Close(ctx, l.fd)
		return true
	case c.state == closing && said && !l.shut:
		l.shut, l.since = true, now
		sys.Shutdown(ctx, l.fd, sandbox.ShutWr)
	case c.state != closing && now-l.since >= cfg.patience(c):
		c.expire()
		l.since, l.ready = now, true
		l.act(ctx, sys)
	}
	return false
}

// left is how long judge has nothing to do if nothing happens.
func (l *link) left(now time.Duration, cfg Config) time.Duration {
	patience := cfg.patience(l.conn)
	if l.conn.state == closing {
		patience = cfg.Linger
	}
	return max(0, l.since+patience-now)
}

// patience is how long the present step may take. A server greets at once, so that
// one that says nothing is soon known not to be one.
func (c Config) patience(of *conn) time.Duration {
	if of.state == greeted {
		return min(c.Idle, 10*time.Second)
	}
	return c.Idle
}
