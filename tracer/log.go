package tracer

// DefaultWindow bounds what a Log keeps, in octets of packets and events.
const DefaultWindow = 64 << 20

// eventCost is what an event is reckoned to occupy beside its packet's bytes.
const eventCost = 512

// chunk is how many events lie in one piece of memory: a log that grew in one
// piece would stop its owner for as long as it takes to make, clear and copy it.
const chunk = 512

// Log keeps the latest events and hands each one to its sinks. The zero value
// is ready to use, keeps DefaultWindow octets and has no sinks. A Log belongs
// to one goroutine.
type Log struct {
	Window int // octets kept; 0 means DefaultWindow

	chunks [][]Event // full but for the last; chunks[0][:head] have left the window
	head   int
	spare  []Event // a chunk that has left it
	size   int
	last   int64
	sinks  []func(Event)

	replaying *replay // nil: what is added is new
}

// Sink adds a function that sees each event as it is added, in order.
func (l *Log) Sink(f func(Event)) { l.sinks = append(l.sinks, f) }

// Add gives e the next sequence number, keeps it, and returns the number.
func (l *Log) Add(e Event) int64 {
	if l.replaying != nil {
		return l.replaying.add(l, e)
	}
	l.last++
	e.Seq = l.last
	n := len(l.chunks)
	if n == 0 || len(l.chunks[n-1]) == chunk {
		if n > 0 && l.spare == nil { // the first grows, for most logs are short
			l.spare = make([]Event, 0, chunk)
		}
		l.chunks, l.spare = append(l.chunks, l.spare), nil
		n++
	}
	l.chunks[n-1] = append(l.chunks[n-1], e)
	l.size += cost(e)
	l.trim()
	for _, f := range l.sinks {
		f(e)
	}
	return e.Seq
}

// cost counts a packet's bytes where the packet appears, not at its delivery.
func cost(e Event) int {
	n := eventCost + len(e.Data)
	if e.Packet != nil && e.Fate != Delivered {
		n += len(e.Packet.Bytes)
	}
	if e.Crossing != nil {
		n += len(e.Crossing.Data)
	}
	if e.Result != nil {
		n += len(e.Result.Data)
	}
	return n
}

func (l *Log) trim() {
	window := l.Window
	if window == 0 {
		window = DefaultWindow
	}
	for l.size > window && l.kept() > 1 {
		e := &l.chunks[0][l.head]
		l.size -= cost(*e)
		*e = Event{}
		if l.head++; l.head == chunk {
			l.spare = l.chunks[0][:0]
			l.chunks, l.head = l.chunks[1:], 0
		}
	}
}

// kept is how many events are in the window.
func (l *Log) kept() int {
	n := len(l.chunks)
	if n == 0 {
		return 0
	}
	return (n-1)*chunk + len(l.chunks[n-1]) - l.head
}

// Last returns the sequence number of the latest event, 0 if there is none.
func (l *Log) Last() int64 {
	if l.replaying != nil {
		return l.replaying.last
	}
	return l.last
}

// Lost returns how many events have left the window.
func (l *Log) Lost() int64 { return l.last - int64(l.kept()) }

// Since returns the kept events after seq, and how many of those asked for
// have left the window. The slice is good until the next Add.
func (l *Log) Since(seq int64) (events []Event, lost int64) {
	if l.replaying != nil {
		return l.replaying.since(seq), 0
	}
	first := l.Lost() // sequence number before the first kept event
	if seq < first {
		seq, lost = first, first-seq
	}
	i := l.head + int(min(seq, l.last)-first) // among all that the chunks hold
	if i/chunk >= len(l.chunks)-1 {           // most asked for, and in one piece
		if i/chunk < len(l.chunks) {
			events = l.chunks[i/chunk][i%chunk:]
		}
		return events, lost
	}
	events = make([]Event, 0, l.last-seq)
	for ; i/chunk < len(l.chunks); i += chunk - i%chunk {
		events = append(events, l.chunks[i/chunk][i%chunk:]...)
	}
	return events, lost
}

// Get returns the event with that number; ok is false if it is not kept.
func (l *Log) Get(seq int64) (e Event, ok bool) {
	if l.replaying != nil {
		if e, ok = l.replaying.get(seq); ok {
			return e, true
		}
	}
	return l.inWindow(seq)
}

// inWindow is Get for what is kept.
func (l *Log) inWindow(seq int64) (e Event, ok bool) {
	first := l.Lost()
	if seq <= first || seq > l.last {
		return Event{}, false
	}
	i := l.head + int(seq-first) - 1
	return l.chunks[i/chunk][i%chunk], true
}
