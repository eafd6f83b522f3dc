package progress

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestReadOnlyFolder: in a folder that cannot be written the book can be read.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	file := in(t, `{"version":1,"lessons":{"a":{}}}`)
	dir := filepath.Dir(file)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	if os.Geteuid() == 0 { // whom no mode stops: this thread is somebody else then
		for _, f := range []string{file, dir, filepath.Dir(dir)} {
			if err := os.Chown(f, 1, 1); err != nil {
				t.Skip(err)
			}
		}
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, 1, 0, 0)
		defer syscall.RawSyscall(syscall.SYS_SETFSUID, 0, 0, 0)
	}
	b := Open(file)
	record(t, b)
	trouble(t, b.Change(begin), "permission denied", "let "+dir+" and what is in it be yours")
	if r := record(t, b); r.Lesson("a").Began != noon {
		t.Error("what was done is not known")
	}
	trouble(t, Open(filepath.Join(dir, "new", "progress.json")).Change(begin), "permission denied")

	_ = os.Chmod(dir, 0o700)
	_ = os.WriteFile(file, nil, 0o600)
	_ = os.Chmod(dir, 0o500)
	r, err := b.Read()
	if is := trouble(t, err, "is damaged (it is empty) and cannot be set aside (permission denied)"); is.Kept || r.Lesson("a").Began != noon {
		t.Errorf("%+v", r)
	}

	_ = os.Chmod(file, 0)
	_, err = b.Read()
	trouble(t, err, "permission denied")
}

// TestDisks: a disk that is full, or read-only, is no end of the lesson; what
// waits is kept when there is room. It needs a disk of its own, and so a second
// program, which is root in a world of its own.
func TestDisks(t *testing.T) {
	const asRoot = "PROGRESS_TEST_DISK"
	dir := os.Getenv(asRoot)
	if dir == "" {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestDisks$", "-test.v")
		cmd.Env = append(os.Environ(), asRoot+"="+t.TempDir())
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
		out, err := cmd.CombinedOutput()
		switch {
		case cmd.ProcessState == nil, strings.Contains(string(out), "--- SKIP"):
			t.Skip(err, string(out))
		case err != nil:
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}

	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip(err)
	}
	file, filler := filepath.Join(dir, "progress.json"), filepath.Join(dir, "filler")
	b := Open(file)
	change(t, b, begin)
	old := content(t, file)
	for n := 64 << 10; n > 0; n /= 2 { // until there is no room at all
		f, err := os.OpenFile(filler, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write(make([]byte, n))
		f.Close()
	}
	more := func(r *Record) { r.Lesson("a").Number++ }
	trouble(t, b.Change(more), "the disk is full", "make room")
	if content(t, file) != old || names(t, dir) != "filler progress.json progress.json.lock" {
		t.Error(names(t, dir))
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	change(t, b, more)
	if n := record(t, Open(file)).Lessons["a"].Number; n != 2 {
		t.Errorf("%d changes of 2", n)
	}

	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	for _, f := range []string{file, filepath.Join(dir, "new", "progress.json")} {
		trouble(t, Open(f).Change(more), "the disk is read-only")
	}
	record(t, b)
}
