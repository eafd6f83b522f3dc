package syntax

import (
	"strconv"
	"strings"
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
