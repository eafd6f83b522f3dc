package netstack

import (
	"bytes"
	"net/netip"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"

	"sockplay/sandbox"
)

// socket is a socket over an endpoint of gVisor's, with Linux's manners.
type socket struct {
	stack *Stack
	kind  sandbox.Kind
	ep    tcpip.Endpoint
	queue *waiter.Queue

	bound  sandbox.Addr // what bind gave it
	set    []setting    // the options that were set, in order
	shutRd bool
	shutWr bool
	more   []byte // of a datagram: what MSG_MORE holds back

	// TCP's alone.
	backlog  int
	listened bool        // and has not been shut down since
	accepted bool        // it came from accept
	opened   bool        // it was connected once
	giveUp   tcpip.Timer // TCP_USER_TIMEOUT of a connect under way
	gaveUp   bool
}

// setting is an option that was set.
type setting struct {
	option sandbox.Option
	value  int
}

// Socket makes a socket, as socket(2).
func (s *Stack) Socket(k sandbox.Kind) (sandbox.Socket, error) {
	if k.Unix() {
		return s.unix.Socket(k)
	}
	sock := &socket{stack: s, kind: k}
	if err := sock.open(); err != nil {
		return nil, err
	}
	s.sockets[sock] = true
	return sock, nil
}

// Socketpair makes two unix sockets that are connected, as socketpair(2).
func (s *Stack) Socketpair(k sandbox.Kind) (a, b sandbox.Socket, err error) {
	return s.unix.Socketpair(k)
}

// open gives the socket a fresh endpoint.
func (k *socket) open() error {
	trans, network := udp.ProtocolNumber, header.IPv4ProtocolNumber
	if k.kind.Stream() {
		trans = tcp.ProtocolNumber
	}
	if k.kind.IPv6() {
		network = header.IPv6ProtocolNumber
	}
	k.queue = &waiter.Queue{}
	ep, err := k.stack.ip.NewEndpoint(trans, network, k.queue)
	if err != nil {
		return errnoOf(err)
	}
	k.ep = ep
	if !k.kind.Stream() {
		// A datagram that is too large for one packet goes in fragments.
		ep.SetSockOptInt(tcpip.MTUDiscoverOption, int(tcpip.PMTUDiscoveryDont))
	}
	return nil
}

// tcp is the endpoint of a stream socket.
func (k *socket) tcp() *tcp.Endpoint { return k.ep.(*tcp.Endpoint) }

// state is TCP's.
func (k *socket) state() tcp.EndpointState { return k.tcp().EndpointState() }

// over reports whether a TCP socket has no connection and does not listen. To
// its descriptor TIME-WAIT is over too, as on Linux.
func (k *socket) over() bool {
	switch k.state() {
	case tcp.StateClose, tcp.StateError, tcp.StateTimeWait, tcp.StateInitial, tcp.StateBound:
		return true
	}
	return k.state() == tcp.StateListen && !k.listened
}

// listens reports whether it is an open listener.
func (k *socket) listens() bool {
	return k.kind.Stream() && k.listened && k.state() == tcp.StateListen
}

// addressOf is gVisor's form of an address.
func addressOf(a netip.Addr) tcpip.Address { return tcpip.AddrFromSlice(a.AsSlice()) }

// addrOf is the inverse of addressOf.
func addrOf(a tcpip.Address) netip.Addr {
	addr, _ := netip.AddrFromSlice(a.AsSlice())
	return addr
}

// full is an address as gVisor takes it: any address is none.
func full(a sandbox.Addr) tcpip.FullAddress {
	f := tcpip.FullAddress{Port: a.Port()}
	if ip := a.AddrPort.Addr(); !ip.IsUnspecified() {
		f.Addr = addressOf(ip)
	}
	return f
}

// named is an address as the socket's family writes it.
func (k *socket) named(f tcpip.FullAddress) sandbox.Addr {
	ip := addrOf(f.Addr)
	switch {
	case !ip.IsValid() && k.kind.IPv6():
		ip = netip.IPv6Unspecified()
	case !ip.IsValid():
		ip = netip.IPv4Unspecified()
	case k.kind.IPv6() && ip.Is4():
		ip = netip.AddrFrom16(ip.As16())
	}
	return sandbox.Addr{AddrPort: netip.AddrPortFrom(ip, f.Port)}
}

