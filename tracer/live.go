package tracer

import "sort"

// Live returns the events that count: without those that a rewind or a fresh
// start among them has made void, and without these notes. It is events itself
// where there is no such note.
func Live(events []Event) []Event {
	first := 0
	for first < len(events) && !voids(&events[first]) {
		first++
	}
	if first == len(events) {
		return events
	}
	live := append([]Event(nil), events[:first]...)
	for i := first; i < len(events); i++ {
		switch e := &events[i]; {
		case !voids(e):
			live = append(live, *e)
		case e.Fresh:
			live = live[:0]
		default:
			live = live[:sort.Search(len(live), func(i int) bool { return live[i].Seq > e.Rewind })]
		}
	}
	return live
}

// voids reports whether e makes earlier events void.
func voids(e *Event) bool { return e.Kind == KindNote && (e.Fresh || e.Rewind != 0) }
