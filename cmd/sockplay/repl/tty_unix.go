//go:build unix

package repl

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// tty is the mode of the terminal on standard input.
type tty struct {
	mu       sync.Mutex
	original *unix.Termios // nil before raw
	restored bool
}

// raw makes the terminal hand over every byte as it comes and echo none. Output
// is left alone. It may be called again, for after a stop a shell may have set
// the mode it likes.
func (t *tty) raw() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.restored {
		return nil
	}
	if t.original == nil {
		original, err := unix.IoctlGetTermios(0, getTermios)
		if err != nil {
			return os.NewSyscallError("tcgetattr", err)
		}
		t.original = original
	}
	mode := *t.original
	mode.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP |
		unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	mode.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.IEXTEN | unix.ISIG
	mode.Cflag &^= unix.CSIZE | unix.PARENB
	mode.Cflag |= unix.CS8
	mode.Cc[unix.VMIN] = 1
	mode.Cc[unix.VTIME] = 0
	return os.NewSyscallError("tcsetattr", unix.IoctlSetTermios(0, setTermios, &mode))
}

// restore gives the terminal back as raw found it.
func (t *tty) restore() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.original != nil && !t.restored {
		_ = unix.IoctlSetTermios(0, setTermios, t.original) // it may be gone
	}
	t.restored = true
}

// Abandoned readies the terminal for others after a program was killed at its
// prompt; its mode is not looked after here.
func Abandoned() {
	if Available() {
		_, _ = os.Stdout.WriteString("\r\n" + eraseDown + pasteOff + wrapOn + plain + showCursor)
	}
}

// ttySize is the size of the terminal on standard output.
func ttySize() (cols, rows int) {
	cols, rows, err := term.GetSize(1)
	if err != nil || cols <= 0 || rows <= 0 {
		return 80, 24 // a pseudo-terminal whose size nobody has set
	}
	return cols, rows
}

// openTTYs are the descriptors on which /dev/tty is open.
func openTTYs() map[int]bool {
	open := make(map[int]bool)
	var ctty, st unix.Stat_t
	if unix.Stat("/dev/tty", &ctty) != nil {
		return open
	}
	for fd := 3; fd < 1024; fd++ {
		if unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == ctty.Rdev {
			open[fd] = true
		}
	}
	return open
}
