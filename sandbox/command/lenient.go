package command

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer/tcpstate"
)

// Expand turns a line as a hurried learner types it at the prompt into the
// script language: beginnings of commands, processes, options and other words
// are completed where they are unambiguous, a host and a port that stand apart
// are joined, and a port alone is one of this host. What needs no expanding,
// and what cannot be understood, comes back as it is.
func (s *Session) Expand(line string) (string, error) {
	text := packetNumber.ReplaceAllString(s.unprompt(line), "$1$2")
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
	if cForm.MatchString(rest) {
		return withProcess(name, strings.TrimSpace(rest)), nil
	}
	typed := slices.Clone(words)
	if words[0].text, err = s.expandCommand(words, name == ""); err != nil {
		return "", err
	}
	if c := Lookup(words[0].text); c != nil {
		if c.Name == "inject" {
			words = withArrow(words)
		}
		words = append(words[:1:1], s.arguments(p, c, words[1:])...)
	}
	if name == "" && slices.Equal(words, typed) {
		return text, nil
	}
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = w.text
	}
	return withProcess(name, strings.Join(parts, " ")), nil
}

// packetNumber is a packet's number with a # before it, which would be a comment.
var packetNumber = regexp.MustCompile(`^((?:[a-z]+: *)?(?:drop|copy|delay|corrupt|deliver|packet) +)#([0-9])`)

// expandCommand is the first word of a line, completed. Where it stands alone,
// and no process is named, it may be one.
func (s *Session) expandCommand(words []word, unnamed bool) (string, error) {
	first := words[0].text
	switch {
	case Lookup(first) != nil, s.Sandbox.Process(first) != nil && unnamed:
		return first, nil
	case usual[first] != "":
		return usual[first], nil
	case elsewhere[first] != "", len(words) > 1 && words[1].text == "=": // there is something to say about it
		return first, nil
	case Lookup(strings.ToLower(first)) != nil:
		return strings.ToLower(first), nil
	}
	full := prefixed(first, Names())
	if unnamed && len(words) == 1 {
		full = append(full, prefixed(first, s.processes())...)
	}
	if len(full) == 0 {
		return first, nil
	}
	shortest := slices.MinFunc(full, func(a, b string) int { return len(a) - len(b) })
	if !slices.ContainsFunc(full, func(n string) bool { return !strings.HasPrefix(n, shortest) }) { // socket, not socketpair
		return shortest, nil
	}
	return "", wrong("a letter more: "+strings.Join(full, ", "), "%s begins more than one command", clip(first))
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

// arguments expands the words after a command.
func (s *Session) arguments(p *sandbox.Process, c *Command, in []word) []word {
	in = s.withFD(p, c, in)
	var out []word
	var texts []string // of out
	for i := 0; i < len(in); i++ {
		w := in[i]
		for _, place := range c.places(texts) {
			if w.quoted {
				break
			}
			if text, last := s.argument(p, place, texts, in, i); text != "" {
				w.text, i = text, last
				break
			}
		}
		out = append(out, w)
		texts = append(texts, w.text)
	}
	return out
}

// argument expands the words from i on that may stand in a place, after those
// before, and says which was the last of them; "" if there is nothing to expand.
func (s *Session) argument(p *sandbox.Process, place param, before []string, in []word, i int) (text string, last int) {
	w := in[i].text
	switch place.name {
	case "DATA":
		if len(before) > 1 && before[1] == ">" { // of inject: a field it may be, or a slip
			return "", i
		}
		if _, isSize := size(w); !isSize && w[0] != '-' {
			return unquoted(in, i)
		}
	case "ADDRESS":
		host := hostAlone(w)
		switch {
		case host != "" && i+1 < len(in) && isInteger(in[i+1].text):
			return host + ":" + in[i+1].text, i + 1
		case isInteger(w):
			return s.localhost(p, before) + ":" + w, i
		}
	default:
		return s.expandWord(place, w), i
	}
	return "", i
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
		fd, isNumber := s.fdOf(p, first.text)
		isPort := isNumber && fd > 99 && p.Kind(fd) == "" && len(in) < len(form)
		missing = first.text != "." && (isPort || hostAlone(first.text) != "" || strings.Contains(first.text, ":") || isPath(first.text))
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

// hostAlone is a word that names a host without a port, as it stands before one;
// "" for any other.
func hostAlone(word string) string {
	switch {
	case word == ".", word == "*", word == "localhost":
		return word
	case !isIP(strings.Trim(word, "[]")):
		return ""
	case strings.Contains(word, ":") && word[0] != '[':
		return "[" + word + "]"
	}
	return word
}

// localhost is this host, in the family of the socket that the words begin with.
func (s *Session) localhost(p *sandbox.Process, words []string) string {
	if len(words) > 0 {
		if fd, ok := s.fdOf(p, words[0]); ok && p.Kind(fd).IPv6() {
			return "[" + netip.IPv6Loopback().String() + "]"
		}
	}
	return "127.0.0.1"
}

// expandWord completes the beginning of a word that may stand in a place; "" if
// that is none, or of several.
func (s *Session) expandWord(place param, word string) string {
	if full := prefixed(strings.ToLower(word), place.words); len(full) == 1 {
		return full[0]
	}
	for _, name := range place.named() {
		var names []string
		switch name {
		case "OPTION":
			names = optionNames()
		case "FLAG":
			names = sandbox.FlagOrder
		case "PROCESS":
			names = s.processes()
		case "NAME":
			for _, p := range peerNames() {
				names = append(names, p.Text)
			}
		case "CALL":
			names = callNames()
		case "STATE":
			names = tcpstate.Names
		case "FLAGS":
			if upper := strings.ToUpper(word); kindOf(upper) != "" {
				return upper
			}
			names = commonFlags
		}
		upper := word
		if name != "PROCESS" && name != "NAME" && name != "CALL" {
			upper = strings.ToUpper(word)
		}
		if full := prefixed(upper, names); len(full) == 1 {
			return full[0]
		}
	}
	return ""
}
