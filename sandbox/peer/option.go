package peer

import (
	"fmt"
	"strings"
)

// Option is a word that may stand before or behind a peer's address, in any order.
type Option struct {
	Name  string // --insecure
	Value string // what follows it, as usage shows it: WORD; "": nothing
	What  string // what it is for, in a line
}

// BadOption is a word that begins like an option and is none, or is written
// wrong. Why says what is wrong.
type BadOption struct{ Name, Why string }

// Error is why.
func (e *BadOption) Error() string { return e.Why }

// Options takes the options off the beginning of a line's words, each with its
// value. The error is a *BadOption.
func Options(options []Option, words []string) (given map[string]string, rest []string, err error) {
	given = make(map[string]string)
	for len(words) > 0 && strings.HasPrefix(words[0], "--") {
		name, value, written := strings.Cut(words[0], "=")
		words = words[1:]
		known := false
		for _, o := range options {
			if o.Name != name {
				continue
			}
			known = true
			_, twice := given[name]
			switch {
			case twice:
				return nil, nil, &BadOption{name, fmt.Sprintf("%s stands there twice", name)}
			case o.Value == "" && written:
				return nil, nil, &BadOption{name, fmt.Sprintf("%s takes nothing behind it", name)}
			case o.Value != "" && !written && len(words) == 0:
				return nil, nil, &BadOption{name, fmt.Sprintf("the %s behind %s is missing", o.Value, name)}
			case o.Value != "" && !written:
				value, words = words[0], words[1:]
			}
			given[name] = value
		}
		if !known {
			return nil, nil, &BadOption{name, fmt.Sprintf("%q is no option of it", name)}
		}
	}
	return given, words, nil
}

// Usage is how a peer is started that is called so.
func (p Peer) Usage(name string) string {
	words := []string{"peer", name, "[ADDRESS]"}
	if !p.Addr.IsValid() {
		words[2] = "ADDRESS"
	}
	for _, o := range p.Options {
		words = append(words, "["+strings.TrimSpace(o.Name+" "+o.Value)+"]")
	}
	return strings.TrimSpace(strings.Join(words, " ") + " " + p.Args)
}
