package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// patient is an output that does not keep a server waiting for a terminal that
// is stopped or slow: beyond maxBehind octets it leaves out, and says so. A
// complete one waits instead, until its context is done; what it leaves out then
// is all of the rest.
type patient struct {
	out      io.Writer
	complete bool
	ctx      context.Context
	grace    time.Duration // how long Close waits when ctx is done

	mu     sync.Mutex
	room   *sync.Cond
	wait   []byte
	flight int // octets being written
	lost   int // octets left out, of which no line tells yet
	told   int // octets left out of which a line tells that is not written yet
	closed bool
	err    error
	joined chan struct{}
}

const (
	maxBehind = 1 << 20
	// lastWords is how long an output may take for what still waits when a signal
	// has come.
	lastWords = time.Second
)

// unwritten is what an output has not taken, in octets.
type unwritten int

func (n unwritten) Error() string {
	return fmt.Sprintf("%d bytes of it were not taken in time", int(n))
}

func newPatient(ctx context.Context, out io.Writer, complete bool) *patient {
	p := &patient{out: out, complete: complete, ctx: ctx, grace: lastWords, joined: make(chan struct{})}
	p.room = sync.NewCond(&p.mu)
	go p.write()
	return p
}

// Write takes b, or leaves it out.
func (p *patient) Write(b []byte) (int, error) {
	if p.complete {
		defer context.AfterFunc(p.ctx, p.awaken)()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.complete && len(p.wait) > maxBehind && p.ctx.Err() == nil && !p.closed {
		p.room.Wait()
	}
	if p.closed || len(p.wait) > maxBehind || p.complete && p.lost > 0 {
		p.lost += len(b)
		return len(b), p.err
	}
	p.tellLost()
	p.wait = append(p.wait, b...)
	p.room.Broadcast()
	return len(b), nil
}

// awaken has who waits look again.
func (p *patient) awaken() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.room.Broadcast()
}

// tellLost says how much was left out since it was last told. p.mu is held.
func (p *patient) tellLost() {
	if p.lost > 0 && !p.complete {
		p.wait = fmt.Appendf(p.wait, "  ... %d bytes of the trace are left out: the terminal did not keep up\n", p.lost)
		p.told, p.lost = p.told+p.lost, 0
	}
}

// write writes what waits, until the end.
func (p *patient) write() {
	defer close(p.joined)
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		for len(p.wait) == 0 && !p.closed {
			p.room.Wait()
		}
		if len(p.wait) == 0 {
			return
		}
		b, told := p.wait, p.told
		p.wait, p.flight = nil, len(b)
		p.mu.Unlock()
		_, err := p.out.Write(b)
		p.mu.Lock()
		p.flight, p.told = 0, p.told-told
		if err != nil {
			p.err, p.wait = err, nil
			p.closed = true
		}
		p.room.Broadcast()
	}
}

// Close writes what still waits; a second one does nothing more. Once the
// context is done it waits for a moment only, and leaves the goroutine that
// writes to the program's end, since nothing can interrupt a write to a
// terminal. What is lost then, an unwritten tells.
func (p *patient) Close() error {
	p.mu.Lock()
	if !p.closed {
		p.tellLost()
		p.closed = true
	}
	p.room.Broadcast()
	p.mu.Unlock()
	select {
	case <-p.joined:
	case <-p.ctx.Done():
		late := time.NewTimer(p.grace)
		defer late.Stop()
		select {
		case <-p.joined:
		case <-late.C:
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch n := p.flight + len(p.wait); {
	case p.err != nil:
	case n > 0:
		return unwritten(n + p.told + p.lost)
	case p.complete && p.lost > 0:
		return unwritten(p.lost)
	}
	return p.err
}
