package lessons

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// front is the front matter of a lesson. Of is a translation's.
type front struct {
	Title   string   `yaml:"title"`
	Minutes int      `yaml:"minutes"`
	Needs   []string `yaml:"needs"`
	Stack   string   `yaml:"stack"`
	Of      []string `yaml:"of"`
}

// rule is what stands before and after the front matter.
const rule = "---\n"

// frontWanted is what a front matter looks like.
const frontWanted = "between two lines ---: title: ..., minutes: 5 to 15; and where there are any needs: [a-lesson] and stack: user or kernel"

// yamlLine finds where a YAML parser's error is, in the front matter.
var yamlLine = regexp.MustCompile(`line ([0-9]+): ?`)

// frontMatter reads it, and returns where the text begins.
func (p *parser) frontMatter(source []byte) (body int) {
	p.l.head = 1
	if !bytes.HasPrefix(source, []byte(rule)) {
		p.fault(1, "it has no front matter", frontWanted)
		return 0
	}
	end := bytes.Index(source[len(rule):], []byte("\n"+rule))
	switch {
	case bytes.HasPrefix(source[len(rule):], []byte(rule)):
		end = -1 + len("\n")
	case end < 0:
		p.fault(1, "the front matter has no end", frontWanted)
		return 0
	default:
		end++
	}
	head := source[len(rule) : len(rule)+end]
	body = len(rule) + end + len(rule)
	p.l.head = bytes.Count(source[:body], []byte("\n"))
	var f front
	d := yaml.NewDecoder(bytes.NewReader(head))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil && len(bytes.TrimSpace(head)) > 0 {
		for _, one := range strings.Split(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:\n"), "\n") {
			line := 1
			if m := yamlLine.FindStringSubmatch(one); m != nil {
				line, _ = strconv.Atoi(m[1])
				one = strings.Replace(one, m[0], "", 1)
			}
			p.fault(line+1, "the front matter cannot be read: "+strings.ReplaceAll(strings.TrimSpace(one), " in type lessons.front", ""), frontWanted)
		}
		return body
	}
	p.front(f, head)
	return body
}

// front takes in a front matter.
func (p *parser) front(f front, head []byte) {
	at := func(key string) int { // where it stands in the file
		for i, l := range strings.Split(string(head), "\n") {
			if strings.HasPrefix(l, key+":") {
				return i + 2
			}
		}
		return 2
	}
	p.l.Title, p.l.Minutes, p.l.Needs, p.l.Stack = strings.TrimSpace(f.Title), f.Minutes, f.Needs, f.Stack
	if strings.ContainsFunc(p.l.Title, func(r rune) bool { return !unicode.IsPrint(r) }) {
		p.fault(at("title"), "the title has a character that cannot be printed", "letters, digits, marks and spaces")
	}
	if p.l.Title == "" {
		p.fault(2, "the title is missing", frontWanted)
	}
	if p.translated() {
		if f.Minutes != 0 || f.Stack != "" || f.Needs != nil {
			p.fault(2, "a translation with minutes, needs or a stack", "title and of alone: the rest comes from the original")
		}
		p.l.of = f.Of
		return
	}
	switch {
	case f.Of != nil:
		p.fault(at("of"), "of is a translation's", "a translation is called "+p.l.Name+".LANGUAGE.md, such as .zh-Hant.md")
	case f.Minutes < 1 || f.Minutes > 60:
		p.fault(at("minutes"), fmt.Sprintf("minutes: %d is no number of minutes for a lesson", f.Minutes), "how many it takes: 1 to 60, mostly 5 to 15")
	case f.Stack != "" && f.Stack != "user" && f.Stack != "kernel":
		p.fault(at("stack"), fmt.Sprintf("stack: %.30q", f.Stack), "user or kernel; no line for a lesson that is right on both")
	}
	for _, n := range f.Needs {
		if !fileName.MatchString(n + Suffix) {
			p.fault(at("needs"), fmt.Sprintf("needs: %.60q is no lesson's name", n), "names as in the files, without number and .md, such as needs: [a-server, a-client]")
		}
	}
}
