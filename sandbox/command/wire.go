package command

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/wire"
	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/tcpstate"
)

// wires are the commands about the wire and what is on it.
var wires = []*Command{
	{
		Name: "wire",
		Args: []string{
			"[hold|open]", "hold after N", "break KIND|STATE|PROCESS:FD",
			"loss|duplicate|reorder SHARE% [from PROCESS]", "delay|rate AMOUNT [from PROCESS]",
			"drop|copy|hold next KIND [from PROCESS]", "delay next KIND DURATION", "clear [RULE]", "delack on|off",
		},
		Group:   Time,
		Summary: "what is on the wire, its rules; hold it, open it",
		Detail: "hold: packets wait until they are stepped; open: they go again. break holds it when such a packet is put on it, a connection comes into that state, or that socket sends, is sent to or moves; hold after N, when N more have arrived. " +
			"loss and its like hit what is sent from now on, by chance from --seed; next hits one. An AMOUNT is 50ms, or 1mbit. KIND is as in expect packets.",
		Example: "wire delay 50ms from server\nwire hold\nsocket udp\nsendto 3 127.0.0.1:9 \"ping\"\nwire\nwire open",
		run:     runWire,
	},
	{
		Name: "step", Args: []string{"[N]", "to KIND", "all", "back [N]"}, Group: Time,
		Summary: "deliver the next packet in flight; step back undoes it",
		Detail:  "N is how many; to KIND goes on until one of that kind has arrived; all until nothing is in flight. What a packet causes is put on the wire, and waits. A break (wire break) ends it too. back, on the user stack, is just before the last packet arrived, however it did: the wire is held there.",
		Example: "wire hold\n" + sessionLines + "step\nstep to SYN-ACK\nstep all",
		run:     runStep,
	},
	{
		Name: "drop", Args: []string{"[N]"}, Group: Time,
		Summary: "lose a packet in flight: number N, or the next",
		Detail:  "Its sender is not told. What TCP does about it, advance shows.",
		Example: "wire hold\n" + sessionLines + "drop 1\nadvance",
		run:     onPacket(dropPacket),
	},
	{
		Name: "copy", Args: []string{"[N]"}, Group: Time,
		Summary: "double a packet in flight: it arrives twice",
		Detail:  "The copy has a number of its own, and comes just behind.",
		Example: "wire hold\n" + sessionLines + "copy 1\nstep all",
		run:     onPacket(copyPacket),
	},
	{
		Name: "delay", Args: []string{"N DURATION"}, Group: Time,
		Summary: "let a packet in flight arrive later, by itself",
		Detail:  "DURATION from now it arrives, also on a wire that is held; advance and wait let the time pass, no other command waits for it. deliver N has it arrive at once.",
		Example: "wire hold\n" + sessionLines + "delay 1 50ms\nadvance 50ms\nexpect packets SYN SYN-ACK",
		run:     onPacket(delayPacket),
	},
	{
		Name: "corrupt", Args: []string{"N"}, Group: Time,
		Summary: "flip a bit of a packet in flight",
		Detail:  "Its checksum is wrong then, and its receiver throws it away without a word. A retransmission is whole again.",
		Man:     "RFC 9293 3.1, RFC 1071",
		Example: "wire hold\n" + sessionLines + "corrupt 1\nstep",
		run:     onPacket(corruptPacket),
	},
	{
		Name: "deliver", Args: []string{"N"}, Group: Time,
		Summary: "deliver a packet in flight before its turn",
		Detail:  "Those before it go on waiting: so packets overtake each other.",
		Example: serverLines + "client: socket tcp\nclient: connect 3 127.0.0.1:8080\nwire hold\nclient: write 3 \"one\"\nclient: setsockopt 3 TCP_NODELAY on\nclient: write 3 \"two\"\ndeliver 5\nstep all",
		run:     onPacket(deliverPacket),
	},
}

func runWire(ctx context.Context, s *Session, _ *sandbox.Process, a *args) (Answer, error) {
	if !a.more() {
		a.passing = true // it only looks
		return Answer{Show: s.wireNow()}, nil
	}
	b := s.Sandbox
	rule := a.oneOf("rule", "hold", "open", "loss", "duplicate", "reorder", "delay", "rate", "drop", "copy", "break", "clear", "delack")
	a.cmd = a.cmd.form(rule)
	switch {
	case a.err != nil:
	case rule == "drop", rule == "copy", (rule == "hold" || rule == "delay") && a.peek() == "next":
		return wireOnce(s, a, wire.Action(rule))
	case rule == "hold" && a.peek() == "after":
		a.next("after")
		n := a.number("number of packets", 0, 1<<30)
		if a.end(); a.err != nil {
			return Answer{}, a.err
		}
		b.HoldAfter(n)
		if n == 0 {
			return say("the wire is held just before the next packet arrives"), nil
		}
		return say("the wire is held when " + strings.Replace(arrived(n), "packet", "more packet", 1)), nil
	case rule == "hold":
		if a.end(); a.err != nil {
			return Answer{}, a.err
		}
		b.Hold()
		return say("the wire is held: packets wait until step, deliver or wire open"), nil
	case rule == "open":
		if a.end(); a.err != nil {
			return Answer{}, a.err
		}
		b.Open(ctx)
		return Answer{}, nil
	case rule == "break":
		return wireBreak(s, a)
	case rule == "delack":
		return wireDelack(s, a)
	case rule == "clear":
		return wireClear(s, a)
	default:
		return wireRule(s, a, wire.RuleKind(rule))
	}
	return Answer{}, a.err
}

