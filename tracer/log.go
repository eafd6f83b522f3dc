package tracer

// DefaultWindow bounds what a Log keeps, in octets of packets and events.
const DefaultWindow = 64 << 20

// eventCost is what an event is reckoned to occupy beside its packet's bytes.
const eventCost = 512

// Log keeps the latest events and hands each one to its sinks. The zero value
// is ready to use, keeps DefaultWindow octets and has no sinks. A Log belongs
// to one goroutine.
type Log struct {
	Window int // octets kept; 0 means DefaultWindow

	events []Event // events[head:] are kept
	head   int
	size   int
	last   int64
	sinks  []func(Event)
}

// Sink adds a function that sees each event as it is added, in order.
func (l *Log) Sink(f func(Event)) { l.sinks = append(l.sinks, f) }

// Add gives e the next sequence number, keeps it, and returns the number.
func (l *Log) Add(e Event) int64 {
	l.last++
	e.Seq = l.last
	l.events = append(l.events, e)
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
	for l.size > window && l.head < len(l.events)-1 {
		l.size -= cost(l.events[l.head])
		l.events[l.head] = Event{}
		l.head++
	}
	if l.head > 1024 && l.head > len(l.events)/2 {
		n := copy(l.events, l.events[l.head:])
		clear(l.events[n:])
		l.events, l.head = l.events[:n], 0
	}
}

// Last returns the sequence number of the latest event, 0 if there is none.
func (l *Log) Last() int64 { return l.last }

// Lost returns how many events have left the window.
func (l *Log) Lost() int64 { return l.last - int64(len(l.events)-l.head) }

// Since returns the kept events after seq, and how many of those asked for
// have left the window. The slice is the Log's, and good until the next Add.
func (l *Log) Since(seq int64) (events []Event, lost int64) {
	first := l.Lost() // sequence number before the first kept event
	if seq < first {
		return l.events[l.head:], first - seq
	}
	return l.events[l.head+int(min(seq, l.last)-first):], 0
}

// Get returns the event with that number; ok is false if it is not kept.
func (l *Log) Get(seq int64) (e Event, ok bool) {
	first := l.Lost()
	if seq <= first || seq > l.last {
		return Event{}, false
	}
	return l.events[l.head+int(seq-first)-1], true
}
