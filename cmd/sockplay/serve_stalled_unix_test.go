//go:build unix

package main

import (
	"bufio"
	"os"
	"strings"
	"syscall"
	"testing"
)

// A server whose output nobody reads ends at a signal all the same, and at a
// second one at once.
func TestServeStalled(t *testing.T) {
	for _, test := range []struct {
		format  string
		signals []syscall.Signal
		status  int
		said    string
	}{
		{"ladder", []syscall.Signal{syscall.SIGINT}, failed, "not taken in time"},
		{"json", []syscall.Signal{syscall.SIGINT}, failed, "not taken in time"},
		{"json", []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, 128 + 15, ""},
	} {
		cmd := program(t, "serve", "chat", "--addr", "127.0.0.1:0", "--format", test.format)
		unread, stalled, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer unread.Close()
		// The pipe is full before anything is shown.
		fd := int(stalled.Fd())
		if err := syscall.SetNonblock(fd, true); err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = syscall.Write(fd, make([]byte, 1024))
		}
		syscall.SetNonblock(fd, false)
		cmd.Stdout = stalled
		errs, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stalled.Close()
		said := ""
		for lines := bufio.NewScanner(errs); lines.Scan(); said += lines.Text() + "\n" {
			if strings.Contains(lines.Text(), "listens on") {
				for _, sig := range test.signals {
					cmd.Process.Signal(sig)
				}
			}
		}
		cmd.Wait()
		if cmd.ProcessState.ExitCode() != test.status || !strings.Contains(said, test.said) {
			t.Errorf("%s, %v: %v\n%s", test.format, test.signals, cmd.ProcessState, said)
		}
	}
}
