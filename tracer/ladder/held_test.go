package ladder

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// hold puts a packet that has been sent, or what was done to it, on a wire that
// is held.
func (s *stream) hold(f flight, why string, times int) {
	s.add(tracer.Event{Kind: tracer.KindPacket, Fate: tracer.Held, Packet: f.Packet, Why: why, Times: times})
}

// order is a line that is no call.
func (s *stream) order(text string) int64 {
	s.command()
	return s.add(tracer.Event{Kind: tracer.KindCommand, Text: text})
}

// again is what a timer does to a packet that is held.
func (s *stream) again(f flight, after time.Duration, times int) {
	s.at += after
	s.hold(f, "not acknowledged, for it is still held: its sender sends it again", times)
}

// debugged is a connection on a held wire: packets are sent again while they
// wait, copied, delayed, damaged, lost, and overtake each other.
func debugged(s *stream) {
	s.listen(3, "127.0.0.1:8080")
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, s.accept(3), 4)
	s.command()
	one := s.send(s.call("client", "write", 3, `"one"`), c, v, "PSH ACK", "one")
	s.hold(one, "", 0)
	s.ret(0, "client write 3", 3, "")
	s.order("advance")
	for n := 2; n <= 4; n++ {
		s.again(one, 200*time.Millisecond<<(n-2), n)
	}
	s.add(tracer.Event{Kind: tracer.KindNote, Text: "1.4 s later: client:3 sends again what is not acknowledged"})
	s.command() // in the background, twice
	s.again(one, time.Second, 5)
	s.command()
	s.again(one, 2*time.Second, 6)

	copied := *one.Packet
	s.packets++
	copied.Number = s.packets
	cmd := s.order("copy 4")
	twin := s.launch(cmd, tracer.Copied, &copied, c, v)
	s.why(twin, "a copy of packet 4, made by hand: it arrives twice")
	s.hold(twin, "", 0)
	cmd = s.order("delay 5 50ms")
	s.add(tracer.Event{Kind: tracer.KindPacket, Cause: cmd, Fate: tracer.Delayed, Packet: twin.Packet, Why: "by hand: it arrives in 50 ms"})
	s.order("step")
	v.ack = 4
	ack := s.send(s.arrive(one), v, c, "ACK", "")
	s.hold(ack, "", 0)
	s.order("corrupt 6")
	bad := *ack.Packet
	bad.Malformed = "its TCP checksum is wrong"
	ack.Packet = &bad
	s.hold(ack, "damaged by hand: a bit of its window is flipped", 0)
	s.order("step")
	s.fate(ack, tracer.Dropped, ack.seq)
	s.order("advance 50ms")
	s.at += 50 * time.Millisecond
	s.arrive(twin)

	var three []flight
	for _, data := range []string{"two", "three", "four"} {
		s.command()
		three = append(three, s.send(s.call("client", "write", 3, fmt.Sprintf("%q", data)), c, v, "PSH ACK", data))
		s.hold(three[len(three)-1], "", 0)
	}
	s.order("deliver 8")
	s.arrive(three[1])
	cmd = s.order("drop 7")
	lost := s.fate(three[0], tracer.Dropped, cmd)
	last := s.batches[len(s.batches)-1]
	last[len(last)-1].Why = "lost by hand"
	_ = lost
	s.command()
	f := s.send(s.call("client", "close", 3), c, v, "FIN ACK", "")
	s.move(f.seq, c, "FIN-WAIT-1", "sent FIN")
	s.hold(f, "", 0)
}

func TestHeldGolden(t *testing.T) {
	session := all(debugged)
	wall := Options{Pen: ink.Pen{UTF8: true}, Width: 60, Projector: true}
	for _, style := range styles {
		golden(t, "debugged."+style.name, play(t, style.o, debugged), style.o)
		golden(t, "redraw.debugged."+style.name, redraw(t, session, session, style.o), style.o)
	}
	golden(t, "debugged.wall", play(t, wall, debugged), wall)
}

