package command

import (
	"strconv"
	"strings"

	"sockplay/sandbox"
)

// expected is what may stand after expect and its words.
func (s *Session) expected(p *sandbox.Process, c *Command, words []string, last string) []Suggestion {
	inner := words
	if len(inner) > 0 && inner[0] == "not" {
		inner = inner[1:]
	}
	switch {
	case len(inner) == 1 && inner[0] == "line":
		return listOf(Names(), func(n string) string { return Lookup(n).Summary })
	case len(inner) > 1 && inner[0] == "line":
		if line := Lookup(inner[1]); line != nil {
			return s.after(p, line, inner[2:], last)
		}
		return nil
	case len(inner) == 1 && inner[0] == "call":
		return listOf(callNames(), func(n string) string { return Lookup(n).Summary })
	case len(inner) > 1 && inner[0] == "call":
		if call := Lookup(inner[1]); call != nil && call.IsCall() {
			return s.ofCall(p, call, inner[2:], last)
		}
		return nil
	}
	list := s.after(p, c, words, last)
	if process, _, named := strings.Cut(last, ":"); named && len(inner) == 1 && (inner[0] == "state" || inner[0] == "states") {
		list = append(list, Suggestion{process + ":" + anySocket, "any of its sockets, of now or before"})
	}
	return list
}

// ofCall is what may stand after a call of which some arguments are named.
func (s *Session) ofCall(p *sandbox.Process, call *Command, words []string, last string) (list []Suggestion) {
	if n := len(words); n > 0 && words[n-1] == "=" {
		list = []Suggestion{{"0", "what it returned"}}
		for _, k := range call.Errnos {
			list = append(list, Suggestion{k.Errno, k.Means})
		}
		return list
	}
	a := &args{cmd: Lookup("expect")}
	form, before := call.forms()[0], []string{strconv.Itoa(s.here[p])} // as if its descriptor were there
	for _, w := range words {
		for i, place := range form {
			if len(a.ways(place, w, before[len(before)-1])) == 0 {
				continue
			}
			if place.name != "FD" {
				before = append(before, w)
			}
			if form = form[i+1:]; place.repeats {
				form = append([]param{place}, form...)
			}
			break
		}
	}
	for _, place := range form {
		list = append(list, s.candidates(p, call, place, before, last)...)
	}
	return append(list, Suggestion{"=", meaningOf(Lookup("expect"), "=")})
}
