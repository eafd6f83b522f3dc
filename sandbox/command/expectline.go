package command

import (
	"slices"
	"sort"
	"strings"

	"sockplay/sandbox"
)

// wasTyped reads the words that a line began with.
func (a *args) wasTyped() fact {
	typed := a.words
	if len(typed) == 0 {
		a.next("line")
	}
	var want, texts []string
	for a.more() {
		w := a.next("word")
		want, texts = append(want, spoken(w)), append(texts, w.text)
	}
	if a.err == nil {
		a.err = unlikely(typed)
	}
	text := strings.Join(texts, " ")
	return func(q asked) (bool, string, error) {
		lines, looks := q.typed()
		if slices.ContainsFunc(lines, func(d done) bool { return d.said.begins(want) }) ||
			slices.ContainsFunc(looks, func(l look) bool { return l.said.begins(want) }) {
			return true, text + " was typed", nil
		}
		if last := q.lastTyped(); last != "" {
			return false, "the last that was typed is " + last, nil
		}
		return false, "nothing was typed " + q.since(), nil
	}
}

// typed are the lines that count.
func (q asked) typed() ([]done, []look) {
	after := sort.Search(len(q.looks), func(i int) bool { return q.looks[i].at > q.from.at })
	return q.lines[min(q.from.lines, len(q.lines)):], q.looks[after:]
}

// lastTyped are the last lines that count, but for what only expects.
func (q asked) lastTyped() string {
	var last []string
	lines, looks := q.typed()
	for len(last) < lastTold && len(lines)+len(looks) > 0 {
		line := ""
		if n := len(looks); n > 0 && (len(lines) == 0 || looks[n-1].at > lines[len(lines)-1].events.Last) {
			line, looks = looks[n-1].text, looks[:n-1]
		} else {
			d := lines[len(lines)-1]
			lines = lines[:len(lines)-1]
			if d.said.begins([]string{"expect"}) || d.said.words == nil {
				continue
			}
			line = d.line
		}
		last = append(last, clipTo(line, 60))
	}
	slices.Reverse(last)
	return strings.Join(last, "; ")
}

// lastTold is how many lines, or calls, are told of where none is as expected.
const lastTold = 3

// unlikely says why no line begins with these words, nil if one may.
func unlikely(words []word) error {
	c := Lookup(words[0].text)
	switch {
	case c == nil && len(words) == 1 && sandbox.ValidName(words[0].text) && nearest(words[0].text, Names()) == "":
		return nil // a process, whose turn it is then
	case c == nil || words[0].quoted:
		right := "a line begins with a command, and the process before it does not count: expect line wire hold"
		if n := nearest(words[0].text, Names()); n != "" {
			right = "did you mean " + n + "? " + strings.ToUpper(right[:1]) + right[1:]
		}
		return wrong(right, "expect: there is no command %s", clip(words[0].text))
	}
	var before []string
	for _, w := range words[1:] {
		if w.quoted { // it may be followed by * and a number
			return nil
		}
		places := c.places(before)
		fits := func(p param) bool { return p.fits(w.text) }
		if len(places) == 0 && c.Name == "why" { // a question in whole sentences
			return nil
		}
		if !slices.ContainsFunc(places, fits) {
			return wrong("usage: "+c.Usage(), "expect: no line has %s behind %s", clip(w.text), clip(strings.Join(append([]string{c.Name}, before...), " ")))
		}
		before = append(before, w.text)
	}
	return nil
}
