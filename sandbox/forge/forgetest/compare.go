package forgetest

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"sockplay/sandbox"
)

func parse(addr string) netip.AddrPort { return netip.MustParseAddrPort(addr) }

// Difference is what two stacks made of one segment in one state.
type Difference struct {
	State  string
	Shot   Shot
	Came   [2]string
	Times  int
	Script []string // of the first time
}

// Report is what came of many forged segments.
type Report struct {
	Segments    int
	Differences []*Difference // between the stacks, the most frequent first
	Faults      []string      // the stack failed, or the tracer disagreed with it
}

// Compare throws n random segments at sockets in random states, on each of the
// stacks alike, and compares what comes of them: on each with what the tracer
// says, and one stack with the other.
func Compare(seed uint64, n int, stacks ...sandbox.Stack) *Report {
	r := rand.New(rand.NewPCG(seed, 0))
	report := &Report{}
	var worlds []*World
	for _, s := range stacks {
		worlds = append(worlds, NewWorld(s))
	}
	found := map[string]*Difference{}
	for report.Segments < n {
		state := pick(r, States()...)
		for _, w := range worlds {
			w.Begin(state)
		}
		for shots, same := 1+r.IntN(6), true; shots > 0 && same; shots-- {
			shot := Random(r)
			was := worlds[0].State()
			if was == "CLOSED" {
				was = state
			}
			var came [2]string
			for i, w := range worlds {
				came[i] = w.Fire(shot)
			}
			report.Segments++
			for _, w := range worlds {
				if len(w.Faults) > 0 {
					shots = 0 // what comes of that is no news
				}
			}
			if same = len(worlds) < 2 || came[0] == came[1]; same {
				continue
			}
			key := was + "|" + signature(shot, came)
			if found[key] == nil {
				found[key] = &Difference{State: state + " / " + was, Shot: shot, Came: came, Script: slices.Clone(worlds[0].Lines)}
				report.Differences = append(report.Differences, found[key])
			}
			found[key].Times++
		}
		for i, w := range worlds {
			for _, f := range w.Faults {
				report.Faults = append(report.Faults, fmt.Sprintf("%s: %s\n%s", stacks[i].Name(), f, strings.Join(w.Lines, "\n")))
			}
			w.Faults = nil
			w.End()
		}
	}
	slices.SortFunc(report.Differences, func(a, b *Difference) int { return b.Times - a.Times })
	return report
}

var digits = regexp.MustCompile(` -?[0-9]+`)

// signature is what makes one difference another than the next.
func signature(s Shot, came [2]string) string {
	return s.Flags + "|" + digits.ReplaceAllString(came[0], "") + "|" + digits.ReplaceAllString(came[1], "")
}

// String tells of it.
func (d *Difference) String() string {
	return fmt.Sprintf("%d times: %s: %s\n  %s\n  %s\n    %s", d.Times, d.State, d.Shot, d.Came[0], d.Came[1], strings.Join(d.Script, "\n    "))
}