// What a timer does to a held packet in the background draws nothing; the next
// row of that packet tells of it, once.
func TestSentAgainInTheBackground(t *testing.T) {
	var s stream
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	s.command()
	f := s.send(s.call("client", "write", 3), c, v, "PSH ACK", "x")
	s.hold(f, "", 0)
	for n := 2; n <= 3; n++ {
		s.command()
		s.again(f, time.Second, n)
	}
	s.order("step")
	s.arrive(f)

	var out bytes.Buffer
	l := New(&out, Options{})
	for i, b := range s.batches {
		out.Reset()
		if err := l.Draw(b); err != nil {
			t.Fatal(err)
		}
		switch quiet := i == len(s.batches)-2 || i == len(s.batches)-3; {
		case quiet && out.Len() > 0:
			t.Errorf("batch %d draws\n%s", i, out.String())
		case i == len(s.batches)-1 && strings.Count(out.String(), "x 3") != 1:
			t.Errorf("the step does not say that it was sent 3 times:\n%s", out.String())
		}
	}
}

// Both ends' states stand beside a packet that waits, also in a redraw; of one
// that has arrived only what it moved.
func TestHeldStates(t *testing.T) {
	for _, width := range []int{40, 80, 140} {
		var s stream
		held(&s)
		var out bytes.Buffer
		l := New(&out, Options{Width: width})
		want := [][]string{{"SYN-SENT", "LISTEN"}, {"SYN-SENT", "SYN-RECEIVED"}, {"ESTABLISHED", "SYN-RECEIVED"}}
		for i, b := range s.batches[:4] {
			out.Reset()
			if err := l.Draw(b); err != nil {
				t.Fatal(err)
			}
			if i--; i < 0 {
				continue
			}
			lines := strings.Split(out.String(), "\n")
			found := false
			for _, line := range lines {
				found = found || strings.Contains(line, want[i][0]) && strings.Contains(line, want[i][1]) &&
					(width < wideFrom || strings.Contains(line, ".."))
			}
			if !found {
				t.Errorf("%d columns: no row has %v:\n%s", width, want[i], out.String())
			}
		}
	}
}

// An undo makes void that a packet was sent again, or that it is on the wire at
// all.
func TestHeldRewind(t *testing.T) {
	var s stream
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	s.command()
	f := s.send(s.call("client", "write", 3, `"x"`), c, v, "PSH ACK", "x")
	s.hold(f, "", 0)
	s.order("advance")
	s.again(f, time.Second, 2)
	before := s.seq
	s.order("advance")
	s.again(f, 2*time.Second, 3)
	s.order("step")
	s.arrive(f)
	s.command()
	s.add(tracer.Event{Kind: tracer.KindNote, Text: "undone", Rewind: before})
	session := func() (events []tracer.Event) {
		for _, b := range s.batches {
			events = append(events, b...)
		}
		return events
	}
	got := redraw(t, session(), session(), Options{})
	if row := rowOf(got, 4); !strings.Contains(row, "x 2 ..>") || strings.Count(row, "ESTABLISHED") != 2 {
		t.Errorf("after the undo packet 4 is on the wire, sent twice:\n%s", got)
	}
	s.order("step")
	s.arrive(f)
	var out bytes.Buffer
	if got := drawLast(t, New(&out, Options{}), &out, &s); !strings.Contains(got, "x 2 ") {
		t.Errorf("stepped after the undo it was sent twice:\n%s", got)
	}
	if row := rowOf(redraw(t, session(), session(), Options{}), 4); !strings.Contains(row, "x 2 ---") {
		t.Errorf("sent and delivered adjoin: %s", row)
	}
}

// rowOf is the first row of a packet.
func rowOf(drawing string, packet int) string {
	for line := range strings.Lines(drawing) {
		if strings.HasPrefix(line, fmt.Sprintf("%6d  ", packet)) {
			return line
		}
	}
	return ""
}
