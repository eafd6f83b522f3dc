package command

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sockplay/sandbox"
	"sockplay/sandbox/syntax"
)

// hasReturned reads a call, some of its arguments, and what it returned.
func (a *args) hasReturned() fact {
	name := a.oneOf("call", callNames()...)
	if a.err != nil {
		return nil
	}
	c := Lookup(name)
	w := a.some(c)
	result := func(r *finished) bool { return r.value >= 0 }
	if a.more() {
		result = a.result(c, w)
	}
	return func(q asked) (bool, string, error) {
		var like []*finished
		calls := q.past.calls.from(q.from.calls)
		for i := range calls {
			switch r := &calls[i]; {
			case r.call != name, q.named && r.process != q.process.Name(), !q.named && r.driven:
			case w.among(r) && result(r):
				return true, "there was " + r.String(), nil
			default:
				like = append(like, r)
			}
		}
		return false, q.instead(name, like), nil
	}
}

// instead says what has become of the calls of a name.
func (q asked) instead(name string, like []*finished) string {
	if len(like) == 0 {
		text := "no " + name + " has returned " + q.since()
		for _, p := range q.Sandbox.Processes() {
			in, _, _ := strings.Cut(p.Blocked(), "(")
			if in == name && (p == q.process || !q.named && !p.Driven()) {
				text += ": " + p.Name() + " is blocked in " + p.Blocked()
				break
			}
		}
		return text
	}
	var told []string
	for _, r := range like[max(0, len(like)-lastTold):] {
		told = append(told, r.String())
	}
	text := "there was "
	switch n := len(like); {
	case n > lastTold:
		text = fmt.Sprintf("the last of %d were ", n)
	case n > 1:
		text = "there were "
	}
	return text + strings.Join(told, "; ")
}

// argument is one that a call is to have had, in each way in which the trace may
// have it: *:80 is 0.0.0.0:80 there, or [::]:80.
type argument []string

// some are arguments of a call, not all of them.
type some []argument

// among reports whether they are among those of a call, its descriptor included,
// in that order.
func (list some) among(r *finished) bool {
	if len(list) > 0 && r.fd != 0 && slices.Contains(list[0], strconv.Itoa(r.fd)) {
		list = list[1:]
	}
	for _, arg := range r.args {
		if len(list) > 0 && slices.Contains(list[0], arg) {
			list = list[1:]
		}
	}
	return len(list) == 0
}

// some reads some of a call's arguments, up to an =.
func (a *args) some(c *Command) (list some) {
	form := c.forms()[0]
	var option string
	var flags sandbox.Flags
	for a.more() && (a.words[0].quoted || !strings.HasPrefix(a.words[0].text, "=")) {
		if a.words[0].quoted {
			data, ok := a.expectedData()
			if i := slices.IndexFunc(form, func(p param) bool { return p.name == "DATA" }); ok && i < 0 {
				a.fail("usage: "+c.Usage(), "expect: %s has no data behind that", c.Name)
			} else if ok {
				form = form[i+1:]
			}
			list = append(list, argument{sandbox.QuoteData(data)})
			continue
		}
		w := a.next("argument").text
		var means argument
		next := -1 // the place behind it
		for i, p := range form {
			ways := a.ways(p, w, option)
			if len(ways) == 0 {
				continue
			}
			means = append(means, ways...)
			switch {
			case next < 0 && p.repeats:
				next = i
			case next < 0:
				next = i + 1
			}
			switch p.name {
			case "OPTION":
				option = w
			case "FLAG":
				for name := range strings.SplitSeq(w, "|") {
					flags |= sandbox.FlagNames[name]
				}
				means = nil // they have an order of their own
			}
		}
		if next < 0 {
			a.err = noArgument(c, form, w)
			return nil
		}
		if form = form[next:]; means != nil {
			list = append(list, means)
		}
	}
	for _, name := range sandbox.FlagOrder {
		if flags&sandbox.FlagNames[name] != 0 {
			list = append(list, argument{name})
		}
	}
	return list
}

// maxExpected bounds data that is expected, in octets.
const maxExpected = 16 << 20

// expectedData reads data.
func (a *args) expectedData() (data []byte, ok bool) {
	pattern, n := a.amount()
	if n > maxExpected {
		a.fail("16 MiB at most", "expect: so much data cannot be compared")
	}
	if a.err != nil {
		return nil, false
	}
	return syntax.Repeat(pattern, n), true
}

