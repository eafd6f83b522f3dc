package netstack

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
)

// TestClock: timers run when the clock is moved to them, those that are due at
// the same moment in the order in which they were set.
func TestClock(t *testing.T) {
	c := &clock{}
	var ran []string
	set := func(name string, d time.Duration) tcpip.Timer {
		return c.AfterFunc(d, func() { ran = append(ran, fmt.Sprintf("%s@%v", name, c.elapsed())) })
	}
	set("b", 2*time.Second)
	set("a", time.Second)
	stopped := set("stopped", time.Second)
	again := set("again", time.Second)
	set("c", 2*time.Second)
	if !stopped.Stop() || stopped.Stop() {
		t.Error("a timer can be stopped once")
	}
	again.Reset(2 * time.Second) // now the last of three
	if at, ok := c.next(); !ok || at != time.Second {
		t.Errorf("the next timer is at %v, %v", at, ok)
	}
	for c.advance(1500 * time.Millisecond) {
	}
	if got := strings.Join(ran, " "); got != "a@1s" || c.elapsed() != 1500*time.Millisecond {
		t.Errorf("%q have run by %v", got, c.elapsed())
	}
	for c.advance(time.Hour) {
	}
	if got, want := strings.Join(ran, " "), "a@1s b@2s c@2s again@2s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if _, ok := c.next(); ok || c.elapsed() != time.Hour {
		t.Errorf("a timer is left, or the clock shows %v", c.elapsed())
	}
	// A timer that sets itself anew runs once a second.
	var tick tcpip.Timer
	var ticks []time.Duration
	tick = c.AfterFunc(time.Second, func() {
		ticks = append(ticks, c.elapsed())
		tick.Reset(time.Second)
	})
	for c.advance(time.Hour + 3*time.Second) {
	}
	if want := []time.Duration{time.Hour + time.Second, time.Hour + 2*time.Second, time.Hour + 3*time.Second}; !slices.Equal(ticks, want) {
		t.Errorf("it ticked at %v", ticks)
	}
	if !c.Now().Equal(epoch.Add(time.Hour + 3*time.Second)) {
		t.Errorf("it is %v", c.Now())
	}
}

// TestPaced: the SYN that a challenge ACK has answered does not come again
// before it can be answered; other times are as they are set.
func TestPaced(t *testing.T) {
	for d, want := range map[time.Duration]time.Duration{
		2 * time.Microsecond: soon, 4 * time.Microsecond: soon, 512 * time.Microsecond: soon,
		0: 0, time.Microsecond: time.Microsecond, 500 * time.Microsecond: 500 * time.Microsecond,
		2*time.Microsecond + 1: 2*time.Microsecond + 1, time.Millisecond: time.Millisecond, time.Second: time.Second,
	} {
		if got := paced(d); got != want {
			t.Errorf("%v becomes %v, want %v", d, got, want)
		}
	}
}
