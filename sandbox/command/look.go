package command

import (
	"context"
	"strconv"

	"sockplay/sandbox"
)

func runSockets(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Show: Sockets(s.Sandbox.Sockets())}, nil
}

func runDiagram(_ context.Context, s *Session, p *sandbox.Process, a *args) (Answer, error) {
	if !a.more() {
		return Answer{Show: Diagram{TCP: true}}, nil
	}
	e, name := a.socket(s)
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	d := Diagram{Name: name, TCP: e.Proto == "tcp", State: e.State(), Path: e.History()}
	for _, r := range s.Sandbox.Sockets() {
		if r.Process+":"+strconv.Itoa(r.FD) == name {
			d.Socket = r
		}
	}
	if !d.TCP && d.Socket.FD == 0 {
		return Answer{}, wrong("sockets shows which are", "diagram: %s is closed, and only TCP goes on after that", name)
	}
	return Answer{Show: d}, nil
}

func runLadder(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	var l Ladder
	if a.peek() == "all" {
		a.next("all")
		l.Unfold = true
	}
	if isInteger(a.peek()) {
		l.Last = a.number("number of packets", 1, 1<<30)
	} else if a.more() {
		e, name := a.socket(s)
		if a.err == nil && !e.Local.IsValid() {
			return Answer{}, wrong("bind or connect it first; ladder alone draws all", "ladder: %s has no address, so no packet is its own", name)
		}
		if a.err == nil {
			l.Local, l.Remote = e.Local, e.Remote
		}
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Show: l}, nil
}

func runLog(_ context.Context, _ *Session, _ *sandbox.Process, a *args) (Answer, error) {
	var l Log
	if a.more() {
		l.Last = a.number("number of calls", 1, 1<<30)
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Show: l}, nil
}

func runPacket(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	n := a.number("packet", 1, 1<<30)
	full := a.more()
	if full {
		a.oneOf("word", "full")
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	switch {
	case s.packets == 0:
		return Answer{}, wrong("connect or sendto sends one; ladder shows their numbers", "packet: none has been sent yet")
	case n > s.packets:
		return Answer{}, wrong("ladder shows their numbers", "packet: there is no packet %d: the last one is %d", n, s.packets)
	}
	return Answer{Show: Packet{n, full}}, nil
}

func runExplain(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if a.more() {
		level := a.oneOf("amount", "less", "normal", "more")
		if a.end(); a.err != nil {
			return Answer{}, a.err
		}
		return Answer{Do: Set{"explain", level}}, nil
	}
	return Answer{Show: s.Explain()}, nil
}

func runWhy(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	var page Page
	if a.more() {
		page = a.topic(s)
	} else {
		page = s.Explain()
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return Answer{Show: page}, nil
}
