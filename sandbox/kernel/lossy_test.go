//go:build linux

package kernel_test

import (
	"testing"
	"time"

	"sockplay/sandbox/kernel"
	"sockplay/sandbox/sandboxtest"
)

// testRough: under loss, delay, reordering and duplication all data arrives as it
// was sent, and every packet is accounted for.
func testRough(t *testing.T, stack *kernel.Stack) {
	r := sandboxtest.Transfer(t, stack, 1, 1000, sandboxtest.Rough(time.Millisecond))
	if n := stack.Lost(); n > 0 {
		t.Errorf("%d packets were lost between the stack and the wire", n)
	}
	if share := float64(r.Dropped) / float64(r.Sent); share < 0.05 || share > 0.15 {
		t.Errorf("of %d packets %d were lost", r.Sent, r.Dropped)
	}
}

// BenchmarkRough sends 20,000 packets under rough rules; time is real, so that
// the delay is short.
func BenchmarkRough(b *testing.B) {
	for range b.N {
		s := newBench(b)
		s.do("server: close 3")
		r := sandboxtest.Transfer(b, s.stack, 1, 20_000, sandboxtest.Rough(time.Millisecond))
		if n := s.stack.Lost(); n > 0 {
			b.Fatalf("%d packets were lost between the stack and the wire", n)
		}
		b.ReportMetric(float64(r.Packets), "packets")
		b.ReportMetric(float64(r.Dropped), "dropped")
		b.ReportMetric(float64(r.Copied), "copied")
		b.ReportMetric(float64(r.Octets)/1e6, "MB")
		b.ReportMetric(r.Took.Seconds(), "s")
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkStep delivers the packets of held connections, one by one.
func BenchmarkStep(b *testing.B) {
	s := newBench(b)
	s.do("server: close 3")
	took := sandboxtest.Steps(b, s.stack, b.N)
	b.ReportMetric(took[len(took)/2].Seconds()*1e6, "p50-us")
	b.ReportMetric(took[len(took)*99/100].Seconds()*1e6, "p99-us")
	b.ReportMetric(float64(len(took)), "steps")
	b.ReportMetric(0, "ns/op")
}
