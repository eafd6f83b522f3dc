package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// DefaultAddr is where the server is if nobody says otherwise.
const DefaultAddr = "127.0.0.1:7002"

// more is where to read on.
const more = "demo hijack; docs/protocols.md"

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

var (
	secretOption   = peer.Option{Name: "--secret", Value: "WORD", What: "what both sides know; " + DefaultSecret + " if left out"}
	serverOptions  = []peer.Option{secretOption, {Name: "--insecure", What: "the secret in clear, and no message signed: to look at"}}
	controlOptions = []peer.Option{
		secretOption,
		{Name: "--insecure", What: "send the secret in clear, if the server wants it so"},
		{Name: "--stay", Value: "TIME", What: "run the command again after so long, such as 10s"},
	}
)

// Ready are the server and the client, for a sandbox. There the commands are
// the built-in ones: a sandbox reaches nothing outside.
var Ready = []peer.Peer{
	{
		Name: "remote", Options: serverOptions, Addr: peer.At(DefaultAddr),
		Summary: "remote control: runs commands of a short list",
		Source:  serverCalls, More: more,
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			given, args, err := peer.Options(serverOptions, args)
			if err != nil {
				return nil, err
			}
			if len(args) > 0 {
				return nil, fmt.Errorf("%q is one word too many; a secret stands behind --secret", args[0])
			}
			_, insecure := given["--insecure"]
			secret, err := secretOf(given)
			return Serve(Config{Addr: addr, Secret: secret, Insecure: insecure}), err
		},
	},
	{
		Name: "control", Options: controlOptions, Addr: peer.At(DefaultAddr), Calls: true,
		Args: "COMMAND [ARGUMENT...]", Means: "COMMAND is one of the server's list, such as date",
		Summary: "the client of remote: has one command run",
		Source:  clientCalls, More: more,
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			given, argv, err := peer.Options(controlOptions, args)
			if err != nil {
				return nil, err
			}
			secret, err := secretOf(given)
			if err != nil {
				return nil, err
			}
			if len(argv) == 0 {
				return nil, errors.New("the command is missing")
			}
			stay := time.Duration(-1)
			if text, ok := given["--stay"]; ok {
				if stay, err = time.ParseDuration(text); err != nil || stay < 0 {
					return nil, fmt.Errorf("%q behind --stay is no time such as 10s", text)
				}
			}
			_, insecure := given["--insecure"]
			c := Client{Addr: addr, Secret: secret, Insecure: insecure}
			return func(ctx context.Context, sys peer.System) { control(ctx, sys, c, argv, stay) }, nil
		},
	},
}

// advice is what to try when a session has failed, here.
func advice(err error) string {
	switch e := err.(type) {
	case *Failure:
		return "; try: " + e.Try
	case *Refusal:
		if e.Code == "secret" {
			return "; try: --secret WORD, with the word that the server was started with"
		}
	}
	return ""
}

// secretOf is the secret of a line.
func secretOf(given map[string]string) (string, error) {
	secret, ok := given["--secret"]
	switch {
	case !ok:
		return DefaultSecret, nil
	case secret == "" || strings.ContainsAny(secret, "\r\n"):
		return "", errors.New("a secret is one line, and not empty")
	}
	return secret, nil
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
		sys.Print(err.Error() + advice(err) + "\n")
	}
}
