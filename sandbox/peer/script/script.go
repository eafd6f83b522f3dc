// Package script is the language of peers: the playground's own socket calls,
// one after the other, with loops, and children that serve one caller each.
// docs/writing-peers.md is for its authors.
package script

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sockplay/sandbox"
	"sockplay/sandbox/syntax"
)

// script is one that has been understood.
type script struct {
	body []statement
	addr bool // it asks for $addr
}

// statement is one line, with the lines inside it if it is a block.
type statement struct {
	line int
	do   verb
	body []statement // of repeat and child

	times int      // repeat: how often; 0: for ever
	name  string   // child: beside the parent's; "": a number
	on    []string // leave: at which results; nil: at any
	try   bool     // call: its failure is no end
	call  call
	data  data          // print
	nap   time.Duration // sleep
}

// verb is what a statement does.
type verb string

// The words beside the calls.
const (
	repeat verb = "repeat"
	end    verb = "end"
	leave  verb = "leave"
	child  verb = "child"
	exit   verb = "exit"
	try    verb = "try"
	say    verb = "print"
	sleep  verb = "sleep"
	pause  verb = "pause"
)

var words = []string{"repeat", "end", "leave", "child", "exit", "try", "print", "sleep", "pause"}

// MaxText bounds a script, in octets.
const MaxText = 64 << 10

// maxDepth bounds how deep blocks stand in blocks.
const maxDepth = 16

// parser takes a script apart, line by line.
type parser struct {
	open []*statement // the blocks around the line, the outermost first
	addr bool
}

// parse reads a script. An error is a *syntax.Error, which begins with
// name:LINE.
func parse(name, text string) (*script, error) {
	fail := func(line int, err error) (*script, error) {
		e := err.(*syntax.Error)
		return nil, syntax.Wrong(e.Right, "%s:%d: %s", syntax.Clip(name), line, e.Wrong)
	}
	switch {
	case len(text) > MaxText:
		return fail(1, syntax.Wrong("what is larger is written in Go", "the script has %d bytes, more than %d", len(text), MaxText))
	case !utf8.ValidString(text):
		return fail(1, syntax.Wrong(`write such bytes as \xNN inside double quotes`, "the script is not valid UTF-8"))
	}
	top := &statement{}
	p := &parser{open: []*statement{top}}
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		n++
		list, err := syntax.Lex(line, false)
		if err == nil && len(list) > 0 {
			err = p.statement(n, &taker{words: list, what: list[0].Text})
		}
		if err != nil {
			return fail(n, err)
		}
	}
	if inner := p.open[len(p.open)-1]; inner != top {
		return fail(inner.line, syntax.Wrong("a line end below its last line", "%s has no end", inner.do))
	}
	if len(top.body) == 0 {
		return fail(1, syntax.Wrong("socket tcp makes a beginning", "the script does nothing"))
	}
	return &script{top.body, p.addr}, nil
}

// statement takes in one line.
func (p *parser) statement(line int, t *taker) error {
	first := t.next("command")
	s := statement{line: line, do: verb(first.Text)}
	switch {
	case first.Quoted:
		return syntax.Wrong("a line begins with a call or one of "+strings.Join(words, ", "), "%s is no command", syntax.Clip(first.Text))
	case s.do == end:
		if len(p.open) == 1 {
			return syntax.Wrong("end closes a repeat or a child", "there is nothing to end")
		}
		inner := p.open[len(p.open)-1]
		if len(inner.body) == 0 {
			return syntax.Wrong("lines between, or neither of the two", "there is nothing inside the %s of line %d", inner.do, inner.line)
		}
		p.open = p.open[:len(p.open)-1]
		outer := p.open[len(p.open)-1]
		outer.body = append(outer.body, *inner)
		return t.end()
	case s.do == repeat:
		if t.more() {
			s.times = t.number("number of times", 1, 1<<30)
		}
	case s.do == child:
		if t.more() {
			s.name = t.next("name").Text
			if !sandbox.ValidName("x"+s.name) || len(s.name) > 12 {
				t.fail("small letters, digits, - and _, 12 at most", "%s is no name for a child", syntax.Clip(s.name))
			}
		}
	case s.do == leave:
		if !p.inside(repeat) {
			return syntax.Wrong("leave goes out of the repeat around it", "leave stands in no repeat")
		}
		if t.more() {
			t.word("on", "on")
			s.on = append(s.on, t.result())
			for t.more() {
				s.on = append(s.on, t.result())
			}
		}
	case s.do == exit || s.do == pause:
	case s.do == say:
		s.data = t.data()
	case s.do == sleep:
		s.nap = t.duration("time")
	case s.do == try:
		s.do, s.try = "", true
		of := t.next("call")
		if slices.Contains(words, of.Text) {
			t.fail(usage("try"), "%s is no call", of.Text)
		}
		s.call = t.call(of)
	default:
		s.do = ""
		s.call = t.call(first)
	}
	if err := t.end(); err != nil {
		return err
	}
	p.addr = p.addr || t.addr
	if s.do == repeat || s.do == child {
		if len(p.open) > maxDepth {
			return syntax.Wrong("fewer blocks inside of each other", "this is more than %d blocks deep", maxDepth)
		}
		p.open = append(p.open, &s)
		return nil
	}
	outer := p.open[len(p.open)-1]
	outer.body = append(outer.body, s)
	return nil
}

// inside reports whether a block of the kind is around the line, in the same
// process.
func (p *parser) inside(v verb) bool {
	for i := len(p.open) - 1; i > 0 && p.open[i].do != child; i-- {
		if p.open[i].do == v {
			return true
		}
	}
	return false
}
