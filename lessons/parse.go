package lessons

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// Suffix is what a lesson's file is called after its name.
const Suffix = ".md"

// maxFile bounds a lesson's file, in octets.
const maxFile = 1 << 20

// markdown is CommonMark with tables.
var markdown = goldmark.New(goldmark.WithExtensions(extension.Table))

// fileName is NUMBER-NAME.md, and NUMBER-NAME.LANGUAGE.md of a translation.
var fileName = regexp.MustCompile(`^(?:([0-9]{1,4})-)?([a-z0-9]+(?:-[a-z0-9]+)*)(?:\.([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*))?\.md$`)

// english is the language of the originals.
const english = "en"

// Parse reads a lesson, or a translation, whose fences are empty until Translate
// fills them. file is how its faults name it. The error is Faults: all that was
// found.
func Parse(file string, source []byte) (*Lesson, error) {
	p := &parser{l: &Lesson{File: file, Lang: english}}
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	if m := fileName.FindStringSubmatch(base); m != nil {
		p.l.Number, _ = strconv.Atoi(m[1])
		p.l.Name = m[2]
		if m[3] != "" {
			p.l.Lang = m[3]
		}
	} else {
		p.fault(1, fmt.Sprintf("%.60q is no name for a lesson", base), "NN-name.md, such as 09-saying-good-bye.md: a number, small letters, digits and hyphens")
	}
	switch {
	case len(source) > maxFile:
		p.fault(1, fmt.Sprintf("it has %d octets, and a lesson at most %d", len(source), maxFile), "several lessons, or less in each")
	case !utf8.Valid(source):
		p.fault(1+bytes.Count(source[:invalid(source)], []byte("\n")), "it is not written in UTF-8", "save it as UTF-8")
	default:
		source = bytes.TrimPrefix(source, []byte("\ufeff"))
		source = bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n"))
		p.parse(source)
	}
	if len(p.faults) > 0 {
		slices.SortStableFunc(p.faults, func(a, b *Fault) int { return cmp.Compare(a.Line, b.Line) })
		return nil, p.faults
	}
	return p.l, nil
}

// invalid is where the first octet stands that is not UTF-8.
func invalid(b []byte) (at int) {
	for at < len(b) {
		r, n := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return at
}

// parser reads one file.
type parser struct {
	l      *Lesson
	source []byte
	step   *Step // the present one; nil in the introduction
	tasked bool  // it has its task
	faults Faults
}

func (p *parser) fault(line int, wrong, right string) {
	p.faults = append(p.faults, &Fault{p.l.File, line, wrong, right})
}

// translated reports whether the file is a translation.
func (p *parser) translated() bool { return p.l.Lang != english }

func (p *parser) parse(source []byte) {
	body := p.frontMatter(source)
	p.source = source
	// The parser is given the whole file, so that places in it are places in the
	// file, with the front matter blanked out.
	blank := bytes.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, source[:body])
	if len(blank) < body { // wider characters have become one space each
		blank = append(bytes.Repeat([]byte(" "), body-len(blank)), blank...)
	}
	p.source = append(blank, source[body:]...)
	document := markdown.Parser().Parse(text.NewReader(p.source))
	var nodes []ast.Node
	for n := document.FirstChild(); n != nil; n = n.NextSibling() {
		nodes = append(nodes, n)
	}
	began := body
	for i, n := range nodes {
		if len(p.l.Steps) > maxSteps {
			p.fault(p.step.Line, fmt.Sprintf("it has more than %d steps", maxSteps), "several lessons: one takes 5 to 15 minutes")
			return
		}
		b := Block{Node: n, Source: p.source, begin: p.start(n), end: len(p.source)}
		if i+1 < len(nodes) {
			b.end = p.start(nodes[i+1])
		}
		b.Line = p.line(b.begin)
		if h, ok := n.(*ast.Heading); ok && h.Level == 2 {
			p.endStep(began, b.begin)
			began = b.begin
			title := plainText(h, p.source)
			p.step, p.tasked = &Step{Title: title, ID: slug(title, len(p.l.Steps)+1), Line: b.Line}, false
			continue
		}
		p.block(b)
	}
	p.endStep(began, len(p.source))
	if len(p.l.Steps) == 0 && len(p.faults) == 0 {
		p.fault(p.l.head, "it has no step", "a heading with ##, then what to do, and a fence with the word check that tests it")
	}
	if len(p.l.Intro) == 0 && len(p.faults) == 0 {
		p.fault(p.l.head, "nothing stands before the first step", "a paragraph that says what one will be able to do")
	}
}

