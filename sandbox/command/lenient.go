package command

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"sockplay/sandbox"
)

// Expand turns a line as a hurried learner types it at the prompt into the
// script language: beginnings of commands, processes, options and other words
// are completed where they are unambiguous, a host and a port that stand apart
// are joined, and a port alone is one of this host. What needs no expanding,
// and what cannot be understood, comes back as it is.
func (s *Session) Expand(line string) (string, error) {
	text := s.unprompt(line)
	name, rest := cutProcess(text)
	words, err := lex(rest, false)
	if err != nil || len(words) == 0 || words[0].quoted || isRun(rest) {
		return text, nil
	}
	p := s.current
	if name != "" {
		full := prefixed(name, s.processes())
		if len(full) != 1 {
			return text, nil
		}
		name, p = full[0], s.Sandbox.Process(full[0])
	}
	first := words[0].text
	switch {
	case Lookup(first) != nil, cForm.MatchString(rest), s.Sandbox.Process(first) != nil && name == "":
	case usual[first] != "":
		words[0].text = usual[first]
	case elsewhere[first] != "", len(words) > 1 && words[1].text == "=": // there is something to say about it
		return text, nil
	case Lookup(strings.ToLower(first)) != nil:
		words[0].text = strings.ToLower(first)
	default:
		full := prefixed(first, Names())
		if name == "" && len(words) == 1 {
			full = append(full, prefixed(first, s.processes())...)
		}
		switch {
		case len(full) == 1:
			words[0].text = full[0]
		case len(full) > 1:
			return "", wrong("a letter more: "+strings.Join(full, ", "), "%s begins more than one command", clip(first))
		}
	}
	c := Lookup(words[0].text)
	if c != nil && !cForm.MatchString(rest) {
		words = append(words[:1:1], s.arguments(p, c, words[1:])...)
	}
	same, _ := lex(rest, false)
	if name == "" && slices.Equal(words, same) {
		return text, nil
	}
	if cForm.MatchString(rest) {
		return withProcess(name, strings.TrimSpace(rest)), nil
	}
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = w.text
	}
	return withProcess(name, strings.Join(parts, " ")), nil
}

func withProcess(process, rest string) string {
	if process == "" {
		return rest
	}
	return process + ": " + rest
}

// usual are names that commands have elsewhere, and whose meaning is plain.
var usual = map[string]string{"quit": "exit", "bye": "exit", "logout": "exit", "q": "exit", ":q": "exit", "?": "help", "h": "help", "man": "help"}

// prefixed are the names that begin with word; the one that is word, if there is.
func prefixed(word string, names []string) []string {
	var found []string
	for _, n := range names {
		if n == word {
			return []string{n}
		}
		if strings.HasPrefix(n, word) {
			found = append(found, n)
		}
	}
	return found
}

// byPrefix is the command whose name alone begins so.
func byPrefix(word string) (*Command, bool) {
	if full := prefixed(word, Names()); len(full) == 1 {
		return Lookup(full[0]), true
	}
	return nil, false
}

// arguments expands the words after a command.
func (s *Session) arguments(p *sandbox.Process, c *Command, in []word) []word {
	in = s.withFD(p, c, in)
	var out []word
	var texts []string // of out
	for i := 0; i < len(in); i++ {
		w := in[i]
		if !w.quoted {
			for _, place := range c.places(texts) {
				if place.name == "DATA" {
					if _, isSize := size(w.text); !isSize && w.text[0] != '-' {
						w.text, i = unquoted(in, i)
						w.quoted = true
					}
					break
				}
				if place.name == "ADDRESS" {
					host, ok := hosts[w.text]
					if ok = ok || isIP(strings.Trim(w.text, "[]")); ok && host == "" {
						host = w.text
						if strings.Contains(host, ":") && host[0] != '[' {
							host = "[" + host + "]"
						}
					}
					switch {
					case ok && i+1 < len(in) && isInteger(in[i+1].text):
						i++
						w.text = host + ":" + in[i].text
					case isInteger(w.text):
						w.text = s.localhost(p, texts) + ":" + w.text
					}
					break
				}
				if full, ok := s.expandWord(place, w.text); ok {
					w.text = full
					break
				}
			}
		}
		out = append(out, w)
		texts = append(texts, w.text)
	}
	return out
}

// withFD puts the descriptor that is most likely meant where it has been left
// out: before data, before an address, before a port that is no descriptor.
func (s *Session) withFD(p *sandbox.Process, c *Command, in []word) []word {
	form := c.forms()[0]
	if len(c.Args) != 1 || len(form) < 2 || form[0].name != "FD" || form[1].optional || len(in) == 0 {
		return in
	}
	first, missing := in[0], in[0].quoted
	switch form[1].name {
	case "ADDRESS":
		_, isHost := hosts[first.text]
		isHost = isHost && (first.text != "." || len(in) > 1 && isInteger(in[1].text) && len(form) > len(in)-1)
		fd, isNumber := s.fdOf(p, first.text)
		missing = strings.Contains(first.text, ":") || isIP(first.text) || isPath(first.text) || first.text != "." && isHost ||
			isNumber && first.text != "." && fd > 99 && p.Kind(fd) == "" && len(in) < len(form)
	case "DATA":
		_, isFD := s.fdOf(p, first.text)
		missing = missing || len(in) == 1 && !isFD && first.text != "." && !descriptorName.MatchString(first.text)
	}
	fd := s.likelyFD(p, c.Name)
	if !missing || fd == "" {
		return in
	}
	return append([]word{{text: fd}}, in...)
}

// unquoted is the data that begins with word i, without quotes or with other
// ones, as it should have been typed, and the last word that belongs to it.
func unquoted(in []word, i int) (data string, last int) {
	for last = i; last+1 < len(in); last++ {
		if next := in[last+1]; next.quoted || sandbox.FlagNames[next.text] != 0 {
			break
		}
	}
	var parts []string
	for _, w := range in[i : last+1] {
		parts = append(parts, w.text)
	}
	return strconv.Quote(strings.Trim(strings.Join(parts, " "), otherQuotes)), last
}

// hosts are the ways of naming one without a port.
var hosts = map[string]string{".": ".", "*": "*", "localhost": "localhost"}

// localhost is this host, in the family of the socket that the words begin with.
func (s *Session) localhost(p *sandbox.Process, words []string) string {
	if len(words) > 0 {
		if fd, ok := s.fdOf(p, words[0]); ok && p.Kind(fd).IPv6() {
			return "[" + netip.IPv6Loopback().String() + "]"
		}
	}
	return "127.0.0.1"
}

// expandWord completes the beginning of a word that may stand in a place.
func (s *Session) expandWord(place param, word string) (string, bool) {
	if full := prefixed(strings.ToLower(word), place.words); len(full) == 1 {
		return full[0], true
	}
	for _, name := range place.named() {
		var names []string
		switch name {
		case "OPTION":
			names = optionNames()
		case "FLAG":
			names = sortedFlags()
		case "PROCESS":
			names = s.processes()
		case "STATE":
			names = stateNames
		}
		upper := word
		if name != "PROCESS" {
			upper = strings.ToUpper(word)
		}
		if full := prefixed(upper, names); len(full) == 1 {
			return full[0], true
		}
	}
	return "", false
}
