// Package tracer is the vocabulary of a trace: the events that a sandbox
// records and the log that keeps them. It imports no other package of the
// project, so that a saved stream of events can be replayed through any view
// with no sandbox at all. docs/events.md specifies the JSON form.
package tracer

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Version is the version of the event format, the "v" of each JSON object.
const Version = 1

// Kind says what sort of thing happened.
type Kind string

// The kinds of events.
const (
	KindCall    Kind = "call"    // a process issued a socket call
	KindBlocked Kind = "blocked" // a call still waits although its command is over
	KindReturn  Kind = "return"  // a call returned
	KindPacket  Kind = "packet"  // something happened to a packet: see Fate
	KindState   Kind = "state"   // a TCP connection went from one state to another
	KindCommand Kind = "command" // a line that is no call
	KindOutput  Kind = "output"  // a program or peer printed something
	KindExpect  Kind = "expect"  // an expectation was checked
	KindNote    Kind = "note"    // a remark of the tracer's own
)

// Fate says what became of a packet. Every packet number has exactly one of
// Sent, Injected, Copied and Captured, and at most one of Delivered and Dropped.
type Fate string

// The fates of a packet.
const (
	Sent      Fate = "sent"
	Held      Fate = "held"
	Delivered Fate = "delivered"
	Dropped   Fate = "dropped"
	Copied    Fate = "copied"
	Delayed   Fate = "delayed"
	Injected  Fate = "injected"
	Captured  Fate = "captured"
)

// Born reports whether a packet of that fate has just come onto the wire: what is
// delivered late was not sent late.
func (f Fate) Born() bool { return f == Sent || f == Injected || f == Copied || f == Captured }

// Event is one thing that happened, in order. Which fields apply depends on
// Kind. An Event and what it points to are not changed once they are in a Log.
type Event struct {
	Seq   int64         // position in the stream, from 1; assigned by Log.Add
	At    time.Duration // since the sandbox began, on its stack's clock
	Cause int64         // Seq of the event that brought this one about; 0: none (a timer, the learner)
	Kind  Kind

	Process string // call, blocked, return, state, output: the actor
	Driven  bool   // call, blocked, return: a program makes the process's calls; note: of such a process's life
	FD      int    // the descriptor; 0 means none, since numbers begin at 3
	Call    string // call, blocked, return: the call's name
	Args    []string

	Result *Result // return
	Packet *Packet // packet
	Fate   Fate    // packet
	Times  int     // packet: how often its sender has sent it while it is held; 0: once

	Local, Remote netip.AddrPort // state: the endpoint that moved
	From, To      string         // state: RFC 9293's names

	Text   string // command: the line; expect: what was expected; note: the remark
	OK     bool   // expect: whether it held
	Stream string // output: "stdout" or "stderr"
	Data   []byte // output: what was printed
	Rewind int64  // note: all events after this Seq are void, with RewindAll all; 0: none
	Fresh  bool   // note: all events before this one are void; the sandbox begins anew

	Crossing *Crossing // note: bytes that crossed between two unix sockets

	Why string // what it means, in plain words
	Try string // what to try next
}

// Brief is Why, or what is told of it of a peer's call, so that it does not drown
// the learner's own: its beginning, up to a comma, a semicolon or a colon; of an
// error, up to a semicolon.
func (e *Event) Brief() string {
	stops := []string{", ", "; ", ": "}
	switch {
	case !e.Driven:
		return e.Why
	case e.Result != nil && e.Result.Errno != "":
		stops = stops[1:2]
	}
	short := len(e.Why)
	for _, stop := range stops {
		if i := strings.Index(e.Why, stop); i > 0 {
			short = min(short, i)
		}
	}
	return e.Why[:short]
}

// RewindAll is the Rewind of a note that makes all events before it void.
const RewindAll = -1

// Typed is a call as its line may have been typed, without its process.
func (e *Event) Typed() string {
	words := []string{e.Call}
	if e.FD != 0 {
		words = append(words, strconv.Itoa(e.FD))
	}
	return strings.Join(append(words, e.Args...), " ")
}

