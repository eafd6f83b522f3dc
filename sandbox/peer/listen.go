package peer

import (
	"context"
	"fmt"

	"sockplay/sandbox"
)

// Stream is the kind of stream socket that can have the address.
func Stream(a sandbox.Addr) sandbox.Kind { return family(a, sandbox.TCP, sandbox.TCP6) }

// Datagram is the kind of datagram socket that can have the address.
func Datagram(a sandbox.Addr) sandbox.Kind { return family(a, sandbox.UDP, sandbox.UDP6) }

func family(a sandbox.Addr, four, six sandbox.Kind) sandbox.Kind {
	if ip := a.Addr(); ip.IsValid() && ip.Is6() {
		return six
	}
	return four
}

// backlog is how many callers may wait.
const backlog = 128

// Listen makes a listener at the address, which may have connections in TIME-WAIT
// from before. Where it cannot, it prints why, and ok is false.
func Listen(ctx context.Context, sys System, a sandbox.Addr) (fd int, ok bool) {
	fd = sys.Socket(ctx, Stream(a)).Result.Value
	if fd < 0 {
		return fd, false
	}
	reuse, _ := sandbox.LookupOption("SO_REUSEADDR")
	sys.Setsockopt(ctx, fd, reuse, 1)
	o := sys.Bind(ctx, fd, a)
	if o.Result.Value >= 0 {
		o = sys.Listen(ctx, fd, backlog)
	}
	if o.Result.Value < 0 {
		sys.Print(NotThere(a, o))
	}
	return fd, o.Result.Value >= 0
}

// NotThere is the line that says why a server is not at its address: o is what
// has failed.
func NotThere(a sandbox.Addr, o sandbox.Outcome) string {
	advice := "take another address"
	if o.Result.Errno == "EADDRINUSE" {
		advice = "another one is there: take another port"
	}
	return fmt.Sprintf("not at %s: %s failed with %s; %s\n", a, o.Call, o.Result.Errno, advice)
}
