package course

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sockplay/lessons"
	"sockplay/tracer"
	"sockplay/tracer/tcpstate"
)

// Verdict is what came of a prediction.
type Verdict struct {
	Guess string // as it was understood
	Found string // what happened
	Right bool
}

// Wanted says what kind of answer a probe asks for.
func Wanted(p lessons.Probe) string {
	return map[string]string{
		"state":   "a state of TCP, such as ESTABLISHED",
		"packets": "how many: a number",
		"return":  "a number, the name of an error such as ECONNREFUSED, or blocked if it does not return",
		"errno":   "the name of an error such as ECONNREFUSED, or none",
		"data":    "what is received, in quotes or without",
		"blocked": "yes or no",
	}[p.What]
}

// Guess reads a prediction. ok is false if it is none of the kind that is asked
// for.
func Guess(p lessons.Probe, answer string) (guess string, ok bool) {
	text := strings.Trim(strings.TrimSpace(answer), ".!?")
	bare := strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(text))
	switch p.What {
	case "state":
		for name, state := range map[string]string{"synrcvd": "SYN-RECEIVED", "synrecv": "SYN-RECEIVED", "finwait": "FIN-WAIT-1", "estab": "ESTABLISHED", "listening": "LISTEN", "close": "CLOSED"} {
			if bare == name {
				return state, true
			}
		}
		for _, s := range tcpstate.Names {
			if bare == strings.ToLower(strings.ReplaceAll(s, "-", "")) {
				return s, true
			}
		}
	case "packets":
		if bare == "none" || bare == "no" || bare == "nopacket" {
			bare = "0"
		}
		return number(bare)
	case "return":
		if text == "-1" {
			return text, true
		}
		if n, ok := number(bare); ok {
			return n, true
		}
		return failed(text, bare)
	case "errno":
		if bare == "none" || bare == "no" || bare == "noerror" {
			return "none", true
		}
		return failed(text, bare)
	case "data":
		if s, err := strconv.Unquote(text); err == nil {
			return s, true
		}
		return text, text != ""
	case "blocked":
		switch bare {
		case "yes", "y", "blocked", "itblocks", "blocks", "true", "是":
			return "yes", true
		case "no", "n", "notblocked", "false", "否":
			return "no", true
		}
	}
	return "", false
}

// numbers in words, as one writes small ones.
var numbers = []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}

func number(bare string) (string, bool) {
	if i := slices.Index(numbers, bare); i >= 0 {
		return strconv.Itoa(i), true
	}
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(bare, "packets"), "bytes"))
	if err != nil || n < 0 {
		return "", false
	}
	return strconv.Itoa(n), true
}

// failed reads an error's name, or that a call does not return.
func failed(text, bare string) (guess string, ok bool) {
	switch bare {
	case "blocked", "blocks", "itblocks":
		return "blocked", true
	case "error", "anerror", "1": // whichever: -1
		return "-1", true
	}
	word := strings.ToUpper(strings.TrimPrefix(text, "-1 "))
	if word == "EWOULDBLOCK" {
		word = "EAGAIN"
	}
	if !slices.Contains(errnos, word) {
		return "", false
	}
	return word, true
}

// errnos are those that calls of sockets answer: any other is a slip.
var errnos = []string{
	"EACCES", "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EAGAIN", "EALREADY", "EBADF", "ECONNABORTED", "ECONNREFUSED", "ECONNRESET",
	"EDESTADDRREQ", "EFAULT", "EHOSTUNREACH", "EINPROGRESS", "EINTR", "EINVAL", "EISCONN", "EMFILE", "EMSGSIZE", "ENETUNREACH", "ENFILE", "ENOBUFS",
	"ENOENT", "ENOMEM", "ENOPROTOOPT", "ENOTCONN", "ENOTSOCK", "EOPNOTSUPP", "EPERM", "EPIPE", "EPROTONOSUPPORT", "ETIMEDOUT",
}

// Foretell plays what was to be predicted, and compares. A sandbox in which the
// learner has done other things is made anew.
func (c *Course) Foretell(ctx context.Context, guess string) (v Verdict, fresh bool, err error) {
	if fresh = c.strayed(c.step, true); fresh {
		if err = c.To(ctx, c.step); err != nil {
			return v, fresh, err
		}
	}
	seq := c.stage.Session().Sandbox.Log().Last()
	if err = c.Solve(ctx); err != nil {
		return v, fresh, err
	}
	v = Verdict{Guess: guess, Found: c.found(seq)}
	v.Right = v.Guess == v.Found || v.Found == "-1 "+v.Guess || v.Guess == "-1" && (strings.HasPrefix(v.Found, "-1 ") || slices.Contains(errnos, v.Found))
	return v, fresh, nil
}

// found is what the present step's probe finds; seq is the last event before the
// lines were played.
func (c *Course) found(seq int64) string {
	s, p := c.stage.Session(), c.Step().Task.Ask
	switch p.What {
	case "state":
		for _, state := range tcpstate.Names {
			if ok, _, err := s.Holds(c.mark, fmt.Sprintf("expect state %s %s", p.Of, state)); ok && err == nil {
				return state
			}
		}
		return "no state"
	case "packets":
		n := 0
		events, _ := s.Sandbox.Log().Since(seq)
		for _, e := range tracer.Live(events) {
			if e.Fate.Born() {
				n++
			}
		}
		return strconv.Itoa(n)
	}
	process := s.Sandbox.Process(p.Of)
	switch {
	case process == nil:
		return "there is no " + p.Of
	case p.What == "blocked" && process.Blocked() != "":
		return "yes"
	case p.What == "blocked":
		return "no"
	case process.Blocked() != "":
		return "blocked"
	case process.Last() == nil:
		return "no call"
	}
	switch r := process.Last().Result; {
	case p.What == "data":
		return string(r.Data)
	case p.What == "errno" && r.Errno == "":
		return "none"
	case p.What == "errno":
		return r.Errno
	case r.Errno != "":
		return "-1 " + r.Errno
	default:
		return strconv.Itoa(r.Value)
	}
}
