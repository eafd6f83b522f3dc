package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"sockplay/cmd/sockplay/repl"
	"sockplay/sandbox"
	"sockplay/sandbox/kernel"
	"sockplay/sandbox/netstack"
	"sockplay/tracer/ink"
)

// openStack gives the stack that was asked for. Where that is the kernel's,
// the whole program runs a second time, inside namespaces, and the copy
// outside ends with the copy's status: then the error is an *exit. Which stack
// auto has become is told in one line.
func openStack(o *options) (sandbox.Stack, error) {
	if o.stack == "user" {
		return openUser(o)
	}
	s, err := openKernel()
	var e *exit
	switch {
	case err == nil:
		o.tell("stack: kernel (the real TCP/IP of this Linux, in a namespace of its own)")
		return s, nil
	case errors.As(err, &e):
		return nil, err
	case o.stack == "kernel":
		return nil, refused(err)
	}
	o.tell(fmt.Sprintf("stack: user, seed %d (no kernel stack here: %s; sockplay doctor tells more)", o.seed, reason(err)))
	return openUser(o)
}

// suited is what can be right on one stack alone: a scene, a lesson.
type suited interface{ For(stack string) bool }

// suit has auto be a stack that s is for, and reports whether the stack is one.
func (o *options) suit(s suited) bool {
	if o.stack == "auto" {
		if o.stack = "user"; !s.For(o.stack) {
			o.stack = "kernel"
		}
	}
	return s.For(o.stack)
}

// tell says which stack auto has become.
func (o *options) tell(line string) {
	if o.stack == "auto" {
		fmt.Fprintln(o.err, strings.Join(ink.Wrap(line, columns(o)-1), "\n"))
	}
}

// openKernel returns the kernel stack, a *kernel.Refusal, or an *exit when the
// copy of this program inside the namespaces has run.
func openKernel() (sandbox.Stack, error) {
	if !kernel.Inside() {
		status, err := kernel.Reenter()
		if err == nil {
			if status == (signalError{syscall.SIGKILL}).status() { // the copy could not do it itself
				repl.Abandoned()
			}
			return nil, &exit{status: status}
		}
		return nil, err
	}
	s, err := kernel.New()
	if err != nil {
		return nil, err
	}
	return s, nil
}

func openUser(o *options) (sandbox.Stack, error) {
	s, err := netstack.New(o.seed)
	if err != nil {
		return nil, &exit{failed, "sockplay: " + err.Error() + "\n  try: it is a fault of sockplay: report it with " + version()}
	}
	return s, nil
}

// renew closes a stack, and gives one of the kind for a fresh sandbox.
func renew(o *options) func(old sandbox.Stack) (sandbox.Stack, error) {
	return func(old sandbox.Stack) (sandbox.Stack, error) {
		k, isKernel := old.(*kernel.Stack)
		if !isKernel {
			old.Close()
			return openUser(o)
		}
		s, err := k.Renew()
		if err != nil {
			return nil, err
		}
		return s, nil
	}
}

// again gives how a stack is made anew that repeats to the byte; nil for one
// that does not.
func again(o *options, stack sandbox.Stack) func() (sandbox.Stack, error) {
	if !stack.Virtual() {
		return nil
	}
	return func() (sandbox.Stack, error) { return openUser(o) }
}

// userStack says what the user stack is.
func userStack(seed int64) string {
	return fmt.Sprintf("sockplay's own TCP/IP, seed %d: a packet takes %s, and time stands still between commands", seed, ink.Duration(netstack.Latency))
}

// reason is why there is no kernel stack, in short.
func reason(err error) string {
	var r *kernel.Refusal
	if errors.As(err, &r) {
		return r.What
	}
	return err.Error()
}

// refused tells why there is no kernel stack.
func refused(err error) error {
	var r *kernel.Refusal
	if !errors.As(err, &r) {
		return &exit{failed, "sockplay: the kernel stack could not be started: " + err.Error() + "\n  try: --stack user"}
	}
	return &exit{failed, fmt.Sprintf("sockplay: no kernel stack here\n  what happened: %s\n  what it means: %s\n  try: %s; or --stack user, which runs everywhere", r.What, r.Means, r.Try)}
}
