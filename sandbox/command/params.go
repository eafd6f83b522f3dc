package command

import (
	"slices"
	"strings"
)

// param is one place in a command's usage, such as FD, [BACKLOG] or on|off.
// Asking for what is missing, completion and prefixes go by it.
type param struct {
	name     string   // FD, ADDRESS, ...; of a choice of words "", or what it is called
	words    []string // the words that may stand there; nil for a name
	optional bool
	repeats  bool
	group    int // so many places more may only be left out together with it
}

// forms takes the ways apart in which a command's arguments are written.
func (c *Command) forms() [][]param {
	var forms [][]param
	for _, usage := range c.Args {
		var form []param
		inside, first := false, 0 // a group, and where it begins
		for _, w := range strings.Fields(usage) {
			p := param{}
			w, p.repeats = strings.CutSuffix(w, "...")
			if strings.HasSuffix(w, "...]") {
				w, p.repeats = strings.TrimSuffix(w, "...]")+"]", true
			}
			if inside {
				form[first].group++
			}
			if strings.HasPrefix(w, "[") {
				inside, first, p.optional = true, len(form), true
			}
			inside = inside && !strings.HasSuffix(w, "]")
			w = strings.TrimPrefix(w, "[")
			if strings.Count(w, "]") > strings.Count(w, "[") {
				w = strings.TrimSuffix(w, "]")
			}
			p.name = w
			for choice := range strings.SplitSeq(w, "|") {
				if choice == strings.ToLower(choice) {
					p.words = append(p.words, choice)
				}
			}
			form = append(form, p)
		}
		forms = append(forms, form)
	}
	return forms
}

// needsTwo reports whether one argument is not enough.
func (c *Command) needsTwo() bool {
	form := c.forms()[0]
	return len(form) > 1 && !form[1].optional
}

// named are the parts of a place that are no words: FD, or PROCESS:FD and N.
func (p param) named() []string {
	var names []string
	for n := range strings.SplitSeq(p.name, "|") {
		if n != strings.ToLower(n) {
			names = append(names, n)
		}
	}
	return names
}

// fits reports whether the word may stand there, as far as a word tells.
func (p param) fits(word string) bool {
	if shape := shapes[p.name]; shape != nil {
		return shape(word)
	}
	if len(p.named()) > 0 {
		return true
	}
	for _, w := range p.words {
		if w == word {
			return true
		}
	}
	return false
}

// shapes are how the words look that may stand in a place, where other words
// may stand there too.
var shapes = map[string]func(word string) bool{
	"SRC":   func(w string) bool { return strings.Contains(w, ":") },
	"FLAGS": func(w string) bool { return w == "none" || kindOf(strings.ToUpper(w)) != "" },
	"FIELD": func(w string) bool { return strings.Contains(w, "=") || w == "sackok" },
	"WORD":  func(w string) bool { return w != "=" },
}

// places are what may stand after the words, one for each form that they fit.
func (c *Command) places(words []string) []param {
	var places []param
	if len(words) > 0 && words[0] == "not" && c.Name == "expect" { // any of its forms
		places = c.places(words[1:])
		if len(words) == 1 {
			places = slices.DeleteFunc(places, func(p param) bool { return slices.Contains(p.words, "not") })
		}
		return places
	}
	for _, form := range c.forms() {
		places = append(places, reach(form, words)...)
	}
	return places
}

// reach are the places of a form that may follow the words.
func reach(form []param, words []string) []param {
	if len(form) == 0 {
		return nil
	}
	p := form[0]
	if len(words) == 0 {
		places := []param{p}
		if p.optional {
			places = append(places, reach(form[1+p.group:], nil)...)
		}
		return places
	}
	var places []param
	if p.fits(words[0]) {
		if p.repeats {
			again := append([]param{{name: p.name, words: p.words, optional: true, repeats: true}}, form[1:]...)
			places = append(places, reach(again, words[1:])...)
		} else {
			places = append(places, reach(form[1:], words[1:])...)
		}
	}
	if p.optional && len(places) == 0 {
		places = append(places, reach(form[1+p.group:], words)...)
	}
	return places
}
