package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sockplay/sandbox"
	"sockplay/sandbox/host"
	"sockplay/sandbox/peer"
	"sockplay/sandbox/peer/chat"
	"sockplay/sandbox/peer/files"
	"sockplay/tracer"
	"sockplay/tracer/calls"
	"sockplay/tracer/ink"
)

// serveWindow bounds what is kept of a server's events, in octets.
const serveWindow = 8 << 20

func newServe(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve chat|files|remote",
		Short: "a chat room, files or remote control on this machine itself",
		Long: `Serve one of the applications outside of a sandbox, so that your own programs
can talk to it. What the server calls, and the states of its connections, are
shown as they happen. docs/protocols.md says what to send, octet by octet.`,
		Example: "  sockplay serve chat\n  sockplay serve files shared\n  sockplay serve remote\n  sockplay serve remote --addr 127.0.0.1:9000 --insecure",
		Args:    noSubcommand,
		RunE: func(*cobra.Command, []string) error {
			return &exit{usage, "sockplay: what is to be served?\n  try: sockplay serve chat, sockplay serve files FOLDER, or sockplay serve remote"}
		},
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.PersistentFlags().BoolVar(&o.allCalls, "all-calls", false, "also show poll, fcntl, and calls that answer EAGAIN")
	cmd.AddCommand(newServeChat(o), newServeFiles(o), newServeRemote(o))
	return cmd
}

func newServeChat(o *options) *cobra.Command {
	var addr string
	cmd := &cobra.Command{
		Use:   "chat",
		Short: "a chat room: what one says all others hear",
		Long: `A chat room over TCP: what one says all others hear. Its protocol is lines of
text, so that nc is a client too.`,
		Example: "  sockplay serve chat\n  sockplay serve chat --addr 127.0.0.1:9000",
		Args:    noAddress,
		RunE: func(cmd *cobra.Command, _ []string) error {
			room := chat.New(chat.Config{})
			return serve(cmd.Context(), o, service{
				name: "chat", addr: addr, usual: chat.DefaultAddr,
				program: func(at sandbox.Addr) peer.Program {
					p, _ := room(at, nil) // only arguments could be wrong
					return p
				},
				hint: func(at string) string { return "try from another terminal: sockplay chat " + at },
			})
		},
	}
	cmd.Flags().StringVar(&addr, "addr", chat.DefaultAddr, "where to listen; 127.0.0.1:0 is any free port")
	return cmd
}

func newServeFiles(o *options) *cobra.Command {
	addr, limit := "", int64(0)
	cmd := &cobra.Command{
		Use:   "files [FOLDER]",
		Short: "files of one folder: kept for who sends, given to who fetches",
		Long: `Keep files that are sent in a folder, and give them out; without FOLDER it is the
one where you are. Nothing outside of it can be read or written, no file that is
there is overwritten unless the client asks for it, and a file is there whole or
not at all.`,
		Example: "  sockplay serve files shared\n  sockplay serve files shared --addr 127.0.0.1:9001 --limit 1000000",
		Args:    atMostOne("serve files takes one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder := append(args, ".")[0]
			if info, err := os.Stat(folder); err != nil || !info.IsDir() {
				if _, err := machineAddr(folder); err == nil {
					return noAddress(cmd, args)
				}
				return &exit{failed, fmt.Sprintf("sockplay: there is no folder %s\n  try: mkdir %[1]s first, or another folder", folder)}
			}
			return serve(cmd.Context(), o, service{
				name: "files", addr: addr, usual: files.DefaultAddr, about: "  its folder is " + shownFolder(folder) + "\n",
				program: func(at sandbox.Addr) peer.Program {
					return (&files.Server{Addr: at, Folder: folder, Config: files.Config{Limit: limit}}).Run
				},
				hint: func(at string) string { return "try from another terminal: sockplay send " + at + " FILE" },
			})
		},
	}
	cmd.Flags().StringVar(&addr, "addr", files.DefaultAddr, "where to listen; 127.0.0.1:0 is any free port")
	cmd.Flags().Int64Var(&limit, "limit", 1<<30, "how many bytes a file may have")
	return cmd
}

// noAddress refuses an argument, which is mostly the address, without its flag.
func noAddress(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("sockplay: serve %s does not know what %s is", cmd.Name(), args[0])
	if _, err := machineAddr(args[0]); err == nil {
		return &exit{usage, fmt.Sprintf("%s; an address stands after --addr\n  try: sockplay serve %s --addr %s", message, cmd.Name(), args[0])}
	}
	return &exit{usage, fmt.Sprintf("%s\n  try: sockplay serve %s --help", message, cmd.Name())}
}

// shownFolder is a folder's whole path, where it has one.
func shownFolder(folder string) string {
	if whole, err := filepath.Abs(folder); err == nil {
		folder = whole
	}
	return ink.Pen{UTF8: true}.Clean(folder)
}

// service is a server that is to run on the machine.
type service struct {
	name    string
	about   string // a line about what it serves
	addr    string
	usual   string // its address if nothing is said
	program func(at sandbox.Addr) peer.Program
	hint    func(at string) string // how to reach it
}

