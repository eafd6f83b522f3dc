package command

import (
	"fmt"

	"sockplay/sandbox/wire"
	"sockplay/tracer/ink"
)

// wireNow says how the wire is: what is on it, its rules, what has become of
// all packets, and what comes next.
func (s *Session) wireNow() Page {
	w, stack := s.Sandbox.Wire(), s.Sandbox.Stack()
	flight := w.InFlight()
	how := "packets arrive in order, at once"
	if l := stack.Latency(); l > 0 {
		how = "packets arrive in order, each after " + ink.Duration(l)
	}
	if w.Held() {
		how = "held: packets wait until step, deliver or wire open"
	}
	if len(w.Rules()) > 0 && !w.Held() {
		how += ", but for the rules"
	}
	page := Page{{Label: "wire", Text: how}}
	row := func(label, format string, values ...any) {
		for _, part := range page {
			if part.Label == label {
				label = " "
			}
		}
		page = append(page, Part{Label: label, Text: fmt.Sprintf(format, values...)})
	}
	if len(flight) > 0 {
		row("on it", "%s", plural(len(flight), "packet"))
		page = append(page, Part{Rows: s.flightRows(flight)})
	}
	for _, r := range w.Rules() {
		row("rule", "%s: %s", r, ruleMeans(r))
	}
	for _, o := range w.Onces() {
		row("once", "%s: %s", o, onceMeans(o))
	}
	for _, k := range s.Sandbox.Breaks() {
		row("break", "%s: held when %s", k, breakMeans(k))
	}
	if n, armed := s.Sandbox.HoldsAfter(); armed {
		row("break", "hold after %d: held when so many more have arrived", n)
	}
	c := w.Count()
	row("so far", "%d sent, %d copied, %d injected: %d delivered, %d dropped, %d in flight", c.Sent, c.Copied, c.Injected, c.Delivered, c.Dropped, len(flight))
	if c.Malformed > 0 {
		row("so far", "of the dropped %d malformed: thrown away unread by the receiver", c.Malformed)
	}
	if c.Folded > 0 {
		row("so far", "sent again while held, and not counted: %d", c.Folded)
	}
	clock := "it passes by itself"
	if stack.Virtual() {
		clock = "it stands still between commands"
	}
	row("time", "%s since the sandbox began; %s", ink.Duration(stack.Now()), clock)
	if d, what, ok := s.Sandbox.NextTimer(); ok {
		row("next", "in %s: %s", rounded(d), what)
	}
	row("seed", "%d: chance comes from it", w.Seeded())
	page[len(page)-1].Extra = true
	return page
}

// maxListed is how many packets in flight are listed.
const maxListed = 20

// flightRows are the packets in flight, a row each.
func (s *Session) flightRows(flight []*wire.Packet) (rows [][]string) {
	for i, p := range flight {
		if i == maxListed {
			return append(rows, []string{"  ...", fmt.Sprintf("and %d more", len(flight)-i)})
		}
		from, to := s.Sandbox.EndNames(p)
		rows = append(rows, []string{fmt.Sprintf("%5d", p.Info.Number), p.Info.Kind, from + " > " + to, s.waitsHow(p)})
	}
	return rows
}

// waitsHow says how a packet is in flight.
func (s *Session) waitsHow(p *wire.Packet) string {
	how := "on its way"
	switch {
	case p.Late:
		how = "delayed, arrives in " + rounded(p.Due-s.Sandbox.Stack().Now())
	case p.Lost && p.Held:
		how = "held, will be lost"
	case p.Held:
		how = "held"
	}
	if p.Times > 1 {
		how += fmt.Sprintf(", sent x %d", p.Times)
	}
	if p.Bad {
		how += ", damaged"
	}
	return how
}
