package outlook

import "sockplay/tracer"

// The words for where a socket without TCP's states is.
const (
	Unbound   = "unbound"
	Bound     = "bound"
	Listening = "listening"
	Connected = "connected"
)

// UDP is the outlook of a UDP socket with these addresses, of which "" and "*"
// are none. UDP has no states: all that matters is which addresses the socket
// has (RFC 768; RFC 1122 4.1.3).
func UDP(local, remote string) Outlook {
	switch {
	case has(remote):
		return Outlook{
			State: Connected,
			Is:    "it hears " + remote + " alone, and what ICMP says of it is told by the next call",
			Exits: []Exit{{"connect() to another address changes the peer", ""}},
			Note:  udpEnd,
		}
	case has(local):
		return Outlook{
			State: Bound,
			Is:    "datagrams to " + local + " queue here, whoever sends them, until recvfrom() takes them",
			Exits: []Exit{{"connect(), which fixes one peer", Connected}},
			Note:  udpEnd,
		}
	}
	return Outlook{
		State: Unbound,
		Is:    "it has no address, so nothing can reach it",
		Exits: []Exit{
			{"bind(), which gives it one, or sendto(), which has one chosen", Bound},
			{"connect(), which has one chosen too, and fixes the peer", Connected},
		},
		Note: udpEnd,
	}
}

const udpEnd = "close() ends it at once: nobody is told."

// Unix is the outlook of a unix socket (unix(7)).
func Unix(s tracer.Socket) Outlook {
	stream := s.Type != "unixgram"
	switch {
	case s.State == "LISTEN":
		return Outlook{
			State: Listening,
			Is:    "callers of " + s.Local + " wait here until accept() takes them",
			Exits: []Exit{{"accept() answers a new socket, which is connected", ""}},
			Note:  "close() refuses whoever waits; the name stays, if it is a file.",
		}
	case has(s.Remote) && stream:
		return Outlook{
			State: Connected,
			Is:    "bytes cross to " + s.Remote + " and back, in order, without packets",
			Exits: []Exit{{"shutdown wr ends one direction", ""}},
			Note:  "After close() the peer reads to the end, and cannot write any more.",
		}
	case has(s.Remote):
		return Outlook{
			State: Connected,
			Is:    "it hears " + s.Remote + " alone",
			Exits: []Exit{{"connect() to another name changes the peer", ""}},
			Note:  "close() ends it at once.",
		}
	case has(s.Local) && stream:
		return Outlook{
			State: Bound,
			Is:    "its name is " + s.Local + ", but nobody is answered yet",
			Exits: []Exit{{"listen()", Listening}, {"connect()", Connected}},
		}
	case has(s.Local):
		return Outlook{
			State: Bound,
			Is:    "datagrams to " + s.Local + " queue here, whoever sends them",
			Exits: []Exit{{"connect(), which fixes one peer", Connected}},
			Note:  "sendto() needs no peer.",
		}
	}
	o := Outlook{
		State: Unbound,
		Is:    "it has no name",
		Exits: []Exit{{"bind(), which gives it one", Bound}, {"connect()", Connected}},
	}
	if !stream {
		o.Note = "sendto() works without a name, but nobody can answer."
	}
	return o
}

func has(addr string) bool { return addr != "" && addr != "*" }
