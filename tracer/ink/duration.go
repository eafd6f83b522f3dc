package ink

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration writes a time as a reader needs it: three digits or so.
func Duration(d time.Duration) string {
	s := d.Seconds()
	switch {
	case d < 10*time.Millisecond:
		return digits(s*1000, 1) + " ms"
	case d < time.Second:
		return digits(s*1000, 0) + " ms"
	case d < 10*time.Second:
		return digits(s, 2) + " s"
	case d < time.Minute:
		return digits(s, 1) + " s"
	}
	m := int64(d.Round(time.Second) / time.Second)
	switch {
	case m < 3600:
		return inUnits(m, 60, "min", "s")
	case m < 24*3600:
		return inUnits(m/60, 60, "h", "min")
	}
	return inUnits(m/3600, 24, "d", "h")
}

// digits writes x with at most n digits behind the point, and no useless ones.
func digits(x float64, n int) string {
	s := strconv.FormatFloat(x, 'f', n, 64)
	if n > 0 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// inUnits writes n in two units, without the smaller one if it is 0.
func inUnits(n, per int64, large, small string) string {
	s := fmt.Sprintf("%d %s", n/per, large)
	if n%per != 0 {
		s += fmt.Sprintf(" %d %s", n%per, small)
	}
	return s
}
