// Package chat is a chat room: what one says all others hear. Room is the room
// itself, which makes no calls; the programs make them for it, over TCP and, to
// show what is missing then, over UDP. docs/protocols.md says what is spoken.
package chat

import (
	"errors"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// DefaultAddr is where a room is if nobody says otherwise.
const DefaultAddr = "127.0.0.1:7000"

// says is what a room understands, in short.
const says = "it understands lines: JOIN NAME, SAY TEXT, WHO, PING, QUIT, each with \\n at its end, as in write 3 \"JOIN ann\\n\""

// Ready are the room over TCP and the one over UDP.
var Ready = []peer.Peer{
	{
		Name: "chat", Summary: "a chat room: what one says all others hear", Addr: peer.At(DefaultAddr), More: "demo chat; docs/protocols.md", Means: says,
		Source: `  socket tcp; setsockopt SO_REUSEADDR; bind; listen; fcntl nonblock
  again and again:
    poll the listener for in, and each client for in; for out too
         where something is left to be written; no longer than until
         the next limit of time is over
    accept who has called, until EAGAIN; fcntl nonblock
    read from each client that has said something, or has closed
    write to each client what there is for it; at EAGAIN the rest
         waits, and nobody waits for it
    who is sent away: write why, shutdown wr, read until the end, close
`,
		New: New(Config{}),
	},
	{
		Name: "chat-udp", Summary: "the same room over UDP: what is missing then", Addr: peer.At(DefaultAddr), More: "docs/protocols.md", Means: says,
		Source: `  socket udp; bind; fcntl nonblock
  again and again:
    poll the socket for in, no longer than until the next limit of time
         is over: nothing else tells that somebody has gone
    recvfrom until EAGAIN: the address alone says who speaks
    sendto for each line and each member: nobody tells if it arrives
`,
		New: NewUDP(Config{}),
	},
}

// New makes rooms over TCP with these limits.
func New(c Config) func(sandbox.Addr, []string) (peer.Program, error) {
	return func(addr sandbox.Addr, args []string) (peer.Program, error) {
		if len(args) > 0 {
			return nil, errNoArgs
		}
		return stream(addr, c), nil
	}
}

// NewUDP makes rooms over UDP with these limits.
func NewUDP(c Config) func(sandbox.Addr, []string) (peer.Program, error) {
	return func(addr sandbox.Addr, args []string) (peer.Program, error) {
		if len(args) > 0 {
			return nil, errNoArgs
		}
		return datagrams(addr, c), nil
	}
}

var errNoArgs = errors.New("a room needs its address alone")
