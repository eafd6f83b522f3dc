//go:build unix

package repl

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// mostLines is how many lines are remembered, and kept from start to start.
	mostLines = 2000

	// longestLine is how long a line may be to be remembered.
	longestLine = 4 << 10

	// mostHistory is how much of the file is looked at. A file that is longer, or
	// has twice the lines it should, is cut.
	mostHistory = 1 << 20
)

// history is the lines that were entered, the last at the end.
type history struct {
	lines []string
	file  string // "" if there is none, or it is of no use
}

// openHistory reads the lines of former starts. It doesn't fail: a history is not
// worth not starting.
func openHistory(file string) *history {
	h := &history{file: file}
	if file == "" {
		return h
	}
	_ = os.MkdirAll(filepath.Dir(file), 0o700)
	info, err := os.Stat(file)
	if err != nil {
		return h // add makes it
	}
	if !info.Mode().IsRegular() {
		h.file = "" // nothing to read without waiting, or to change the mode of
		return h
	}
	text, whole := tail(file)
	for line := range strings.SplitSeq(text, "\n") {
		h.remember(line)
	}
	tidy := whole && strings.Count(text, "\n") <= 2*mostLines &&
		(text == "" || strings.HasSuffix(text, "\n"))
	switch mode := info.Mode().Perm(); {
	case mode&0o200 == 0:
		h.file = "" // somebody wants it to stay as it is, and might be root
	case !tidy:
		h.rewrite()
	case mode&0o077 != 0:
		_ = os.Chmod(file, 0o600)
	}
	return h
}

// add remembers a line, here and in the file.
func (h *history) add(line string) {
	if !h.remember(line) || h.file == "" {
		return
	}
	f, err := os.OpenFile(h.file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.WriteString(line + "\n") // in one piece, for another prompt may append too
}

// remember says whether the line is worth it.
func (h *history) remember(line string) bool {
	n := len(h.lines)
	switch {
	case strings.TrimSpace(line) == "", len(line) > longestLine,
		!utf8.ValidString(line), line != printable(line),
		n > 0 && h.lines[n-1] == line:
		return false
	}
	h.lines = append(h.lines, line)
	if n+1 > mostLines {
		h.lines = slices.Delete(h.lines, 0, n+1-mostLines)
	}
	return true
}

// rewrite replaces the file by one with the lines that are remembered.
func (h *history) rewrite() {
	file, err := filepath.EvalSymlinks(h.file)
	if err != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".history-*") // with mode 0600
	if err != nil {
		return
	}
	defer os.Remove(f.Name()) // in vain if all is well
	_, err = f.WriteString(strings.Join(h.lines, "\n") + "\n")
	if f.Close() == nil && err == nil {
		_ = os.Rename(f.Name(), file)
	}
}

// tail is the end of a file, from the beginning of a line, and whether that is
// all of it.
func tail(file string) (text string, whole bool) {
	f, err := os.Open(file)
	if err != nil {
		return "", true
	}
	defer f.Close()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return "", true
	}
	start := max(0, end-mostHistory)
	b, _ := io.ReadAll(io.NewSectionReader(f, start, end-start))
	if start > 0 {
		b = b[bytes.IndexByte(b, '\n')+1:]
	}
	return string(b), start == 0
}
