package space

import (
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/outlook"
)

// labelCols is the columns of a fact's name.
const labelCols = 10

// facts writes what stands below the figures.
func (d *drawing) facts(b *tracer.TCB) {
	facts := outlook.Facts(b)
	half := len(facts) / 2
	left, right := widest(facts[:half])+3, widest(facts[half:])
	switch {
	case d.Compact:
		d.wall(b, facts)
		return
	case margin+left+right <= d.Width:
		left = max(left, d.Width/2)
		left = min(left, d.Width-margin-right)
		for i, f := range facts[:half] {
			spans := append([]ink.Span{{Text: strings.Repeat(" ", margin)}}, fact(f, left)...)
			d.line(append(spans, fact(facts[half+i], right)...)...)
		}
	default:
		for _, f := range facts {
			d.text(f.Name, value(f), tone(f))
		}
	}
	more := outlook.MaySend(b)
	if more != "" {
		d.text("may send", more, ink.Plain)
	}
	if q := outlook.Queues(b); q != "" && facts != nil {
		d.text("queues", q, ink.Plain)
	}
	label := "timers"
	if b.OneTimer && b.Timers != nil {
		label = "next timer"
	}
	for _, t := range outlook.Timers(b) {
		d.text(label, t, ink.Plain)
		label = " "
	}
	if b.Timers == nil {
		d.text("timers", "none runs: nothing will happen by itself", ink.Plain)
	}
	if stub := outlook.Stub(b); stub != "" {
		d.text("", stub, ink.Calm)
	}
}

func widest(facts []outlook.Fact) (n int) {
	for _, f := range facts {
		n = max(n, labelCols+1+ink.Width(value(f)))
	}
	return n
}

func value(f outlook.Fact) string {
	if f.Means == "" {
		return f.Value
	}
	return f.Value + ": " + f.Means
}

func tone(f outlook.Fact) ink.Tone {
	if f.Way {
		return ink.Way
	}
	return ink.Plain
}

// fact is a fact in so many columns.
func fact(f outlook.Fact, cols int) []ink.Span {
	return []ink.Span{
		{Tone: ink.Calm, Text: ink.Pad(f.Name, labelCols) + " "},
		{Tone: tone(f), Text: ink.Pad(value(f), cols-labelCols-1)},
	}
}

// wall writes what fits a projector: the facts one after the other, without
// what they mean, what waits, and the next timer.
func (d *drawing) wall(b *tracer.TCB, facts []outlook.Fact) {
	d.run(facts)
	if facts != nil {
		d.text("", "queues "+bare(outlook.Queues(b)), ink.Plain)
	}
	if timers := outlook.Timers(b); len(timers) > 0 {
		d.text("", timers[0], ink.Plain)
	}
	d.text("", outlook.Stub(b), ink.Calm)
}

// run writes facts one after the other.
func (d *drawing) run(facts []outlook.Fact) {
	var spans []ink.Span
	used := 0
	flush := func() {
		if spans != nil {
			d.line(spans...)
		}
		spans, used = nil, 0
	}
	for _, f := range facts {
		f.Value = bare(f.Value)
		if f.Name == "MSS" {
			continue
		}
		n := 2 + ink.Width(f.Name) + 1 + ink.Width(f.Value)
		if used+n > d.Width {
			flush()
		}
		spans = append(spans, ink.Span{Tone: ink.Calm, Text: "  " + f.Name + " "}, ink.Span{Tone: tone(f), Text: f.Value})
		used += n
	}
	flush()
}
