package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sockplay/cmd/sockplay/repl"
	"sockplay/cmd/sockplay/screen"
	"sockplay/cmd/sockplay/talk"
	"sockplay/sandbox/peer/chat"
	"sockplay/tracer/ink"
)

const (
	chatPort = "7000"
	// patience is how long an answer of a chat room is waited for.
	patience = 10 * time.Second
	// farewell is how long its last line is.
	farewell = 2 * time.Second
)

func newChat(o *options) *cobra.Command {
	name := ""
	cmd := &cobra.Command{
		Use:   "chat [ADDRESS]",
		Short: "talk in a chat room",
		Long: `Talk in a chat room: what you type all others see. /who tells who is here, /quit
or Ctrl-D leaves. Where standard input is no terminal, each of its lines is said,
and it ends with them or with the room. Without an address the room is this machine's.
The connection is the machine's own: nothing of it is traced.`,
		Example: "  sockplay chat\n  sockplay chat 192.168.1.7:7000 --name ann\n  echo hello | sockplay chat localhost --name bot",
		Args:    atMostOne("chat takes one address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.format == "json" {
				return &exit{usage, "sockplay: chat has no events, so there is no --format json\n  try: it without --format"}
			}
			return talkAt(cmd.Context(), o, withPort(append(args, "localhost")[0]), name)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "what you are called there: letters, digits, - and _")
	return cmd
}

// withPort is an address with the port of chat rooms, if it has none.
func withPort(addr string) string {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return net.JoinHostPort(strings.Trim(addr, "[]"), chatPort)
	}
	return addr
}

// chatter is a conversation, and where it is shown.
type chatter struct {
	*talk.Line
	look   screen.Options
	prompt *repl.Repl // nil where there is no terminal
	out    io.Writer
	err    io.Writer // for what is wrong, where there is no terminal
}

func talkAt(ctx context.Context, o *options, addr, name string) error {
	terminal := repl.Available()
	if name != "" {
		if wrong := chat.CheckName(name); wrong != "" {
			return &exit{usage, "sockplay: --name: " + wrong}
		}
	} else if !terminal {
		return &exit{usage, "sockplay: nobody can be asked for a name where standard input is no terminal\n  try: sockplay chat " + addr + " --name NAME"}
	}
	dialer := net.Dialer{Timeout: patience}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	switch {
	case ctx.Err() != nil:
		return interrupted(ctx, "chat")
	case err != nil:
		return &exit{failed, fmt.Sprintf("sockplay: no connection to %s: %s\n  try: another ADDRESS:PORT; somebody must have opened a room there", addr, talk.Explain(err))}
	}
	c := &chatter{look: o.look().Options, out: o.out, err: o.err}
	if terminal {
		ctx = context.WithoutCancel(ctx) // a signal is the prompt's to deal with
		o.ownSignals()
		return c.atPrompt(ctx, conn, addr, name)
	}
	return c.throughPipe(ctx, o, conn, addr, name)
}

// greet waits for the greeting.
func (c *chatter) greet(ctx context.Context, addr string) error {
	if c.Until(ctx, patience, (*talk.Session).Greeted) {
		return nil
	}
	if err := c.trouble(); err != nil {
		return err
	}
	return &exit{failed, fmt.Sprintf("sockplay: %s is connected, and says nothing: it is no chat room, or a very busy one\n  try: another ADDRESS:PORT", addr)}
}

// trouble is why the conversation has ended, nil if nothing is wrong.
func (c *chatter) trouble() (err error) {
	c.Look(func(s *talk.Session) {
		if _, trouble := s.Over(); trouble != "" {
			err = &exit{failed, "sockplay: " + c.look.Pen().Clean(trouble)}
		}
	})
	return err
}

// join comes in under the name. The error of a name that is not to be had is nil.
func (c *chatter) join(ctx context.Context, name string) (in bool, err error) {
	if wrong := c.Join(name); wrong != "" {
		c.show(talk.Shown{{Tone: ink.Loss, Text: wrong}})
		return false, nil
	}
	if !c.Until(ctx, patience, func(s *talk.Session) bool { return !s.Waits() }) {
		if err := c.trouble(); err != nil {
			return false, err
		}
		return false, &exit{failed, "sockplay: the room does not answer\n  try: again later"}
	}
	c.Look(func(s *talk.Session) { in = s.Name() != "" })
	return in, nil
}

