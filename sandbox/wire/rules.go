package wire

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"sockplay/tracer"
)

// RuleKind is what a standing rule does to what is sent.
type RuleKind string

// The kinds of rules, in the order in which they apply.
const (
	Loss      RuleKind = "loss"      // so many per cent are lost on the way
	Duplicate RuleKind = "duplicate" // so many per cent arrive twice
	Rate      RuleKind = "rate"      // so many bits a second: packets queue for their turn
	Delay     RuleKind = "delay"     // all take so much longer
	Reorder   RuleKind = "reorder"   // so many per cent are held up, and overtaken
)

// RuleKinds lists them.
var RuleKinds = []RuleKind{Loss, Duplicate, Rate, Delay, Reorder}

// Overtaken is how long Reorder holds a packet up: what is sent meanwhile passes
// it.
const Overtaken = 5 * time.Millisecond

// Rule is a standing rule about what the stacks send.
type Rule struct {
	Kind    RuleKind
	From    string        // the process that sends; "" for all that have no rule of their own
	Percent float64       // Loss, Duplicate, Reorder: 0 to 100
	Delay   time.Duration // Delay
	Bits    int64         // Rate: a second
}

// String is the rule as it is typed after wire.
func (r Rule) String() string {
	text := string(r.Kind)
	switch r.Kind {
	case Delay:
		text += " " + r.Delay.String()
	case Rate:
		text += " " + RateString(r.Bits)
	default:
		text += " " + strconv.FormatFloat(r.Percent, 'f', -1, 64) + "%"
	}
	if r.From != "" {
		text += " from " + r.From
	}
	return text
}

// RateString writes bits a second as they are typed.
func RateString(bits int64) string {
	unit := 0
	for unit < len(RateUnits)-1 && bits >= 1000 && bits%1000 == 0 {
		bits /= 1000
		unit++
	}
	return strconv.FormatInt(bits, 10) + RateUnits[unit]
}

// RateUnits are the units of a rate, each a thousand of the one before.
var RateUnits = []string{"bit", "kbit", "mbit", "gbit"}

// None reports whether the rule does nothing.
func (r Rule) None() bool { return r.Percent <= 0 && r.Delay <= 0 && r.Bits <= 0 }

// Action is what is done once to a packet.
type Action string

// The actions.
const (
	DropNext  Action = "drop"
	CopyNext  Action = "copy"
	DelayNext Action = "delay"
	HoldNext  Action = "hold"
)

// Once is what happens to the next packet of a kind, once.
type Once struct {
	Do    Action
	Kind  string // one of tracer.PacketKinds
	From  string // the process that sends it; "": any
	Delay time.Duration
}

// String is what is asked for, as it is typed after wire.
func (o Once) String() string {
	text := string(o.Do) + " next " + o.Kind
	if o.Do == DelayNext {
		text += " " + o.Delay.String()
	}
	if o.From != "" {
		text += " from " + o.From
	}
	return text
}

// rules are what decides about what is sent.
type rules struct {
	seed     int64
	standing []Rule
	once     []Once
	chance   map[RuleKind]*rand.Rand // one each, so that no rule moves another's dice
	lots     func(RuleKind, *Packet) float64
	busy     map[string]time.Duration
}

// Seed begins the chances anew by which packets are lost, doubled and held up.
func (w *Wire) Seed(seed int64) {
	w.rules.seed = seed
	w.rules.chance = make(map[RuleKind]*rand.Rand)
	for kind, stream := range map[RuleKind]uint64{Loss: 0x776972652e, Duplicate: 0x6475706c, Reorder: 0x6f72646572} {
		w.rules.chance[kind] = rand.New(rand.NewPCG(uint64(seed), stream))
	}
}

// SetLots has f draw the lots by which packets are lost, doubled and held up: a
// number from 0 to 1, of which those below the rule's share are hit. nil: chance
// draws, by the seed.
func (w *Wire) SetLots(f func(k RuleKind, p *Packet) float64) { w.rules.lots = f }

// Seeded is what Seed was given last.
func (w *Wire) Seeded() int64 { return w.rules.seed }

