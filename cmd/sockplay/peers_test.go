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
	if len(list) < 3 || !strings.HasPrefix(list[0], "# shout.peer") || !strings.HasPrefix(list[1], "peer ./shout.peer ") {
		t.Fatalf("the page's examples are others: %q", list)
	}
	stacks := []string{"user"}
	if _, err := kernelStack(); err == nil {
		stacks = append(stacks, "kernel")
	}
	for _, stack := range stacks {
		dir := t.TempDir()
		run := func(script string) (string, error) {
			if err := os.WriteFile(filepath.Join(dir, "shout.peer"), []byte(script), 0o666); err != nil {
				t.Fatal(err)
			}
			cmd := program(t, "run", "--stack", stack, "-")
			cmd.Dir, cmd.Stdin = dir, strings.NewReader(list[1])
			out, err := cmd.CombinedOutput()
			return string(out), err
		}
		if out, err := run(list[0]); err != nil || !strings.Contains(out, "note: shout-1 exits") {
			t.Errorf("%s: %v\n%s", stack, err, out)
		}
		// What it says of what is wrong.
		if out, err := run(strings.Replace(list[0], "accept", "acept", 1)); err == nil || !strings.Contains(out, strings.TrimSpace(list[2])) {
			t.Errorf("%s: %v\n%s", stack, err, out)
		}
	}
}
