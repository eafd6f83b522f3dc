package command

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// maxBack bounds how many steps one line goes back.
const maxBack = 1_000_000

func runUndo(ctx context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	target, text := slices.Clone(s.lines), ""
	for range a.times() {
		n := len(target)
		for n > 0 && !target[n-1].effective() {
			n--
		}
		if n == 0 {
			if text == "" && a.err == nil {
				right := "history lists what was done; so far it is nothing"
				if len(s.undone) > 0 {
					right = "redo does again what was undone"
				}
				return Answer{}, wrong(right, "%s: there is nothing to undo", a.cmd.Name)
			}
			break
		}
		target = target[:n-1]
		text = "undone: " + clipTo(s.lines[n-1].line, 200)
	}
	if a.err != nil {
		return Answer{}, a.err
	}
	if n := effects(s.lines) - effects(target); n > 1 {
		text = fmt.Sprintf("undone: the last %d lines, up to %s", n, clipTo(s.lines[len(target)].line, 200))
	}
	return s.back(ctx, a, target, text+" (redo does it again)")
}

// goingBack runs a command that needs a way back.
func goingBack(run func(context.Context, *Session, *sandbox.Process, *args) (Answer, error)) func(context.Context, *Session, *sandbox.Process, *args) (Answer, error) {
	return func(ctx context.Context, s *Session, p *sandbox.Process, a *args) (Answer, error) {
		if err := s.cannotGoBack(a.cmd.Name); err != nil {
			return Answer{}, err
		}
		return run(ctx, s, p, a)
	}
}

// times reads how many times, the last word; it is 1 when left out.
func (a *args) times() int {
	n := 1
	if a.more() {
		n = a.numberAs("number of times", a.usage(), 1, maxBack)
	}
	if a.end(); a.err != nil {
		return 0
	}
	return n
}

// stepBack goes back to just before the last packet arrived.
func stepBack(ctx context.Context, s *Session, a *args) (Answer, error) {
	target := slices.Clone(s.lines)
	gone, last := 0, ""
	for range a.times() {
		k := len(target) - 1
		for k >= 0 && target[k].arrivals == 0 {
			k--
		}
		if k < 0 {
			if gone == 0 {
				return Answer{}, wrong("undo takes the last command back, where there is one", "step: no packet has arrived yet that could be taken back")
			}
			break
		}
		gone++
		d := target[k]
		last = s.arrival(d)
		if d.arrivals--; d.arrivals == 0 && d.steps() {
			target = target[:k]
			continue
		}
		d.after = d.arrivals
		target = append(target[:k], d)
	}
	if a.err != nil {
		return Answer{}, a.err
	}
	if gone > 1 {
		last = fmt.Sprintf("the last %d packets", gone)
	}
	text := "back to before " + last + " arrived"
	if n := effects(s.lines) - effects(target); n > 0 && gone == 1 && !s.lines[len(s.lines)-1].steps() {
		text += fmt.Sprintf(", and %s with it", plural(n, "line"))
	}
	return s.back(ctx, a, target, text+" (redo goes forward again)")
}

// arrival names the packet that arrived last in a line.
func (s *Session) arrival(d done) string {
	events, _ := s.Sandbox.Log().Since(d.events.First - 1)
	n := 0
	for i := range events {
		e := &events[i]
		if e.Seq > d.events.Last {
			break
		}
		if e.Kind == tracer.KindPacket && (e.Fate == tracer.Delivered || e.Fate == tracer.Dropped && e.Cause != d.events.First) {
			if n++; n == d.arrivals {
				return fmt.Sprintf("%s %d", e.Packet.Kind, e.Packet.Number)
			}
		}
	}
	return "the last packet"
}

func runRedo(ctx context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	n := a.times()
	if a.err != nil {
		return Answer{}, a.err
	}
	if len(s.undone) == 0 {
		return Answer{}, wrong("undo and step back go back; a new command ends what could be done again", "redo: nothing has been undone")
	}
	n = min(n, len(s.undone))
	i := len(s.undone) - n
	target, rest := s.undone[i], slices.Clone(s.undone[:i])
	err := s.goTo(ctx, target, "done again")
	s.undone = rest
	a.passing = true
	return Answer{}, err
}

// back goes to an earlier point of the session.
func (s *Session) back(ctx context.Context, a *args, target []done, text string) (Answer, error) {
	was := slices.Clone(s.lines)
	undone := s.undone
	if err := s.goTo(ctx, target, text); err != nil {
		return Answer{}, err
	}
	s.undone = append(undone, was)
	a.passing = true
	if s.packets == 0 || s.Sandbox.Log().Last() > s.began { // what was done anew is drawn
		return Answer{}, nil
	}
	return Answer{Show: Ladder{Last: drawnAgain, Bare: true}}, nil
}

