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

// wall is how many rows and columns a projector shows.
const wallColumns, wallRows = 60, 17

// TestHelpFits: every page of help fits a terminal of 80 columns and, but for
// the full list, 24 lines with the prompt, and without its extras a wall; and
// tells what a learner needs.
func TestHelpFits(t *testing.T) {
	pages := map[string]Page{"help": overview(), "help all": inFull()}
	for _, c := range Table {
		pages["help "+c.Name] = about(c)
		if c.Summary == "" || c.Example == "" || len(c.Args) == 0 || c.run == nil {
			t.Errorf("the table's row of %s is incomplete", c.Name)
		}
		if c.IsCall() && (c.Wire == "" || c.Man == "") {
			t.Errorf("%s does not say what it puts on the wire, or where to read on", c.Name)
		}
		if c.C != "" && !strings.HasPrefix(c.C, c.Name+"(") {
			t.Errorf("%s is written as %s in C", c.Name, c.C)
		}
	}
	var words []string
	for _, t := range topics() {
		words = append(words, t.Text)
	}
	for word, same := range alias {
		words = append(words, word)
		if glossary[same] == "" {
			t.Errorf("%s is said to be the same as %s, which is not there", word, same)
		}
	}
	for _, name := range append(words, "so_linger", "time_wait", "msg_peek", "epipe") {
		a := argsOf(t, name)
		a.cmd = Lookup("why")
		pages["why "+name] = a.topic(nil)
		if a.err != nil {
			t.Error(a.err)
		}
	}
	for name, page := range pages {
		fits(t, name, page.Set(80, false), 79, helpRows)
		fits(t, name+" on a wall", page.Set(wallColumns, true), wallColumns-1, wallRows)
		fits(t, name+" at 40 columns", page.Set(40, false), 39, 1000)
	}
}

// helpRows is how long a page is at most: with the prompt below it fits a
// terminal of 24 lines.
const helpRows = 23

func fits(t *testing.T, name, page string, columns, rows int) {
	t.Helper()
	for l := range strings.Lines(page) {
		if w := ink.Width(strings.TrimSuffix(l, "\n")); w > columns {
			t.Errorf("%s: a line of %d columns: %s", name, w, l)
		}
	}
	if n := strings.Count(page, "\n"); n > rows && !strings.HasPrefix(name, "help all") {
		t.Errorf("%s has %d lines:\n%s", name, n, page)
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
		a.cmd = Lookup("help")
		if a.page(nil); a.err == nil || !strings.Contains(a.err.Error(), test.want) {
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
