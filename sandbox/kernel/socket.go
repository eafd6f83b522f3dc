//go:build linux

package kernel

import (
	"errors"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"sockplay/sandbox"
)

// socket is a nonblocking socket of the kernel.
type socket struct {
	fd    int
	kind  sandbox.Kind
	stack *Stack
}

// Socket wraps socket(2).
func (s *Stack) Socket(k sandbox.Kind) (sandbox.Socket, error) {
	domain, typ := family(k)
	var fd int
	var err error
	s.home.do(func() { fd, err = unix.Socket(domain, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0) })
	if err != nil {
		return nil, errnoOf(err)
	}
	return s.own(fd, k), nil
}

// own makes a descriptor one of the stack's sockets.
func (s *Stack) own(fd int, k sandbox.Kind) *socket {
	sock := &socket{fd: fd, kind: k, stack: s}
	s.sockets[sock] = true
	return sock
}

// family gives the first two arguments of socket(2).
func family(k sandbox.Kind) (domain, typ int) {
	domain, typ = unix.AF_INET, unix.SOCK_DGRAM
	switch {
	case k.Unix():
		domain = unix.AF_UNIX
	case k.IPv6():
		domain = unix.AF_INET6
	}
	if k.Stream() {
		typ = unix.SOCK_STREAM
	}
	return domain, typ
}

// errnoOf turns the kernel's errno into the sandbox's; nil stays nil.
func errnoOf(err error) error {
	if err == nil {
		return nil
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		switch errno { // of two names for one number, the one that books have
		case unix.EAGAIN:
			return sandbox.EAGAIN
		case unix.EOPNOTSUPP:
			return sandbox.Errno("EOPNOTSUPP")
		}
		return sandbox.Errno(unix.ErrnoName(errno))
	}
	return err
}

func retry(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return errnoOf(err)
		}
	}
}

func sockaddr(a sandbox.Addr) unix.Sockaddr {
	if a.Path != "" {
		return &unix.SockaddrUnix{Name: a.Path}
	}
	ip := a.AddrPort.Addr()
	if ip.Is4() {
		return &unix.SockaddrInet4{Addr: ip.As4(), Port: int(a.Port())}
	}
	return &unix.SockaddrInet6{Addr: ip.As16(), Port: int(a.Port())}
}

func addrOf(sa unix.Sockaddr) sandbox.Addr {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return sandbox.Addr{AddrPort: netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))}
	case *unix.SockaddrInet6:
		return sandbox.Addr{AddrPort: netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))}
	case *unix.SockaddrUnix:
		return unixPath(sa)
	}
	return sandbox.Addr{}
}

// Bind wraps bind(2).
func (k *socket) Bind(a sandbox.Addr) error {
	return errnoOf(k.at(a, func() error { return unix.Bind(k.fd, sockaddr(a)) }))
}

// Listen wraps listen(2).
func (k *socket) Listen(backlog int) error { return errnoOf(unix.Listen(k.fd, backlog)) }

// Connect wraps connect(2).
func (k *socket) Connect(a sandbox.Addr) error {
	return retry(func() error {
		return k.at(a, func() error { return unix.Connect(k.fd, sockaddr(a)) })
	})
}