// Bind is bind(2).
func (k *socket) Bind(a sandbox.Addr) error {
	ip := a.AddrPort.Addr()
	switch {
	case k.kind.IPv6() && ip.Is4(): // a sockaddr_in is too short
		return sandbox.EINVAL
	case !k.kind.IPv6() && !ip.Is4():
		return sandbox.Errno("EAFNOSUPPORT")
	}
	if local, err := k.Getsockname(); k.bound.IsValid() || err == nil && local.Port() != 0 {
		return sandbox.EINVAL
	}
	if !ip.IsUnspecified() && !k.stack.know(ip) || ip.Is4In6() && k.v6only() {
		return sandbox.Errno("EADDRNOTAVAIL")
	}
	switch err := k.ep.Bind(full(a)); err.(type) {
	case nil:
	case *tcpip.ErrNoPortAvailable:
		return sandbox.Errno("EADDRINUSE")
	default:
		return errnoOf(err)
	}
	k.bound = a
	return nil
}

// dial makes of a destination what gVisor takes: this host's address for any
// address, and none that is not this host's.
func (k *socket) dial(a sandbox.Addr) (tcpip.FullAddress, error) {
	ip := a.AddrPort.Addr()
	switch {
	case ip == netip.IPv4Unspecified():
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	case ip == netip.IPv6Unspecified():
		ip = netip.IPv6Loopback()
	case ip.Unmap() == netip.IPv4Unspecified():
		ip = netip.MustParseAddr("::ffff:127.0.0.1")
	}
	if ip.Is4In6() && k.v6only() || !k.stack.know(ip) {
		return tcpip.FullAddress{}, sandbox.Errno("ENETUNREACH")
	}
	return tcpip.FullAddress{Addr: addressOf(ip), Port: a.Port()}, nil
}

// Connect is connect(2).
func (k *socket) Connect(a sandbox.Addr) error {
	ip := a.AddrPort.Addr()
	switch {
	case k.kind.IPv6() && ip.Is4():
		return sandbox.EINVAL
	case !k.kind.IPv6() && !ip.Is4():
		return sandbox.Errno("EAFNOSUPPORT")
	}
	if k.kind.Stream() {
		return k.connectTCP(a)
	}
	to, err := k.dial(a)
	if err != nil {
		return err
	}
	return errnoOf(k.ep.Connect(to))
}

// Send is sendto(2).
func (k *socket) Send(data []byte, f sandbox.Flags, to sandbox.Addr) (int, error) {
	defer k.stack.quiesce()
	if k.kind.Stream() {
		return k.sendTCP(data, f)
	}
	return k.sendUDP(data, f, to)
}

// sendUDP sends one datagram, or keeps it for more.
func (k *socket) sendUDP(data []byte, f sandbox.Flags, to sandbox.Addr) (int, error) {
	o := tcpip.WriteOptions{}
	if to.IsValid() {
		if !k.kind.IPv6() && !to.AddrPort.Addr().Is4() {
			return 0, sandbox.Errno("EAFNOSUPPORT")
		}
		if to.Port() == 0 {
			return 0, sandbox.EINVAL
		}
		dest, err := k.dial(to)
		if err != nil {
			return 0, err
		}
		o.To = &dest
	}
	if k.shutWr {
		return 0, sandbox.EPIPE
	}
	whole := append(k.more, data...)
	if f&sandbox.MSG_MORE != 0 {
		k.more = whole
		return len(data), nil
	}
	k.more = nil
	if len(whole) > k.maxDatagram() {
		return 0, sandbox.Errno("EMSGSIZE")
	}
	if _, err := k.ep.Write(bytes.NewReader(whole), o); err != nil {
		return 0, errnoOf(err)
	}
	return len(data), nil
}

// maxDatagram is what one IP packet carries behind its headers, fragments or
// not (udp(7)).
func (k *socket) maxDatagram() int {
	if k.kind.IPv6() {
		return 65535 - header.UDPMinimumSize
	}
	return 65535 - header.IPv4MinimumSize - header.UDPMinimumSize
}

