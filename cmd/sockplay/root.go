package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"sockplay/cmd/sockplay/repl"
	"sockplay/tracer/ink"
)

// The exit statuses.
const (
	done   = 0
	failed = 1 // an expectation or a command
	usage  = 2
)

// options are the flags that every subcommand takes, and the standard files.
type options struct {
	stack  string
	seed   int64
	format string
	pcap   string
	color  string

	projector, plain bool

	allCalls bool // of serve

	in       *os.File
	out, err io.Writer
	// ownSignals gives the signals back to a subcommand that deals with them.
	ownSignals func()
}

// exit ends a subcommand with a status, after the message, if there is one.
type exit struct {
	status  int
	message string
}

func (e *exit) Error() string { return e.message }

// run is the whole program. It returns the exit status.
func run(args []string, in *os.File, out, errOut io.Writer) (status int) {
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintln(errOut, faultMessage(v, debug.Stack()))
			status = failed
		}
	}()
	ctx, stop := withSignals(context.Background())
	defer stop()
	// A reader that has gone is an error of the write: the first process of a
	// pid namespace, as we are inside, is not ended by the signal.
	signal.Ignore(syscall.SIGPIPE)
	o := &options{in: in, out: out, err: errOut, ownSignals: stop}
	root := newRoot(o)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	cmd, err := root.ExecuteContextC(ctx)
	var e *exit
	switch {
	case err == nil:
		return done
	case errors.As(err, &e):
		if e.message != "" {
			say(ctx, errOut, o.wrapped(e.message))
		}
		return e.status
	default: // cobra's own: an unknown flag or subcommand, a wrong number of arguments
		fmt.Fprintln(errOut, o.wrapped(fmt.Sprintf("sockplay: %s\n  try: %s --help", usageMessage(err), cmd.CommandPath())))
		return usage
	}
}

// wrapped is a message with its lines broken between words where they are too long
// for the terminal that they are for; what is no terminal takes them as they are.
func (o *options) wrapped(message string) string { return o.wrappedFor(o.err, message) }

// wrappedFor is wrapped for what is written to w.
func (o *options) wrappedFor(w io.Writer, message string) string {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return message
	}
	var lines []string
	for line := range strings.SplitSeq(message, "\n") {
		line = ink.Pen{UTF8: true}.Clean(line)
		text := strings.TrimLeft(line, " ")
		indent := len(line) - len(text)
		hang := indent
		if strings.HasPrefix(text, "try: ") {
			hang += len("try: ")
		}
		for i, part := range ink.Wrap(text, max(columns(o)-1-hang, 20)) {
			if i == 1 {
				indent = hang
			}
			lines = append(lines, strings.Repeat(" ", indent)+part)
		}
	}
	return strings.Join(lines, "\n")
}

// signalError is a signal that ended what was under way.
type signalError struct{ syscall.Signal }

func (e signalError) Error() string { return "interrupted (" + e.String() + ")" }

// status is what a shell reports of a death by this signal.
func (e signalError) status() int { return 128 + int(e.Signal) }

// say tells the user something, which a terminal that is stopped does not keep
// from ending after a signal.
func say(ctx context.Context, w io.Writer, message string) {
	p := newPatient(ctx, w, false)
	fmt.Fprintln(p, message)
	p.Close() // there is nobody left to be told
}

// withSignals ends the context with a signalError when a signal comes, until
// stop is called. A second signal ends the process at once: whatever the first
// has not ended waits for something that does not come.
func withSignals(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	stopped := make(chan struct{})
	joined := make(chan struct{})
	go func() {
		defer close(joined)
		select {
		case s := <-signals:
			cancel(signalError{s.(syscall.Signal)})
		case <-stopped:
			return
		}
		select {
		case s := <-signals: // the first process of a pid namespace has no default
			os.Exit(signalError{s.(syscall.Signal)}.status())
		case <-stopped:
		}
	}()
	return ctx, sync.OnceFunc(func() {
		signal.Stop(signals)
		close(stopped)
		<-joined
	})
}

// usageMessage leaves out what only a Go programmer would understand.
func usageMessage(err error) string {
	what, _, _ := strings.Cut(err.Error(), ": strconv.")
	return what
}

// oneFile refuses any other number of arguments than one.
func oneFile(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s takes one %s, not %d: %s", cmd.Name(), what, len(args), cmd.UseLine())
		}
		return nil
	}
}

// atMostOne refuses more arguments than one. takes says what the command does, as
// in "chat takes one address".
func atMostOne(takes string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fmt.Errorf("%s, not %d", takes, len(args))
		}
		return nil
	}
}

