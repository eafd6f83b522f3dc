package peer

import (
	"context"
	"net/netip"

	"sockplay/sandbox"
)

// Ready are the small peers, in the order in which they are listed.
var Ready = []Peer{{
	Name: "echo", Summary: "sends back what it gets", Addr: At("127.0.0.1:7"), Man: "RFC 862",
	New: func(addr sandbox.Addr, args []string) (Program, error) {
		return func(ctx context.Context, sys System) { echo(ctx, sys, addr) }, nil
	},
}}

// At is an address of IPv4 or IPv6. It panics if text is none.
func At(text string) sandbox.Addr {
	return sandbox.Addr{AddrPort: netip.MustParseAddrPort(text)}
}

func echo(ctx context.Context, sys System, addr sandbox.Addr) {
	listener := sys.Socket(ctx, sandbox.TCP).Result.Value
	if sys.Bind(ctx, listener, addr).Result.Value < 0 {
		return
	}
	sys.Listen(ctx, listener, 128)
	for {
		fd := sys.Accept(ctx, listener).Result.Value
		for {
			in := sys.Read(ctx, fd, 4096)
			if in.Result.Value <= 0 {
				break
			}
			sys.Write(ctx, fd, in.Result.Data)
		}
		sys.Close(ctx, fd)
	}
}
