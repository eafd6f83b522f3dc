package sandbox

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/tcpstate"
	"sockplay/tracer/track"
)

// maxRead bounds the buffer of one read; it may return less than it was asked
// for in any case.
const maxRead = 8 << 20

func result(value int) tracer.Result { return tracer.Result{Value: value} }

// onFile makes a call on an open descriptor. The call of one that is not open
// fails with EBADF.
func (p *Process) onFile(name string, fd int, try func(f *file) (tracer.Result, error)) *call {
	f := p.files[fd]
	c := &call{name: name, fd: fd, file: f}
	c.try = func() (tracer.Result, error) {
		if f == nil {
			return tracer.Result{}, EBADF
		}
		return try(f)
	}
	return c
}

// Socket is socket(2).
func (p *Process) Socket(ctx context.Context, k Kind) Outcome {
	c := &call{name: "socket"}
	c.try = func() (tracer.Result, error) {
		fd := p.freeFD(firstFD)
		if fd == 0 {
			return tracer.Result{}, EMFILE
		}
		sock, err := p.sandbox.stack.Socket(k)
		if err != nil {
			return tracer.Result{}, err
		}
		p.install(fd, p.newFile(k, sock))
		return result(fd), nil
	}
	return p.begin(ctx, c, string(k))
}

func (p *Process) newFile(k Kind, sock Socket) *file {
	proto := "udp"
	switch {
	case k.TCP():
		proto = "tcp"
	case k.Unix():
		proto = string(k)
	}
	f := &file{kind: k, sock: sock, linger: LingerOff, end: p.sandbox.track.Open(p.name, 0, proto)}
	if k.Unix() {
		f.unix = &unixEnd{end: f.end}
	}
	return f
}

// Bind is bind(2).
func (p *Process) Bind(ctx context.Context, fd int, a Addr) Outcome {
	c := p.onFile("bind", fd, func(f *file) (tracer.Result, error) {
		if err := f.sock.Bind(a); err != nil {
			return tracer.Result{}, err
		}
		f.bound = true
		if f.kind.Unix() {
			p.sandbox.unixBound(f, a)
		} else {
			p.sandbox.locate(f)
		}
		return result(0), nil
	})
	c.now, c.addr = true, a
	return p.begin(ctx, c, a.String())
}

// locate takes over the address that the stack has given f.
func (s *Sandbox) locate(f *file) {
	if f.kind.Stream() && f.end.State() != "CLOSED" {
		return // a connection that lives on without its descriptor's address
	}
	if local, err := f.sock.Getsockname(); err == nil {
		s.setAddrs(f.end, local.AddrPort, f.end.Remote)
	}
}

// setAddrs says where a socket is and what it is connected to.
func (s *Sandbox) setAddrs(e *track.Endpoint, local, remote netip.AddrPort) {
	if e.Local != local {
		s.occupied(local)
	}
	s.track.SetAddrs(e, local, remote)
}

// Listen is listen(2).
func (p *Process) Listen(ctx context.Context, fd, backlog int) Outcome {
	c := p.onFile("listen", fd, nil)
	f := c.file
	c.try = func() (tracer.Result, error) {
		if f == nil {
			return tracer.Result{}, EBADF
		}
		if err := f.sock.Listen(backlog); err != nil {
			return tracer.Result{}, err
		}
		if f.kind.Unix() {
			f.unix.listens = true
			return result(0), nil
		}
		local, _ := f.sock.Getsockname()
		_, room := f.sock.Queues() // the system has its own limit
		p.sandbox.occupied(local.AddrPort)
		p.sandbox.track.Listen(f.end, local.AddrPort, room, c.event)
		return result(0), nil
	}
	c.now = true
	return p.begin(ctx, c, strconv.Itoa(backlog))
}

