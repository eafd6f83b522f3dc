package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// conformance calls f with each script that every stack must answer alike, and
// with the comment above it.
func conformance(t *testing.T, f func(t *testing.T, comment, script []byte)) {
	files, err := filepath.Glob("testdata/conformance/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, script := range archive.Files {
			if filepath.Ext(script.Name) == ".sock" {
				t.Run(filepath.Base(file)+"/"+script.Name, func(t *testing.T) {
					t.Parallel()
					f(t, archive.Comment, script.Data)
				})
			}
		}
	}
}

// TestRepeats: on the user stack a script prints the same bytes each time, in
// every format, on however many processors.
func TestRepeats(t *testing.T) {
	conformance(t, func(t *testing.T, _, script []byte) {
		first := make(map[string][]byte)
		for _, processors := range []int{1, 8} {
			for _, format := range choices["format"] {
				capture := filepath.Join(t.TempDir(), "out.pcapng")
				cmd := program(t, "run", "--stack", "user", "--format", format, "--pcap", capture, "-")
				cmd.Env = append(cmd.Env, fmt.Sprintf("GOMAXPROCS=%d", processors))
				cmd.Stdin = bytes.NewReader(script)
				out, _ := cmd.Output() // some are meant to fail
				packets, err := os.ReadFile(capture)
				if err != nil {
					t.Fatal(err)
				}
				for what, got := range map[string][]byte{format: out, "pcapng": packets} {
					if first[what] == nil {
						first[what] = got
					}
					if !bytes.Equal(got, first[what]) {
						t.Errorf("%s on %d processors is another than on one", what, processors)
					}
				}
			}
		}
		if len(first["json"]) == 0 || len(first["pcapng"]) == 0 {
			t.Error("nothing was recorded")
		}
	})
}