// serve runs the server until a signal ends it.
func serve(ctx context.Context, o *options, s service) error {
	switch {
	case o.stack != "auto":
		return &exit{usage, "sockplay: serve is on this machine's own network, not on a sandbox's stack\n  try: it without --stack; peer " + s.name + " is the same in a sandbox"}
	case o.pcap != "":
		return &exit{usage, "sockplay: serve sees no packets, since the wire is the machine's own\n  try: it without --pcap, and tcpdump -i lo beside it; peer " + s.name + " in a sandbox shows each packet"}
	}
	at, err := machineAddr(s.addr)
	if err != nil {
		return &exit{usage, fmt.Sprintf("sockplay: --addr %s: %s\n  try: --addr %s", s.addr, err, s.usual)}
	}
	out := newPatient(ctx, o.out, o.format == "json")
	defer out.Close()
	log := &tracer.Log{Window: serveWindow}
	show := follow(o, out)
	p := host.New(s.name, log)
	refused, listening := "", false
	var here netip.AddrPort
	log.Sink(func(e tracer.Event) {
		if e.Kind != tracer.KindOutput || refused == "" || o.format == "json" { // else the program says what is told at the end
			show(e)
		}
		switch {
		case e.Kind == tracer.KindState && e.To == "LISTEN":
			here = e.Local
		case e.Kind == tracer.KindReturn && e.Call == "listen" && e.Result.Errno == "" && !listening:
			listening = true
			if !here.Addr().IsLoopback() {
				fmt.Fprintf(o.err, "sockplay: %s is not the loopback: everybody who can reach this machine can connect\n", here)
			}
			fmt.Fprintf(o.err, "sockplay: %s listens on %s; Ctrl-C ends it\n%s  %s\n", s.name, here, s.about, s.hint(reached(here)))
		case e.Kind == tracer.KindReturn && !listening && e.Result.Errno != "":
			refused = fmt.Sprintf("%s: %s: %s", e.Call, e.Result.Errno, e.Why)
		}
	})
	p.Run(ctx, s.program(sandbox.Addr{AddrPort: at}))
	if err := out.Close(); err != nil {
		var lost unwritten
		if errors.As(err, &lost) {
			return &exit{failed, fmt.Sprintf("sockplay: %s has ended; what shows its trace is stopped or slow, and %v", s.name, err)}
		}
		return outputError(err)
	}
	switch {
	case refused != "":
		return &exit{failed, fmt.Sprintf("sockplay: %s cannot listen on %s: %s\n  try: another address, as in --addr 127.0.0.1:0, which takes any free port", s.name, at, refused)}
	case ctx.Err() != nil:
		say(ctx, o.err, fmt.Sprintf("sockplay: %s has ended, and its connections with it", s.name))
	}
	return nil
}

// reached is where to call a server; which address it is where it has all of them
// depends on who calls.
func reached(at netip.AddrPort) string {
	if at.Addr().IsUnspecified() {
		return fmt.Sprintf("ADDRESS:%d", at.Port())
	}
	return at.String()
}

// onMachine runs a program on the machine's own sockets, untraced.
func onMachine(ctx context.Context, name string, program peer.Program) {
	host.New(name, &tracer.Log{Window: 1 << 16}).Run(ctx, program)
}

// follow shows each event in the format that was asked for.
func follow(o *options, out io.Writer) func(tracer.Event) {
	if o.format == "json" {
		return func(e tracer.Event) {
			if b, err := e.MarshalJSON(); err == nil {
				out.Write(append(b, '\n')) // its error is told at the end
			}
		}
	}
	shown := o.look().Options
	f := calls.NewFollower(out, calls.Options{Pen: shown.Pen(), Width: shown.Columns()})
	f.All = o.allCalls
	return func(e tracer.Event) {
		f.SetWidth(shown.Columns())
		f.Add(e)
	}
}

// machineAddr reads an address of the machine: 127.0.0.1:7000, localhost:7000,
// [::1]:7000, *:7000.
func machineAddr(text string) (netip.AddrPort, error) {
	if rest, ok := strings.CutPrefix(text, "*:"); ok {
		text = "0.0.0.0:" + rest
	}
	hostname, port, err := net.SplitHostPort(text)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("an address has a host and a port")
	}
	if hostname == "" {
		return netip.AddrPort{}, fmt.Errorf("the host is missing; *:%s is any of this machine's", port)
	}
	if n, err := strconv.Atoi(port); err == nil && (n < 0 || n > 65535) {
		return netip.AddrPort{}, fmt.Errorf("%s is no port: they go from 0 to 65535", port)
	}
	a, err := net.ResolveTCPAddr("tcp", text)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("there is no such address here")
	}
	ap := a.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), nil
}

// secretFrom is the secret of a file, or of SOCKPLAY_SECRET; "" for none. It is
// no flag: others could read it in the list of processes.
func secretFrom(file string) (string, error) {
	if file == "" {
		return os.Getenv("SOCKPLAY_SECRET"), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", &exit{failed, fmt.Sprintf("sockplay: the secret's file %s cannot be read: %s\n  try: a file with the secret on its first line", file, cause(err))}
	}
	secret, _, _ := strings.Cut(string(b), "\n")
	if secret = strings.TrimRight(secret, "\r"); secret == "" {
		return "", &exit{failed, fmt.Sprintf("sockplay: the secret's file %s is empty\n  try: a file with the secret on its first line", file)}
	}
	return secret, nil
}
