package command

import (
	"slices"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// room is where a word of the chat room belongs.
const room = "write FD \"JOIN ann\\n\" to a socket that is connected to peer chat: it is the room that reads such words"

// elsewhere says what there is here instead of what is called so elsewhere.
var elsewhere = map[string]string{
	"quit": "exit leaves", "bye": "exit leaves", "q": "exit leaves", ":q": "exit leaves", "logout": "exit leaves",
	"?": "help lists the commands", "h": "help lists the commands", "man": "help COMMAND tells all about one",
	"JOIN": room, "SAY": room, "serve": "peer chat, peer files or peer remote; sockplay serve, in a shell, is on this machine's own network",
	"clear": "Ctrl-L at the prompt clears the screen", "cls": "Ctrl-L at the prompt clears the screen",
	"ls": "sockets lists the sockets", "ps": "sockets lists the processes' sockets", "lsof": "sockets lists the sockets",
	"netstat": "sockets lists the sockets; the real program: run netstat -tan", "ss": "sockets lists the sockets; the real program: run ss -tan",
	"recvmsg": "recv, or recvfrom to see the sender", "recvmmsg": "recv, or recvfrom to see the sender",
	"sendmsg": "send, or sendto with an address", "sendmmsg": "send, or sendto with an address", "accept4": "accept, then fcntl FD nonblock on",
	"select": watching, "pselect": watching, "ppoll": watching, "kqueue": watching,
	"epoll": watching, "epoll_create": watching, "epoll_create1": watching, "epoll_ctl": watching, "epoll_wait": watching,
	"pipe": "socketpair unix makes two sockets that are connected", "unlink": "the folder of unix sockets goes with the sandbox; a name such as @chat is free again after close",
	"readv": "read", "writev": "write", "ioctl": "fcntl FD nonblock on|off", "dial": "socket, then connect", "open": "wire open lets packets go; socket makes a socket",
	"getaddrinfo": onlyHere, "gethostbyname": onlyHere, "inet_pton": onlyHere, "htons": onlyHere,
	"int": noVariables, "char": noVariables, "struct": noVariables, "const": noVariables, "ssize_t": noVariables, "size_t": noVariables, "socklen_t": noVariables, "memset": noVariables, "bzero": noVariables,
	"dup": "fork NAME makes a process that shares the sockets", "dup2": "fork NAME makes a process that shares the sockets",
	"start": beginning, "begin": beginning, "hello": beginning, "hi": beginning, "next": beginning, "how": beginning, "tutorial": beginning, "demo": beginning,
	"hold": "wire hold has packets wait", "release": "wire open lets packets go", "continue": "wire open lets packets go, step delivers the next", "n": "step delivers the next packet",
	"loss": "wire loss 20%", "duplicate": "wire duplicate 10%", "reorder": "wire reorder 10%", "rate": "wire rate 1mbit", "break": "wire break FIN",
	"back": "step back is before the last packet arrived, undo before the last command", "pause": "wire hold has packets wait; time stands still by itself on the user stack, on the kernel stack it cannot be stopped",
	"sudo": "no root is needed: the command alone", "sockplay": "this is sockplay: the command alone",
	"for": noControls, "while": noControls, "if": noControls,
	"tcp_info": "inspect client:3 shows a connection's windows, timers and congestion control", "windows": "inspect client:3 shows a connection's windows", "info": "inspect client:3 shows a connection from inside; sockets lists all", "show": "sockets lists all; inspect client:3 shows one from inside",
	"perror": "a refusal is explained by itself; help ECONNREFUSED tells about one", "strerror": "help ECONNREFUSED tells about an errno", "errno": "help ECONNREFUSED tells about an errno",
}

const (
	beginning   = "tour shows a first connection, Enter by Enter; help lists the commands; Tab what may come next"
	watching    = "poll waits for several sockets: poll 3:in 4:out"
	onlyHere    = "addresses are written where they are used, such as connect 3 127.0.0.1:8080"
	noVariables = `there are no variables: values are written where they are used, such as connect(3, "127.0.0.1", 8080)`
	noControls  = "there are no loops and conditions, only one call after the other; expect checks what came of it"
)

// unknown says what a line may have meant whose first word, at least, is no
// command. processes are the names of those that exist.
func unknown(l line, processes []string) error {
	name, second := l.words[0].text, ""
	if len(l.words) > 1 {
		second = l.words[1].text
	}
	isProcess := slices.Contains(processes, name)
	bare := strings.TrimRight(name, ":>")
	switch {
	case elsewhere[name] != "":
		return wrong(elsewhere[name], "there is no command %s", clip(name))
	case isProcess && l.process != "":
		return wrong(name+" alone makes it the current process, "+name+": COMMAND runs a command there", "%s is a process and no command", name)
	case l.process == "" && isProcess && strings.HasPrefix(second, ":"):
		rest := strings.TrimPrefix(second, ":")
		for _, w := range l.words[min(2, len(l.words)):] {
			rest += " " + w.text
		}
		return wrong("write "+name+": "+clip(strings.TrimSpace(rest)), "the colon touches the name")
	case l.process != "" && bare != name && isName(bare):
		return wrong("write "+bare+": COMMAND", "a line names one process, not both %s and %s", l.process, bare)
	case bare != name && isName(bare):
		return noProcess(bare, ":", processes)
	case l.process == "" && !l.c && sandbox.ValidName(name) && (isProcess || Lookup(second) != nil):
		rest := make([]string, 0, len(l.words)-1)
		for _, w := range l.words[1:] {
			rest = append(rest, w.text)
		}
		return wrong(name+": "+clip(strings.Join(rest, " ")), "a process's command has a colon")
	}
	if aboutPeer(name) != nil {
		return wrong("peer "+name+" starts it, help "+name+" tells about it", "%s is no command, but a peer, a program to talk to", name)
	}
	right := "help lists the commands"
	if n := nearest(name, append(Names(), processes...)); n != "" {
		right = "did you mean " + n + "? " + right
	}
	return wrong(right, "there is no command %s", clip(name))
}

// noProcess says which processes there are instead; colon is what follows the
// name where it stands.
func noProcess(name, colon string, processes []string) error {
	right := "the processes are " + strings.Join(processes, ", ") + "; process NAME adds one"
	const digits = "0123456789" // client2 is no slip of the finger
	if n := nearest(name, processes); n != "" && strings.TrimRight(n, digits) != strings.TrimRight(name, digits) {
		right = "did you mean " + n + colon + "? " + strings.ToUpper(right[:1]) + right[1:]
	}
	return wrong(right, "no process is called %s", clip(name))
}

// kind reads a packet's kind; others may stand in its place.
func (a *args) kind(others ...string) string {
	name := strings.ToUpper(a.peek())
	if a.more() && !a.words[0].quoted && slices.Contains(tracer.PacketKinds, name) {
		a.words[0].text = name
	}
	if k := kindOf(name); a.more() && !a.words[0].quoted && k != "" && k != name {
		kinds := strings.Join(tracer.PacketKinds[:6], ", ")
		a.fail("a packet is called by the first that it is of "+kinds+": write "+k, "%s: %s is no kind of packet", a.cmd.Name, clip(a.peek()))
	}
	return a.oneOf("kind of packet", append(others, tracer.PacketKinds...)...)
}

// kindOf is the kind of a packet whose flags are written like FIN-ACK, "" if
// the word has other parts than flags.
func kindOf(name string) string {
	flags := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-,+|/", r) })
	for _, f := range flags {
		if !slices.Contains([]string{"SYN", "ACK", "FIN", "RST", "PSH", "URG", "ECE", "CWR", "DATA"}, f) {
			return ""
		}
	}
	has := func(f string) bool { return slices.Contains(flags, f) }
	switch {
	case len(flags) == 0:
		return ""
	case has(tracer.RST):
		return tracer.RST
	case has(tracer.SYN) && has(tracer.ACK):
		return tracer.SYNACK
	case has(tracer.SYN):
		return tracer.SYN
	case has(tracer.FIN):
		return tracer.FIN
	case has("PSH"), has("URG"), has(tracer.DATA):
		return tracer.DATA
	}
	return tracer.ACK
}
