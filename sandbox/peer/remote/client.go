package remote

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// Client is what a client wants.
type Client struct {
	Addr     sandbox.Addr
	Secret   string
	Insecure bool // the secret may be sent in clear
	// Next is the next command; none ends the session.
	Next func() []string
	// Show is told what a command prints, "stdout" or "stderr", and Ended how it
	// ended: its status and, unless it ended by itself, why.
	Show  func(stream string, data []byte)
	Ended func(status int, why string)
}

// Failure is why a client's session has failed: what, and what to try.
type Failure struct{ What, Try string }

// Error says what has failed.
func (f *Failure) Error() string { return f.What }

// Do is a client's session. The error is a *Failure or, where the server has
// said no, a *Refusal; a command that is refused is one that has Ended with 126.
func (c *Client) Do(ctx context.Context, sys peer.System) error {
	fd := sys.Socket(ctx, peer.Stream(c.Addr)).Result.Value
	defer sys.Close(ctx, fd)
	if o := sys.Connect(ctx, fd, c.Addr); o.Result.Value < 0 {
		start := "sockplay serve remote"
		if _, sandboxed := sys.(*sandbox.Process); sandboxed {
			start = "peer remote"
		}
		return &Failure{fmt.Sprintf("connect to %s: %s", c.Addr, o.Result.Errno), "start the server first: " + start}
	}
	l := &link{sys: sys, fd: fd}
	if err := c.hello(ctx, l); err != nil {
		return err
	}
	for argv := c.Next(); len(argv) > 0; argv = c.Next() {
		if err := c.run(ctx, l, argv); err != nil {
			return err
		}
	}
	return nil
}

// hello shows each side that the other knows the secret.
func (c *Client) hello(ctx context.Context, l *link) error {
	if l.sys.Poll(ctx, []sandbox.PollFD{{FD: l.fd, In: true}}, patience).Result.Value == 0 {
		return &Failure{fmt.Sprintf("%s is connected, and says nothing", c.Addr), "again later, if it is remote control that is so busy; is it another server's port?"}
	}
	m, err := l.receive(ctx)
	if err != nil {
		return err
	}
	switch kind, nonce, _ := strings.Cut(strings.TrimPrefix(m.line, Magic+" "), " "); {
	case !strings.HasPrefix(m.line, Magic+" "):
		return &Failure{fmt.Sprintf("%s does not greet as remote control does", c.Addr), "is it another server's port?"}
	case kind == "insecure" && !c.Insecure:
		return &Failure{"the server wants the secret in clear: it was not sent", "--insecure, if you mean it"}
	case kind == "insecure":
		if err := l.send(ctx, Magic+" SECRET "+c.Secret); err != nil {
			return err
		}
		_, err := l.expect(ctx, "WELCOME")
		return err
	case kind != "hmac-sha256":
		return &Failure{fmt.Sprintf("the server wants %q, which this client does not know", kind), "another version of it"}
	default:
		return c.prove(ctx, l, nonce)
	}
}

func (c *Client) prove(ctx context.Context, l *link, nonce string) error {
	random := make([]byte, nonceSize)
	l.sys.Random(random)
	own := hex.EncodeToString(random)
	keys := NewKeys(c.Secret, nonce, own)
	if err := l.send(ctx, Magic+" PROVE "+own+" "+keys.ClientProof); err != nil {
		return err
	}
	m, err := l.expect(ctx, "WELCOME")
	if err != nil {
		return err
	}
	if !Same(m.rest, keys.ServerProof) {
		return &Failure{"the server's proof is wrong: it does not know the secret", "it may be somebody else who answers in its place: do not go on"}
	}
	l.sent.key, l.taken.key = keys.client, keys.server
	return nil
}

