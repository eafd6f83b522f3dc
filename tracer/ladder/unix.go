package ladder

import (
	"strconv"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// crossing draws bytes that have crossed between two unix sockets: a row like
// a packet's, but without a number, because there is no packet.
func (l *Ladder) crossing(b *batch, i int) {
	e := &b.events[i]
	x := e.Crossing
	r := &row{
		packet: &tracer.Packet{Proto: x.Proto, Src: x.Src, Dst: x.Dst, Len: len(x.Data), Payload: x.Data},
		event:  i, born: i, ended: i, shape: whole, tone: ink.Plain,
	}
	r.conn, r.from = l.unixConn(e)
	l.rows++
	r.conn.used = l.rows
	if b.hidden(i) {
		return
	}
	r.gap = l.gap(b, i, 0)
	if b.foldable(r) {
		l.keepForFold(b, item{row: r})
		return
	}
	l.unfold(b, foldAround)
	l.show(b, r)
}

// unixConn finds or makes the connection that the bytes have crossed, and says
// which side sent them. Names tell the two ends apart, since most have no
// address. A stream's end that nobody had accepted gets its name as soon as
// the other end has to do with it again.
func (l *Ladder) unixConn(e *tracer.Event) (*conn, side) {
	x := e.Crossing
	from, to := parseName(x.Sender), parseName(x.Receiver)
	from.seq, to.seq = e.Seq, e.Seq
	stream := x.Proto == "unix"
	for _, c := range l.conns {
		if c.proto != x.Proto {
			continue
		}
		for s := range c.ends {
			near, far := &c.ends[s], &c.ends[1-s]
			switch {
			case near.is(from) && (far.is(to) && (to.fd > 0 || far.addr == x.Dst) || stream && far.fd == 0):
				l.rename(far, to)
				return c, side(s)
			case stream && far.is(to) && near.fd == 0:
				l.rename(near, from)
				return c, side(s)
			}
		}
	}
	c := &conn{proto: x.Proto, born: e.Seq}
	c.ends[left] = l.unixEnd(x.Sender, x.Src)
	c.ends[right] = l.unixEnd(x.Receiver, x.Dst)
	l.conns[connKey{x.Proto, x.Sender, x.Receiver + " " + x.Dst}] = c
	return c, left
}

// is reports whether the end is that descriptor.
func (e *end) is(n name) bool { return e.process == n.process && e.fd == n.fd }

func (l *Ladder) unixEnd(owner, addr string) end {
	n := parseName(owner)
	e := end{addr: addr, process: n.process, fd: n.fd, passive: n.fd == 0}
	switch {
	case addr != "":
	case l.pairs[owner]:
		e.addr = "socketpair"
	default:
		e.addr = "(unnamed)"
	}
	return e
}

// opened notes that a number names a new socket: what was known of unix
// sockets under it is about another. pair says that it is one of a pair.
func (l *Ladder) opened(process string, fd int, pair bool) {
	for key, c := range l.conns {
		n := name{process: process, fd: fd}
		if strings.HasPrefix(c.proto, "unix") && (c.ends[left].is(n) || c.ends[right].is(n)) {
			delete(l.conns, key)
		}
	}
	who := process + ":" + strconv.Itoa(fd)
	delete(l.pairs, who)
	if pair {
		if len(l.pairs) >= maxPairs {
			clear(l.pairs)
		}
		l.pairs[who] = true
	}
}
