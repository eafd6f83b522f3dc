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

// helpLines is what a page of help should have at most: it fits a terminal of
// 24 lines.
const helpLines = 22

// leftWidth is the columns of the calls in the short list.
const leftWidth = 42

// useWidth is the columns of the list in which a command's use stands.
const useWidth = 26

func runHelp(_ context.Context, _ *Session, _ *sandbox.Process, a *args) (Answer, error) {
	page := overview()
	if a.more() {
		page = a.page()
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Show: ShowText, Text: page}, nil
}

// overview lists the commands, and what each is for in a few words: the calls
// on the left, the others on the right.
func overview() string {
	var left, right []string
	for _, g := range Groups {
		column := &right
		if g == Calls {
			column = &left
		}
		*column = append(*column, string(g))
		for _, c := range Table {
			if c.Group == g {
				*column = append(*column, fmt.Sprintf("  %-11s  %s", c.Name, c.brief()))
			}
		}
	}
	right = append(right, "more help", "  help all        how each is written", "  help SO_LINGER  all about one thing",
		"  client: CALL    runs it in client")
	var b strings.Builder
	for i := range max(len(left), len(right)) {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		b.WriteString(strings.TrimRight(ink.Pad(l, leftWidth)+r, " ") + "\n")
	}
	return b.String()
}

// brief is the beginning of the summary.
func (c *Command) brief() string {
	if i := strings.IndexAny(c.Summary, ",;:("); i > 0 {
		return strings.TrimSpace(c.Summary[:i])
	}
	return c.Summary
}

// inFull lists the commands by group, and how each is written.
func inFull() string {
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
	paragraph := func(text string) { b.WriteString(paragraph(text)) }
	paragraph(c.Detail)
	if c.Errnos != "" {
		paragraph("Errors: " + c.Errnos + ".")
	}
	if c.Name == "setsockopt" || c.Name == "getsockopt" {
		paragraph("The options are " + strings.Join(optionNames(), ", ") + "; help SO_LINGER tells about one.")
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

// paragraph is the text set below what stands before it.
func paragraph(text string) string {
	if text == "" {
		return ""
	}
	return "\n" + strings.Join(ink.Wrap(text, helpWidth), "\n") + "\n"
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
