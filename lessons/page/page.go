// Package page sets a lesson's text for a terminal: paragraphs, lists, tables and
// fences in so many columns, with the few tones that all views share.
package page

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	extension "github.com/yuin/goldmark/extension/ast"

	"sockplay/lessons"
	"sockplay/tracer/ink"
)

// Draw sets blocks in at most width columns, with an empty line between two of
// them.
func Draw(pen ink.Pen, width int, blocks []lessons.Block) string {
	var b strings.Builder
	for i, block := range blocks {
		if i > 0 {
			b.WriteByte('\n')
		}
		p := &setter{pen: pen, source: block.Source}
		if block.Transcript != nil {
			p.transcript(width, block.Transcript)
		} else {
			p.block(block.Node, "", "", width)
		}
		b.WriteString(p.out.String())
	}
	return b.String()
}

// setter sets one block.
type setter struct {
	pen    ink.Pen
	source []byte
	out    strings.Builder
}

// block sets a node: its first line behind first, the others behind rest.
func (s *setter) block(n ast.Node, first, rest string, width int) {
	switch n := n.(type) {
	case *ast.Paragraph, *ast.TextBlock, *ast.Heading:
		s.lines(flow(s.inline(n, ink.Plain), width-ink.Width(first), width-ink.Width(rest)), first, rest)
	case *ast.List:
		s.list(n, first, rest, width)
	case *ast.Blockquote:
		bar := s.pen.Pick("│ ", "| ")
		s.blocks(n, first+bar, rest+bar, width)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		s.code(n, first, rest, width)
	case *extension.Table:
		s.table(n, first, rest, width)
	default:
		s.blocks(n, first, rest, width)
	}
}

// blocks sets the blocks in n, with a line between two paragraphs.
func (s *setter) blocks(n ast.Node, first, rest string, width int) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c != n.FirstChild() && c.Kind() != ast.KindList && c.Kind() != ast.KindTextBlock {
			s.out.WriteString(strings.TrimRight(rest, " ") + "\n")
		}
		s.block(c, first, rest, width)
		first = rest
	}
}

func (s *setter) list(n *ast.List, first, rest string, width int) {
	number := n.Start
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		mark := s.pen.Pick("• ", "* ")
		if n.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		if c != n.FirstChild() && !n.IsTight {
			s.out.WriteString(strings.TrimRight(rest, " ") + "\n")
		}
		s.blocks(c, first+mark, rest+strings.Repeat(" ", ink.Width(mark)), width)
		first = rest
	}
}

// codeIndent is how far a fence stands in.
const codeIndent = 4

func (s *setter) code(n ast.Node, first, rest string, width int) {
	indent := strings.Repeat(" ", codeIndent)
	for i := range n.Lines().Len() {
		seg := n.Lines().At(i)
		line := strings.ReplaceAll(strings.TrimRight(string(seg.Value(s.source)), " \n"), "\t", "    ")
		s.coded(line, ink.Yours, first+indent, rest+indent, width)
		first = rest
	}
}

// coded sets a line that is to be kept as it is; what does not fit goes on in the
// next one.
func (s *setter) coded(line string, tone ink.Tone, first, rest string, width int) {
	room := max(width-ink.Width(rest), 1)
	line = s.pen.Clean(line)
	for {
		part := line
		if ink.Width(line) > room {
			part = ink.Prefix(line, room)
		}
		s.out.WriteString(strings.TrimRight(first+s.pen.Write(tone, part), " ") + "\n")
		if line = line[len(part):]; line == "" || part == "" {
			return
		}
		first = rest
	}
}

// transcript sets what the program has printed, with what was typed in its tone.
func (s *setter) transcript(width int, lines []string) {
	indent := strings.Repeat(" ", codeIndent)
	for _, l := range lines {
		l = s.pen.Clean(l)
		if prompt, _, text, typed := lessons.Typed(l); typed && ink.Width(indent+l) <= width {
			s.out.WriteString(strings.TrimRight(indent+prompt+s.pen.Write(ink.Yours, text), " ") + "\n")
			continue
		}
		s.coded(l, ink.Plain, indent, indent, width)
	}
}

// lines writes lines of cells behind their margins.
func (s *setter) lines(lines [][]cell, first, rest string) {
	for _, l := range lines {
		s.out.WriteString(strings.TrimRight(first+s.painted(l), " ") + "\n")
		first = rest
	}
}

// painted is a line in its tones.
func (s *setter) painted(line []cell) string {
	var b, run strings.Builder
	tone := ink.Plain
	flush := func() {
		if run.Len() > 0 {
			b.WriteString(s.pen.Write(tone, run.String()))
			run.Reset()
		}
	}
	for _, c := range line {
		if c.tone != tone {
			flush()
			tone = c.tone
		}
		run.WriteRune(c.r)
	}
	flush()
	return b.String()
}

// inline are the cells of a node's text.
func (s *setter) inline(n ast.Node, tone ink.Tone) (cells []cell) {
	add := func(text string, tone ink.Tone, whole bool) {
		for _, r := range s.pen.Clean(text) {
			cells = append(cells, cell{r, tone, whole})
		}
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			add(string(c.Segment.Value(s.source)), tone, false)
			switch {
			case c.HardLineBreak():
				cells = append(cells, cell{'\n', tone, false})
			case c.SoftLineBreak():
				cells = append(cells, cell{softBreak, tone, false})
			}
		case *ast.String:
			add(string(c.Value), tone, false)
		case *ast.CodeSpan:
			text := ""
			for t := c.FirstChild(); t != nil; t = t.NextSibling() {
				if t, ok := t.(*ast.Text); ok {
					text += strings.ReplaceAll(string(t.Segment.Value(s.source)), "\n", " ")
				}
			}
			if !s.pen.Color {
				text = "`" + text + "`"
			}
			add(text, ink.Yours, true)
		case *ast.Emphasis:
			inner := tone
			if c.Level == 2 {
				inner = ink.Yours
			}
			cells = append(cells, s.inline(c, inner)...)
		case *ast.Link:
			inner := s.inline(c, tone)
			cells = append(cells, inner...)
			if to := string(c.Destination); to != plain(inner) {
				add(" ("+to+")", ink.Calm, false)
			}
		case *ast.AutoLink:
			add(string(c.URL(s.source)), tone, false)
		case *ast.RawHTML: // the check refuses it
		default:
			cells = append(cells, s.inline(c, tone)...)
		}
	}
	return joined(cells)
}

func plain(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteRune(c.r)
	}
	return b.String()
}
