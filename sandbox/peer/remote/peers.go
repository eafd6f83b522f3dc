package remote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// DefaultAddr is where the server is if nobody says otherwise.
const DefaultAddr = "127.0.0.1:7002"

// DefaultSecret is a sandbox's, where it protects nothing.
const DefaultSecret = "sesame"

// What the programs do, call by call.
const (
	serverCalls = `  socket tcp; setsockopt SO_REUSEADDR; bind; listen; fcntl nonblock
  again and again:
    poll the listener for in, and each client for in; for out too where
         something is left to be written; no longer than until the next
         limit of time is over
    accept who has called; fcntl nonblock; setsockopt TCP_NODELAY,
         so that an answer does not wait for an ACK; write
         the greeting, with a nonce of chance
    read what a client has sent: a proof, or a command with its number and
         its MAC; check both, and the list
    write what the command has printed, and how it has ended
    who is refused: write why, close
`
	clientCalls = `  socket tcp; connect
  read the greeting; write the proof; read the server's proof
  write the command, with its number and its MAC
  read what it prints, and how it has ended, and check each MAC
  close
`
)

// Ready are the server and the client, for a sandbox. There the commands are
// the built-in ones: a sandbox reaches nothing outside.
var Ready = []peer.Peer{
	{
		Name: "remote", Args: "[SECRET] [--insecure]", Addr: peer.At(DefaultAddr),
		Summary: "remote control: runs commands of a short list",
		Source:  serverCalls,
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			args, insecure := without(args, "--insecure")
			if len(args) > 1 {
				return nil, fmt.Errorf("%q is one word too many", args[1])
			}
			return Serve(Config{Addr: addr, Secret: append(args, DefaultSecret)[0], Insecure: insecure}), nil
		},
	},
	{
		Name: "control", Args: "[--secret WORD] [--insecure] [--stay TIME] COMMAND [ARGUMENT...]", Addr: peer.At(DefaultAddr),
		Summary: "the client of remote: has one command run",
		Source:  clientCalls,
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			c := Client{Addr: addr, Secret: DefaultSecret}
			stay := time.Duration(-1)
			for len(args) > 0 && len(args[0]) > 0 && args[0][0] == '-' {
				switch {
				case args[0] == "--insecure":
					c.Insecure = true
				case args[0] == "--secret" && len(args) > 1:
					c.Secret, args = args[1], args[1:]
				case args[0] == "--stay" && len(args) > 1:
					d, err := time.ParseDuration(args[1])
					if err != nil || d < 0 {
						return nil, fmt.Errorf("%q is no time such as 10s", args[1])
					}
					stay, args = d, args[1:]
				default:
					return nil, fmt.Errorf("%q is no option", args[0])
				}
				args = args[1:]
			}
			if len(args) == 0 {
				return nil, errors.New("the command is missing")
			}
			return func(ctx context.Context, sys peer.System) { control(ctx, sys, c, args, stay) }, nil
		},
	},
}

func without(args []string, option string) (rest []string, had bool) {
	rest = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == option })
	return rest, len(rest) < len(args)
}

// control has one command run, and prints what came of it. Unless stay is
// negative it has the same command run once more after that time, in which
// somebody may try to take the connection over.
func control(ctx context.Context, sys peer.System, c Client, argv []string, stay time.Duration) {
	runs := 0
	c.Next = func() []string {
		switch runs++; {
		case runs == 1:
			return argv
		case runs == 2 && stay >= 0:
			sys.Sleep(ctx, stay)
			return argv
		}
		return nil
	}
	c.Show = func(_ string, data []byte) { sys.Print(string(data)) }
	c.Ended = func(status int, why string) {
		text := fmt.Sprintf("exit status %d", status)
		if why != "" {
			text += ": " + why
		}
		sys.Print(text + "\n")
	}
	if err := c.Do(ctx, sys); err != nil {
		sys.Print(err.Error() + "\n")
	}
}
