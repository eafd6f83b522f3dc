package screen

import (
	"fmt"
	"io"
	"slices"
	"time"

	"sockplay/sandbox/command"
	"sockplay/tracer/ink"
	"sockplay/tracer/plot"
)

// The rows of a plot's field, and those on a wall.
const (
	plotRows = 13
	wallRows = 9
)

// plot draws the course of congestion windows: of one with its threshold, of
// several by themselves.
func (s *Screen) plot(v command.Plot) error {
	if s.o.Styles.Plain {
		return s.tellPlot(v)
	}
	v = trimmed(v)
	var curves []plot.Curve
	for _, c := range v {
		window := plot.Curve{Name: "cwnd", Steps: true}
		threshold := plot.Curve{Name: "ssthresh", Steps: true}
		if len(v) > 1 {
			window.Name = c.Name + " " + c.Algorithm
		}
		var began time.Duration
		if len(v) > 1 && len(c.Samples) > 0 {
			began = c.Samples[0].At
		}
		for _, x := range c.Samples {
			x.At -= began
			window.Points = append(window.Points, plot.Point{X: x.At.Seconds(), Y: x.Segments})
			if x.Threshold >= 0 {
				threshold.Points = append(threshold.Points, plot.Point{X: x.At.Seconds(), Y: x.Threshold})
			}
		}
		curves = append(curves, window)
		if len(v) == 1 && len(threshold.Points) > 0 {
			curves = append(curves, threshold)
		}
	}
	rows := plotRows
	if s.o.Styles.Projector {
		rows = wallRows
	}
	title, axis := "the congestion windows, in segments", "time since recorded"
	if len(v) == 1 {
		title, axis = v[0].Name+", "+v[0].Algorithm+": the congestion window, in segments", "time"
	}
	return plot.Draw(s.out, curves, plot.Options{
		Pen: s.Pen(), Width: s.width, Height: rows, Y: plot.Axis{Name: title},
		X: plot.Axis{Name: axis, Write: func(x float64) string { return ink.Duration(time.Duration(x * float64(time.Second))) }},
	})
}

// trimmed is v without the time before a window changed for the first time, and
// after one did for the last.
func trimmed(v command.Plot) command.Plot {
	var end time.Duration // since each began
	quiet := time.Duration(-1)
	for _, c := range v {
		for i, x := range c.Samples {
			if i > 0 && (x.Segments != c.Samples[i-1].Segments || x.Threshold != c.Samples[i-1].Threshold) {
				end = max(end, x.At-c.Samples[0].At)
				if at := c.Samples[i-1].At - c.Samples[0].At; quiet < 0 || at < quiet {
					quiet = at // nothing has changed before
				}
			}
		}
	}
	end += end / 20
	v = slices.Clone(v)
	for i, c := range v {
		if n := len(c.Samples); n > 0 && end > 0 {
			began := c.Samples[0].At
			kept := slices.DeleteFunc(slices.Clone(c.Samples), func(x command.Sample) bool { return x.At-began > end || x.At-began < quiet })
			last := kept[len(kept)-1]
			last.At = min(c.Samples[n-1].At, began+end)
			v[i].Samples = append(kept, last)
		}
	}
	return v
}

// tellPlot tells it in sentences: where a window turned.
func (s *Screen) tellPlot(v command.Plot) error {
	for _, c := range v {
		var turns []command.Sample
		for i, x := range c.Samples {
			last := i == len(c.Samples)-1
			if i == 0 || last || (x.Segments > c.Samples[i-1].Segments) != (c.Samples[i+1].Segments > x.Segments) && x.Segments != c.Samples[i+1].Segments {
				turns = append(turns, x)
			}
		}
		turns = slices.CompactFunc(turns, func(a, b command.Sample) bool { return a.Segments == b.Segments })
		text := c.Name + " (" + c.Algorithm + "), the congestion window in segments:"
		for i, x := range turns {
			if i > 0 {
				text += ","
			}
			text += fmt.Sprintf(" %.0f at %s", x.Segments, ink.Duration(x.At))
		}
		for _, line := range ink.Wrap(text+".", s.width-1) {
			if _, err := io.WriteString(s.out, line+"\n"); err != nil {
				return err
			}
		}
	}
	return nil
}
