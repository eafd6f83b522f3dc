// Package forgetest tries forged segments on stacks: it follows what inject
// proposes, and throws random segments at a socket in each state of TCP, to see
// whether the stack and the tracer agree on what becomes of them.
package forgetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/tracer"
)

// World is a session in which one socket after the other is given segments by
// hand. Its lines can be typed again.
type World struct {
	Session *command.Session
	Lines   []string // since the last Begin
	Faults  []string // what went wrong: the stack failed, or the tracer disagrees

	log     *tracer.Log
	round   int
	here    string // the socket's address
	you     string // the learner's
	socket  string // its name, "" if it has none
	differs int
	since   int64
}

// NewWorld returns a world on the stack.
func NewWorld(stack sandbox.Stack) *World {
	log := &tracer.Log{}
	return &World{Session: command.NewSession(stack, log), log: log}
}

// do types a line.
func (w *World) do(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	w.Lines = append(w.Lines, line)
	if _, err := w.Session.Do(context.Background(), line); err != nil {
		w.Faults = append(w.Faults, fmt.Sprintf("%s: %v", line, err))
	}
	if err := w.Session.Sandbox.Err(); err != nil {
		w.Faults = append(w.Faults, fmt.Sprintf("%s: the stack failed: %v", line, err))
	}
	if n := w.Session.Sandbox.Differences(); n > w.differs {
		w.differs = n
		events, _ := w.log.Since(w.since)
		for _, e := range events {
			if strings.HasPrefix(e.Text, "difference") {
				w.Faults = append(w.Faults, fmt.Sprintf("%s: %s", line, e.Text))
			}
		}
	}
}

// inject forges a segment from the learner to the socket.
func (w *World) inject(rest string) { w.do("inject %s > %s %s", w.you, w.here, rest) }

// Begin ends what was, and brings a new socket into a state.
func (w *World) Begin(state string) {
	w.Lines, w.Faults, w.since = nil, nil, w.log.Last()
	w.round++
	n := w.round % 8000
	w.you, w.here = fmt.Sprintf("127.0.0.1:%d", 10000+n), fmt.Sprintf("127.0.0.1:%d", 20000+n)
	for _, line := range states[state] {
		switch {
		case line == "serve":
			w.do("server: socket tcp")
			w.do("server: bind 3 %s", w.here)
			w.do("server: listen 3")
			w.socket = "server:4"
		case line == "call":
			w.do("inject at %s", w.you)
			w.do("client: socket tcp")
			w.do("client: bind 3 %s", w.here)
			w.do("client: fcntl 3 nonblock on")
			w.do("client: connect 3 %s", w.you)
			w.socket = "client:3"
		case line == "nobody":
			w.socket = ""
		case strings.HasPrefix(line, "inject "):
			w.inject(strings.TrimPrefix(line, "inject "))
		default:
			w.do("%s", line)
		}
	}
	want, _, _ := strings.Cut(state, ",")
	if got := w.State(); want != "LISTEN" && got != want {
		w.Faults = append(w.Faults, fmt.Sprintf("the socket is in %s, and was to be in %s", got, want))
	}
}

// End takes away what the round has left, so that no timer of it runs on.
func (w *World) End() {
	for _, p := range w.Session.Sandbox.Processes() {
		if p.Blocked() != "" {
			w.do("interrupt %s", p.Name())
		}
		for _, fd := range p.FDs() {
			w.do("%s: setsockopt %d SO_LINGER 0", p.Name(), fd)
			w.do("%s: close %d", p.Name(), fd)
		}
	}
	for range 3 {
		if w.State() != "CLOSED" {
			w.inject("RST")
		}
	}
	w.do("inject off")
}

