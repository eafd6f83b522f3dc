package host

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"sockplay/sandbox"
)

// The buffers of one connection, in octets. One that says nothing has the least.
const (
	leastIn = 2 << 10
	mostIn  = 64 << 10
	mostOut = 64 << 10
)

// What was written may take grace to leave after the close, and hurried when the
// process is to end.
const (
	grace   = 5 * time.Second
	hurried = 200 * time.Millisecond
)

// file is what a descriptor names. A goroutine of its own waits for what comes
// in, and hands it over piece by piece; another writes what goes out, while
// there is something.
type file struct {
	p        *Process
	fd       int
	kind     sandbox.Kind // "" for a pipe
	nonblock bool
	linger   int
	buffers  []buffer // as they were set

	local, remote netip.AddrPort
	state         string // TCP's, as far as the calls tell

	listener *net.TCPListener
	listens  bool
	udp      *net.UDPConn
	pipe     io.ReadCloser

	// Guarded by p.mu, as is all that follows.
	conn    *net.TCPConn
	dialing bool
	hangUp  context.CancelFunc
	caller  *net.TCPConn   // waits for accept
	in      []byte         // waits to be read: of a datagram all,
	from    netip.AddrPort // which came from there
	has     bool           // there is a datagram, perhaps an empty one
	inErr   error          // nothing more will come
	taken   chan struct{}  // told when in, caller or the datagram has been taken
	gone    chan struct{}  // closed with the file

	out      []byte // waits to be written
	flight   int    // octets being written
	writing  bool
	outErr   error
	finished bool // no more will be written: a FIN follows
	closed   bool
}

// buffer is a size that was set of one of the system's buffers, in octets.
type buffer struct {
	option sandbox.Option
	size   int
}

// resize sets the buffers, if there is a connection yet.
func (f *file) resize() error {
	var err error
	conn := f.connection()
	for _, b := range f.buffers {
		switch {
		case conn == nil:
		case b.option == sandbox.SO_SNDBUF:
			err = errors.Join(err, conn.SetWriteBuffer(b.size))
		default:
			err = errors.Join(err, conn.SetReadBuffer(b.size))
		}
	}
	return err
}

func (p *Process) newFile(k sandbox.Kind) *file {
	return &file{p: p, kind: k, linger: sandbox.LingerOff, taken: make(chan struct{}, 1), gone: make(chan struct{})}
}

// ready is what poll tells of it. p.mu is held.
func (f *file) ready() sandbox.Ready {
	r := sandbox.Ready{In: len(f.in) > 0 || f.has || f.caller != nil || f.inErr != nil}
	switch {
	case f.udp != nil || f.kind == sandbox.UDP || f.kind == sandbox.UDP6:
		r.Out = true
	case f.conn != nil:
		r.Out = len(f.out)+f.flight < mostOut || f.outErr != nil
		r.Err = f.outErr != nil
		r.Hup = f.inErr != nil && f.inErr != io.EOF || f.inErr == io.EOF && f.finished
	case f.pipe != nil:
		r.Hup = f.inErr != nil && len(f.in) == 0
	}
	return r
}

// take tells the goroutine that reads that there is room again.
func (f *file) take() {
	select {
	case f.taken <- struct{}{}:
	default:
	}
}

// handed waits until what was handed over is taken; it is false at the close.
func (f *file) handed() bool {
	select {
	case <-f.taken:
		return true
	case <-f.gone:
		return false
	}
}

// receive hands over what comes from r, until it ends.
func (f *file) receive(r io.Reader) {
	defer f.p.join.Done()
	buf := make([]byte, leastIn)
	for {
		n, err := r.Read(buf)
		f.p.mu.Lock()
		f.in, f.inErr = buf[:n], err
		f.p.wakeUp()
		f.p.mu.Unlock()
		if err != nil || !f.handed() {
			return
		}
		if n == len(buf) && n < mostIn {
			buf = make([]byte, 2*n)
		}
	}
}

