//go:build unix

package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func write(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHistoryFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history")
	h := openHistory(file)
	for _, line := range []string{"a", "b", "b", "", " ", "\x1b[31m", "\xff", strings.Repeat("x", longestLine+1), "c"} {
		h.add(line)
	}
	if got := openHistory(file).lines; !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("%q", got)
	}
	if got := read(t, file); got != "a\nb\nc\n" {
		t.Errorf("%q", got)
	}
}

func TestHistoryIsCut(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "history")
	var b strings.Builder
	for i := range 2*mostLines + 1 {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	write(t, file, b.String(), 0o644)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	h := openHistory(link)
	if len(h.lines) != mostLines || h.lines[mostLines-1] != fmt.Sprintf("line %d", 2*mostLines) {
		t.Errorf("%d lines, the last %q", len(h.lines), h.lines[len(h.lines)-1])
	}
	if n := strings.Count(read(t, file), "\n"); n != mostLines {
		t.Errorf("%d lines in the file", n)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	for i := range 10 {
		h.add(fmt.Sprint(i))
	}
	if len(h.lines) != mostLines || h.lines[mostLines-1] != "9" {
		t.Errorf("%d lines", len(h.lines))
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Error(left)
	}
}

func TestDamagedHistory(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "history")

	write(t, file, "a\n\x00\x01\x02\n\xff\xfe\nb\n\nc without an end", 0o644)
	h := openHistory(file)
	h.add("d")
	if got, want := read(t, file), "a\nb\nc without an end\nd\n"; got != want {
		t.Errorf("%q, not %q", got, want)
	}

	write(t, file, strings.Repeat("x", mostHistory)+"\nlast\n", 0o600)
	if h = openHistory(file); !slices.Equal(h.lines, []string{"last"}) {
		t.Errorf("%d lines", len(h.lines))
	}
	if got := read(t, file); got != "last\n" {
		t.Errorf("%d bytes", len(got))
	}

	if err := os.Chmod(file, 0o400); err != nil {
		t.Fatal(err)
	}
	h = openHistory(file)
	h.add("not kept")
	if got := read(t, file); got != "last\n" || len(h.lines) != 2 {
		t.Errorf("%q, %q", got, h.lines)
	}
}

func TestHistoryThatIsNone(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	write(t, file, "", 0o600)
	for _, name := range []string{"", dir, pipe, "/dev/null", filepath.Join(file, "below"), "/proc/none/history"} {
		h := openHistory(name)
		h.add("line")
		if len(h.lines) != 1 {
			t.Errorf("%q: %q", name, h.lines)
		}
	}
	if info, err := os.Stat("/dev/null"); err != nil || info.Mode().Perm() != 0o666 {
		t.Error(info, err)
	}
}