// Accept is accept(2).
func (p *Process) Accept(ctx context.Context, fd int) Outcome {
	c := p.onFile("accept", fd, func(f *file) (tracer.Result, error) {
		number := p.freeFD(firstFD)
		if number == 0 {
			return tracer.Result{}, EMFILE
		}
		sock, from, err := f.sock.Accept()
		if err == EAGAIN && f.kind.Unix() && f.shutRd && !f.nonblock {
			err = EINVAL // one that waits is told; a nonblocking one never, on Linux
		}
		if err != nil {
			return tracer.Result{}, err
		}
		if f.kind.Unix() {
			g := p.newFile(f.kind, sock)
			u := p.sandbox.unixAccepted(f)
			u.end, g.unix = g.end, u
			p.install(number, g)
			return tracer.Result{Value: number, Addr: from.String()}, nil
		}
		g := &file{kind: f.kind, sock: sock, linger: LingerOff}
		g.inherit()
		local, _ := sock.Getsockname()
		g.end = p.sandbox.track.Accept(local.AddrPort, from.AddrPort, p.name, number)
		p.install(number, g)
		p.sandbox.track.SetLinger(g.end, g.linger == 0)
		return tracer.Result{Value: number, Addr: from.String()}, nil
	})
	c.quiet = p.sandbox.waits.noticed(c.file)
	c.wait = "nobody has called yet"
	c.hint = "type for another process meanwhile (client: ...), or interrupt it (Ctrl-C)"
	return p.begin(ctx, c)
}

// inherit takes over what the sandbox does on the stack's behalf, of the options
// that a connection has from its listener.
func (f *file) inherit() {
	if v, err := f.sock.Getsockopt(SO_LINGER); err == nil {
		f.linger = v
	}
	if v, err := f.sock.Getsockopt(SO_RCVTIMEO); err == nil {
		f.rcvtimeo = time.Duration(v) * time.Millisecond
	}
	if v, err := f.sock.Getsockopt(SO_SNDTIMEO); err == nil {
		f.sndtimeo = time.Duration(v) * time.Millisecond
	}
}

// Connect is connect(2).
func (p *Process) Connect(ctx context.Context, fd int, a Addr) Outcome {
	var c *call
	c = p.onFile("connect", fd, func(f *file) (tracer.Result, error) {
		err := f.sock.Connect(a)
		if f.kind.Unix() {
			if err == nil {
				p.sandbox.unixConnected(f, a)
			}
			return result(0), err
		}
		// While the SYN is on its way the socket has its addresses already.
		if err == nil || err == EINPROGRESS {
			// A second connect names another peer in vain.
			peer, peerErr := f.sock.Getpeername()
			local, localErr := f.sock.Getsockname()
			if peerErr != nil {
				peer = Addr{AddrPort: Destination(a, local)}
			}
			if localErr == nil {
				p.sandbox.setAddrs(f.end, local.AddrPort, peer.AddrPort)
			}
		}
		if f.kind.TCP() && (err == EINPROGRESS || err == EALREADY) {
			c.wait = p.sandbox.unanswered(f.end.Remote)
		}
		return result(0), err
	})
	c.hint = "wait lets time pass; Ctrl-C interrupts the call, not the connection"
	if c.addr = a; c.file != nil && c.file.kind.Unix() {
		c.wait = "the listener's backlog is full: it has not accepted those who called before"
		c.hint = "let it accept one; Ctrl-C interrupts the call"
	}
	return p.begin(ctx, c, a.String())
}

// unanswered says why a SYN to that address has no answer yet.
func (s *Sandbox) unanswered(to netip.AddrPort) string {
	if l := s.track.ListenerAt(to); l != nil {
		if waiting, room := l.Backlog(); waiting > room {
			return "the listener's backlog is full, so it ignores the SYN, which is sent again: accept makes room"
		}
	}
	if s.track.Yours("tcp", to, netip.AddrPort{}) {
		return "the SYN has come to you: inject ? tells how to answer"
	}
	if why := s.silence("tcp", netip.AddrPortFrom(to.Addr().Unmap(), to.Port()), netip.AddrPort{}); why != "" {
		return why
	}
	return "no answer to the SYN has come yet"
}

// Destination is where a packet from local to a goes: Linux takes the
// unspecified address for this host, and mostly for the very address that the
// packet comes from.
func Destination(a, local Addr) netip.AddrPort {
	ip, own := a.AddrPort.Addr(), local.AddrPort.Addr().Unmap()
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	switch {
	case ip.Unmap() == netip.IPv4Unspecified():
		if !own.IsLoopback() || !own.Is4() {
			own = loopback
		}
		if ip.Is6() {
			own = netip.AddrFrom16(own.As16())
		}
		ip = own
	case ip == netip.IPv6Unspecified() && local.AddrPort.Addr().Is4In6():
		ip = netip.AddrFrom16(loopback.As16())
	case ip == netip.IPv6Unspecified():
		ip = netip.IPv6Loopback()
	}
	return netip.AddrPortFrom(ip, a.Port())
}

