package netstack_test

import (
	"context"
	"testing"

	"sockplay/sandbox/forge/forgetest"
	"sockplay/sandbox/netstack"
)

func newStack(t testing.TB) *netstack.Stack {
	stack, err := netstack.New(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stack.Close() })
	return stack
}

// TestFollow: what inject proposes is right, and leads to the end.
func TestFollow(t *testing.T) {
	w := forgetest.NewWorld(newStack(t))
	for seed := range uint64(60) {
		if err := w.Follow(seed, seed%2 == 1); err != nil {
			t.Errorf("seed %d: %v\n%v", seed, err, w.Lines)
		}
		w.End()
	}
}

// TestAgain: the 20th wrong segment is answered like the first: nothing limits
// the rate of answers.
func TestAgain(t *testing.T) {
	w := forgetest.NewWorld(newStack(t))
	for _, wrong := range forgetest.Wrong {
		if err := w.Again(context.Background(), wrong[0], wrong[1], 20); err != nil {
			t.Error(err)
		}
		w.End()
	}
}

// TestForgedRandom: whatever is thrown at a socket in any state, the stack lives,
// the tracer agrees with it, and what is said of the answer is so.
func TestForgedRandom(t *testing.T) {
	for _, f := range forgetest.Compare(3, 3000, newStack(t)).Faults {
		t.Error(f)
	}
}

// FuzzInject: likewise, for what a fuzzer thinks of.
func FuzzInject(f *testing.F) {
	for i := range byte(21) {
		f.Add(i, uint8(0x10), int32(0), int32(0), uint16(1000), uint16(5))
		f.Add(i, uint8(0x04), int32(100), int32(0), uint16(0), uint16(0))
	}
	f.Fuzz(func(t *testing.T, state, flags uint8, seq, ack int32, win, length uint16) {
		states := forgetest.States()
		w := forgetest.NewWorld(newStack(t))
		w.Begin(states[int(state)%len(states)])
		w.Fire(forgetest.Described(flags, int(seq), int(ack), int(win), int(length)))
		for _, fault := range w.Faults {
			t.Error(fault, w.Lines)
		}
	})
}
