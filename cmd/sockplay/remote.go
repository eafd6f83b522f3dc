package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"sockplay/cmd/sockplay/talk"
	"sockplay/sandbox"
	"sockplay/sandbox/peer"
	"sockplay/sandbox/peer/remote"
	"sockplay/tracer/ink"
)

func newServeRemote(o *options) *cobra.Command {
	var addr, file string
	var insecure bool
	var allow []string
	cmd := &cobra.Command{
		Use:   "remote",
		Short: "run commands of a short list for who knows the secret",
		Long: `Run commands for clients that know the secret: only those of a list, with the
arguments that the list allows, without a shell, with a clean environment, for
5 seconds and 256 KiB at most. The secret never goes over the wire, and each
message is signed. --insecure sends it in clear and signs nothing, to be looked
at and to be taken over by hand.`,
		Example: "  sockplay serve remote\n  sockplay serve remote --secret-file secret.txt --allow \"ls -l\" --allow date",
		Args:    noAddress,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg := remote.Config{Insecure: insecure, Run: remote.Exec}
			for _, text := range allow {
				e, err := remote.ParseEntry(text)
				if err != nil {
					return &exit{usage, "sockplay: --allow: " + err.Error() + "\n  try: --allow \"ls -l -a\""}
				}
				cfg.List = append(cfg.List, e)
			}
			var err error
			if cfg.Secret, err = secretFrom(file); err != nil {
				return err
			}
			made := ""
			if cfg.Secret == "" {
				cfg.Secret = strings.ToLower(rand.Text()[:20])
				made = "  the secret is " + cfg.Secret + "\n"
			}
			return serve(cmd.Context(), o, service{
				name: "remote", addr: addr, about: made, usual: remote.DefaultAddr,
				program: func(at sandbox.Addr) peer.Program { cfg.Addr = at; return remote.Serve(cfg) },
				hint: func(at string) string {
					flag := ""
					if insecure {
						flag = " --insecure"
					}
					return "try from another terminal: sockplay remote" + flag + " " + at + " date"
				},
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&addr, "addr", remote.DefaultAddr, "where to listen; 127.0.0.1:0 is any free port")
	f.StringVar(&file, "secret-file", "", "a file whose first line is the secret; else SOCKPLAY_SECRET; else one is made")
	f.BoolVar(&insecure, "insecure", false, "the secret in clear, and nothing signed")
	f.StringArrayVar(&allow, "allow", nil, "a command that may be run and the arguments that it may have, instead of the default list; ... for any (repeatable)")
	return cmd
}

func newRemote(o *options) *cobra.Command {
	var file string
	var insecure bool
	cmd := &cobra.Command{
		Use:   "remote ADDRESS [COMMAND [ARGUMENT...]]",
		Short: "have a command run by serve remote",
		Long: `Have a command run by sockplay serve remote, and end with its exit status. Without
a command, read them line by line, until exit or Ctrl-D. Flags stand before the
command; what follows it is the command's own.`,
		Example: "  SOCKPLAY_SECRET=... sockplay remote 127.0.0.1:7002 date\n  sockplay remote --secret-file secret.txt 127.0.0.1:7002",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("the server's address is missing, such as " + remote.DefaultAddr)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := serverAddr(args[0], remote.DefaultAddr)
			if err == nil { // flags may also stand between the address and the command
				if err := cmd.Flags().Parse(args[1:]); err != nil {
					return err
				}
				args = append(args[:1:1], cmd.Flags().Args()...)
			}
			if err != nil {
				return &exit{usage, fmt.Sprintf("sockplay: %v\n  try: sockplay remote %s date", err, remote.DefaultAddr)}
			}
			secret, err := secretFrom(file)
			if err != nil {
				return err
			}
			if secret == "" {
				if secret, err = askSecret(cmd.Context(), o, at); err != nil {
					return err
				}
			}
			return control(cmd.Context(), o, at, secret, insecure, args[1:])
		},
	}
	f := cmd.Flags()
	f.SetInterspersed(false) // what follows the address is the command's own
	f.StringVar(&file, "secret-file", "", "a file whose first line is the secret; else SOCKPLAY_SECRET; else it is asked for")
	f.BoolVar(&insecure, "insecure", false, "send the secret in clear, if the server wants it so")
	return cmd
}

// askSecret reads the secret from the terminal, unseen, if there is anybody to give
// it to. A signal ends it, and the terminal shows again what is typed.
func askSecret(ctx context.Context, o *options, at sandbox.Addr) (string, error) {
	fd := int(o.in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", &exit{usage, "sockplay: the secret is missing: serve remote prints it when it starts\n  try: SOCKPLAY_SECRET=... before sockplay, or --secret-file FILE"}
	}
	// Not the connection itself, on which the server would not wait for a typist.
	probe, err := (&net.Dialer{}).DialContext(ctx, "tcp", at.String())
	switch {
	case ctx.Err() != nil:
		return "", interrupted(ctx, "sockplay remote")
	case err != nil:
		return "", &exit{failed, fmt.Sprintf("sockplay: no connection to %s: %s\n  try: start the server first: sockplay serve remote", at, talk.Explain(err))}
	}
	probe.Close()
	fmt.Fprint(o.err, "secret: ")
	var b []byte
	over := make(chan struct{})
	go func() { // a read cannot be interrupted: it is left to the program's end
		defer close(over)
		b, err = term.ReadPassword(fd)
	}()
	select {
	case <-over:
		fmt.Fprintln(o.err)
	case <-ctx.Done():
		term.Restore(fd, before)
		fmt.Fprintln(o.err)
		return "", interrupted(ctx, "sockplay remote")
	}
	if err != nil || len(b) == 0 {
		return "", &exit{failed, "sockplay: no secret was given\n  try: what serve remote has printed, or what SOCKPLAY_SECRET is there"}
	}
	return string(b), nil
}

// control has commands run: the one given, or each line of standard input. Its
// exit status is that of the last.
func control(ctx context.Context, o *options, at sandbox.Addr, secret string, insecure bool, argv []string) error {
	status := done
	pen := o.look().Pen()
	c := remote.Client{Addr: at, Secret: secret, Insecure: insecure}
	c.Next = func() []string {
		next := argv
		argv = nil
		return next
	}
	var unread error
	if len(argv) == 0 {
		c.Next = linesOf(ctx, o, &unread)
	}
	c.Show = func(stream string, data []byte) {
		w := o.out
		if stream == "stderr" {
			w = o.err
		}
		io.WriteString(w, shown(w, pen, data))
	}
	c.Ended = func(n int, why string) {
		if status = n; why != "" {
			fmt.Fprintf(o.err, "sockplay: exit status %d: %s\n", n, pen.Clean(why))
		}
	}
	var err error
	onMachine(ctx, "remote", func(ctx context.Context, sys peer.System) { err = c.Do(ctx, sys) })
	var f *remote.Failure
	var no *remote.Refusal
	switch {
	case ctx.Err() != nil:
		return interrupted(ctx, "sockplay remote")
	case errors.As(err, &f):
		return &exit{failed, "sockplay: " + pen.Clean(f.What) + "\n  try: " + f.Try}
	case errors.As(err, &no):
		return &exit{failed, "sockplay: the server refuses: " + pen.Clean(no.Why) + "\n  try: " + afterRefusal(no.Code)}
	case unread != nil:
		return &exit{failed, fmt.Sprintf("sockplay: standard input could not be read on: %s\n  try: commands of less than %d bytes, a line each", cause(unread), remote.MaxLine)}
	case status != done:
		return &exit{status: status}
	}
	return nil
}

// afterRefusal is what to try when the server has closed with that code.
func afterRefusal(code string) string {
	switch code {
	case "secret":
		return "the secret that serve remote has printed, in SOCKPLAY_SECRET or --secret-file"
	case "greeting":
		return "the form that the server speaks: with --insecure or without"
	case "mac", "replay":
		return "start again: somebody may have put something into the connection"
	}
	return "start again"
}

// shown is what a command printed, for a terminal without what it would obey.
func shown(w io.Writer, pen ink.Pen, data []byte) string {
	if f, ok := w.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return string(data)
	}
	lines := strings.SplitAfter(string(data), "\n")
	for i, l := range lines {
		text, end := strings.CutSuffix(l, "\n")
		if lines[i] = pen.Clean(strings.ReplaceAll(text, "\t", "        ")); end {
			lines[i] += "\n"
		}
	}
	return strings.Join(lines, "")
}

