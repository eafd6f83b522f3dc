// Package peer is the programs that are ready to be talked to. Each makes the
// calls that a learner would, of a process of a sandbox or of the machine itself.
package peer

import (
	"context"
	"net/netip"
	"time"

	"sockplay/sandbox"
)

// System is what a program asks of the system that it runs on. A process of a
// sandbox is one, which waits in a call without keeping the others from theirs.
type System interface {
	Name() string

	Socket(ctx context.Context, k sandbox.Kind) sandbox.Outcome
	Bind(ctx context.Context, fd int, a sandbox.Addr) sandbox.Outcome
	Listen(ctx context.Context, fd, backlog int) sandbox.Outcome
	Accept(ctx context.Context, fd int) sandbox.Outcome
	Connect(ctx context.Context, fd int, a sandbox.Addr) sandbox.Outcome
	Read(ctx context.Context, fd, n int) sandbox.Outcome
	Write(ctx context.Context, fd int, data []byte) sandbox.Outcome
	Recvfrom(ctx context.Context, fd, n int) sandbox.Outcome
	Sendto(ctx context.Context, fd int, to sandbox.Addr, data []byte) sandbox.Outcome
	Shutdown(ctx context.Context, fd int, how sandbox.How) sandbox.Outcome
	Close(ctx context.Context, fd int) sandbox.Outcome
	Setsockopt(ctx context.Context, fd int, o sandbox.OptionInfo, value int) sandbox.Outcome
	// Fcntl sets or clears O_NONBLOCK.
	Fcntl(ctx context.Context, fd int, nonblock bool) sandbox.Outcome
	// Poll waits for one of the events, for timeout at most; a negative one is
	// none.
	Poll(ctx context.Context, fds []sandbox.PollFD, timeout time.Duration, args ...string) sandbox.Outcome
	Sleep(ctx context.Context, d time.Duration) sandbox.Outcome

	// Now is the time since the system began, which never goes back.
	Now() time.Duration
	// Date is the time of day.
	Date() time.Time
	// Random fills b with chance.
	Random(b []byte)
	// Print tells whoever started the program something.
	Print(text string)
}

var _ System = (*sandbox.Process)(nil)

// At is an address of IPv4 or IPv6. It panics if text is none.
func At(text string) sandbox.Addr {
	return sandbox.Addr{AddrPort: netip.MustParseAddrPort(text)}
}

// Program makes calls until it is over. It must wait nowhere but in them. When
// ctx is done, or its process ends, it is stopped in the call that it is in.
type Program func(ctx context.Context, sys System)

// Peer is a program that is ready to be started by its name.
type Peer struct {
	Name    string
	Summary string       // one line
	Options []Option     // before or behind the address
	Args    string       // what follows, as usage shows it; "": nothing
	Means   string       // what the words in Args mean, in a line
	Addr    sandbox.Addr // where it is, or whom it calls, if the line does not say
	Calls   bool         // it is a client, and Addr the server's
	Man     string       // RFC or man page
	More    string       // where to read on, and what to play
	// Source shows the calls that it makes, as text of several lines.
	Source string
	// New makes the program, of the words behind the address with the options
	// first. The error says what is wrong with them.
	New func(addr sandbox.Addr, args []string) (Program, error)
}
