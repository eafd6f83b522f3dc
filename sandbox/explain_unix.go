package sandbox

import (
	"fmt"

	"sockplay/tracer"
)

// explainUnix says what the result of a call on a unix socket means; "" for
// calls that mean there what they mean elsewhere.
func explainUnix(p *Process, c *call, r tracer.Result) (why, try string) {
	switch {
	case c.name == "socket" && p.Kind(r.Value) == Unix:
		return "a unix stream socket: no name and no peer yet. It stays on this machine, and sends no packets", ""
	case c.name == "socket" && p.Kind(r.Value) == UnixDgram:
		return "a unix datagram socket: no name yet. It stays on this machine, and sends no packets", ""
	case c.name == "socketpair":
		return fmt.Sprintf("%d and %d are each other's peers, and have no names: what one writes the other reads", r.FDs[0], r.FDs[1]), ""
	}
	f := c.file
	if f == nil || !f.kind.Unix() {
		return "", ""
	}
	stream := f.kind.Stream()
	switch c.name {
	case "bind":
		if c.addr.Abstract() {
			return fmt.Sprintf("its name is %s now: no file, and it goes with the socket", c.addr), ""
		}
		return fmt.Sprintf("its address is %s now: a file, in a folder of the sandbox's own", c.addr), ""
	case "listen":
		_, room := f.sock.Queues()
		return fmt.Sprintf("callers are connected at once; %d wait at most until accept takes them", room+1), ""
	case "accept":
		return explainUnixAccepted(p, c, r), ""
	case "connect":
		if stream {
			return "connected at once, without a handshake: it waits in the backlog until accept takes it, and can be written to", ""
		}
		return "it only remembers where to send and whom to hear", ""
	case "write", "send", "sendto":
		return explainUnixSent(c, r), ""
	case "read", "recv", "recvfrom":
		switch {
		case r.Value == 0 && c.asked > 0 && (stream || *c.whole == 0) && f.shutRd:
			return "reading was shut down here, and there is nothing left to read", ""
		case r.Value == 0 && c.asked > 0 && stream && c.flags&MSG_PEEK == 0:
			return "end of stream: the peer has closed, or shut down writing, and all it sent has been read", "close your side too when you are done"
		}
	case "shutdown":
		return explainUnixShutdown(c), ""
	case "close":
		return explainUnixClosed(c), ""
	case "setsockopt":
		switch c.opt.Name {
		case SO_LINGER:
			return "set, and without effect: what was written lies at the peer already", ""
		case SO_REUSEADDR, SO_KEEPALIVE, SO_BROADCAST, SO_RCVBUF:
			return "set, and without effect on a unix socket", ""
		}
	}
	return "", ""
}

func explainUnixAccepted(p *Process, c *call, r tracer.Result) string {
	caller := "a caller"
	if who := p.files[r.Value].unix.peer.String(); who != "" {
		caller = who
	}
	switch {
	case r.Addr != "":
		caller += " at " + r.Addr
	default:
		caller += ", which has no name"
	}
	return fmt.Sprintf("the connection from %s; %d goes on listening", caller, c.fd)
}

func explainUnixSent(c *call, r tracer.Result) string {
	switch stream := c.file.kind.Stream(); {
	case !stream:
		return "the datagram lies at the receiver: here none is lost on its way, and they keep their order"
	case r.Value < c.asked:
		return fmt.Sprintf("%d of %d bytes were taken; the rest was not sent", r.Value, c.asked)
	}
	return "the bytes lie at the peer, which may read them: there is no packet, and no acknowledgement"
}

func explainUnixShutdown(c *call) string {
	f := c.file
	switch {
	case !f.kind.Stream() && c.how == ShutWr:
		return "this socket sends no more, and nobody is told"
	case !f.kind.Stream():
		return "who sends to this socket is told: EPIPE"
	case f.unix.listens && c.how == ShutWr:
		return "a listener sends nothing anyway: nothing happens"
	case f.unix.listens:
		return "callers are refused from now on; those that wait can still be accepted"
	case f.unix.peer == nil:
		return "there is no peer to be told"
	case c.how == ShutWr:
		return "the peer reads end of stream, behind what is there already; reading goes on here"
	case c.how == ShutRd:
		return "the peer can write no more: EPIPE (TCP would not tell it)"
	}
	return "both directions are over: the peer reads end of stream, and its writes are EPIPE"
}

func explainUnixClosed(c *call) string {
	f := c.file
	u := f.unix
	rest := "its name is free again"
	switch {
	case u.path == "":
		rest = "the descriptor is given back"
	case u.path[0] != '@':
		rest = "its file " + u.path + " stays behind, and nobody is there"
	}
	switch {
	case u.listens && c.unread > 0:
		return fmt.Sprintf("%s; the %d who waited for accept are told ECONNRESET", rest, c.unread)
	case u.listens, !f.kind.Stream():
		return rest
	case u.peer == nil:
		return "there was no connection to end; " + rest
	case u.peer.end != nil && u.peer.end.FD == 0:
		return "both sides have closed now"
	case c.unread > 0:
		return fmt.Sprintf("%d bytes that were not read are lost: the peer's next read is told ECONNRESET", c.unread)
	}
	return "the peer reads end of stream, and its writes are EPIPE"
}

