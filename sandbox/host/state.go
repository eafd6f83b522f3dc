package host

import (
	"sockplay/sandbox"
	"sockplay/tracer"
)

// move records that a call has told of another state. What the calls do not
// tell, such as the last ACK, is not seen.
func (f *file) move(cause int64, to, why string) {
	from := f.state
	if from == "" {
		from = "CLOSED"
	}
	if from == to {
		return
	}
	f.state = to
	f.p.log.Add(tracer.Event{
		At: f.p.Now(), Cause: cause, Kind: tracer.KindState, Process: f.p.name, FD: f.fd,
		Local: f.local, Remote: f.remote, From: from, To: to, Why: why,
	})
}

// leave is the state after our FIN.
func (f *file) leave(cause int64, why string) {
	switch f.state {
	case "ESTABLISHED":
		f.move(cause, "FIN-WAIT-1", why)
	case "CLOSE-WAIT":
		f.move(cause, "LAST-ACK", why)
	}
}

// meaning is what a failed call means to whoever watches.
var meaning = map[sandbox.Errno]string{
	"EADDRINUSE":        "another program has this port: stop it, or take another",
	"EADDRNOTAVAIL":     "no interface of this machine has this address",
	"EACCES":            "the system does not let you have this port: take one above 1023",
	"ECONNREFUSED":      "the host is there, but no socket listens on this port",
	"ECONNRESET":        "the peer has ended the connection by an RST",
	"EPIPE":             "the connection is gone: nobody is there to read it",
	"EMFILE":            "no descriptor is left: close one first",
	"ETIMEDOUT":         "nobody has answered in time",
	sandbox.EAGAIN:      "nothing now, and the descriptor is nonblocking",
	"EHOSTUNREACH":      "no way leads to this host",
	"ENETUNREACH":       "no way leads to this network",
	"ENOTCONN":          "it has no connection",
	sandbox.EBADF:       "no such descriptor is open",
	"EAFNOSUPPORT":      "sockets of this kind are not to be had here",
	"EMSGSIZE":          "too long for a datagram",
	sandbox.EINVAL:      "not on such a socket, or not now",
	"EOPNOTSUPP":        "not on such a socket",
	sandbox.ENOPROTOOPT: "this option cannot be set here",
}
