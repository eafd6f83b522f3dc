//go:build unix

package files_test

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"sockplay/sandbox/netstack"
	"sockplay/sandbox/peer/filestest"
	"sockplay/sandbox/wire"
)

// benchMB is how much is sent: MB of the environment, 100 if that is not set.
func benchMB() int {
	if n, err := strconv.Atoi(os.Getenv("MB")); err == nil {
		return n
	}
	return 100
}

// BenchmarkFiles sends a file from one peer to another on the user stack, and by
// turns over the machine's own loopback without any of that; and once with a
// twentieth of its packets lost.
func BenchmarkFiles(b *testing.B) {
	path, sum := filestest.Made(b, benchMB()*1_000_000)
	var traced, plain, cpu time.Duration
	for range b.N {
		before := cpuTime()
		traced += onUser(b, path, sum).Took
		cpu += cpuTime() - before
		plain += filestest.Plain(b, path, sum)
	}
	lossy := onUser(b, path, sum, wire.Rule{Kind: wire.Loss, Percent: 5})
	moved := float64(benchMB() * b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(moved/traced.Seconds(), "MB/s")
	b.ReportMetric(moved/cpu.Seconds(), "MB/cpu-s")
	b.ReportMetric(moved/plain.Seconds(), "plain-MB/s")
	b.ReportMetric(float64(benchMB())/lossy.Took.Seconds(), "lossy-MB/s")
	b.ReportMetric(float64(lossy.Wire.Dropped), "lost")
	b.ReportMetric(lossy.Clock.Seconds(), "lossy-virtual-s")
}

// cpuTime is what this process has used, in the kernel too.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func onUser(b *testing.B, path, sum string, rules ...wire.Rule) filestest.Report {
	stack, err := netstack.New(1)
	if err != nil {
		b.Fatal(err)
	}
	defer stack.Close()
	return filestest.Move(b, stack, path, sum, rules...)
}
