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