// Crossing is what one call has moved from a unix socket to another: no packet
// carries it.
type Crossing struct {
	Proto    string // "unix" or "unixgram"
	Src, Dst string // the sockets' addresses, as they are typed; "" for none
	// Sender and Receiver are "client:3"; a process alone for a connection
	// that waits there to be accepted; "" for no process of the sandbox.
	Sender, Receiver string
	Data             []byte
}

// Result is what a call returned.
type Result struct {
	Value   int      // -1 on error
	Errno   string   // the errno's name; "" on success
	Data    []byte   // what read and its like received
	FDs     []int    // socketpair
	Addr    string   // accept, recvfrom, getsockname, getpeername; "" if none
	OptVal  string   // getsockopt
	Revents []string // poll: one FD:EVENT,... for each descriptor that is ready
}

// Packet is one IP packet as it was put on the wire. Sequence numbers are
// relative to the connection's initial ones.
type Packet struct {
	Number   int    // from 1, in the order of appearance on the wire
	Proto    string // "tcp", "udp", "icmp", "icmp6", or "ip" for anything else
	Kind     string // one of the Kind... names: what tests call it
	Src, Dst string // address:port, or the address alone where there are no ports

	Sender, Receiver string // "client:3", where they are known

	Flags    []string // tcp: of FIN SYN RST PSH ACK URG ECE CWR, in this order
	Seq, Ack uint32   // tcp, relative; Ack counts only if Flags has ACK
	Len      int      // octets of payload
	Win      int      // tcp: the header's value
	WScaled  int      // tcp: the window in octets
	Options  *Options // tcp; nil: none

	ICMPType, ICMPCode int    // icmp
	About              string // icmp error: "udp 127.0.0.1:5000 > 127.0.0.1:5001", the packet that it is about

	FragOffset int  // octets; with MoreFrags says that this is a fragment
	MoreFrags  bool // another fragment follows

	Malformed string // what is wrong with it, in words; "" if nothing is

	Bytes   []byte // the IP packet
	Payload []byte // the part of Bytes that is the application's
}

// You is the learner's name as a Sender or Receiver: one who sends and receives
// by hand. No process may have it.
const You = "you"

// Fragment reports whether p is a part of a larger IP packet.
func (p *Packet) Fragment() bool { return p.MoreFrags || p.FragOffset > 0 }

// Has reports whether a TCP packet carries the flag.
func (p *Packet) Has(flag string) bool {
	for _, f := range p.Flags {
		if f == flag {
			return true
		}
	}
	return false
}

// What a packet is called in expect, step and drop: the first that it is.
const (
	RST    = "RST"
	SYNACK = "SYN-ACK"
	SYN    = "SYN"
	FIN    = "FIN"
	DATA   = "DATA"
	ACK    = "ACK"
	UDP    = "UDP"
	ICMP   = "ICMP"
	IP     = "IP"
)

// PacketKinds lists the names in the order in which they are tried.
var PacketKinds = []string{RST, SYNACK, SYN, FIN, DATA, ACK, UDP, ICMP}

// Options are the TCP options of a segment (RFC 9293 3.2, RFC 7323, RFC 2018).
type Options struct {
	MSS    int         // octets; 0: absent
	WS     int         // shift count; -1: absent
	SACKOK bool        // SACK permitted
	TS     bool        // whether TSVal and TSEcr apply
	TSVal  uint32      // timestamp value
	TSEcr  uint32      // timestamp echo reply
	SACK   [][2]uint32 // relative edges of the blocks received
}

// Socket is a row of the sockets table: one socket as it stands now.
type Socket struct {
	Process string // "" for a socket that no process owns (any more, or yet)
	FD      int
	Type    string // tcp, udp, tcp6, udp6, unix, unixgram
	Local   string // "*" for none
	Remote  string // "*" for none
	State   string // TCP's state; LISTEN for a unix listener; "" for others
	RecvQ   int    // octets the program has not read; LISTEN: connections waiting for accept
	SendQ   int    // octets the peer has not acknowledged; LISTEN: the backlog
	Blocked string // the call that waits on it, or ""
	Left    time.Duration
	// Left is how long the state lasts yet (TIME-WAIT); 0: no limit.
}
