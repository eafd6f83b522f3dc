package command

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// Explain tells the last thing that happened in more words: what was asked and
// what that does, what came of it, the states that it moved, the packets.
func (s *Session) Explain() Page {
	events, _ := s.Sandbox.Log().Since(s.began)
	if len(events) == 0 {
		return nothingYet
	}
	var parts []string
	peers := 0 // their calls that went well
	add := func(format string, v ...any) { parts = append(parts, fmt.Sprintf(format, v...)) }
	for _, e := range events {
		switch e.Kind {
		case tracer.KindCall:
			if c := Lookup(e.Call); c != nil && !e.Driven { // peers are many, and go on for long
				add("%s asked for %s. %s", e.Process, clipTo(e.Typed(), 80), c.Detail)
			}
		case tracer.KindCommand:
			if c := Lookup(strings.SplitN(e.Text, " ", 2)[0]); c != nil && !c.leaves() {
				add("%s: %s. %s", c.Name, c.Summary, c.Detail)
			}
		case tracer.KindBlocked:
			if e.Driven {
				add("%s waits in %s: %s.", e.Process, strings.TrimSuffix(fmt.Sprintf("%s(%d)", e.Call, e.FD), "(0)"), e.Why)
			} else {
				add("It waits: %s. %s.", e.Why, capital(e.Try))
			}
		case tracer.KindReturn:
			if e.Driven && e.Result.Errno == "" { // the screen has told it
				peers++
				continue
			}
			parts = append(parts, returned(e))
		}
	}
	if peers > 0 {
		add("%s of peers went well meanwhile; log lists them.", plural(peers, "call"))
	}
	parts = append(parts, stateWords(events)...)
	parts = append(parts, remarkable(events)...)
	if kinds := kindsOf(events); len(kinds) > 0 {
		add("On the wire: %s.", strings.Join(kinds, ", "))
		for _, k := range kinds[:min(3, len(kinds))] {
			parts = append(parts, glossary[strings.ToLower(k)])
		}
	}
	if len(parts) == 0 {
		return nothingYet
	}
	var page Page
	for _, p := range parts {
		page = append(page, Part{Text: strings.TrimSpace(p)})
	}
	return page
}

var nothingYet = Page{{Text: "Nothing has happened yet: socket tcp makes a beginning, or tour shows one."}}

// remarkable are the reasons of packets that were lost, or sent again by a
// timer, each once, the last ones.
func remarkable(events []tracer.Event) []string {
	const most = 3
	var parts []string
	for _, e := range events {
		if e.Packet == nil || e.Why == "" || e.Fate != tracer.Dropped && (e.Fate != tracer.Sent || e.Cause != 0) {
			continue
		}
		text := fmt.Sprintf("Packet %d, %s: %s.", e.Packet.Number, e.Packet.Kind, e.Why)
		if e.Fate == tracer.Dropped {
			text = fmt.Sprintf("Packet %d, %s, was lost: %s.", e.Packet.Number, e.Packet.Kind, e.Why)
		}
		parts = append(parts, text)
	}
	if n := len(parts); n > most {
		parts = append([]string{fmt.Sprintf("%d packets were lost or sent again; the last of them:", n)}, parts[n-most:]...)
	}
	return parts
}

func returned(e tracer.Event) string {
	call := e.Call
	if e.FD != 0 {
		call = fmt.Sprintf("%s(%d)", call, e.FD)
	}
	if e.Result.Value < 0 {
		text := fmt.Sprintf("%s's %s failed with %s: %s.", e.Process, call, e.Result.Errno, e.Why)
		if general, _ := sandbox.Explain("", e.Result.Errno); general != "" && general != e.Why && !strings.Contains(e.Why, general) {
			text += " In general " + e.Result.Errno + " means: " + general + "."
		}
		if e.Try != "" {
			text += " Try: " + e.Try + "."
		}
		return text
	}
	text := fmt.Sprintf("%s's %s returned %d", e.Process, call, e.Result.Value)
	if e.Why != "" {
		text += ": " + e.Why
	}
	if e.Try != "" {
		text += ". Try: " + e.Try
	}
	return text + "."
}

// stateWords tells how each socket moved, and what it means to be where it is.
func stateWords(events []tracer.Event) []string {
	type end struct{ local, remote netip.AddrPort }
	var names []string
	name := map[end]string{} // of a connection, as it was called first
	path, last := map[string]string{}, map[string]string{}
	for _, e := range events {
		if e.Kind != tracer.KindState {
			continue
		}
		which := end{e.Local, e.Remote}
		who := name[which]
		switch {
		case who != "" && e.Remote.IsValid():
		case e.Process == "":
			who = e.Local.String()
		case e.FD == 0:
			who = e.Process + " at " + e.Local.String()
		default:
			who = fmt.Sprintf("%s:%d", e.Process, e.FD)
		}
		name[which] = who
		if path[who] == "" {
			names = append(names, who)
			path[who] = e.From
		}
		path[who] += ", " + e.To + " (" + e.Why + ")"
		last[who] = e.To
	}
	var parts []string
	var told []string
	for _, n := range names {
		text := n + " went through " + path[n] + "."
		if t, ok := stateTopics[last[n]]; ok && last[n] != "CLOSED" && !slices.Contains(told, last[n]) {
			text += " " + last[n] + " means: " + t.means + ". What ends it: " + t.ends + "."
			told = append(told, last[n])
		}
		parts = append(parts, text)
	}
	return parts
}

// kindsOf are the kinds of the packets that were sent, each once.
func kindsOf(events []tracer.Event) []string {
	var kinds []string
	for _, e := range events {
		if e.Packet != nil && (e.Fate == tracer.Sent || e.Fate == tracer.Injected) && !slices.Contains(kinds, e.Packet.Kind) {
			kinds = append(kinds, e.Packet.Kind)
		}
	}
	return kinds
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
