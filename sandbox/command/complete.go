package command

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer"
	"sockplay/tracer/tcpstate"
)

// Suggestion is what may stand next on a line, and what it means.
type Suggestion struct{ Text, Meaning string }

// Complete returns what the last word of line, up to a blank, may become. For
// an empty line they are whole commands: what makes sense next comes first.
func (s *Session) Complete(line string) []Suggestion {
	name, text := cutProcess(line)
	p := s.current
	if name != "" {
		if p = s.Sandbox.Process(name); p == nil {
			return nil
		}
	}
	if strings.Count(text, `"`)%2 == 1 || strings.ContainsAny(text, "(#") {
		return nil // in a string, a call as C writes it, or a comment
	}
	cut := strings.LastIndexAny(text, blanks) + 1
	words, last := strings.Fields(text[:cut]), text[cut:]
	if len(words) == 0 {
		return s.commands(p, name == "", last)
	}
	full := prefixed(words[0], Names())
	if len(full) != 1 {
		return nil
	}
	c := Lookup(full[0])
	if c.Name == "expect" {
		return matching(s.expected(p, c, words[1:], last), last)
	}
	return matching(s.after(p, c, words[1:], last), last)
}

// after is what may stand after a command and its words.
func (s *Session) after(p *sandbox.Process, c *Command, words []string, last string) (all []Suggestion) {
	for _, place := range c.places(words) {
		all = append(all, s.candidates(p, c, place, words, last)...)
	}
	return all
}

// matching keeps those that begin with the word, each once; none if there is
// nothing to complete.
func matching(all []Suggestion, word string) []Suggestion {
	var list []Suggestion
	told := map[string]bool{}
	for _, c := range all {
		if len(c.Text) >= len(word) && strings.EqualFold(c.Text[:len(word)], word) && !told[c.Text] {
			list = append(list, c)
			told[c.Text] = true
		}
	}
	if len(list) == 1 && list[0].Text == word {
		return nil
	}
	return list
}

// commands are what a line may begin with. The process is named already, or
// may be: then its name is offered too.
func (s *Session) commands(p *sandbox.Process, unnamed bool, word string) []Suggestion {
	var first, rest []Suggestion
	steps := s.Next(p)
	if !unnamed { // the line is for one process
		steps = slices.DeleteFunc(steps, func(n Suggestion) bool {
			other, _ := cutProcess(n.Text)
			return other != ""
		})
	}
	if word == "" {
		first = steps
	}
	for _, c := range Table {
		offer := Suggestion{c.Name, c.Summary}
		next := slices.ContainsFunc(steps, func(n Suggestion) bool {
			return n.Text == c.Name || strings.HasPrefix(n.Text, c.Name+" ")
		})
		switch {
		case c.Name == word, next && word != "":
			first = append(first, offer)
		default:
			rest = append(rest, offer)
		}
	}
	if unnamed && word != "" {
		for _, q := range s.yours() {
			rest = append(rest, Suggestion{q.Name() + ":", "a command for " + q.Name()}, Suggestion{q.Name(), "its turn from now on"})
		}
	}
	return matching(append(first, rest...), word)
}

// candidates are what may stand in a place of the command, after its words.
func (s *Session) candidates(p *sandbox.Process, c *Command, place param, words []string, last string) []Suggestion {
	var list []Suggestion
	for _, w := range place.words {
		list = append(list, Suggestion{w, meaningOf(c, w)})
	}
	for _, name := range place.named() {
		list = append(list, s.named(p, c, name, words, last)...)
	}
	return list
}

