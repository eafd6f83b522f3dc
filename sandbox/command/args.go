package command

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/syntax"
)

// args are the words after a command's name, taken one by one. The first
// fault is kept, and the rest is then empty.
type args struct {
	named   bool // the line names its process
	process *sandbox.Process
	here    int // its current socket; 0: none
	cmd     *Command
	words   []word
	taken   []string       // the words before them
	means   map[int]string // what some of these mean, such as the . that is a socket
	err     error

	lasts   bool   // the line is a part of the session, although it only looks
	passing bool   // the line is no part of the session, or has seen to that itself
	instead string // what is kept of a line that has failed, but done something; "": nothing
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
	a.taken = append(a.taken, w.text)
	return w
}

// meant notes what the word that was taken last means.
func (a *args) meant(text string) {
	if n := len(a.taken); n > 0 {
		if a.means == nil {
			a.means = make(map[int]string)
		}
		a.means[n-1] = text
	}
}

// end makes sure that nothing is left.
func (a *args) end() {
	if a.more() {
		a.fail(a.usage(), "%s: %s is one word too many", a.cmd.Name, clip(a.words[0].text))
	}
}

// fd reads a descriptor.
func (a *args) fd() int {
	w := a.peek()
	if process, fd, ok := strings.Cut(w, ":"); ok && sandbox.ValidName(process) && isInteger(fd) {
		a.fail("write "+process+": "+a.cmd.Name+" "+clip(fd), "%s: %s is no descriptor", a.cmd.Name, clip(w))
	}
	if a.err == nil && a.process != nil && len(a.process.FDs()) == 0 && (w == "" || w == "." || strings.Contains(w, ":") || len(a.words) == 1 && a.cmd.needsTwo()) {
		a.fail(a.firstSocket(), "%s: %s has no socket yet, and %s is about one", a.cmd.Name, a.process.Name(), a.cmd.Name)
	}
	if a.err == nil && w == "." && a.process != nil {
		a.next("descriptor")
		if a.here == 0 {
			a.fail("write its number", "%s: %s has used no socket yet that . could stand for", a.cmd.Name, a.process.Name())
		}
		a.meant(strconv.Itoa(a.here))
		return a.here
	}
	if a.err == nil && descriptorName.MatchString(w) {
		a.fail("write the number that socket or accept answered, such as 3, or . for the socket used last", "%s: there are no variables, so %s names no descriptor", a.cmd.Name, clip(w))
	}
	return a.numberAs("descriptor", a.usage()+"; FD is what socket or accept answered", 0, 1<<20)
}

// descriptorName is how programs call a descriptor.
var descriptorName = regexp.MustCompile(`^_?(s|fd|[a-z_]*(fd|sock|socket)|client|server|conn)[0-9]*$`)

// firstSocket says what comes before a call on a socket, where there is none.
func (a *args) firstSocket() string {
	before := "socket tcp"
	switch a.cmd.Name {
	case "listen":
		before = "socket tcp, then bind 3 127.0.0.1:8080"
	case "accept":
		before = "socket tcp, then bind 3 127.0.0.1:8080 and listen 3"
	case "write", "read", "send", "recv", "shutdown", "getpeername":
		before = "socket tcp, then connect 3 ADDRESS"
	case "sendto", "recvfrom":
		before = "socket udp"
	}
	return before + "; socket answers the descriptor, 3 at first, that " + a.cmd.Name + " then names"
}

func (a *args) number(what string, low, high int) int {
	return a.numberAs(what, a.usage(), low, high)
}

func (a *args) numberAs(what, right string, low, high int) int {
	w := a.next(what)
	if a.err != nil {
		return 0
	}
	n, err := strconv.Atoi(w.text)
	switch {
	case err != nil && !isInteger(w.text):
		a.fail(right, "%s: the %s is %s, not a number", a.cmd.Name, what, clip(w.text))
	case err != nil || n < low || n > high:
		a.fail("from "+strconv.Itoa(low)+" to "+strconv.Itoa(high), "%s: the %s %s is out of range", a.cmd.Name, what, clip(w.text))
	}
	return n
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
	if len(names) == 1 {
		right = names[0]
	}
	if n := nearest(w.text, names); n != "" {
		right = "did you mean " + n + "? It is " + right
	}
	a.fail(right, "%s: %s is no %s", a.cmd.Name, clip(w.text), what)
	return ""
}

// data reads "text", "ab" * 1000, or 64k: so many bytes of a pattern.
func (a *args) data() []byte {
	pattern, n := a.amount()
	if a.err != nil {
		return nil
	}
	return a.repeat(pattern, n)
}

