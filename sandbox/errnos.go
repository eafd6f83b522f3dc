package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// lesson is what there is to learn from an errno.
type lesson struct{ why, try string }

// errnos is looked up by call and errno first, then by the errno alone.
var errnos = map[string]lesson{
	"EBADF": {"no socket is open under that number in this process", "sockets shows which are; socket makes one"},

	"EADDRINUSE":               {"another socket has that address", "another port, or 0 to be given one; sockets shows who has it"},
	"bind EADDRINUSE":          {"another socket has that address, or a connection of it is still in TIME-WAIT", "another port, or 0; for TIME-WAIT: let a minute pass (advance 60s), or setsockopt FD SO_REUSEADDR on before bind, which the old listener must have had too"},
	"connect EADDRINUSE":       {"there is such a connection already, perhaps in TIME-WAIT", "bind to another port, or let the system choose: connect without bind"},
	"EADDRNOTAVAIL":            {"no interface here has that address: only 127.0.0.0/8 and ::1 do", "bind FD 127.0.0.1:8080, or *:8080 for all"},
	"connect EADDRNOTAVAIL":    {"all ephemeral ports to that address are used up, or nobody can be called there", "close connections, or wait until their TIME-WAIT is over"},
	"EAFNOSUPPORT":             {"the address is of another family than the socket", "a tcp6 or udp6 socket takes [::1]:8080, a tcp or udp one 127.0.0.1:8080"},
	"connect EINPROGRESS":      {"the call returned when the SYN was sent: a nonblocking connect does not wait for the answer, which has come after it, or will", "poll FD:out, then getsockopt FD SO_ERROR tells how it went"},
	"connect EALREADY":         {"an earlier connect on this socket is still under way", "poll FD:out waits for it"},
	"EISCONN":                  {"the socket is connected already", "a second connection needs a second socket"},
	"connect ECONNREFUSED":     {"the host is there, but no socket listens on that port", "server: socket tcp, bind, listen; then connect again (silence instead of this RST would have ended in ETIMEDOUT after minutes)"},
	"ECONNREFUSED":             {"an earlier datagram came to a port that nobody has bound: ICMP said so, and a connected socket is told once", "bind a socket there; the next call on this one works again"},
	"ECONNRESET":               {"the peer cut the connection off with an RST: whatever was under way is lost", "close it; a new connection needs a new socket"},
	"ECONNABORTED":             {"the attempt to connect has failed already, and its error was told before", "connect once more, or make a new socket"},
	"accept ECONNABORTED":      {"the caller hung up before accept took the call", "accept again"},
	"ETIMEDOUT":                {"no answer came, however often it was tried", "is the host there, is the wire open? close it and connect with a new socket"},
	"ENOTCONN":                 {"the socket has no peer", "connect it first; a server reads from what accept returned, not from the listener"},
	"EPIPE":                    {"this side of the connection is closed for writing, or its peer is gone", "a new connection needs a new socket"},
	"EDESTADDRREQ":             {"a datagram needs an address, and this socket is not connected", "sendto FD ADDRESS DATA, or connect first"},
	"EMSGSIZE":                 {"one datagram cannot be that large: 65,507 bytes are the most over IPv4", "send several, or use a stream"},
	"ENETUNREACH":              {"there is no way from here to that address: a sandbox reaches only itself", "127.0.0.1 or any 127.x.y.z, or [::1]"},
	"EHOSTUNREACH":             {"there is no way from here to that address: a sandbox reaches only itself", "127.0.0.1 or any 127.x.y.z, or [::1]"},
	"EACCES":                   {"the system does not allow it: a broadcast address needs SO_BROADCAST", "setsockopt FD SO_BROADCAST on"},
	"EMFILE":                   {"the process has as many descriptors as it may have (RLIMIT_NOFILE: 1024)", "close some"},
	"ENOBUFS":                  {"the system has no memory for it", "close some sockets"},
	"ENOMEM":                   {"the system has no memory for it", "close some sockets"},
	"EOPNOTSUPP":               {"a socket of this kind cannot do that", "streams listen and accept, datagrams do not; flags differ too (help CALL)"},
	"accept EINVAL":            {"the socket does not listen", "bind and listen first"},
	"bind EINVAL":              {"the socket has an address already, or the address is of the wrong size for its family", "bind a new socket; tcp6 takes [::1]:8080"},
	"connect EINVAL":           {"the address is not one that this socket can call", "a tcp6 socket takes [::1]:8080, or [::ffff:127.0.0.1]:8080 for IPv4"},
	"EINVAL":                   {"an argument makes no sense for this socket as it is now", "help CALL shows what it takes, sockets how it stands"},
	"ENOPROTOOPT":              {"a socket of this kind has no such option", "TCP_ options need a tcp socket, IPV6_ options a tcp6 or udp6 one"},
	"ENOENT":                   {"no unix socket was ever bound to that path", "server: socket unix, bind; then again. The folder is the sandbox's own: files outside are not in it"},
	"EPROTOTYPE":               {"the unix socket at that path is of the other kind", "unix calls unix, unixgram calls unixgram"},
	"socketpair EOPNOTSUPP":    {"only unix sockets are made in pairs: a tcp connection has addresses, and is made by a call", "socketpair unix; for tcp: bind, listen, connect and accept"},
	"EDOM":                     {"the value is outside what the option takes", "help setsockopt"},
	"ENOTSOCK":                 {"the number names something that is no socket", "sockets shows which are"},
	"EINTR":                    {"interrupted before anything happened; the socket is as it was", "issue the call again"},
	"connect EINTR":            {"interrupted; the connection goes on being made without you", "poll FD:out, then getsockopt FD SO_ERROR tells how it went"},
	"accept EAGAIN":            {"no connection waits, and the socket is nonblocking", "poll FD:in, then accept again"},
	"read EAGAIN":              {"nothing has arrived yet, and this call does not wait (any longer)", "poll FD:in, then read again"},
	"write EAGAIN":             {"the send buffer is full, and this call does not wait (any longer)", "poll FD:out, then write again"},
	"EAGAIN":                   {"it would have to wait, and may not (any longer)", "poll tells when it is ready"},
	"EPERM":                    {"the system does not allow it", "doctor tells what this machine allows"},
	"EPROTONOSUPPORT":          {"this system has no such kind of socket", "tcp, udp, tcp6, udp6, unix or unixgram"},
	"EIO":                      {"the stack itself failed", "leave and start again; if it comes back, it is a fault of sockplay"},
	"shutdown ENOTCONN":        {"there is no connection to shut down", "close the socket, or connect it first"},
	"getpeername ENOTCONN":     {"the socket has no peer", "connect it first; a listener never has one"},
	"write ENOTCONN":           {"the socket has no peer", "connect it first"},
	"write EDESTADDRREQ":       {"a datagram needs an address, and this socket is not connected", "sendto FD ADDRESS DATA, or connect first"},
	"listen EADDRINUSE":        {"another socket listens at that port", "another port; SO_REUSEPORT on both before bind lets them share it"},
	"listen EINVAL":            {"a connected socket cannot listen", "listen on a socket of its own"},
	"read ENOTCONN":            {"the socket has no peer: a listener never has one, accept returns the socket that does", "read from what accept returned, or connect first"},
	"connect EOPNOTSUPP":       {"a socket of this kind cannot call", "a listener cannot: make a new socket"},
	"setsockopt EINVAL":        {"the value is not one that the option takes now", "help setsockopt shows the values"},
	"setsockopt EADDRINUSE":    {"the socket is a member of that group already", "IP_DROP_MEMBERSHIP leaves it"},
	"setsockopt EADDRNOTAVAIL": {"the socket is no member of that group", "IP_ADD_MEMBERSHIP joins it"},
	"EPROTO":                   {"a stream has one peer, and can be in no group", "a udp socket joins groups"},
	"setsockopt ENOENT":        {"this system lets a sandbox have no such algorithm", "reno; getsockopt FD TCP_CONGESTION tells which one it has"},
	"setsockopt ENOPROTOOPT":   {"a socket of this kind has no such option", "TCP_ options need a tcp socket, IPV6_ options a tcp6 or udp6 one"},
}