// states are lines that lead to each; server:3 or client:3 is the socket, and
// server:4 what it has accepted.
var states = map[string][]string{
	"CLOSED":                     {"nobody"},
	"LISTEN":                     {"serve"},
	"SYN-SENT":                   {"call"},
	"SYN-RECEIVED":               {"serve", "inject SYN win=1000"},
	"SYN-RECEIVED, crossed":      {"call", "inject SYN win=1000 ws=0"},
	"ESTABLISHED, not accepted":  {"serve", "inject SYN win=1000", "inject ACK"},
	"ESTABLISHED":                {"serve", "inject SYN win=1000 mss=1000", "inject ACK", "server: accept 3"},
	"ESTABLISHED, called":        {"call", "inject SYN-ACK win=1000 mss=1000"},
	"ESTABLISHED, with SACK":     {"serve", "inject SYN win=1000 mss=1000 sackok ws=2", "inject ACK", "server: accept 3"},
	"ESTABLISHED, unread":        {"serve", "inject SYN win=1000 mss=1000", "inject ACK", "server: accept 3", `inject PSH-ACK "hello"`},
	"ESTABLISHED, unacked":       {"serve", "inject SYN win=1000 mss=1000", "inject ACK", "server: accept 3", `server: write 4 "hello"`},
	"ESTABLISHED, with a gap":    {"serve", "inject SYN win=1000 mss=1000", "inject ACK", "server: accept 3", `inject PSH-ACK seq=11 "hello"`},
	"CLOSE-WAIT":                 {"serve", "inject SYN win=1000", "inject ACK", "server: accept 3", "inject FIN-ACK"},
	"FIN-WAIT-1":                 {"serve", "inject SYN win=1000", "inject ACK", "server: accept 3", "server: shutdown 4 wr"},
	"FIN-WAIT-1, closed":         {"serve", "inject SYN win=1000", "inject ACK", "server: accept 3", "server: close 4"},
	"FIN-WAIT-2":                 {"serve", "inject SYN win=1000", "inject ACK", "server: accept 3", "server: shutdown 4 wr", "inject ACK"},
	"FIN-WAIT-2, shut both ways": {"serve", "inject SYN win=1000", "inject ACK", "server: accept 3", "server: shutdown 4 rdwr", "inject ACK"},
	"FIN-WAIT-2, closed":         {"serve", "inject SYN win=1000", "inject ACK", "server: accept 3", "server: close 4", "inject ACK"},
	"CLOSING":                    {"serve", "inject SYN win=1000", "inject ACK", "server: accept 3", "server: shutdown 4 wr", "inject FIN-ACK ack=1"},
	"LAST-ACK":                   {"serve", "inject SYN win=1000", "inject ACK", "server: accept 3", "inject FIN-ACK", "server: close 4"},
	"TIME-WAIT":                  {"serve", "inject SYN win=1000", "inject ACK", "server: accept 3", "server: close 4", "inject ACK", "inject FIN-ACK"},
}

// States lists the names that Begin takes.
func States() []string {
	return []string{
		"CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "SYN-RECEIVED, crossed", "ESTABLISHED, not accepted", "ESTABLISHED",
		"ESTABLISHED, called", "ESTABLISHED, with SACK", "ESTABLISHED, unread", "ESTABLISHED, unacked", "ESTABLISHED, with a gap",
		"CLOSE-WAIT", "FIN-WAIT-1", "FIN-WAIT-1, closed", "FIN-WAIT-2", "FIN-WAIT-2, shut both ways", "FIN-WAIT-2, closed",
		"CLOSING", "LAST-ACK", "TIME-WAIT",
	}
}

// State is the state of the socket that the segments go to; CLOSED if there is
// none.
func (w *World) State() string {
	for _, e := range w.Session.Sandbox.Connections() {
		if e.Remote.IsValid() && e.Remote.String() == w.you && e.Local.String() == w.here {
			return e.State()
		}
	}
	return "CLOSED"
}

// Shot is a segment whose numbers stand in words, so that it means the same on
// each stack, whatever its windows and its first numbers are.
type Shot struct {
	Flags, Seq, Ack string
	SeqOff, AckOff  int
	Win, Len        int
	Bad             bool
}

