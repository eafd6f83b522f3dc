package tracer

import "testing"

func TestLogWindow(t *testing.T) {
	l := Log{Window: 10 * eventCost}
	var seen int
	l.Sink(func(Event) { seen++ })
	for i := range 100 {
		if got := l.Add(Event{Kind: KindNote}); got != int64(i+1) {
			t.Fatalf("Add = %d, want %d", got, i+1)
		}
	}
	if seen != 100 {
		t.Errorf("the sink saw %d of 100 events", seen)
	}
	if l.Lost() != 90 {
		t.Errorf("Lost = %d, want 90", l.Lost())
	}
	events, lost := l.Since(80)
	if len(events) != 10 || lost != 10 || events[0].Seq != 91 {
		t.Errorf("Since(80) = %d events from %d, %d lost; want 10 from 91, 10 lost", len(events), events[0].Seq, lost)
	}
	if events, lost := l.Since(95); len(events) != 5 || lost != 0 || events[0].Seq != 96 {
		t.Errorf("Since(95) = %d events, %d lost", len(events), lost)
	}
	if events, _ := l.Since(100); len(events) != 0 {
		t.Errorf("Since(100) = %d events, want none", len(events))
	}
	if _, ok := l.Get(90); ok {
		t.Error("Get(90) found an event that has left the window")
	}
	if e, ok := l.Get(91); !ok || e.Seq != 91 {
		t.Errorf("Get(91) = %d, %t", e.Seq, ok)
	}
}

// A log of several pieces of memory, whose first ones leave the window, shows
// no seams.
func TestLogChunks(t *testing.T) {
	const kept = 2*chunk + chunk/2
	l := Log{Window: kept * eventCost}
	for n := 1; n <= 6*chunk; n++ {
		l.Add(Event{Kind: KindNote})
		if n%(chunk/8) > 1 {
			continue // look at the seams, and in between
		}
		first := max(1, n-kept+1)
		if lost := l.Lost(); lost != int64(first-1) {
			t.Fatalf("of %d events %d are lost, want %d", n, lost, first-1)
		}
		for _, seq := range []int{0, first - 1, first, n - chunk - 1, n - chunk, n - 2, n - 1, n, n + 1} {
			events, lost := l.Since(int64(seq))
			from := max(seq+1, first)
			if want := from - 1 - seq; seq >= 0 && lost != int64(max(0, want)) {
				t.Fatalf("of %d events: Since(%d) lost %d, want %d", n, seq, lost, max(0, want))
			}
			if len(events) != max(0, n-from+1) {
				t.Fatalf("of %d events: Since(%d) = %d events, want %d", n, seq, len(events), max(0, n-from+1))
			}
			for i, e := range events {
				if e.Seq != int64(from+i) {
					t.Fatalf("of %d events: event %d of Since(%d) is %d, want %d", n, i, seq, e.Seq, from+i)
				}
			}
		}
		for seq, want := range map[int]bool{first - 1: false, first: true, n: true, n + 1: false} {
			if e, ok := l.Get(int64(seq)); ok != want || ok && e.Seq != int64(seq) {
				t.Fatalf("of %d events: Get(%d) = %d, %t", n, seq, e.Seq, ok)
			}
		}
	}
}
