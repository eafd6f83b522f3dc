package host

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"time"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// maxRead bounds the buffer of one read, in octets.
const maxRead = 1 << 20

// Socket is socket(2): tcp, udp, and those of IPv6. Others are EAFNOSUPPORT.
func (p *Process) Socket(_ context.Context, k sandbox.Kind) sandbox.Outcome {
	c := p.begin("socket", 0, string(k))
	if k.Unix() {
		return p.fails(c, "EAFNOSUPPORT")
	}
	fd := p.install(p.newFile(k))
	if fd == 0 {
		return p.fails(c, sandbox.EMFILE)
	}
	return p.end(c, tracer.Result{Value: fd}, "")
}

// network is what Go calls it. A program need not know of which family the
// address is that it is given.
func network(k sandbox.Kind, a netip.AddrPort) string {
	name := "tcp"
	if !k.Stream() {
		name = "udp"
	}
	switch ip := a.Addr(); {
	case k.IPv6() && ip.IsUnspecified():
		return name // both
	case ip.Is4():
		return name + "4"
	}
	return name + "6"
}

// Bind is bind(2), and already answers callers of TCP: the system's queue holds
// them until listen and accept.
func (p *Process) Bind(_ context.Context, fd int, a sandbox.Addr) sandbox.Outcome {
	c := p.begin("bind", fd, a.String())
	f := p.files[fd]
	if f == nil {
		return p.fails(c, sandbox.EBADF)
	}
	if f.listener != nil || f.connection() != nil || f.udp != nil {
		return p.fails(c, sandbox.EINVAL)
	}
	var err error
	if name := network(f.kind, a.AddrPort); f.kind.Stream() {
		if f.listener, err = net.ListenTCP(name, net.TCPAddrFromAddrPort(a.AddrPort)); err == nil {
			f.local = addrOf(f.listener.Addr())
		}
	} else {
		if f.udp, err = net.ListenUDP(name, net.UDPAddrFromAddrPort(a.AddrPort)); err == nil {
			f.local = addrOf(f.udp.LocalAddr())
			p.join.Add(1)
			go f.receiveFrom(f.udp)
		}
	}
	if err != nil {
		f.listener, f.udp = nil, nil
		return p.fails(c, errnoOf(err))
	}
	return p.end(c, tracer.Result{}, "its address is "+f.local.String()+" now")
}

// Listen is listen(2). The backlog is the system's largest, whatever is asked.
func (p *Process) Listen(_ context.Context, fd, backlog int) sandbox.Outcome {
	c := p.begin("listen", fd, strconv.Itoa(backlog))
	f := p.files[fd]
	switch {
	case f == nil:
		return p.fails(c, sandbox.EBADF)
	case f.listener == nil:
		return p.fails(c, sandbox.EINVAL)
	case !f.listens:
		f.listens = true
		p.join.Add(1)
		go f.answer(f.listener)
		f.move(c.event, "LISTEN", "listen: waits for a SYN from anyone")
	}
	return p.end(c, tracer.Result{}, "callers are answered now")
}

// Accept is accept(2).
func (p *Process) Accept(_ context.Context, fd int) sandbox.Outcome {
	c := p.begin("accept", fd)
	f := p.files[fd]
	switch {
	case f == nil:
		return p.fails(c, sandbox.EBADF)
	case !f.listens:
		return p.fails(c, sandbox.EINVAL)
	}
	g := p.newFile(f.kind)
	number := p.install(g)
	if number == 0 {
		return p.fails(c, sandbox.EMFILE)
	}
	var conn *net.TCPConn
	var err error
	if !p.until(f.patience(), func() bool {
		conn, err, f.caller, f.inErr = f.caller, f.inErr, nil, nil
		return conn != nil || err != nil
	}) {
		err = sandbox.EAGAIN
	} else {
		f.take()
	}
	if err != nil {
		delete(p.files, number)
		return p.fails(c, errnoOf(err))
	}
	g.buffers = f.buffers
	p.mu.Lock()
	g.connected(conn)
	p.mu.Unlock()
	g.resize()
	g.state = "LISTEN"
	g.move(c.event, "SYN-RECEIVED", "a SYN came to the listener")
	g.move(c.event, "ESTABLISHED", "the system has shaken hands before accept")
	return p.end(c, tracer.Result{Value: number, Addr: g.remote.String()}, "the connection from "+g.remote.String())
}

// patience is how long a call on it may wait.
func (f *file) patience() time.Duration {
	if f.nonblock {
		return 0
	}
	return -1
}

