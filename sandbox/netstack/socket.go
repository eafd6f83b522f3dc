package netstack

import (
	"io"
	"net/netip"
	"slices"
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
	// changed: it is among the stack's changes, whose lock this is under.
	changed bool

	bound  sandbox.Addr // what bind gave it
	set    []setting    // the options that were set, in order
	shutRd bool
	shutWr bool

	// UDP's alone: of a datagram what MSG_MORE holds back, nil for nothing, and
	// where it goes.
	more   []byte
	moreTo *tcpip.FullAddress

	// TCP's alone.
	backlog  int
	listened bool               // and has not been shut down since
	accepted bool               // it came from accept
	opened   bool               // it was connected once
	failed   bool               // a connect has failed
	failed6  bool               // and it was one over IPv6
	calling  *tcpip.FullAddress // where a connect is under way to
	dead     bool               // it was shut down before connect could tell how it failed
	olds     [][]setting        // of a listener: the options as those in its queue found them
	last     uint16             // the port that a connect which failed had
	host     netip.Addr         // to which it stays bound when a connect has failed
	again    tcpip.Endpoint     // what bind has named since its connection was over
	giveUp   tcpip.Timer        // TCP_USER_TIMEOUT of a connect under way
	gaveUp   bool
	undone   bool // its connect was shut down in SYN-SENT
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
	ep, err := k.endpoint()
	if err == nil {
		k.ep = ep
	}
	return err
}

// endpoint makes an endpoint of the socket's kind.
func (k *socket) endpoint() (tcpip.Endpoint, error) {
	trans, network := udp.ProtocolNumber, header.IPv4ProtocolNumber
	if k.kind.Stream() {
		trans = tcp.ProtocolNumber
	}
	if k.kind.IPv6() {
		network = header.IPv6ProtocolNumber
	}
	k.queue = &waiter.Queue{}
	k.stack.changes.watch(k, k.queue)
	ep, err := k.stack.ip.NewEndpoint(trans, network, k.queue)
	if err == nil {
		ep.SocketOptions().SetMulticastLoop(false) // the wire brings it back, to all members
	}
	if err != nil {
		return nil, errnoOf(err)
	}
	if !k.kind.Stream() {
		// A datagram that is too large for one packet goes in fragments.
		ep.SetSockOptInt(tcpip.MTUDiscoverOption, int(tcpip.PMTUDiscoveryDont))
	}
	return ep, nil
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
	return k.stopped()
}

// stopped reports whether it was a listener, until it was shut down.
func (k *socket) stopped() bool {
	return k.kind.Stream() && !k.listened && k.state() == tcp.StateListen
}

// past reports whether a TCP socket had a connection, or tried to make one, and
// has none any more.
func (k *socket) past() bool {
	if !k.kind.Stream() {
		return false
	}
	switch k.state() {
	case tcp.StateClose, tcp.StateError, tcp.StateTimeWait:
		return true
	}
	return false
}

// used reports whether a TCP socket has had a connection.
func (k *socket) used() bool {
	switch k.state() {
	case tcp.StateEstablished, tcp.StateFinWait1, tcp.StateFinWait2, tcp.StateCloseWait, tcp.StateClosing, tcp.StateLastAck, tcp.StateTimeWait:
		return true
	}
	return k.opened || k.accepted
}

// listens reports whether it is an open listener.
func (k *socket) listens() bool {
	return k.kind.Stream() && k.listened && k.state() == tcp.StateListen
}

// Connect is connect(2).
func (k *socket) Connect(a sandbox.Addr) error {
	defer k.stack.quiesce()
	if k.kind.Stream() {
		return k.connectTCP(a)
	}
	return k.connectUDP(a)
}

// Send is sendto(2).
func (k *socket) Send(data []byte, f sandbox.Flags, to sandbox.Addr) (int, error) {
	defer k.stack.quiesce()
	switch oob := f&sandbox.MSG_OOB != 0; {
	case oob && k.kind.Stream():
		return 0, &sandbox.Lack{Errno: "EOPNOTSUPP", What: "send urgent data"}
	case oob:
		return 0, sandbox.Errno("EOPNOTSUPP")
	}
	if k.kind.Stream() {
		return k.sendTCP(data, f)
	}
	return k.sendUDP(data, f, to)
}