func (s *Session) named(p *sandbox.Process, c *Command, name string, words []string, last string) []Suggestion {
	switch name {
	case "FD":
		return s.fds(p, c.Name)
	case "FD:EVENT[,EVENT]":
		var list []Suggestion
		for _, f := range s.fds(p, c.Name) {
			list = append(list, Suggestion{f.Text + ":in", "to read or accept: " + f.Meaning}, Suggestion{f.Text + ":out", "to write, or for connect to be over"})
		}
		return list
	case "ADDRESS":
		switch c.Name {
		case "inject":
			return s.forgeries(name, words)
		case "peer":
			return peerAddresses(words)
		}
		return s.addresses(p, c.Name, words)
	case "DATA":
		return []Suggestion{{`"hello"`, "a text"}, {"64k", "so many bytes of a pattern"}, {`"ab" * 1000`, "a text so many times"}}
	case "N":
		if slices.Contains(wires, c) && c.Name != "wire" && c.Name != "step" {
			return s.inFlightList()
		}
		return s.numbers(c.Name)
	case "BACKLOG":
		return []Suggestion{{"5", "so many wait, and one more"}, {"128", "what it is when left out"}, {"0", "one waits"}}
	case "FLAG":
		return flagsOf(c.Name)
	case "OPTION":
		var list []Suggestion
		for _, o := range sandbox.Options {
			list = append(list, Suggestion{string(o.Name), o.What})
		}
		return list
	case "VALUE":
		return valuesOf(words)
	case "DURATION", "LIMIT", "TIMEOUT":
		return []Suggestion{{"100ms", ""}, {"1s", ""}, {"1m", ""}}
	case "AMOUNT":
		if len(words) > 0 && words[0] == "rate" {
			return []Suggestion{{"1mbit", "a second"}, {"56kbit", "a modem"}, {"off", "no limit"}}
		}
		return []Suggestion{{"50ms", "across a country"}, {"100ms", "across an ocean"}, {"0s", "none"}}
	case "RULE":
		return append(listOf(ruleNames(), func(r string) string { return wordMeanings["wire "+r] }), Suggestion{"break", wordMeanings["wire break"]})
	case "SHARE%":
		return []Suggestion{{"20%", "one of five"}, {"100%", "all"}, {"0%", "none"}}
	case "PROCESS":
		return s.processList(c.Name)
	case "NAME":
		if c.Name == "peer" {
			files, _ := filepath.Glob(globQuote.Replace(last) + "*.peer")
			return append(peerNames(), listOf(files, func(string) string { return "a script" })...)
		}
	case "PROCESS:FD":
		var list, rest []Suggestion
		for _, r := range s.Sandbox.Sockets() {
			one := Suggestion{fmt.Sprintf("%s:%d", r.Process, r.FD), describeSocket(r)}
			switch {
			case r.FD == 0:
			case suits(c.Name, r):
				list = append(list, one)
			default:
				rest = append(rest, one)
			}
		}
		return append(list, rest...)
	case "STATE":
		return listOf(tcpstate.Names, func(n string) string { return stateTopics[n].means })
	case "KIND":
		return listOf(tracer.PacketKinds, func(n string) string { return firstPart(glossary[strings.ToLower(n)]) })
	case "COMMAND":
		return listOf(Names(), func(n string) string { return Lookup(n).Summary })
	case "WORD":
		return topics()
	case "SRC", "DST", "FLAGS", "FIELD":
		return s.forgeries(name, words)
	case "FILE":
		found, _ := filepath.Glob(globQuote.Replace(last) + "*")
		return listOf(found, func(string) string { return "" })
	}
	return nil
}

