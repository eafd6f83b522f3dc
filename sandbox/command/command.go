// Package command is the command language: what a learner types and what a
// script holds. One table of commands is what lines are parsed by, and what
// help and docs/commands.md are made from. Commands return data; views draw it.
package command

import (
	"context"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// Group is a part of the table.
type Group string

// The groups, in the order of help.
const (
	Calls  Group = "socket calls"
	Time   Group = "time and the wire"
	Look   Group = "looking"
	World  Group = "processes and programs"
	Expect Group = "expectations"
)

// Groups lists them.
var Groups = []Group{Calls, World, Time, Look, Expect}

// Command is a row of the table.
type Command struct {
	Name    string
	Args    []string // one way of writing its arguments each
	Group   Group
	Summary string // one line
	Detail  string // what it does, its place in a socket's life, on the wire
	Errnos  string // the errnos that it is known for
	C       string // as C writes it; "" if C has no such call
	Man     string // man page and RFC
	Example string // lines that work when they are typed one after the other

	cArgs [2]int // how many arguments it has in C, at least and at most
	run   func(ctx context.Context, s *Session, p *sandbox.Process, a *args) (Answer, error)
}

// Usage is how the command is written.
func (c *Command) Usage() string {
	var forms []string
	for _, a := range c.Args {
		forms = append(forms, strings.TrimSpace(c.Name+" "+a))
	}
	return strings.Join(forms, " | ")
}

// IsCall reports whether the command is a socket call.
func (c *Command) IsCall() bool { return c.Group == Calls }

// Answer is what a command has to show beside the events that it caused.
type Answer struct {
	Quit    bool             // leave
	Sockets []tracer.Socket  // a table, if ShowSockets
	Text    string           // lines to print as they are
	Diagram *DiagramOf       // TCP's state diagram
	Show    Show             // which of the fields apply
	Outcome *sandbox.Outcome // of a socket call
}

// Show says what an Answer shows.
type Show int

// What an answer may show.
const (
	ShowNothing Show = iota
	ShowSockets
	ShowText
	ShowDiagram
)

// DiagramOf says which states a diagram marks.
type DiagramOf struct {
	Socket string   // "client:3"; "" for none
	State  string   // now
	Path   []string // the states so far
}

// Lookup finds a command by its name, nil if there is none.
func Lookup(name string) *Command {
	for _, c := range Table {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Names lists the commands' names in the table's order.
func Names() []string {
	var names []string
	for _, c := range Table {
		names = append(names, c.Name)
	}
	return names
}