// Accept wraps accept4(2).
func (k *socket) Accept() (sandbox.Socket, sandbox.Addr, error) {
	var fd int
	var sa unix.Sockaddr
	err := retry(func() (err error) {
		fd, sa, err = unix.Accept4(k.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		return err
	})
	if err != nil {
		return nil, sandbox.Addr{}, err
	}
	return k.stack.own(fd, k.kind), addrOf(sa), nil
}

var flagBits = map[sandbox.Flags]int{
	sandbox.MSG_PEEK:  unix.MSG_PEEK,
	sandbox.MSG_TRUNC: unix.MSG_TRUNC,
	sandbox.MSG_MORE:  unix.MSG_MORE,
	sandbox.MSG_OOB:   unix.MSG_OOB,
}

// bits leaves out what the sandbox does itself: waiting, and SIGPIPE.
func bits(f sandbox.Flags) int {
	n := unix.MSG_NOSIGNAL | unix.MSG_DONTWAIT
	for flag, bit := range flagBits {
		if f&flag != 0 {
			n |= bit
		}
	}
	return n
}

// Send wraps sendto(2).
func (k *socket) Send(data []byte, f sandbox.Flags, to sandbox.Addr) (n int, err error) {
	var sa unix.Sockaddr
	if to.IsValid() {
		sa = sockaddr(to)
	}
	err = retry(func() error {
		return k.at(to, func() (err error) {
			n, err = unix.SendmsgN(k.fd, data, nil, sa, bits(f))
			return err
		})
	})
	return n, err
}

// Recv wraps recvfrom(2).
func (k *socket) Recv(buf []byte, f sandbox.Flags) (n int, from sandbox.Addr, err error) {
	err = retry(func() error {
		m, sa, err := unix.Recvfrom(k.fd, buf, bits(f))
		n, from = m, addrOf(sa)
		return err
	})
	return n, from, err
}

// Shutdown wraps shutdown(2).
func (k *socket) Shutdown(how sandbox.How) error {
	n := map[sandbox.How]int{sandbox.ShutRd: unix.SHUT_RD, sandbox.ShutWr: unix.SHUT_WR, sandbox.ShutRdWr: unix.SHUT_RDWR}
	return errnoOf(unix.Shutdown(k.fd, n[how]))
}

// Getsockname wraps getsockname(2).
func (k *socket) Getsockname() (sandbox.Addr, error) {
	sa, err := unix.Getsockname(k.fd)
	return addrOf(sa), errnoOf(err)
}

// Getpeername wraps getpeername(2).
func (k *socket) Getpeername() (sandbox.Addr, error) {
	sa, err := unix.Getpeername(k.fd)
	return addrOf(sa), errnoOf(err)
}

// Poll wraps poll(2), without waiting.
func (k *socket) Poll() sandbox.Ready {
	fds := []unix.PollFd{{Fd: int32(k.fd), Events: unix.POLLIN | unix.POLLOUT | unix.POLLPRI}}
	if _, err := unix.Poll(fds, 0); err != nil {
		return sandbox.Ready{}
	}
	r := fds[0].Revents
	return sandbox.Ready{
		In: r&unix.POLLIN != 0, Out: r&unix.POLLOUT != 0, Pri: r&unix.POLLPRI != 0,
		Hup: r&unix.POLLHUP != 0, Err: r&unix.POLLERR != 0,
	}
}

// Queues asks TCP_INFO or, of unix sockets, socket diagnostics of a listener,
// and SIOCINQ, SIOCOUTQ of others (tcp(7), unix(7)).
func (k *socket) Queues() (recv, send int) {
	closed := false
	switch {
	case k.kind == sandbox.Unix:
		if on, err := unix.GetsockoptInt(k.fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err == nil && on != 0 {
			return k.backlog()
		}
	case k.kind.TCP():
		info, err := unix.GetsockoptTCPInfo(k.fd, unix.IPPROTO_TCP, unix.TCP_INFO)
		if err == nil && states[info.State] == "LISTEN" {
			return int(info.Unacked), int(info.Sacked)
		}
		closed = err == nil && states[info.State] == "CLOSED"
	}
	recv, _ = unix.IoctlGetInt(k.fd, unix.SIOCINQ)
	if !closed { // of a closed one the kernel tells what it would have sent
		send, _ = unix.IoctlGetInt(k.fd, unix.SIOCOUTQ)
	}
	return recv, send
}

// Close wraps close(2).
func (k *socket) Close() error {
	delete(k.stack.sockets, k)
	return errnoOf(unix.Close(k.fd))
}