// Connect is connect(2), of TCP.
func (p *Process) Connect(_ context.Context, fd int, a sandbox.Addr) sandbox.Outcome {
	c := p.begin("connect", fd, a.String())
	f := p.files[fd]
	switch {
	case f == nil:
		return p.fails(c, sandbox.EBADF)
	case !f.kind.Stream() || f.listener != nil:
		return p.fails(c, "EOPNOTSUPP")
	case f.connection() != nil:
		return p.fails(c, "EISCONN")
	}
	if !f.dialing {
		f.dialing = true
		f.remote = a.AddrPort
		f.move(c.event, "SYN-SENT", "connect asks for a connection")
		var ctx context.Context
		ctx, f.hangUp = context.WithCancel(p.ctx)
		p.join.Add(1)
		go f.dial(ctx, network(f.kind, a.AddrPort), a)
	}
	var err error
	if !p.until(f.patience(), func() bool { return !f.dialing }) {
		return p.fails(c, sandbox.EINPROGRESS)
	}
	p.mu.Lock()
	if err = f.outErr; err != nil {
		f.outErr = nil
	}
	p.mu.Unlock()
	if err != nil {
		f.move(c.event, "CLOSED", "connect: "+string(errnoOf(err)))
		return p.fails(c, errnoOf(err))
	}
	f.move(c.event, "ESTABLISHED", "the SYN was answered")
	return p.end(c, tracer.Result{}, "connected")
}

// dial waits for the connection.
func (f *file) dial(ctx context.Context, network string, a sandbox.Addr) {
	defer f.p.join.Done()
	conn, err := new(net.Dialer).DialContext(ctx, network, a.AddrPort.String())
	f.p.mu.Lock()
	defer f.p.mu.Unlock()
	f.dialing, f.outErr = false, err
	switch {
	case err != nil:
	case f.closed:
		conn.Close()
	default:
		f.connected(conn.(*net.TCPConn))
	}
	f.p.wakeUp()
}

// Read is read(2).
func (p *Process) Read(_ context.Context, fd, n int) sandbox.Outcome {
	c := p.begin("read", fd, strconv.Itoa(n))
	f := p.files[fd]
	switch {
	case f == nil:
		return p.fails(c, sandbox.EBADF)
	case f.kind.Stream() && f.connection() == nil:
		return p.fails(c, "ENOTCONN")
	}
	r, err := f.read(n)
	switch {
	case err == io.EOF:
		switch f.state {
		case "ESTABLISHED":
			f.move(c.event, "CLOSE-WAIT", "read has told of the peer's FIN")
		case "FIN-WAIT-1", "FIN-WAIT-2":
			f.move(c.event, "TIME-WAIT", "read has told of the peer's FIN")
		}
		return p.end(c, r, "end of stream: the peer will send no more")
	case err != nil:
		errno := errnoOf(err)
		if errno != sandbox.EAGAIN && f.kind.Stream() {
			f.move(c.event, "CLOSED", "read: "+string(errno))
		}
		return p.fails(c, errno)
	}
	return p.end(c, r, "")
}

// Recvfrom is recvfrom(2).
func (p *Process) Recvfrom(_ context.Context, fd, n int) sandbox.Outcome {
	c := p.begin("recvfrom", fd, strconv.Itoa(n))
	f := p.files[fd]
	if f == nil {
		return p.fails(c, sandbox.EBADF)
	}
	r, err := f.read(n)
	if err != nil && err != io.EOF {
		return p.fails(c, errnoOf(err))
	}
	return p.end(c, r, "")
}

// read waits for octets, or for a datagram, and takes n of them at most.
func (f *file) read(n int) (r tracer.Result, err error) {
	datagram := f.kind != "" && !f.kind.Stream()
	if !f.p.until(f.patience(), func() bool { return len(f.in) > 0 || f.has || f.inErr != nil }) {
		return r, sandbox.EAGAIN
	}
	f.p.mu.Lock()
	defer f.p.mu.Unlock()
	if len(f.in) == 0 && !f.has {
		if err = f.inErr; err != io.EOF {
			f.inErr = io.EOF // it is told once
		}
		return r, err
	}
	m := min(n, len(f.in), maxRead)
	r.Data = append([]byte(nil), f.in[:m]...)
	r.Value = m
	if f.in = f.in[m:]; datagram {
		r.Addr = f.from.String()
		f.in, f.has = nil, false // what does not fit is lost
	}
	if len(f.in) == 0 && f.inErr == nil {
		f.take()
	}
	return r, nil
}

// Write is write(2).
func (p *Process) Write(_ context.Context, fd int, data []byte) sandbox.Outcome {
	c := p.begin("write", fd, sandbox.QuoteData(data))
	f := p.files[fd]
	switch {
	case f == nil:
		return p.fails(c, sandbox.EBADF)
	case f.connection() == nil:
		return p.fails(c, "ENOTCONN")
	case f.finished:
		return p.fails(c, sandbox.EPIPE)
	}
	sent := 0
	var err error
	for {
		ready := p.until(f.patience(), func() bool {
			if err = f.outErr; err != nil {
				return true
			}
			n := f.put(data[sent:])
			sent += n
			return n > 0 || len(data) == 0
		})
		switch {
		case err != nil && sent == 0:
			f.move(c.event, "CLOSED", "write: "+string(errnoOf(err)))
			return p.fails(c, errnoOf(err))
		case !ready && sent == 0:
			return p.fails(c, sandbox.EAGAIN)
		case err != nil || !ready || sent == len(data):
			return p.end(c, tracer.Result{Value: sent}, "")
		}
	}
}

