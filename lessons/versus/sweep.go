package versus

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// Sweep has one of the conditions take a row of values.
type Sweep struct {
	What     string // "loss", "reorder", "duplicate" or "delay"
	From, To float64
}

// Unit is what the values are in.
func (s Sweep) Unit() string {
	if s.What == "delay" {
		return "ms"
	}
	return "%"
}

// The values that a sweep takes, at most.
const sweepSteps = 15

// ParseSweep reads "loss 0..30", or with = between the words. The error is a
// *Refusal.
func ParseSweep(text string) (Sweep, error) {
	what, span, ok := strings.Cut(strings.TrimSpace(text), " ")
	if !ok {
		what, span, ok = strings.Cut(strings.TrimSpace(text), "=")
	}
	from, to, both := strings.Cut(strings.TrimSpace(span), "..")
	s := Sweep{What: what}
	var errFrom, errTo error
	s.From, errFrom = strconv.ParseFloat(strings.TrimSuffix(from, "%"), 64)
	s.To, errTo = strconv.ParseFloat(strings.TrimSuffix(to, "%"), 64)
	try := "--sweep loss 0..30"
	switch {
	case !ok || !both || errFrom != nil || errTo != nil:
		return s, &Refusal{fmt.Sprintf("--sweep %s is not complete: it is a condition, and from where to where it goes", text), try}
	case what != "loss" && what != "reorder" && what != "duplicate" && what != "delay":
		return s, &Refusal{fmt.Sprintf("%q cannot be swept: loss, reorder, duplicate and delay can", what), try}
	case what == "delay" && !(s.From >= 0 && s.From < s.To && s.To <= 10_000):
		return s, &Refusal{"delay goes from 0 to 10000 milliseconds, upwards", "--sweep delay 0..200"}
	case what != "delay" && !(s.From >= 0 && s.From < s.To && s.To <= 100):
		return s, &Refusal{fmt.Sprintf("%s goes from 0 to 100 per cent, upwards", what), try}
	}
	return s, nil
}

// Sample is what one value of a sweep came to.
type Sample struct {
	Value    float64
	TCP, UDP float64 // goodput, octets a second
}

// Run runs the comparison for each value.
func (s Sweep) Run(ctx context.Context, c Conditions, stack func() (sandbox.Stack, error)) ([]Sample, error) {
	var list []Sample
	for i := range sweepSteps + 1 {
		v := s.From + (s.To-s.From)*float64(i)/sweepSteps
		switch s.What {
		case "loss":
			c.Loss = v
		case "reorder":
			c.Reorder = v
		case "duplicate":
			c.Duplicate = v
		case "delay":
			c.Delay = time.Duration(v * float64(time.Millisecond))
		}
		tcp, udp, err := c.Run(ctx, stack, func(int, tracer.Event) {})
		if err != nil {
			return nil, err
		}
		list = append(list, Sample{v, tcp.Goodput(c.Size), udp.Goodput(c.Size)})
	}
	return list, nil
}