// Write is write(2).
func (p *Process) Write(ctx context.Context, fd int, data []byte) Outcome {
	return p.send(ctx, "write", fd, data, 0, Addr{}, QuoteData(data))
}

// Send is send(2).
func (p *Process) Send(ctx context.Context, fd int, data []byte, f Flags) Outcome {
	return p.send(ctx, "send", fd, data, f, Addr{}, append([]string{QuoteData(data)}, flagNames(f)...)...)
}

// Sendto is sendto(2).
func (p *Process) Sendto(ctx context.Context, fd int, to Addr, data []byte) Outcome {
	return p.send(ctx, "sendto", fd, data, 0, to, to.String(), QuoteData(data))
}

// send sends all of data, in as many pieces as the stack takes; a blocked one
// goes on when there is room.
func (p *Process) send(ctx context.Context, name string, fd int, data []byte, flags Flags, to Addr, args ...string) Outcome {
	sent := 0
	var c *call
	c = p.onFile(name, fd, func(f *file) (tracer.Result, error) {
		for {
			if f.kind.Unix() && flags&MSG_OOB != 0 { // Linux has it where its builder wants it
				return tracer.Result{}, Errno("EOPNOTSUPP")
			}
			n, err := f.sock.Send(data[sent:], flags, to)
			switch {
			case f.kind.Unix() && (n > 0 || err == nil && !f.kind.Stream()):
				p.sandbox.cross(f, to, data[sent:sent+n], c.event)
			case f.kind.Unix():
				if err == ECONNREFUSED && !to.IsValid() { // Linux disconnects it
					f.unix.peer, f.unix.remote = nil, ""
				}
			case f.end.Local.Port() == 0:
				p.sandbox.locate(f)
			}
			sent += max(n, 0)
			switch {
			case err == nil && (sent == len(data) || !f.kind.Stream()):
				return result(sent), nil
			case err == nil:
				continue
			case sent > 0 && (err != EAGAIN || f.nonblock || flags&MSG_DONTWAIT != 0):
				return result(sent), nil // the error is told by the next call
			}
			return tracer.Result{}, err
		}
	})
	c.flags, c.asked, c.addr = flags, len(data), to
	c.sofar = func() (tracer.Result, bool) { return result(sent), sent > 0 }
	c.wait = "the send buffer is full: the peer does not read fast enough"
	c.hint = "let the peer read, or interrupt it (Ctrl-C)"
	if c.file != nil && c.file.kind == UnixDgram {
		c.wait = "the receiver's queue is full, or this socket's buffer: datagrams wait there that nobody has read"
	}
	return p.begin(ctx, c, args...)
}

// buffer is n octets for a call to receive into. What is to be kept is copied
// out of it before the next call: most reads get less than they ask for.
func (s *Sandbox) buffer(n int) []byte {
	if n > len(s.received) {
		s.received = make([]byte, n)
	}
	return s.received[:n]
}

// Read is read(2).
func (p *Process) Read(ctx context.Context, fd, n int) Outcome {
	return p.recv(ctx, "read", fd, n, 0)
}

// Recv is recv(2).
func (p *Process) Recv(ctx context.Context, fd, n int, f Flags) Outcome {
	return p.recv(ctx, "recv", fd, n, f)
}

// Recvfrom is recvfrom(2).
func (p *Process) Recvfrom(ctx context.Context, fd, n int) Outcome {
	return p.recv(ctx, "recvfrom", fd, n, 0)
}

