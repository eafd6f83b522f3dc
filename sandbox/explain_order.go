package sandbox

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// order explains a refusal that comes from a call made too early, or on a
// socket in another part of its life: what is missing, and what comes first. ok
// is false for other refusals.
func order(p *Process, c *call, errno Errno) (l lesson, ok bool) {
	if errno == EBADF && c.fd != 0 {
		return notOpen(p, c), true
	}
	f := c.file
	switch {
	case f == nil || f.kind.Unix():
		return lesson{}, false
	case c.name == "bind" && errno == "EADDRINUSE":
		return taken(p, c), true
	case c.addr.IsValid() && c.addr.Port() == 0 && (errno == EINVAL || errno == ECONNREFUSED):
		return lesson{"port 0 is nobody's: it only asks bind to have a port chosen", "the port that getsockname tells there"}, true
	case !f.kind.TCP():
		return lesson{}, false
	}
	state := f.end.State()
	switch {
	case c.name == "accept" && errno == EINVAL && f.end.Remote.IsValid() && state != "CLOSED":
		return lesson{
			fmt.Sprintf("this socket is a connection itself, with %s: callers come to a listener", f.end.Remote),
			"accept on the listener; here read and write",
		}, true
	case c.name == "accept" && errno == EINVAL && p.name == "client":
		return lesson{
			"the socket does not listen, so nobody can call it: accept is a server's call",
			fmt.Sprintf("a client calls: connect %d 127.0.0.1:8080; a server first needs bind and listen", c.fd),
		}, true
	case c.name == "accept" && errno == EINVAL && f.end.Local.Port() == 0:
		return lesson{
			"the socket does not listen: it has no address either, where it could be called",
			fmt.Sprintf("bind %d 127.0.0.1:8080, listen %d, then accept %d", c.fd, c.fd, c.fd),
		}, true
	case c.name == "accept" && errno == EINVAL:
		return lesson{"the socket has an address, but does not listen yet: its callers are refused", fmt.Sprintf("listen %d, then accept %d", c.fd, c.fd)}, true
	case errno == EISCONN && state == "LISTEN":
		return lesson{
			"the socket listens: it takes calls and cannot make one",
			fmt.Sprintf("a socket of its own for the call: socket %s, connect to %s", f.kind, Callable(f.end.Local)),
		}, true
	case errno == EISCONN && f.end.Remote.IsValid():
		return lesson{fmt.Sprintf("the socket is connected already, with %s", f.end.Remote), "a second connection needs a second socket"}, true
	case errno == "ENOTCONN" && state == "LISTEN":
		return lesson{"a listener has no peer: accept returns the socket that does", "read from what accept returned"}, true
	case errno == "ENOTCONN" && (c.name == "read" || c.name == "recv" || c.name == "recvfrom"):
		return lesson{"the socket has no peer yet: there is nobody to hear from", fmt.Sprintf("connect %d 127.0.0.1:8080 first; a server reads from what accept returned", c.fd)}, true
	case errno == ECONNREFUSED && c.name == "connect":
		return nobodyThere(p, f), true
	}
	return lesson{}, false
}

// notOpen explains EBADF by what the process has open.
func notOpen(p *Process, c *call) lesson {
	what := fmt.Sprintf("%s has no open socket %d", p.name, c.fd)
	fds := p.FDs()
	var list []string
	for _, fd := range fds {
		list = append(list, fmt.Sprintf("%d (%s)", fd, p.files[fd].kind))
	}
	switch again := c.name + " with its number"; {
	case p.named[c.fd] != nil && len(fds) == 0:
		return lesson{what + ": it was closed, and a closed number names nothing", "socket tcp makes a new one"}
	case p.named[c.fd] != nil:
		return lesson{what + ": it was closed, and a closed number names nothing", "what is open: " + strings.Join(list, ", ")}
	case len(fds) > 0:
		return lesson{what + "; each process has numbers of its own", "what is open there: " + strings.Join(list, ", ")}
	case p.other(c.fd) != "":
		q := p.other(c.fd)
		return lesson{
			fmt.Sprintf("%s: each process has numbers of its own, and %d is one of %s", what, c.fd, q),
			fmt.Sprintf("%s: %s %d ..., with the name before it, is %s's call", q, c.name, c.fd, q),
		}
	case c.name == "close":
		return lesson{what + ": it has none at all yet", "socket tcp makes one"}
	default:
		return lesson{
			what + ": it has none at all yet. A call needs a socket to be made on, and socket makes it",
			"socket tcp, which answers a number; then " + again,
		}
	}
}

