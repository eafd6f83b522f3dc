package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"sockplay/cmd/sockplay/repl"
	"sockplay/sandbox/kernel"
	"sockplay/sandbox/netstack"
	"sockplay/tracer/ink"
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
// It fails if the stack that was asked for is not to be had.
func doctor(o *options) error {
	stacks := []finding{{ok: true, what: "kernel stack: the real TCP/IP of this Linux, in a namespace of its own"}}
	s, err := openKernel()
	var e *exit
	switch {
	case errors.As(err, &e):
		return err
	case err != nil:
		stacks[0] = unwell(err)
	default:
		s.Close()
	}
	user := finding{ok: true, what: "user stack: " + userStack(o.seed)}
	if s, err := netstack.New(o.seed); err != nil {
		user = finding{what: "user stack: " + err.Error(), means: "it should work everywhere: this is a fault of sockplay", try: "report it with the line above"}
	} else {
		s.Close()
	}
	stacks = append(stacks, user)
	fmt.Fprintln(o.out, version())
	prompt := finding{ok: true, what: "prompt: standard input and output are a terminal"}
	switch {
	case !repl.Available():
		prompt = finding{
			what:  "prompt: standard input or output is no terminal",
			means: "sockplay takes its commands from standard input, as a script",
			try:   "start it from a terminal, without a pipe, to get the prompt",
		}
	case os.Getenv("TERM") == "" || os.Getenv("TERM") == "dumb":
		prompt.what += ", which edits lines by itself, as TERM says: no Tab, no history"
	}
	width := min(columns(o), 80) - len("ok  ")
	for _, f := range append(stacks, prompt) {
		mark := "ok  "
		if !f.ok {
			mark = "no  "
		}
		for i, line := range ink.Wrap(f.what, width) {
			if i > 0 {
				mark = "    "
			}
			fmt.Fprintln(o.out, mark+line)
		}
		if !f.ok {
			labelled(o.out, width, "    it means: ", f.means)
			labelled(o.out, width, "    try: ", f.try)
		}
	}
	takes := map[bool]string{true: "kernel", false: "user"}[stacks[0].ok]
	fmt.Fprintf(o.out, "--stack auto takes the %s stack here\n", takes)
	if o.stack == "kernel" && !stacks[0].ok || !user.ok {
		return &exit{status: failed}
	}
	return nil
}

// labelled writes text under a label, wrapped.
func labelled(w io.Writer, width int, label, text string) {
	for _, line := range ink.Wrap(text, max(20, width+4-len(label))) {
		fmt.Fprintln(w, label+line)
		label = strings.Repeat(" ", len(label))
	}
}

func unwell(err error) finding {
	var r *kernel.Refusal
	if !errors.As(err, &r) {
		return finding{what: "kernel stack: " + err.Error(), means: "it could not be started on this " + runtime.GOOS, try: "sockplay doctor as root tells whether it is a matter of rights"}
	}
	return finding{what: "kernel stack: " + r.What, means: r.Means, try: r.Try}
}
