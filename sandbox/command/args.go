package command

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"sockplay/sandbox"
)

// args are the words after a command's name, taken one by one. The first
// fault is kept, and the rest is then empty.
type args struct {
	named bool // the line names its process
	cmd   *Command
	words []word
	err   error
}

func (a *args) fail(right, format string, v ...any) {
	if a.err == nil {
		a.err = wrong(right, format, v...)
	}
}

func (a *args) usage() string { return "usage: " + a.cmd.Usage() }

// more reports whether words are left.
func (a *args) more() bool { return a.err == nil && len(a.words) > 0 }

// peek returns the next word's text, "" at the end.
func (a *args) peek() string {
	if !a.more() {
		return ""
	}
	return a.words[0].text
}

func (a *args) next(what string) word {
	if a.err != nil {
		return word{}
	}
	if len(a.words) == 0 {
		a.fail(a.usage(), "%s: the %s is missing", a.cmd.Name, what)
		return word{}
	}
	w := a.words[0]
	a.words = a.words[1:]
	return w
}

// end makes sure that nothing is left.
func (a *args) end() {
	if a.more() {
		a.fail(a.usage(), "%s: %s is one word too many", a.cmd.Name, a.words[0].text)
	}
}

func (a *args) fd() int { return a.number("descriptor", 0, 1<<20) }

func (a *args) number(what string, low, high int) int {
	w := a.next(what)
	if a.err != nil {
		return 0
	}
	n, err := strconv.Atoi(w.text)
	switch {
	case err != nil && w.quoted, err != nil && !isInteger(w.text):
		a.fail(a.usage(), "%s: the %s is %s, not a number", a.cmd.Name, what, clip(w.text))
	case err != nil || n < low || n > high:
		a.fail("from "+strconv.Itoa(low)+" to "+strconv.Itoa(high), "%s: the %s %s is out of range", a.cmd.Name, what, clip(w.text))
	}
	return n
}

func isInteger(s string) bool {
	return strings.Trim(strings.TrimPrefix(s, "-"), "0123456789") == "" && s != "" && s != "-"
}

// clip shortens a word for a message.
func clip(s string) string {
	if len(s) > 40 {
		s = s[:40] + "..."
	}
	return strconv.QuoteToGraphic(s)[1 : len(strconv.QuoteToGraphic(s))-1]
}

func (a *args) oneOf(what string, names ...string) string {
	w := a.next(what)
	if a.err != nil {
		return ""
	}
	for _, n := range names {
		if w.text == n && !w.quoted {
			return n
		}
	}
	right := "one of " + strings.Join(names, ", ")
	if n := nearest(w.text, names); n != "" {
		right = "did you mean " + n + "? It is " + right
	}
	a.fail(right, "%s: %s is no %s", a.cmd.Name, clip(w.text), what)
	return ""
}

// addr reads an address, for a socket of that kind.
func (a *args) addr(kind sandbox.Kind) sandbox.Addr {
	w := a.next("address")
	if a.err != nil {
		return sandbox.Addr{}
	}
	addr, err := parseAddr(w.text, kind)
	if err != nil && a.err == nil {
		a.err = &Error{Wrong: a.cmd.Name + ": " + err.Wrong, Right: err.Right}
	}
	return addr
}

const addrForms = "an address is 127.0.0.1:8080, *:8080, localhost:8080 or [::1]:8080"

func parseAddr(text string, kind sandbox.Kind) (sandbox.Addr, *Error) {
	bad := func(what string) (sandbox.Addr, *Error) {
		return sandbox.Addr{}, &Error{Wrong: clip(text) + what, Right: addrForms}
	}
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return bad(" has no port")
	}
	host, portText := text[:i], text[i+1:]
	port, err := strconv.ParseUint(portText, 10, 16)
	switch {
	case err != nil && isInteger(portText):
		return sandbox.Addr{}, &Error{Wrong: "port " + clip(portText) + " is out of range", Right: "ports are 0 to 65535, and 0 lets the system choose"}
	case err != nil:
		return bad(": " + clip(portText) + " is no port")
	}
	var ip netip.Addr
	switch {
	case host == "*" && kind.IPv6():
		ip = netip.IPv6Unspecified()
	case host == "*":
		ip = netip.IPv4Unspecified()
	case host == "localhost" && kind.IPv6():
		ip = netip.IPv6Loopback()
	case host == "localhost":
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	default:
		inner, bracketed := strings.CutPrefix(host, "[")
		inner, closed := strings.CutSuffix(inner, "]")
		ip, err = netip.ParseAddr(inner)
		if err != nil || ip.Zone() != "" || bracketed != closed || bracketed != ip.Is6() {
			return bad(": " + clip(host) + " is no address of a host")
		}
	}
	return sandbox.Addr{AddrPort: netip.AddrPortFrom(ip, uint16(port))}, nil
}

