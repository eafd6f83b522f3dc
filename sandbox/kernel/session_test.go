package kernel_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sockplay/sandbox/command"
	"sockplay/sandbox/kernel"
	"sockplay/tracer"
)

// more are tests that can be built on Linux alone.
var more = map[string]func(*testing.T, *kernel.Stack){}

// TestStack uses the one stack that this process's namespace has room for.
func TestStack(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	stack, err := kernel.New()
	var refusal *kernel.Refusal
	if errors.As(err, &refusal) {
		t.Skipf("this machine has no kernel stack: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	if _, err := kernel.New(); err == nil || !strings.Contains(err.Error(), "lo is up") {
		t.Errorf("a second stack in the same namespace: %v, want a refusal because lo is up", err)
	}
	t.Run("session", func(t *testing.T) { testSession(t, stack) })
	t.Run("forged", func(t *testing.T) { testForged(t, stack) })
	for name, test := range more {
		t.Run(name, func(t *testing.T) { test(t, stack) })
	}
	t.Run("rough", func(t *testing.T) { testRough(t, stack) })
	t.Run("inject", func(t *testing.T) { testInject(t, stack) })
	t.Run("wait", func(t *testing.T) { testWait(t, stack) })
	t.Run("renew", func(t *testing.T) { testRenew(t, stack) }) // the last: it closes the stack
}

func testSession(t *testing.T, stack *kernel.Stack) {
	var log tracer.Log
	s := command.NewSession(stack, &log)
	defer s.Sandbox.Close()
	do(t, s, `
		socket tcp
		bind 3 127.0.0.1:8080
		listen 3 5
		accept 3
		client: socket tcp
		client: connect 3 127.0.0.1:8080
		client: write 3 "hello"
		read 4 100
		expect data "hello"
		client: close 3
		close 4
		close 3
		expect states server:4 LISTEN SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED`)
	if n := s.Sandbox.Differences(); n != 0 {
		t.Errorf("the tracer and the kernel differed %d times", n)
	}
	if n := stack.Lost(); n != 0 {
		t.Errorf("%d packets were lost beside the wire", n)
	}
	for _, e := range all(t, &log) {
		if e.Kind == tracer.KindPacket && e.Why == "" && e.Fate == tracer.Sent {
			t.Errorf("packet %d has no reason", e.Packet.Number)
		}
		if e.Cause >= e.Seq {
			t.Errorf("event %d is caused by %d", e.Seq, e.Cause)
		}
	}
}

// testWait: Wait ends with its context, with its limit, and with a packet.
func testWait(t *testing.T, stack *kernel.Stack) {
	ctx, cancel := context.WithCancel(context.Background())
	joined := make(chan error)
	go func() { joined <- stack.Wait(ctx, -1) }()
	cancel()
	if err := <-joined; err != nil {
		t.Error(err)
	}
	began := time.Now()
	if err := stack.Wait(context.Background(), 20*time.Millisecond); err != nil {
		t.Error(err)
	}
	if d := time.Since(began); d < 20*time.Millisecond {
		t.Errorf("a wait of 20 ms took %v", d)
	}
}

func do(t *testing.T, s *command.Session, script string) {
	t.Helper()
	for line := range strings.Lines(script) {
		if _, err := s.Do(context.Background(), line); err != nil {
			t.Fatalf("%s: %v", strings.TrimSpace(line), err)
		}
	}
}

func all(t *testing.T, log *tracer.Log) []tracer.Event {
	events, lost := log.Since(0)
	if lost > 0 {
		t.Fatalf("%d events have left the log", lost)
	}
	return events
}

// TestOutside: without the namespaces nothing is touched.
func TestOutside(t *testing.T) {
	value, ok := os.LookupEnv("SOCKPLAY_OUTSIDE")
	if !ok {
		t.Fatal("these tests run inside")
	}
	here, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOCKPLAY_OUTSIDE", here)
	if _, err := kernel.New(); err == nil {
		t.Error("a stack was made in the namespace that was to be left alone")
	}
	t.Setenv("SOCKPLAY_OUTSIDE", value)
}
