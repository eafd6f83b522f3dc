package unixsock

import "sockplay/sandbox"

// state is a socket's: Linux's TCP_CLOSE, TCP_LISTEN and TCP_ESTABLISHED. A
// datagram socket's counts for nothing.
type state int

const (
	unconnected state = iota
	listening
	connected
)

// maxBacklog is the most that listen takes (net.core.somaxconn), maxDatagrams
// what waits at one datagram socket before its senders must
// (net.unix.max_dgram_qlen); one more is let in.
const (
	maxBacklog   = 4096
	maxDatagrams = 10
)

// socket is one unix socket.
type socket struct {
	space *Namespace
	kind  sandbox.Kind
	state state
	name  string  // as it is typed; "" for none
	peer  *socket // stays after its close, to be named
	dead  bool    // closed

	queue   []*piece  // what has arrived, oldest first
	waiting []*socket // of a listener: connections that nobody has accepted
	backlog int

	shutRd, shutWr bool          // here, or by what the peer of a stream did
	err            sandbox.Errno // to be told once

	used           int // octets of the send buffer that what waits at the peer takes
	sndbuf, rcvbuf int
	linger         int
	other          map[sandbox.Option]int // options that do nothing here
}

var _ sandbox.Socket = (*socket)(nil)

func (s *socket) stream() bool { return s.kind == sandbox.Unix }

// takeErr is the error that waits to be told, nil for none.
func (s *socket) takeErr() error {
	if s.err == "" {
		return nil
	}
	err := s.err
	s.err = ""
	return err
}

// Bind is bind(2).
func (s *socket) Bind(a sandbox.Addr) error { return s.space.bind(a, s) }

// Listen is listen(2).
func (s *socket) Listen(backlog int) error {
	switch {
	case !s.stream():
		return sandbox.Errno("EOPNOTSUPP")
	case s.name == "" || s.state == connected:
		return sandbox.EINVAL
	}
	if backlog < 0 || backlog > maxBacklog {
		backlog = maxBacklog
	}
	s.state, s.backlog = listening, backlog
	return nil
}

// Connect is connect(2). A stream is connected at once, or must wait for room
// in the listener's backlog: EAGAIN.
func (s *socket) Connect(a sandbox.Addr) error {
	other, err := s.space.find(a, s.kind)
	if err != nil {
		return err
	}
	if !s.stream() {
		return s.aim(other)
	}
	switch {
	case other.state != listening || other.shutRd:
		return sandbox.ECONNREFUSED
	case len(other.waiting) > other.backlog:
		return sandbox.EAGAIN
	case s.state == connected:
		return sandbox.EISCONN
	case s.state == listening:
		return sandbox.EINVAL
	}
	end := s.space.open(s.kind) // what accept will return has the listener's name
	end.name, end.state, end.peer = other.name, connected, s
	s.state, s.peer = connected, end
	other.waiting = append(other.waiting, end)
	return nil
}

// Accept is accept(2).
func (s *socket) Accept() (sandbox.Socket, sandbox.Addr, error) {
	switch {
	case !s.stream():
		return nil, sandbox.Addr{}, sandbox.Errno("EOPNOTSUPP")
	case s.state != listening:
		return nil, sandbox.Addr{}, sandbox.EINVAL
	case len(s.waiting) == 0:
		return nil, sandbox.Addr{}, sandbox.EAGAIN
	}
	end := s.waiting[0]
	s.waiting = s.waiting[1:]
	return end, sandbox.Addr{Path: end.peer.name}, nil
}

// Send is sendto(2).
func (s *socket) Send(data []byte, _ sandbox.Flags, to sandbox.Addr) (int, error) {
	if s.stream() {
		return s.sendStream(data, to)
	}
	return s.sendDatagram(data, to)
}

// Recv is recvfrom(2).
func (s *socket) Recv(buf []byte, f sandbox.Flags) (int, sandbox.Addr, error) {
	if s.stream() {
		return s.recvStream(buf, f)
	}
	return s.recvDatagram(buf, f)
}

// Shutdown is shutdown(2). That of a stream is the peer's too, the other way.
func (s *socket) Shutdown(how sandbox.How) error {
	rd, wr := how != sandbox.ShutWr, how != sandbox.ShutRd
	s.shutRd, s.shutWr = s.shutRd || rd, s.shutWr || wr
	if p := s.peer; p != nil && s.stream() {
		p.shutRd, p.shutWr = p.shutRd || wr, p.shutWr || rd
	}
	return nil
}

// Getsockname is getsockname(2).
func (s *socket) Getsockname() (sandbox.Addr, error) { return sandbox.Addr{Path: s.name}, nil }

// Getpeername is getpeername(2).
func (s *socket) Getpeername() (sandbox.Addr, error) {
	if s.peer == nil {
		return sandbox.Addr{}, sandbox.Errno("ENOTCONN")
	}
	return sandbox.Addr{Path: s.peer.name}, nil
}

// Poll is poll(2).
func (s *socket) Poll() sandbox.Ready {
	r := sandbox.Ready{
		In:  s.shutRd || len(s.queue) > 0 || len(s.waiting) > 0,
		Out: s.state != listening && 4*(s.used+1) <= s.sndbuf, // Linux counts one octet of its own
		Hup: s.shutRd && s.shutWr || s.stream() && s.state == unconnected,
		Err: s.err != "",
	}
	if p := s.peer; p != nil && !s.stream() && p.peer != s && p.full() && !p.dead {
		r.Out = false
	}
	return r
}

// Queues is ioctl(2) with SIOCINQ and SIOCOUTQ: of a datagram socket the first
// is the next datagram's, and the second counts the kernel's own needs too.
func (s *socket) Queues() (recv, send int) {
	if s.state == listening {
		return len(s.waiting), s.backlog
	}
	for _, p := range s.queue {
		recv += len(p.data)
		if !s.stream() {
			break
		}
	}
	return recv, s.used
}

// Close is close(2).
func (s *socket) Close() error {
	s.release(len(s.queue) > 0)
	return nil
}

// release ends the socket; lost says that the peer is to hear of it as of a
// reset.
func (s *socket) release(lost bool) {
	s.space.unbind(s)
	if p := s.peer; p != nil && s.stream() {
		p.shutRd, p.shutWr = true, true
		if lost {
			p.err = "ECONNRESET"
		}
	}
	s.dead, s.state, s.peer = true, unconnected, nil
	s.purge()
	for _, end := range s.waiting {
		end.release(true)
	}
	s.waiting = nil
}
