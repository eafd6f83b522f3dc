//go:build !js

package progress

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// As another program, this one changes the file that these say: the lesson of
// its name, so many times. It tells each change when it is kept.
const asWriter, asName, asCount = "PROGRESS_TEST_FILE", "PROGRESS_TEST_NAME", "PROGRESS_TEST_COUNT"

func TestMain(m *testing.M) {
	if file := os.Getenv(asWriter); file != "" {
		count, _ := strconv.Atoi(os.Getenv(asCount))
		os.Exit(writeAsOther(file, os.Getenv(asName), count))
	}
	os.Exit(m.Run())
}

func writeAsOther(file, name string, count int) int {
	b := Open(file)
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin) // which ends when it shall begin
	one := func(r *Record) {
		l := r.Lesson(name)
		l.Number++
		l.Step(fmt.Sprint(l.Number)).Answer = strings.Repeat("x", 100)
	}
	for n := 1; n <= count; n++ {
		err := b.Change(one)
		for errors.Is(err, errHeld) { // on a machine that is busy; the change waits
			err = b.Change(func(*Record) {})
		}
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println(n)
	}
	return 0
}

// other starts this program as another one, which writes the file when it is
// told to begin.
func other(t *testing.T, file, name string, count int) (cmd *exec.Cmd, begin io.Closer, out *bufio.Scanner) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asWriter+"="+file, asName+"="+name, asCount+"="+strconv.Itoa(count))
	cmd.Stderr = os.Stderr
	begin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out = bufio.NewScanner(pipe)
	if !out.Scan() {
		t.Fatal("it has not begun")
	}
	return cmd, begin, out
}

// TestTwoProcesses: two programs that write the same file lose nothing of each
// other, nor of a third that does in between.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	const count = 100
	file := filepath.Join(t.TempDir(), "share", "progress.json")
	var cmds []*exec.Cmd
	var outs []*bufio.Scanner
	var begins []io.Closer
	for _, name := range []string{"ann", "bob"} {
		cmd, begin, out := other(t, file, name, count)
		cmds, outs, begins = append(cmds, cmd), append(outs, out), append(begins, begin)
	}
	for _, b := range begins {
		b.Close()
	}
	both := 0
	for outs[0].Scan() { // bob's output has room in his pipe
		r := record(t, Open(file)) // each time whole
		n, _ := strconv.Atoi(outs[0].Text())
		if got := r.Lesson("ann").Number; got < n {
			t.Errorf("%s, but ann has %d", outs[0].Text(), got)
		}
		if b := r.Lesson("bob").Number; 0 < b && b < count && n < count {
			both++
		}
	}
	for outs[1].Scan() {
	}
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Error(err, outs[i].Text())
		}
	}
	r := record(t, Open(file))
	for _, name := range []string{"ann", "bob"} {
		if l := r.Lesson(name); l.Number != count || len(l.Steps) != count {
			t.Errorf("%s has %d changes and %d steps of %d", name, l.Number, len(l.Steps), count)
		}
	}
	t.Logf("both were at it after %d of the changes", both)
}

// TestKilled: a program that is killed at any moment leaves the old file or the
// new one, and is in nobody's way.
func TestKilled(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "progress.json")
	kept := 0
	for range 25 {
		cmd, begin, out := other(t, file, "ann", 1_000_000)
		begin.Close()
		for range 1 + rand.IntN(4) {
			if !out.Scan() {
				t.Fatal("it has ended")
			}
			kept++
		}
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond) // any moment
		_ = cmd.Process.Kill()
		for out.Scan() {
			kept++
		}
		_ = cmd.Wait()
		l := record(t, Open(file)).Lessons["ann"]
		if l == nil || len(l.Steps) != l.Number || l.Number != kept && l.Number != kept+1 {
			t.Fatalf("after %d changes: %+v", kept, l)
		}
		kept = l.Number // one may have been made and not told
	}
	change(t, Open(file), begin)
	if got := names(t, filepath.Dir(file)); got != "progress.json progress.json.lock" {
		t.Error("left over: " + got)
	}
}

// TestDefault: data has its place on each system, unless the learner has said
// another.
func TestDefault(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_DATA_HOME", dir)
	if got := Default(); got != filepath.Join(dir, "sockplay", "progress.json") {
		t.Error(got)
	}
	for _, unset := range []string{"", "not/absolute"} {
		t.Setenv("XDG_DATA_HOME", unset)
		for _, v := range []string{"HOME", "USERPROFILE", "LocalAppData"} {
			t.Setenv(v, dir)
		}
		got, ok := strings.CutPrefix(Default(), dir)
		switch filepath.ToSlash(got) {
		case "/.local/share/sockplay/progress.json", "/Library/Application Support/sockplay/progress.json", "/sockplay/progress.json":
		default:
			ok = false
		}
		if !ok {
			t.Error(got)
		}
		for _, v := range []string{"HOME", "USERPROFILE", "LocalAppData"} {
			t.Setenv(v, unset)
		}
		if got := Default(); got != "" {
			t.Error(got)
		}
	}
}
