package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"sockplay/tracer"
)

// circumstances are what the explanation of a call needs to know of it, beside
// its result.
type circumstances struct {
	from   string     // its socket's state when it was issued
	how    How        // of shutdown
	addr   Addr       // that the call was given; none for most
	asked  int        // octets that a read or write was asked for; setsockopt's value
	unread int        // of close: what nobody has read, or accepted
	unsent int        // of close: what the peer has not acknowledged
	whole  *int       // of a read of datagrams: octets that the datagram had
	opt    OptionInfo // of getsockopt and setsockopt
	lack   string     // what the stack cannot do and Linux could; "" for nothing
	others []*Process // of close: those that have the socket open still
}

// explain says what a call's result means and, of an error, what to try next.
func explain(p *Process, c *call, r tracer.Result) (why, try string) {
	if r.Value < 0 {
		return explainErrno(p, c, Errno(r.Errno))
	}
	f := c.file
	if len(c.others) > 0 {
		return explainShared(c), ""
	}
	if why, try := explainUnix(p, c, r); why != "" {
		return why, try
	}
	switch c.name {
	case "socket":
		kind := p.Kind(r.Value)
		if kind.Stream() {
			return fmt.Sprintf("a %s socket, CLOSED: no address and no connection yet", kind), ""
		}
		return fmt.Sprintf("a %s socket: no address yet", kind), ""
	case "bind":
		local, _ := f.sock.Getsockname()
		return fmt.Sprintf("its address is %s now", local), ""
	case "listen":
		return explainListening(c)
	case "accept":
		why := fmt.Sprintf("the connection from %s; %d goes on listening", r.Addr, c.fd)
		if strings.HasPrefix(r.Addr, "[::ffff:") {
			why += "; an IPv4 caller's address looks so to a tcp6 socket"
		}
		return why, ""
	case "connect":
		return explainConnected(c), ""
	case "write", "send", "sendto":
		return explainSent(c, r), ""
	case "read", "recv", "recvfrom":
		return explainReceived(c, r)
	case "shutdown":
		why := explainShutdown(c)
		if others := p.others(f); len(others) > 0 {
			why += "; it is the socket of " + enumerated(others) + " too, and so holds there"
		}
		return why, ""
	case "close":
		return explainClosed(c), ""
	case "fcntl":
		if f.nonblock {
			return "calls on it wait no more: they answer EAGAIN instead", ""
		}
		return "calls on it wait again until they can be done", ""
	case "getsockopt":
		return explainOption(c, r)
	case "setsockopt":
		return explainSet(c), ""
	case "poll":
		return explainPoll(r)
	}
	return "", ""
}

func explainListening(c *call) (why, try string) {
	_, room := c.file.sock.Queues()
	why = fmt.Sprintf("callers are answered now; at most %s: the backlog and one more", counted(room+1, "waits", "wait"))
	if local := c.file.end.Local; c.from == "CLOSED" && !c.file.bound {
		why = fmt.Sprintf("no bind came before, so the system chose port %d, which no client can know; all the same ", local.Port()) + why
		try = fmt.Sprintf("bind before listen, to be found; or call this one: connect FD %s", Callable(local))
	}
	return why, try
}

func explainConnected(c *call) string {
	e := c.file.end
	switch {
	case !c.file.kind.Stream():
		return "no packet: it only remembers where to send and whom to hear"
	case e.Local == e.Remote:
		return "connected to itself: both asked at once, and both are this socket"
	case c.from != "CLOSED":
		return "connected: the handshake was over before"
	case slices.Contains(e.History(), "SYN-RECEIVED"):
		return "connected: both asked at once, and each has acknowledged the other's SYN"
	}
	return "connected: it returned at the SYN-ACK; the ACK tells the server"
}

func explainSent(c *call, r tracer.Result) string {
	switch _, queued := c.file.sock.Queues(); {
	case !c.file.kind.Stream():
		return "sent. UDP promises no more: no connection, no acknowledgement"
	case r.Value < c.asked:
		return fmt.Sprintf("%d of %d bytes were taken; the rest was not sent", r.Value, c.asked)
	case queued > r.Value:
		return fmt.Sprintf("the stack took them; %d bytes in all wait in the send buffer for the peer", queued)
	}
	return "the stack took them; that the peer has read them is another matter"
}

func explainReceived(c *call, r tracer.Result) (why, try string) {
	f := c.file
	stream := f.kind.Stream()
	switch {
	case c.asked == 0:
		return "it was asked for no byte at all", ""
	case r.Value == 0 && stream && f.shutRd:
		return "reading was shut down here: there is nothing to read, whatever the peer does", ""
	case r.Value == 0 && stream && f.reset:
		return "the connection was reset: nothing more will come", "close it"
	case r.Value == 0 && stream:
		return "end of stream: the peer will send no more, and all it sent has been read", "close your side too when you are done"
	case !stream && *c.whole == 0:
		return "an empty datagram: it is a message, and no end of anything", ""
	case !stream && *c.whole > len(r.Data):
		return fmt.Sprintf("the datagram had %d bytes: what did not fit is %s", *c.whole, map[bool]string{true: "still there", false: "lost"}[c.flags&MSG_PEEK != 0]), ""
	case c.flags&MSG_PEEK != 0:
		return "a look only: the next read gets the same again", ""
	case !stream:
		return "one datagram, as it was sent", ""
	case c.flags&MSG_OOB != 0:
		return "the urgent byte, which Linux takes out of the stream", ""
	}
	return "a read takes what is there, wherever the writes began and ended", ""
}