// show shows a line, broken where the terminal ends.
func (c *chatter) show(s talk.Shown) {
	pen := c.look.Pen()
	if c.prompt == nil {
		var b strings.Builder
		for _, span := range s {
			b.WriteString(pen.Write(span.Tone, pen.Clean(span.Text)))
		}
		out := c.out
		if s[0].Tone == ink.Loss {
			out = c.err
		}
		fmt.Fprintln(out, b.String())
		return
	}
	head := ""
	if len(s) > 1 {
		head = pen.Clean(s[0].Text)
	}
	rest := s[len(s)-1]
	width := max(c.look.Columns()-1, 10)
	var b strings.Builder
	b.WriteString(pen.Write(s[0].Tone, head))
	for i, line := range wrapped(pen, rest.Text, width-ink.Width(head), width-2) {
		if i > 0 {
			b.WriteString("  ")
		}
		b.WriteString(pen.Write(rest.Tone, line) + "\n")
	}
	io.WriteString(c.out, b.String())
}

// wrapped breaks a text into lines.
func wrapped(pen ink.Pen, text string, first, rest int) []string {
	lines := pen.Fill(text, first, rest)
	if len(lines) == 0 {
		lines = []string{""}
	}
	return lines
}

var errLeft = errors.New("left")

// atPrompt talks at a terminal.
func (c *chatter) atPrompt(ctx context.Context, conn net.Conn, addr, name string) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	prefix := ""
	c.prompt, err = repl.New(repl.Config{
		Prompt: func() string { return prefix },
		Execute: func(ctx context.Context, line string) bool {
			if prefix != asking {
				c.Typed(line)
				return talk.Quits(line)
			}
			if strings.TrimSpace(line) == "" {
				c.show(talk.Shown{{Tone: ink.Calm, Text: "A name is what the others call you: letters, digits, - and _. Ctrl-D leaves."}})
				return false
			}
			in, joinErr := c.join(ctx, strings.TrimSpace(line))
			if err = joinErr; in {
				prefix = strings.TrimSpace(line) + "> "
			}
			return err != nil
		},
		Interrupt: func() { cancel(errLeft) },
		ASCII:     !c.look.UTF8 || c.look.Styles.ASCII,
		Plain:     c.look.Styles.Plain,
	})
	if err != nil {
		conn.Close()
		return err
	}
	c.out = c.prompt.Out()
	c.Line = talk.Open(conn, c.show)
	defer c.Close()
	if err := c.greet(ctx, addr); err != nil {
		return err
	}
	prefix = asking
	if name != "" {
		in, err := c.join(ctx, name)
		switch {
		case err != nil:
			return err
		case in:
			prefix = name + "> "
		}
	}
	joined := make(chan struct{})
	go func() { // joined below
		defer close(joined)
		select {
		case <-c.Done():
			cancel(errLeft)
		case <-ctx.Done():
		}
	}()
	runErr := c.prompt.Run(ctx)
	cancel(nil)
	<-joined
	if err != nil {
		return err
	}
	c.leave()
	var s repl.SignalError
	switch {
	case errors.As(runErr, &s):
		return &exit{status: s.ExitCode()}
	case runErr != nil && !errors.Is(runErr, errLeft) && !errors.Is(runErr, context.Canceled):
		return runErr
	}
	return c.trouble()
}

// asking is the prompt for a name.
const asking = "your name: "

// leave says good-bye, unless that has been done, and hears the last line.
func (c *chatter) leave() {
	c.Quit()
	c.Until(context.Background(), farewell, func(s *talk.Session) bool { over, _ := s.Over(); return over })
}

// throughPipe says each line of standard input.
func (c *chatter) throughPipe(ctx context.Context, o *options, conn net.Conn, addr, name string) error {
	c.Line = talk.Open(conn, c.show)
	defer c.Close()
	if err := c.greet(ctx, addr); err != nil {
		return err
	}
	if in, err := c.join(ctx, name); err != nil || !in {
		if err == nil {
			err = &exit{status: failed, message: "sockplay: the room does not let you in as " + name + "\n  try: another --name"}
		}
		return err
	}
	ended := make(chan error, 1)
	go func() { // joined by its end, or by the program's, if the input never ends
		ended <- c.sayAll(o.in)
	}()
	var readErr error
	select {
	case readErr = <-ended:
		c.Quit()
	case <-c.Done():
	case <-ctx.Done():
		c.leave()
		return interrupted(ctx, "chat")
	}
	select { // all that was said is answered first
	case <-c.Done():
	case <-ctx.Done():
		return interrupted(ctx, "chat")
	}
	if err := c.trouble(); err != nil {
		return err
	}
	unsaid := 0
	c.Look(func(s *talk.Session) { unsaid = s.Unsaid() })
	switch {
	case readErr != nil:
		return &exit{failed, "sockplay: standard input could not be read to its end: " + cause(readErr)}
	case unsaid > 0:
		return &exit{failed, fmt.Sprintf("sockplay: %d of the lines could not be said", unsaid)}
	}
	return nil
}

// sayAll says each line of in.
func (c *chatter) sayAll(in *os.File) error {
	r := bufio.NewReader(in)
	for {
		line, err := r.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			c.Typed(line)
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}
