//go:build linux

package kernel_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"sockplay/sandbox/peer/filestest"
)

// BenchmarkFiles sends a file from one peer to another. MB is how much, 100 if it
// is not set.
func BenchmarkFiles(b *testing.B) {
	mb, err := strconv.Atoi(os.Getenv("MB"))
	if err != nil {
		mb = 100
	}
	s := newBench(b)
	s.do("server: close 3")
	path, sum := filestest.Made(b, mb*1_000_000)
	var took, cpu time.Duration
	packets := 0
	for range b.N {
		before := cpuTime()
		r := filestest.Move(b, s.stack, path, sum)
		took, packets = took+r.Took, r.Wire.Sent
		cpu += cpuTime() - before
	}
	if n := s.stack.Lost(); n > 0 {
		b.Fatalf("%d packets were lost between the stack and the wire", n)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(mb*b.N)/took.Seconds(), "MB/s")
	b.ReportMetric(float64(mb*b.N)/cpu.Seconds(), "MB/cpu-s")
	b.ReportMetric(float64(packets), "packets")
}
