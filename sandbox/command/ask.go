package command

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"sockplay/sandbox"
)

// Question asks for an argument that a line has left out.
type Question struct {
	What    string // "address to call"; "": there is nothing to ask, the default it is
	Default string // what an empty answer means; "" for nothing that could be
}

// Ask returns what to ask before the line can be carried out, after Expand; the
// answer is the line's next word. ok is false if nothing is missing, or if what
// is missing is no matter of words.
func (s *Session) Ask(line string) (q Question, ok bool) {
	name, rest := cutProcess(line)
	words, err := lex(rest, false)
	if err != nil || len(words) == 0 || cForm.MatchString(rest) || isRun(rest) {
		return q, false
	}
	p, c := s.current, Lookup(words[0].text)
	if name != "" {
		p = s.Sandbox.Process(name)
	}
	if p == nil || c == nil || len(c.Args) != 1 {
		return q, false
	}
	if c.IsCall() && p.Blocked() != "" {
		return q, false // the line itself will say so
	}
	texts := make([]string, 0, len(words))
	for _, w := range words[1:] {
		if w.quoted { // data may be several words
			w.text = "DATA"
		}
		texts = append(texts, w.text)
	}
	form := c.forms()[0]
	if len(texts) >= len(form) || form[len(texts)].optional {
		return q, false
	}
	place := form[len(texts)]
	if strings.HasPrefix(form[0].name, "FD") && len(p.FDs()) == 0 {
		return q, false // there is none: see args.fd
	}
	return s.question(p, c, place, texts), true
}

// question is what to ask for a place of a command, after its words.
func (s *Session) question(p *sandbox.Process, c *Command, place param, words []string) Question {
	fd := 0
	if len(words) > 0 {
		fd, _ = s.fdOf(p, words[0])
	}
	switch place.name {
	case "FD":
		return Question{"descriptor", s.likelyFD(p, c.Name)}
	case "FD:EVENT[,EVENT]":
		return Question{"descriptor and events", s.likelyFD(p, c.Name) + ":in"}
	case "ADDRESS":
		what := map[string]string{"bind": "its address", "connect": "address to call", "sendto": "address to send to"}[c.Name]
		return Question{what, s.likelyAddress(p, c.Name, fd)}
	case "DATA":
		return Question{"data", `"hello"`}
	case "N":
		if c.Name == "packet" {
			return Question{"number of the packet", strconv.Itoa(max(1, s.packets))}
		}
		if slices.Contains(wires, c) {
			return s.whichPacket()
		}
		return Question{"bytes, at most", "100"}
	case "rd|wr|rdwr":
		return Question{"direction: rd, wr or rdwr", "wr"}
	case "OPTION":
		return Question{"option", "SO_REUSEADDR"}
	case "VALUE":
		o, _ := sandbox.LookupOption(words[1])
		q := Question{"value: " + valueForms[o.Unit], valueExamples[o.Unit]}
		return q
	case "NAME":
		return Question{"name", s.freeName()}
	case "FILE":
		return Question{"file", "session.sock"}
	case "PROCESS": // another than the one that asks
		for _, q := range s.Sandbox.Processes() {
			if q.Driven() && q.Parent() == nil && c.Name == "kill" {
				return Question{"process", q.Name()}
			}
		}
		for _, q := range s.yours() {
			if q != p {
				return Question{"process", q.Name()}
			}
		}
	}
	switch len(place.words) {
	case 0:
		return Question{strings.ToLower(place.name), ""}
	case 1:
		return Question{"", place.words[0]} // it goes without saying
	}
	return Question{strings.Join(place.words, ", "), place.words[0]}
}

// likelyFD is the descriptor that is most likely meant.
func (s *Session) likelyFD(p *sandbox.Process, call string) string {
	if list := s.fds(p, call); len(list) > 0 {
		return list[0].Text
	}
	return ""
}

// likelyAddress is the address that is most likely meant.
func (s *Session) likelyAddress(p *sandbox.Process, call string, fd int) string {
	list := s.addresses(p, call, []string{strconv.Itoa(fd)})
	if call != "bind" {
		for _, a := range list {
			if e := p.Endpoint(fd); e == nil || a.Text != e.Local.String() { // not itself
				return a.Text
			}
		}
	}
	best := list[0].Text
	if own, err := netip.ParseAddrPort(best); err == nil {
		for taken := true; taken && own.Port() < 65535; { // the next that is free
			taken = false
			for _, r := range s.Sandbox.Sockets() {
				taken = taken || strings.HasSuffix(r.Local, fmt.Sprintf(":%d", own.Port()))
			}
			if taken {
				own = netip.AddrPortFrom(own.Addr(), own.Port()+1)
			}
		}
		best = own.String()
	}
	return best
}

// freeName is a name for one process more.
func (s *Session) freeName() string {
	for i := 2; ; i++ {
		if name := fmt.Sprintf("client%d", i); s.Sandbox.Process(name) == nil {
			return name
		}
	}
}

// fdOf reads a descriptor, or the . that stands for the current socket.
func (s *Session) fdOf(p *sandbox.Process, word string) (int, bool) {
	if word == "." {
		fd := s.here[p]
		return fd, fd != 0
	}
	fd, err := strconv.Atoi(word)
	return fd, err == nil
}

// IsCommand reports whether a line is a command of its own rather than the
// answer to a question: the learner has thought better of it.
func (s *Session) IsCommand(line string) bool {
	name, rest := cutProcess(line)
	if name != "" {
		return s.Sandbox.Process(name) != nil
	}
	word, _, more := strings.Cut(strings.TrimSpace(rest), " ")
	c := Lookup(word)
	return c != nil && (more || c.Args[0] == "" || !c.IsCall()) || cForm.MatchString(rest) && Lookup(strings.SplitN(word, "(", 2)[0]) != nil
}

// Prompt is the question as it is asked.
func (q Question) Prompt() string {
	if q.Default == "" {
		return q.What + ":"
	}
	return q.What + " (" + q.Default + "):"
}

// Word is what an answer adds to the line; ok is false for an empty answer to a
// question that has no default. Data need not be quoted.
func (q Question) Word(answer string) (word string, ok bool) {
	answer = strings.TrimSpace(answer)
	switch {
	case answer == "":
		return q.Default, q.Default != ""
	case q.What == "data" && !strings.Contains(answer, `"`):
		if _, isSize := size(answer); !isSize {
			return strconv.Quote(answer), true
		}
	}
	return answer, true
}
