package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
	"sockplay/sandbox/peer/chat"
	"sockplay/sandbox/peer/files"
	"sockplay/sandbox/peer/remote"
	"sockplay/sandbox/peer/script"
	"sockplay/sandbox/peer/web"
	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// peers are the commands about programs that are ready to be talked to.
var peers = []*Command{
	{
		Name: "peer", Args: []string{"", "NAME [ADDRESS] [ARGUMENT...]", "NAME --source"}, Group: World,
		Summary: "start a ready-made program to talk to: echo, http, ...",
		Detail:  "Alone it lists them; help chat tells about chat. NAME becomes a process, which makes calls as you could, each in the trace. Most fork a child for each caller; chat, files and remote poll all of theirs. Options stand before the address or behind it. --source shows the calls. A name with a / or .peer at its end is a file of such calls, of your own: docs/writing-peers.md. kill NAME ends it, and its children.",
		Errnos:  []Known{{"EADDRINUSE", "somebody is at that address: the peer exits"}},
		Man:     "fork(2), RFC 862 to 865, 867",
		Example: "peer echo\nsocket tcp\nconnect 3 127.0.0.1:7\nwrite 3 \"hello\"\nread 3 100\nexpect data \"hello\"",
		run:     runPeer,
	},
	{
		Name: "peers", Args: []string{""}, Group: Look,
		Summary: "the peers that run: since when, where, for whom",
		Detail:  "A line for each of their processes, the children below those that have forked them: at what time it began, where it is or whom it serves, how many are connected to it and its children (over UDP nobody is), and the call that it waits in.",
		Example: "peer echo\npeers",
		run:     runPeers,
	},
}

// ready are all the peers, in the order in which they are listed.
var ready = slices.Concat(script.Ready, web.Ready, chat.Ready, files.Ready, remote.Ready)

// lookupPeer finds a peer by its name. A name that is a file's is a script, which
// is read.
func lookupPeer(w word) (peer.Peer, error) {
	for _, p := range ready {
		if p.Name == w.text {
			return p, nil
		}
	}
	file := w.text
	if w.quoted {
		file = w.value
	}
	if w.quoted || strings.ContainsAny(file, `/\`) || strings.HasSuffix(file, ".peer") {
		return readPeer(file)
	}
	right := "peer alone lists them; a script of your own has a / in its name, or .peer at its end"
	var names []string
	for _, p := range ready {
		names = append(names, p.Name)
	}
	if near := nearest(w.text, names); near != "" {
		right = "did you mean " + near + "? " + right
	}
	return peer.Peer{}, wrong(right, "peer: no peer is called %s", clip(w.text))
}

// readPeer reads a peer's script from a file.
func readPeer(file string) (peer.Peer, error) {
	name := strings.TrimSuffix(filepath.Base(file), ".peer")
	if !sandbox.ValidName(name) || Lookup(name) != nil || name == tracer.You {
		return peer.Peer{}, wrong("a file's name such as shout.peer, in small letters", "peer: %s is no name for a process", clip(name))
	}
	info, err := os.Stat(file)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > script.MaxText) {
		return peer.Peer{}, wrong("a file of calls, one a line: peer echo --source shows one", "peer: %s is no script of a peer", clip(file))
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return peer.Peer{}, fileError("peer", file, "be read", err)
	}
	return script.New(name, filepath.Base(file), string(text))
}

func runPeer(ctx context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if !a.more() {
		return text(peerList(ready)), nil
	}
	called := a.peek()
	ready, err := lookupPeer(a.next("name"))
	if err != nil {
		return Answer{}, err
	}
	if a.peek() == "--source" {
		a.next("--source")
		a.passing = true
		if a.end(); a.err != nil {
			return Answer{}, a.err
		}
		return text(ready.Source), nil
	}
	addr, rest := a.behind(ready, called)
	if a.err != nil {
		return Answer{}, a.err
	}
	program, err := ready.New(addr, rest)
	if err != nil {
		return Answer{}, badPeer(ready, called, err)
	}
	name := s.nextName(ready.Name)
	s.Sandbox.Start(ctx, name, func(ctx context.Context, p *sandbox.Process) { program(ctx, p) })
	return Answer{}, nil
}

// nextName is a name that no process has, nor the children of one that has ended:
// name, name2, ...
func (s *Session) nextName(name string) string {
	free := name
	for n := 2; ; n++ {
		if p := s.Sandbox.Process(free); (p == nil || p.Ended() != "" && len(p.Children()) == 0) && free != tracer.You {
			return free
		}
		free = fmt.Sprint(name, n)
	}
}

// peerList is a line for each peer: its name and address, what it does, and where
// that is written.
func peerList(list []peer.Peer) string {
	var rows [][]string
	for _, p := range list {
		does := p.Summary
		if p.Man != "" {
			does += " (" + p.Man + ")"
		}
		rows = append(rows, []string{p.Name, p.Addr.String(), does})
	}
	return aligned(rows)
}

// aligned sets rows in columns, the last one as it is.
func aligned(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], ink.Width(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			b.WriteString("  " + cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-ink.Width(cell)))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// present are the states of a connection whose other end has not closed all, as
// far as this one knows.
var present = []string{"SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT", "FIN-WAIT-1", "FIN-WAIT-2"}

func runPeers(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	sockets := s.Sandbox.Sockets()
	rows := [][]string{{"peer", "began at", "where", "clients", "waits in"}}
	add := func(p *sandbox.Process, indent string, children []*sandbox.Process) {
		where, clients := "", 0
		for _, q := range append([]*sandbox.Process{p}, children...) {
			for _, r := range sockets {
				if r.Process == q.Name() && r.FD != 0 && slices.Contains(present, r.State) {
					clients++
				}
			}
		}
		for _, r := range sockets {
			switch {
			case r.Process != p.Name() || r.FD == 0 || where != "" && r.State != "LISTEN":
			case r.Remote != "*":
				where = r.Type + " with " + r.Remote
			default:
				where = r.Type + " " + r.Local
			}
		}
		who := fmt.Sprint(clients)
		if strings.HasPrefix(where, string(sandbox.UDP)) { // the program alone knows, if it does
			who = ""
		}
		waits := p.Blocked()
		if waits == "" {
			waits = "nothing: it goes on in the next line"
		}
		rows = append(rows, []string{indent + p.Name(), ink.Duration(p.Since()), where, who, waits})
	}
	for _, p := range s.Sandbox.Processes() {
		if !p.Driven() || p.Parent() != nil {
			continue
		}
		children := p.Children()
		add(p, "", children)
		for _, q := range children {
			add(q, "  ", nil)
		}
	}
	if len(rows) == 1 {
		return say("no peer runs: peer alone lists those that are ready"), nil
	}
	return text(aligned(rows)), nil
}

// driven refuses, of a process that a program drives, what only its own call
// could do, or the learner in its place.
func driven(p *sandbox.Process) error {
	return wrong("talk to it from another process, or end it: kill "+p.Name(), "%s is a peer: a program makes its calls, and nobody else", p.Name())
}

// yours are the processes that no program drives.
func (s *Session) yours() (list []*sandbox.Process) {
	for _, p := range s.Sandbox.Processes() {
		if !p.Driven() {
			list = append(list, p)
		}
	}
	return list
}