// maxData bounds what one call may be given to send.
const maxData = 1 << 30

// data reads "text", "ab" * 1000, or 64k: so many bytes of a pattern.
func (a *args) data() []byte {
	w := a.next("data")
	if a.err != nil {
		return nil
	}
	if !w.quoted {
		n, ok := size(w.text)
		if !ok {
			a.fail(`data is "text", "ab" * 1000, or 64k (so many bytes of a pattern)`, "%s: %s is no data", a.cmd.Name, clip(w.text))
			return nil
		}
		return a.repeat("abcdefghijklmnopqrstuvwxyz0123456789", n)
	}
	if a.peek() != "*" || a.words[0].quoted {
		return []byte(w.value)
	}
	a.next("*")
	times := a.number("count", 0, maxData)
	return a.repeat(w.value, times*len(w.value))
}

// repeat returns n octets of the pattern over and over.
func (a *args) repeat(pattern string, n int) []byte {
	if n > maxData || n < 0 {
		a.fail("1 GiB at most", "%s: so much data does not fit in one call", a.cmd.Name)
		return nil
	}
	if a.err != nil || n == 0 {
		return []byte{}
	}
	return []byte(strings.Repeat(pattern, (n+len(pattern)-1)/len(pattern))[:n])
}

// size reads 512, 64k or 10M.
func size(s string) (int, bool) {
	unit := 1
	switch {
	case strings.HasSuffix(s, "k"), strings.HasSuffix(s, "K"):
		unit, s = 1<<10, s[:len(s)-1]
	case strings.HasSuffix(s, "m"), strings.HasSuffix(s, "M"):
		unit, s = 1<<20, s[:len(s)-1]
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || int(n)*unit > maxData {
		return 0, false
	}
	return int(n) * unit, true
}

// flags reads the flags of send and recv: all the words that are left.
func (a *args) flags() (f sandbox.Flags) {
	for a.more() {
		w := a.next("flag")
		for name := range strings.SplitSeq(w.text, "|") {
			bit, ok := sandbox.FlagNames[name]
			if !ok && name != "0" {
				a.fail("the flags are "+strings.Join(sortedFlags(), ", "), "%s: %s is no flag", a.cmd.Name, clip(name))
				return 0
			}
			f |= bit
		}
	}
	return f
}

// duration reads a time with its unit, such as 50ms or 2s.
func (a *args) duration(what string) time.Duration {
	w := a.next(what)
	if a.err != nil {
		return 0
	}
	d, err := time.ParseDuration(w.text)
	if err != nil || d < 0 {
		a.fail("a time has a unit: 50ms, 2s, 1m", "%s: %s is no time", a.cmd.Name, clip(w.text))
	}
	return d
}

func (a *args) option() sandbox.OptionInfo {
	w := a.next("option")
	if a.err != nil {
		return sandbox.OptionInfo{}
	}
	o, ok := sandbox.LookupOption(w.text)
	if !ok {
		names := optionNames()
		right := "help setsockopt lists the options"
		if n := nearest(w.text, names); n != "" {
			right = "did you mean " + n + "? " + right
		}
		a.fail(right, "%s: no option is called %s", a.cmd.Name, clip(w.text))
	}
	return o
}

// nearest finds the name that s was probably meant to be, "" if none is near.
func nearest(s string, names []string) string {
	best, bestDistance := "", 1+max(1, len(s)/3)
	for _, n := range names {
		if d := distance(strings.ToLower(s), strings.ToLower(n)); d < bestDistance {
			best, bestDistance = n, d
		}
	}
	return best
}

// distance is the number of letters to change, add, drop or swap (the optimal
// string alignment distance).
func distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 100
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
