package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"sockplay/sandbox/peer/files"
	"sockplay/tracer/ink"
)

// bar shows how far a file is, on one line of a terminal.
type bar struct {
	out     io.Writer
	pen     ink.Pen
	columns func() int

	name    string
	reading bool
	began   time.Duration // when octets of it began to move
	drawn   time.Duration // when it was drawn last
	shown   bool
}

// often is how long a bar stands: faster than this nobody reads it.
const often = 100 * time.Millisecond

// draw shows how far it is, unless it has done so just now.
func (b *bar) draw(p files.Progress) {
	if !b.shown || b.name != p.Name || b.reading != p.Reading {
		b.name, b.reading, b.began = p.Name, p.Reading, p.Now
	} else if p.Now-b.drawn < often {
		return
	}
	b.drawn, b.shown = p.Now, true
	fmt.Fprint(b.out, "\r\x1b[K", b.line(p, b.columns()-1))
}

// clear takes the bar away.
func (b *bar) clear() {
	if b.shown {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
	b.shown = false
}

// line is the bar in so many columns: name, share, bar, octets, rate, time left.
func (b *bar) line(p files.Progress, width int) string {
	share := 1.0
	if p.Size > 0 {
		share = float64(p.At) / float64(p.Size)
	}
	name := fmt.Sprintf("%s %3d%% ", ink.Cut(b.pen.Clean(p.Name), max(4, width/4)), int(100*share))
	right := fmt.Sprintf(" %s of %s", size(p.At), size(p.Size))
	if p.Reading {
		right += " read for the checksum"
	} else if took, moved := (p.Now - b.began).Seconds(), float64(p.At-p.Had); took >= 1 && moved > 0 {
		left := time.Duration(float64(p.Size-p.At) / (moved / took) * float64(time.Second))
		pace := fmt.Sprintf("  %s/s  %s left", size(int64(moved/took)), about(left))
		if ink.Width(name)+len(right)+len(pace) <= width {
			right += pace
		}
	}
	room := max(0, min(20, width-ink.Width(name)-len(right)))
	full := int(share * float64(room))
	return ink.Cut(name+strings.Repeat(b.pen.Pick("▓", "#"), full)+strings.Repeat(b.pen.Pick("░", "."), room-full)+right, width)
}

// size is a number of octets in short.
func size(n int64) string {
	for _, u := range []struct {
		of   int64
		name string
	}{{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		if n >= u.of {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.of), u.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}

// about is a time that is left, in words that do not pretend to know it well.
func about(d time.Duration) string {
	switch s := int64(d.Seconds() + 0.5); {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	default:
		return fmt.Sprintf("%d h %d min", s/3600, s%3600/60)
	}
}
