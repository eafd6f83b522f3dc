// Package scenes plays what a course shows about TCP and UDP, live, a step at a
// time. A scene is one file: the commands of the script language, with the words
// for a class beside them. The words quote from what has happened, and what they
// state is checked when they are said: docs/writing-scenes.md.
package scenes

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"sockplay/lessons"
)

// Scene is a scene as its file tells it.
type Scene struct {
	Name  string   // the file's, without .scene
	Title string   // what it shows, in a few words
	Stack string   // "user" or "kernel"; "both" where it is the same on each
	RFC   []string // the sections that its claims come from, such as "RFC 9293 3.5"
	Steps []Step

	file string
}

// Step is what is said and done before the next pause.
type Step struct {
	parts   []part
	follows bool // where time goes on during a pause, it comes without one
}

// part is a piece of a step: words, or a command.
type part struct {
	line  int // in the file
	words string
	do    string // a command; "" for words
}

// joint is the line between two steps of which the second follows at once where
// time goes on: what is in flight would be sent again meanwhile.
const joint = "---"

// Suffix is what a scene's file is called after its name.
const Suffix = ".scene"

func fault(file string, line int, wrong, right string) error {
	return &lessons.Fault{File: file, Line: line, Wrong: wrong, Right: right}
}

// headers are what a file begins with, and whether each must be there.
var headers = []struct {
	name   string
	needed bool
}{{"title", true}, {"stack", true}, {"rfc", true}}

// Parse reads a scene. file is how its faults name it.
func Parse(file string, text []byte) (*Scene, error) {
	s := &Scene{Name: strings.TrimSuffix(path.Base(strings.ReplaceAll(file, `\`, "/")), Suffix), file: file}
	said := map[string]bool{}
	inHead := true
	var step Step
	end := func() {
		if len(step.parts) > 0 {
			s.Steps = append(s.Steps, step)
			step = Step{}
		}
	}
	for i, line := range strings.Split(string(bytes.TrimPrefix(text, []byte("\ufeff"))), "\n") {
		line = strings.TrimSpace(line)
		name, value, isHead := strings.Cut(line, ":")
		switch {
		case strings.HasPrefix(line, "#"):
		case line == "":
			inHead = inHead && len(said) == 0
			end()
		case line == joint && !inHead:
			end()
			step.follows = len(s.Steps) > 0
		case inHead && isHead && slices.ContainsFunc(headers, func(h struct {
			name   string
			needed bool
		}) bool {
			return h.name == name
		}):
			said[name] = true
			if err := s.head(i+1, name, strings.TrimSpace(value)); err != nil {
				return nil, err
			}
		case inHead:
			return nil, fault(file, i+1, fmt.Sprintf("%.60q does not belong at the beginning", line), "a scene begins with lines title: ..., stack: user, kernel or both, and rfc: ...; then an empty line")
		case strings.HasPrefix(line, ">"):
			words := strings.TrimSpace(line[1:])
			if n := len(step.parts); n > 0 && step.parts[n-1].do == "" {
				step.parts[n-1].words += " " + words
				continue
			}
			step.parts = append(step.parts, part{line: i + 1, words: words})
		default:
			step.parts = append(step.parts, part{line: i + 1, do: line})
		}
	}
	end()
	for _, h := range headers {
		if h.needed && !said[h.name] {
			return nil, fault(file, 1, "its "+h.name+" is missing", "a scene begins with lines title: ..., stack: user, kernel or both, and rfc: ...")
		}
	}
	if len(s.Steps) == 0 {
		return nil, fault(file, 1, "it has no step", "words begin with >, other lines are commands, an empty line ends a step")
	}
	return s, s.lint()
}

func (s *Scene) head(line int, name, value string) error {
	switch name {
	case "title":
		s.Title = value
	case "stack":
		s.Stack = value
		if !slices.Contains([]string{"user", "kernel", "both"}, value) {
			return fault(s.file, line, fmt.Sprintf("%.30q is no stack", value), "user, kernel, or both")
		}
	case "rfc":
		for r := range strings.SplitSeq(value, ",") {
			if !section.MatchString(strings.TrimSpace(r)) {
				return fault(s.file, line, fmt.Sprintf("%.30q is no section of an RFC", strings.TrimSpace(r)), "as in rfc: 9293 3.5, 768")
			}
			s.RFC = append(s.RFC, "RFC "+strings.TrimPrefix(strings.TrimSpace(r), "RFC "))
		}
	}
	if value == "" {
		return fault(s.file, line, "its "+name+" is empty", name+": and then what it is")
	}
	return nil
}

// section is how a section of an RFC is written, or a whole one.
var section = regexp.MustCompile(`^(RFC )?[0-9]{1,5}( [0-9A-Z]{1,3}(\.[0-9]{1,3})*)?$`)

//go:embed *.scene
var library embed.FS

// All are the scenes that come with the program, in the order of a course.
func All() []*Scene {
	var list []*Scene
	for _, name := range order {
		if s, err := Find(name); err == nil { // a test parses all of them
			list = append(list, s)
		}
	}
	return list
}

// Find returns the scene of that name; the error is fs.ErrNotExist if there is
// none.
func Find(name string) (*Scene, error) {
	text, err := fs.ReadFile(library, name+Suffix)
	if err != nil {
		return nil, fs.ErrNotExist
	}
	return Parse(name+Suffix, text)
}

// joined is the scene where time goes on: steps that follow at once are part of
// those before them.
func (s *Scene) joined() *Scene {
	j := *s
	j.Steps = nil
	for _, step := range s.Steps {
		if n := len(j.Steps); step.follows {
			j.Steps[n-1].parts = slices.Concat(j.Steps[n-1].parts, step.parts)
		} else {
			j.Steps = append(j.Steps, step)
		}
	}
	return &j
}

// maxFile bounds a scene's file, in octets.
const maxFile = 1 << 20

// Open returns the scene of that name or, if there is none, of that file. The
// error says what is wrong, and what would be right.
func Open(name string) (*Scene, error) {
	s, err := Find(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		if near := like(name); near != "" {
			return nil, fmt.Errorf("there is no scene %s; did you mean %s?", name, near)
		}
		return nil, fmt.Errorf("there is no scene %s, and no such file; sockplay demo lists the scenes", name)
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return nil, fmt.Errorf("%s is no scene: a scene is a text file, such as docs/writing-scenes.md describes", name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read; sockplay demo lists the scenes that come with it", name)
	}
	return Parse(name, text)
}

// like is the one scene whose name has the beginning that was meant, probably; ""
// if there is none.
func like(name string) (found string) {
	name = strings.ToLower(name)
	for _, s := range order {
		if n := min(len(name), len(s), 6); n >= 3 && (strings.HasPrefix(s, name) || s[:n] == name[:n]) {
			if found != "" {
				return ""
			}
			found = s
		}
	}
	return found
}

// For reports whether the scene plays on that stack.
func (s *Scene) For(stack string) bool { return s.Stack == "both" || s.Stack == stack }

// Row is the scene in a list of all.
func (s *Scene) Row() string { return fmt.Sprintf("  %-18s %s\n", s.Name, s.Title) }
