package script

import (
	"context"
	"strings"

	"sockplay/sandbox"
	"sockplay/sandbox/syntax"
)

// call makes one call of a process.
type call func(ctx context.Context, p *process) sandbox.Outcome

// calls are those that a script may make. They are written as at the prompt.
var calls []struct {
	name, usage string
	parse       func(t *taker) call
}

func init() { // usage looks into the table, and the table's functions ask for it
	type row = struct {
		name, usage string
		parse       func(t *taker) call
	}
	calls = []row{
		{"socket", "tcp|udp|tcp6|udp6|unix|unixgram", func(t *taker) call {
			kind := sandbox.Kind(t.word("kind of socket", "tcp", "udp", "tcp6", "udp6", "unix", "unixgram"))
			return func(ctx context.Context, p *process) sandbox.Outcome { return p.sys.Socket(ctx, p.family(kind)) }
		}},
		{"bind", "FD ADDRESS", func(t *taker) call {
			fd, addr := t.fd(), t.address()
			return func(ctx context.Context, p *process) sandbox.Outcome {
				return p.sys.Bind(ctx, p.fd(fd), p.address(addr))
			}
		}},
		{"listen", "FD [BACKLOG]", func(t *taker) call {
			fd, backlog := t.fd(), 128
			if t.more() {
				backlog = t.number("backlog", 0, 1<<30)
			}
			return func(ctx context.Context, p *process) sandbox.Outcome { return p.sys.Listen(ctx, p.fd(fd), backlog) }
		}},
		{"accept", "FD", func(t *taker) call {
			fd := t.fd()
			return func(ctx context.Context, p *process) sandbox.Outcome { return p.sys.Accept(ctx, p.fd(fd)) }
		}},
		{"connect", "FD ADDRESS", func(t *taker) call {
			fd, addr := t.fd(), t.address()
			return func(ctx context.Context, p *process) sandbox.Outcome {
				return p.sys.Connect(ctx, p.fd(fd), p.address(addr))
			}
		}},
		{"read", "FD N", func(t *taker) call {
			fd, n := t.fd(), t.size()
			return func(ctx context.Context, p *process) sandbox.Outcome { return p.sys.Read(ctx, p.fd(fd), n) }
		}},
		{"write", "FD DATA...", func(t *taker) call {
			fd, data := t.fd(), t.data()
			return func(ctx context.Context, p *process) sandbox.Outcome {
				return p.sys.Write(ctx, p.fd(fd), p.octets(data))
			}
		}},
		{"recvfrom", "FD N", func(t *taker) call {
			fd, n := t.fd(), t.size()
			return func(ctx context.Context, p *process) sandbox.Outcome { return p.sys.Recvfrom(ctx, p.fd(fd), n) }
		}},
		{"sendto", "FD ADDRESS DATA...", func(t *taker) call {
			fd, addr, data := t.fd(), t.address(), t.data()
			return func(ctx context.Context, p *process) sandbox.Outcome {
				return p.sys.Sendto(ctx, p.fd(fd), p.address(addr), p.octets(data))
			}
		}},
		{"shutdown", "FD rd|wr|rdwr", func(t *taker) call {
			fd, how := t.fd(), sandbox.How(t.word("direction", "rd", "wr", "rdwr"))
			return func(ctx context.Context, p *process) sandbox.Outcome { return p.sys.Shutdown(ctx, p.fd(fd), how) }
		}},
		{"close", "FD", func(t *taker) call {
			fd := t.fd()
			return func(ctx context.Context, p *process) sandbox.Outcome { return p.sys.Close(ctx, p.fd(fd)) }
		}},
		{"setsockopt", "FD OPTION VALUE", func(t *taker) call {
			fd := t.fd()
			option, value := t.option()
			return func(ctx context.Context, p *process) sandbox.Outcome {
				return p.sys.Setsockopt(ctx, p.fd(fd), option, value)
			}
		}},
		{"fcntl", "FD nonblock on|off", func(t *taker) call {
			fd := t.fd()
			t.word("flag", "nonblock")
			on := t.word("value", "on", "off") == "on"
			return func(ctx context.Context, p *process) sandbox.Outcome { return p.sys.Fcntl(ctx, p.fd(fd), on) }
		}},
		{"poll", "FD:EVENT[,EVENT]... [TIMEOUT]", func(t *taker) call {
			fds, timeout, args := t.polled()
			return func(ctx context.Context, p *process) sandbox.Outcome { return p.sys.Poll(ctx, fds, timeout, args...) }
		}},
	}
}

// call takes a call that the word begins.
func (t *taker) call(first syntax.Word) call {
	if t.err != nil {
		return nil
	}
	names := append([]string(nil), words...)
	for _, c := range calls {
		if c.name == first.Text && !first.Quoted {
			t.what = c.name
			return c.parse(t)
		}
		names = append(names, c.name)
	}
	right := "the calls are " + strings.Join(names[len(words):], ", ") + "; the other words " + strings.Join(words, ", ")
	if near := syntax.Nearest(first.Text, names); near != "" {
		right = "did you mean " + near + "?"
	}
	t.err = syntax.Wrong(right, "a script has no %s", syntax.Clip(first.Text))
	return nil
}
