package command

import (
	"regexp"
	"strings"
)

// Reading is what a line says, whatever there is in a sandbox.
type Reading struct {
	Process string   // that it names, or whose prompt it was copied with; "" for none
	Command *Command // nil: it begins with none
	Words   []string // the command and its arguments, data in its quotes
}

// Read reads a line as Do does, before it is carried out: what is allowed, and what
// is the same, is a matter of this, not of how it is written. A line that Do refuses
// is read as far as its blanks tell.
func Read(text string) (r Reading) {
	r.Process, text = cutPrompt(text)
	l, err := split(text)
	if err != nil {
		l.process, text = cutProcess(text)
		r.Words = strings.Fields(text)
	}
	if l.process != "" {
		r.Process = l.process
	}
	for _, w := range l.words {
		r.Words = append(r.Words, w.text)
	}
	if len(r.Words) == 0 {
		return r
	}
	if r.Command = Lookup(r.Words[0]); l.c && r.Command != nil {
		if words, err := fromC(r.Command, l.words[1:]); err == nil {
			r.Words = r.Words[:1]
			for _, w := range words {
				r.Words = append(r.Words, w.text)
			}
		}
	}
	return r
}

const byteOrderMark = "\ufeff"

// prompt is what a line begins with that was copied with its prompt, which may
// tell of a lesson, and in brackets of what waits.
var prompt = regexp.MustCompile(`^\s*(?:lesson [^\s/>]+/[0-9]+ )?([a-z][a-z0-9_-]*)(?: \[[^\]]*\])?>(\s+|$)`)

// cutPrompt takes a byte order mark and a prompt off the beginning of a line.
// process is whose prompt it was, "" for none.
func cutPrompt(text string) (process, rest string) {
	text = strings.TrimPrefix(text, byteOrderMark)
	m := prompt.FindStringSubmatch(text)
	if m == nil {
		return "", text
	}
	return m[1], text[len(m[0]):]
}