var globQuote = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`)

func listOf(names []string, meaning func(string) string) []Suggestion {
	var list []Suggestion
	for _, n := range names {
		list = append(list, Suggestion{n, meaning(n)})
	}
	return list
}

// processList are the processes: the peers first that kill ends, and none where
// the learner's are meant.
func (s *Session) processList(command string) []Suggestion {
	var list, peers []Suggestion
	for _, q := range s.Sandbox.Processes() {
		what := "a process"
		if call := q.Blocked(); call != "" {
			what = "blocked in " + call
		}
		if q.Driven() {
			peers = append(peers, Suggestion{q.Name(), "a peer, " + what})
			continue
		}
		list = append(list, Suggestion{q.Name(), what})
	}
	switch command {
	case "kill":
		return append(peers, list...)
	case "interrupt", "fork":
		return list
	}
	return append(list, peers...)
}

func peerNames() (list []Suggestion) {
	for _, p := range ready {
		list = append(list, Suggestion{p.Name, p.Summary})
	}
	return list
}

// peerAddresses are where a peer may be.
func peerAddresses(words []string) (list []Suggestion) {
	for _, p := range ready {
		if len(words) > 0 && p.Name == words[0] {
			list = append(list, Suggestion{p.Addr.String(), "where it is when left out"})
		}
	}
	return append(list, Suggestion{"127.0.0.1:9000", "port 9000 of this machine alone"})
}

// describeSocket says what a socket is, in a few words.
func describeSocket(r tracer.Socket) string {
	parts := []string{r.Type}
	if r.State != "" {
		parts = append(parts, r.State)
	}
	if r.Local != "*" {
		parts = append(parts, r.Local)
	}
	if r.Remote != "*" && r.Remote != "" {
		parts = append(parts, "to "+r.Remote)
	}
	return strings.Join(parts, " ")
}

// fds are the open descriptors of the process: those first for which the call
// makes sense, the current one among them.
func (s *Session) fds(p *sandbox.Process, call string) []Suggestion {
	var fit, rest []Suggestion
	for _, r := range s.Sandbox.Sockets() {
		if r.Process != p.Name() || r.FD == 0 {
			continue
		}
		one := Suggestion{strconv.Itoa(r.FD), describeSocket(r)}
		switch {
		case !suits(call, r):
			rest = append(rest, one)
		case r.FD == s.here[p]:
			fit = append([]Suggestion{one}, fit...)
		default:
			fit = append(fit, one)
		}
	}
	return append(fit, rest...)
}

// suits reports whether a call makes sense on a socket as it stands. Of unix
// sockets it is not known whether they are connected.
func suits(call string, r tracer.Socket) bool {
	stream := r.State != "" || r.Type == string(sandbox.Unix)
	open := r.State == "ESTABLISHED" || r.State == "CLOSE-WAIT" || r.State == "FIN-WAIT-1" || r.State == "FIN-WAIT-2"
	switch call {
	case "bind", "listen", "connect":
		return r.State == "CLOSED" || r.State == ""
	case "accept":
		return r.State == "LISTEN"
	case "write", "send", "shutdown":
		return open || r.State == "" && r.Remote != "*"
	case "read", "recv":
		return open || r.State == ""
	case "sendto", "recvfrom":
		return !stream
	case "inspect", "watch", "plot":
		return r.State != "" && r.State != "LISTEN" && r.State != "CLOSED"
	}
	return true
}

// addresses are those that an address may be.
func (s *Session) addresses(p *sandbox.Process, call string, words []string) []Suggestion {
	kind := sandbox.Kind("")
	if len(words) > 0 {
		fd, _ := s.fdOf(p, words[0])
		kind = p.Kind(fd)
	}
	var list []Suggestion
	if call != "bind" {
		for _, r := range s.Sandbox.Sockets() {
			if r.Local != "*" && r.FD != 0 && reachable(kind, call, r) {
				list = append(list, Suggestion{callable(r.Local), fmt.Sprintf("%s:%d is there", r.Process, r.FD)})
			}
		}
	}
	switch {
	case kind.Unix():
		return append(list, Suggestion{"chat.sock", "a file in the sandbox's folder"}, Suggestion{"@chat", "a name that is no file"})
	case call == "bind" && kind.IPv6():
		return []Suggestion{{"[::1]:8080", "port 8080 of this machine alone"}, {"*:8080", "port 8080 at every address"}, {"[::1]:0", "the system chooses a port"}}
	case call == "bind":
		return []Suggestion{{"127.0.0.1:8080", "port 8080 of this machine alone"}, {"*:8080", "port 8080 at every address"}, {"127.0.0.1:0", "the system chooses a port"}}
	case kind.IPv6():
		return append(list, Suggestion{"[::1]:8080", "this machine, port 8080"})
	}
	return append(list, Suggestion{"127.0.0.1:8080", "this machine, port 8080"})
}

// reachable reports whether a socket of that kind may talk to one in the table.
func reachable(kind sandbox.Kind, call string, r tracer.Socket) bool {
	other := sandbox.Kind(r.Type)
	switch {
	case kind == "":
		return r.State == "LISTEN" || r.State == ""
	case kind.Unix() || other.Unix():
		return kind == other && r.Remote == "*"
	case kind.TCP():
		return r.State == "LISTEN" && (!other.IPv6() || kind.IPv6() || strings.HasPrefix(r.Local, "[::]"))
	}
	return !other.Stream() && r.Remote == "*" && other.IPv6() == kind.IPv6()
}

// callable is the address at which one calls a socket that is bound to local.
func callable(local string) string {
	if a, err := netip.ParseAddrPort(local); err == nil {
		return sandbox.Callable(a)
	}
	return local // a unix socket's
}

func (s *Session) numbers(call string) []Suggestion {
	switch call {
	case "read", "recv", "recvfrom":
		return []Suggestion{{"100", "bytes, at most"}, {"1", "byte"}, {"64k", "bytes, at most"}}
	case "packet":
		if n := s.packets; n > 0 {
			return []Suggestion{{strconv.Itoa(n), "the last one"}}
		}
	}
	return nil
}

func flagsOf(call string) []Suggestion {
	var list []Suggestion
	for _, f := range sandbox.FlagOrder {
		t := flagTopics[f]
		if strings.HasPrefix(t.example, call+" ") || f == "MSG_DONTWAIT" {
			list = append(list, Suggestion{f, firstPart(t.what)})
		}
	}
	return list
}

// valuesOf are the values of the option that the line names.
func valuesOf(words []string) []Suggestion {
	if len(words) < 2 {
		return nil
	}
	o, _ := sandbox.LookupOption(strings.ToUpper(words[1]))
	switch o.Unit {
	case sandbox.Switch:
		return []Suggestion{{"on", o.What}, {"off", ""}}
	case sandbox.Linger:
		return []Suggestion{{"0", "close resets"}, {"2", "close waits 2 seconds at most"}, {"off", "close returns at once"}}
	case sandbox.Algorithm:
		return []Suggestion{{"reno", "RFC 5681"}, {"cubic", "RFC 9438"}}
	case sandbox.Time:
		return []Suggestion{{"2s", o.What}, {"0", "no limit"}}
	}
	return nil
}

// meaningOf says what a word of a command's usage means.
func meaningOf(c *Command, word string) string {
	return wordMeanings[c.Name+" "+word]
}

var wordMeanings = map[string]string{
	"socket tcp": "a stream of bytes", "socket udp": "datagrams", "socket tcp6": "a stream, over IPv6", "socket udp6": "datagrams, over IPv6",
	"socket unix": "a stream, within the machine", "socket unixgram": "datagrams, within the machine",
	"socketpair unix": "a stream", "socketpair unixgram": "datagrams",
	"shutdown rd": "read no more", "shutdown wr": "write no more: sends a FIN", "shutdown rdwr": "neither",
	"fcntl nonblock": "O_NONBLOCK", "fcntl on": "answer EAGAIN instead of waiting", "fcntl off": "wait, as at first",
	"wire loss": "lose a share of the packets", "wire clear": "no rules, no breaks", "wire from": "of one process alone",
	"wire hold": "packets wait until they are stepped", "wire open": "packets go again", "wire break": "hold it when something happens",
	"wire duplicate": "a share arrives twice", "wire reorder": "a share is overtaken", "wire delay": "all take longer", "wire rate": "so many bits a second",
	"wire delack": "delayed acknowledgements (kernel stack)", "wire on": "they may wait", "wire off": "at once, as at first",
	"wire drop": "lose the next of a kind", "wire copy": "double the next of a kind", "wire next": "once", "wire after": "when so many more have arrived",
	"step back": "before the last packet arrived", "step to": "until one of that kind has arrived", "step all": "until nothing is in flight",
	"help all": "how each command is written", "explain less": "only what went wrong", "explain more": "all, at length", "explain normal": "as at first",
	"set theme": "colours for a dark or a light screen", "set ascii": "no other characters in drawings", "set explain": "how much is said after a call",
	"set width": "columns", "set projector": "fewer things, for a wall", "set plain": "sentences, for a screen reader",
	"inject at": "be the one at an address, before you send", "inject off": "be there no longer", "inject udp": "a datagram", "inject >": "to", "inject ?": "what would be right now",
	"watch off": "no longer", "peer --source": "the calls that it makes", "ladder all": "nothing folded", "packet full": "the headers as the RFCs draw them, and all bytes",
	"expect return": "what the last call returned", "expect errno": "its error", "expect data": "what it read",
	"expect state": "a socket's state", "expect states": "all its states so far", "expect packets": "what was sent since",
	"expect blocked": "a process waits", "expect not": "the opposite", "expect flight": "what waits on the wire",
	"expect call": "such a call has returned", "expect line": "such a line was typed", "expect =": "with this result",
}

// firstPart is the first part of a sentence.
func firstPart(text string) string {
	if i := strings.IndexAny(text, ".:;"); i > 0 {
		return text[:i]
	}
	return text
}
