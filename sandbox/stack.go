package sandbox

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"sockplay/sandbox/wire"
	"sockplay/tracer"
)

// Stack is a TCP/IP stack whose every packet passes through the wire. All
// methods but Wait belong to the goroutine that owns the sandbox. The errors
// of calls are Errnos.
type Stack interface {
	wire.Link

	// Name is "kernel" or "user".
	Name() string
	// Now is the stack's clock: the time since it began.
	Now() time.Duration
	// Socket makes a socket that never blocks: a call on it that would have
	// to wait fails with EAGAIN or EINPROGRESS.
	Socket(k Kind) (Socket, error)
	// Socketpair makes two sockets that are connected to each other.
	Socketpair(k Kind) (a, b Socket, err error)
	// TCPState is the stack's own account of an endpoint, under RFC 9293's
	// name: of the connection from local to remote or, where remote is the
	// zero AddrPort, of the listener at local. CLOSED if it has none.
	TCPState(local, remote netip.AddrPort) (string, error)
	// NextTimer is the timer of the connection that runs out next; ok is false
	// if none runs.
	NextTimer(local, remote netip.AddrPort) (t Timer, ok bool)
	// TCB is the stack's own control block of the connection, as far as it
	// tells, with absolute sequence numbers; ok is false if it has none.
	TCB(local, remote netip.AddrPort) (b tracer.TCB, ok bool)
	// Destroy takes the connection out, whatever it still has to do. What it
	// sends at that is not to be seen by anyone. It does nothing if there is
	// no such connection, or the system cannot.
	Destroy(local, remote netip.AddrPort)
	// Latency is how long a packet is on its way.
	Latency() time.Duration
	// Virtual reports whether time stands still but in Wait.
	Virtual() bool
	// Began is the time of day at which its clock was 0.
	Began() time.Time
	// Wait lets time pass until a packet can be received, a timer has run out,
	// limit is over, or ctx is done. A negative limit is none. Where time is
	// real it may be called beside the owner.
	Wait(ctx context.Context, limit time.Duration) error
	// Close ends the stack and all its sockets.
	Close() error
}

// Notifier is a stack that tells which of its TCP and UDP sockets have something
// to read or to accept now, have come to an end or have an error to tell. On any
// other, all calls that wait are tried again whenever something has happened.
type Notifier interface {
	// Changed takes the sockets of which one of these may have become so since
	// it was asked last.
	Changed() []Socket
}

// Timer is a timer of a connection that runs.
type Timer struct {
	In   time.Duration // until it runs out
	Kind TimerKind
}

// TimerKind is what a timer is for.
type TimerKind string

// The timers of TCP.
const (
	Retransmission TimerKind = "retransmission" // RFC 6298
	WindowProbe    TimerKind = "window probe"   // of a closed window (RFC 9293 3.8.6.1)
	TailProbe      TimerKind = "tail probe"     // for a loss at the end (RFC 8985 7)
	Reordering     TimerKind = "reordering"     // RACK (RFC 8985 6)
	Keepalive      TimerKind = "keepalive"      // RFC 9293 3.8.4
	CorkTimer      TimerKind = "cork"           // TCP_CORK (tcp(7))
	TimeWaitTimer  TimerKind = "TIME-WAIT"      // 2MSL (RFC 9293 3.4.2)
	FinWait2Timer  TimerKind = "FIN-WAIT-2"     // tcp_fin_timeout (tcp(7))
)

// Socket is a socket of a stack. Its methods are named after the calls.
type Socket interface {
	Bind(Addr) error
	Listen(backlog int) error
	// Connect also asks how an earlier Connect to the same address stands:
	// EINPROGRESS and EALREADY say that it is under way.
	Connect(Addr) error
	Accept() (Socket, Addr, error)
	// Send sends to the connected peer, or to to if it is valid.
	Send(data []byte, f Flags, to Addr) (int, error)
	// Recv fills buf and returns how many octets it got: with MSG_TRUNC
	// perhaps more than fit.
	Recv(buf []byte, f Flags) (int, Addr, error)
	Shutdown(How) error
	Getsockopt(Option) (int, error)
	// TakeError is getsockopt(SO_ERROR): the error that waits to be told, ""
	// for none. Telling it clears it.
	TakeError() (Errno, error)
	Setsockopt(o Option, value int) error
	Getsockname() (Addr, error)
	Getpeername() (Addr, error)
	// Poll tells which events are pending now.
	Poll() Ready
	// Queues tells how many octets wait to be read and to be acknowledged;
	// of a listener, how many connections wait for accept, and the backlog.
	Queues() (recv, send int)
	Close() error
}

