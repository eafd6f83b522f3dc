package command

import (
	"context"
	"fmt"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer/ink"
)

func runHelp(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	page := overview()
	if a.more() {
		page = a.page(s)
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Show: page}, nil
}

// overview lists the commands: the calls with what each is for in a few words,
// in two columns, and the others by what they are about.
func overview() Page {
	var cells []string
	for _, c := range Table {
		if c.IsCall() {
			cells = append(cells, fmt.Sprintf("  %-11s %s", c.Name, c.brief()))
		}
	}
	page := Page{{Text: string(Calls) + ": help connect tells all about one", Extra: true}, {Cells: cells, Extra: true}}
	for _, g := range Groups[1:] {
		var names []string
		for _, c := range Table {
			if c.Group == g {
				names = append(names, c.Name)
			}
		}
		page = append(page, Part{Label: ink.Pad(briefly[g], groupWidth), Text: strings.Join(names, ", "), Extra: true})
	}
	page = append(page, Part{Space: true, Text: tips, Extra: true})
	for _, e := range essentials {
		page = append(page, Part{Label: ink.Pad(e.Name, essentialWidth), Text: e.Usage, Wall: true})
	}
	return page
}

// essentials are the overview where there is little room.
var essentials = []struct{ Name, Usage string }{
	{"a server", "socket tcp, bind 3 127.0.0.1:8080, listen 3, accept 3"},
	{"a client", "client: socket tcp, client: connect 3 127.0.0.1:8080"},
	{"talk", `write FD "text", read FD 100, shutdown FD wr, close FD`},
	{"datagrams", `socket udp, sendto FD ADDRESS "text", recvfrom FD 100`},
	{"look", "sockets, inspect client:3, diagram, ladder, packet 1, log"},
	{"ask", "explain, why TIME-WAIT, help connect, help all"},
	{"time", "advance 1s, wait client, wire loss 20%"},
	{"debug TCP", "wire hold, step, drop 3, step back, wire open"},
	{"processes", "client (its turn), process, fork, kill, vanish"},
	{"the session", "tour, save FILE, source FILE, reset, exit"},
	{"typing", "Tab, the beginning of a word, . (the last socket)"},
}

const essentialWidth = 11

// briefly is a group's name in the overview, and groupWidth its columns.
var briefly = map[Group]string{World: "processes", Time: "wire, time", Look: "look, ask", Own: "session", Expect: "check"}

const groupWidth = 12

// tips are what makes typing easy.
const tips = "Tab shows what may come next. The beginning of a word is enough; what is left " +
	"out is asked for. client: CALL runs a call in client. A debugger for TCP: wire hold, " +
	"step, drop 3. help all: how each is written; why SYN: about a word."

// brief is the beginning of the summary.
func (c *Command) brief() string {
	switch c.Name { // whose summary does not begin with it
	case "getsockname":
		return "tell its own address"
	case "fcntl":
		return "let calls wait, or not"
	}
	if i := strings.IndexAny(c.Summary, ",;:("); i > 0 {
		return strings.TrimSpace(c.Summary[:i])
	}
	return c.Summary
}

// inFull lists the commands by group, and how each is written.
func inFull() Page {
	var page Page
	for _, g := range Groups {
		page = append(page, Part{Text: string(g)})
		for _, c := range Table {
			if c.Group != g {
				continue
			}
			if use := c.Usage(); len(c.Args) == 1 && len(use) <= useWidth {
				page = append(page, Part{Label: ink.Pad("  "+use, useWidth+2), Text: c.Summary})
				continue
			}
			for _, a := range c.Args {
				page = append(page, Part{Lines: []string{"  " + strings.TrimSpace(c.Name+" "+a)}})
			}
			page = append(page, Part{Label: ink.Pad("", useWidth+2), Text: c.Summary})
		}
	}
	return page
}

// useWidth is the columns of the full list in which a command's use stands.
const useWidth = 24

// about tells all about one command: what it does, its place in a socket's
// life, what it puts on the wire, how it fails, an example, where to read on.
func about(c *Command) Page {
	page := Page{{Text: c.Name + ": " + c.Summary}}
	for _, a := range c.Args {
		page = append(page, Part{Lines: []string{"  " + strings.TrimSpace(c.Name+" "+a)}})
	}
	if c.C != "" {
		page = append(page, Part{Lines: []string{"  " + c.C}, Extra: true})
	}
	page = append(page, Part{Text: c.Detail, Space: c.Detail != ""})
	if c.Name == "setsockopt" || c.Name == "getsockopt" {
		page = append(page, Part{Space: true, Text: "OPTION is " + strings.Join(optionNames(), ", ") + "; help SO_LINGER tells about one."})
	}
	if c.Name == "peer" {
		var uses []string
		for _, use := range peerUses() {
			uses = append(uses, use[0]+" "+use[1])
		}
		page = append(page, Part{Label: "Behind", Text: strings.Join(uses, ", "), Extra: true})
	}
	if picture := life(c); picture != nil {
		page = append(page, Part{Label: "Life", Lines: picture, Drawn: true, Space: true})
	}
	page = append(page, Part{Label: "Wire", Text: c.Wire}, Part{Label: "Errors", Lines: errnos(c)}, Part{Label: "See", Text: c.Man, Extra: true})
	head := "Example"
	if strings.Contains(c.Example, "\n") {
		head = "Example, to paste into a fresh sandbox (reset makes one)"
	}
	var example []string
	for l := range strings.SplitSeq(strings.TrimSpace(c.Example), "\n") {
		example = append(example, "  "+l)
	}
	return append(page, Part{Text: head, Extra: true}, Part{Lines: example, Extra: true})
}

