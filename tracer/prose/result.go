package prose

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// A peer that reads in a loop returns often within one batch.
const (
	resultsFirst = 12
	resultsLast  = 6
)

// called notes a call's arguments, for its return.
func (p *Prose) called(e *tracer.Event) { keep(p.args, e.Process, e.Args) }

// results tells what returned and what still waits.
func (p *Prose) results(b *batch, at []int) {
	skip := len(at) - resultsFirst - resultsLast
	for n, i := range at {
		if skip > 1 && n >= resultsFirst && n < resultsFirst+skip {
			if n == resultsFirst {
				p.say(ink.Grouped(skip) + " returns more; log lists them.")
			}
			continue
		}
		p.result(&b.events[i])
	}
}

// callText names a call and who made it.
func callText(e *tracer.Event) string {
	switch {
	case e.Process == "":
		return e.Call
	case e.FD > 0:
		return e.Call + " on " + e.Process + ":" + strconv.Itoa(e.FD)
	}
	return e.Call + " of " + e.Process
}

func (p *Prose) result(e *tracer.Event) {
	if e.Kind == tracer.KindNote {
		p.note(e)
		return
	}
	brief := e.Brief()
	if p.Explain > 0 {
		brief = e.Why
	}
	why := words(brief)
	text := callText(e)
	r := e.Result
	switch {
	case e.Kind == tracer.KindBlocked:
		text += " is blocked"
		if rest, ok := strings.CutPrefix(why, "and "); ok {
			text, why = text+", and "+rest, ""
		}
	case r == nil:
		return
	case r.Errno != "":
		text += " failed with " + r.Errno
	default:
		text += " returned " + strconv.Itoa(r.Value) + p.received(e)
	}
	if e.Kind == tracer.KindReturn && r.Errno == "" && p.Explain < 0 {
		why = ""
	}
	if why != "" {
		text += ": " + why
	}
	text = stop(text)
	if e.Try != "" && p.Explain >= 0 && brief == e.Why || e.Kind == tracer.KindReturn && r.Errno != "" && e.Try != "" {
		text += " Try: " + stop(words(e.Try))
	}
	p.say(text)
}

// received is what a call gave beside its value.
func (p *Prose) received(e *tracer.Event) string {
	r := e.Result
	text := ""
	if len(r.Data) > 0 {
		q := p.quote(r.Data)
		if n := len(r.Data); n == r.Value { // the number was told
			q = strings.TrimPrefix(q, octets(n))
			q = strings.Replace(q, " that begin", "; they begin", 1)
		} else {
			q = ", " + q
		}
		text += q
	}
	if r.OptVal != "" {
		option := "the option"
		if args := p.args[e.Process]; len(args) > 0 {
			option = args[0]
		}
		text += ", " + option + " is " + strings.TrimPrefix(r.OptVal, option+" ")
	}
	if len(r.FDs) > 0 {
		fds := strings.Fields(strings.Trim(fmt.Sprint(r.FDs), "[]"))
		text += ", the descriptors " + strings.Join(fds, " and ")
	}
	for _, ready := range r.Revents {
		fd, events, _ := strings.Cut(ready, ":")
		text += ", " + fd + " is ready for " + strings.ReplaceAll(events, ",", " and ")
	}
	addr := plain(r.Addr)
	switch {
	case addr == "", strings.Contains(e.Why, addr) && p.Explain >= 0, strings.Contains(e.Why, r.Addr) && p.Explain >= 0:
	case e.Call == "getsockname" || e.Call == "getpeername":
		text += ", " + addr
	default:
		text += ", from " + addr
	}
	return text
}

// state tells of a move.
func (p *Prose) state(e *tracer.Event) {
	text := p.endpoint(e) + " goes from " + e.From + " to " + e.To
	if e.Why != "" && p.Explain >= 0 {
		text += ": " + words(e.Why)
	}
	if e.Remote.IsValid() {
		keep(p.states, [2]string{plain(e.Local.String()), plain(e.Remote.String())}, e.To)
	}
	if e.To == "CLOSED" {
		p.forget(e)
	}
	p.say(stop(text))
}

// expect tells whether an expectation held.
func (p *Prose) expect(e *tracer.Event) {
	text := "expect " + strings.TrimPrefix(e.Text, "expect ")
	if e.OK {
		p.say("As expected: " + stop(text))
		return
	}
	text = "Not as expected: " + text
	if e.Why != "" {
		text += ": " + words(e.Why)
	}
	text = stop(text)
	if e.Try != "" {
		text += " Try: " + stop(words(e.Try))
	}
	p.say(text)
}

// watched is how a note begins that tells what has changed of a socket.
var watched = regexp.MustCompile(`^[a-z][a-z0-9_-]*:[0-9]+  `)

// note tells a remark.
func (p *Prose) note(e *tracer.Event) {
	if e.Rewind != 0 {
		p.memory = newMemory()
	}
	text := e.Text
	if name := watched.FindString(text); name != "" {
		text = strings.TrimSpace(name) + ": " + strings.ReplaceAll(text[len(name):], " -> ", " to ")
	}
	text = words(text)
	if e.Why != "" {
		text += ": " + words(e.Why)
	}
	if text == "" {
		return
	}
	text = "Note: " + stop(text)
	if e.Try != "" {
		text += " Try: " + stop(words(e.Try))
	}
	p.say(text)
}

// printed is what a program has printed of a line that it has not ended yet.
type printed struct {
	process, stream string
	line            []byte
}

// maxPrinted bounds a line that does not end.
const maxPrinted = 64 << 10

// output tells what a program printed, line by line.
func (p *Prose) output(e *tracer.Event) {
	if t := &p.printed; t.process != e.Process || t.stream != e.Stream {
		p.endOutput()
		p.printed = printed{process: e.Process, stream: e.Stream}
	}
	data := e.Data
	for {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			break
		}
		p.outputLine(append(p.printed.line, data[:i]...))
		p.printed.line, data = nil, data[i+1:]
	}
	p.printed.line = append(p.printed.line, data...)
	if len(p.printed.line) > maxPrinted {
		p.endOutput()
	}
}

// endOutput tells the line that has not ended.
func (p *Prose) endOutput() {
	if len(p.printed.line) > 0 {
		p.outputLine(p.printed.line)
		p.printed.line = nil
	}
}

func (p *Prose) outputLine(line []byte) {
	verb := " prints: "
	if p.printed.stream == "stderr" {
		verb = " complains: "
	}
	text := strings.ReplaceAll(strings.TrimSuffix(string(line), "\r"), "\t", " ")
	p.say(p.printed.process + verb + ink.Pen{UTF8: p.UTF8}.Clean(text))
}
