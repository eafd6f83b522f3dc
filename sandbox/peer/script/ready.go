package script

import (
	"context"
	"embed"
	"fmt"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// Ready are the small peers, in the order in which they are listed.
var Ready = []peer.Peer{
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

// ready is a peer whose script is a part of the program. It is read when it is
// started.
func ready(name, addr, man, summary string) peer.Peer {
	text, err := scripts.ReadFile(name + ".peer")
	if err != nil {
		panic(err)
	}
	return peer.Peer{
		Name: name, Addr: peer.At(addr), Man: man, Summary: summary, Source: string(text),
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			p, err := New(name, name+".peer", string(text))
			if err != nil {
				return nil, err
			}
			return p.New(addr, args)
		},
	}
}

// New is a peer of that name whose program is a script: see
// docs/writing-peers.md. An error says where in the file what is wrong, and what
// would be right. The peer has an address of its own only if the script does not
// ask for one.
func New(name, file, text string) (peer.Peer, error) {
	s, err := parse(file, text)
	if err != nil {
		return peer.Peer{}, err
	}
	return peer.Peer{Name: name, Source: text, New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
		if len(args) > 0 {
			return nil, fmt.Errorf("%s takes nothing behind its address", name)
		}
		if s.addr && !addr.IsValid() {
			return nil, fmt.Errorf("its address is missing, which its script calls $addr")
		}
		return func(ctx context.Context, sys peer.System) { s.runOn(ctx, sys, addr, peer.ForkAs) }, nil
	}}, nil
}
