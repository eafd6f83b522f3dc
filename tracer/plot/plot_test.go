package plot

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
)

func line(n int, f func(x float64) float64) (list []Point) {
	for i := range n + 1 {
		x := float64(i) * 30 / float64(n)
		list = append(list, Point{x, f(x)})
	}
	return list
}

var cases = map[string][]Curve{
	"two":    {{Name: "TCP", Points: line(15, func(x float64) float64 { return 900 / (1 + x) })}, {Name: "UDP", Points: line(15, func(x float64) float64 { return 900 - 9*x })}},
	"steps":  {{Name: "cwnd", Steps: true, Points: []Point{{0, 10}, {5, 20}, {10, 40}, {12, 20}, {20, 28}}}},
	"one":    {{Name: "a point", Points: []Point{{3, 7}}}},
	"none":   {{Name: "nothing"}},
	"zero":   {{Name: "flat", Points: line(3, func(float64) float64 { return 0 })}},
	"narrow": {{Name: "x", Points: line(400, func(x float64) float64 { return 50 + 50*math.Sin(x) })}},
}

func TestGolden(t *testing.T) {
	for name, curves := range cases {
		for form, o := range map[string]Options{
			"80": {Pen: ink.Pen{UTF8: true}}, "ascii": {}, "40": {Pen: ink.Pen{UTF8: true}, Width: 40, Height: 7}, "color": {Pen: ink.Pen{UTF8: true, Color: true}},
		} {
			t.Run(name+"/"+form, func(t *testing.T) {
				o.X.Name, o.Y.Name = "loss, %", "goodput, kB/s"
				var out bytes.Buffer
				if err := Draw(&out, curves, o); err != nil {
					t.Fatal(err)
				}
				if o.Width == 0 {
					o.Width = 80
				}
				inktest.Fits(t, out.String(), o.Pen, o.Width)
				inktest.Golden(t, name+"."+form, out.String())
			})
		}
	}
}

// TestPlaces: a straight line is a diagonal, from corner to corner.
func TestPlaces(t *testing.T) {
	var out bytes.Buffer
	if err := Draw(&out, []Curve{{Points: []Point{{0, 0}, {1, 1}}}}, Options{Height: 5, Width: 30}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range strings.Split(out.String(), "\n")[1:6] {
		got = append(got, l[strings.IndexAny(l, "|+")+1:])
	}
	for i, l := range got {
		if at := strings.Index(l, "*"); at < 0 || i > 0 && at >= strings.Index(got[i-1], "*") {
			t.Errorf("no diagonal:\n%s", out.String())
		}
	}
}

func TestNice(t *testing.T) {
	for v, want := range map[float64]float64{0: 1, -3: 1, 1: 1, 1.1: 1.2, 29: 30, 30: 30, 31: 40, 0.03: 0.03, 999: 1000, 1001: 1200} {
		if got := nice(v); math.Abs(got-want) > 1e-9*want {
			t.Errorf("nice(%g) is %g, not %g", v, got, want)
		}
	}
}
