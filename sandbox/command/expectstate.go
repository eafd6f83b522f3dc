package command

import (
	"slices"
	"strconv"
	"strings"

	"sockplay/tracer/tcpstate"
	"sockplay/tracer/track"
)

// anySocket, instead of a descriptor, is each socket that a process has, or had.
const anySocket = "any"

// state reads a socket and the state that it is in.
func (a *args) state() fact {
	socket := a.socketWord(anySocket)
	want := a.stateName()
	return socket.fact(func(e *track.Endpoint, name string) (bool, string) {
		return e.State() == want, name + " is in " + e.State()
	})
}

// states reads a socket and all the states that it has been in.
func (a *args) states() fact {
	socket := a.socketWord(anySocket)
	want := []string{a.stateName()}
	for a.more() {
		want = append(want, a.stateName())
	}
	return socket.fact(func(e *track.Endpoint, name string) (bool, string) {
		return slices.Equal(e.History(), want), name + " went through " + strings.Join(e.History(), " ")
	})
}

func (a *args) stateName() string {
	if len(a.words) == 0 {
		a.fail("the states are "+strings.Join(tcpstate.Names, ", "), "%s: the state is missing", a.cmd.Name)
	}
	return a.oneOf("state", tcpstate.Names...)
}

// maxSockets is how many sockets are told of where one of any was to be so.
const maxSockets = 6

// fact is one about the TCP sockets that are meant: that so is true of one.
func (w socketWord) fact(so func(e *track.Endpoint, name string) (bool, string)) fact {
	return func(q asked) (bool, string, error) {
		if w.fd != anySocket {
			e, name, err := w.find(q.Session, q.process, "expect")
			switch {
			case err != nil:
				return false, "", err
			case e.State() == "":
				return false, name + " is no TCP socket: it has no state", nil
			}
			is, text := so(e, name)
			return is, text, nil
		}
		p := w.owner(q.Session, q.process)
		if p == nil {
			return false, "", w.nameless("expect")
		}
		var told []string
		list := p.Sockets()
		for i, n := range list {
			if n.State() == "" {
				continue
			}
			name := p.Name() + ":" + strconv.Itoa(n.FD)
			if i+1 < len(list) && list[i+1].FD == n.FD {
				name = "an earlier " + name
			}
			is, text := so(n.Endpoint, name)
			if is {
				return true, text, nil
			}
			told = append(told, text)
		}
		if len(told) == 0 {
			return false, p.Name() + " has had no TCP socket", nil
		}
		if more := len(told) - maxSockets; more > 0 {
			told = append(told[:maxSockets], strconv.Itoa(more)+" more have been")
		}
		return false, strings.Join(told, "; "), nil
	}
}
