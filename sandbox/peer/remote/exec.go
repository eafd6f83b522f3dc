package remote

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"sockplay/sandbox/peer"
)

// adopter is a system in which the output of a program can be read.
type adopter interface {
	Adopt(r io.ReadCloser) (fd int)
}

// places are where programs are looked for, whatever PATH says.
var places = []string{"/usr/bin", "/bin", "/usr/sbin", "/sbin"}

// Exec runs real programs on the machine, in a process group of their own,
// without a shell, with a clean environment and no input. What the machine does
// not have it leaves to Builtin.
func Exec(sys peer.System, argv []string) (*Job, error) {
	a, ok := sys.(adopter)
	path := find(argv[0])
	if !ok || path == "" {
		return Builtin(sys, argv)
	}
	cmd := exec.Command(path, argv[1:]...)
	cmd.Env = environment()
	cmd.Dir = filepath.VolumeName(os.TempDir()) + string(filepath.Separator)
	own(cmd)
	var ends [2]*os.File // ours
	for i, theirs := range []*io.Writer{&cmd.Stdout, &cmd.Stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			if i > 0 {
				ends[0].Close()
			}
			return nil, fmt.Errorf("%s cannot be started: no pipe is to be had", argv[0])
		}
		defer w.Close()
		ends[i], *theirs = r, w
	}
	if err := cmd.Start(); err != nil {
		for _, r := range ends {
			r.Close()
		}
		return nil, fmt.Errorf("%s cannot be started here", argv[0])
	}
	r, w := io.Pipe()
	go func() { // ends with the program; Status tells of it
		err := cmd.Wait()
		end(cmd) // what it has left behind in its group
		io.WriteString(w, status(err))
		w.Close()
	}()
	j := &Job{Out: a.Adopt(ends[0]), Err: a.Adopt(ends[1]), Status: a.Adopt(r)}
	j.Kill = func() { end(cmd) }
	return j, nil
}

// find is where a program is, "" if it is nowhere.
func find(name string) string {
	if runtime.GOOS == "windows" {
		path, _ := exec.LookPath(name)
		return path
	}
	for _, dir := range places {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// environment is what a program is told of its surroundings: no secret of the
// server's, no setting that changes what it does.
func environment() []string {
	if runtime.GOOS == "windows" {
		return []string{"SystemRoot=" + os.Getenv("SystemRoot")}
	}
	return []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "HOME=/"}
}

// status is how a program ended, as EXIT has it.
func status(err error) string {
	var e *exec.ExitError
	switch {
	case err == nil:
		return "0"
	case errors.As(err, &e) && e.ExitCode() >= 0:
		return fmt.Sprint(e.ExitCode())
	}
	return "137 it was ended by a signal"
}