// Recv is recvfrom(2).
func (k *socket) Recv(buf []byte, f sandbox.Flags) (int, sandbox.Addr, error) {
	defer k.stack.quiesce()
	if f&sandbox.MSG_OOB != 0 && k.kind.Stream() {
		return 0, sandbox.Addr{}, &sandbox.Lack{Errno: sandbox.EINVAL, What: "receive urgent data"}
	}
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
	}
	return 0, sandbox.Addr{}, errnoOf(err)
}

// Shutdown is shutdown(2).
func (k *socket) Shutdown(how sandbox.How) error {
	defer k.stack.quiesce()
	if k.kind.Stream() {
		return k.shutdownTCP(how)
	}
	k.shut(how)
	_, err := k.ep.GetRemoteAddress()
	return errnoOf(err)
}

// shut notes which directions are shut down. Linux does even where there is no
// connection, and remembers it for the next one.
func (k *socket) shut(how sandbox.How) {
	k.shutRd = k.shutRd || how != sandbox.ShutWr
	k.shutWr = k.shutWr || how != sandbox.ShutRd
}

// Getsockname is getsockname(2).
func (k *socket) Getsockname() (sandbox.Addr, error) {
	ep := k.ep
	if k.again != nil {
		ep = k.again
	}
	f, err := ep.GetLocalAddress()
	if f.Port == 0 {
		f.Port = k.last
		if k.host.IsValid() {
			f.Addr = addressOf(k.host)
		}
	}
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
		send = max(0, sendQueue(k.tcp())) // our FIN counts as acknowledged, but never as data
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
	k.leave()
	return nil
}

// leave closes the endpoint.
func (k *socket) leave() {
	if k.kind.Stream() {
		unread, _ := k.ep.GetSockOptInt(tcpip.ReceiveQueueSizeOption)
		switch l := k.ep.SocketOptions().GetLinger(); {
		case k.state() == tcp.StateTimeWait: // gVisor would send a RST for what is unread
			for err := tcpip.Error(nil); err == nil; {
				_, err = k.ep.Read(io.Discard, tcpip.ReadOptions{})
			}
		case unread == 0 && !(l.Enabled && l.Timeout == 0): // no RST, but a FIN, which what is held back precedes
			k.ep.SocketOptions().SetCorkOption(false)
		}
		k.stack.lend(k)
	}
	k.ep.Close()
	if k.again != nil {
		k.again.Close()
		k.again = nil
	}
	k.stack.quiesce()
}

// renew gives a socket a fresh endpoint, since a TCP one whose connect has
// failed can never be used again: as Linux, which disconnects it.
func (k *socket) renew() error {
	if f, err := k.ep.GetLocalAddress(); err == nil && f.Port != 0 {
		k.last = f.Port
	}
	k.leave()
	k.stack.reclaim()
	if err := k.open(); err != nil {
		return err
	}
	k.gaveUp, k.undone, k.calling, k.shutRd, k.shutWr, k.listened = false, false, nil, false, false, false
	k.set = slices.DeleteFunc(k.set, func(o setting) bool { return o.option == sandbox.TCP_MAXSEG }) // Linux forgets it
	for _, o := range k.set {
		k.apply(o.option, o.value)
	}
	if k.bound.Port() == 0 { // the system's choice does not last
		if ip := k.bound.AddrPort.Addr(); k.bound.IsValid() && !ip.IsUnspecified() {
			k.host = ip
		}
		k.bound = sandbox.Addr{}
		return nil
	}
	return errnoOf(bindTo(k.ep, k.bound))
}

// userTimeout is TCP_USER_TIMEOUT, 0 if it is not set.
func (k *socket) userTimeout() time.Duration {
	var v tcpip.TCPUserTimeoutOption
	k.ep.GetSockOpt(&v)
	return time.Duration(v)
}