// run has one command run.
func (c *Client) run(ctx context.Context, l *link, argv []string) error {
	if err := l.send(ctx, "RUN "+encode(argv)); err != nil {
		return err
	}
	for {
		m, err := l.receive(ctx)
		if err != nil {
			return err
		}
		switch m.verb {
		case "OUT":
			c.Show("stdout", m.payload)
		case "ERR":
			c.Show("stderr", m.payload)
		case "EXIT":
			number, why, _ := strings.Cut(m.rest, " ")
			status, err := strconv.Atoi(number)
			if err != nil || status < 0 || status > 255 {
				return l.confused(m)
			}
			c.Ended(status, why)
			return nil
		case "NO":
			code, why, _ := strings.Cut(m.rest, " ")
			if code != "command" && code != "argument" {
				return refuse(code, why)
			}
			c.Ended(126, why)
			return nil
		default:
			return l.confused(m)
		}
	}
}

// patience is how long the greeting is waited for.
const patience = 10 * time.Second

// link is the client's end of the connection.
type link struct {
	sys  peer.System
	fd   int
	sent Seal
	inbox
}

func (l *link) send(ctx context.Context, line string) error {
	if o := l.sys.Write(ctx, l.fd, l.sent.message(line, nil)); o.Result.Value < 0 {
		return l.broken(o.Result.Errno)
	}
	return nil
}

func (l *link) broken(errno string) error {
	if errno == "" {
		errno = "end of stream"
	}
	return &Failure{"the server has ended the connection (" + errno + ")", "start again"}
}

func (l *link) confused(m message) error {
	return &Failure{fmt.Sprintf("the server said %q where this makes no sense", clip(m.line)), "is it another server's port?"}
}

// receive waits for a message.
func (l *link) receive(ctx context.Context) (message, error) {
	for {
		m, ok, err := l.next()
		if ok || err != nil {
			return m, err
		}
		o := l.sys.Read(ctx, l.fd, MaxPiece)
		if o.Result.Value <= 0 {
			return message{}, l.broken(o.Result.Errno)
		}
		l.in = append(l.in, o.Result.Data...)
	}
}

// expect waits for a message of that verb.
func (l *link) expect(ctx context.Context, verb string) (message, error) {
	m, err := l.receive(ctx)
	switch {
	case err != nil:
		return m, err
	case m.verb == "NO":
		code, why, _ := strings.Cut(m.rest, " ")
		return m, refuse(code, why)
	case m.verb != verb:
		return m, l.confused(m)
	}
	return m, nil
}

// message is what the server has sent.
type message struct {
	line, verb, rest string
	payload          []byte
}

// inbox takes messages out of what has come: pure.
type inbox struct {
	in    []byte
	taken Seal
}

// next is the next message, if it is whole.
func (b *inbox) next() (m message, ok bool, err error) {
	i := bytes.IndexByte(b.in, '\n')
	if i >= MaxLine || i < 0 && len(b.in) >= MaxLine {
		return m, false, &Failure{"the server sends a line that does not end", "is it another server's port?"}
	}
	if i < 0 {
		return m, false, nil
	}
	text := string(b.in[:i])
	if b.taken.key == nil {
		text = strings.TrimSuffix(text, "\r")
	}
	count, sum, line, err := b.taken.split(text)
	if err != nil {
		return m, false, err
	}
	m.line = line
	m.verb, m.rest, _ = strings.Cut(line, " ")
	rest := b.in[i+1:]
	if m.verb == "OUT" || m.verb == "ERR" {
		n, err := strconv.Atoi(m.rest)
		if err != nil || n < 0 || n > MaxPiece {
			return m, false, &Failure{fmt.Sprintf("the server announces output of %q octets; %d is the most", clip(m.rest), MaxPiece), "is it another server's port?"}
		}
		if len(rest) < n {
			return m, false, nil
		}
		m.payload, rest = rest[:n:n], rest[n:]
	}
	if err := b.taken.check(count, sum, line, m.payload); err != nil {
		return m, false, err
	}
	b.in = rest
	return m, true, nil
}
