//go:build linux

package kernel

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"sockplay/sandbox"
)

// Socketpair wraps socketpair(2).
func (s *Stack) Socketpair(k sandbox.Kind) (a, b sandbox.Socket, err error) {
	domain, typ := family(k)
	fds, err := unix.Socketpair(domain, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, errnoOf(err)
	}
	return s.own(fds[0], k), s.own(fds[1], k), nil
}

// at runs a call that is given the address a: where that is a file, from the
// folder in which it is.
func (k *socket) at(a sandbox.Addr, call func() error) error {
	switch {
	case a.Path == "" || a.Abstract():
		return call()
	case !sandbox.ValidPath(a.Path):
		return unix.EINVAL
	}
	return k.stack.folder.in(call)
}

// unixPath is the path as it is typed: x/sys writes the abstract namespace's
// NUL as @, and no name at all as one alone.
func unixPath(sa *unix.SockaddrUnix) sandbox.Addr {
	if sa.Name == "@" {
		return sandbox.Addr{}
	}
	return sandbox.Addr{Path: sa.Name}
}

// backlog asks socket diagnostics for how many connections wait for accept.
func (k *socket) backlog() (waiting, room int) {
	var st unix.Stat_t
	if unix.Fstat(k.fd, &st) != nil {
		return 0, 0
	}
	const (
		showQueue = 0x10 // UDIAG_SHOW_RQLEN
		attrQueue = 4    // UNIX_DIAG_RQLEN
		listens   = 1 << listenState
	)
	var req [nlmsghdrLen + 24]byte // struct unix_diag_req
	ne := binary.NativeEndian
	ne.PutUint32(req[0:], uint32(len(req)))
	ne.PutUint16(req[4:], unix.SOCK_DIAG_BY_FAMILY)
	ne.PutUint16(req[6:], unix.NLM_F_REQUEST)
	body := req[nlmsghdrLen:]
	body[0] = unix.AF_UNIX
	ne.PutUint32(body[4:], listens)
	ne.PutUint32(body[8:], uint32(st.Ino))
	ne.PutUint32(body[12:], showQueue)
	ne.PutUint64(body[16:], 0xffffffffffffffff) // no cookie
	if unix.Sendto(k.stack.diag, req[:], 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}) != nil {
		return 0, 0
	}
	var buf [1024]byte
	n, _, err := unix.Recvfrom(k.stack.diag, buf[:], 0)
	if err != nil || ne.Uint16(buf[4:]) != unix.SOCK_DIAG_BY_FAMILY {
		return 0, 0
	}
	for attrs := buf[min(n, nlmsghdrLen+16):n]; len(attrs) >= 4; { // behind struct unix_diag_msg
		size := int(ne.Uint16(attrs))
		if size < 4 || size > len(attrs) {
			break
		}
		if ne.Uint16(attrs[2:]) == attrQueue && size >= 12 {
			return int(ne.Uint32(attrs[4:])), int(ne.Uint32(attrs[8:]))
		}
		attrs = attrs[min(len(attrs), (size+3)&^3):]
	}
	return 0, 0
}
