package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// blocks are the indented blocks of a page.
func blocks(page string) (list []string) {
	block := ""
	for line := range strings.Lines(page + "\nend\n") {
		text, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented:
			block += text
		case strings.TrimSpace(line) != "" && block != "":
			list = append(list, block)
			block = ""
		}
	}
	return list
}

// TestWritingPeers: the peer of the page does on both stacks what the page says.
func TestWritingPeers(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "writing-peers.md"))
	if err != nil {
		t.Fatal(err)
	}
	list := blocks(string(page))
	if len(list) != 5 || !strings.HasPrefix(list[0], "# shout.peer") || !strings.HasPrefix(list[1], "peer ./shout.peer ") {
		t.Fatalf("the page's examples are others: %q", list)
	}
	stacks := []string{"user"}
	if _, err := kernelStack(); err == nil {
		stacks = append(stacks, "kernel")
	}
	for _, stack := range stacks {
		dir := t.TempDir()
		play := func(name, script, lines string) (string, error) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o666); err != nil {
				t.Fatal(err)
			}
			cmd := program(t, "run", "--stack", stack, "-")
			cmd.Dir, cmd.Stdin = dir, strings.NewReader(lines)
			out, err := cmd.CombinedOutput()
			return string(out), err
		}
		run := func(script string) (string, error) { return play("shout.peer", script, list[1]) }
		if out, err := play("patient.peer", list[2], list[3]); err != nil || !strings.Contains(out, "patient| nobody has come for two seconds\n") {
			t.Errorf("%s: %v\n%s", stack, err, out)
		}
		if out, err := run(list[0]); err != nil || !strings.Contains(out, "note: shout-1 exits") {
			t.Errorf("%s: %v\n%s", stack, err, out)
		}
		// What it says of what is wrong.
		if out, err := run(strings.Replace(list[0], "accept", "acept", 1)); err == nil || !strings.Contains(out, strings.TrimSpace(list[4])) {
			t.Errorf("%s: %v\n%s", stack, err, out)
		}
	}
}
