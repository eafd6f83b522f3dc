package playground

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"sockplay/lessons"
	"sockplay/lessons/course"
)

// TestTranslations: each language that lessons are translated into has all that the
// prompt says in a lesson, with the same verbs, and nothing else.
func TestTranslations(t *testing.T) {
	said := map[string]bool{}
	for _, mark := range marks {
		said[mark] = true
	}
	for _, w := range lessonWords {
		said[w.Meaning] = true
	}
	for _, what := range []string{"state", "packets", "return", "errno", "data", "blocked"} {
		said[course.Wanted(lessons.Probe{What: what})] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			if s, ok := call.Fun.(*ast.SelectorExpr); !ok || s.Sel.Name != "tr" {
				return true
			}
			if lit, ok := call.Args[0].(*ast.BasicLit); ok {
				text, _ := strconv.Unquote(lit.Value)
				said[text] = true
			}
			return true
		})
	}
	if len(said) < 30 {
		t.Fatalf("only %d texts were found", len(said))
	}
	verbs := regexp.MustCompile(`%[a-z]`)
	for _, lang := range lessons.Own().Languages() {
		for text := range said {
			s, ok := translations[lang][text]
			if !ok {
				t.Errorf("%s lacks %q", lang, text)
			} else if !slices.Equal(verbs.FindAllString(s, -1), verbs.FindAllString(text, -1)) {
				t.Errorf("%s: %q has other verbs than %q", lang, s, text)
			}
		}
		for text := range translations[lang] {
			if !said[text] {
				t.Errorf("%s: nobody says %q", lang, text)
			}
		}
	}
}