// form is the command with those of its forms alone that begin with the word.
func (c *Command) form(word string) *Command {
	one := *c
	one.Args = slices.DeleteFunc(slices.Clone(c.Args), func(form string) bool {
		first, _, _ := strings.Cut(form, " ")
		return !slices.Contains(strings.Split(first, "|"), word)
	})
	return &one
}

// maxDelay bounds what a command may have to wait for.
const maxDelay = time.Minute

// wireRule sets a standing rule.
func wireRule(s *Session, a *args, kind wire.RuleKind) (Answer, error) {
	r := wire.Rule{Kind: kind}
	switch kind {
	case wire.Delay:
		r.Delay = a.ruleDelay()
	case wire.Rate:
		r.Bits = a.rate()
	default:
		what := "share"
		if kind == wire.Loss {
			what = "loss"
		}
		r.Percent = a.percent(what)
	}
	r.From = a.from(s)
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	s.Sandbox.Wire().SetRule(r)
	if r.None() {
		return say("no " + string(kind) + whose(r.From, "", " of what %s sends") + " from now on"), nil
	}
	return say("from now on: " + ruleMeans(r)), nil
}

// ruleDelay is a delay that a command will wait for.
func (a *args) ruleDelay() time.Duration {
	w := a.peek()
	d := a.duration("delay")
	if a.err == nil && d > maxDelay {
		a.fail("up to "+ink.Duration(maxDelay)+"; delay N "+clip(w)+" delays one packet in flight, and nothing waits for it", "%s: each command waits for its packets, and %s is too long for that", a.cmd.Name, clip(w))
	}
	return d
}

var rateForm = regexp.MustCompile(`^([0-9]{1,9})(bit|kbit|mbit|gbit)$`)

// The slowest rate that is taken: a full packet takes 12 s.
const minRate, maxRate = 1000, 100_000_000_000

// rate reads bits a second; off is none.
func (a *args) rate() int64 {
	w := a.next("rate")
	if a.err != nil || w.text == "off" {
		return 0
	}
	m := rateForm.FindStringSubmatch(strings.ToLower(w.text))
	if m == nil {
		a.fail("bits a second, such as 56kbit or 1mbit; off for no limit", "%s: %s is no rate", a.cmd.Name, clip(w.text))
		return 0
	}
	n, _ := strconv.ParseInt(m[1], 10, 64)
	for range slices.Index(wire.RateUnits, m[2]) {
		n *= 1000
	}
	if n < minRate || n > maxRate {
		a.fail("from 1kbit to 100gbit", "%s: at %s a packet would take for ever, or no time at all", a.cmd.Name, clip(w.text))
	}
	return n
}

// from reads from PROCESS, where it stands.
func (a *args) from(s *Session) string {
	if !a.more() {
		return ""
	}
	if w := a.peek(); w != "from" {
		a.fail("from PROCESS makes it a rule for what that process sends", "%s: %s is one word too many", a.cmd.Name, clip(w))
		return ""
	}
	a.next("from")
	w := a.next("process")
	if a.err == nil && s.Sandbox.Process(w.text) == nil {
		a.err = s.noProcess(w.text)
	}
	return w.text
}

// whose puts a process into a phrase, or takes the phrase for all.
func whose(process, all, one string) string {
	if process == "" {
		return all
	}
	return fmt.Sprintf(one, process)
}

// ruleMeans says what a rule does.
func ruleMeans(r wire.Rule) string {
	what := "what " + whose(r.From, "each process", "%s") + " sends"
	sends := "of " + what
	share := strconv.FormatFloat(r.Percent, 'f', -1, 64) + "% " + sends
	switch r.Kind {
	case wire.Loss:
		return share + " is lost on the way"
	case wire.Duplicate:
		return share + " arrives twice"
	case wire.Reorder:
		return share + " is held up for " + ink.Duration(wire.Overtaken) + ", and overtaken"
	case wire.Delay:
		return "each packet " + sends + " takes " + ink.Duration(r.Delay) + " longer"
	}
	return what + " waits for its turn: " + wire.RateString(r.Bits) + " a second"
}

