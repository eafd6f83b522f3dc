package command

import (
	"context"
	"strconv"
	"strings"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/syntax"
)

// outcome is the answer of a socket call.
func outcome(o sandbox.Outcome) (Answer, error) { return Answer{Outcome: &o}, nil }

func runSocket(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	kind := a.kindOfSocket()
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Socket(ctx, kind))
}

func runSocketpair(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	kind := a.kindOfSocket() // the stack itself refuses others than unix
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Socketpair(ctx, kind))
}

func (a *args) kindOfSocket() sandbox.Kind {
	return sandbox.Kind(a.oneOf("kind of socket", "tcp", "udp", "tcp6", "udp6", "unix", "unixgram"))
}

func runBind(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd := a.fd()
	addr := a.addr(p.Kind(fd))
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Bind(ctx, fd, addr))
}

func runListen(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd, backlog := a.fd(), 128
	if a.more() {
		backlog = a.number("backlog", -1<<31, 1<<31-1)
	}
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Listen(ctx, fd, backlog))
}

// onFD makes a command of a call whose only argument is a descriptor.
func onFD(call func(*sandbox.Process, context.Context, int) sandbox.Outcome) func(context.Context, *Session, *sandbox.Process, *args) (Answer, error) {
	return func(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
		fd := a.fd()
		if a.end(); a.err != nil {
			return Answer{}, a.err
		}
		return outcome(call(p, ctx, fd))
	}
}

func runConnect(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd := a.fd()
	addr := a.addr(p.Kind(fd))
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Connect(ctx, fd, addr))
}

func runWrite(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd, data := a.fd(), a.data()
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Write(ctx, fd, data))
}

func runSend(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd, data, flags := a.fd(), a.data(), a.flags()
	if a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Send(ctx, fd, data, flags))
}

func runSendto(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd := a.fd()
	to, data := a.addr(p.Kind(fd)), a.data()
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Sendto(ctx, fd, to, data))
}

func runRead(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd, n := a.fd(), a.count()
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Read(ctx, fd, n))
}

func runRecv(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd, n, flags := a.fd(), a.count(), a.flags()
	if a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Recv(ctx, fd, n, flags))
}

func runRecvfrom(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd, n := a.fd(), a.count()
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Recvfrom(ctx, fd, n))
}

// count reads how many octets to read: 100 or 64k.
func (a *args) count() int {
	w := a.next("number of bytes")
	if a.err != nil {
		return 0
	}
	n, ok := size(w.text)
	if !ok || w.quoted {
		a.fail("a number from 0 to 1 GiB, such as 100 or 64k", "%s: %s is no number of bytes", a.cmd.Name, clip(w.text))
	}
	return n
}

func runShutdown(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd, how := a.fd(), a.oneOf("direction", "rd", "wr", "rdwr")
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Shutdown(ctx, fd, sandbox.How(how)))
}

func runGetsockopt(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd, o := a.fd(), a.option()
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Getsockopt(ctx, fd, o))
}

func runSetsockopt(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd, o, w := a.fd(), a.option(), a.next("value")
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	v, ok := o.ParseValue(w.text)
	if !ok {
		return Answer{}, wrong(valueForms[o.Unit], "setsockopt: %s is no value of %s", clip(w.text), o.Name)
	}
	return outcome(p.Setsockopt(ctx, fd, o, v))
}

func runFcntl(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	fd := a.fd()
	a.oneOf("flag", "nonblock")
	on := a.oneOf("value", "on", "off")
	if a.end(); a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Fcntl(ctx, fd, on == "on"))
}

func runPoll(ctx context.Context, _ *Session, p *sandbox.Process, a *args) (Answer, error) {
	var fds []sandbox.PollFD
	var words []string
	timeout := time.Duration(-1)
	for a.more() {
		w := a.next("descriptor")
		words = append(words, w.text)
		isFD := strings.Contains(w.text, ":")
		if !isFD && len(a.words) == 0 && len(fds) > 0 {
			var ok bool
			if timeout, ok = pollTimeout(w.text); !ok {
				a.fail("a time such as 500ms or, as in C, milliseconds; -1 is none", "poll: %s is no timeout", clip(w.text))
			}
			break
		}
		q, wrong, right := syntax.Polled(w.text)
		if wrong != "" {
			a.fail(right, "poll: %s", wrong)
			break
		}
		fds = append(fds, q)
	}
	if len(fds) == 0 {
		a.fail(a.usage(), "poll: no descriptor to look at")
	}
	if a.err != nil {
		return Answer{}, a.err
	}
	return outcome(p.Poll(ctx, fds, timeout, words...))
}

func pollTimeout(s string) (time.Duration, bool) {
	if n, err := strconv.ParseInt(s, 10, 32); err == nil {
		return time.Duration(n) * time.Millisecond, true
	}
	d, err := time.ParseDuration(s)
	return d, err == nil
}