func (p *Process) recv(ctx context.Context, name string, fd, n int, flags Flags) Outcome {
	var got []byte
	whole := 0 // octets of the datagram
	var c *call
	c = p.onFile(name, fd, func(f *file) (tracer.Result, error) {
		buf := p.sandbox.buffer(min(n, maxRead) - len(got))
		ask := flags
		if !f.kind.Stream() {
			ask |= MSG_TRUNC // so that we know how long the datagram is
		}
		m, from, err := f.sock.Recv(buf, ask)
		if err == EAGAIN && !f.kind.Stream() && f.shutRd && !f.nonblock && flags&MSG_DONTWAIT == 0 {
			return tracer.Result{}, nil // it does not wait for what it will not take
		}
		if err != nil {
			if len(got) > 0 && (err != EAGAIN || f.nonblock || flags&MSG_DONTWAIT != 0) {
				return tracer.Result{Value: len(got), Data: got}, nil
			}
			return tracer.Result{}, err
		}
		discards := f.kind.TCP() && flags&MSG_TRUNC != 0 // tcp(7): the data is thrown away
		if !discards {
			if got == nil && m > 0 && flags&MSG_WAITALL != 0 { // all of it comes, packet by packet
				got = make([]byte, 0, min(n, maxRead))
			}
			got = append(got, buf[:min(m, len(buf))]...)
		}
		if m > 0 && flags&(MSG_WAITALL|MSG_PEEK) == MSG_WAITALL && f.kind.Stream() && len(got) < n && len(got) < maxRead {
			p.sandbox.moved = p.sandbox.moved || f.kind.Unix()
			c.wait = fmt.Sprintf("MSG_WAITALL: %d of %d bytes have arrived", len(got), n)
			return tracer.Result{}, EAGAIN
		}
		r := tracer.Result{Value: max(m, len(got)), Data: got}
		if whole = m; flags&MSG_TRUNC == 0 {
			r.Value = len(got)
		}
		if name == "recvfrom" && !f.kind.Stream() {
			r.Addr = from.String()
		}
		return r, nil
	})
	c.flags, c.asked, c.whole = flags, n, &whole
	c.quiet = p.sandbox.waits.noticed(c.file)
	c.sofar = func() (tracer.Result, bool) { return tracer.Result{Value: len(got), Data: got}, len(got) > 0 }
	c.wait = "nothing has arrived yet"
	c.hint = "let the peer write something, or interrupt it (Ctrl-C)"
	return p.begin(ctx, c, append([]string{strconv.Itoa(n)}, flagNames(flags)...)...)
}

// Shutdown is shutdown(2).
func (p *Process) Shutdown(ctx context.Context, fd int, how How) Outcome {
	c := p.onFile("shutdown", fd, func(f *file) (tracer.Result, error) {
		return result(0), f.sock.Shutdown(how)
	})
	f, done := c.file, c.try
	ok := false
	c.try = func() (tracer.Result, error) {
		r, err := done()
		ok = err == nil
		if f != nil && !f.kind.Stream() { // noted even where it is refused
			f.shutRd = f.shutRd || how != ShutWr
		}
		return r, err
	}
	c.after = func() {
		if ok {
			f.shutRd = f.shutRd || how != ShutWr
			f.shutWr = f.shutWr || how != ShutRd
			which := map[How]tcpstate.Call{ShutRd: tcpstate.CallShutdownRead, ShutWr: tcpstate.CallShutdownWrite, ShutRdWr: tcpstate.CallShutdownBoth}
			p.sandbox.track.Shutdown(f.end, which[how], c.event)
		}
	}
	c.now, c.how = true, how
	return p.begin(ctx, c, string(how))
}

// Close is close(2). With a linger time it waits until all is acknowledged, as
// Linux does even for a nonblocking socket. While another process has the
// socket open it does nothing to it.
func (p *Process) Close(ctx context.Context, fd int) Outcome {
	s := p.sandbox
	closed := false
	var c *call
	c = p.onFile("close", fd, func(f *file) (tracer.Result, error) {
		if !closed {
			c.unread, c.unsent = f.sock.Queues()
			others, err := p.release(fd, c.event)
			if err != nil {
				return tracer.Result{}, err
			}
			closed, c.others = true, others
			if f.linger > 0 && f.kind.TCP() && len(others) == 0 {
				c.deadline = s.stack.Now() + time.Duration(f.linger)*time.Second
				c.late = result(0)
				c.file = nil // what the descriptor was set to counts no more
			}
		}
		if c.deadline > 0 {
			switch f.end.State() { // as Linux's sk_stream_closing
			case "FIN-WAIT-1", "CLOSING", "LAST-ACK":
				return tracer.Result{}, EAGAIN
			}
		}
		return result(0), nil
	})
	c.wait = "SO_LINGER: it waits until the peer has acknowledged everything"
	c.hint = "wait lets time pass"
	c.now = c.file != nil && c.file.linger <= 0
	return p.begin(ctx, c)
}

// QuoteData shows data as an argument: as it is typed, cut where it is long.
func QuoteData(data []byte) string {
	const shown = 48
	if len(data) <= shown {
		return strconv.Quote(string(data))
	}
	return strconv.Quote(string(data[:shown])) + "... (" + strconv.Itoa(len(data)) + " bytes)"
}

func flagNames(f Flags) []string {
	var names []string
	for _, name := range FlagOrder {
		if f&FlagNames[name] != 0 {
			names = append(names, name)
		}
	}
	return names
}
