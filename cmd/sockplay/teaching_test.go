package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTeaching runs the exercises of docs/teaching.md: their expectations are the
// answers. A fence with a second word is a file that others source.
func TestTeaching(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "teaching.md"))
	if err != nil {
		t.Fatal(err)
	}
	fences := regexp.MustCompile("(?ms)^```sock ?([a-z]*)\n(.*?)^```$").FindAllStringSubmatchIndex(string(text), -1)
	if len(fences) < 18 {
		t.Fatalf("only %d scripts were found", len(fences))
	}
	dir := t.TempDir()
	for _, f := range fences {
		name, script := string(text[f[2]:f[3]]), text[f[4]:f[5]]
		line := 1 + strings.Count(string(text[:f[4]]), "\n")
		if name == "" {
			name = fmt.Sprintf("line-%d", line)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".sock"), script, 0o666); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			cmd := program(t, "run", "--stack", "user", name+".sock")
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("docs/teaching.md:%d: %v\n%s", line, err, out)
			}
		})
	}
}
