package command

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer/tcpstate"
	"sockplay/tracer/track"
)

// Proposal is what would be right now for a learner who is a peer.
type Proposal struct {
	About string   // whom it is about, and how that one stands
	Lines []string // the segments, one of which is next: each a line to type
	Whys  []string // what each does
	Wait  string   // why it is not for the learner to go on; "" if it is
}

// Proposals are what the learner may send next, for each connection that they
// are a peer of; without any, how one begins, and how to come between two others.
func (s *Session) Proposals() (list []Proposal) {
	for _, e := range s.Sandbox.Connections() {
		if e.Remote.IsValid() && s.Sandbox.IsYours(e.Remote, e.Local) {
			list = append(list, s.propose(e))
		}
	}
	if len(list) > 0 {
		return list
	}
	src := "127.0.0.1:9999"
	if places := s.Sandbox.Places(); len(places) > 0 {
		src = places[0].String()
	}
	for _, r := range s.Sandbox.Sockets() {
		local, err := netip.ParseAddrPort(callable(r.Local))
		if r.State != string(tcpstate.Listen) || err != nil {
			continue
		}
		from := src
		if at, err := netip.ParseAddrPort(src); err == nil && at.Addr().Is4() != local.Addr().Is4() {
			from = netip.AddrPortFrom(local.Addr(), at.Port()).String()
		}
		list = append(list, Proposal{
			About: fmt.Sprintf("%s is in LISTEN", socketName(r.Process, r.FD, local)),
			Lines: []string{fmt.Sprintf("inject %s > %s SYN seq=0", from, local)},
			Whys:  []string{"asks for a connection: a SYN-ACK will come to you"},
		})
	}
	for _, e := range s.Sandbox.Connections() {
		if e.State() == string(tcpstate.Established) && e.Remote.IsValid() {
			list = append(list, pretend(e))
		}
	}
	return list
}

// pretend is what somebody else may send to e in its peer's name: whoever knows
// the numbers is believed (RFC 5961 1.1).
func pretend(e *track.Endpoint) Proposal {
	from := fmt.Sprintf("inject %s > %s ", e.Remote, e.Local)
	return Proposal{
		About: fmt.Sprintf("%s is in %s, and you are not its peer: pretend to be", socketName(e.Process, e.FD, e.Local), e.State()),
		Lines: []string{from + `PSH-ACK "hello"`, from + "RST"},
		Whys:  []string{"data with the right numbers: it is taken for its peer's", "ends it: the number is exactly the next that it expects"},
	}
}

// propose is what the peer of e may send, by e's state (RFC 9293 3.10.7).
func (s *Session) propose(e *track.Endpoint) Proposal {
	name := socketName(e.Process, e.FD, e.Local)
	p := Proposal{About: fmt.Sprintf("%s is in %s", name, e.State())}
	b := e.Block()
	next, _ := b.Next()
	expects, heard := b.Expects()
	own, known := s.Sandbox.Numbers(e.Remote, e.Local, false)
	theirs, _ := s.Sandbox.Numbers(e.Local, e.Remote, false)
	add := func(flags, rest, why string) {
		line := fmt.Sprintf("inject %s > %s %s", e.Remote, e.Local, flags)
		switch {
		case !heard:
			line += " seq=0"
		case known:
			line += fmt.Sprintf(" seq=%d", int32(expects-own.ISN))
		}
		line += fmt.Sprintf(" ack=%d%s", int32(next-theirs.ISN), rest)
		p.Lines, p.Whys = append(p.Lines, line), append(p.Whys, why)
	}
	waiting := b.Unacked()
	acknowledge := func(what string) {
		if waiting > 0 {
			add("ACK", "", what)
		}
	}
	switch tcpstate.State(e.State()) {
	case tcpstate.SynSent:
		add("SYN-ACK", "", "answers its SYN: connect returns")
	case tcpstate.SynReceived:
		if slices.Contains(e.History(), string(tcpstate.SynSent)) {
			add("ACK", "", "acknowledges its SYN: both asked at once")
			break
		}
		add("ACK", "", "acknowledges its SYN: the handshake is complete")
	case tcpstate.Established:
		acknowledge(fmt.Sprintf("acknowledges what it has sent: %s", plural(int(waiting), "byte")))
		if b.Reads() {
			add("PSH-ACK", ` "hello"`, "data, which it will acknowledge")
		}
		add("FIN-ACK", "", "you will send no more")
	case tcpstate.FinWait1:
		acknowledge("acknowledges its FIN, and all before it")
		if waiting == 0 {
			add("ACK", "", "opens the window, so that what is before its FIN can come")
		}
	case tcpstate.FinWait2:
		add("FIN-ACK", "", "you will send no more either: both are done")
		if b.Reads() {
			add("PSH-ACK", ` "bye"`, "or data first: your direction is still open")
		}
	case tcpstate.CloseWait:
		acknowledge(fmt.Sprintf("acknowledges what it has sent: %s", plural(int(waiting), "byte")))
		p.Wait = "your FIN has come: its program has to close now, and has not"
	case tcpstate.Closing:
		add("ACK", "", "acknowledges its FIN: both closed at once")
	case tcpstate.LastAck:
		acknowledge("acknowledges its FIN: that was the last word")
	case tcpstate.TimeWait:
		p.Wait = "both are done: there is nothing to send, and its state ends by itself"
	}
	return p
}

