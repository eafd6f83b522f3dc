package netstack

import (
	"bytes"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"

	"sockplay/sandbox"
)

// connectTCP starts a connection, or tells how the one that was started
// stands: to the address that was asked for first.
func (k *socket) connectTCP(a sandbox.Addr) error {
	if k.undone { // Linux forgets its error, and calls afresh
		if err := k.renew(); err != nil {
			return err
		}
	}
	switch {
	case k.gaveUp:
		if err := k.renew(); err != nil {
			return err
		}
		return sandbox.ETIMEDOUT
	case k.listens(), k.opened, k.accepted:
		return sandbox.EISCONN
	case k.dead:
		return sandbox.EINVAL
	case k.calling != nil && k.over():
		errno := k.takeError()
		if errno == nil { // SO_ERROR has told it
			errno = sandbox.Errno("ECONNABORTED")
		}
		k.missed()
		if err := k.renew(); err != nil {
			return err
		}
		return errno
	case k.calling == nil:
		ip := a.AddrPort.Addr()
		if err := k.family(ip); err != nil {
			return err
		}
		if ip.Is6() && ip.IsLinkLocalUnicast() { // it would need its interface
			return sandbox.EINVAL
		}
		to, err := k.dial(a)
		if err != nil {
			return err
		}
		if k.onlyIPv4(a) {
			return sandbox.Errno("EAFNOSUPPORT")
		}
		if err := k.settle(); err != nil {
			return err
		}
		k.calling = &to
	}
	e := k.ep.Connect(*k.calling)
	switch e.(type) {
	case nil:
		k.opened = true
	case *tcpip.ErrConnectStarted:
		if limit := k.userTimeout(); limit > 0 { // gVisor looks at it later only
			k.giveUp = k.stack.clock.AfterFunc(limit, k.abandon)
		}
		return sandbox.EINPROGRESS
	case *tcpip.ErrAlreadyConnecting:
		return sandbox.EALREADY
	case *tcpip.ErrNoPortAvailable, *tcpip.ErrPortInUse, *tcpip.ErrBadLocalAddress:
		k.calling = nil
		return sandbox.Errno("EADDRNOTAVAIL")
	}
	if k.giveUp != nil {
		k.giveUp.Stop()
		k.giveUp = nil
	}
	if k.state() == tcp.StateError {
		k.missed()
		if err := k.renew(); err != nil {
			return err
		}
	}
	k.calling = nil
	return errnoOf(e)
}

// missed notes that a connect has failed.
func (k *socket) missed() {
	to := addrOf(k.calling.Addr)
	k.failed, k.failed6 = true, to.Is6() && !to.Is4In6()
}

// settle gives a socket that is to call or to listen what an earlier life has
// left it: a fresh endpoint, and the address that it is bound to without a port.
func (k *socket) settle() error {
	if k.stopped() {
		if err := k.renew(); err != nil {
			return err
		}
	}
	if !k.host.IsValid() {
		return nil
	}
	if f, err := k.ep.GetLocalAddress(); err != nil || f.Port != 0 {
		return nil
	}
	return errnoOf(k.ep.Bind(tcpip.FullAddress{Addr: addressOf(k.host)}))
}

// abandon ends a connect whose TCP_USER_TIMEOUT is over.
func (k *socket) abandon() {
	switch k.state() {
	case tcp.StateConnecting, tcp.StateSynSent, tcp.StateSynRecv:
		k.gaveUp = true
		k.ep.Abort()
	}
}

// Listen is listen(2).
func (k *socket) Listen(backlog int) error {
	const somaxconn = 4096 // net.core.somaxconn
	if !k.kind.Stream() {
		return sandbox.Errno("EOPNOTSUPP")
	}
	if backlog < 0 || backlog > somaxconn {
		backlog = somaxconn
	}
	if k.used() || k.calling != nil {
		return sandbox.EINVAL
	}
	if err := k.settle(); err != nil {
		return err
	}
	// One more than Linux takes, because gVisor answers with SYN cookies one
	// too early; see overflows.
	// Nor does gVisor take a backlog below what waits already.
	switch err := k.ep.Listen(max(backlog+2, acceptQueue(k.tcp()))); err.(type) {
	case nil:
	case *tcpip.ErrNoPortAvailable:
		return sandbox.Errno("EADDRINUSE")
	default:
		return errnoOf(err)
	}
	k.backlog, k.listened = backlog, true
	return nil
}

// Accept is accept(2).
func (k *socket) Accept() (sandbox.Socket, sandbox.Addr, error) {
	if !k.kind.Stream() {
		return nil, sandbox.Addr{}, sandbox.Errno("EOPNOTSUPP")
	}
	if !k.listens() {
		return nil, sandbox.Addr{}, sandbox.EINVAL
	}
	var peer tcpip.FullAddress
	ep, queue, err := k.ep.Accept(&peer)
	if err != nil {
		return nil, sandbox.Addr{}, errnoOf(err)
	}
	n := &socket{stack: k.stack, kind: k.kind, ep: ep, queue: queue, accepted: true}
	k.stack.changes.watch(n, queue)
	n.apply(sandbox.IP_TTL, -1) // see inherit
	set := k.set                // Linux's child is a copy of the listener, made when it was called
	if len(k.olds) > 0 {
		set, k.olds = k.olds[0], k.olds[1:]
	}
	for _, o := range set {
		if n.apply(o.option, o.value) == nil {
			n.set = append(n.set, o)
		}
	}
	k.stack.sockets[n] = true
	k.stack.quiesce()
	return n, k.named(peer), nil
}

