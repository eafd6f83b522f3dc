// Package sandboxtest is for tests: it puts a load on a sandbox that is the same
// on every stack, and checks what must hold then.
package sandboxtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/sandbox/wire"
	"sockplay/tracer"
)

// Balanced asserts that every packet is accounted for, and that the tracer and
// the stack agreed about all states.
func Balanced(t testing.TB, s *sandbox.Sandbox) {
	t.Helper()
	c, flight := s.Wire().Count(), len(s.Wire().InFlight())
	if in, out := c.Sent+c.Copied+c.Injected, c.Delivered+c.Dropped+flight; in != out {
		t.Errorf("%d packets have appeared, and %d are accounted for: %+v, %d in flight", in, out, c, flight)
	}
	if n := s.Differences(); n > 0 {
		t.Errorf("the tracer and the stack differed %d times", n)
	}
	if err := s.Err(); err != nil {
		t.Error(err)
	}
}

// Rough are rules under which much goes wrong.
func Rough(delay time.Duration) []wire.Rule {
	return []wire.Rule{
		{Kind: wire.Loss, Percent: 10}, {Kind: wire.Duplicate, Percent: 10},
		{Kind: wire.Reorder, Percent: 10}, {Kind: wire.Delay, Delay: delay},
	}
}

// Report is what a transfer was like.
type Report struct {
	Packets int // that were sent or copied
	Octets  int // that have arrived
	Events  int
	Took    time.Duration // on the stack's clock
	Hash    string        // of the events as JSON
	wire.Count
}

// block is how much is written at once.
const block = 64 << 10

// pattern is the data: no two places in it are alike.
func pattern(from, n int) []byte {
	var b []byte
	for i := from / 8; len(b) < n; i++ {
		b = fmt.Appendf(b, "%07x|", i)
	}
	return b[:n]
}

// Transfer has a client send data to a server under rules, until so many packets
// have been on the wire, and checks that all of it arrives as it was sent, and
// that each packet has one beginning and one end.
func Transfer(t testing.TB, stack sandbox.Stack, seed int64, packets int, rules []wire.Rule) (r Report) {
	t.Helper()
	ctx := context.Background()
	log := &tracer.Log{}
	hash := sha256.New()
	births, ends := map[int]int{}, map[int]int{}
	log.Sink(func(e tracer.Event) {
		r.Events++
		text, err := e.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		hash.Write(append(text, '\n'))
		switch e.Fate {
		case tracer.Sent, tracer.Copied, tracer.Injected:
			r.Packets++
			births[e.Packet.Number]++
		case tracer.Delivered, tracer.Dropped:
			ends[e.Packet.Number]++
		}
	})
	s := sandbox.New(stack, log)
	defer s.Close()
	s.Seed(seed)
	server, client := s.Process("server"), s.Process("client")
	at := sandbox.Addr{AddrPort: netip.MustParseAddrPort("127.0.0.1:8080")}
	server.Socket(ctx, sandbox.TCP)
	server.Bind(ctx, 3, at)
	server.Listen(ctx, 3, 5)
	client.Socket(ctx, sandbox.TCP)
	client.Connect(ctx, 3, at)
	if got := server.Accept(ctx, 3).Result.Value; got != 4 {
		t.Fatalf("accept returned %d", got)
	}
	for _, rule := range rules {
		s.Wire().SetRule(rule)
	}
	began := stack.Now()
	for r.Packets < packets {
		server.Recv(ctx, 4, block, sandbox.MSG_WAITALL)
		sent := pattern(r.Octets, block)
		client.Write(ctx, 3, sent)
		if !s.WaitUntil(ctx, time.Hour, func() bool { return server.Blocked() == "" && client.Blocked() == "" }) {
			t.Fatalf("after %s and %d bytes it goes on no more", stack.Now()-began, r.Octets)
		}
		if got := server.Last().Result; string(got.Data) != string(sent) {
			t.Fatalf("bytes %d to %d arrived otherwise than they were sent: %d of them, %s", r.Octets+1, r.Octets+block, len(got.Data), got.Errno)
		}
		r.Octets += block
	}
	r.Took = stack.Now() - began
	s.Wire().ClearRules("")
	linger, _ := sandbox.LookupOption("SO_LINGER")
	client.Setsockopt(ctx, 3, linger, 0)
	client.Close(ctx, 3) // an RST: nothing is left behind
	server.Close(ctx, 4)
	server.Close(ctx, 3)
	s.Poll(ctx)
	Balanced(t, s)
	r.Count = s.Wire().Count()
	if left := len(s.Wire().InFlight()); left > 0 {
		t.Errorf("%d packets are left on the wire", left)
	}
	for number, n := range births {
		if n != 1 || ends[number] != 1 {
			t.Errorf("packet %d has %d beginnings and %d ends", number, n, ends[number])
		}
	}
	r.Hash = hex.EncodeToString(hash.Sum(nil))
	return r
}

// Steps plays connections on a held wire, from handshake to TIME-WAIT, and
// returns how long each step took: one delivery, with all that is recorded of
// it.
func Steps(t testing.TB, stack sandbox.Stack, connections int) (took []time.Duration) {
	t.Helper()
	ctx := context.Background()
	s := command.NewSession(stack, &tracer.Log{})
	defer s.Sandbox.Close()
	do := func(line string) {
		t.Helper()
		if _, err := s.Do(ctx, line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	step := func(n int) {
		for range n {
			began := time.Now()
			_, err := s.Do(ctx, "step")
			took = append(took, time.Since(began))
			if err != nil {
				t.Fatal("step: ", err)
			}
		}
	}
	for _, line := range []string{"server: socket tcp", "server: bind 3 127.0.0.1:8080", "server: listen 3"} {
		do(line)
	}
	for range connections {
		for _, line := range []string{
			"wire hold", "client: socket tcp", "client: connect 3 127.0.0.1:8080", "3", "server: accept 3",
			`client: write 3 "hello"`, "2", "server: read 4 100", `server: write 4 "world"`, "2", "client: read 3 100",
			"client: close 3", "2", "server: close 4", "2",
		} {
			if n := line[0]; n >= '0' && n <= '9' {
				step(int(n - '0'))
				continue
			}
			do(line)
		}
		do("wire open")
	}
	do("server: close 3")
	Balanced(t, s.Sandbox)
	slices.Sort(took)
	return took
}
