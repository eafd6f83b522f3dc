package ink

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// xterm's first 16 colours.
var xterm = [16][3]float64{
	{0, 0, 0}, {205, 0, 0}, {0, 205, 0}, {205, 205, 0}, {0, 0, 238}, {205, 0, 205}, {0, 205, 205}, {229, 229, 229},
	{127, 127, 127}, {255, 0, 0}, {0, 255, 0}, {255, 255, 0}, {92, 92, 255}, {255, 0, 255}, {0, 255, 255}, {255, 255, 255},
}

// indexed returns a colour of the palette of 256.
func indexed(n int) [3]float64 {
	switch {
	case n < 16:
		return xterm[n]
	case n >= 232:
		v := float64(8 + 10*(n-232))
		return [3]float64{v, v, v}
	}
	var c [3]float64
	for i, x := range []int{(n - 16) / 36, (n - 16) / 6 % 6, (n - 16) % 6} {
		if x > 0 {
			c[i] = float64(55 + 40*x)
		}
	}
	return c
}

// luminance and ratio are WCAG 2.1's.
func luminance(c [3]float64) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := c[i] / 255
		if v <= 0.03928 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

func ratio(a, b [3]float64) float64 {
	x, y := luminance(a)+0.05, luminance(b)+0.05
	return max(x, y) / min(x, y)
}

var opening = regexp.MustCompile("^\x1b\\[([0-9;]+)m")

// Every tone can be read on the background that its theme is for.
func TestThemesAreReadable(t *testing.T) {
	black, white := xterm[0], xterm[15]
	for theme, is := range map[Theme]struct {
		back, fore [3]float64
		least      float64
	}{
		Dark:     {black, xterm[7], 3},
		Light:    {white, black, 4.5}, // WCAG's AA
		Contrast: {black, white, 7},   // AAA
	} {
		for tone := Plain; tone <= Loss; tone++ {
			text := Pen{Color: true, Theme: theme}.Write(tone, "x")
			fore, grey := is.fore, false
			var codes []int
			if m := opening.FindStringSubmatch(text); m != nil {
				for s := range strings.SplitSeq(m[1], ";") {
					n, err := strconv.Atoi(s)
					if err != nil {
						t.Fatal(err)
					}
					codes = append(codes, n)
				}
			}
			for i := 0; i < len(codes); i++ {
				switch n := codes[i]; {
				case n == 38 && codes[i+1] == 5:
					fore = indexed(codes[i+2])
					grey = codes[i+2] >= 232
					i += 2
				case n >= 30 && n <= 37:
					fore = xterm[n-30]
				case n >= 90 && n <= 97:
					fore = xterm[n-90+8]
					grey = n == 90
				case n == 2:
					t.Errorf("%v, tone %d: faint vanishes on many terminals", theme, tone)
				}
			}
			if r := ratio(fore, is.back); r < is.least {
				t.Errorf("%v, tone %d (%v): contrast %.1f, want %v", theme, tone, codes, r, is.least)
			}
			if theme == Contrast && grey {
				t.Errorf("tone %d is grey where contrast is asked for", tone)
			}
			if theme == Light && codes != nil && codes[0] != 38 && codes[0] != 1 {
				t.Errorf("tone %d: %v is the terminal's own, and may vanish on white", tone, codes)
			}
		}
	}
}

// The tones that a reader must tell apart differ in each theme.
func TestTonesDiffer(t *testing.T) {
	for theme := range Themes {
		p := Pen{Color: true, Theme: Theme(theme)}
		seen := map[string]Tone{}
		for _, tone := range []Tone{Plain, Open, Way, Loss} {
			text := p.Write(tone, "x")
			if other, ok := seen[text]; ok {
				t.Errorf("%v: tones %d and %d look the same", p.Theme, tone, other)
			}
			seen[text] = tone
		}
	}
}

func TestParseTheme(t *testing.T) {
	for i, name := range Themes {
		theme, ok := ParseTheme(name)
		if !ok || theme != Theme(i) || fmt.Sprint(theme) != name {
			t.Errorf("ParseTheme(%q) = %v, %t", name, theme, ok)
		}
	}
	if theme, ok := ParseTheme("neon"); ok || theme != Dark {
		t.Errorf("ParseTheme of no theme = %v, %t", theme, ok)
	}
}