// linesOf reads commands from standard input, with a prompt on a terminal. exit
// ends the session, as does the end of the input, or a signal. unread is why the
// input could not be read to its end.
func linesOf(ctx context.Context, o *options, unread *error) func() []string {
	terminal := term.IsTerminal(int(o.in.Fd()))
	greeted := !terminal
	var failed error
	lines := make(chan string)
	go func() { // a read cannot be interrupted: it is left to the program's end
		defer close(lines)
		in := bufio.NewScanner(o.in)
		in.Buffer(nil, remote.MaxLine)
		defer func() { failed = in.Err() }()
		for in.Scan() {
			select {
			case lines <- in.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() []string {
		if !greeted {
			fmt.Fprintln(o.err, "A command a line, such as date; exit or Ctrl-D leaves.")
			greeted = true
		}
		for {
			if terminal {
				fmt.Fprint(o.err, "remote> ")
			}
			line, more := "", false
			select {
			case line, more = <-lines:
			case <-ctx.Done():
			}
			words := strings.Fields(line)
			if !more && ctx.Err() == nil {
				*unread = failed
			}
			if !more && terminal {
				fmt.Fprintln(o.err)
			}
			switch {
			case !more || len(words) == 1 && words[0] == "exit":
				return nil
			case len(words) > 0:
				return words
			}
		}
	}
}
