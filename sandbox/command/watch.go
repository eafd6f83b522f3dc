package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sockplay/sandbox"
	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/track"
)

// watch is a socket whose changes are told after each line.
type watch struct {
	name    string // client:3
	process string
	fd      int
	end     *track.Endpoint
	last    Inspect // as it stood when it was told of last
}

func runWatch(_ context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if !a.more() {
		return say(s.watched()), nil
	}
	if a.peek() == "off" {
		a.next("word")
		if a.end(); a.err != nil {
			return Answer{}, a.err
		}
		s.watches = nil
		a.lasts = true
		return say(s.watched()), nil
	}
	e, name := a.socket(s)
	off := a.more()
	if off {
		a.oneOf("word", "off")
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	i := slices.IndexFunc(s.watches, func(w *watch) bool { return w.name == name })
	switch {
	case off && i < 0:
		return Answer{}, wrong("watch alone lists what is", "watch: %s is not watched", name)
	case off:
		s.watches = slices.Delete(s.watches, i, i+1)
		a.lasts = true
		return say(name + " is watched no longer"), nil
	case i >= 0:
		return say(name + " is watched already: what changes of it is told after each line"), nil
	}
	process, fd, _ := strings.Cut(name, ":")
	w := &watch{name: name, process: process, end: e, last: s.look(e, name)}
	fmt.Sscan(fd, &w.fd)
	s.watches = append(s.watches, w)
	a.lasts = true
	return say(name + " is watched: what changes of it is told after each line; inspect " + name + " shows all"), nil
}

// watched says what is watched.
func (s *Session) watched() string {
	var names []string
	for _, w := range s.watches {
		names = append(names, w.name)
	}
	if names == nil {
		return "nothing is watched; watch client:3 begins"
	}
	return "watched: " + strings.Join(names, ", ")
}

// report notes what has changed of the sockets that are watched.
func (s *Session) report() {
	for _, w := range slices.Clone(s.watches) {
		if text := s.news(w); text != "" {
			s.Sandbox.Note(w.name + "  " + text)
		}
	}
}

// news is what has changed of a socket since the last time; "" if nothing has.
func (s *Session) news(w *watch) string {
	p := s.Sandbox.Process(w.process)
	if p == nil {
		return ""
	}
	if e := p.Endpoint(w.fd); e != w.end { // the number names another one
		w.end, w.last = e, s.look(e, w.name)
		return "is another socket now, and watched as the first was"
	}
	before := w.last
	w.last = s.look(w.end, w.name)
	changes := changed(before, w.last)
	if before.TCB != nil && w.last.TCB == nil {
		changes = []string{"the connection is over"}
	}
	if p.Kind(w.fd) == "" && w.last.TCB == nil { // nothing can come of it any more
		s.watches = slices.DeleteFunc(s.watches, func(x *watch) bool { return x == w })
		if before.TCB == nil {
			changes = nil
		}
		changes = append(changes, "it is closed, and watched no longer")
	}
	return strings.Join(changes, ", ")
}

// changed lists what is otherwise than before, in a few words each.
func changed(before, after Inspect) []string {
	c := changes{}
	a, b := before.TCB, after.TCB
	switch {
	case b == nil && a != nil:
		return nil
	case b == nil:
		c.word("", before.Socket.State, after.Socket.State)
		switch listens := "LISTEN"; {
		case after.Socket.State == listens && before.Socket.State == listens:
			amount(&c, "waiting for accept", tracer.Know(before.Socket.RecvQ), tracer.Know(after.Socket.RecvQ))
		case after.Socket.State != listens && before.Socket.State != listens:
			amount(&c, "to read", tracer.Know(before.Socket.RecvQ), tracer.Know(after.Socket.RecvQ))
			amount(&c, "under way", tracer.Know(before.Socket.SendQ), tracer.Know(after.Socket.SendQ))
		}
		c.word("local", before.Socket.Local, after.Socket.Local)
		c.word("remote", before.Socket.Remote, after.Socket.Remote)
		return c.list
	case a == nil:
		a = &tracer.TCB{}
	}
	amount(&c, "SND.UNA", a.SndUna, b.SndUna)
	amount(&c, "SND.NXT", a.SndNxt, b.SndNxt)
	amount(&c, "SND.WND", a.SndWnd, b.SndWnd)
	amount(&c, "RCV.NXT", a.RcvNxt, b.RcvNxt)
	amount(&c, "RCV.WND", a.RcvWnd, b.RcvWnd)
	amount(&c, "cwnd", a.Cwnd, b.Cwnd)
	c.known = true // with what these begin is no news
	amount(&c, "to read", a.RecvQ, b.RecvQ)
	amount(&c, "not sent yet", a.Unsent, b.Unsent)
	amount(&c, "ssthresh", a.Threshold, b.Threshold)
	c.time("SRTT", a.SRTT, b.SRTT)
	c.time("RTO", a.RTO, b.RTO)
	amount(&c, "sent again", a.AgainAll, b.AgainAll)
	c.word("control", a.Congestion, b.Congestion)
	c.timers(a, b)
	return c.list
}

// changes are those that have been found.
type changes struct {
	list  []string
	known bool // only of what was known before
}

func (c *changes) word(what, from, to string) {
	switch {
	case from == to || to == "" || from == "" && c.known:
	case from == "":
		c.list = append(c.list, strings.TrimSpace(what+" "+to))
	default:
		c.list = append(c.list, strings.TrimSpace(what+" "+from+" -> "+to))
	}
}

func amount[T int | uint32](c *changes, what string, from, to tracer.Known[T]) {
	c.word(what, counted(from), counted(to))
}

// counted is a number as it is written; "" if it is not known.
func counted[T int | uint32](k tracer.Known[T]) string {
	switch {
	case !k.OK:
		return ""
	case any(k.Value) == any(tracer.NoThreshold):
		return "none"
	}
	return fmt.Sprint(k.Value)
}

// time tells of a time if a millisecond has changed: on the kernel stack each
// segment changes its microseconds.
func (c *changes) time(what string, from, to tracer.Known[time.Duration]) {
	if from.OK && to.OK && from.Value.Round(time.Millisecond) != to.Value.Round(time.Millisecond) {
		c.word(what, ink.Duration(from.Value), ink.Duration(to.Value))
	}
}

// timers tells which have begun to run, and which run no more.
func (c *changes) timers(before, after *tracer.TCB) {
	kind := func(k string) func(tracer.TCBTimer) bool {
		return func(t tracer.TCBTimer) bool { return t.Kind == k }
	}
	for _, t := range after.Timers {
		if !slices.ContainsFunc(before.Timers, kind(t.Kind)) {
			c.list = append(c.list, t.Kind+" timer set, "+rounded(t.In))
		}
	}
	for _, t := range before.Timers {
		if !slices.ContainsFunc(after.Timers, kind(t.Kind)) {
			c.list = append(c.list, t.Kind+" timer off")
		}
	}
}
