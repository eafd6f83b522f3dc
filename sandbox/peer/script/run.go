package script

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// forker starts a process that has the parent's descriptors and runs child
// (fork(2)): PARENT-name, or without a name PARENT-1, or the lowest number that is
// free. It returns false if there can be none.
type forker func(ctx context.Context, parent peer.System, name string, child peer.Program) bool

// process is one that runs a script.
type process struct {
	sys  peer.System
	fork forker

	// What the variables of the script stand for.
	last   int // $fd
	data   []byte
	from   sandbox.Addr
	addr   sandbox.Addr
	result sandbox.Outcome // of the last call
	idle   int             // statements since the last call
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

// runOn runs the script as a process of the system, which is at addr. It returns
// when the script is over: its end is reached, or a call has failed.
func (s *script) runOn(ctx context.Context, sys peer.System, addr sandbox.Addr, fork forker) {
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
	q := *p // as it is now: the parent goes on first
	body := func(ctx context.Context, sys peer.System) {
		q.sys, q.idle = sys, 0
		q.run(ctx, s.body)
	}
	if p.fork(ctx, p.sys, s.name, body) {
		return goOn
	}
	p.sys.Print(fmt.Sprintf("line %d: no child could be made: there are too many processes, or one of that name\n", s.line))
	return goOn
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