// unixErrnos are lessons that unix sockets teach otherwise than others.
var unixErrnos = map[string]lesson{
	"bind EADDRINUSE":        {"that file is there already: bind makes it, and close does not take it away", "another path, or a name that is no file, such as @chat; a program unlinks the path before it binds"},
	"bind @ EADDRINUSE":      {"another socket has that name", "another name; it is free when that socket is closed"},
	"bind EINVAL":            {"the socket has an address already", "a second address needs a second socket"},
	"listen EINVAL":          {"a unix socket listens at a name, and this one has none, or is connected", "bind FD chat.sock, then listen"},
	"accept EINVAL":          {"the socket does not listen, or was shut down for reading", "bind and listen first"},
	"connect ECONNREFUSED":   {"the file is there, but no socket that listens: it was closed, or has not called listen", "server: socket unix, bind to another path, listen; then connect there"},
	"connect @ ECONNREFUSED": {"no socket of this kind has that name and listens", "server: socket unix, bind, listen; then connect again"},
	"connect EAGAIN":         {"the listener's backlog is full, and this call does not wait (any longer); a unix connect is never EINPROGRESS", "let the server accept, then connect again"},
	"connect EINVAL":         {"the socket listens: it takes calls and cannot make one", "a new socket for the call"},
	"connect EPERM":          {"the socket there is connected, and hears only its peer", "a socket of its own for each"},
	"write ECONNREFUSED":     {"the receiver's socket is closed: a datagram has nobody to go to, and this socket is not connected any more", "a new receiver needs a path of its own; then connect or sendto"},
	"write @ ECONNREFUSED":   {"no datagram socket has that name", "server: socket unixgram, bind; then send again"},
	"write EPERM":            {"the socket there is connected, and hears only its peer", "a socket of its own for each"},
	"write ENOTCONN":         {"the socket has no peer", "connect it first; a datagram can also be sent with sendto"},
	"write EISCONN":          {"a connected stream has its one peer, and takes no address", "write, or send"},
	"write EOPNOTSUPP":       {"a stream takes no address with its data", "connect first, then write"},
	"write EMSGSIZE":         {"one datagram cannot be larger than the send buffer, less 32 bytes", "send several, setsockopt FD SO_SNDBUF, or use a stream"},
	"write EAGAIN":           {"the buffer is full, and this call does not wait (any longer)", "let the peer read; poll FD:out, then write again"},
	"write ECONNRESET":       {"the peer has connected elsewhere, and thrown away what it had not read", "connect again, or sendto"},
	"read EINVAL":            {"the stream is not connected (TCP would say ENOTCONN); a listener never is", "read from what accept returned, or connect first"},
	"read ECONNRESET":        {"the peer closed with data unread: what was sent to it is lost", "close it; a new connection needs a new socket"},
	"getsockopt EOPNOTSUPP":  {"the options of TCP and IP mean nothing to a unix socket", "SO_ options"},
	"setsockopt EOPNOTSUPP":  {"that option means nothing to a unix socket", "other SO_ options"},
}

// unixLesson is the lesson of an errno for a unix socket; false if it is the
// one that other sockets teach.
func unixLesson(c *call, name string, errno Errno) (lesson, bool) {
	f := c.file
	l, ok := unixErrnos[name+" "+string(errno)]
	if at, special := unixErrnos[name+" @ "+string(errno)]; special && c.addr.Abstract() {
		l = at
	}
	switch {
	case errno == EPIPE:
		return explainUnixPipe(c), true
	case errno == EINVAL && name == "bind" && f.unix.path != "":
		l.why += ": " + f.unix.path
	}
	return l, ok
}

// explainUnixPipe tells the reasons for EPIPE apart.
func explainUnixPipe(c *call) (l lesson) {
	switch f := c.file; {
	case f.shutWr:
		l = lesson{"this side was shut down for writing", "a new connection needs a new socket"}
	case !f.kind.Stream():
		return lesson{"the receiver was shut down for reading", "send to another socket"}
	case f.unix.peer != nil && f.unix.peer.end != nil && f.unix.peer.end.FD != 0:
		l = lesson{"the peer was shut down for reading, and takes no more", "a new connection needs a new socket"}
	default:
		l = lesson{"the peer has closed its socket: nobody will read this", "a new connection needs a new socket"}
	}
	if c.flags&MSG_NOSIGNAL == 0 {
		l.why += "; SIGPIPE would have ended your program"
		l.try += "; MSG_NOSIGNAL, or ignoring SIGPIPE, leaves you just the errno"
	}
	return l
}