// drawnAgain is how many packets are drawn after going back.
const drawnAgain = 4

// goTo takes the session to where the lines of target lead: what they have in
// common with its own is done again in a fresh sandbox, unseen, and the rest
// anew. Nothing has changed if there is an error.
func (s *Session) goTo(ctx context.Context, target []done, text string) error {
	common := 0
	for common < min(len(s.lines), len(target)) && s.lines[common].same(target[common]) {
		common++
	}
	if common < len(s.lines) {
		if err := s.rewind(ctx, s.lines[:common], text); err != nil {
			return err
		}
	}
	s.undone = nil // whoever goes back or forward says what can be undone next
	for _, d := range target[common:] {
		if d.after >= 0 {
			s.Sandbox.HoldAfter(d.after)
		}
		n := len(s.lines)
		if s.Redoing != nil {
			s.Redoing(s.current.Name(), d.line)
		}
		if d.key {
			if l, err := split(d.line); err == nil {
				s.Interrupt(ctx, s.Sandbox.Process(l.words[len(l.words)-1].text))
			}
		} else if _, err := s.Do(ctx, d.line); err != nil && len(s.lines) == n {
			return err
		}
		if len(s.lines) > n {
			s.lines[n].after, s.lines[n].said = d.after, d.said
		}
	}
	s.rewritten()
	return nil
}

// errOtherwise is a replay that did not do the same again.
var errOtherwise = errors.New("what was done came out otherwise when it was done again, as where files have been moved")

// rewind does the lines again in a fresh sandbox, and makes it the session's. All
// later events are void then.
func (s *Session) rewind(ctx context.Context, lines []done, text string) error {
	old := s.Sandbox
	log := old.Log()
	stack, err := s.Again()
	if err != nil {
		return wrong("reset begins anew; save keeps the lines", "there is no second sandbox: %s", err)
	}
	n := &Session{Again: s.Again}
	spans := make([]tracer.Span, len(lines))
	for i, d := range lines {
		spans[i] = d.events
	}
	log.Replay(spans, n.see)
	n.begin(stack, log)
	n.Sandbox.Seed(old.Wire().Seeded())
	err = n.goTo(ctx, lines, "")
	if same := log.EndReplay(); err != nil || !same || ctx.Err() != nil {
		n.Sandbox.Close()
		stack.Close()
		if err = ctx.Err(); err == nil {
			err = errOtherwise
		}
		return wrong("save keeps the lines, and reset begins anew", "it cannot go back: %s", err)
	}
	old.Close()
	old.Stack().Close()
	n.Sandbox.Idle = old.Idle
	s.Sandbox, s.current, s.here, s.kinds, s.packets, s.watches = n.Sandbox, n.current, n.here, n.kinds, n.packets, n.watches
	s.past = n.past
	if s.recordings = n.recordings; s.recordings != nil {
		s.Sandbox.Moved = s.sample
	}
	s.lines, s.arrived = slices.Clone(lines), n.Sandbox.Arrivals()
	seq := int64(tracer.RewindAll)
	if len(lines) > 0 {
		seq = lines[len(lines)-1].events.Last
	}
	log.Add(tracer.Event{At: s.Sandbox.Stack().Now(), Kind: tracer.KindNote, Rewind: seq, Text: text})
	s.began = log.Last()
	return nil
}

// BackTo goes back to when the session had so many lines: see Lines.
func (s *Session) BackTo(ctx context.Context, lines int) error {
	if err := s.cannotGoBack("back"); err != nil {
		return err
	}
	n := 0
	for left := lines; n < len(s.lines) && left > 0; n++ {
		if left--; s.lines[n].after >= 0 { // which Lines tells in two
			left--
		}
	}
	if err := s.goTo(ctx, slices.Clone(s.lines[:n]), "back"); err != nil {
		return err
	}
	s.part(s.Mark()) // there is no way forward again
	return nil
}

// cannotGoBack says why there is no way back, nil if there is one.
func (s *Session) cannotGoBack(command string) error {
	switch {
	case s.Again == nil:
		return wrong("sockplay --stack user can: its time is virtual, and a session repeats to the byte; save FILE takes the lines along",
			"%s: the %s stack cannot go back: its time is real, and its state is the system's own", command, s.Sandbox.Stack().Name())
	case s.torn:
		return wrong("reset begins anew; save keeps the lines", "%s: a command was interrupted in the middle, at a moment that cannot be found again", command)
	}
	return nil
}