// String writes it for who reads about it.
func (s Shot) String() string {
	text := fmt.Sprintf("%s seq=%s%+d ack=%s%+d len=%d win=%d", s.Flags, s.Seq, s.SeqOff, s.Ack, s.AckOff, s.Len, s.Win)
	if s.Bad {
		text += " checksum=bad"
	}
	return text
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// Random is a segment, more often one that is almost right than one far off.
func Random(r *rand.Rand) Shot {
	s := Shot{
		Flags: pick(r, "ACK", "ACK", "ACK", "ACK", "PSH-ACK", "FIN-ACK", "FIN-ACK", "FIN", "SYN", "SYN", "SYN-ACK", "RST", "RST", "RST-ACK", "none", "PSH", "SYN-FIN", "SYN-RST", "FIN-RST", "FIN-SYN-ACK", "URG-ACK", "ECE-ACK"),
		Seq:   pick(r, "next", "next", "next", "next", "next", "first", "limit", "far"),
		Ack:   pick(r, "next", "next", "next", "next", "una", "first", "far"),
		Win:   pick(r, 0, 1, 500, 1000, 65535),
		Len:   pick(r, 0, 0, 0, 1, 5, 5, 10, 400),
		Bad:   r.IntN(40) == 0,
	}
	near := []int{0, 0, 0, 0, -1, 1, -5, 5, -10, 10, 100, -100, 1000, -1000}
	s.SeqOff, s.AckOff = pick(r, near...), pick(r, near...)
	return s
}

// Fire throws a segment at the socket, and tells what came of it: the answers,
// their numbers as the screen shows them, and the state.
func (w *World) Fire(s Shot) string {
	seq, ack := w.numbers(s)
	line := fmt.Sprintf("%s seq=%d win=%d", s.Flags, seq, s.Win)
	if strings.Contains(s.Flags, "ACK") {
		line += ack
	}
	if s.Len > 0 {
		line += fmt.Sprintf(` "x" * %d`, s.Len)
	}
	if s.Bad {
		line += " checksum=bad"
	}
	before := w.log.Last()
	w.inject(line)
	came := w.came(before)
	if why := w.Why(); !holds(why, came) {
		w.Faults = append(w.Faults, fmt.Sprintf("%s: it is said %q, and what came is %s", line, why, came))
	}
	return came
}

// holds reports whether what is said of a segment's answer is so.
func holds(why, came string) bool {
	answer, _, some := strings.Cut(came, " ")
	some = some && strings.Contains(came, " seq ")
	switch {
	case strings.Contains(why, "SYN-ACK (") || strings.Contains(why, "same SYN-ACK"):
		return answer == "SYN-ACK"
	case strings.Contains(why, "answered with a RST") && !strings.Contains(why, "but a RST is"):
		return some && strings.HasPrefix(answer, "RST")
	case strings.Contains(why, "ACK ") && strings.Contains(why, "answered with") || strings.Contains(why, "challenge ACK"):
		return some && answer == "ACK"
	case strings.Contains(why, "ignored"), strings.Contains(why, "no answer"), strings.Contains(why, "never answered"), strings.Contains(why, "answers nothing"):
		return !some
	}
	return true
}

// numbers are those of a segment, as they are typed.
func (w *World) numbers(s Shot) (seq int64, ack string) {
	sb := w.Session.Sandbox
	here, you := parse(w.here), parse(w.you)
	own, _ := sb.Numbers(you, here, false)
	theirs, heard := sb.Numbers(here, you, false)
	next, una, limit, sent := uint32(1), uint32(1), uint32(1000), uint32(1)
	if e := sb.Receiver(here, you); e != nil {
		b := e.Block()
		if n, ok := b.Expects(); ok {
			next, limit = n-own.ISN, b.Limit()-own.ISN
		}
		if n, ok := b.Next(); ok {
			sent, una = n-theirs.ISN, b.Acked()-theirs.ISN
		}
	}
	rel := func(word string, next, other uint32, off int) int64 {
		n := map[string]uint32{"next": next, "limit": other, "una": other, "first": 0, "far": 1 << 30}[word]
		return int64(int32(n)) + int64(off)
	}
	seq = rel(s.Seq, next, limit, s.SeqOff)
	n := rel(s.Ack, sent, una, s.AckOff)
	if heard {
		return seq, fmt.Sprintf(" ack=%d", n)
	}
	return seq, fmt.Sprintf(" ack=@%d", uint32(n))
}

// came tells what has come of a segment since the event before.
func (w *World) came(before int64) string {
	events, _ := w.log.Since(before)
	var list []string
	for _, e := range events {
		if p := e.Packet; e.Fate == tracer.Sent && e.Cause != 0 && p.Src == w.here && p.Dst == w.you {
			seq, ack := fmt.Sprint(int32(p.Seq)), fmt.Sprint(int32(p.Ack))
			if n := len(p.Bytes) - p.Len; p.Has("RST") && p.Has("ACK") && n >= 20 && bytes.Equal(p.Bytes[24:28], make([]byte, 4)) {
				seq = "@0" // as RFC 9293 3.10.7.1 has it
			}
			if int32(p.Ack) > 10000 && int32(p.Ack) < 1<<20 { // each stack has its own window
				ack = "window"
			}
			if p.Has("SYN") { // its peer's first number may count from an older connection
				ack = "1"
			}
			list = append(list, fmt.Sprintf("%s seq %s ack %s len %d", strings.Join(p.Flags, "-"), seq, ack, p.Len))
		}
	}
	return strings.Join(append(list, w.State()), ", ")
}

// Why is what was said of the last segment by its receiver.
func (w *World) Why() string {
	events, _ := w.log.Since(w.since)
	for i := len(events) - 1; i >= 0; i-- {
		if e := events[i]; e.Packet != nil && e.Packet.Sender == tracer.You && (e.Fate == tracer.Delivered || e.Fate == tracer.Dropped) {
			return e.Why
		}
	}
	return ""
}

// Described is a segment with any flags, whose numbers are so far from those
// that would be right.
func Described(flags uint8, seq, ack, win, length int) Shot {
	s := Shot{Flags: "none", Seq: "next", Ack: "next", SeqOff: seq % (1 << 30), AckOff: ack % (1 << 30), Win: win % (1 << 16), Len: length % 1400}
	var names []string
	for i, name := range []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"} {
		if flags&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		s.Flags = strings.Join(names, "-")
	}
	return s
}
