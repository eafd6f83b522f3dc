package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"

	"sockplay/lessons"
	"sockplay/lessons/scenes"
)

// text looks at the words of a lesson: links, the spelling of states, and names of
// what there is.
func text(l *lessons.Lesson) (faults lessons.Faults) {
	look := func(blocks []lessons.Block) {
		for _, b := range blocks {
			_ = ast.Walk(b.Node, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
				if !entering {
					return ast.WalkContinue, nil
				}
				var wrong, right string
				switch n := n.(type) {
				case *ast.Text:
					if _, code := n.Parent().(*ast.CodeSpan); code {
						wrong, right = names(string(n.Segment.Value(b.Source)))
					}
					if wrong == "" {
						wrong, right = misspelt(string(n.Segment.Value(b.Source)))
					}
				case *ast.Link:
					wrong, right = link(l, string(n.Destination))
				case *ast.RawHTML:
					wrong, right = "HTML in the text, which a terminal does not show", "Markdown; a < by itself stands in backquotes"
				}
				if wrong != "" {
					faults = append(faults, &lessons.Fault{File: l.File, Line: line(b, n), Wrong: wrong, Right: right})
				}
				return ast.WalkContinue, nil
			})
		}
	}
	look(l.Intro)
	for _, s := range l.Steps {
		look(s.Words)
		look(s.Task.Goal)
		look(s.Task.Model)
		for _, h := range s.Hints {
			look(h.Words)
		}
		look(s.After)
	}
	return faults
}

// line is where a node stands in the file.
func line(b lessons.Block, n ast.Node) int {
	t, ok := n.(*ast.Text)
	if !ok || len(b.Source) < t.Segment.Start || b.Node.Pos() > t.Segment.Start || b.Node.Pos() < 0 {
		return b.Line
	}
	return b.Line + strings.Count(string(b.Source[b.Node.Pos():t.Segment.Start]), "\n")
}

// state is what may be a state's name in another spelling.
var state = regexp.MustCompile(`(?i)\b(?:syn[-_ ]?(?:sent|received|rcvd|recv)|fin[-_ ]?wait[-_ ]?[12]|close[-_]wait|last[-_]ack|time[-_]wait)\b`)

// misspelt says which state is not written as RFC 9293 does.
func misspelt(words string) (wrong, right string) {
	for _, found := range state.FindAllString(words, -1) {
		bare := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToUpper(found))
		bare = strings.NewReplacer("RCVD", "RECEIVED", "RECV", "RECEIVED").Replace(bare)
		for _, s := range states {
			if strings.ReplaceAll(s, "-", "") == bare && s != found {
				return fmt.Sprintf("%q is no state's name", found), s + ", as in RFC 9293"
			}
		}
	}
	return "", ""
}

var states = []string{"SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "LAST-ACK", "TIME-WAIT"}

// names says which name in a piece of code there is not: of a scene, of a
// lesson.
func names(code string) (wrong, right string) {
	words := strings.Fields(strings.TrimPrefix(code, "sockplay "))
	if len(words) != 2 || words[1] != strings.ToLower(words[1]) {
		return "", ""
	}
	switch words[0] {
	case "demo":
		if _, err := scenes.Find(words[1]); err != nil && words[1] != scenes.Versus {
			return fmt.Sprintf("there is no scene %s", words[1]), "sockplay demo lists them"
		}
	case "lesson":
		if _, err := lessons.Own().Find(words[1]); err != nil && !slices.Contains([]string{"check", "new", "report"}, words[1]) {
			return fmt.Sprintf("there is no lesson %s", words[1]), "sockplay lesson lists them"
		}
	}
	return "", ""
}

// link says what is wrong with a link.
func link(l *lessons.Lesson, to string) (wrong, right string) {
	switch {
	case strings.HasPrefix(to, "https://"), strings.HasPrefix(to, "#"):
		return "", ""
	case strings.HasPrefix(to, "http://"):
		return "a link without TLS: " + to, "https://"
	case strings.HasSuffix(to, lessons.Suffix) && !strings.Contains(to, "/"):
		if _, err := lessons.Own().Find(strings.TrimSuffix(to, lessons.Suffix)); err != nil && to != l.File {
			return "a link to a lesson that is not there: " + to, "its file's name, such as 04-a-server.md"
		}
		return "", ""
	}
	return "a link that leads nowhere from here: " + to, "https://..., or the file of a lesson"
}
