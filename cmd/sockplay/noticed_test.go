package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/sandbox/netstack"
	"sockplay/tracer"
)

// untold is a stack that does not tell which of its sockets have changed.
type untold struct{ sandbox.Stack }

// recorded is all that a script leaves in the log, as JSON; told says whether the
// stack tells which of its sockets have changed.
func recorded(t *testing.T, script string, told bool) (lines []string) {
	t.Helper()
	user, err := netstack.New(1)
	if err != nil {
		t.Fatal(err)
	}
	defer user.Close()
	var stack sandbox.Stack = user
	if _, tells := stack.(sandbox.Notifier); !tells {
		t.Fatal("the user stack does not tell what has changed")
	}
	if !told {
		stack = untold{user}
	}
	log := &tracer.Log{}
	log.Sink(func(e tracer.Event) {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	})
	s := command.NewSession(stack, log)
	defer s.Sandbox.Close()
	for l := range strings.Lines(script) {
		_, _ = s.Do(context.Background(), l) // some are meant to fail
	}
	return lines
}

// TestNoticed: to try only those calls again whose sockets have changed comes to
// the same, event for event, as to try all of them after each packet.
func TestNoticed(t *testing.T) {
	same := func(t *testing.T, script string) {
		t.Helper()
		all, some := recorded(t, script, false), recorded(t, script, true)
		if len(all) == 0 {
			t.Error("nothing was recorded")
		}
		if d := firstDifference("the events", all, some); d != "" {
			t.Errorf("%s\n%s", d, script)
		}
	}
	conformance(t, func(t *testing.T, _, script []byte) { same(t, string(script)) })
	t.Run("random", func(t *testing.T) {
		t.Parallel()
		for seed := range number("SOCKPLAY_SCRIPTS", 150) {
			same(t, cast+randomScript(t, int64(1000+seed), 2000))
		}
	})
}