// socketName is a socket's name, or its address where it has none.
func socketName(process string, fd int, local netip.AddrPort) string {
	switch {
	case process != "" && fd != 0:
		return fmt.Sprintf("%s:%d", process, fd)
	case process != "":
		return process + "'s socket at " + local.String()
	}
	return "the one at " + local.String()
}

// proposals shows them.
func (s *Session) proposals() Answer {
	var page Page
	if places := s.Sandbox.Places(); len(places) > 0 {
		page = append(page, Part{Text: yourPlaces(s)})
	}
	list := s.Proposals()
	for _, p := range list {
		about := p.About
		if p.Wait != "" {
			about += ": " + p.Wait
		}
		page = append(page, Part{Text: about, Space: len(page) > 0})
		for i, line := range p.Lines {
			page = append(page, Part{Lines: []string{"  " + line, "      " + p.Whys[i]}})
		}
	}
	if len(list) == 0 {
		page = append(page,
			Part{Text: "nobody listens, and nobody has called you: there is nothing to answer yet"},
			Part{Text: "server: socket tcp, bind 3 127.0.0.1:8080, listen 3; then inject ? proposes the SYN"},
			Part{Text: "Or inject at 127.0.0.1:9999; then client: socket tcp, client: connect 3 127.0.0.1:9999, and its SYN comes to you"})
	}
	return Answer{Show: page}
}

// forgeries are what may stand in a place of inject, after its words: what is
// right now comes first.
func (s *Session) forgeries(place string, words []string) []Suggestion {
	var right, list []Suggestion
	for _, p := range s.Proposals() {
		for i, line := range p.Lines {
			w := strings.Fields(line)[1:]
			offer := map[string]int{"SRC": 0, "DST": 2, "FLAGS": 3}[place]
			if place == "FIELD" || place == "ADDRESS" || offer > 0 && (len(words) == 0 || words[0] != w[0]) || offer > 2 && words[2] != w[2] {
				continue
			}
			what := p.Whys[i]
			if offer == 2 {
				what = p.About
			}
			right = append(right, Suggestion{w[offer], what})
		}
	}
	switch place {
	case "FLAGS":
		for _, f := range commonFlags {
			list = append(list, Suggestion{f, firstPart(glossary[strings.ToLower(strings.TrimSuffix(f, "-ACK"))])})
		}
	case "FIELD":
		return fieldForms
	case "ADDRESS":
		for _, at := range s.Sandbox.Places() {
			list = append(list, Suggestion{at.String(), "you are there"})
		}
		list = append(list, Suggestion{"127.0.0.1:9999", "this machine, port 9999"})
	default:
		for _, r := range s.Sandbox.Sockets() {
			if r.FD != 0 && !sandbox.Kind(r.Type).Unix() && r.Local != "*" {
				list = append(list, Suggestion{fmt.Sprintf("%s:%d", r.Process, r.FD), describeSocket(r)})
			}
		}
		if place == "SRC" && len(right) == 0 {
			list = append([]Suggestion{{"127.0.0.1:9999", "a port where nobody is"}}, list...)
		}
	}
	return append(right, list...)
}