// done are the states in which this side's FIN has been sent.
var done = map[string]bool{"FIN-WAIT-1": true, "FIN-WAIT-2": true, "CLOSING": true, "LAST-ACK": true, "TIME-WAIT": true}

func explainShutdown(c *call) string {
	switch {
	case !c.file.kind.Stream():
		return "no packet: only this socket sends, or reads, no more"
	case c.from == "LISTEN" && c.how == ShutWr:
		return "a listener sends nothing anyway: nothing happens"
	case c.from == "LISTEN":
		return "the socket listens no more"
	case c.how == ShutRd:
		return "no packet: reads here return 0 from now on, and the peer is not told"
	case done[c.from]:
		return "the FIN was sent before: nothing more to send"
	case c.how == ShutRdWr:
		return "the FIN says that no more will come from here; reads here return 0 too"
	}
	return "the FIN says that no more will come from here; reading goes on"
}

// explainShared is a close that leaves the socket open.
func explainShared(c *call) string {
	who := enumerated(c.others) + map[bool]string{true: " has", false: " have"}[len(c.others) == 1]
	if c.from == "CLOSED" || c.from == "LISTEN" || !c.file.kind.TCP() || done[c.from] {
		return "only this descriptor is given back: " + who + " the socket open still"
	}
	return "no FIN: " + who + " it open still, and only the last close ends the connection"
}

func explainClosed(c *call) string {
	switch {
	case c.file == nil: // it lingered
		return "all is acknowledged, or the linger time is over"
	case !c.file.kind.Stream():
		return "the address is free again; no packet says so"
	case c.from == "LISTEN":
		return "nobody answers at that port any more"
	case done[c.from]:
		return "the FIN was sent before: only the descriptor is given back"
	case c.from == "CLOSED" && len(c.file.end.History()) > 1:
		return "the connection was over already: nothing is sent"
	case c.from == "CLOSED":
		return "there was no connection to end"
	}
	switch c.file.end.State() {
	case "LAST-ACK":
		return "both sides have closed now: the ACK of this FIN ends the connection"
	case "CLOSED":
		if c.from == "SYN-SENT" {
			return "the call is given up; nothing is sent"
		}
		return "the connection was cut off, not ended: the peer gets an RST"
	case "FIN-WAIT-1":
		if c.unsent > 0 {
			return fmt.Sprintf("%d bytes go first, as the peer makes room; the FIN follows them, and the stack sees to it by itself", c.unsent)
		}
	}
	return "the FIN says that no more will come; the stack sees the rest through by itself"
}

func explainOption(c *call, r tracer.Result) (why, try string) {
	if c.opt.Name != SO_ERROR {
		return c.opt.What, ""
	}
	if r.OptVal == "0" {
		return "no error waits to be told", ""
	}
	why, try = Explain("connect", r.OptVal)
	return "told once, and cleared: " + why, try
}

func explainSet(c *call) string {
	switch {
	case c.opt.Name == SO_LINGER && !c.file.kind.TCP():
		return "set, and without effect: a datagram socket has nothing to linger for"
	case c.opt.Name == SO_LINGER && c.asked == 0:
		return "close will not end the connection with a FIN, but cut it off with an RST"
	case c.opt.Name == SO_LINGER && c.asked > 0:
		return "close will wait until all is acknowledged, so long at most"
	case c.opt.Name == SO_LINGER:
		return "close will return at once, and the stack see the rest through"
	}
	return "set: " + c.opt.What
}

func explainPoll(r tracer.Result) (why, try string) {
	switch {
	case r.Value == 0:
		return "nothing happened in that time", ""
	case slices.ContainsFunc(r.Revents, func(s string) bool { return strings.Contains(s, "nval") }):
		return "nval: no socket is open under that number", "sockets shows which are"
	case slices.ContainsFunc(r.Revents, func(s string) bool { return strings.Contains(s, "err") }):
		return "err: an error waits to be told", "getsockopt FD SO_ERROR tells which"
	case slices.ContainsFunc(r.Revents, func(s string) bool { return strings.Contains(s, "hup") }):
		return "hup: there is no connection, in either direction", ""
	}
	var ready []string
	for _, event := range []struct{ name, means string }{{"in", "a read or accept would not wait"}, {"pri", "urgent data has come"}, {"out", "a write would not wait"}} {
		if slices.ContainsFunc(r.Revents, func(s string) bool { return strings.Contains(s, event.name) }) {
			ready = append(ready, event.name+": "+event.means)
		}
	}
	return strings.Join(ready, "; "), ""
}
