package calls

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
)

// stream builds events.
type stream struct {
	events []tracer.Event
	at     time.Duration
}

func (s *stream) add(e tracer.Event) {
	e.Seq, e.At = int64(len(s.events)+1), s.at
	s.events = append(s.events, e)
}

func (s *stream) call(process, call string, fd int, args ...string) {
	s.add(tracer.Event{Kind: tracer.KindCall, Process: process, Call: call, FD: fd, Args: args})
}

func (s *stream) blocked(process, call string, fd int) {
	s.add(tracer.Event{Kind: tracer.KindBlocked, Process: process, Call: call, FD: fd, Why: "nothing has come yet"})
}

func (s *stream) ret(process, call string, fd int, r tracer.Result) {
	s.add(tracer.Event{Kind: tracer.KindReturn, Process: process, Call: call, FD: fd, Result: &r, Why: "why"})
}

func (s *stream) both(process, call string, fd int, r tracer.Result, args ...string) {
	s.call(process, call, fd, args...)
	s.ret(process, call, fd, r)
}

var scenes = []struct {
	name string
	play func(*stream)
}{
	{"none", func(*stream) {}},
	{"session", func(s *stream) {
		s.both("server", "socket", 0, tracer.Result{Value: 3}, "tcp")
		s.both("server", "bind", 3, tracer.Result{}, "127.0.0.1:8080")
		s.call("server", "accept", 3)
		s.blocked("server", "accept", 3)
		s.add(tracer.Event{Kind: tracer.KindNote, Text: "a note"})
		s.call("client", "connect", 3, "127.0.0.1:8080")
		s.at += 2 * time.Millisecond
		s.ret("client", "connect", 3, tracer.Result{})
		s.at += time.Millisecond
		s.ret("server", "accept", 3, tracer.Result{Value: 4, Addr: "127.0.0.1:40112"})
		s.both("client", "write", 3, tracer.Result{Value: 62}, `"hello, this is a rather long piece of text that "...`, "(62 bytes)")
		s.both("server", "read", 4, tracer.Result{Value: 62, Data: []byte("hello, this is a rather long piece of text that goes on and on")}, "100")
		s.both("client", "connect", 5, tracer.Result{Value: -1, Errno: "ECONNREFUSED"}, "127.0.0.1:8081")
		s.add(tracer.Event{Kind: tracer.KindCommand, Process: "server", Text: "server: advance 75s"})
		s.at += 75 * time.Second
		s.both("server", "getsockopt", 4, tracer.Result{OptVal: "131072"}, "SO_RCVBUF")
		s.both("server", "socketpair", 0, tracer.Result{FDs: []int{5, 6}}, "unix")
		s.both("server", "poll", 0, tracer.Result{Value: 2, Revents: []string{"3:in", "4:in,hup"}}, "3:in", "4:in", "20ms")
		s.both("client", "recvfrom", 6, tracer.Result{Value: 4, Data: []byte("ping"), Addr: "127.0.0.1:5353"}, "100")
		s.call("client", "read", 3, "100")
		s.blocked("client", "read", 3)
	}},
	{"rewound", func(s *stream) {
		s.both("client", "socket", 0, tracer.Result{Value: 3}, "tcp")
		s.both("client", "close", 3, tracer.Result{})
		s.add(tracer.Event{Kind: tracer.KindNote, Text: "back", Rewind: 2})
		s.both("client", "listen", 3, tracer.Result{}, "5")
	}},
	{"hostile", func(s *stream) {
		s.ret("\x1b[2J", "read", 3, tracer.Result{Value: 3, Data: []byte("\x1b[2J\xff\n日本語"), Addr: "\x07"})
		s.both(strings.Repeat("long", 30), "\x9b", 1<<30, tracer.Result{Value: -1 << 62, Errno: "\n"}, strings.Repeat("\n", 90), "日本語")
		s.add(tracer.Event{Kind: tracer.KindReturn, Process: "client", Call: "close"})
		s.add(tracer.Event{Kind: tracer.KindCommand, Text: "\x1b[31m" + strings.Repeat("x", 300)})
	}},
}

func TestGolden(t *testing.T) {
	for _, scene := range scenes {
		for name, o := range map[string]Options{
			"40":    {Pen: ink.Pen{UTF8: true}, Width: 40},
			"80":    {Pen: ink.Pen{UTF8: true}, Width: 80},
			"200":   {Pen: ink.Pen{UTF8: true}, Width: 200},
			"ascii": {},
			"color": {Pen: ink.Pen{UTF8: true, Color: true}},
		} {
			t.Run(scene.name+"/"+name, func(t *testing.T) {
				var s stream
				scene.play(&s)
				got := draw(t, s.events, o)
				inktest.Golden(t, scene.name+"."+name, got)
			})
		}
	}
}

// draw draws the calls, and makes sure that the lines fit and that a terminal
// can be shown them.
func draw(t *testing.T, events []tracer.Event, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Calls(&out, events, o); err != nil {
		t.Fatal(err)
	}
	inktest.Fits(t, out.String(), o.Pen, o.Width)
	return out.String()
}

// FuzzCalls draws events as they could stand in any file.
func FuzzCalls(f *testing.F) {
	for _, scene := range scenes {
		var s stream
		scene.play(&s)
		var text []byte
		for _, e := range s.events {
			line, err := json.Marshal(e)
			if err != nil {
				f.Fatal(err)
			}
			text = append(append(text, line...), '\n')
		}
		f.Add(text, 80)
		f.Add(text, 7)
	}
	f.Fuzz(func(t *testing.T, text []byte, width int) {
		if width < 0 || width > 300 {
			return
		}
		var events []tracer.Event
		for d := json.NewDecoder(bytes.NewReader(text)); ; {
			var e tracer.Event
			if d.Decode(&e) != nil {
				break
			}
			events = append(events, e)
		}
		draw(t, events, Options{Width: width})
		plain := draw(t, events, Options{Pen: ink.Pen{UTF8: true}, Width: width})
		if got := inktest.Uncolored(draw(t, events, Options{Pen: ink.Pen{UTF8: true, Color: true}, Width: width})); got != plain {
			t.Errorf("colour changes the text:\n%s\n%s", got, plain)
		}
	})
}