// noSubcommand refuses a word where a subcommand was to be, with the one that
// was probably meant.
func noSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("there is no subcommand %q", args[0])
	if _, err := os.Stat(args[0]); err == nil || strings.HasSuffix(args[0], ".sock") {
		message += "; to run a script: sockplay run " + args[0]
	} else if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		message += "; did you mean " + near[0] + "?"
	}
	return errors.New(message)
}

// faultMessage tells a learner of a fault that is not theirs. The trace goes to
// a file, for whoever mends it.
func faultMessage(v any, stack []byte) string {
	message := fmt.Sprintf("sockplay has met a fault of its own (%v). Nothing that you did is wrong;\nwhat was on the wire is gone.", v)
	f, err := os.CreateTemp("", "sockplay-fault-*.txt")
	if err != nil {
		return message
	}
	defer f.Close()
	fmt.Fprintf(f, "%s\n%v\n\n%s", version(), v, stack)
	return message + "\ntry: start it again; if the same lines do it again, report them with " + f.Name()
}

func newRoot(o *options) *cobra.Command {
	root := &cobra.Command{
		Use:   "sockplay",
		Short: "an interactive playground for sockets",
		Long: `sockplay is a playground for sockets. You type socket, bind, listen, accept,
connect, write, read and close, one at a time; after each it shows the packets
that it caused on the loopback wire, and the states that the connection went
through, and says why.`,
		Example: `  sockplay                          the prompt: type help there
  sockplay run lesson.sock          run a script
  echo 'socket tcp' | sockplay      a script from standard input
  sockplay demo handshake           a scene, step by step
  sockplay run --format json --pcap out.pcapng lesson.sock
  sockplay doctor                   what works on this machine`,
		Args:              noSubcommand,
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return o.check() },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if repl.Available() && o.format == "ladder" {
				return interact(cmd.Context(), o)
			}
			return runScript(cmd.Context(), o, "-")
		},
	}
	root.SuggestionsMinimumDistance = 2
	root.SetVersionTemplate("{{.Version}}\n")
	f := root.PersistentFlags()
	f.StringVar(&o.stack, "stack", "auto", "the TCP/IP to play with: kernel (this Linux's), user (sockplay's own, on every system) or auto (kernel where it works)")
	f.Int64Var(&o.seed, "seed", 1, "what the user stack draws its numbers from, and the wire its losses: the same seed, the same bytes")
	f.StringVar(&o.format, "format", "ladder", "what to print: ladder or json")
	f.StringVar(&o.pcap, "pcap", "", "also write the packets to this file, as pcapng")
	f.StringVar(&o.color, "color", "auto", "whether to use colour: auto, always or never")
	f.BoolVar(&o.projector, "projector", false, "for a wall: fewer things, in 60 columns")
	f.BoolVar(&o.plain, "plain", false, "sentences instead of drawings, for a screen reader")
	for name, values := range choices {
		_ = root.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	cobra.AddTemplateFunc("wrapped", func(f *pflag.FlagSet) string { return f.FlagUsagesWrapped(columns(o) - 1) })
	cobra.AddTemplateFunc("filled", func(text string) string {
		var paragraphs []string
		for p := range strings.SplitSeq(text, "\n\n") {
			paragraphs = append(paragraphs, strings.Join(ink.Wrap(p, min(columns(o)-1, 80)), "\n"))
		}
		return strings.Join(paragraphs, "\n\n")
	})
	root.SetHelpTemplate(strings.ReplaceAll(root.HelpTemplate(), "trimTrailingWhitespaces", "filled"))
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "Flags.FlagUsages |", "Flags | wrapped |"))
	root.AddCommand(newRun(o), newTrace(o), newLesson(o), newDemo(o), newServe(o), newChat(o), newSend(o, onMachine), newFetch(o, onMachine), newRemote(o), newDoctor(o))
	return root
}

// choices are the flags whose values are words.
var choices = map[string][]string{
	"stack":  {"auto", "kernel", "user"},
	"format": {"ladder", "json"},
	"color":  {"auto", "always", "never"},
}

// check refuses flags whose values are none of theirs.
func (o *options) check() error {
	for _, flag := range [][2]string{{"stack", o.stack}, {"format", o.format}, {"color", o.color}} {
		name, value, ok := flag[0], flag[1], false
		for _, c := range choices[name] {
			ok = ok || c == value
		}
		if !ok {
			return fmt.Errorf("--%s is one of %v, not %q", name, choices[name], value)
		}
	}
	return nil
}

// version is the module's version, and what built it for what.
func version() string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("sockplay %s, %s, %s/%s", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
