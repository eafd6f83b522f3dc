package peer

import (
	"context"
	"embed"
	"fmt"
	"net/netip"

	"sockplay/sandbox"
	"sockplay/sandbox/peer/script"
)

// Ready are the small peers, in the order in which they are listed.
var Ready = []Peer{
	ready("echo", "127.0.0.1:7", "RFC 862", "sends back what it gets"),
	ready("discard", "127.0.0.1:9", "RFC 863", "reads, and throws away what it gets"),
	ready("daytime", "127.0.0.1:13", "RFC 867", "tells date and time, and hangs up"),
	ready("qotd", "127.0.0.1:17", "RFC 865", "says a quote of the day, and hangs up"),
	ready("chargen", "127.0.0.1:19", "RFC 864", "sends characters while they are taken"),
	ready("sink", "127.0.0.1:5000", "RFC 9293 3.8.6", "never reads: its window closes"),
	ready("slow", "127.0.0.1:5001", "", "sends a byte a second"),
	ready("rude", "127.0.0.1:5002", "RFC 9293 3.10.5", "hears a word, and answers RST"),
	ready("mute", "127.0.0.1:5003", "listen(2)", "listens, and never accepts"),
	ready("half", "127.0.0.1:5004", "RFC 9293 3.6", "half-closes, and goes on reading"),
}

//go:embed *.peer
var scripts embed.FS

// ready is a peer whose script is a part of the program.
func ready(name, addr, man, summary string) Peer {
	text, err := scripts.ReadFile(name + ".peer")
	if err != nil {
		panic(err)
	}
	p, err := FromScript(name, name+".peer", string(text))
	if err != nil {
		panic(err)
	}
	p.Addr, p.Man, p.Summary = At(addr), man, summary
	return p
}

// FromScript is a peer of that name whose program is a script: see
// docs/writing-peers.md. An error says where in the file what is wrong, and what
// would be right. The peer has an address of its own only if the script does not
// ask for one.
func FromScript(name, file, text string) (Peer, error) {
	s, err := script.Parse(file, text)
	if err != nil {
		return Peer{}, err
	}
	return Peer{Name: name, Source: text, New: func(addr sandbox.Addr, args []string) (Program, error) {
		if len(args) > 0 {
			return nil, fmt.Errorf("%s takes nothing behind its address", name)
		}
		if s.NeedsAddr() && !addr.IsValid() {
			return nil, fmt.Errorf("its address is missing, which its script calls $addr")
		}
		return func(ctx context.Context, sys System) { s.Run(ctx, sys, addr, forks(sys)) }, nil
	}}, nil
}

// At is an address of IPv4 or IPv6. It panics if text is none.
func At(text string) sandbox.Addr {
	return sandbox.Addr{AddrPort: netip.MustParseAddrPort(text)}
}
