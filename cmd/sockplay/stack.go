package main

import (
	"errors"
	"fmt"

	"sockplay/sandbox"
	"sockplay/sandbox/kernel"
)

// openStack gives the stack that was asked for. Where that is the kernel's,
// the whole program runs a second time, inside namespaces, and the copy
// outside ends with the copy's status: then the error is an *exit.
func openStack(o *options) (sandbox.Stack, error) {
	if o.stack == "user" {
		return nil, &exit{failed, "sockplay: this version has no user stack yet\n  try: --stack kernel, on Linux"}
	}
	if !kernel.Inside() {
		status, err := kernel.Reenter()
		if err == nil {
			return nil, &exit{status: status}
		}
		return nil, refused(err)
	}
	s, err := kernel.New()
	if err != nil {
		return nil, refused(err)
	}
	if o.stack == "auto" {
		fmt.Fprintln(o.err, "stack: kernel (the real TCP/IP of this Linux, in a namespace of its own)")
	}
	return s, nil
}

// refused tells why there is no kernel stack.
func refused(err error) error {
	var r *kernel.Refusal
	if !errors.As(err, &r) {
		return &exit{failed, "sockplay: the kernel stack could not be started: " + err.Error()}
	}
	return &exit{failed, fmt.Sprintf("sockplay: no kernel stack here\n  what happened: %s\n  what it means: %s\n  try: %s", r.What, r.Means, r.Try)}
}
