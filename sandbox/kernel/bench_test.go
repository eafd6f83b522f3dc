//go:build linux

package kernel_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/sandbox/kernel"
	"sockplay/tracer"
)

// theStack is that of this process's namespace, of which there is one.
var theStack = sync.OnceValues(kernel.New)

// bench is a session whose server has a connection of its client's as 4, if
// it is connected, and listens at 3.
type bench struct {
	*testing.B
	*command.Session
	stack *kernel.Stack
	log   tracer.Log
}

func newBench(b *testing.B) *bench {
	stack, err := theStack()
	if err != nil {
		b.Skip("a test has the namespace's stack already: use -run '^$': ", err)
	}
	s := &bench{B: b, stack: stack}
	s.Session = command.NewSession(stack, &s.log)
	s.do("server: socket tcp", "server: bind 3 127.0.0.1:8080", "server: listen 3 5")
	return s
}

func (s *bench) do(lines ...string) {
	for _, line := range lines {
		if _, err := s.Do(context.Background(), line); err != nil {
			s.Fatal(line, ": ", err)
		}
	}
}

func (s *bench) connect() {
	s.do("server: accept 3", "client: socket tcp", "client: connect 3 127.0.0.1:8080", "server: expect return 4")
}

// end closes the listener and makes sure that nothing was lost or misjudged.
func (s *bench) end() {
	s.do("server: close 3")
	if err := s.Sandbox.Err(); err != nil {
		s.Fatal(err)
	}
	if n := s.Sandbox.Differences(); n > 0 {
		s.Fatalf("%d times the tracer and the stack said different states", n)
	}
	if n := s.stack.Lost(); n > 0 {
		s.Fatalf("%d packets were lost between the stack and the wire", n)
	}
	if n := len(s.Sandbox.Wire().InFlight()); n > 0 {
		s.Fatalf("%d packets are still in flight", n)
	}
}

// BenchmarkCall measures the time from a line to the last event that follows
// from it at once: the call, each of its packets sent and delivered, the
// states that moved, checked against the stack, and what it returned. Each
// round is a whole session, of which one call is measured.
func BenchmarkCall(b *testing.B) {
	const connect, write, end = "client: connect 3 127.0.0.1:8080", `client: write 3 "hello"`, "client: close 3"
	for _, call := range []struct{ name, line string }{{"connect", connect}, {"write", write}, {"close", end}} {
		b.Run(call.name, func(b *testing.B) {
			s := newBench(b)
			var times []time.Duration
			var events int64
			for b.Loop() {
				for _, line := range []string{
					"server: accept 3", "client: socket tcp", connect,
					write, "server: read 4 100", `server: write 4 "world"`, "client: read 3 100",
					end, "server: close 4",
				} {
					if line != call.line {
						s.do(line)
						continue
					}
					before, start := s.log.Last(), time.Now()
					_, err := s.Do(context.Background(), line)
					times = append(times, time.Since(start))
					events = s.log.Last() - before
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			s.end()
			slices.Sort(times)
			at := func(p float64) float64 { return times[int(p*float64(len(times)-1))].Seconds() * 1e6 }
			b.ReportMetric(0, "ns/op") // of a round: of no interest
			b.ReportMetric(at(0), "min-us")
			b.ReportMetric(at(0.5), "p50-us")
			b.ReportMetric(at(0.99), "p99-us")
			b.ReportMetric(float64(events), "events")
		})
	}
}

// chunk is what one write of BenchmarkBulk sends: with -benchtime 100x it sends
// 100 MB in all.
const chunk = 1_000_000

// BenchmarkBulk sends random data from the client to a server that waits for
// it in big reads. What the reads returned and, packet by packet, what was
// recorded must be what was written.
func BenchmarkBulk(b *testing.B) {
	s := newBench(b)
	s.connect()
	client, server := s.Sandbox.Process("client"), s.Sandbox.Process("server")
	ctx := context.Background()

	var sent, delivered, others, again int
	var want []byte                 // the chunk that is under way
	begun, recorded := 0, uint32(0) // octets before it, and octets recorded in all
	s.log.Sink(func(e tracer.Event) {
		switch p := e.Packet; {
		case e.Fate == tracer.Delivered:
			delivered++
		case e.Fate == tracer.Sent:
			sent++
			if p.Len == 0 {
				return
			}
			at := p.Seq - 1     // the SYN counts one
			if at != recorded { // the kernel's timer ran out while this program had to wait for a processor
				again++
				return
			}
			if from := int(at) - begun; from+p.Len > len(want) || !bytes.Equal(p.Payload, want[from:from+p.Len]) {
				b.Fatalf("packet %d does not hold what was written", p.Number)
			}
			recorded += uint32(p.Len)
		case p != nil:
			others++
		}
	})

	random := rand.NewChaCha8([32]byte{1})
	want = make([]byte, chunk)
	var rss []int // after each chunk
	cpu := cpuTime()
	b.SetBytes(chunk)
	for b.Loop() {
		b.StopTimer()
		paused := cpuTime()
		random.Read(want)
		rss = append(rss, peakRSS())
		cpu += cpuTime() - paused
		b.StartTimer()
		if o := server.Recv(ctx, 4, chunk, sandbox.MSG_WAITALL); !o.Blocked {
			b.Fatal("recv did not wait: ", o.Result)
		}
		if o := client.Write(ctx, 3, want); o.Result.Value != chunk {
			b.Fatal("write: ", o.Result)
		}
		if o := server.Last(); o.Call != "recv" || !bytes.Equal(o.Result.Data, want) {
			b.Fatal("what was read is not what was written: ", o.Result.Value)
		}
		begun += chunk
	}
	cpu = cpuTime() - cpu
	rounds := len(rss)
	if sent != delivered || others > 0 || int(recorded) != rounds*chunk {
		b.Fatalf("%d packets sent, %d delivered, %d neither, %d octets recorded of %d",
			sent, delivered, others, recorded, rounds*chunk)
	}
	s.do("client: close 3", "server: close 4")
	s.end()

	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(rounds*chunk)/1e6/cpu.Seconds(), "MB/cpu-s")
	b.ReportMetric(float64(sent), "packets")
	b.ReportMetric(float64(sent)/seconds, "packets/s")
	b.ReportMetric(float64(again), "again")
	b.ReportMetric(float64(s.log.Last()), "events")
	b.ReportMetric(float64(s.log.Lost()), "events-left")
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
	b.ReportMetric(float64(rss[rounds/2])/1e6, "rss-half-MB")
	b.ReportMetric(float64(peakRSS())/1e6, "rss-MB")
}

// cpuTime is what this process has used, in the kernel too.
func cpuTime() time.Duration {
	var r unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// peakRSS is the most memory that this process has had resident, in octets.
func peakRSS() int {
	status, _ := os.ReadFile("/proc/self/status")
	kilo := 0
	for line := range strings.Lines(string(status)) {
		fmt.Sscanf(line, "VmHWM: %d kB", &kilo)
	}
	return kilo << 10
}
