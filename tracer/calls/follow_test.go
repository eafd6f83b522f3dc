package calls

import (
	"bytes"
	"testing"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
)

// served is what a server on the machine records.
func served(s *stream) {
	move := func(fd int, from, to string) {
		s.add(tracer.Event{Kind: tracer.KindState, Process: "chat", FD: fd, From: from, To: to, Why: "why"})
	}
	s.both("chat", "socket", 0, tracer.Result{Value: 3}, "tcp")
	s.both("chat", "bind", 3, tracer.Result{}, "127.0.0.1:7000")
	s.call("chat", "listen", 3, "128")
	move(3, "CLOSED", "LISTEN")
	s.ret("chat", "listen", 3, tracer.Result{})
	s.both("chat", "fcntl", 3, tracer.Result{}, "nonblock", "on")
	s.call("chat", "poll", 0, "3:in")
	s.at += 4 * time.Second
	s.ret("chat", "poll", 0, tracer.Result{Value: 1, Revents: []string{"3:in"}})
	s.call("chat", "accept", 3)
	move(4, "LISTEN", "SYN-RECEIVED")
	move(4, "SYN-RECEIVED", "ESTABLISHED")
	s.ret("chat", "accept", 3, tracer.Result{Value: 4, Addr: "127.0.0.1:40112"})
	s.both("chat", "accept", 3, tracer.Result{Value: -1, Errno: "EAGAIN"})
	s.both("chat", "write", 4, tracer.Result{Value: 90}, `"a long greeting that does not fit beside its result, and "...`+" (90 bytes)")
	s.at += 1500 * time.Millisecond
	s.both("chat", "read", 4, tracer.Result{Value: 9, Data: []byte("JOIN ann\n")}, "4096")
	s.add(tracer.Event{Kind: tracer.KindOutput, Process: "chat", Stream: "stdout", Data: []byte("ann has come\nand \x1b[2J is no name\n")})
	for range 40 {
		s.both("chat", "read", 4, tracer.Result{Value: 4096, Data: make([]byte, 4096)}, "4096")
	}
	s.both("chat", "write", 4, tracer.Result{Value: 3}, `"OK\n"`)
	s.call("chat", "read", 4, "4096")
	move(4, "ESTABLISHED", "CLOSED")
	s.ret("chat", "read", 4, tracer.Result{Value: -1, Errno: "ECONNRESET"})
	s.both("chat", "close", 4, tracer.Result{})
}

func TestFollower(t *testing.T) {
	for name, o := range map[string]Options{
		"40":    {Pen: ink.Pen{UTF8: true}, Width: 40},
		"80":    {Pen: ink.Pen{UTF8: true}, Width: 80},
		"ascii": {},
		"color": {Pen: ink.Pen{UTF8: true, Color: true}},
	} {
		for _, all := range []bool{false, true} {
			var s stream
			served(&s)
			var out bytes.Buffer
			f := NewFollower(&out, o)
			f.All = all
			for _, e := range s.events {
				f.Add(e)
			}
			if f.Err() != nil {
				t.Fatal(f.Err())
			}
			inktest.Fits(t, out.String(), o.Pen, o.Width)
			file := "follow." + name
			if all {
				file = "follow-all." + name
			}
			inktest.Golden(t, file, out.String())
		}
	}
}

// FuzzFollower shows events as a hostile peer could make them.
func FuzzFollower(f *testing.F) {
	f.Add("read", "4096", []byte("JOIN \x1b[2J\n"), "\x9b", 80)
	f.Fuzz(func(t *testing.T, call, arg string, data []byte, state string, width int) {
		if width < 20 || width > 300 {
			return
		}
		var s stream
		s.call("p", call, 4, arg)
		s.add(tracer.Event{Kind: tracer.KindState, FD: 4, From: state, To: call})
		s.ret("p", call, 4, tracer.Result{Value: len(data), Data: data, Addr: arg})
		s.add(tracer.Event{Kind: tracer.KindOutput, Data: data})
		var out bytes.Buffer
		o := Options{Pen: ink.Pen{UTF8: true}, Width: width}
		follower := NewFollower(&out, o)
		for _, e := range s.events {
			follower.Add(e)
		}
		inktest.Fits(t, out.String(), o.Pen, width)
	})
}
