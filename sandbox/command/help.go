package command

import (
	"context"
	"fmt"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer/ink"
)

// helpWidth is what help is set for; it is narrower than most terminals.
const helpWidth = 78

// useWidth is the columns of the list in which a command's use stands.
const useWidth = 26

func runHelp(_ context.Context, _ *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if !a.more() {
		return Answer{Show: ShowText, Text: overview()}, nil
	}
	w := a.next("command")
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	c := Lookup(w.text)
	if c == nil {
		right := "help lists the commands"
		if n := nearest(w.text, Names()); n != "" {
			right = "did you mean help " + n + "?"
		}
		return Answer{}, wrong(right, "help: there is no command %s", clip(w.text))
	}
	return Answer{Show: ShowText, Text: about(c)}, nil
}

// overview lists the commands by group.
func overview() string {
	var b strings.Builder
	for _, g := range Groups {
		fmt.Fprintf(&b, "%s\n", g)
		for _, c := range Table {
			if c.Group != g {
				continue
			}
			use := c.Usage()
			if len(c.Args) > 1 {
				use = c.Name + " ..."
			}
			for i, l := range ink.Wrap(c.Summary, helpWidth-useWidth-4) {
				switch {
				case i > 0:
					use = ""
				case len(use) > useWidth:
					fmt.Fprintf(&b, "  %s\n", use)
					use = ""
				}
				fmt.Fprintf(&b, "  %-*s  %s\n", useWidth, use, l)
			}
		}
	}
	b.WriteString("\nserver and client are processes: client: socket tcp runs a call in client;\n" +
		"client alone makes it the current one. help connect tells all about connect.\n")
	return b.String()
}

// about tells all about one command.
func about(c *Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", c.Name, c.Summary)
	for _, a := range c.Args {
		fmt.Fprintf(&b, "  %s\n", strings.TrimSpace(c.Name+" "+a))
	}
	if c.C != "" {
		fmt.Fprintf(&b, "  %s\n", c.C)
	}
	paragraph := func(text string) {
		if text == "" {
			return
		}
		b.WriteByte('\n')
		for _, l := range ink.Wrap(text, helpWidth) {
			b.WriteString(l + "\n")
		}
	}
	paragraph(c.Detail)
	if c.Errnos != "" {
		paragraph("Errors: " + c.Errnos + ".")
	}
	if c.Name == "setsockopt" || c.Name == "getsockopt" {
		b.WriteByte('\n')
		for _, o := range sandbox.Options {
			fmt.Fprintf(&b, "  %-16s  %s\n", o.Name, o.What)
		}
	}
	b.WriteString("\nExample:\n")
	for l := range strings.SplitSeq(c.Example, "\n") {
		fmt.Fprintf(&b, "  %s\n", l)
	}
	if c.Man != "" {
		paragraph("See: " + c.Man + ".")
	}
	return b.String()
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
			if c.Errnos != "" {
				fmt.Fprintf(&b, "\nErrors: %s.\n", c.Errnos)
			}
			fmt.Fprintf(&b, "\nExample:\n\n")
			for l := range strings.SplitSeq(c.Example, "\n") {
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