// ways are those in which the trace may have a word that stands in a place of a
// call's usage; none if it cannot stand there. option is the option before it.
func (a *args) ways(p param, w, option string) []string {
	is := func(ok bool) []string {
		if !ok {
			return nil
		}
		return []string{w}
	}
	switch p.name {
	case "FD":
		n, err := strconv.Atoi(w)
		return is(err == nil && n >= 0 && n < 1024)
	case "BACKLOG":
		return is(isInteger(w))
	case "N":
		if n, ok := size(w); ok {
			return []string{strconv.Itoa(n)}
		}
	case "DATA":
		if n, ok := size(w); ok && n <= maxExpected {
			return []string{sandbox.QuoteData(syntax.Repeat(syntax.Pattern, n))}
		}
	case "ADDRESS":
		return addressed(w)
	case "OPTION":
		_, ok := sandbox.LookupOption(w)
		return is(ok)
	case "VALUE":
		if o, ok := sandbox.LookupOption(option); ok {
			if v, ok := o.ParseValue(w); ok {
				return []string{o.FormatValue(v)}
			}
		}
	case "FLAG":
		for name := range strings.SplitSeq(w, "|") {
			if _, ok := sandbox.FlagNames[name]; !ok {
				return nil
			}
		}
		return []string{w}
	case "FD:EVENT[,EVENT]":
		_, bad, _ := syntax.Polled(w)
		return is(bad == "")
	case "TIMEOUT":
		_, ok := pollTimeout(w)
		return is(ok)
	default:
		return is(slices.Contains(p.words, w))
	}
	return nil
}

// addressed are the addresses that a word may stand for, by the kind of socket.
func addressed(w string) (list []string) {
	for _, kind := range []sandbox.Kind{sandbox.TCP, sandbox.TCP6, sandbox.Unix} {
		if kind.Unix() && (len(list) > 0 || hostAlone(w) != "" || strings.Contains(w, ":")) { // a slip, rather
			break
		}
		if at, err := parseAddr(w, kind); err == nil && !slices.Contains(list, at.String()) {
			list = append(list, at.String())
		}
	}
	return list
}

// noArgument says that a word is no argument of a call.
func noArgument(c *Command, form []param, w string) error {
	right := "usage: " + c.Usage()
	for _, p := range form {
		switch p.name {
		case "ADDRESS":
			if _, err := parseAddr(w, sandbox.TCP); err != nil {
				return wrong(err.Right, "expect: %s", err.Wrong)
			}
		case "OPTION":
			if n := nearest(w, optionNames()); n != "" {
				right = "did you mean " + n + "? U" + right[1:]
			}
		case "DATA":
			right = "data stands in double quotes; " + right
		}
	}
	return wrong(right, "expect: %s is no argument of %s, or not there", clip(w), c.Name)
}

// result reads what a call is to have returned, behind an =.
func (a *args) result(c *Command, w some) func(r *finished) bool {
	if a.words[0].text == "=" {
		a.next("=")
	} else {
		a.words[0].text = strings.TrimPrefix(a.words[0].text, "=")
	}
	text := a.peek()
	_, isSize := size(text)
	var option sandbox.OptionInfo
	for _, means := range w {
		if o, ok := sandbox.LookupOption(means[0]); ok {
			option = o
		}
	}
	v, isValue := option.ParseValue(text)
	switch quoted := a.more() && a.words[0].quoted; {
	case text == "":
		a.fail("a number, an errno such as ECONNREFUSED, or data in double quotes that was received", "expect: the result is missing behind the =")
	case c.Name == "getsockopt" && option.Name != "" && isValue && !quoted && text != "-1":
		a.next("result")
		return func(r *finished) bool { return r.value >= 0 && r.option == option.FormatValue(v) }
	case isInteger(text):
		n := a.number("result", -1<<31, 1<<31-1)
		return func(r *finished) bool {
			if r.option != "" {
				return r.option == strconv.Itoa(n)
			}
			return r.value == n
		}
	case isErrno(text):
		a.next("result")
		return func(r *finished) bool { return r.errno == text || r.option == text }
	case !quoted && !isSize:
		a.fail("a number, an errno such as ECONNREFUSED, or data in double quotes that was received", "expect: %s is no result", clip(text))
	case !slices.Contains([]string{"read", "recv", "recvfrom"}, c.Name):
		a.fail("read, recv and recvfrom do; of "+c.Name+" it is a number, or an errno such as EBADF", "expect: %s receives no data", c.Name)
	default:
		data, _ := a.expectedData()
		shown, whole := "", uint64(0)
		if len(data) > 0 {
			shown, whole = sandbox.QuoteData(data), sum(data)
		}
		return func(r *finished) bool { return r.value >= 0 && r.data == shown && r.sum == whole }
	}
	return nil
}
