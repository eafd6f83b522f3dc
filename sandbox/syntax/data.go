package syntax

import (
	"strconv"
	"strings"

	"sockplay/sandbox"
)

// MaxData bounds what one call may be given to send, in octets.
const MaxData = 1 << 30

// Size reads 512, 64k or 10M.
func Size(s string) (int, bool) {
	unit := 1
	switch {
	case strings.HasSuffix(s, "k"), strings.HasSuffix(s, "K"):
		unit, s = 1<<10, s[:len(s)-1]
	case strings.HasSuffix(s, "m"), strings.HasSuffix(s, "M"):
		unit, s = 1<<20, s[:len(s)-1]
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || int(n)*unit > MaxData {
		return 0, false
	}
	return int(n) * unit, true
}

// IsInteger reports whether s is a whole number, of any size.
func IsInteger(s string) bool {
	return strings.Trim(strings.TrimPrefix(s, "-"), "0123456789") == "" && s != "" && s != "-"
}

// Pattern is what data of a size alone consists of, over and over.
const Pattern = "abcdefghijklmnopqrstuvwxyz0123456789"

// Repeat returns n octets of the pattern over and over.
func Repeat(pattern string, n int) []byte {
	if n == 0 {
		return []byte{}
	}
	return []byte(strings.Repeat(pattern, (n+len(pattern)-1)/len(pattern))[:n])
}

// Polled reads a descriptor of poll and its events: 3:in,out. wrong is what is
// not so, and right what would be; "" if nothing is wrong.
func Polled(text string) (q sandbox.PollFD, wrong, right string) {
	number, events, isFD := strings.Cut(text, ":")
	fd, err := strconv.Atoi(number)
	if err != nil || !isFD {
		return q, Clip(text) + " is no descriptor with events", "FD:EVENT, such as 3:in or 4:in,out"
	}
	q.FD = fd
	for e := range strings.SplitSeq(events, ",") {
		switch e {
		case "in":
			q.In = true
		case "out":
			q.Out = true
		case "pri":
			q.Pri = true
		case "hup", "err": // these are told in any case
		default:
			return q, Clip(e) + " is no event", "the events are in, out, pri, hup, err"
		}
	}
	return q, "", ""
}