// Sendto is sendto(2).
func (p *Process) Sendto(_ context.Context, fd int, to sandbox.Addr, data []byte) sandbox.Outcome {
	c := p.begin("sendto", fd, to.String(), sandbox.QuoteData(data))
	f := p.files[fd]
	switch {
	case f == nil:
		return p.fails(c, sandbox.EBADF)
	case f.kind.Stream():
		return p.fails(c, "EISCONN")
	}
	if f.udp == nil {
		udp, err := net.ListenUDP(network(f.kind, to.AddrPort), nil)
		if err != nil {
			return p.fails(c, errnoOf(err))
		}
		f.udp, f.local = udp, addrOf(udp.LocalAddr())
		p.join.Add(1)
		go f.receiveFrom(udp)
	}
	n, err := f.udp.WriteToUDPAddrPort(data, to.AddrPort)
	if err != nil {
		return p.fails(c, errnoOf(err))
	}
	return p.end(c, tracer.Result{Value: n}, "")
}

// Shutdown is shutdown(2), of writing; reading goes on.
func (p *Process) Shutdown(_ context.Context, fd int, how sandbox.How) sandbox.Outcome {
	c := p.begin("shutdown", fd, string(how))
	f := p.files[fd]
	switch {
	case f == nil:
		return p.fails(c, sandbox.EBADF)
	case f.connection() == nil:
		return p.fails(c, "ENOTCONN")
	}
	if how != sandbox.ShutRd && !f.finished {
		p.mu.Lock()
		f.finished = true
		f.flush()
		p.mu.Unlock()
		f.leave(c.event, "shutdown sends a FIN")
	}
	if how != sandbox.ShutWr {
		f.connection().CloseRead()
	}
	return p.end(c, tracer.Result{}, "")
}

// Close is close(2).
func (p *Process) Close(_ context.Context, fd int) sandbox.Outcome {
	c := p.begin("close", fd)
	f := p.files[fd]
	if f == nil {
		return p.fails(c, sandbox.EBADF)
	}
	p.mu.Lock()
	unread := len(f.in) > 0
	f.close()
	delete(p.files, fd)
	p.mu.Unlock()
	switch {
	case f.listens:
		f.move(c.event, "CLOSED", "close: listens no longer")
	case f.connection() != nil && (unread || f.linger == 0):
		f.move(c.event, "CLOSED", "close sends an RST")
	case f.connection() != nil && !f.finished:
		f.leave(c.event, "close sends a FIN")
	}
	return p.end(c, tracer.Result{}, "")
}

// Setsockopt is setsockopt(2), of what Go's net package can set.
func (p *Process) Setsockopt(_ context.Context, fd int, o sandbox.OptionInfo, value int) sandbox.Outcome {
	c := p.begin("setsockopt", fd, string(o.Name), o.FormatValue(value))
	f := p.files[fd]
	if f == nil {
		return p.fails(c, sandbox.EBADF)
	}
	conn := f.connection()
	var err error
	switch o.Name {
	case sandbox.SO_REUSEADDR: // net sets it where it is meant so
	case sandbox.SO_LINGER:
		f.linger = value
	case sandbox.TCP_NODELAY:
		if conn != nil {
			err = conn.SetNoDelay(value != 0)
		}
	case sandbox.SO_KEEPALIVE:
		if conn != nil {
			err = conn.SetKeepAlive(value != 0)
		}
	case sandbox.TCP_KEEPIDLE:
		if conn != nil {
			err = conn.SetKeepAlivePeriod(time.Duration(value) * time.Second)
		}
	case sandbox.SO_SNDBUF, sandbox.SO_RCVBUF: // of a listener they are for its connections
		f.buffers = append(f.buffers[:len(f.buffers):len(f.buffers)], buffer{o.Name, value})
		err = f.resize()
	default:
		return p.fails(c, sandbox.ENOPROTOOPT)
	}
	if err != nil {
		return p.fails(c, errnoOf(err))
	}
	return p.end(c, tracer.Result{}, "")
}

// Adopt gives what is read from r a descriptor, as the read end of a pipe has.
// It is closed with it. The number is 0 if there is none left.
func (p *Process) Adopt(r io.ReadCloser) int {
	f := p.newFile("")
	f.pipe = r
	fd := p.install(f)
	if fd == 0 {
		r.Close()
		return 0
	}
	p.join.Add(1)
	go f.receive(r)
	return fd
}

// errnoOf names the errno of one of net's errors.
func errnoOf(err error) sandbox.Errno {
	var errno sandbox.Errno
	if errors.As(err, &errno) {
		return errno
	}
	for _, e := range errnos {
		if errors.Is(err, e.err) {
			return e.name
		}
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return sandbox.ETIMEDOUT
	}
	return "EIO"
}