// Recv is recvfrom(2).
func (k *socket) Recv(buf []byte, f sandbox.Flags) (int, sandbox.Addr, error) {
	defer k.stack.quiesce()
	w := tcpip.SliceWriter(buf)
	r, err := k.ep.Read(&w, tcpip.ReadOptions{Peek: f&sandbox.MSG_PEEK != 0, NeedRemoteAddr: !k.kind.Stream()})
	if k.kind.Stream() {
		n, err := k.receivedTCP(r, err, len(buf))
		return n, sandbox.Addr{}, err
	}
	switch err.(type) {
	case nil, *tcpip.ErrBadBuffer: // no room at all: the datagram is taken all the same
		n := r.Count
		if f&sandbox.MSG_TRUNC != 0 {
			n = r.Total
		}
		return n, k.named(r.RemoteAddr), nil
	case *tcpip.ErrClosedForReceive:
		return 0, sandbox.Addr{}, nil
	case *tcpip.ErrWouldBlock:
		if k.shutRd {
			return 0, sandbox.Addr{}, nil
		}
	}
	return 0, sandbox.Addr{}, errnoOf(err)
}

// Shutdown is shutdown(2).
func (k *socket) Shutdown(how sandbox.How) error {
	defer k.stack.quiesce()
	if k.kind.Stream() {
		return k.shutdownTCP(how)
	}
	if _, err := k.ep.GetRemoteAddress(); err != nil {
		return sandbox.Errno("ENOTCONN")
	}
	k.shutRd = k.shutRd || how != sandbox.ShutWr
	k.shutWr = k.shutWr || how != sandbox.ShutRd
	return nil
}

// Getsockname is getsockname(2).
func (k *socket) Getsockname() (sandbox.Addr, error) {
	f, err := k.ep.GetLocalAddress()
	return k.named(f), errnoOf(err)
}

// Getpeername is getpeername(2).
func (k *socket) Getpeername() (sandbox.Addr, error) {
	if k.kind.Stream() && k.over() {
		return sandbox.Addr{}, sandbox.Errno("ENOTCONN")
	}
	f, err := k.ep.GetRemoteAddress()
	return k.named(f), errnoOf(err)
}

// Poll is poll(2), without waiting.
func (k *socket) Poll() sandbox.Ready {
	if k.kind.Stream() {
		return k.pollTCP()
	}
	m := k.ep.Readiness(waiter.ReadableEvents | waiter.WritableEvents)
	return sandbox.Ready{
		In:  m&waiter.ReadableEvents != 0 || k.shutRd,
		Out: true,
		Hup: k.shutRd && k.shutWr,
		Err: errorWaits(k.ep),
	}
}

// Queues counts what waits; of a listener, its connections.
func (k *socket) Queues() (recv, send int) {
	if k.kind.Stream() {
		if k.listens() {
			return acceptQueue(k.tcp()), k.backlog
		}
		if k.over() {
			return 0, 0
		}
		send = sendQueue(k.tcp())
	}
	recv, _ = k.ep.GetSockOptInt(tcpip.ReceiveQueueSizeOption)
	return recv, send
}

// Close is close(2).
func (k *socket) Close() error {
	if k.giveUp != nil {
		k.giveUp.Stop()
	}
	delete(k.stack.sockets, k)
	k.ep.Close()
	k.stack.quiesce()
	return nil
}

// renew gives a TCP socket a fresh endpoint, since one whose connect has
// failed can never be used again: as Linux, which disconnects it.
func (k *socket) renew() error {
	k.ep.Close()
	k.stack.quiesce()
	if err := k.open(); err != nil {
		return err
	}
	k.gaveUp = false
	for _, o := range k.set {
		k.apply(o.option, o.value)
	}
	if k.bound.IsValid() {
		return errnoOf(k.ep.Bind(full(k.bound)))
	}
	return nil
}

// userTimeout is TCP_USER_TIMEOUT, 0 if it is not set.
func (k *socket) userTimeout() time.Duration {
	var v tcpip.TCPUserTimeoutOption
	k.ep.GetSockOpt(&v)
	return time.Duration(v)
}