// alike are calls that share their lessons.
var alike = map[string]string{"send": "write", "sendto": "write", "recv": "read", "recvfrom": "read"}

// Explain says what an errno of a call means, and what to try next. Call may be
// "". Both answers are "" for an errno that has no lesson.
func Explain(call, errno string) (why, try string) {
	if same := alike[call]; same != "" {
		call = same
	}
	l, ok := errnos[call+" "+errno]
	if !ok {
		l = errnos[errno]
	}
	return l.why, l.try
}

// Errnos lists the errnos that have a lesson.
func Errnos() []string {
	var names []string
	for key := range errnos {
		name := key[strings.IndexByte(key, ' ')+1:]
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func explainErrno(p *Process, c *call, errno Errno) (why, try string) {
	if errno == EINVAL && c.flags&MSG_OOB != 0 && c.lack == "" {
		return "no urgent byte is there, or it was read, or it stays in the stream (SO_OOBINLINE)", "recv without MSG_OOB"
	}
	name := c.name
	if same := alike[name]; same != "" {
		name = same
	}
	var l lesson
	l.why, l.try = Explain(name, string(errno))
	f := c.file
	tcp := f != nil && f.kind.TCP()
	if l, ok := order(p, c, errno); ok && c.lack == "" {
		return l.why, l.try
	}
	if l, ok := unsettable(c, errno); ok {
		return l.why, l.try
	}
	if f != nil && f.kind.Unix() {
		if l, ok := unixLesson(c, name, errno); ok {
			return l.why, l.try
		}
		l.try = strings.Replace(l.try, "socket unix,", "socket "+string(f.kind)+",", 1)
	}
	switch {
	case c.lack != "":
		l = lesson{"the user stack cannot " + c.lack, "--stack kernel can, where there is one"}
	case l.why == "":
		l = lesson{"the stack refused the call", "help " + c.name + " tells more"}
	case errno == EPIPE && tcp:
		l = explainPipe(c)
	case errno == EINVAL && name == "bind" && f != nil && f.end.Local.Port() != 0:
		l = lesson{fmt.Sprintf("the socket has an address already: %s", f.end.Local), "a second address needs a second socket"}
	case errno == EINVAL && name == "accept" && !tcp:
		l.try = "accept needs a stream socket that listens"
	}
	return l.why, l.try
}

// explainPipe tells the several reasons for EPIPE apart.
func explainPipe(c *call) (l lesson) {
	switch f := c.file; {
	case f.end.State() == "LISTEN":
		l = lesson{"a listener has no peer", "write to what accept returned"}
	case f.shutWr:
		l = lesson{"this side was shut down for writing", "a new connection needs a new socket"}
	case !slices.Contains(f.end.History(), "ESTABLISHED"):
		l = lesson{"the socket is not connected (BSD says ENOTCONN here)", "connect it first"}
	default:
		l = lesson{"the connection is gone: the peer has reset it", "a new connection needs a new socket"}
	}
	if c.flags&MSG_NOSIGNAL == 0 {
		l.why += "; SIGPIPE would have ended your program"
		l.try += "; MSG_NOSIGNAL, or ignoring SIGPIPE, leaves you just the errno"
	}
	return l
}

// ECONNREFUSED and EISCONN are only explained here.
const (
	ECONNREFUSED Errno = "ECONNREFUSED"
	EISCONN      Errno = "EISCONN"
)
