//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package files

import (
	"os"
	"syscall"
)

// lock makes sure that nobody else writes the part: neither another server on the
// same folder, nor this one by another spelling of its name (flock(2)). It ends
// with the file's use.
func lock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
