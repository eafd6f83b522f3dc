package peer

import (
	"fmt"
	"strings"
)

// SourceOf cuts functions and methods out of a Go file's text, as gofmt writes
// it, in the order in which they are named, each with the comment above it: what
// a peer written in Go shows as its Source. It panics if there is none of a name.
//
//	//go:embed chat.go
//	var file string
//
//	Source: peer.SourceOf(file, "serve", "say"),
func SourceOf(file string, functions ...string) string {
	lines := strings.Split(file, "\n")
	var parts []string
	for _, name := range functions {
		part := functionOf(lines, name)
		if part == "" {
			panic(fmt.Sprintf("peer: the file has no function %s", name))
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "\n")
}

// functionOf is the declaration of the function or method, "" if there is none.
func functionOf(lines []string, name string) string {
	for i, line := range lines {
		rest, isFunc := strings.CutPrefix(line, "func ")
		if strings.HasPrefix(rest, "(") { // a method's receiver
			_, rest, _ = strings.Cut(rest, ") ")
		}
		if after, ok := strings.CutPrefix(rest, name); !isFunc || !ok || !strings.HasPrefix(after, "(") && !strings.HasPrefix(after, "[") {
			continue
		}
		first, last := i, i
		for first > 0 && strings.HasPrefix(lines[first-1], "//") {
			first--
		}
		for !strings.HasSuffix(line, "}") && last+1 < len(lines) && lines[last] != "}" {
			last++
		}
		return strings.Join(lines[first:last+1], "\n") + "\n"
	}
	return ""
}