// start is where a block begins in the file.
func (p *parser) start(n ast.Node) int {
	at := n.Pos()
	if at < 0 {
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			if at = p.start(c); at >= 0 {
				break
			}
		}
	}
	at = max(0, min(at, len(p.source)))
	return bytes.LastIndexByte(p.source[:at], '\n') + 1
}

// line is the number of the line that an octet stands in.
func (p *parser) line(at int) int { return 1 + bytes.Count(p.source[:at], []byte("\n")) }

// endStep ends the introduction, or the present step, whose source is given.
func (p *parser) endStep(from, to int) {
	stamp := stampOf(p.source[from:to])
	if p.step == nil {
		p.l.stamp = stamp
		return
	}
	s := p.step
	s.stamp = stamp
	switch {
	case s.Title == "":
		p.fault(s.Line, "the heading of this step is empty", "## and a few words")
	case !p.tasked:
		p.fault(s.Line, fmt.Sprintf("the step %q has nothing to do or to say", s.Title), "a sentence that says what to do, then a fence with the word check that tests it; or a fence with predict, or answer")
	case s.Task.Kind == Do && len(s.Hints) == 0:
		p.fault(s.Line, fmt.Sprintf("the step %q has no hint", s.Title), "> Hint: a gentle one, and then others that say more")
	case s.Task.Kind == Do && len(s.Solution) == 0 && !p.translated():
		p.fault(s.Line, fmt.Sprintf("the step %q has no solution", s.Title), "a fence with the word solution, with the lines that do it")
	}
	for _, other := range p.l.Steps {
		if other.ID == s.ID {
			p.fault(s.Line, fmt.Sprintf("two steps are called %q", s.Title), "another heading")
		}
	}
	p.l.Steps = append(p.l.Steps, *s)
}

// block takes in a block of the introduction, or of a step.
func (p *parser) block(b Block) {
	if tooDeep(b.Node, maxDepth) {
		p.fault(b.Line, "quotations or lists in one another, deeper than anybody reads", "less of them")
		return
	}
	switch n := b.Node.(type) {
	case *ast.Heading:
		p.fault(b.Line, fmt.Sprintf("a heading of level %d", n.Level), "the title stands in the front matter, and steps under ##")
		return
	case *ast.HTMLBlock:
		p.fault(b.Line, "HTML, which a terminal does not show", "Markdown")
		return
	case *ast.ThematicBreak:
		p.fault(b.Line, "a rule", "headings divide a lesson")
		return
	case *ast.FencedCodeBlock:
		word, rest, _ := strings.Cut(strings.TrimSpace(info(n, p.source)), " ")
		if p.fence(b, n, word, strings.TrimSpace(rest)) {
			return
		}
	case *ast.Blockquote:
		if p.hint(b, n) {
			return
		}
	}
	switch {
	case p.step == nil:
		p.l.Intro = append(p.l.Intro, b)
	case !p.tasked:
		p.step.Words = append(p.step.Words, b)
	default:
		p.step.After = append(p.step.After, b)
	}
}

// maxSteps bounds the steps of a lesson.
const maxSteps = 100

// maxDepth is how deep a block may be: what is set for a terminal stands further in
// at each depth.
const maxDepth = 12

// tooDeep reports whether a node has others deeper than that below it.
func tooDeep(n ast.Node, depth int) bool {
	if depth == 0 {
		return true
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if tooDeep(c, depth-1) {
			return true
		}
	}
	return false
}

// info is what stands behind a fence's backquotes.
func info(n *ast.FencedCodeBlock, source []byte) string {
	if n.Info == nil {
		return ""
	}
	return string(n.Info.Segment.Value(source))
}

// words of fences that mean something, and those that are taken for them.
var meaning = map[string]string{
	"check": "", "setup": "", "solution": "", "predict": "", "answer": "", "wrong": "", "transcript": "",
	"checks": "check", "solutions": "solution", "solve": "solution", "prediction": "predict", "predicts": "predict",
	"answers": "answer", "transcripts": "transcript", "hint": "> Hint: as a quotation", "hints": "> Hint: as a quotation",
	"Check": "check", "Solution": "solution", "Setup": "setup", "Predict": "predict", "Answer": "answer", "Transcript": "transcript",
}

