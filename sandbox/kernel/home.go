//go:build linux

package kernel

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// home is a thread in a network namespace of its own. What a call finds of the
// network, or makes in it, is of its thread's namespace; a socket that there is
// can be used from any. Each call that matters is therefore made at home, whoever
// owns the sandbox meanwhile. A nil home is the process's own namespace, in which
// all other threads are.
type home struct {
	jobs chan func()
	over chan struct{}
}

// newHome makes a namespace. leave ends it, and what is in it ends with the last
// descriptor that is.
func newHome() (*home, error) {
	h := &home{jobs: make(chan func()), over: make(chan struct{})}
	made := make(chan error)
	go func() {
		defer close(h.over)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		made <- err
		if err != nil {
			return
		}
		for job := range h.jobs {
			job()
		}
	}()
	if err := <-made; err != nil {
		<-h.over
		return nil, err
	}
	return h, nil
}

// do runs f there, and waits for its end. It is for the owner, before leave, and not
// for what runs there.
func (h *home) do(f func()) {
	if h == nil {
		f()
		return
	}
	done := make(chan struct{})
	h.jobs <- func() {
		defer close(done)
		f()
	}
	<-done
}

// leave ends the thread.
func (h *home) leave() {
	if h != nil {
		close(h.jobs)
		<-h.over
	}
}
