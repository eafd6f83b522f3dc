package ink

import (
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 ms", time.Millisecond: "1 ms", 1500 * time.Microsecond: "1.5 ms", 200 * time.Millisecond: "200 ms",
		time.Second: "1 s", 1250 * time.Millisecond: "1.25 s", 15 * time.Second: "15 s", 15500 * time.Millisecond: "15.5 s",
		time.Minute: "1 min", 61 * time.Second: "1 min 1 s", 2 * time.Hour: "2 h", 7500 * time.Second: "2 h 5 min",
		26 * time.Hour: "1 d 2 h",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}
