package forgetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"sockplay/tracer"
)

// Follow types what inject proposes, one of the lines each time, until both ends
// are closed, and lets the socket's program close when it has to. called: the
// socket calls the learner; else it is called. It returns what was not right.
func (w *World) Follow(seed uint64, called bool) error {
	r := rand.New(rand.NewPCG(seed, 1))
	w.Begin(map[bool]string{false: "LISTEN", true: "SYN-SENT"}[called])
	accepted := called
	for range 60 {
		if state := w.State(); state == "CLOSED" && accepted || state == "TIME-WAIT" {
			break
		}
		if state := w.State(); !accepted && state != "CLOSED" && state != "SYN-RECEIVED" {
			accepted = true
			w.do("server: accept 3")
		}
		if r.IntN(3) == 0 && w.State() == "ESTABLISHED" {
			w.act(r)
			continue
		}
		list := w.Session.Proposals()
		if len(list) != 1 {
			return fmt.Errorf("%d sockets are proposed for, want 1", len(list))
		}
		p := list[0]
		if len(p.Lines) == 0 || p.Wait != "" && r.IntN(2) == 0 {
			if p.Wait == "" {
				return fmt.Errorf("nothing is proposed, and no reason given: %s", p.About)
			}
			w.do("%s: close %s", process(w.socket), descriptor(w.socket))
			continue
		}
		before := w.log.Last()
		w.do("%s", p.Lines[r.IntN(len(p.Lines))])
		if err := w.right(before); err != nil {
			return err
		}
	}
	state := w.State()
	if state != "CLOSED" && state != "TIME-WAIT" {
		return fmt.Errorf("the proposals end in %s", state)
	}
	if len(w.Faults) > 0 {
		return fmt.Errorf("%s", strings.Join(w.Faults, "\n"))
	}
	return nil
}

// act lets the socket's program do something of its own.
func (w *World) act(r *rand.Rand) {
	what := pick(r, `write %s "data"`, "shutdown %s wr", "close %s")
	w.do("%s: "+what, process(w.socket), descriptor(w.socket))
}

func process(socket string) string    { name, _, _ := strings.Cut(socket, ":"); return name }
func descriptor(socket string) string { _, fd, _ := strings.Cut(socket, ":"); return fd }

// right reports what is wrong with a line that was proposed: that it was not
// taken, or was answered with an RST.
func (w *World) right(before int64) error {
	line := w.Lines[len(w.Lines)-1]
	events, _ := w.log.Since(before)
	for _, e := range events {
		switch {
		case e.Packet == nil:
		case e.Fate == tracer.Sent && e.Packet.Has("RST"):
			return fmt.Errorf("%s: was answered with an RST", line)
		case e.Fate == tracer.Sent && e.Packet.Has("SYN") && strings.Contains(line, " SYN "), e.Fate != tracer.Delivered:
		case strings.Contains(e.Why, "ignored") || strings.Contains(e.Why, "never sent") || strings.Contains(e.Why, "outside") || strings.Contains(e.Why, "duplicate"):
			return fmt.Errorf("%s: %s", line, e.Why)
		}
	}
	return nil
}

// Again throws the same segment n times at a socket in the state, and tells when
// one is answered otherwise than the first.
func (w *World) Again(ctx context.Context, state, segment string, n int) error {
	w.Begin(state)
	first := ""
	for i := range n {
		before := w.log.Last()
		w.inject(segment)
		if came := w.came(before); i == 0 {
			first = came
		} else if came != first {
			return fmt.Errorf("%s: %s: the first is answered with %q, number %d with %q", state, segment, first, i+1, came)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// Wrong are segments that are wrong in a state, and that are answered, each in a
// state of its own.
var Wrong = [][2]string{
	{"ESTABLISHED", "ACK ack=1000"}, {"ESTABLISHED", "ACK ack=-5000"}, {"ESTABLISHED", "RST seq=100"}, {"ESTABLISHED", "RST seq=-100"},
	{"ESTABLISHED", "SYN"}, {"ESTABLISHED", `ACK seq=-100 "old"`}, {"ESTABLISHED", `ACK checksum=bad "x"`}, {"ESTABLISHED", `none "x"`},
	{"SYN-RECEIVED", "SYN seq=0"}, {"SYN-RECEIVED", "ACK ack=500"}, {"SYN-RECEIVED", "RST seq=100"},
	{"SYN-SENT", "RST"}, {"CLOSED", "SYN seq=0"}, {"CLOSED", "ACK ack=@5"}, {"CLOSED", `udp "x"`}, {"LISTEN", "ACK ack=@5"},
	{"FIN-WAIT-2", "SYN"}, {"TIME-WAIT", "SYN seq=0"}, {"TIME-WAIT", `ACK seq=1 "x"`}, {"LAST-ACK", "RST seq=100"}, {"CLOSE-WAIT", "SYN"},
}