// wireOnce sets what happens to the next packet of a kind.
func wireOnce(s *Session, a *args, do wire.Action) (Answer, error) {
	if a.oneOf("word", "next") == "" && a.err != nil {
		a.err = wrong("wire "+string(do)+" next KIND; "+string(do)+" N is for a packet in flight", "wire: %s of which packet", do)
		return Answer{}, a.err
	}
	o := wire.Once{Do: do, Kind: a.kind()}
	if do == wire.DelayNext {
		o.Delay = a.ruleDelay()
	}
	o.From = a.from(s)
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	s.Sandbox.Wire().AddOnce(o)
	return say(onceMeans(o)), nil
}

func onceMeans(o wire.Once) string {
	means := map[wire.Action]string{
		wire.DropNext: "is lost", wire.CopyNext: "arrives twice", wire.DelayNext: "takes " + ink.Duration(o.Delay) + " longer", wire.HoldNext: "waits until it is stepped",
	}[o.Do]
	return "the next " + o.Kind + whose(o.From, "", " of %s's") + " " + means
}

// wireBreak adds what holds the wire.
func wireBreak(s *Session, a *args) (Answer, error) {
	w := a.next("kind of packet, state or socket")
	b := sandbox.Break{}
	upper := strings.ToUpper(w.text)
	process, fd, isSocket := strings.Cut(w.text, ":")
	switch {
	case a.err != nil:
	case slices.Contains(tracer.PacketKinds, upper):
		b.Kind = upper
	case slices.Contains(tcpstate.Names, upper):
		b.State = upper
	case isSocket:
		p := s.Sandbox.Process(process)
		n, err := strconv.Atoi(fd)
		switch {
		case p == nil:
			a.err = s.noProcess(process)
		case err != nil || n < 3:
			a.fail("a socket is PROCESS:FD, such as client:3", "wire: %s is no socket", clip(w.text))
		}
		b.Process, b.FD = process, n
	default:
		right := "a kind of packet (" + strings.Join(tracer.PacketKinds, ", ") + "), a state such as ESTABLISHED, or a socket such as client:3"
		if n := nearest(upper, append(slices.Clone(tracer.PacketKinds), tcpstate.Names...)); n != "" {
			right = "did you mean " + n + "? It is " + right
		}
		a.fail(right, "wire: there is no %s to break at", clip(w.text))
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	s.Sandbox.AddBreak(b)
	if s.Sandbox.Wire().Held() {
		return say("the wire is held also when " + breakMeans(b) + "; wire open lets packets go until then"), nil
	}
	return say("the wire runs, and is held when " + breakMeans(b)), nil
}

func breakMeans(b sandbox.Break) string {
	switch {
	case b.Kind != "":
		return "a " + b.Kind + " is put on it"
	case b.State != "":
		return "a connection comes into " + b.State
	}
	return "something happens to " + b.String()
}

// wireClear ends rules.
func wireClear(s *Session, a *args) (Answer, error) {
	kind := ""
	if a.more() {
		kind = a.oneOf("rule", append(ruleNames(), "break")...)
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	w := s.Sandbox.Wire()
	if kind == "" || kind == "break" {
		s.Sandbox.ClearBreaks()
	}
	if kind != "break" {
		w.ClearRules(wire.RuleKind(kind))
	}
	text := "no rules from now on: nothing is lost, doubled or delayed"
	if kind != "" {
		text = "no " + kind + " from now on"
	}
	if w.Held() {
		text += "; the wire is still held: wire open lets packets go"
	}
	return say(text), nil
}

// delayer is a stack that can delay acknowledgements (RFC 9293 3.8.6.3).
type delayer interface{ DelayAcks(on bool) error }

// wireDelack has acknowledgements delayed, or sent at once.
func wireDelack(s *Session, a *args) (Answer, error) {
	on := a.oneOf("switch", "on", "off") == "on"
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	stack, can := s.Sandbox.Stack().(delayer)
	switch {
	case !can && on:
		return Answer{}, wrong("sockplay --stack kernel can", "wire: the %s stack never delays an acknowledgement", s.Sandbox.Stack().Name())
	case can:
		if err := stack.DelayAcks(on); err != nil {
			return Answer{}, wrong("sockplay doctor tells what works here", "wire: acknowledgements stay as they are: %s", err)
		}
	}
	if on {
		return say("acknowledgements may wait for data to go with from now on, 40 ms at first (RFC 9293 3.8.6.3)"), nil
	}
	return say("each acknowledgement is sent at once from now on"), nil
}

func ruleNames() []string {
	var names []string
	for _, k := range wire.RuleKinds {
		names = append(names, string(k))
	}
	return names
}
