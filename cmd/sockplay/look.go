package main

import (
	"os"
	"strings"

	"golang.org/x/term"

	"sockplay/cmd/sockplay/screen"
	"sockplay/cmd/sockplay/settings"
)

// look is how things are to be shown, and where that is kept.
type look struct {
	screen.Options
	file    string // of the settings
	trouble string // what is wrong with it
}

// look decides how to show things: by the flags, the terminal, the environment
// and, on a terminal, the settings. What goes elsewhere looks alike for
// everybody.
func (o *options) look() look {
	f, isFile := o.out.(*os.File)
	terminal := isFile && term.IsTerminal(int(f.Fd()))
	l := look{Options: screen.Options{
		Out: o.out, JSON: o.format == "json", Pcap: o.pcap, Seed: o.seed, UTF8: utf8Locale(), Color: o.color == "always",
		Size: func() int { return columns(o) },
	}}
	if o.color == "auto" {
		l.Color = terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	if terminal {
		l.file = settings.File()
		l.Styles, l.trouble = settings.Load(l.file)
	}
	l.Styles.Projector = l.Styles.Projector || o.projector
	l.Styles.Plain = l.Styles.Plain || o.plain
	return l
}

// utf8Locale follows setlocale(3): the first of these that is set counts.
func utf8Locale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}

// columns are the terminal's, or 80.
func columns(o *options) int {
	if f, ok := o.out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 80
}
