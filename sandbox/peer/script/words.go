package script

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/syntax"
)

// taker takes the words of a line one by one. The first fault is kept.
type taker struct {
	words []syntax.Word
	what  string // the command
	addr  bool   // $addr was among them
	err   error
}

func (t *taker) fail(right, format string, args ...any) {
	if t.err == nil {
		t.err = syntax.Wrong(right, t.what+": "+format, args...)
	}
}

func (t *taker) more() bool { return t.err == nil && len(t.words) > 0 }

func (t *taker) next(what string) (w syntax.Word) {
	if t.err != nil {
		return w
	}
	if len(t.words) == 0 {
		t.fail(usage(t.what), "the %s is missing", what)
		return w
	}
	w, t.words = t.words[0], t.words[1:]
	return w
}

// end makes sure that nothing is left.
func (t *taker) end() error {
	if t.more() {
		t.fail(usage(t.what), "%s is one word too many", syntax.Clip(t.words[0].Text))
	}
	return t.err
}

// usage is how a command is written.
func usage(command string) string {
	switch verb(command) {
	case repeat:
		return "repeat for ever, or repeat 3"
	case leave:
		return "leave, or leave on 0, leave on -1, leave on ECONNRESET"
	case child:
		return "child, or child NAME; the lines up to end are its own"
	case try:
		return "try CALL: its failure is no end"
	case say:
		return `print "text" $data`
	case sleep:
		return "sleep 1s"
	case end, exit, pause:
		return command + " stands alone"
	}
	for _, c := range calls {
		if c.name == command {
			return strings.TrimSpace(command + " " + c.usage)
		}
	}
	return ""
}

func (t *taker) number(what string, low, high int) int {
	w := t.next(what)
	if t.err != nil {
		return 0
	}
	n, err := strconv.Atoi(w.Text)
	if err != nil || n < low || n > high {
		t.fail(usage(t.what), "%s is no %s", syntax.Clip(w.Text), what)
	}
	return n
}

// word takes one of the words.
func (t *taker) word(what string, list ...string) string {
	w := t.next(what)
	if t.err == nil && (w.Quoted || !slices.Contains(list, w.Text)) {
		t.fail("one of "+strings.Join(list, ", "), "%s is no %s", syntax.Clip(w.Text), what)
	}
	return w.Text
}

// result takes what a call may have returned: 0, -1, 5, ECONNRESET.
func (t *taker) result() string {
	w := t.next("result")
	if t.err != nil {
		return ""
	}
	isErrno := len(w.Text) > 1 && w.Text[0] == 'E' && strings.Trim(w.Text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
	if _, err := strconv.Atoi(w.Text); err != nil && !isErrno {
		t.fail("a number or an errno: 0, -1, ECONNRESET", "%s is nothing that a call returns", syntax.Clip(w.Text))
	}
	return w.Text
}

func (t *taker) duration(what string) time.Duration {
	w := t.next(what)
	if t.err != nil {
		return 0
	}
	d, err := time.ParseDuration(w.Text)
	if err != nil || d <= 0 {
		t.fail("a time has a unit: 50ms, 2s, 1m", "%s is no %s", syntax.Clip(w.Text), what)
	}
	return d
}

// size takes a number of octets to read.
func (t *taker) size() int {
	w := t.next("number of bytes")
	if t.err != nil {
		return 0
	}
	n, ok := syntax.Size(w.Text)
	if !ok {
		t.fail("a number such as 100 or 64k", "%s is no number of bytes", syntax.Clip(w.Text))
	}
	return n
}

// descriptor is a number, or the one that socket or accept returned last.
type descriptor struct {
	number int
	last   bool
}

func (t *taker) fd() descriptor {
	w := t.next("descriptor")
	if t.err != nil {
		return descriptor{}
	}
	if w.Text == "$fd" {
		return descriptor{last: true}
	}
	n, err := strconv.Atoi(w.Text)
	if err != nil || n < 0 || n > 1<<20 {
		t.fail("its number, such as 3, or $fd for what socket or accept returned last", "%s is no descriptor", syntax.Clip(w.Text))
	}
	return descriptor{number: n}
}

// address is a fixed one, $addr or $from.
type address struct {
	fixed sandbox.Addr
	name  string
}

func (t *taker) address() address {
	w := t.next("address")
	if t.err != nil {
		return address{}
	}
	switch w.Text {
	case "$addr":
		t.addr = true
		return address{name: w.Text}
	case "$from":
		return address{name: w.Text}
	}
	a, err := syntax.Addr(w.Text, "")
	if err != nil {
		t.fail(err.Right+"; or $addr, $from", "%s", err.Wrong)
	}
	return address{fixed: a}
}

// data are pieces that are joined: octets, $data or $date.
type data []piece

type piece struct {
	fixed []byte
	name  string
}

// maxData bounds what a line of a script sends or prints, in octets.
const maxData = 1 << 20

func (t *taker) data() (d data) {
	total := 0
	for first := true; first || t.more(); first = false {
		w := t.next("data")
		if t.err != nil {
			return nil
		}
		var p piece
		switch n, isSize := syntax.Size(w.Text); {
		case w.Quoted && t.more() && t.words[0].Text == "*":
			t.next("*")
			if times := t.number("count", 0, maxData); times*len(w.Value) <= maxData {
				p.fixed = syntax.Repeat(w.Value, times*len(w.Value))
			} else {
				t.fail("1 MiB at most", "so much data is more than a line may send")
			}
		case w.Quoted:
			p.fixed = []byte(w.Value)
		case w.Text == "$data" || w.Text == "$date":
			p.name = w.Text
		case isSize && n <= maxData:
			p.fixed = syntax.Repeat(syntax.Pattern, n)
		case isSize:
			t.fail("1 MiB at most", "%s is more than a line may send", syntax.Clip(w.Text))
		default:
			t.fail(`"text", "ab" * 1000, 64k, $data or $date, one after the other`, "%s is no data", syntax.Clip(w.Text))
		}
		d = append(d, p)
		if total += len(p.fixed); total > maxData {
			t.fail("1 MiB at most", "so much data is more than a line may send")
		}
	}
	return d
}

func (t *taker) option() (o sandbox.OptionInfo, value int) {
	w, v := t.next("option"), t.next("value")
	if t.err != nil {
		return o, 0
	}
	o, ok := sandbox.LookupOption(w.Text)
	if !ok {
		t.fail("help setsockopt lists the options", "no option is called %s", syntax.Clip(w.Text))
		return o, 0
	}
	if value, ok = o.ParseValue(v.Text); !ok {
		t.fail("help setsockopt tells its values", "%s is no value of %s", syntax.Clip(v.Text), o.Name)
	}
	return o, value
}

// polled takes the descriptors of poll, with their events, and the timeout.
func (t *taker) polled() (fds []sandbox.PollFD, timeout time.Duration, args []string) {
	timeout = -1
	for t.more() {
		w := t.next("descriptor")
		args = append(args, w.Text)
		isFD := strings.Contains(w.Text, ":")
		if d, err := time.ParseDuration(w.Text); !isFD && err == nil && len(fds) > 0 && !t.more() {
			return fds, max(d, 0), args
		}
		q, wrong, right := syntax.Polled(w.Text)
		if wrong != "" {
			t.fail(right, "%s", wrong)
		}
		fds = append(fds, q)
	}
	if len(fds) == 0 {
		t.fail(usage(t.what), "no descriptor to look at")
	}
	return fds, timeout, args
}
