package script

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"sockplay/sandbox"
)

// Fork starts a process that has the parent's descriptors and runs child: see
// fork(2). It is called PARENT-name, or without a name PARENT-1, or the lowest
// number that is free. It returns false if there can be none.
type Fork func(ctx context.Context, parent System, name string, child func(ctx context.Context, sys System)) bool

// process is one that runs a script.
type process struct {
	sys  System
	fork Fork // nil: the system cannot

	// What the variables of the script stand for.
	last      int // $fd
	data      []byte
	from      sandbox.Addr
	addr      sandbox.Addr
	result    sandbox.Outcome // of the last call
	idle      int             // statements since the last call
	open      []int           // its descriptors, where the system cannot fork
	inherited []int           // those of them that the parent has too
}

// maxIdle bounds how many lines may be run without a call: a loop that makes
// none would never be over.
const maxIdle = 10_000

// what comes after a statement.
type after int

const (
	goOn after = iota
	left       // the repeat is left
	over       // the process ends
)

// Run runs the script as a process of the system, which is at addr. It returns
// when the script is over: its end is reached, or a call has failed. Where fork
// is nil, children run in their parent's place, one after the other, and those
// that have names not at all.
func (s *Script) Run(ctx context.Context, sys System, addr sandbox.Addr, fork Fork) {
	p := &process{sys: sys, fork: fork, addr: addr}
	p.run(ctx, s.body)
}

func (p *process) run(ctx context.Context, body []statement) after {
	for i := range body {
		if next := p.step(ctx, body, i); next != goOn {
			return next
		}
	}
	return goOn
}

// step runs one statement of a body.
func (p *process) step(ctx context.Context, body []statement, i int) after {
	s := &body[i]
	if ctx.Err() != nil {
		return over
	}
	if p.idle++; p.idle > maxIdle {
		p.sys.Print(fmt.Sprintf("line %d: %d lines without any call: the script would never wait, and is ended here; a call, sleep or pause inside the repeat lets it\n", s.line, maxIdle))
		return over
	}
	switch s.do {
	case repeat:
		for n := 0; s.times == 0 || n < s.times; n++ {
			switch p.run(ctx, s.body) {
			case left:
				return goOn
			case over:
				return over
			}
		}
	case leave:
		if s.on == nil || p.returned(s.on) {
			return left
		}
	case child:
		return p.child(ctx, s)
	case exit:
		return over
	case say:
		p.sys.Print(string(p.octets(s.data)))
	case sleep:
		return p.took(p.sys.Sleep(ctx, s.nap), s, nil)
	case pause: // as programs do: poll(2) without descriptors or a timeout
		return p.took(p.sys.Poll(ctx, nil, -1), s, nil)
	default:
		var next *statement
		if i+1 < len(body) {
			next = &body[i+1]
		}
		return p.took(s.call(ctx, p), s, next)
	}
	return goOn
}

// took takes in what a call has returned. One that fails ends the process,
// unless it is only tried, or the next line leaves a loop for that.
func (p *process) took(o sandbox.Outcome, s, next *statement) after {
	r := o.Result
	p.result, p.idle = o, 0
	switch o.Call {
	case "read", "recvfrom":
		p.data = r.Data
		if o.Call == "recvfrom" && r.Addr != "" {
			p.from = parseFrom(r.Addr)
		}
	case "socket", "accept":
		if r.Value >= 0 {
			p.last = r.Value
			p.open = append(p.open, r.Value)
		}
	}
	if r.Value < 0 && !s.try && !(next != nil && next.do == leave && (next.on == nil || p.returned(next.on))) {
		return over
	}
	return goOn
}

// returned reports whether the last call has returned one of those: numbers or
// errnos.
func (p *process) returned(on []string) bool {
	r := p.result.Result
	return slices.ContainsFunc(on, func(w string) bool {
		n, err := strconv.Atoi(w)
		return err == nil && n == r.Value || err != nil && w == r.Errno
	})
}

// child forks: the lines are a new process's.
func (p *process) child(ctx context.Context, s *statement) after {
	if p.fork == nil {
		return p.instead(ctx, s)
	}
	q := *p // as it is now: the parent goes on first
	body := func(ctx context.Context, sys System) {
		q.sys, q.idle = sys, 0
		q.run(ctx, s.body)
	}
	if p.fork(ctx, p.sys, s.name, body) {
		return goOn
	}
	p.sys.Print(fmt.Sprintf("line %d: no child could be made: there are too many processes, or one of that name\n", s.line))
	return goOn
}

// instead runs a child's lines in its parent's place, where the system cannot
// fork. What the two would share stays open until the parent closes it.
func (p *process) instead(ctx context.Context, s *statement) after {
	if s.name != "" {
		p.sys.Print(fmt.Sprintf("line %d: this system cannot fork, so that there is no child %s\n", s.line, s.name))
		return goOn
	}
	q := *p
	q.inherited, q.open = slices.Clone(p.open), nil
	q.run(ctx, s.body)
	for _, fd := range q.open {
		p.sys.Close(ctx, fd)
	}
	p.idle = 0
	return goOn
}

func (p *process) close(ctx context.Context, fd int) sandbox.Outcome {
	is := func(n int) bool { return n == fd }
	if slices.ContainsFunc(p.inherited, is) {
		p.inherited = slices.DeleteFunc(p.inherited, is)
		return sandbox.Outcome{Process: p.sys.Name(), Call: "close", FD: fd}
	}
	p.open = slices.DeleteFunc(p.open, is)
	return p.sys.Close(ctx, fd)
}

// parseFrom reads the address that recvfrom has answered.
func parseFrom(text string) sandbox.Addr {
	if a, err := netip.ParseAddrPort(text); err == nil {
		return sandbox.Addr{AddrPort: a}
	}
	return sandbox.Addr{Path: text}
}

func (p *process) fd(d descriptor) int {
	if d.last {
		return p.last
	}
	return d.number
}

func (p *process) address(a address) sandbox.Addr {
	switch a.name {
	case "$addr":
		return p.addr
	case "$from":
		return p.from
	}
	return a.fixed
}

// family is the kind of socket that can have the address $addr.
func (p *process) family(k sandbox.Kind) sandbox.Kind {
	if ip := p.addr.Addr(); ip.IsValid() && ip.Is6() && (k == sandbox.TCP || k == sandbox.UDP) {
		return k + "6"
	}
	return k
}

// dateForm is a popular one (RFC 867).
const dateForm = "Monday, January 2, 2006 15:04:05-MST"

func (p *process) octets(d data) []byte {
	all := []byte{}
	for _, piece := range d {
		switch piece.name {
		case "$data":
			all = append(all, p.data...)
		case "$date":
			all = p.sys.Date().UTC().AppendFormat(all, dateForm)
		default:
			all = append(all, piece.fixed...)
		}
	}
	return all
}
