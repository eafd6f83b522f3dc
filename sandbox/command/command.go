// Package command is the command language: what a learner types and what a
// script holds. One table of commands is what lines are parsed by, and what
// help and docs/commands.md are made from. Commands return data; views draw it.
package command

import (
	"context"
	"slices"
	"strings"

	"sockplay/sandbox"
)

// Group is a part of the table.
type Group string

// The groups, in the order of help.
const (
	Calls  Group = "socket calls"
	World  Group = "processes and programs"
	Time   Group = "time and the wire"
	Look   Group = "looking and asking"
	Own    Group = "the session"
	Expect Group = "expectations"
)

// Groups lists them.
var Groups = []Group{Calls, World, Time, Look, Own, Expect}

// Command is a row of the table.
type Command struct {
	Name    string
	Args    []string // one way of writing its arguments each: see params
	Group   Group
	Summary string // one line
	Detail  string // what it does, and its place in a socket's life
	Page    string // what docs/commands.md says beyond that
	Wire    string // what it puts on the wire
	Errnos  []Known
	C       string // as C writes it; "" if C has no such call
	Man     string // man page and RFC
	Stack   string // the only one that has it; "": each has
	Example string // lines that work when they are typed one after the other

	cArgs [2]int // how many arguments it has in C, at least and at most
	run   func(ctx context.Context, s *Session, p *sandbox.Process, a *args) (Answer, error)
}

// Known is an errno that a call is known for, and what it mostly means.
type Known struct{ Errno, Means string }

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

// leaves reports whether a line with the command leaves the sandbox as it was,
// so that it is no part of what the session did.
func (c *Command) leaves() bool { return c.Group == Look || c.Group == Own }

// Answer is what a command has to show beside the events that it caused, and
// what it asks of whoever runs the session.
type Answer struct {
	Outcome *sandbox.Outcome // of a socket call; nil for others
	Show    View             // nil: nothing
	Do      Request          // nil: nothing
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

// callNames lists the names of the socket calls.
func callNames() []string {
	return slices.DeleteFunc(Names(), func(name string) bool { return !Lookup(name).IsCall() })
}

// Names lists the commands' names in the table's order.
func Names() []string {
	var names []string
	for _, c := range Table {
		names = append(names, c.Name)
	}
	return names
}
