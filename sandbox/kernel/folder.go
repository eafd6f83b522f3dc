//go:build linux

package kernel

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// folder is where the sandbox's unix sockets have their files. It is made when
// the first of them is bound. It is a file system in memory that is mounted for
// one thread only, and that thread is over: nothing but our descriptor holds
// it, so that it goes with the process, however that ends.
type folder struct {
	fd   int    // O_PATH; 0: not made yet
	path string // where there may be no such mount: a folder to be removed
}

// make makes the folder unless it is there.
func (f *folder) make() error {
	if f.fd != 0 {
		return nil
	}
	err := onThread(unix.CLONE_NEWNS, func() (err error) {
		const where = "/proc" // a folder that surely exists, and is not needed by this thread
		if err = unix.Mount("tmpfs", where, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=0700"); err != nil {
			return err
		}
		f.fd, err = openPath(where)
		return err
	})
	if err == nil {
		return nil
	}
	if f.path, err = os.MkdirTemp("", "sockplay-"); err != nil {
		return err
	}
	f.fd, err = openPath(f.path)
	return err
}

func openPath(name string) (int, error) {
	return unix.Open(name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}

// in runs f with the folder as its working directory: a path in a struct
// sockaddr_un is then just what was typed, of full length, and the kernel tells
// it as such to whoever asks.
func (d *folder) in(f func() error) error {
	if err := d.make(); err != nil {
		return err
	}
	return onThread(unix.CLONE_FS, func() error {
		if err := unix.Fchdir(d.fd); err != nil {
			return err
		}
		return f()
	})
}

// close lets the folder go.
func (d *folder) close() {
	if d.fd != 0 {
		unix.Close(d.fd)
	}
	if d.path != "" {
		os.RemoveAll(d.path)
	}
}

// onThread runs f on a thread of its own that shares its working directory, or
// what else is said, with no other.
func onThread(unshare int, f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		err := unix.Unshare(unshare)
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}
