package command

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockplay/sandbox"
	"sockplay/tracer/ink"
)

var update = flag.Bool("update", false, "rewrite docs/commands.md")

// TestCommandsPage: docs/commands.md is what the table says.
func TestCommandsPage(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "commands.md")
	if *update {
		if err := os.WriteFile(page, []byte(Markdown()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Markdown() {
		t.Error("docs/commands.md is not what the table of commands says; go test ./sandbox/command -update rewrites it")
	}
}

// TestHelpFits: every page of help fits a terminal of 80 columns and, but for
// the full list, 24 lines, and tells what a learner needs.
func TestHelpFits(t *testing.T) {
	pages := map[string]string{"help": overview(), "help all": inFull()}
	for _, c := range Table {
		pages["help "+c.Name] = about(c)
		if c.Summary == "" || c.Example == "" || len(c.Args) == 0 || c.run == nil {
			t.Errorf("the table's row of %s is incomplete", c.Name)
		}
		if c.C != "" && !strings.HasPrefix(c.C, c.Name+"(") {
			t.Errorf("%s is written as %s in C", c.Name, c.C)
		}
	}
	topics := append(append(optionNames(), stateNames...), sortedFlags()...)
	topics = append(topics, "EINVAL", "EADDRINUSE", "ECONNREFUSED", "EAGAIN", "ENOTCONN", "EOPNOTSUPP", "EPIPE")
	for _, name := range append(topics, "so_linger", "time_wait", "msg_peek", "epipe") {
		a := argsOf(t, name)
		pages["help "+name] = a.page()
		if a.err != nil {
			t.Error(a.err)
		}
	}
	for name, page := range pages {
		for l := range strings.Lines(page) {
			if w := ink.Width(strings.TrimSuffix(l, "\n")); w > 79 {
				t.Errorf("%s: a line of %d columns: %s", name, w, l)
			}
		}
		if n := strings.Count(page, "\n"); n > helpLines && name != "help all" {
			t.Errorf("%s has %d lines:\n%s", name, n, page)
		}
	}
}

// TestHelpOfNothing: what has no page is told with what has.
func TestHelpOfNothing(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"conect", "did you mean help connect?"},
		{"SO_LINGR", "did you mean help SO_LINGER?"},
		{"TIME-WAT", "did you mean help TIME-WAIT?"},
		{"quit", "exit leaves"},
		{"EFOO", "such as ECONNREFUSED"},
		{"xyzzy", "help lists the commands"},
	} {
		a := argsOf(t, test.name)
		if a.page(); a.err == nil || !strings.Contains(a.err.Error(), test.want) {
			t.Errorf("help %s: %v, want ... %s", test.name, a.err, test.want)
		}
	}
}

// TestOptions: each option's value can be read as it is written.
func TestOptions(t *testing.T) {
	for _, o := range sandbox.Options {
		for _, v := range []int{0, 1} {
			got, ok := o.ParseValue(o.FormatValue(v))
			if !ok || got != v {
				t.Errorf("%s: %d is written %s and read as %d, %t", o.Name, v, o.FormatValue(v), got, ok)
			}
		}
	}
	linger, _ := sandbox.LookupOption("SO_LINGER")
	if v, ok := linger.ParseValue("off"); !ok || v != sandbox.LingerOff {
		t.Error("SO_LINGER cannot be off")
	}
	timeout, _ := sandbox.LookupOption("SO_RCVTIMEO")
	if v, ok := timeout.ParseValue("2s"); !ok || v != 2000 {
		t.Error("SO_RCVTIMEO cannot be 2s")
	}
}
