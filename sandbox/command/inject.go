package command

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"sockplay/sandbox"
	"sockplay/sandbox/forge"
)

// injects is the command by which the learner is the peer.
var injects = []*Command{
	{
		Name: "inject",
		Args: []string{"SRC > DST FLAGS [FIELD...] [DATA]", "SRC > DST udp [DATA]", "at ADDRESS", "off [ADDRESS]", "?"}, Group: Time,
		Summary: "be the peer: a segment made by hand",
		Detail: "inject ? proposes what would be right now. SRC and DST are addresses, or sockets such as client:3. FIELD is seq=N ack=N win=N mss=N ws=N sackok ts=VAL,ECR sack=A-B ttl=N checksum=bad; " +
			"numbers count as on the screen, @N is absolute; left out, seq is what DST expects next and ack what it sent last. FLAGS is none for none. " +
			"What is sent to SRC comes to you, unless a socket is there; at does that before you send, off ends it.",
		Man:     "RFC 9293 3.10.7, RFC 5961",
		Example: serverLines + "inject 127.0.0.1:9999 > server:3 SYN win=1000\ninject 127.0.0.1:9999 > server:3 ACK\naccept 3\ninject 127.0.0.1:9999 > server:4 PSH-ACK \"hello\"\ninject 127.0.0.1:9999 > server:4 RST seq=100",
		run:     runInject,
	},
}

const injectForm = "inject 127.0.0.1:9999 > 127.0.0.1:8080 SYN"

func runInject(ctx context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	switch a.peek() {
	case "", "?":
		if a.more() {
			a.next("?")
		}
		if a.end(); a.err != nil {
			return Answer{}, a.err
		}
		return s.proposals(), nil
	case "at", "off":
		return s.runPlace(a)
	}
	f := a.forgery(s)
	if a.err != nil {
		return Answer{}, a.err
	}
	if s.number(a, f); a.err != nil {
		return Answer{}, a.err
	}
	raw, err := f.Bytes()
	if err != nil {
		return Answer{}, refusedForgery(err)
	}
	if f.base != nil {
		s.Sandbox.SetBase(f.Src, f.Dst, *f.base, f.opens())
	}
	s.Sandbox.Forge(ctx, raw, s.Sandbox.Log().Last())
	return Answer{}, nil
}

// refusedForgery says what is wrong with what was described.
func refusedForgery(err error) error {
	var large *forge.TooLarge
	var many *forge.TooManyOptions
	switch {
	case errors.As(err, &large):
		return wrong(fmt.Sprintf("%d bytes of data at most, and the rest in another", large.Room), "inject: the packet would have more than %d bytes, which is the most that the wire carries", forge.MTU)
	case errors.As(err, &many):
		return wrong("fewer: sack=A-B takes 8 bytes a block, ts 10", "inject: %s", err)
	}
	return wrong(injectForm, "inject: %s", err)
}

// runPlace is inject at and inject off.
func (s *Session) runPlace(a *args) (Answer, error) {
	word := a.next("word").text
	cause := s.Sandbox.Log().Last()
	if word == "off" && !a.more() {
		places := s.Sandbox.Places()
		for _, at := range places {
			s.Sandbox.LeavePlace(at, cause)
		}
		if len(places) == 0 {
			return say("you are at no address"), nil
		}
		return Answer{}, nil
	}
	at := a.place(s, "address", netip.AddrPort{})
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	if word == "off" {
		if !s.Sandbox.LeavePlace(at, cause) {
			return Answer{}, wrong(yourPlaces(s), "inject: you are not at %s", at)
		}
		return Answer{}, nil
	}
	for _, proto := range []string{"tcp", "udp"} {
		if holder := s.Sandbox.Holder(proto, at, netip.AddrPort{}); holder != "" {
			return Answer{}, wrong("another address, such as 127.0.0.1:9999", "inject: %s is there, and answers for itself", holder)
		}
	}
	if slices.Contains(s.Sandbox.Places(), at) {
		return say("you are at " + at.String() + " already"), nil
	}
	s.Sandbox.BeAt(at, cause)
	return Answer{}, nil
}

func yourPlaces(s *Session) string {
	places := s.Sandbox.Places()
	if len(places) == 0 {
		return "you are at no address: inject at 127.0.0.1:9999 makes you the one there"
	}
	var list []string
	for _, at := range places {
		list = append(list, at.String())
	}
	return "you are at " + strings.Join(list, ", ")
}

// place reads an address, or a socket that has one. near is the other end of
// the packet, in whose family localhost is; it may be invalid.
func (a *args) place(s *Session, what string, near netip.AddrPort) netip.AddrPort {
	w := a.next(what)
	if a.err != nil {
		return netip.AddrPort{}
	}
	process, number, _ := strings.Cut(w.text, ":")
	if process != "localhost" && sandbox.ValidName(process) && isInteger(number) && !w.quoted {
		return a.placeOf(s, process, number, near)
	}
	kind := sandbox.TCP
	if near.IsValid() && near.Addr().Is6() {
		kind = sandbox.TCP6
	}
	a.words, a.taken = append([]word{w}, a.words...), a.taken[:len(a.taken)-1]
	at := a.addr(kind).AddrPort
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	switch {
	case a.err != nil:
	case at.Addr().IsUnspecified():
		a.fail(fmt.Sprintf("write 127.0.0.1:%d", at.Port()), "inject: a packet comes from one address and goes to one, and %s is any", clip(w.text))
	case !at.Addr().IsLoopback():
		a.fail("127.0.0.1 or any 127.x.y.z, or [::1]", "inject: %s is not here: a sandbox reaches only itself", at.Addr())
	case at.Port() == 0:
		a.fail("ports are 1 to 65535", "inject: port 0 is nobody's")
	}
	return at
}

// placeOf is where a process's socket is.
func (a *args) placeOf(s *Session, process, number string, near netip.AddrPort) netip.AddrPort {
	p := s.Sandbox.Process(process)
	if p == nil {
		a.err = s.noProcess(process)
		return netip.AddrPort{}
	}
	fd, _ := s.fdOf(p, number)
	e := p.Endpoint(fd)
	name := clip(process + ":" + number)
	switch {
	case e == nil:
		a.fail("sockets shows which there are", "inject: %s has never been a socket", name)
	case p.Kind(fd).Unix():
		a.fail("packets run between tcp and udp sockets", "inject: %s is a unix socket, which sends no packets", name)
	case !e.Local.IsValid() || e.Local.Port() == 0:
		a.fail("bind or connect gives it one", "inject: %s has no address yet", name)
	}
	if a.err != nil {
		return netip.AddrPort{}
	}
	at := e.Local
	if at.Addr().IsUnspecified() {
		host := netip.AddrFrom4([4]byte{127, 0, 0, 1})
		if near.IsValid() && near.Addr().Is6() || !near.IsValid() && at.Addr().Is6() {
			host = netip.IPv6Loopback()
		}
		at = netip.AddrPortFrom(host, at.Port())
	}
	return at
}
