package netstack_test

import (
	"context"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/sandbox/netstack"
	"sockplay/tracer"
)

// BenchmarkSandboxes makes sandboxes, 5,000 unless -benchtime says otherwise,
// each with a connection that stays open, and weighs them together.
func BenchmarkSandboxes(b *testing.B) {
	memory := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc+m.StackInuse) / 1e6
	}
	before := memory()
	stacks := make([]*netstack.Stack, 0, b.N)
	sessions := make([]*command.Session, 0, b.N)
	making := make([]time.Duration, 0, b.N)
	for range b.N {
		began := time.Now()
		stack, err := netstack.New(1)
		if err != nil {
			b.Fatal(err)
		}
		session := command.NewSession(stack, &tracer.Log{})
		making = append(making, time.Since(began))
		for line := range strings.Lines(connected) {
			if _, err := session.Do(context.Background(), line); err != nil {
				b.Fatal(err)
			}
		}
		if state := session.Sandbox.Process("client").Endpoint(3).State(); state != "ESTABLISHED" {
			b.Fatal(state)
		}
		stacks, sessions = append(stacks, stack), append(sessions, session)
	}
	b.StopTimer()
	total := memory() - before
	slices.Sort(making)
	b.ReportMetric(total, "MB")
	b.ReportMetric(1e3*total/float64(b.N), "kB/sandbox")
	b.ReportMetric(making[len(making)/2].Seconds()*1e6, "p50-us")
	b.ReportMetric(making[len(making)*99/100].Seconds()*1e6, "p99-us")
	b.ReportMetric(0, "ns/op")
	for i := range stacks {
		sessions[i].Sandbox.Close()
		stacks[i].Close()
	}
}

// BenchmarkBackoff lets a SYN be sent again until connect gives up, from the
// call to ETIMEDOUT.
func BenchmarkBackoff(b *testing.B) {
	for range b.N {
		b.StopTimer()
		r := start(b, 1)
		r.run(b, listening+"client: socket tcp\n")
		b.StartTimer()
		r.run(b, "client: connect 4 127.0.0.1:8080\nwait client 300s\nclient: expect errno ETIMEDOUT\n")
	}
}

// BenchmarkBulk sends 10 MB; nothing may be sent twice.
func BenchmarkBulk(b *testing.B) {
	for range b.N {
		b.StopTimer()
		r := start(b, 1)
		r.run(b, strings.Replace(connected, "server: setsockopt 3 SO_RCVBUF 4000\n", "", 1))
		b.StartTimer()
		for range 10 {
			r.run(b, "server: recv 4 1000000 MSG_WAITALL\nclient: write 3 \"0123456789\" * 100000\nserver: expect return 1000000\n")
		}
		b.StopTimer()
		again, packets, next := 0, 0, uint32(1)
		for _, e := range r.events {
			if e.Fate == tracer.Sent && e.Packet.Kind == tracer.DATA {
				packets++
				if e.Packet.Seq != next {
					again++
				}
				next = e.Packet.Seq + uint32(e.Packet.Len)
			}
		}
		if again > 0 || next != 10_000_001 {
			b.Fatalf("%d of %d segments were sent again or out of order, up to byte %d", again, packets, next-1)
		}
		b.ReportMetric(float64(packets), "segments")
	}
	b.ReportMetric(10*float64(b.N)/b.Elapsed().Seconds(), "MB/s")
}

// BenchmarkHandshakes makes traced connections on one processor: each a
// connect, its three packets with their states, and an accept.
func BenchmarkHandshakes(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	stack, err := netstack.New(1)
	if err != nil {
		b.Fatal(err)
	}
	defer stack.Close()
	log := &tracer.Log{}
	s := sandbox.New(stack, log)
	defer s.Close()
	ctx := context.Background()
	server, client := s.Process("server"), s.Process("client")
	at := sandbox.Addr{AddrPort: netip.MustParseAddrPort("127.0.0.1:8080")}
	server.Socket(ctx, sandbox.TCP)
	server.Bind(ctx, 3, at)
	server.Listen(ctx, 3, 128)
	linger, _ := sandbox.LookupOption("SO_LINGER")
	began := log.Last()
	b.ResetTimer()
	for range b.N {
		fd := client.Socket(ctx, sandbox.TCP).Result.Value
		client.Connect(ctx, fd, at)
		got := server.Accept(ctx, 3).Result.Value
		b.StopTimer() // a RST clears both away: no TIME-WAIT keeps the port
		if got < 0 {
			b.Fatal("not accepted")
		}
		client.Setsockopt(ctx, fd, linger, 0)
		client.Close(ctx, fd)
		server.Close(ctx, got)
		b.StartTimer()
	}
	b.StopTimer()
	if s.Differences() > 0 {
		b.Error("the tracer and the stack differed")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "handshakes/s")
	b.ReportMetric(float64(log.Last()-began)/float64(b.N), "events")
}
