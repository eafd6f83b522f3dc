//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFlood types a line while more than 20,000 events pass by, a key whenever
// something more of them is to be seen: none is lost. On the kernel stack they
// are a program's; on the user stack nothing happens beside a command, and what
// is typed during one waits.
func TestFlood(t *testing.T) {
	const line = `client: write 3 "not one of these letters is to be lost on its way"`
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "session.sock")
	for stack, lines := range map[string]string{
		"kernel": connectedScript + "run env " + flooding + "=8000000 " + self + " &\n",
		"user":   connectedScript + transfer(8) + "# " + floodOver + "\n",
	} {
		t.Run(stack, func(t *testing.T) {
			x := prompt(t, stack, 100, 24)
			if err := os.WriteFile(script, []byte(lines), 0o666); err != nil {
				t.Fatal(err)
			}
			x.Type("source " + script + "\r")
			x.Prints("accept 3\n")
			for _, letter := range line {
				seen := 0
				x.Until("more", func() bool {
					if seen == 0 {
						seen = x.Raw.Len()
					}
					return x.Raw.Len() > seen || strings.Contains(x.Raw.String(), floodOver)
				})
				x.Type(string(letter))
			}
			x.Prints(floodOver)
			x.Sees("server> " + line + "‸")
			x.Type("\r")
			x.Prints("= 49   the stack took them")
			x.Type("packet 10000\r")
			x.Prints("packet 10000: ")
			x.Type("\x04")
			x.Ends(done)
		})
	}
}
