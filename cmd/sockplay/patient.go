package main

import (
	"fmt"
	"io"
	"sync"
)

// patient is an output that does not keep a server waiting for a terminal that
// is stopped or slow: beyond maxBehind octets it leaves out, and says so. A
// complete one waits instead.
type patient struct {
	out      io.Writer
	complete bool

	mu     sync.Mutex
	room   *sync.Cond
	wait   []byte
	lost   int // octets left out
	closed bool
	err    error
	joined chan struct{}
}

const maxBehind = 1 << 20

func newPatient(out io.Writer, complete bool) *patient {
	p := &patient{out: out, complete: complete, joined: make(chan struct{})}
	p.room = sync.NewCond(&p.mu)
	go p.write()
	return p
}

// Write takes b, or leaves it out.
func (p *patient) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.complete && len(p.wait) > maxBehind && p.err == nil {
		p.room.Wait()
	}
	if len(p.wait) > maxBehind {
		p.lost += len(b)
		return len(b), p.err
	}
	if p.lost > 0 {
		p.wait = fmt.Appendf(p.wait, "  ... %d bytes of the trace are left out: the terminal did not keep up\n", p.lost)
		p.lost = 0
	}
	p.wait = append(p.wait, b...)
	p.room.Broadcast()
	return len(b), p.err
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
		b := p.wait
		p.wait = nil
		p.mu.Unlock()
		_, err := p.out.Write(b)
		p.mu.Lock()
		if err != nil {
			p.err, p.wait = err, nil
			p.closed = true
		}
		p.room.Broadcast()
	}
}

// Close writes what still waits; a second one does nothing more.
func (p *patient) Close() error {
	p.mu.Lock()
	p.closed = true
	p.room.Broadcast()
	p.mu.Unlock()
	<-p.joined
	return p.err
}
