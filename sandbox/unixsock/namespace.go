// Package unixsock is unix sockets in memory, for stacks that have none of
// their own: streams and datagrams between the processes of one sandbox,
// answering as Linux does (unix(7)), errors and full buffers included.
package unixsock

import "sockplay/sandbox"

// Namespace is where the sockets of one sandbox find each other. The zero
// value is ready to use. It belongs to one goroutine.
type Namespace struct {
	// files has the paths that were ever bound. A path stays when its socket
	// is closed, as a file does: there is nobody behind it then.
	files    map[string]*socket
	abstract map[abstractName]*socket
}

// abstractName is a name that is no file. The kinds have names of their own.
type abstractName struct {
	name string
	kind sandbox.Kind
}

// Socket is socket(2). The kind must be one of unix sockets.
func (n *Namespace) Socket(k sandbox.Kind) (sandbox.Socket, error) {
	if !k.Unix() {
		return nil, sandbox.Errno("EAFNOSUPPORT")
	}
	return n.open(k), nil
}

// Socketpair is socketpair(2).
func (n *Namespace) Socketpair(k sandbox.Kind) (a, b sandbox.Socket, err error) {
	if !k.Unix() {
		return nil, nil, sandbox.Errno("EOPNOTSUPP")
	}
	x, y := n.open(k), n.open(k)
	x.peer, y.peer = y, x
	x.state, y.state = connected, connected
	return x, y, nil
}

func (n *Namespace) open(k sandbox.Kind) *socket {
	return &socket{space: n, kind: k, backlog: maxDatagrams, sndbuf: defaultBuffer, rcvbuf: defaultBuffer, linger: sandbox.LingerOff}
}

// find looks up who is at an address.
func (n *Namespace) find(a sandbox.Addr, k sandbox.Kind) (*socket, error) {
	switch {
	case !sandbox.ValidPath(a.Path):
		return nil, sandbox.EINVAL
	case a.Abstract():
		if s := n.abstract[abstractName{a.Path, k}]; s != nil {
			return s, nil
		}
		return nil, sandbox.ECONNREFUSED
	}
	s, exists := n.files[a.Path]
	switch {
	case !exists:
		return nil, sandbox.Errno("ENOENT")
	case s.dead:
		return nil, sandbox.ECONNREFUSED
	case s.kind != k:
		return nil, sandbox.Errno("EPROTOTYPE")
	}
	return s, nil
}

// bind puts s at an address.
func (n *Namespace) bind(a sandbox.Addr, s *socket) error {
	if !sandbox.ValidPath(a.Path) {
		return sandbox.EINVAL
	}
	const taken = sandbox.Errno("EADDRINUSE")
	if a.Abstract() {
		key := abstractName{a.Path, s.kind}
		switch {
		case s.name != "":
			return sandbox.EINVAL
		case n.abstract[key] != nil:
			return taken
		}
		if n.abstract == nil {
			n.abstract = make(map[abstractName]*socket)
		}
		n.abstract[key] = s
	} else {
		_, exists := n.files[a.Path]
		switch { // the file is tried first
		case exists:
			return taken
		case s.name != "":
			return sandbox.EINVAL
		}
		if n.files == nil {
			n.files = make(map[string]*socket)
		}
		n.files[a.Path] = s
	}
	s.name = a.Path
	return nil
}

// unbind takes a closed socket out: an abstract name goes with it.
func (n *Namespace) unbind(s *socket) {
	if key := (abstractName{s.name, s.kind}); n.abstract[key] == s {
		delete(n.abstract, key)
	}
}
