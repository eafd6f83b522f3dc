package sandbox

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"sockplay/tracer"
)

// Getsockname is getsockname(2).
func (p *Process) Getsockname(ctx context.Context, fd int) Outcome {
	return p.begin(ctx, p.onFile("getsockname", fd, func(f *file) (tracer.Result, error) {
		a, err := f.sock.Getsockname()
		return tracer.Result{Addr: a.String()}, err
	}))
}

// Getpeername is getpeername(2).
func (p *Process) Getpeername(ctx context.Context, fd int) Outcome {
	return p.begin(ctx, p.onFile("getpeername", fd, func(f *file) (tracer.Result, error) {
		a, err := f.sock.Getpeername()
		if err != nil {
			a = Addr{}
		}
		return tracer.Result{Addr: a.String()}, err
	}))
}

// Getsockopt is getsockopt(2).
func (p *Process) Getsockopt(ctx context.Context, fd int, o OptionInfo) Outcome {
	c := p.onFile("getsockopt", fd, func(f *file) (tracer.Result, error) {
		if o.Name == SO_ERROR {
			errno, err := f.sock.TakeError()
			if errno == "" {
				return tracer.Result{OptVal: "0"}, err
			}
			return tracer.Result{OptVal: string(errno)}, err
		}
		v, err := f.sock.Getsockopt(o.Name)
		if err != nil {
			return tracer.Result{}, err
		}
		return tracer.Result{OptVal: o.FormatValue(v)}, nil
	})
	c.opt = o
	return p.begin(ctx, c, string(o.Name))
}

// Setsockopt is setsockopt(2).
func (p *Process) Setsockopt(ctx context.Context, fd int, o OptionInfo, value int) Outcome {
	c := p.onFile("setsockopt", fd, func(f *file) (tracer.Result, error) {
		if err := f.sock.Setsockopt(o.Name, value); err != nil {
			return tracer.Result{}, err
		}
		switch o.Name { // what the sandbox does on the stack's behalf
		case SO_RCVTIMEO:
			f.rcvtimeo = time.Duration(value) * time.Millisecond
		case SO_SNDTIMEO:
			f.sndtimeo = time.Duration(value) * time.Millisecond
		case SO_LINGER:
			f.linger = value
			p.sandbox.track.SetLinger(f.end, value == 0)
		case IPV6_V6ONLY:
			p.sandbox.track.SetV6Only(f.end, value != 0)
		}
		return result(0), nil
	})
	c.now, c.opt, c.asked = true, o, value
	return p.begin(ctx, c, string(o.Name), o.FormatValue(value))
}

// Fcntl is fcntl(2) with F_SETFL and O_NONBLOCK.
func (p *Process) Fcntl(ctx context.Context, fd int, nonblock bool) Outcome {
	word := map[bool]string{true: "on", false: "off"}[nonblock]
	return p.begin(ctx, p.onFile("fcntl", fd, func(f *file) (tracer.Result, error) {
		f.nonblock = nonblock
		return result(0), nil
	}), "nonblock", word)
}

// PollFD is one descriptor of a poll and the events that it is polled for.
type PollFD struct {
	FD           int
	In, Pri, Out bool
}

// Poll is poll(2). A negative timeout is none. Hup and err are told whether
// they are asked for or not.
func (p *Process) Poll(ctx context.Context, fds []PollFD, timeout time.Duration, args ...string) Outcome {
	c := &call{name: "poll", wait: "nothing has happened on any of them yet", hint: "interrupt it with Ctrl-C, or make something happen"}
	if len(fds) == 0 {
		c.wait = "it looks at no descriptor: only time or a signal ends it"
	}
	c.try = func() (tracer.Result, error) {
		r := tracer.Result{}
		for _, q := range fds {
			if words := p.revents(q); words != "" {
				r.Revents = append(r.Revents, strconv.Itoa(q.FD)+":"+words)
				r.Value++
			}
		}
		if r.Value == 0 && timeout != 0 {
			return r, EAGAIN
		}
		return r, nil
	}
	c.quiet = !slices.ContainsFunc(fds, func(q PollFD) bool { return q.Out || q.Pri || !p.sandbox.waits.noticed(p.files[q.FD]) })
	if timeout > 0 {
		c.deadline = p.sandbox.stack.Now() + timeout
	}
	if len(args) == 0 {
		args = PollArgs(fds, timeout)
	}
	return p.begin(ctx, c, args...)
}

// PollArgs shows what is polled, as it is typed; of a great many the first ones.
func PollArgs(fds []PollFD, timeout time.Duration) (args []string) {
	const shown = 8
	for i, q := range fds {
		if i == shown {
			args = append(args, "... "+strconv.Itoa(len(fds)-i)+" more")
			break
		}
		args = append(args, q.String())
	}
	if timeout >= 0 {
		args = append(args, timeout.String())
	}
	return args
}

// String is how it is typed: 3:in,out.
func (q PollFD) String() string {
	return strconv.Itoa(q.FD) + ":" + events(q.In, "in", q.Pri, "pri", q.Out, "out")
}

// events lists the names of those that are on.
func events(pairs ...any) string {
	var words []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i].(bool) {
			words = append(words, pairs[i+1].(string))
		}
	}
	return strings.Join(words, ",")
}

// Revent is what a poll returned of one descriptor.
type Revent struct {
	FD int
	Ready
}

// Revents lists the descriptors on which something has happened, of a poll.
func (o Outcome) Revents() (list []Revent) {
	for _, text := range o.Result.Revents {
		number, words, _ := strings.Cut(text, ":")
		var r Revent
		r.FD, _ = strconv.Atoi(number)
		for w := range strings.SplitSeq(words, ",") {
			switch w {
			case "in":
				r.In = true
			case "pri":
				r.Pri = true
			case "out":
				r.Out = true
			case "hup":
				r.Hup = true
			default: // also nval: there is no such descriptor
				r.Err = true
			}
		}
		list = append(list, r)
	}
	return list
}

func (p *Process) revents(q PollFD) string {
	f := p.files[q.FD]
	if f == nil {
		return "nval" // POLLNVAL
	}
	return q.Events(f.sock.Poll())
}

// Events are those of r that it is polled for, as poll returns them; "" for
// none.
func (q PollFD) Events(r Ready) string {
	return events(r.In && q.In, "in", r.Pri && q.Pri, "pri", r.Out && q.Out, "out", r.Hup, "hup", r.Err, "err")
}
