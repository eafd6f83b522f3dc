package command

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sockplay/sandbox"
	"sockplay/sandbox/wire"
	"sockplay/tracer"
)

func runStep(ctx context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	n, kind := 1, ""
	switch w := a.peek(); {
	case w == "":
	case w == "back":
		a.next("back")
		if err := s.cannotGoBack("step back"); err != nil {
			return Answer{}, err
		}
		return stepBack(ctx, s, a)
	case w == "all":
		a.next("all")
		n = -1
	case w == "to":
		a.next("to")
		n, kind = -1, a.kind()
	case slices.Contains(tracer.PacketKinds, strings.ToUpper(w)):
		n, kind = -1, a.kind()
	default:
		n = a.numberAs("number of packets", "step alone delivers one; step 3, step to SYN-ACK, step all", 1, 1<<30)
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	b := s.Sandbox
	if b.Wire().First() == nil {
		return Answer{}, s.nothing("step")
	}
	stopped := b.Stopped()
	for done := 0; done != n; done++ {
		if b.Wire().First() == nil {
			a.instead = "step all"
			switch {
			case kind != "":
				return Answer{}, wrong("wire tells what is there, and advance lets time pass", "step: no %s has arrived, and nothing more is in flight", kind)
			case n > 0:
				return Answer{}, wrong("step all goes on until nothing is in flight", "step: %s, not %d: nothing more is in flight", arrived(done), n)
			}
			break
		}
		p := b.Step(ctx)
		switch {
		case ctx.Err() != nil:
			return Answer{}, wrong("step all goes on", "step: interrupted")
		case p == nil || b.Stopped() != stopped || b.Err() != nil:
			return Answer{}, nil
		case kind != "" && p.Info.Kind == kind && !p.Lost && !p.Bad:
			return Answer{}, nil
		}
	}
	return Answer{}, nil
}

func arrived(n int) string {
	if n == 1 {
		return "1 packet has arrived"
	}
	return plural(n, "packet") + " have arrived"
}

// nothing says that there is no packet that a command could be about.
func (s *Session) nothing(command string) error {
	right := "wire hold, and then a call: what it sends waits there"
	if s.Sandbox.Wire().Held() {
		right = "a call that sends something"
		if next := s.NextTimer(); next != "" {
			right += ", or advance to the next timer (" + next + ")"
		}
	}
	return wrong(right, "%s: nothing is in flight", command)
}

// onPacket runs a command on a packet in flight: the one whose number comes
// first or, where that may be left out, the next.
func onPacket(do func(ctx context.Context, s *Session, p *wire.Packet, a *args, cause int64) (Answer, error)) func(context.Context, *Session, *sandbox.Process, *args) (Answer, error) {
	return func(ctx context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
		p := a.packet(s)
		if a.err != nil {
			return Answer{}, a.err
		}
		return do(ctx, s, p, a, s.Sandbox.Log().Last())
	}
}

// packet reads the number of a packet in flight.
func (a *args) packet(s *Session) *wire.Packet {
	w := s.Sandbox.Wire()
	if a.peek() == "" && a.cmd.Args[0] == "[N]" {
		if w.First() == nil {
			a.err = s.nothing(a.cmd.Name)
		}
		return w.First()
	}
	if kind := strings.ToUpper(a.peek()); slices.Contains(tracer.PacketKinds, kind) { // the first of that kind
		for _, p := range w.InFlight() {
			if p.Info.Kind == kind {
				a.next("packet")
				a.meant(strconv.Itoa(p.Info.Number))
				return p
			}
		}
		a.fail(s.inFlight(), "%s: no %s is in flight", a.cmd.Name, kind)
		return nil
	}
	n := a.numberAs("packet's number", a.usage()+"; N is its number in the ladder", 1, 1<<30)
	if a.err != nil {
		return nil
	}
	p := w.Find(n)
	if p == nil {
		a.fail(s.inFlight(), "%s: %s", a.cmd.Name, s.whereabouts(n))
	}
	return p
}

// inFlight says which packets are in flight.
func (s *Session) inFlight() string {
	flight := s.Sandbox.Wire().InFlight()
	switch {
	case len(flight) == 0 && s.Sandbox.Wire().Held():
		return "nothing is in flight: a call that sends something, whose packets wait"
	case len(flight) == 0:
		return "nothing is in flight: wire hold, and then a call, whose packets wait"
	}
	var names []string
	for i, p := range flight {
		if i == 8 {
			names = append(names, "...")
			break
		}
		names = append(names, fmt.Sprintf("%d (%s)", p.Info.Number, p.Info.Kind))
	}
	return "in flight: " + strings.Join(names, ", ")
}

// whichPacket asks for a packet in flight.
func (s *Session) whichPacket() Question {
	if p := s.Sandbox.Wire().First(); p != nil {
		return Question{"number of the packet in flight", strconv.Itoa(p.Info.Number)}
	}
	return Question{"number of the packet in flight; there is none", "1"}
}

// inFlightList are the packets in flight, to choose from.
func (s *Session) inFlightList() []Suggestion {
	var list []Suggestion
	for _, p := range s.Sandbox.Wire().InFlight() {
		from, to := s.Sandbox.EndNames(p)
		list = append(list, Suggestion{strconv.Itoa(p.Info.Number), fmt.Sprintf("%s, %s > %s", p.Info.Kind, from, to)})
	}
	return list
}

// whereabouts says what has become of a packet that is not in flight.
func (s *Session) whereabouts(n int) string {
	events, _ := s.Sandbox.Log().Since(0)
	events = tracer.Live(events)
	for i := len(events) - 1; i >= 0; i-- {
		e := &events[i]
		if e.Kind != tracer.KindPacket || e.Packet.Number != n {
			continue
		}
		switch e.Fate {
		case tracer.Delivered:
			return fmt.Sprintf("packet %d, %s, has arrived already", n, e.Packet.Kind)
		case tracer.Dropped:
			return fmt.Sprintf("packet %d, %s, is lost already", n, e.Packet.Kind)
		}
	}
	if n > s.packets {
		return "there has been no packet " + strconv.Itoa(n) + " yet"
	}
	return fmt.Sprintf("packet %d is gone", n)
}

func dropPacket(_ context.Context, s *Session, p *wire.Packet, a *args, cause int64) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	s.Sandbox.Drop(p, cause)
	return Answer{}, nil
}

func copyPacket(ctx context.Context, s *Session, p *wire.Packet, a *args, cause int64) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	s.Sandbox.Copy(ctx, p, cause)
	return Answer{}, nil
}

func delayPacket(ctx context.Context, s *Session, p *wire.Packet, a *args, cause int64) (Answer, error) {
	d := a.duration("delay")
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	s.Sandbox.Delay(ctx, p, d, "by hand: it arrives in "+rounded(d), cause)
	return Answer{}, nil
}

func corruptPacket(_ context.Context, s *Session, p *wire.Packet, a *args, cause int64) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	if p.Bad {
		return Answer{}, wrong("step shows what its receiver makes of it", "corrupt: packet %d is damaged already", p.Info.Number)
	}
	if s.Sandbox.Corrupt(p, cause) == "" {
		return Answer{}, wrong("drop "+strconv.Itoa(p.Info.Number)+" loses it", "corrupt: no checksum protects anything of packet %d", p.Info.Number)
	}
	return Answer{}, nil
}

func deliverPacket(ctx context.Context, s *Session, p *wire.Packet, a *args, _ int64) (Answer, error) {
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	s.Sandbox.Deliver(ctx, p)
	return Answer{}, nil
}
