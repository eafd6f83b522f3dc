package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
	"sockplay/sandbox/peer/files"
	"sockplay/tracer"
)

// peers are the commands about programs that are ready to be talked to.
var peers = []*Command{
	{
		Name: "peer", Args: []string{"", "NAME [ADDRESS] [ARGUMENT...]", "NAME --source"}, Group: World,
		Summary: "start a ready-made program to talk to: echo, chat, ...",
		Detail:  "Alone it lists them. NAME becomes a process, which makes the calls that you could make by hand, each of them in the trace; --source shows them. kill NAME ends it.",
		Man:     "RFC 862",
		Example: "peer echo\nsocket tcp\nconnect 3 127.0.0.1:7\nwrite 3 \"hello\"\nread 3 100\nexpect data \"hello\"",
		run:     runPeer,
	},
	{
		Name: "peers", Args: []string{""}, Group: Look,
		Summary: "the peers that run, and what each waits for",
		Example: "peer echo\npeers",
		run:     runPeers,
	},
}

// ready are all the peers, in the order in which they are listed.
var ready = slices.Concat(peer.Ready, files.Ready)

// lookupPeer finds a peer by its name.
func lookupPeer(name string) (peer.Peer, bool) {
	for _, p := range ready {
		if p.Name == name {
			return p, true
		}
	}
	return peer.Peer{}, false
}

func runPeer(ctx context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if !a.more() {
		return text(peerList()), nil
	}
	w := a.next("name")
	ready, ok := lookupPeer(w.text)
	if !ok {
		return Answer{}, wrong("peer alone lists them", "peer: there is no peer %s", clip(w.text))
	}
	if a.peek() == "--source" {
		a.next("--source")
		if a.end(); a.err != nil {
			return Answer{}, a.err
		}
		return text(ready.Source), nil
	}
	addr := ready.Addr
	if _, noAddr := parseAddr(a.peek(), sandbox.TCP); a.more() && (noAddr == nil || !addr.IsValid() || ready.Args == "") {
		addr = a.addr(sandbox.TCP)
	}
	var rest []string
	for a.more() {
		w := a.next("argument")
		if rest = append(rest, w.text); w.quoted {
			rest[len(rest)-1] = w.value
		}
	}
	if a.err != nil {
		return Answer{}, a.err
	}
	program, err := ready.New(addr, rest)
	if err != nil {
		return Answer{}, wrong(strings.TrimSpace("peer "+ready.Name+" ADDRESS "+ready.Args), "peer %s: %v", ready.Name, err)
	}
	name := s.nextName(ready.Name)
	s.Sandbox.Start(ctx, name, func(ctx context.Context, p *sandbox.Process) { program(ctx, p) })
	return Answer{}, nil
}

// nextName is a name that no process has: name, name2, ...
func (s *Session) nextName(name string) string {
	free := name
	for n := 2; ; n++ {
		if p := s.Sandbox.Process(free); (p == nil || p.Ended() != "") && free != tracer.You {
			return free
		}
		free = fmt.Sprint(name, n)
	}
}

func peerList() string {
	var b strings.Builder
	for _, p := range ready {
		fmt.Fprintf(&b, "  %-9s %s\n", p.Name, p.Summary)
	}
	return b.String()
}

func runPeers(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	var b strings.Builder
	for _, p := range s.Sandbox.Processes() {
		if p.Driven() {
			fmt.Fprintf(&b, "  %-9s %s\n", p.Name(), p.Blocked())
		}
	}
	if b.Len() == 0 {
		return say("no peer runs: peer alone lists those that are ready"), nil
	}
	return text(b.String()), nil
}

// driven refuses a learner's call in a process that a program drives.
func driven(p *sandbox.Process) error {
	return wrong("talk to it from another process, or kill "+p.Name(), "%s makes its calls by itself: it is a peer, driven by a program", p.Name())
}
