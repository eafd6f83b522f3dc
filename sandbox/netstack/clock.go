package netstack

import (
	"container/heap"
	"sync"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
)

// head is what the stack's monotonic clock shows when the sandbox begins. It
// is not zero, since gVisor takes a zero time for one that was never set.
const head = time.Hour

// epoch is the time of day at which every sandbox begins, so that a capture
// repeats to the byte.
var epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// clock is a clock that stands still until it is moved. Timers that are due at
// the same moment run in the order in which they were set. gVisor sets timers
// from its own goroutines too; only the owner moves the clock.
type clock struct {
	mu     sync.Mutex
	now    time.Duration
	order  uint64
	timers timers
}

var _ tcpip.Clock = (*clock)(nil)

// Now is the time of day.
func (c *clock) Now() time.Time { return epoch.Add(c.elapsed()) }

// NowMonotonic is the time that gVisor reckons with.
func (c *clock) NowMonotonic() tcpip.MonotonicTime {
	return tcpip.MonotonicTime{}.Add(head + c.elapsed())
}

// elapsed is the time since the sandbox began.
func (c *clock) elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc runs f when the clock is moved to d from now, on the goroutine
// that moves it.
func (c *clock) AfterFunc(d time.Duration, f func()) tcpip.Timer {
	t := &timer{clock: c, f: f, index: -1}
	t.Reset(d)
	return t
}

// next is when the next timer is due; ok is false if none runs.
func (c *clock) next() (at time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.timers) == 0 {
		return 0, false
	}
	return c.timers[0].due, true
}

// advance moves the clock to the next timer that is due by limit, and runs it;
// if there is none, it moves the clock to limit and returns false.
func (c *clock) advance(limit time.Duration) bool {
	c.mu.Lock()
	if len(c.timers) == 0 || c.timers[0].due > limit {
		c.now = max(c.now, limit)
		c.mu.Unlock()
		return false
	}
	t := heap.Pop(&c.timers).(*timer)
	c.now = max(c.now, t.due)
	c.mu.Unlock()
	t.f()
	return true
}

// timer is one call that is due.
type timer struct {
	clock *clock
	f     func()
	due   time.Duration
	order uint64
	index int // in the heap; -1: it is not running
}

// Stop takes the timer back, and reports whether it was running.
func (t *timer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	if t.index < 0 {
		return false
	}
	heap.Remove(&t.clock.timers, t.index)
	return true
}

// soon is after how much time a SYN is sent again that a challenge ACK has
// answered: two jiffies, on Linux (TCP_TIMEOUT_MIN).
const soon = 8 * time.Millisecond

// paced is soon for the times after which gVisor does so: 2, 4, 8 ... µs. They
// are over, and many SYNs sent, before the first one can be answered.
func paced(d time.Duration) time.Duration {
	if us := d / time.Microsecond; d%time.Microsecond == 0 && us > 1 && us < 1000 && us&(us-1) == 0 {
		return soon
	}
	return d
}

// Reset starts the timer anew.
func (t *timer) Reset(d time.Duration) {
	c := t.clock
	d = paced(d)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order++
	t.due, t.order = c.now+max(d, 0), c.order
	if t.index < 0 {
		heap.Push(&c.timers, t)
	} else {
		heap.Fix(&c.timers, t.index)
	}
}

// timers is a heap, the timer that is due next first.
type timers []*timer

func (h timers) Len() int { return len(h) }

func (h timers) Less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].order < h[j].order
}

func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timers) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *timers) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.index = -1
	return t
}