// The life of a socket, as a server and as a client has it.
const (
	streamLife = "server  socket → bind → listen → accept → read → write → close\n" +
		"client  socket → connect ───────────────→ write → read → close"
	datagramLife = "server  socket → bind → recvfrom → sendto → close\n" +
		"client  socket ───────→ sendto → recvfrom → close"
)

// life is the life of a socket with the command marked in it; none for one that
// has no place of its own there.
func life(c *Command) []string {
	figure, place := streamLife, c.Name
	switch c.Name {
	case "sendto", "recvfrom":
		figure = datagramLife
	case "send":
		place = "write"
	case "recv":
		place = "read"
	case "shutdown":
		place = "close"
	case "socketpair":
		return nil
	}
	if !c.IsCall() || !strings.Contains(figure, place) {
		return nil
	}
	mark := " [" + c.Name + "]"
	if place == "close" && c.Name == "shutdown" {
		mark = " [shutdown]"
	}
	return strings.Split(strings.ReplaceAll(figure, " "+place, mark), "\n")
}

// errnos lists what a call is known for.
func errnos(c *Command) []string {
	wide := 0
	for _, k := range c.Errnos {
		wide = max(wide, len(k.Errno))
	}
	var lines []string
	for _, k := range c.Errnos {
		lines = append(lines, ink.Pad(k.Errno, wide+2)+k.Means)
	}
	return lines
}

// Markdown is the table as docs/commands.md shows it.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# Commands\n\nWhat a learner types and what a script holds is one language: one command a line,\n" +
		"`#` begins a comment, strings stand in double quotes and take Go's escapes.\n" +
		"`PROCESS: command` runs a command in that process; a process's name alone makes it\n" +
		"the current one. This page is made from the table that the program itself uses\n" +
		"(`go test ./sandbox/command -update`).\n")
	for _, g := range Groups {
		fmt.Fprintf(&b, "\n## %s\n", strings.ToUpper(string(g[:1]))+string(g[1:]))
		for _, c := range Table {
			if c.Group != g {
				continue
			}
			fmt.Fprintf(&b, "\n### %s\n\n%s.\n\n", c.Name, strings.ToUpper(c.Summary[:1])+c.Summary[1:])
			for _, a := range c.Args {
				fmt.Fprintf(&b, "    %s\n", strings.TrimSpace(c.Name+" "+a))
			}
			if c.C != "" {
				fmt.Fprintf(&b, "    %s\n", c.C)
			}
			if c.Detail != "" {
				fmt.Fprintf(&b, "\n%s\n", c.Detail)
			}
			if c.Page != "" {
				fmt.Fprintf(&b, "\n%s\n", c.Page)
			}
			if c.Name == "peer" {
				fmt.Fprintf(&b, "\nBehind the address stands, of those that take something there:\n\n| peer | |\n|---|---|\n")
				for _, use := range peerUses() {
					fmt.Fprintf(&b, "| %s | `%s` |\n", use[0], use[1])
				}
			}
			if c.Wire != "" {
				fmt.Fprintf(&b, "\nOn the wire: %s.\n", c.Wire)
			}
			if len(c.Errnos) > 0 {
				var list []string
				for _, k := range c.Errnos {
					list = append(list, k.Errno+" ("+k.Means+")")
				}
				fmt.Fprintf(&b, "\nErrors: %s.\n", strings.Join(list, ", "))
			}
			fmt.Fprintf(&b, "\nExample:\n\n")
			for l := range strings.SplitSeq(strings.TrimSpace(c.Example), "\n") {
				fmt.Fprintf(&b, "    %s\n", l)
			}
			if c.Man != "" {
				fmt.Fprintf(&b, "\nSee %s.\n", c.Man)
			}
		}
	}
	b.WriteString("\n## Socket options\n\n| option | what it is for |\n|---|---|\n")
	for _, o := range sandbox.Options {
		fmt.Fprintf(&b, "| `%s` | %s |\n", o.Name, o.What)
	}
	return b.String()
}
