package ladder

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"sockplay/tracer"
)

// drawLast draws all batches and returns what the last one looks like.
func drawLast(t *testing.T, l *Ladder, out *bytes.Buffer, s *stream) string {
	t.Helper()
	for _, b := range s.batches {
		out.Reset()
		if err := l.Draw(b); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// After an undo the states are those of before.
func TestRewind(t *testing.T) {
	var s stream
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	before := s.seq
	s.command()
	call := s.call("client", "close", 3)
	s.fin(call, c, v, "FIN-WAIT-1", "CLOSE-WAIT", "FIN-WAIT-2")
	c2, v2 := tcp("127.0.0.1:40114", "127.0.0.1:8080")
	s.connect(c2, v2, 0, 0)
	s.command()
	s.add(tracer.Event{Kind: tracer.KindNote, Text: "close 3 is undone", Rewind: before})
	s.command()
	s.data(s.call("client", "write", 3), c, v, "x")

	var out bytes.Buffer
	l := New(&out, Options{})
	if got := drawLast(t, l, &out, &s); strings.Count(got, "ESTABLISHED") != 2 || strings.Contains(got, "WAIT") {
		t.Errorf("the header after an undo:\n%s", got)
	}
	if len(l.conns) != 1 {
		t.Errorf("%d connections after an undo, want 1", len(l.conns))
	}
}

// After the undo of an accept and of the listener's close nobody has accepted,
// and somebody listens.
func TestRewindNames(t *testing.T) {
	var s stream
	k := s.listen(3, "127.0.0.1:8080")
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.connect(c, v, 0, 0)
	before := s.seq
	s.command()
	s.accepted(s.call("server", "accept", 3), c, v, 4)
	s.command()
	s.move(s.call("server", "close", 3), k, "CLOSED", "close")
	s.command()
	s.add(tracer.Event{Kind: tracer.KindNote, Text: "undone", Rewind: before})
	v.process, v.fd = "", 0
	s.command()
	s.data(s.call("client", "write", 3), c, v, "x")
	c2, v2 := tcp("127.0.0.1:40114", "127.0.0.1:8080")
	c2.fd = 4
	s.handshake(0, c2, v2)

	var out bytes.Buffer
	got := drawLast(t, New(&out, Options{}), &out, &s)
	if strings.Count(got, "server (not yet accepted)") != 2 || strings.Contains(got, "server:4") {
		t.Errorf("nobody has accepted any more:\n%s", got)
	}
	if !strings.Contains(got, "| LISTEN\n") {
		t.Errorf("the server listens again:\n%s", got)
	}
}

// A fresh sandbox has nothing of the old one: no connection, no name, no time.
func TestFresh(t *testing.T) {
	var s stream
	s.listen(3, "127.0.0.1:8080")
	c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
	s.at = time.Hour
	s.connect(c, v, s.accept(3), 4)
	s.command()
	s.at = 0
	s.add(tracer.Event{Kind: tracer.KindNote, Text: "reset: the sandbox is as it was at the beginning", Fresh: true})
	s.packets, s.server = 0, ""
	c, v = tcp("127.0.0.1:40112", "127.0.0.1:8080")
	c.process, v.state = "caller", ""
	s.command()
	f := s.send(0, c, v, "SYN", "")
	s.arrive(f)

	var out bytes.Buffer
	got := drawLast(t, New(&out, Options{}), &out, &s)
	for _, not := range []string{"server", "client", "LISTEN", "again", "later", "ESTABLISHED"} {
		if strings.Contains(got, not) {
			t.Errorf("%q is left after a reset:\n%s", not, got)
		}
	}
	if !strings.Contains(got, "     1  ") || !strings.Contains(got, "caller:3") {
		t.Errorf("want a header and packet 1:\n%s", got)
	}
}

// What the ladder has told itself a note does not tell once more.
func TestLaterIsSaidOnce(t *testing.T) {
	for _, sends := range []bool{true, false} {
		var s stream
		c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
		s.connect(c, v, 0, 0)
		s.command()
		cmd := s.add(tracer.Event{Kind: tracer.KindCommand, Text: "advance"})
		s.at += time.Second
		if sends {
			s.data(cmd, c, v, "x")
		}
		s.add(tracer.Event{Kind: tracer.KindNote, Text: "990 ms later: client:3 sends again what is not acknowledged"})
		var out bytes.Buffer
		if got := drawLast(t, New(&out, Options{}), &out, &s); strings.Count(got, "later") != 1 {
			t.Errorf("want one word of the time that has passed:\n%s", got)
		}
	}
}

// A cross is explained in words the first time, at every width, and then no
// more.
func TestLossInWords(t *testing.T) {
	for _, width := range []int{40, 80, 200} {
		var s stream
		c, v := tcp("127.0.0.1:40112", "127.0.0.1:8080")
		s.connect(c, v, 0, 0)
		for _, data := range []string{"one", "two"} {
			s.command()
			f := s.send(s.call("client", "write", 3), c, v, "PSH ACK", data)
			s.fate(f, tracer.Dropped, f.seq)
			last := s.batches[len(s.batches)-1]
			last[len(last)-1].Why = "lost on the way"
		}
		var out bytes.Buffer
		l := New(&out, Options{Width: width})
		for i, b := range s.batches {
			out.Reset()
			if err := l.Draw(b); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); i > 0 && width < 200 && strings.Contains(got, "lost on the way") != (i == 1) {
				t.Errorf("%d columns, batch %d:\n%s", width, i, got)
			}
		}
	}
}
