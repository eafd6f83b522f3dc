//go:build !linux

package kernel

import (
	"sockplay/sandbox"
)

// Stack exists on Linux alone.
type Stack struct{ sandbox.Stack }

var errNotLinux = &Refusal{
	What:  "this is no Linux",
	Means: "the kernel stack is Linux's own TCP/IP, in namespaces that only Linux has",
	Try:   "run sockplay in a Linux virtual machine (WSL 2 is one)",
}

// Inside reports false: there are no namespaces here.
func Inside() bool { return false }

// Reenter returns a *Refusal.
func Reenter() (int, error) { return 0, errNotLinux }

// Report does nothing.
func Report(int) {}

// Lost counts nothing: there is no stack.
func (*Stack) Lost() int { return 0 }

// Renew returns a *Refusal.
func (*Stack) Renew() (*Stack, error) { return nil, errNotLinux }

// New returns a *Refusal.
func New() (*Stack, error) { return nil, errNotLinux }
