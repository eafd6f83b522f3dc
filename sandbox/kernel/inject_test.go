package kernel_test

import (
	"context"
	"os"
	"strconv"
	"testing"

	"sockplay/sandbox"
	"sockplay/sandbox/forge/forgetest"
	"sockplay/sandbox/kernel"
	"sockplay/sandbox/netstack"
)

// testInject follows what inject proposes, tries each wrong segment 20 times, and
// throws random segments at sockets in every state of both stacks.
// SOCKPLAY_FORGED says how many, SOCKPLAY_SEED which, SOCKPLAY_STACK on which
// stack alone.
func testInject(t *testing.T, k *kernel.Stack) {
	w := forgetest.NewWorld(k)
	for seed := range uint64(60) {
		if err := w.Follow(seed, seed%2 == 1); err != nil {
			t.Errorf("seed %d: %v\n%v", seed, err, w.Lines)
		}
		w.End()
	}
	for _, wrong := range forgetest.Wrong {
		if err := w.Again(context.Background(), wrong[0], wrong[1], 20); err != nil {
			t.Error(err)
		}
		w.End()
	}
	user, err := netstack.New(1)
	if err != nil {
		t.Fatal(err)
	}
	defer user.Close()
	n, seed := 600, 1
	if s := os.Getenv("SOCKPLAY_FORGED"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	if s := os.Getenv("SOCKPLAY_SEED"); s != "" {
		seed, _ = strconv.Atoi(s)
	}
	stacks := []sandbox.Stack{k, user}
	switch os.Getenv("SOCKPLAY_STACK") {
	case "kernel":
		stacks = stacks[:1]
	case "user":
		stacks = stacks[1:]
	}
	report := forgetest.Compare(uint64(seed), n, stacks...)
	t.Logf("%d segments, %d differences, %d faults", report.Segments, len(report.Differences), len(report.Faults))
	for i, d := range report.Differences {
		if i < 60 {
			t.Error(d)
		}
	}
	for i, f := range report.Faults {
		if i < 4000 {
			t.Error(f)
		}
	}
}