// fence takes in a fence that means something, and reports whether it did.
func (p *parser) fence(b Block, n *ast.FencedCodeBlock, word, rest string) bool {
	better, known := meaning[word]
	switch {
	case !known:
		return false // text to be shown as it is
	case better != "":
		p.fault(b.Line, fmt.Sprintf("a fence with the word %s means nothing", word), better)
		return true
	case word == "transcript":
		b.Transcript = strings.Split(strings.TrimSuffix(content(n, p.source), "\n"), "\n")
		if p.translated() {
			p.empty(b, n, word)
			b.Transcript = []string{}
		}
		switch {
		case p.step == nil:
			p.fault(b.Line, "a transcript before the first step", "in a step: it is played from where the step begins")
		case !p.tasked:
			p.step.Words = append(p.step.Words, b)
		default:
			p.fault(b.Line, "a transcript after the task, where what there is depends on the learner", "before it")
		}
		return true
	case p.step == nil:
		p.fault(b.Line, fmt.Sprintf("a fence with the word %s before the first step", word), "in a step, under ##")
		return true
	case rest != "" && word != "predict":
		p.fault(b.Line, fmt.Sprintf("%.60q behind the word %s", rest, word), "the word alone")
	}
	s := p.step
	lines := p.lines(b, n)
	if p.translated() && word != "answer" {
		p.empty(b, n, word)
	}
	switch word {
	case "setup":
		if p.tasked || s.Setup != nil {
			p.fault(b.Line, "a second setup, or one after the task", "one, before the task")
		}
		s.Setup = append([]Line{}, lines...)
	case "solution":
		switch {
		case !p.tasked || s.Task.Kind != Do:
			p.fault(b.Line, "a solution of nothing", "it stands after the task's check and hints")
		case s.Solution != nil:
			p.fault(b.Line, "a second solution", "one, of as many lines as it takes")
		}
		s.Solution = append([]Line{}, lines...)
	case "wrong":
		p.fault(b.Line, "a fence with the word wrong outside of a hint", "in the hint that helps with it: > ```wrong")
	default:
		p.task(b, n, word, rest, lines)
	}
	return true
}

// empty refuses what a translation has in a fence of the original.
func (p *parser) empty(b Block, n *ast.FencedCodeBlock, word string) {
	if strings.TrimSpace(content(n, p.source)) != "" {
		p.fault(b.Line, fmt.Sprintf("a translation with something in its fence %s", word), "an empty one: what it holds comes from the original")
	}
}

// task takes in what a step asks for: the paragraph before the fence says it.
func (p *parser) task(b Block, n *ast.FencedCodeBlock, word, rest string, lines []Line) {
	s := p.step
	if p.tasked {
		p.fault(b.Line, "a second task in a step", "a step of its own, under ##")
		return
	}
	p.tasked = true
	t := Task{Line: b.Line}
	last := len(s.Words) - 1
	if last < 0 || s.Words[last].Node.Kind() != ast.KindParagraph {
		p.fault(b.Line, "the sentence is missing that says what to do", "a paragraph just before the fence: it is what the learner sees")
	} else {
		t.Goal = s.Words[last:]
		s.Words = s.Words[:last:last]
	}
	if len(lines) == 0 && !p.translated() {
		p.fault(b.Line, "the fence "+word+" is empty", map[string]string{
			"check": "the lines with expect that must hold, such as expect state server:3 LISTEN", "predict": "the lines that are played when the prediction is made",
			"answer": "an answer that learners can compare theirs with"}[word])
	}
	switch word {
	case "check":
		t.Kind, t.Check = Do, lines
		for _, l := range lines {
			if !expects(l.Text) {
				p.fault(l.Line, fmt.Sprintf("%.60q is no check", l.Text), "lines with expect: what the learner does is not in it, but in the solution")
			}
		}
	case "predict":
		t.Kind, t.Run = Predict, lines
		var wrong string
		if t.Ask, wrong = parseProbe(rest); wrong != "" && !p.translated() {
			p.fault(b.Line, wrong, "such as: predict state server:4, predict packets, predict return client, predict blocked server")
		}
	case "answer":
		t.Kind = Answer
		t.Model = p.inside(n)
	}
	s.Task = t
}

// inside are the blocks of the Markdown in a fence.
func (p *parser) inside(n *ast.FencedCodeBlock) []Block {
	source := []byte(content(n, p.source))
	document := markdown.Parser().Parse(text.NewReader(source))
	var blocks []Block
	for c := document.FirstChild(); c != nil; c = c.NextSibling() {
		at := p.line(p.start(n)) + 1
		if tooDeep(c, maxDepth) {
			p.fault(at, "quotations or lists in one another, deeper than anybody reads", "less of them")
			break
		}
		blocks = append(blocks, Block{Node: c, Source: source, Line: at})
	}
	return blocks
}