// receiveFrom hands over datagrams.
func (f *file) receiveFrom(c *net.UDPConn) {
	defer f.p.join.Done()
	buf := make([]byte, 1<<16)
	for {
		n, from, err := c.ReadFromUDPAddrPort(buf)
		f.p.mu.Lock()
		f.in, f.from, f.has = buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), err == nil
		if errors.Is(err, net.ErrClosed) {
			f.inErr = err
		}
		f.p.wakeUp()
		f.p.mu.Unlock()
		if f.inErr != nil || err == nil && !f.handed() {
			return
		}
	}
}

// answer hands over who calls.
func (f *file) answer(l *net.TCPListener) {
	defer f.p.join.Done()
	for {
		c, err := l.AcceptTCP()
		f.p.mu.Lock()
		if f.closed && c != nil {
			c.Close()
		}
		f.caller, f.inErr = c, err
		f.p.wakeUp()
		f.p.mu.Unlock()
		if errors.Is(err, net.ErrClosed) || !f.handed() {
			return
		}
	}
}

// connected begins to read from a connection.
func (f *file) connected(c *net.TCPConn) {
	f.conn = c
	c.SetKeepAlive(false) // as POSIX has it, until setsockopt says otherwise
	c.SetNoDelay(false)
	f.local, f.remote = addrOf(c.LocalAddr()), addrOf(c.RemoteAddr())
	f.p.join.Add(1)
	go f.receive(c)
}

// connection is its connection, nil if there is none yet: dial makes it while
// the program goes on.
func (f *file) connection() *net.TCPConn {
	f.p.mu.Lock()
	defer f.p.mu.Unlock()
	return f.conn
}

// put takes as much of data as there is room for to be written, and returns how
// much. p.mu is held.
func (f *file) put(data []byte) int {
	n := min(mostOut-len(f.out)-f.flight, len(data))
	if n <= 0 {
		return 0
	}
	f.out = append(f.out, data[:n]...)
	f.flush()
	return n
}

// flush has what waits be written, and done what is to be done then. p.mu is
// held.
func (f *file) flush() {
	if f.writing {
		return
	}
	if len(f.out) == 0 {
		f.written()
		return
	}
	f.writing = true
	f.p.join.Add(1)
	go f.send()
}

// send writes until nothing waits.
func (f *file) send() {
	defer f.p.join.Done()
	f.p.mu.Lock()
	defer f.p.mu.Unlock()
	for len(f.out) > 0 {
		piece := f.out
		f.out, f.flight = nil, len(piece)
		f.p.mu.Unlock()
		_, err := f.conn.Write(piece)
		f.p.mu.Lock()
		f.flight = 0
		if err != nil {
			f.out, f.outErr = nil, err
		}
		f.p.wakeUp()
	}
	f.writing = false
	f.written()
}

// written is told that nothing waits to be written. p.mu is held.
func (f *file) written() {
	switch {
	case f.closed:
		delete(f.p.leaving, f)
		f.conn.Close()
	case f.finished:
		f.conn.CloseWrite()
	}
}

// close lets go of it. What was written still leaves. p.mu is held.
func (f *file) close() {
	if f.closed {
		return
	}
	f.closed = true
	close(f.gone)
	if f.hangUp != nil {
		f.hangUp()
	}
	switch {
	case f.listener != nil:
		f.listener.Close()
		if f.caller != nil {
			f.caller.Close()
		}
	case f.udp != nil:
		f.udp.Close()
	case f.pipe != nil:
		f.pipe.Close()
	case f.conn != nil:
		if f.linger == 0 {
			f.conn.SetLinger(0)
			f.out = nil
			f.conn.Close()
			return
		}
		f.conn.SetReadDeadline(time.Unix(1, 0)) // the goroutine that reads ends
		f.conn.SetWriteDeadline(time.Now().Add(grace))
		f.p.leaving[f] = true
		f.flush()
	}
}

// addrOf is a socket's address, IPv4 as such.
func addrOf(a net.Addr) netip.AddrPort {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
}
