package main

import (
	"strings"
	"testing"
)

// TestCurriculum: every lesson is played on each stack that it is for: by its
// solutions, step by step and from its start to its end, and by the wrong moves that
// its hints foresee; its words are looked at, and its translations.
func TestCurriculum(t *testing.T) {
	out, status := client(t, "", nil, "lesson", "check")
	if status != 0 {
		t.Fatalf("status %d\n%s", status, out)
	}
	if _, err := kernelStack(); err == nil && strings.Contains(out, "there is no kernel stack here") {
		t.Errorf("the kernel stack was left out:\n%s", out)
	}
}