// sendTCP sends what there is room for.
func (k *socket) sendTCP(data []byte, f sandbox.Flags) (int, error) {
	under := k.state() == tcp.StateSynSent || k.state() == tcp.StateSynRecv || k.state() == tcp.StateConnecting
	switch {
	case k.gaveUp:
		return 0, k.told()
	case k.state() == tcp.StateListen:
		return 0, sandbox.EPIPE
	case k.shutWr && !under:
		if errno := k.takeError(); errno != nil {
			return 0, errno
		}
		return 0, sandbox.EPIPE
	case len(data) == 0 && !k.over() && !under:
		return 0, nil
	}
	options := k.ep.SocketOptions()
	more := f&sandbox.MSG_MORE != 0
	if more {
		options.SetCorkOption(true)
	}
	n, err := k.ep.Write(bytes.NewReader(data), tcpip.WriteOptions{})
	if !more && options.GetCorkOption() && !k.corked() {
		options.SetCorkOption(false)
	}
	if err != nil && k.over() {
		k.takeError() // it is held twice, and told once
	}
	return int(n), errnoOf(err)
}

// takeError takes the error that waits to be told; nil for none.
func (k *socket) takeError() error {
	err := errnoOf(k.ep.LastError())
	if k.kind.Stream() && k.state() == tcp.StateError {
		k.ep.LastError() // gVisor holds it twice
	}
	return err
}

// told takes the error of a connect that was given up.
func (k *socket) told() error {
	k.gaveUp = false
	return sandbox.ETIMEDOUT
}

// corked reports whether the program has set TCP_CORK.
func (k *socket) corked() bool {
	for i := len(k.set) - 1; i >= 0; i-- {
		if k.set[i].option == sandbox.TCP_CORK {
			return k.set[i].value != 0
		}
	}
	return false
}

// receivedTCP is what a read of room octets has come to.
func (k *socket) receivedTCP(r tcpip.ReadResult, err tcpip.Error, room int) (int, error) {
	if _, asked := err.(*tcpip.ErrBadBuffer); err != nil && !asked && k.state() == tcp.StateError {
		k.ep.LastError() // gVisor holds it twice
	}
	switch err.(type) {
	case nil:
		k.ep.ModerateRecvBuf(r.Count)
		return r.Count, nil
	case *tcpip.ErrBadBuffer: // no room was given
		return 0, nil
	case *tcpip.ErrClosedForReceive:
		return 0, nil
	case *tcpip.ErrWouldBlock:
		if k.shutRd && k.state() != tcp.StateSynSent {
			return 0, nil
		}
	case *tcpip.ErrNotConnected:
		switch {
		case k.gaveUp:
			return 0, k.told()
		case k.shutRd && !k.listens():
			return 0, nil
		}
	}
	return 0, errnoOf(err)
}

// shutdownTCP ends one direction, or both.
func (k *socket) shutdownTCP(how sandbox.How) error {
	switch {
	case k.listens() && how == sandbox.ShutWr:
		return nil
	case k.listens():
		k.listened, k.shutRd, k.shutWr = false, false, false
		return errnoOf(k.ep.Shutdown(tcpip.ShutdownRead))
	case k.over():
		k.shut(how)
		k.dead = k.dead || k.calling != nil
		return sandbox.Errno("ENOTCONN")
	case k.state() == tcp.StateSynSent:
		k.undone = true
		return errnoOf(k.ep.Shutdown(tcpip.ShutdownWrite | tcpip.ShutdownRead))
	}
	if k.calling != nil { // it need not be asked for any more
		k.opened, k.calling = true, nil
	}
	k.shut(how)
	if how != sandbox.ShutRd {
		k.ep.SocketOptions().SetCorkOption(false) // what is held back goes before the FIN
		if err := k.ep.Shutdown(tcpip.ShutdownWrite); err != nil {
			return errnoOf(err)
		}
	}
	// Linux goes on taking what comes after SHUT_RD, until this side's FIN is
	// sent too; and it does not reset because something is left unread.
	if unread, _ := k.ep.GetSockOptInt(tcpip.ReceiveQueueSizeOption); k.shutRd && k.shutWr && unread == 0 {
		k.ep.Shutdown(tcpip.ShutdownRead)
	}
	return nil
}

// pollTCP is Linux's tcp_poll.
func (k *socket) pollTCP() sandbox.Ready {
	e := k.tcp()
	failed := errorWaits(k.ep) || k.gaveUp
	switch state := k.state(); {
	case k.listens():
		return sandbox.Ready{In: acceptQueue(e) > 0}
	case state == tcp.StateInitial, state == tcp.StateBound, k.stopped():
		return sandbox.Ready{Out: true, Hup: true, In: k.shutRd}
	case state == tcp.StateConnecting, state == tcp.StateSynSent, state == tcp.StateSynRecv:
		return sandbox.Ready{}
	case k.over():
		return sandbox.Ready{In: true, Out: true, Hup: true, Err: failed}
	}
	unread, _ := k.ep.GetSockOptInt(tcpip.ReceiveQueueSizeOption)
	ended := receiveClosed(e) || k.shutRd
	used, size := sendQueue(e), int(k.ep.SocketOptions().GetSendBufferSize())
	return sandbox.Ready{
		In:  unread > 0 || ended,
		Out: k.shutWr || size-used >= used/2, // sk_stream_is_writeable
		Hup: ended && k.shutWr,
		Err: failed,
	}
}
