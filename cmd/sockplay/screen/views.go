package screen

import (
	"fmt"
	"io"
	"slices"

	"sockplay/sandbox/command"
	"sockplay/tracer"
	"sockplay/tracer/anatomy"
	"sockplay/tracer/calls"
	"sockplay/tracer/diagram"
	"sockplay/tracer/ink"
	"sockplay/tracer/ladder"
	"sockplay/tracer/prose"
	"sockplay/tracer/space"
	"sockplay/tracer/table"
)

// show draws a view.
func (s *Screen) show(view command.View, session *command.Session) error {
	switch v := view.(type) {
	case command.Page:
		set := v.Set
		if s.o.Styles.Plain {
			set = v.Spoken
		}
		_, err := io.WriteString(s.out, s.plain(set(s.width, s.o.Styles.Projector)))
		return err
	case command.Sockets:
		if s.o.Styles.Plain {
			return prose.Sockets(s.out, v, s.prose())
		}
		return table.Sockets(s.out, v, table.Options{Pen: s.Pen(), Width: s.width})
	case command.Diagram:
		return s.diagram(v)
	case command.Inspect:
		return s.inspect(v)
	case command.Plot:
		return s.plot(v)
	case command.Ladder:
		return s.redraw(v, session)
	case command.Log:
		events, _ := session.Sandbox.Log().Since(0)
		return calls.Calls(s.out, lastCalls(tracer.Live(events), v.Last), calls.Options{Pen: s.Pen(), Width: s.width})
	case command.Packet:
		return s.packet(v, session)
	}
	return nil
}

func (s *Screen) diagram(v command.Diagram) error {
	o := diagram.Options{Pen: s.Pen(), Width: s.width, Compact: s.o.Styles.Projector}
	plain := s.o.Styles.Plain
	switch {
	case v.TCP && plain:
		return prose.Diagram(s.out, v.Name, v.State, v.Path, s.prose())
	case plain:
		return prose.Plain(s.out, v.Socket, s.prose())
	}
	if v.Name != "" && v.TCP {
		fmt.Fprintf(s.out, "%s is in %s\n", v.Name, v.State)
	} else if v.Name != "" {
		fmt.Fprintf(s.out, "%s is a %s socket\n", v.Name, v.Socket.Type)
	}
	switch {
	case v.TCP:
		return diagram.TCP(s.out, v.State, v.Path, o)
	case v.Socket.Type == "udp" || v.Socket.Type == "udp6":
		return diagram.UDP(s.out, v.Socket.Local, v.Socket.Remote, o)
	}
	return diagram.Unix(s.out, v.Socket, o)
}

func (s *Screen) inspect(v command.Inspect) error {
	o := space.Options{Pen: s.Pen(), Width: s.width, Compact: s.o.Styles.Projector}
	switch {
	case s.o.Styles.Plain:
		return prose.Inspect(s.out, v.Name, v.Socket, v.TCB, v.Path, s.prose())
	case v.TCB == nil:
		return space.Other(s.out, v.Socket, v.Name, v.Path, o)
	}
	return space.Connection(s.out, v.Socket, v.Name, v.TCB, o)
}

// redraw draws the session, or a part of it, again.
func (s *Screen) redraw(v command.Ladder, session *command.Session) error {
	b := session.Sandbox
	all, lost := b.Log().Since(0)
	part := all
	switch {
	case v.Local.IsValid():
		part = ladder.Only(all, v.Local, v.Remote)
	case v.Last > 0:
		part = ladder.Last(all, v.Last)
	}
	if v.Bare {
		for len(part) > 0 && part[0].Kind != tracer.KindPacket {
			part = part[1:]
		}
	}
	if s.o.Styles.Plain {
		return prose.New(s.out, s.prose()).Session(tracer.Live(part))
	}
	o := s.ladder()
	o.Unfold = v.Unfold
	if v.Bare {
		return ladder.Redraw(s.out, all, part, o)
	}
	head := ladder.Header{Stack: b.Stack().Name(), Seed: s.o.Seed, Time: b.Stack().Now(), Wire: WireWords(b)}
	if err := head.Draw(s.out, o); err != nil {
		return err
	}
	if lost > 0 {
		fmt.Fprintln(s.out, s.Pen().Write(ink.Calm, fmt.Sprintf("the first %d events have left the window", lost)))
	}
	return ladder.Redraw(s.out, all, part, o)
}

// lastCalls are the events of the last n calls; of all, if n is 0. Commands are
// no calls.
func lastCalls(events []tracer.Event, n int) []tracer.Event {
	events = slices.DeleteFunc(slices.Clone(events), func(e tracer.Event) bool { return e.Kind == tracer.KindCommand })
	for i := len(events) - 1; i >= 0 && n > 0; i-- {
		if events[i].Kind == tracer.KindCall {
			if n--; n == 0 {
				return events[i:]
			}
		}
	}
	return events
}

// packet draws one packet.
func (s *Screen) packet(v command.Packet, session *command.Session) error {
	events, _ := session.Sandbox.Log().Since(0)
	p, before, ok := anatomy.Find(events, v.Number)
	switch {
	case !ok:
		_, err := fmt.Fprintf(s.out, "packet %d has left the window: ladder shows which are there\n", v.Number)
		return err
	case s.o.Styles.Plain:
		return prose.Packet(s.out, p, before, s.prose())
	}
	return anatomy.Packet(s.out, p, before, anatomy.Options{Pen: s.Pen(), Width: s.width, Full: v.Full, Compact: s.o.Styles.Projector && !v.Full})
}
