package tracer

// Live returns the events that count: without those that the rewind notes
// among them have made void, and without these notes. It is events itself
// where nothing was rewound.
func Live(events []Event) []Event {
	rewound := false
	for i := range events {
		rewound = rewound || events[i].Rewind > 0
	}
	if !rewound {
		return events
	}
	var live []Event
	for _, e := range events {
		if e.Rewind == 0 {
			live = append(live, e)
			continue
		}
		for len(live) > 0 && live[len(live)-1].Seq > e.Rewind {
			live = live[:len(live)-1]
		}
	}
	return live
}
