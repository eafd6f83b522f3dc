package unixsock

import "sockplay/sandbox"

// piece is data on its way: a datagram, or a part of a stream.
type piece struct {
	data []byte
	from *socket // whose send buffer it takes from
	size int     // so much
}

// put queues data at to.
func (s *socket) put(data []byte, size int, to *socket) {
	to.queue = append(to.queue, &piece{data: append([]byte(nil), data...), from: s, size: size})
	s.used += size
}

// drop takes the oldest piece out of the queue, and gives its room back.
func (s *socket) drop() {
	p := s.queue[0]
	s.queue[0] = nil
	s.queue = s.queue[1:]
	p.from.used -= p.size
}

func (s *socket) purge() {
	for len(s.queue) > 0 {
		s.drop()
	}
}

func (s *socket) sendStream(data []byte, to sandbox.Addr) (int, error) {
	switch {
	case to.IsValid() && s.state == connected:
		return 0, sandbox.EISCONN
	case to.IsValid():
		return 0, sandbox.Errno("EOPNOTSUPP")
	case s.peer == nil:
		return 0, sandbox.Errno("ENOTCONN")
	case s.shutWr:
		return 0, sandbox.EPIPE
	}
	sent := 0
	for sent < len(data) {
		if s.used >= s.sndbuf {
			if sent == 0 {
				return 0, sandbox.EAGAIN
			}
			break
		}
		// Linux keeps two pieces in the buffer, and a piece in one allocation.
		n := min(len(data)-sent, s.sndbuf/2-64, maxPiece)
		s.put(data[sent:sent+n], streamSize(n), s.peer)
		sent += n
	}
	return sent, nil
}

func (s *socket) recvStream(buf []byte, f sandbox.Flags) (n int, from sandbox.Addr, err error) {
	switch {
	case s.state != connected:
		return 0, from, sandbox.EINVAL
	case len(s.queue) == 0 && s.err != "":
		return 0, from, s.takeErr()
	case len(s.queue) == 0 && s.shutRd:
		return 0, from, nil
	case len(s.queue) == 0:
		return 0, from, sandbox.EAGAIN
	}
	from.Path = s.queue[0].from.name
	if f&sandbox.MSG_PEEK != 0 {
		for _, p := range s.queue {
			n += copy(buf[n:], p.data)
		}
		return n, from, nil
	}
	for n < len(buf) && len(s.queue) > 0 {
		p := s.queue[0]
		m := copy(buf[n:], p.data)
		n += m
		if p.data = p.data[m:]; len(p.data) == 0 {
			s.drop()
		}
	}
	return n, from, nil
}

// mayReach reports whether s may send to other: a connected datagram socket
// hears only its peer.
func (s *socket) mayReach(other *socket) bool { return other.peer == nil || other.peer == s }

// full reports whether a datagram socket takes no more from others.
func (s *socket) full() bool { return len(s.queue) > s.backlog }

// aim is connect(2) of a datagram socket. What came from the former peer is
// lost, and if that was connected to this one it is told.
func (s *socket) aim(other *socket) error {
	if !s.mayReach(other) {
		return sandbox.Errno("EPERM")
	}
	old := s.peer
	s.peer = other
	if old != nil && old != other {
		s.disconnected(old)
	}
	return nil
}

func (s *socket) disconnected(old *socket) {
	if len(s.queue) == 0 {
		return
	}
	s.purge()
	if !old.dead && old.peer == s {
		old.err = "ECONNRESET"
	}
}

func (s *socket) sendDatagram(data []byte, to sandbox.Addr) (int, error) {
	switch {
	case to.IsValid() && !sandbox.ValidPath(to.Path):
		return 0, sandbox.EINVAL
	case len(data) > s.sndbuf-32:
		return 0, sandbox.Errno("EMSGSIZE")
	case s.err != "":
		return 0, s.takeErr()
	case s.shutWr:
		return 0, sandbox.EPIPE
	case s.used >= s.sndbuf:
		return 0, sandbox.EAGAIN
	}
	other := s.peer
	if to.IsValid() {
		var err error
		if other, err = s.space.find(to, s.kind); err != nil {
			return 0, err
		}
	}
	switch {
	case other == nil:
		return 0, sandbox.Errno("ENOTCONN")
	case !s.mayReach(other):
		return 0, sandbox.Errno("EPERM")
	case other.dead: // only a peer can be
		s.peer = nil
		s.disconnected(other)
		return 0, sandbox.ECONNREFUSED
	case other.shutRd:
		return 0, sandbox.EPIPE
	case other != s && other.peer != s && other.full():
		return 0, sandbox.EAGAIN
	}
	s.put(data, datagramSize(len(data)), other)
	return len(data), nil
}

func (s *socket) recvDatagram(buf []byte, f sandbox.Flags) (int, sandbox.Addr, error) {
	switch {
	case s.err != "":
		return 0, sandbox.Addr{}, s.takeErr()
	case len(s.queue) == 0:
		return 0, sandbox.Addr{}, sandbox.EAGAIN
	}
	p := s.queue[0]
	n := copy(buf, p.data)
	if f&sandbox.MSG_TRUNC != 0 {
		n = len(p.data)
	}
	if f&sandbox.MSG_PEEK == 0 {
		s.drop()
	}
	return n, sandbox.Addr{Path: p.from.name}, nil
}
