package netstack_test

import (
	"fmt"
	"testing"
	"time"

	"sockplay/sandbox/netstack"
	"sockplay/sandbox/sandboxtest"
)

// rough transfers data under rough rules.
func rough(t testing.TB, seed int64, packets int) sandboxtest.Report {
	stack, err := netstack.New(seed)
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	return sandboxtest.Transfer(t, stack, seed, packets, sandboxtest.Rough(5*time.Millisecond))
}

// TestRough: under loss, delay, reordering and duplication all data arrives as
// it was sent, every packet is accounted for, and a seed comes out the same.
func TestRough(t *testing.T) {
	hashes := map[string]int64{}
	for seed := int64(1); seed <= 3; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r, again := rough(t, seed, 3000), rough(t, seed, 3000)
			if r != again {
				t.Errorf("the second time it was\n%+v and not\n%+v", again, r)
			}
			if share := float64(r.Dropped) / float64(r.Sent); share < 0.07 || share > 0.13 {
				t.Errorf("of %d packets %d were lost", r.Sent, r.Dropped)
			}
			if other := hashes[r.Hash]; other > 0 {
				t.Errorf("it came out as with seed %d", other)
			}
			hashes[r.Hash] = seed
			t.Logf("%d packets, %d bytes in %s", r.Packets, r.Octets, r.Took)
		})
	}
}

// BenchmarkRough sends 100,000 packets under rough rules, twice.
func BenchmarkRough(b *testing.B) {
	for range b.N {
		began := time.Now()
		r := rough(b, 1, 100_000)
		once := time.Since(began)
		if again := rough(b, 1, 100_000); r != again {
			b.Fatalf("the second time it was\n%+v and not\n%+v", again, r)
		}
		b.ReportMetric(float64(r.Packets), "packets")
		b.ReportMetric(float64(r.Dropped), "dropped")
		b.ReportMetric(float64(r.Copied), "copied")
		b.ReportMetric(float64(r.Octets)/1e6, "MB")
		b.ReportMetric(float64(r.Packets)/once.Seconds(), "packets/s")
		b.ReportMetric(r.Took.Seconds(), "virtual-s")
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkStep delivers the packets of held connections, one by one.
func BenchmarkStep(b *testing.B) {
	stack, err := netstack.New(1)
	if err != nil {
		b.Fatal(err)
	}
	defer stack.Close()
	took := sandboxtest.Steps(b, stack, b.N)
	b.ReportMetric(took[len(took)/2].Seconds()*1e6, "p50-us")
	b.ReportMetric(took[len(took)*99/100].Seconds()*1e6, "p99-us")
	b.ReportMetric(float64(len(took)), "steps")
	b.ReportMetric(0, "ns/op")
}

// TestRoughLong: after 50,000 packets, too, a connection always has a timer that
// gets it on.
func TestRoughLong(t *testing.T) {
	if testing.Short() {
		t.Skip("it is long")
	}
	rough(t, 1, 55_000)
}
