package tracer

// Span is a run of events, by their sequence numbers.
type Span struct{ First, Last int64 }

// replay is a log's state while what it holds is done again.
type replay struct {
	spans  []Span // what is to come
	last   int64  // the number given last
	recent []Event
	wrong  int // events that came out otherwise than the log has them
	again  func(Event)
}

// recentEvents is how far back a replay can be asked about.
const recentEvents = 8192

// Replay has the events that are added next be those of the spans once more, as
// a fresh sandbox brings them about that does the same again: they get the same
// numbers, are not kept a second time, and are told to again alone, not to the
// sinks.
func (l *Log) Replay(spans []Span, again func(Event)) {
	r := &replay{again: again}
	for _, s := range spans {
		if s.First <= s.Last {
			r.spans = append(r.spans, s)
		}
	}
	l.replaying = r
}

// EndReplay ends it, and reports whether exactly the events of the spans came
// again.
func (l *Log) EndReplay() bool {
	r := l.replaying
	l.replaying = nil
	return r != nil && r.wrong == 0 && len(r.spans) == 0
}

// add is Log.Add in a replay.
func (r *replay) add(l *Log, e Event) int64 {
	if len(r.spans) == 0 {
		r.wrong++
		e.Seq = r.last + 1 // of no use: EndReplay tells
	} else {
		s := &r.spans[0]
		e.Seq = s.First
		if s.First++; s.First > s.Last {
			r.spans = r.spans[1:]
		}
		if was, ok := l.inWindow(e.Seq); ok && !alike(&was, &e) {
			r.wrong++
		}
	}
	r.last = e.Seq
	if len(r.recent) >= recentEvents {
		r.recent = append(r.recent[:0], r.recent[recentEvents/2:]...)
	}
	r.recent = append(r.recent, e)
	if r.again != nil {
		r.again(e)
	}
	return e.Seq
}

// alike reports whether two events tell of the same.
func alike(a, b *Event) bool {
	if a.Kind != b.Kind || a.At != b.At || a.Fate != b.Fate || a.To != b.To || a.Call != b.Call || a.Process != b.Process {
		return false
	}
	return a.Packet == nil || b.Packet != nil && a.Packet.Number == b.Packet.Number && string(a.Packet.Bytes) == string(b.Packet.Bytes)
}

// since is Log.Since in a replay.
func (r *replay) since(seq int64) []Event {
	i := len(r.recent)
	for i > 0 && r.recent[i-1].Seq > seq {
		i--
	}
	return r.recent[i:]
}

// get is Log.Get in a replay.
func (r *replay) get(seq int64) (Event, bool) {
	lo, hi := 0, len(r.recent)
	for lo < hi {
		if mid := (lo + hi) / 2; r.recent[mid].Seq < seq {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(r.recent) && r.recent[lo].Seq == seq {
		return r.recent[lo], true
	}
	return Event{}, false
}
