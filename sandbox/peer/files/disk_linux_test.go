package files_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockplay/sandbox/peer/files"
)

// TestPipe: what is no file is not even opened, for that of a pipe would wait.
func TestPipe(t *testing.T) {
	w := newWorld(t, files.Config{})
	for _, name := range []string{"pipe", ".sent.part"} {
		if err := syscall.Mkfifo(filepath.Join(w.folder, name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	h := w.call()
	for _, line := range []string{"GET pipe", "REPLACE 5 - pipe", "PUT 5 - sent"} {
		h.say(line + "\n")
		h.hear("ERR KIND ")
	}
	h.close()
	own := filepath.Join(w.own, "own")
	if err := syscall.Mkfifo(own, 0o666); err != nil {
		t.Fatal(err)
	}
	for path, code := range map[string]files.Code{own: files.Kind, os.DevNull: files.Kind, w.own: files.Kind, own + "none": files.Absent} {
		if r := w.move(time.Minute, files.Job{Name: "a", Path: path}); len(r) != 1 || r[0].Refusal == nil || r[0].Refusal.Code != code || r[0].Refusal.Peer {
			t.Errorf("%s: %v", path, r)
		}
	}
}

// TestFullDisk sends to a file system that is too small, and fetches to it. It
// runs again in a namespace of its own, where it may mount one.
func TestFullDisk(t *testing.T) {
	const inside = "SOCKPLAY_TEST_SMALL"
	if os.Getenv(inside) == "" {
		cmd := exec.Command("/proc/self/exe", "-test.run", "^TestFullDisk$", "-test.v")
		cmd.Env = append(os.Environ(), inside+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
		}
		out, err := cmd.CombinedOutput()
		switch {
		case len(out) == 0 && err != nil:
			t.Skip("no namespace to mount a small file system in: ", err)
		case strings.Contains(string(out), "--- SKIP"):
			t.Skip(string(out))
		case err != nil || !strings.Contains(string(out), "--- PASS"):
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	w := newWorld(t, files.Config{}, func(w *world) {
		for _, folder := range []string{w.folder, w.own} {
			if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=1m"); err != nil {
				t.Skip("no small file system: ", err)
			}
			t.Cleanup(func() { syscall.Unmount(folder, syscall.MNT_DETACH) })
		}
	})
	path := filepath.Join(t.TempDir(), "large")
	w.write(path, random(3_000_000))
	small := random(500_000)
	w.write(filepath.Join(w.folder, "small"), small)
	r := w.move(time.Minute, files.Job{Name: "large", Path: path})
	if len(r) != 1 || r[0].Refusal == nil || r[0].Refusal.Code != files.Full || !r[0].Refusal.Peer {
		t.Fatal(r)
	}
	w.holds(w.folder, map[string][]byte{"small": small}) // there is room again
	w.write(filepath.Join(w.own, "filler"), make([]byte, 900_000))
	r = w.move(time.Minute, files.Job{Fetch: true, Name: "small"})
	if len(r) != 1 || r[0].Refusal == nil || r[0].Refusal.Code != files.Full || r[0].Refusal.Peer {
		t.Fatal(r)
	}
	w.holds(w.own, map[string][]byte{"filler": make([]byte, 900_000)})
	os.Remove(filepath.Join(w.own, "filler"))
	if r = w.move(time.Minute, files.Job{Fetch: true, Name: "small"}); r[0].Refusal != nil {
		t.Fatal(r)
	}
	if text := w.printed["files"]; !strings.Contains(text, "no room left") {
		t.Errorf("the server printed %q", text)
	}
}
