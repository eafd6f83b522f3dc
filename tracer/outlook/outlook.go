// Package outlook says in words what may come next for a socket: what its
// state lets it do, and what would move it on. It holds the texts that views
// share.
package outlook

import (
	"slices"
	"strings"
)

// Outlook is what may come next.
type Outlook struct {
	State string // TCP's, or a word for where the socket is
	Is    string // what that means for it now; "": the ways out say it
	Exits []Exit
	Note  string // a sentence that comes last
	Over  bool   // there is no way out any more
}

// Exit is a way out of a state.
type Exit struct {
	When string // what takes it
	To   string // the state that it leads to; "": When tells all
}

// Text joins all that an outlook says. An exit leads to its state by arrow.
func (o Outlook) Text(arrow string) string {
	return o.text(func(e Exit) string { return e.When + " " + arrow + " " + e.To })
}

// Prose is Text in words alone, for those who listen.
func (o Outlook) Prose() string {
	text := o.text(func(e Exit) string {
		link := " leads to "
		switch {
		case strings.Contains(e.When, " sends "):
			link = " and leads to "
		case strings.Contains(e.When, ","):
			link = ", leads to "
		}
		return e.When + link + e.To
	})
	return drawn.Replace(text)
}

// drawn is what only those understand who see a diagram.
var drawn = strings.NewReplacer("()", "", ", which no arrow shows", "", "; no arrow shows it", "")

func (o Outlook) text(exit func(Exit) string) string {
	var parts, ways []string
	if o.Is != "" {
		parts = append(parts, o.Is+".")
	}
	for _, e := range o.Exits {
		if e.To == "" {
			ways = append(ways, e.When)
			continue
		}
		ways = append(ways, exit(e))
	}
	if len(ways) > 0 {
		parts = append(parts, strings.Join(ways, "; ")+".")
	}
	if o.Note != "" {
		parts = append(parts, o.Note)
	}
	return strings.Join(parts, " ")
}

const closed = "CLOSED"

// TCP is the outlook from a state of RFC 9293 that was reached by the path. ok
// is false if there is no such state.
func TCP(state string, path []string) (o Outlook, ok bool) {
	o, ok = states[state]
	o.State = state
	if state == closed && slices.ContainsFunc(path, func(s string) bool { return s != closed }) {
		o = Outlook{State: closed, Is: ended(path), Over: true}
	}
	return o, ok
}

// IsState reports whether a word is the name of one of TCP's states.
func IsState(name string) bool {
	_, ok := states[name]
	return ok
}

// Before is the state from which CLOSED was reached on a path, "" if none was.
func Before(path []string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] != closed {
			return path[i]
		}
	}
	return ""
}

// ended tells what it means that a path has led to CLOSED.
func ended(path []string) string {
	switch Before(path) {
	case "LISTEN":
		return "it listens no longer"
	case "SYN-SENT":
		return "no connection came of it: close(), or an RST, which no arrow shows"
	case "LAST-ACK", "TIME-WAIT":
		return "the connection is over; nothing moves it any more"
	}
	return "the connection was cut off. An RST, or a stack that gives up, leads to CLOSED from any state; no arrow shows it"
}

// Names are TCP's states, in the order in which they are met.
var Names = []string{
	closed, "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK",
}

// states tells for each state what ends it (RFC 9293 3.10).
var states = map[string]Outlook{
	"CLOSED": {Exits: []Exit{
		{"listen()", "LISTEN"},
		{"connect() sends a SYN", "SYN-SENT"},
	}},
	"LISTEN": {Exits: []Exit{
		{"a SYN begins a connection, in SYN-RECEIVED, while the listener stays", ""},
		{"close()", "CLOSED"},
	}},
	"SYN-SENT": {Exits: []Exit{
		{"the peer's SYN-ACK", "ESTABLISHED"},
		{"its SYN alone, if both call at once", "SYN-RECEIVED"},
		{"an RST or close()", "CLOSED"},
	}},
	"SYN-RECEIVED": {Exits: []Exit{
		{"the ACK of our SYN", "ESTABLISHED"},
		{"an RST", "LISTEN again"},
		{"close() sends a FIN", "FIN-WAIT-1"},
	}},
	"ESTABLISHED": {Exits: []Exit{
		{"close() or shutdown wr sends a FIN", "FIN-WAIT-1"},
		{"a FIN from the peer", "CLOSE-WAIT"},
		{"an RST", "CLOSED"},
	}},
	"FIN-WAIT-1": {Exits: []Exit{
		{"the ACK of our FIN", "FIN-WAIT-2"},
		{"a FIN from the peer", "CLOSING"},
		{"one segment with both", "TIME-WAIT"},
	}},
	"FIN-WAIT-2": {
		Exits: []Exit{{"a FIN from the peer, when its program closes too", "TIME-WAIT"}},
		Note:  "Until then it may send.",
	},
	"CLOSING": {
		Exits: []Exit{{"the ACK of our FIN", "TIME-WAIT"}},
		Note:  "Both ends have closed at once.",
	},
	"TIME-WAIT": {Exits: []Exit{{"time alone: after 2 MSL, when no late segment can come any more", "CLOSED"}}},
	"CLOSE-WAIT": {
		Exits: []Exit{{"only our program: close() or shutdown wr sends a FIN", "LAST-ACK"}},
		Note:  "Until then it may send.",
	},
	"LAST-ACK": {Exits: []Exit{{"the ACK of our FIN", "CLOSED"}}},
}
