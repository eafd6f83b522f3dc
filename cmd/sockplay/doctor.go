package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"sockplay/cmd/sockplay/repl"
	"sockplay/sandbox/kernel"
)

// finding is a line of doctor's.
type finding struct {
	ok   bool
	what string
	// of what does not work
	means, try string
}

func newDoctor(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "what works on this machine, and what to do about what does not",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return doctor(o)
		},
	}
}

// doctor tries what the program needs, in the namespaces if they can be made.
func doctor(o *options) error {
	stack := finding{ok: true, what: "kernel stack: the real TCP/IP of this Linux, in a namespace of its own"}
	if !kernel.Inside() {
		status, err := kernel.Reenter()
		if err == nil {
			return &exit{status: status}
		}
		stack = unwell(err)
	} else if s, err := kernel.New(); err != nil {
		stack = unwell(err)
	} else {
		s.Close()
	}
	fmt.Fprintln(o.out, version())
	prompt := finding{ok: true, what: "prompt: standard input and output are a terminal"}
	if !repl.Available() {
		prompt = finding{
			what:  "prompt: standard input or output is no terminal, or TERM is dumb",
			means: "sockplay takes its commands from standard input, as a script",
			try:   "start it from a terminal, without a pipe, to get the prompt",
		}
	}
	for _, f := range []finding{stack, prompt} {
		mark := "ok  "
		if !f.ok {
			mark = "no  "
		}
		fmt.Fprintf(o.out, "%s%s\n", mark, f.what)
		if !f.ok {
			fmt.Fprintf(o.out, "    it means: %s\n    try: %s\n", f.means, f.try)
		}
	}
	if !stack.ok {
		return &exit{status: failed}
	}
	return nil
}

func unwell(err error) finding {
	var r *kernel.Refusal
	if !errors.As(err, &r) {
		return finding{what: "kernel stack: " + err.Error(), means: "it could not be started on this " + runtime.GOOS, try: "sockplay doctor as root tells whether it is a matter of rights"}
	}
	return finding{what: "kernel stack: " + r.What, means: r.Means, try: r.Try}
}