// hintWords begin a hint.
var hintWords = []string{"Hint:", "Hint：", "提示：", "提示:"}

// hint takes in a quotation that is a hint, and reports whether it is one.
func (p *parser) hint(b Block, n *ast.Blockquote) bool {
	first, ok := n.FirstChild().(*ast.Paragraph)
	if !ok {
		return false
	}
	head := strings.TrimSpace(plainText(first, p.source))
	word := ""
	for _, w := range hintWords {
		if strings.HasPrefix(head, w) {
			word = w
		}
	}
	switch {
	case word == "":
		return false
	case p.step == nil || !p.tasked:
		p.fault(b.Line, "a hint before there is anything to do", "after the task")
		return true
	}
	h := Hint{Line: b.Line}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		f, fenced := c.(*ast.FencedCodeBlock)
		if fenced && strings.TrimSpace(info(f, p.source)) == "wrong" {
			w := Block{Node: f, Source: p.source, Line: p.line(p.start(f))}
			if p.translated() {
				p.empty(w, f, "wrong")
			}
			h.Wrong = append(h.Wrong, p.lines(w, f)...)
			continue
		}
		h.Words = append(h.Words, Block{Node: c, Source: p.source, Line: b.Line})
	}
	dropWord(first, p.source, word)
	p.step.Hints = append(p.step.Hints, h)
	return true
}

// dropWord takes the word off the beginning of a hint's first paragraph.
func dropWord(para *ast.Paragraph, source []byte, word string) {
	t, ok := para.FirstChild().(*ast.Text)
	if !ok {
		return
	}
	value := t.Segment.Value(source)
	if bytes.HasPrefix(value, []byte(word)) {
		rest := bytes.TrimLeft(value[len(word):], " ")
		t.Segment = t.Segment.WithStart(t.Segment.Stop - len(rest))
	}
}

// lines are the lines of a fence that are not empty.
func (p *parser) lines(b Block, n *ast.FencedCodeBlock) []Line {
	var lines []Line
	for i := range n.Lines().Len() {
		seg := n.Lines().At(i)
		if t := strings.TrimSpace(string(seg.Value(p.source))); t != "" {
			lines = append(lines, Line{t, p.line(seg.Start)})
		}
	}
	return lines
}

// content is what a fence holds.
func content(n ast.Node, source []byte) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		seg := n.Lines().At(i)
		b.Write(seg.Value(source))
	}
	return b.String()
}

// expects reports whether a line of the language is an expectation.
func expects(line string) bool {
	if process, rest, ok := strings.Cut(line, ":"); ok && !strings.ContainsAny(process, " \t") {
		line = strings.TrimSpace(rest)
	}
	return strings.HasPrefix(line, "expect ")
}

// plainText is the text of a node, without its marks.
func plainText(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			switch n := n.(type) {
			case *ast.Text:
				b.Write(n.Segment.Value(source))
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteByte(' ')
				}
			case *ast.String:
				b.Write(n.Value)
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// slug is a heading as a name: small letters, digits and hyphens; by its number
// where nothing is left of it.
func slug(title string, number int) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return fmt.Sprintf("step-%d", number)
	}
	return strings.Join(words, "-")
}

// stampOf is what a translation notes of the part that it translates.
func stampOf(part []byte) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(string(part)), " ")))
	return fmt.Sprintf("%x", sum[:4])
}

// probes are what can be foretold, and whether it is of a socket, or a process.
var probes = map[string]string{"state": "socket", "packets": "", "return": "process", "data": "process", "errno": "process", "blocked": "process"}

var socketName = regexp.MustCompile(`^[a-z][a-z0-9_-]*:[0-9]+$`)
var processName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// parseProbe reads what stands behind the word predict.
func parseProbe(text string) (p Probe, wrong string) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return p, "what is to be predicted is missing"
	}
	p.What = words[0]
	of, known := probes[p.What]
	if len(words) > 1 {
		p.Of = words[1]
	}
	switch {
	case !known:
		return p, fmt.Sprintf("%.30q cannot be predicted", p.What)
	case len(words) > 2, of == "" && p.Of != "":
		return p, fmt.Sprintf("%.30q is a word too many", words[len(words)-1])
	case of == "socket" && !socketName.MatchString(p.Of):
		return p, "the socket is missing whose " + p.What + " is to be predicted"
	case of == "process" && !processName.MatchString(p.Of):
		return p, "the process is missing that is meant by " + p.What
	}
	return p, ""
}
