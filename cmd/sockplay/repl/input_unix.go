//go:build unix

package repl

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/c-bata/go-prompt"
	"golang.org/x/sys/unix"
)

// escapeTime is how long the rest of an escape sequence may take.
const escapeTime = 100 * time.Millisecond

var errBusy = errors.New("not yet")

// input holds the keys that wait for go-prompt, whose ConsoleParser it is. pump
// fills it all the time, so that a Ctrl-C is seen also while a command executes.
type input struct {
	mu        sync.Mutex
	change    sync.Cond
	queue     []key
	last      string // the key that go-prompt was given last; "" for text
	busy      bool   // and it hasn't dealt with it
	pasting   bool   // the end of a paste has not come yet
	leaving   bool
	closed    bool
	interrupt func() // ends the command that executes; nil between commands
}

func newInput() *input {
	in := new(input)
	in.change.L = &in.mu
	return in
}

// push adds a key, with the lock held. As on any terminal, a Ctrl-C discards what was typed ahead:
// everything while a command executes, else all but the line being typed.
func (in *input) push(k key) {
	n := len(in.queue)
	switch {
	case string(k.seq) == ctrlC && in.interrupt != nil:
		in.queue = nil
		in.interrupt()
		return
	case string(k.seq) == ctrlC:
		for i := n - 1; i >= 0; i-- {
			if string(in.queue[i].seq) == enter {
				in.queue = in.queue[i+1:]
				break
			}
		}
	case k.text && n > 0 && in.queue[n-1].text:
		in.queue[n-1].seq = append(in.queue[n-1].seq, k.seq...)
		return
	}
	in.queue = append(in.queue, k)
}

// line takes a line that is complete already, as those of a paste are.
func (in *input) line() (line string, ok bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	q := in.queue
	if len(q) > 0 && q[0].text {
		line, q = string(q[0].seq), q[1:]
	}
	if len(q) == 0 || string(q[0].seq) != enter {
		return "", false
	}
	in.queue = q[1:]
	return line, true
}

// waiting says whether something has been typed ahead, or a paste goes on.
func (in *input) waiting() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.queue) > 0 || in.pasting || readable(0)
}

// read takes in the keys of a read, all at once: whoever takes a line that a
// paste has begun with can tell whether more of it comes.
func (in *input) read(d *decoder, b []byte) {
	in.mu.Lock()
	defer in.mu.Unlock()
	d.feed(b)
	in.pasting = d.paste
	in.change.Broadcast()
}

// executing says that a command executes that f interrupts; nil, that none does.
// f is called with input's lock held, so that it is never called too late. A
// Ctrl-C that came between the line's end and now is meant for the command.
func (in *input) executing(f func()) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.interrupt = f
	for i, k := range in.queue {
		if f != nil && string(k.seq) == ctrlC {
			in.queue = in.queue[i+1:]
			f()
			return
		}
	}
}

// leave makes go-prompt return.
func (in *input) leave() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.leaving = true
	in.change.Broadcast()
}

// close ends the goroutine in which go-prompt reads, should it still be there.
func (in *input) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	in.change.Broadcast()
}

// drawn says that go-prompt has dealt with the last key, and the line goes on.
func (in *input) drawn() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.busy = false
	in.change.Broadcast()
}

// ending is the key that go-prompt is dealing with or returned for.
func (in *input) ending() string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.last
}

// Read gives go-prompt its next key. While it deals with the last one there is
// none: that may be the end of the line, and what it takes after it is lost.
func (in *input) Read() ([]byte, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.busy {
		return nil, errBusy
	}
	for len(in.queue) == 0 && !in.leaving && !in.closed {
		in.change.Wait()
	}
	if in.closed {
		// Only after a panic in the loop: nobody is left to stop this goroutine.
		runtime.Goexit()
	}
	in.busy = true
	if in.leaving {
		in.last = leave
		return []byte(leave), nil
	}
	k := in.queue[0]
	in.queue = in.queue[1:]
	in.last = ""
	if !k.text {
		in.last = string(k.seq)
	}
	return k.seq, nil
}

// Setup begins a line.
func (in *input) Setup() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.busy, in.last = false, ""
	return nil
}

// TearDown ends a line. The terminal stays as it is: see Repl.Run.
func (in *input) TearDown() error { return nil }

// enormous is what go-prompt is told of the terminal's width and height.
const enormous = 1<<16 - 1

// GetWinSize keeps go-prompt from wrapping, see frame.
func (in *input) GetWinSize() *prompt.WinSize {
	return &prompt.WinSize{Row: enormous, Col: enormous}
}

// pump reads the terminal until stop is closed, or returns false because the
// terminal is gone.
func (in *input) pump(tty int, stop *os.File) bool {
	d := decoder{emit: in.push}
	buf := make([]byte, 1<<16)
	for {
		limit := time.Duration(-1)
		if d.waiting() {
			limit = escapeTime
		}
		ready, stopped := waitReadable(tty, int(stop.Fd()), limit)
		if stopped {
			return true
		}
		if !ready {
			d.giveUp()
			continue
		}
		n, err := unix.Read(tty, buf)
		switch {
		case err == unix.EINTR, err == unix.EAGAIN:
		case err != nil, n == 0:
			return false
		default:
			in.read(&d, buf[:n])
		}
	}
}

// readable reports whether there is something to read at once.
func readable(tty int) bool {
	ready, _ := waitReadable(tty, tty, 0)
	return ready
}

// waitReadable waits until tty can be read or stop can, but not longer than
// limit, unless that is negative. It is select, for macOS can't poll /dev/tty.
func waitReadable(tty, stop int, limit time.Duration) (ready, stopped bool) {
	for {
		var set unix.FdSet
		set.Set(tty)
		set.Set(stop)
		var timeout *unix.Timeval
		if limit >= 0 {
			t := unix.NsecToTimeval(limit.Nanoseconds())
			timeout = &t
		}
		_, err := unix.Select(max(tty, stop)+1, &set, nil, nil, timeout)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return true, false // the read will say what is wrong
		}
		return set.IsSet(tty), set.IsSet(stop)
	}
}
