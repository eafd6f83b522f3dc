package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"

	"sockplay/lessons"
	"sockplay/lessons/scenes"
	"sockplay/tracer/tcpstate"
)

// text looks at the words of a lesson: links, the spelling of states, and names of
// what there is.
func text(l *lessons.Lesson) (faults lessons.Faults) {
	look := func(blocks []lessons.Block) {
		for _, b := range blocks {
			r := reader{l: l, block: b}
			_ = ast.Walk(b.Node, r.read)
			r.spelling()
			faults = append(faults, r.faults...)
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

// reader reads a block.
type reader struct {
	l      *lessons.Lesson
	block  lessons.Block
	text   strings.Builder // without code, and without what is between characters
	places [][2]int        // in text, and in the source
	html   bool
	faults lessons.Faults
}

func (r *reader) fault(at int, wrong, right string) {
	if wrong == "" {
		return
	}
	line := r.block.Line
	if from := r.block.Node.Pos(); at >= 0 && from >= 0 && from <= at && at <= len(r.block.Source) {
		line += strings.Count(string(r.block.Source[from:at]), "\n")
	}
	r.faults = append(r.faults, &lessons.Fault{File: r.l.File, Line: line, Wrong: wrong, Right: right})
}

func (r *reader) read(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	switch n := n.(type) {
	case *ast.Text:
		value := string(n.Segment.Value(r.block.Source))
		if _, code := n.Parent().(*ast.CodeSpan); code {
			wrong, right := names(value)
			r.fault(n.Segment.Start, wrong, right)
			break
		}
		r.places = append(r.places, [2]int{r.text.Len(), n.Segment.Start})
		r.text.WriteString(value)
		if n.SoftLineBreak() {
			r.text.WriteByte(' ')
		}
	case *ast.Link:
		wrong, right := link(r.l, string(n.Destination))
		at := -1
		if t, ok := n.FirstChild().(*ast.Text); ok {
			at = t.Segment.Start
		}
		r.fault(at, wrong, right)
	case *ast.RawHTML:
		if !r.html {
			r.fault(n.Segments.At(0).Start, "HTML in the text, which a terminal does not show", "Markdown; a < by itself stands in backquotes")
		}
		r.html = true
	}
	return ast.WalkContinue, nil
}

// spelling looks for states that are not written as RFC 9293 does.
func (r *reader) spelling() {
	text := r.text.String()
	for _, found := range state.FindAllStringIndex(text, -1) {
		word := text[found[0]:found[1]]
		bare := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToUpper(word))
		bare = strings.NewReplacer("RCVD", "RECEIVED", "RECV", "RECEIVED").Replace(bare)
		at := -1
		for _, p := range r.places {
			if p[0] <= found[0] {
				at = p[1] + found[0] - p[0]
			}
		}
		for _, s := range tcpstate.Names {
			if strings.ReplaceAll(s, "-", "") == bare && s != word {
				r.fault(at, fmt.Sprintf("%q is no state's name", word), s+", as in RFC 9293")
			}
		}
	}
}

// state is what may be a state's name in another spelling.
var state = regexp.MustCompile(`(?i)\b(?:syn[-_ ]?(?:sent|received|rcvd|recv)|fin[-_ ]?wait[-_ ]?[12]|close[-_]wait|last[-_]ack|time[-_]wait)\b`)

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