// other is another process of the learner's that has such a descriptor; "" if none
// has.
func (p *Process) other(fd int) string {
	for _, q := range p.sandbox.procs {
		if q != p && !q.Driven() && q.files[fd] != nil {
			return q.name
		}
	}
	return ""
}

// taken explains by who has it that an address could not be bound.
func taken(p *Process, c *call) lesson {
	port := c.addr.Port()
	for _, q := range p.sandbox.procs {
		for _, fd := range q.FDs() {
			g := q.files[fd]
			if g != c.file && g.kind.TCP() == c.file.kind.TCP() && !g.kind.Unix() && g.end.Local.Port() == port && slices.Contains([]string{"", "CLOSED", "LISTEN"}, g.end.State()) {
				return lesson{
					fmt.Sprintf("%s:%d has port %d already", q.name, fd, port),
					fmt.Sprintf("another port, or 0 to have one chosen; or %s: close %d first", q.name, fd),
				}
			}
		}
	}
	for _, r := range p.sandbox.Sockets() {
		if a, err := netip.ParseAddrPort(r.Local); err == nil && a.Port() == port && r.State == "TIME-WAIT" {
			left := int(r.Left.Seconds()) + 1
			if on, err := c.file.sock.Getsockopt(SO_REUSEADDR); err == nil && on != 0 {
				return lesson{
					fmt.Sprintf("a connection of port %d is still in TIME-WAIT, and SO_REUSEADDR here does not help: the old listener did not have it", port),
					fmt.Sprintf("another port, or advance %ds; and SO_REUSEADDR on for the next listener, before its bind", left),
				}
			}
			return lesson{
				fmt.Sprintf("a connection of port %d is still in TIME-WAIT, so that late packets cannot disturb a new one", port),
				fmt.Sprintf("setsockopt %d SO_REUSEADDR on before bind, which the old listener must have had too; another port; or advance %ds", c.fd, left),
			}
		}
	}
	why, try := Explain("bind", "EADDRINUSE")
	return lesson{why, try}
}

// nobodyThere explains a refused connect by who is nearby.
func nobodyThere(p *Process, f *file) lesson {
	port := f.end.Remote.Port()
	l := lesson{
		fmt.Sprintf("the host is there, but no socket listens on port %d", port),
		fmt.Sprintf("server: socket %s, bind FD %s, listen FD; then connect again (silence instead of this RST would have ended in ETIMEDOUT after minutes)", f.kind, f.end.Remote),
	}
	for _, q := range p.sandbox.procs {
		for _, fd := range q.FDs() {
			g := q.files[fd]
			if g == f || !g.kind.TCP() {
				continue
			}
			who := fmt.Sprintf("%s:%d", q.name, fd)
			switch local := g.end.Local; {
			case g.end.State() == "CLOSED" && local.Port() == port:
				return lesson{
					fmt.Sprintf("%s is bound to port %d, but does not listen", who, port),
					fmt.Sprintf("%s: listen %d; then connect again", q.name, fd),
				}
			case g.end.State() == "LISTEN":
				l.try = fmt.Sprintf("%s listens, at %s: connect there; or let a server listen at port %d", who, Callable(local), port)
			}
		}
	}
	return l
}

// Callable is the address at which a socket that is bound to local is called.
func Callable(local netip.AddrPort) string {
	switch ip := local.Addr(); {
	case ip.IsUnspecified() && ip.Is4():
		local = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), local.Port())
	case ip.IsUnspecified():
		local = netip.AddrPortFrom(netip.IPv6Loopback(), local.Port())
	}
	return local.String()
}

// readOnly are the options that can only be read.
var readOnly = []Option{SO_ERROR, SO_TYPE, SO_ACCEPTCONN}

// unsettable explains why an option could not be set.
func unsettable(c *call, errno Errno) (l lesson, ok bool) {
	switch {
	case c.name != "setsockopt":
	case errno == "ENOPROTOOPT" && slices.Contains(readOnly, c.opt.Name):
		return lesson{fmt.Sprintf("%s can only be read", c.opt.Name), fmt.Sprintf("getsockopt %d %s", c.fd, c.opt.Name)}, true
	case errno == EINVAL && c.opt.Name == IP_TTL:
		return lesson{"a time to live is a byte, and 0 would not leave the host", "from 1 to 255"}, true
	}
	return lesson{}, false
}