// Kind is what a socket speaks.
type Kind string

// The kinds of sockets.
const (
	TCP       Kind = "tcp"
	UDP       Kind = "udp"
	TCP6      Kind = "tcp6"
	UDP6      Kind = "udp6"
	Unix      Kind = "unix"
	UnixDgram Kind = "unixgram"
)

// Stream reports whether k is a byte stream: TCP's, or a unix one.
func (k Kind) Stream() bool { return k.TCP() || k == Unix }

// TCP reports whether k has connections of TCP: packets and states.
func (k Kind) TCP() bool { return k == TCP || k == TCP6 }

// Unix reports whether k never leaves the machine, and has paths for addresses.
func (k Kind) Unix() bool { return k == Unix || k == UnixDgram }

// IPv6 reports whether k's addresses are of IPv6.
func (k Kind) IPv6() bool { return k == TCP6 || k == UDP6 }

// Addr is where a socket is or what it talks to. The zero value is none.
type Addr struct {
	netip.AddrPort
	// Path is a unix socket's address: a name in the sandbox's own folder or,
	// with @ before it, one that is no file (the abstract namespace).
	Path string
}

// IsValid reports whether a is an address at all.
func (a Addr) IsValid() bool { return a.Path != "" || a.Addr().IsValid() }

// String returns the address as it is typed; "" for none.
func (a Addr) String() string {
	switch {
	case a.Path != "":
		return a.Path
	case !a.IsValid():
		return ""
	}
	return a.AddrPort.String()
}

// Abstract reports whether a is a unix socket's address that is no file.
func (a Addr) Abstract() bool { return strings.HasPrefix(a.Path, "@") }

// MaxPath is the octets of a unix socket's path: struct sockaddr_un has 108,
// and C ends a string with a NUL.
const MaxPath = 107

// ValidPath reports whether a unix socket may have that path. The folder has no
// folders in it, and no path leads out of it.
func ValidPath(path string) bool {
	return path != "" && path != "@" && path != "." && path != ".." && len(path) <= MaxPath && !strings.ContainsAny(path, "/\x00")
}

// Flags are the flags of send and recv (send(2), recv(2)).
type Flags int

// The flags, in C's names. Their values are the sandbox's own.
const (
	MSG_PEEK Flags = 1 << iota
	MSG_DONTWAIT
	MSG_WAITALL
	MSG_TRUNC
	MSG_NOSIGNAL
	MSG_MORE
	MSG_OOB
)

// FlagOrder lists the flags' names, in the order in which help shows them.
var FlagOrder = []string{"MSG_PEEK", "MSG_DONTWAIT", "MSG_WAITALL", "MSG_TRUNC", "MSG_NOSIGNAL", "MSG_MORE", "MSG_OOB"}

// FlagNames lists the flags by name.
var FlagNames = map[string]Flags{
	"MSG_PEEK": MSG_PEEK, "MSG_DONTWAIT": MSG_DONTWAIT, "MSG_WAITALL": MSG_WAITALL,
	"MSG_TRUNC": MSG_TRUNC, "MSG_NOSIGNAL": MSG_NOSIGNAL, "MSG_MORE": MSG_MORE,
	"MSG_OOB": MSG_OOB,
}

// How says which way shutdown(2) closes.
type How string

// The ways.
const (
	ShutRd   How = "rd"
	ShutWr   How = "wr"
	ShutRdWr How = "rdwr"
)

// Ready is what poll(2) tells of one descriptor.
type Ready struct{ In, Pri, Out, Hup, Err bool }

// Errno is the name of an error of a call, as errno(3) lists it.
type Errno string

// Error makes an Errno an error.
func (e Errno) Error() string { return string(e) }

// Lack is the error of a call that Linux could do and this stack cannot.
type Lack struct {
	Errno Errno
	What  string // what it cannot do, as in "bind a socket to ..."
}

// Error is the errno's name.
func (e *Lack) Error() string { return string(e.Errno) }

// The errnos that the sandbox itself gives or looks at.
const (
	EAGAIN      Errno = "EAGAIN"
	EALREADY    Errno = "EALREADY"
	EBADF       Errno = "EBADF"
	EINPROGRESS Errno = "EINPROGRESS"
	EINTR       Errno = "EINTR"
	EINVAL      Errno = "EINVAL"
	EMFILE      Errno = "EMFILE"
	ENOPROTOOPT Errno = "ENOPROTOOPT"
	EPIPE       Errno = "EPIPE"
	ETIMEDOUT   Errno = "ETIMEDOUT"
)
