package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
	"sockplay/sandbox/peer/files"
	"sockplay/tracer/ink"
)

// machine runs a program on a system's sockets until it is over or ctx is done.
type machine func(ctx context.Context, name string, program peer.Program)

func newSend(o *options, on machine) *cobra.Command {
	replace := false
	cmd := &cobra.Command{
		Use:   "send ADDRESS FILE...",
		Short: "send files to a server of files",
		Long: `Send files to a server of files: sockplay serve files FOLDER, on this machine or
another. A transfer that breaks, also by Ctrl-C, goes on where it was when the
same file is sent again. docs/protocols.md says what goes over the connection.`,
		Example: "  sockplay send 127.0.0.1:7001 notes.txt\n  sockplay send --replace 127.0.0.1:7001 *.txt",
		Args:    atLeast(2, "an address and a file, as in 127.0.0.1:7001 notes.txt"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var jobs []files.Job
			for _, path := range args[1:] {
				jobs = append(jobs, files.Job{Name: filepath.Base(path), Path: path, Replace: replace})
			}
			return move(cmd.Context(), o, on, "send", args[0], ".", jobs)
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "take the place of files that the server has already")
	return cmd
}

func newFetch(o *options, on machine) *cobra.Command {
	folder, replace := ".", false
	cmd := &cobra.Command{
		Use:   "fetch ADDRESS NAME...",
		Short: "fetch files from a server of files",
		Long: `Fetch files from a server of files: sockplay serve files FOLDER, on this machine
or another. A transfer that breaks, also by Ctrl-C, goes on where it was when the
same file is fetched again. docs/protocols.md says what goes over the connection.`,
		Example: "  sockplay fetch 127.0.0.1:7001 notes.txt\n  sockplay fetch 127.0.0.1:7001 a.txt b.txt --folder /tmp/got",
		Args:    atLeast(2, "an address and the name of a file, as in 127.0.0.1:7001 notes.txt"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var jobs []files.Job
			for _, name := range args[1:] {
				if info, err := os.Stat(name); err == nil && info.IsDir() {
					return &exit{usage, fmt.Sprintf("sockplay: %s is a folder here, not the name of a file there\n  try: sockplay fetch %s NAME --folder %[1]s", name, args[0])}
				}
				jobs = append(jobs, files.Job{Fetch: true, Name: name, Replace: replace})
			}
			return move(cmd.Context(), o, on, "fetch", args[0], folder, jobs)
		},
	}
	cmd.Flags().StringVar(&folder, "folder", ".", "where the files go, which must be there")
	cmd.Flags().BoolVar(&replace, "replace", false, "take the place of files that are there already")
	return cmd
}

// atLeast refuses fewer arguments than n.
func atLeast(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return fmt.Errorf("%s takes %s", cmd.Name(), what)
		}
		return nil
	}
}

// move moves the files over one connection, and says of each what came of it.
func move(ctx context.Context, o *options, on machine, verb, addr, folder string, jobs []files.Job) error {
	flag := ""
	switch {
	case o.stack != "auto":
		flag = "--stack"
	case o.pcap != "":
		flag = "--pcap"
	case o.format == "json":
		flag = "--format"
	}
	if flag != "" {
		return &exit{usage, fmt.Sprintf("sockplay: %s uses this machine's own network, of which sockplay traces nothing, so that %s says nothing\n  try: it without %[2]s; peer %[1]s does the same in a sandbox", verb, flag)}
	}
	at, err := serverAddr(addr, files.DefaultAddr)
	if err != nil {
		return &exit{usage, fmt.Sprintf("sockplay: %v\n  try: sockplay %s %s ...", err, verb, files.DefaultAddr)}
	}
	m := mover{o: o, bar: bar{out: o.out, pen: o.look().Pen(), columns: func() int { return columns(o) }}}
	client := &files.Client{Addr: at, Folder: folder, Jobs: jobs, Report: m.report}
	if f, ok := o.out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		client.Progress = m.progress
	} else {
		client.Progress = m.note
	}
	on(ctx, verb, client.Run)
	m.bar.clear()
	switch {
	case ctx.Err() != nil:
		return m.interrupted(ctx, len(jobs))
	case m.refused > 0 || m.done < len(jobs):
		return &exit{status: failed}
	}
	return nil
}

// mover tells how files are moved.
type mover struct {
	o             *options
	bar           bar
	last          files.Progress
	done, refused int
}

func (m *mover) note(p files.Progress) { m.last = p }

func (m *mover) progress(p files.Progress) {
	m.note(p)
	m.bar.draw(p)
}

func (m *mover) report(r files.Report) {
	m.bar.clear()
	m.last = files.Progress{}
	if r.Refusal == nil {
		m.done++
		fmt.Fprintln(m.o.out, m.wrapped(r.String()))
		return
	}
	m.refused++
	fmt.Fprintln(m.o.err, m.wrapped("sockplay: "+r.String()))
	switch {
	case r.Refusal.Code == files.Exists:
		fmt.Fprintln(m.o.err, "  try: --replace, which lets it take the other's place")
	case r.Kept > 0:
		fmt.Fprintln(m.o.err, "  try: the same command again, which goes on from there")
	}
}

func (m *mover) wrapped(text string) string {
	return strings.Join(ink.Wrap(text, columns(m.o)-1), "\n")
}

// interrupted is the end by a signal, and how to go on.
func (m *mover) interrupted(ctx context.Context, jobs int) error {
	status := failed
	var s signalError
	if errors.As(context.Cause(ctx), &s) {
		status = s.status()
	}
	text := fmt.Sprintf("sockplay: %v; %d of %d files were whole by then", context.Cause(ctx), m.done, jobs)
	again := "the same command again"
	if p := m.last; p.At > 0 && !p.Reading {
		text += fmt.Sprintf(", and some %s of the %s of %s are kept", size(p.At), size(p.Size), ink.Pen{}.Clean(p.Name))
		again += ", which goes on from there"
	}
	return &exit{status, m.wrapped(text) + "\n  try: " + again}
}

// serverAddr reads a server's address: 127.0.0.1:7001, localhost:7001,
// [::1]:7001; without a port it has the usual one's.
func serverAddr(text, usual string) (sandbox.Addr, error) {
	if !strings.Contains(text, ":") || strings.HasSuffix(text, "]") {
		text += usual[strings.LastIndexByte(usual, ':'):]
	}
	a, err := net.ResolveTCPAddr("tcp", text)
	if err != nil || a.IP == nil {
		return sandbox.Addr{}, fmt.Errorf("%q is no address of a server", text)
	}
	ap := a.AddrPort()
	return sandbox.Addr{AddrPort: netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())}, nil
}
