package command

import (
	"fmt"
	"slices"
	"strconv"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// Next are the commands that make sense next, best first, as they are typed
// when p is the current process: what its newest socket is ready for, and what
// the others may do meanwhile.
func (s *Session) Next(p *sandbox.Process) []Suggestion {
	rows := s.Sandbox.Sockets()
	var list []Suggestion
	if p.Blocked() == "" {
		list = s.steps(p, rows)
	}
	for _, q := range s.Sandbox.Processes() {
		if q == p || q.Blocked() != "" || q.Driven() {
			continue
		}
		for i, step := range s.steps(q, rows) {
			if i == 0 {
				list = append(list, Suggestion{q.Name() + ": " + step.Text, step.Meaning})
			}
		}
	}
	if len(s.Sandbox.Places()) > 0 { // the learner is a peer
		for _, q := range s.Proposals() {
			if len(q.Lines) > 0 {
				list = append(list, Suggestion{q.Lines[0], q.Whys[0]})
			}
		}
	}
	if call := p.Blocked(); call != "" {
		list = append(list, Suggestion{"interrupt " + p.Name(), "end its " + call})
		if s.NextTimer() != "" {
			list = append([]Suggestion{{"wait", "let time pass until " + call + " returns"}}, list...)
		}
	}
	return append(s.onTheWire(), list...)
}

// onTheWire is what may be done about packets that wait there.
func (s *Session) onTheWire() (list []Suggestion) {
	w := s.Sandbox.Wire()
	switch p := w.First(); {
	case p != nil && p.Held:
		n := strconv.Itoa(p.Info.Number)
		list = []Suggestion{{"step", "deliver packet " + n + ", " + p.Info.Kind}, {"drop " + n, "lose it on the way"}}
	case p != nil:
		list = []Suggestion{{"step", fmt.Sprintf("let packet %d, %s, arrive", p.Info.Number, p.Info.Kind)}}
	}
	if w.Held() {
		list = append(list, Suggestion{"wire open", "let packets go again"})
	}
	return list
}

// steps are the next calls of one process, best first.
func (s *Session) steps(p *sandbox.Process, rows []tracer.Socket) []Suggestion {
	var r tracer.Socket
	for _, q := range rows { // its newest, or the one that it used last
		if q.Process == p.Name() && q.FD != 0 && (r.FD != s.here[p] || r.FD == 0) {
			r = q
		}
	}
	if r.FD == 0 {
		return []Suggestion{{"socket tcp", "make a socket"}}
	}
	step := func(format, meaning string) Suggestion { return Suggestion{fmt.Sprintf(format, r.FD), meaning} }
	kind := sandbox.Kind(r.Type)
	fd := fmt.Sprint(r.FD)
	bind := Suggestion{"bind " + fd + " " + s.addresses(p, "bind", []string{fd})[0].Text, "give it its address"}
	end := step("close %d", "give it back")
	peer := ""
	for _, q := range rows {
		if q.Process != p.Name() && q.FD != 0 && q.Local != "*" && reachable(kind, "connect", q) {
			peer = callable(q.Local)
		}
	}
	switch {
	case r.State == "LISTEN":
		return []Suggestion{step("accept %d", "take the next caller")}
	case r.State == "SYN-SENT", r.State == "SYN-RECEIVED":
		return []Suggestion{end}
	case r.State == "ESTABLISHED" && r.RecvQ > 0:
		return []Suggestion{step("read %d 100", "take what has arrived"), end}
	case r.State == "ESTABLISHED":
		return []Suggestion{step(`write %d "hello"`, "send something"), step("read %d 100", "wait for something"), step("shutdown %d wr", "end one direction"), end}
	case r.State == "CLOSE-WAIT" && r.RecvQ > 1:
		return []Suggestion{step("read %d 100", "take what has arrived"), end}
	case r.State == "CLOSE-WAIT":
		return []Suggestion{end, step(`write %d "bye"`, "the other direction is still open")}
	case r.State == "FIN-WAIT-2":
		return []Suggestion{step("read %d 100", "the peer may still send"), end}
	case r.State == "CLOSED" && s.used(p, r.FD), r.State != "" && r.State != "CLOSED":
		return []Suggestion{end, {"socket tcp", "a new connection needs a new socket"}}
	case r.State == "CLOSED" && r.Local != "*", kind == sandbox.Unix && r.Local != "*" && r.Remote == "*":
		return []Suggestion{step("listen %d", "take calls")}
	case kind.Stream() && r.Remote == "*":
		call := Suggestion{"connect " + fd + " " + peer, "call the server"}
		switch {
		case peer == "":
			return []Suggestion{bind}
		case p.Name() == "server":
			return []Suggestion{bind, call}
		}
		return []Suggestion{call, bind}
	case r.RecvQ > 0:
		return []Suggestion{step("recvfrom %d 100", "take a datagram"), end}
	case kind.Stream() || r.Remote != "*":
		return []Suggestion{step(`write %d "hello"`, "send something"), step("read %d 100", "wait for something"), end}
	case r.Local == "*" && peer == "":
		return []Suggestion{bind}
	case peer != "":
		return []Suggestion{{fmt.Sprintf(`sendto %d %s "ping"`, r.FD, peer), "send a datagram"}, step("recvfrom %d 100", "wait for one")}
	}
	return []Suggestion{step("recvfrom %d 100", "wait for a datagram")}
}

// used reports whether a socket that is CLOSED has had a connection.
func (s *Session) used(p *sandbox.Process, fd int) bool {
	e := p.Endpoint(fd)
	return e != nil && slices.ContainsFunc(e.History(), func(state string) bool { return state != "CLOSED" && state != "LISTEN" })
}