// SetRule adds a rule, or replaces the one of its kind and process. One for all
// replaces those for single processes.
func (w *Wire) SetRule(r Rule) {
	w.rules.standing = slices.DeleteFunc(w.rules.standing, func(q Rule) bool {
		return q.Kind == r.Kind && (r.From == "" || q.From == r.From)
	})
	if _, general := w.rule(r.Kind, r.From); !r.None() || general {
		w.rules.standing = append(w.rules.standing, r)
	}
	w.rules.busy = nil
}

// Rules lists the standing rules, in the order in which they were set.
func (w *Wire) Rules() []Rule { return w.rules.standing }

// AddOnce adds what happens once.
func (w *Wire) AddOnce(o Once) { w.rules.once = append(w.rules.once, o) }

// Onces lists what is still to happen once.
func (w *Wire) Onces() []Once { return w.rules.once }

// ClearRules ends the rules of a kind or, if it is "", all, and what was to
// happen once.
func (w *Wire) ClearRules(kind RuleKind) {
	if kind == "" {
		w.rules.standing, w.rules.once = nil, nil
	}
	w.rules.standing = slices.DeleteFunc(w.rules.standing, func(r Rule) bool { return r.Kind == kind })
	w.rules.busy = nil
}

// rule finds the rule of a kind for what process sends: its own, or that for all.
func (w *Wire) rule(kind RuleKind, process string) (r Rule, ok bool) {
	for _, q := range w.rules.standing {
		if q.Kind == kind && (q.From == process || q.From == "" && !ok) {
			r, ok = q, true
		}
	}
	return r, ok
}

// hits draws lots, for packets that a rule is about.
func (w *Wire) hits(kind RuleKind, p *Packet) bool {
	r, ok := w.rule(kind, p.From)
	if !ok || r.Percent <= 0 {
		return false
	}
	if w.rules.lots != nil {
		return w.rules.lots(kind, p)*100 < r.Percent
	}
	return w.rules.chance[kind].Float64()*100 < r.Percent
}

// decide lets the rules decide about a packet that has just been sent: whether it
// is lost, when it arrives, whether it waits. It reports whether it is doubled.
func (w *Wire) decide(p *Packet) (doubled bool) {
	if len(w.rules.standing) == 0 && len(w.rules.once) == 0 {
		return false
	}
	doubled = w.happens(p)
	p.Lost = w.hits(Loss, p) || p.Lost
	doubled = w.hits(Duplicate, p) || doubled
	overtaken := w.hits(Reorder, p)
	if p.Lost { // when, nobody will know
		return doubled
	}
	if r, ok := w.rule(Rate, p.From); ok && r.Bits > 0 {
		if w.rules.busy == nil {
			w.rules.busy = make(map[string]time.Duration)
		}
		took := time.Duration(int64(len(p.Info.Bytes)) * 8 * int64(time.Second) / r.Bits)
		p.Due = max(p.Due, w.rules.busy[p.From]) + took
		w.rules.busy[p.From] = p.Due
	}
	if r, ok := w.rule(Delay, p.From); ok && r.Delay > 0 {
		p.Due += r.Delay
		p.Tell = ""
		w.observer.Observe(p, tracer.Delayed, p.Event)
	}
	if overtaken {
		p.Due += Overtaken
		p.Tell = fmt.Sprintf("held up for %s, so that what is sent behind it overtakes it", spelled(Overtaken))
		w.observer.Observe(p, tracer.Delayed, p.Event)
	}
	return doubled
}

// spelled is a duration as a sentence has it.
func spelled(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
}

// happens does to a packet what was to happen to the next of its kind, and
// reports whether it is doubled.
func (w *Wire) happens(p *Packet) (doubled bool) {
	for i, o := range w.rules.once {
		if o.Kind != p.Info.Kind || o.From != "" && o.From != p.From {
			continue
		}
		w.rules.once = slices.Delete(slices.Clone(w.rules.once), i, i+1)
		switch o.Do {
		case DropNext:
			p.Lost, p.Why = true, "lost on the way, as was asked for the next "+o.Kind
		case CopyNext:
			doubled = true
		case DelayNext:
			p.Due += o.Delay
			p.Tell = fmt.Sprintf("delayed by %s, as was asked for the next %s", spelled(o.Delay), o.Kind)
			w.observer.Observe(p, tracer.Delayed, p.Event)
		case HoldNext:
			p.Held = true
		}
		return doubled
	}
	return false
}