// amount reads data as what is repeated, and how many octets that makes.
func (a *args) amount() (pattern string, n int) {
	w := a.next("data")
	if a.err != nil {
		return "", 0
	}
	if !w.quoted {
		n, ok := size(w.text)
		if !ok {
			a.noData(w.text)
		}
		return syntax.Pattern, n
	}
	count, repeated := strings.CutPrefix(a.peek(), "*")
	switch {
	case !repeated:
		return w.value, len(w.value)
	case count == "":
		a.next("*")
	default: // "ab"*3
		a.words[0].text = count
	}
	times := a.number("count", 0, syntax.MaxData)
	return w.value, times * len(w.value)
}

// otherQuotes are those that hold no data.
const otherQuotes = "'`\u2018\u2019\u201c\u201d"

// noData says how the words from w on are written as data.
func (a *args) noData(w string) {
	if strings.Trim(w[:1], "-0123456789") == "" {
		a.fail(`data is "text", "ab" * 1000, or a size up to 1024M, such as 64k (so many bytes of a pattern)`, "%s: %s is no data", a.cmd.Name, clip(w))
		return
	}
	what := "is no data"
	if strings.ContainsAny(w, otherQuotes) {
		what = "has other quotes than double ones"
	}
	text := w
	for _, more := range a.words {
		if _, flag := sandbox.FlagNames[more.text]; flag || more.quoted {
			break
		}
		text += " " + more.text
	}
	line := append([]string{a.cmd.Name}, a.taken[:len(a.taken)-1]...)
	line = append(line, strconv.Quote(strings.Trim(text, otherQuotes)))
	a.fail("data stands in double quotes: "+clipTo(strings.Join(line, " "), 80), "%s: %s %s", a.cmd.Name, clip(w), what)
}

// repeat returns n octets of the pattern over and over.
func (a *args) repeat(pattern string, n int) []byte {
	if n > syntax.MaxData || n < 0 {
		a.fail("1 GiB at most", "%s: so much data does not fit in one call", a.cmd.Name)
		return nil
	}
	if a.err != nil {
		return []byte{}
	}
	return syntax.Repeat(pattern, n)
}

// flags reads the flags of send and recv: all the words that are left.
func (a *args) flags() (f sandbox.Flags) {
	for a.more() {
		w := a.next("flag")
		for name := range strings.SplitSeq(w.text, "|") {
			bit, ok := sandbox.FlagNames[name]
			if !ok && name != "0" {
				a.fail("the flags are "+strings.Join(sandbox.FlagOrder, ", "), "%s: %s is no flag", a.cmd.Name, clip(name))
				return 0
			}
			f |= bit
		}
	}
	return f
}

// percent reads a share such as 20%.
func (a *args) percent(what string) float64 {
	w := a.next(what)
	if a.err != nil {
		return 0
	}
	number, ok := strings.CutSuffix(w.text, "%")
	n, err := strconv.ParseFloat(number, 64)
	switch {
	case isInteger(w.text):
		a.fail("write "+clip(w.text)+"%", "%s: the %s %s has no %%", a.cmd.Name, what, clip(w.text))
	case !ok || err != nil:
		a.fail("a share such as 20%", "%s: %s is no share", a.cmd.Name, clip(w.text))
	case !(n >= 0 && n <= 100):
		a.fail("from 0% to 100%", "%s: the %s %s is out of range", a.cmd.Name, what, clip(w.text))
	}
	return n
}

// longTime is how a time looks that is too long to be one.
var longTime = regexp.MustCompile(`^[0-9]+(ms|[smh])$`)

// duration reads a time with its unit, such as 50ms or 2s.
func (a *args) duration(what string) time.Duration {
	w := a.next(what)
	if a.err != nil {
		return 0
	}
	d, err := time.ParseDuration(w.text)
	shown := clip(w.text)
	switch {
	case err == nil && d >= 0:
		return d
	case strings.HasPrefix(w.text, "-"):
		a.fail("time only goes on: 50ms, 2s, 1m", "%s: the %s %s is negative", a.cmd.Name, what, shown)
	case isInteger(w.text):
		a.fail("write "+shown+"s, or "+shown+"ms", "%s: the %s %s has no unit", a.cmd.Name, what, shown)
	case longTime.MatchString(w.text):
		a.fail("a million hours are the most", "%s: the %s %s is too long", a.cmd.Name, what, shown)
	default:
		a.fail("a time has a unit: 50ms, 2s, 1m", "%s: %s is no time", a.cmd.Name, shown)
	}
	return 0
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
