package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// gate is a writer that waits until it is opened.
type gate struct {
	bytes.Buffer
	open chan struct{}
	err  error
}

func (g *gate) Write(b []byte) (int, error) {
	<-g.open
	if g.err != nil {
		return 0, g.err
	}
	return g.Buffer.Write(b)
}

// A terminal that is stopped keeps nobody waiting: what is too much is left out,
// and it is said.
func TestPatient(t *testing.T) {
	defer goleak.VerifyNone(t)
	g := &gate{open: make(chan struct{})}
	p := newPatient(t.Context(), g, false)
	line := strings.Repeat("x", 1023) + "\n"
	for range 3 * maxBehind / len(line) {
		fmt.Fprint(p, line)
	}
	close(g.open)
	p.mu.Lock()
	for len(p.wait) > 0 {
		p.room.Wait()
	}
	p.mu.Unlock()
	fmt.Fprint(p, "more\n")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	got := g.String()
	if n := len(got); n < maxBehind || n > maxBehind+1<<20 {
		t.Errorf("%d bytes were written", n)
	}
	if !strings.Contains(got, " bytes of the trace are left out") || !strings.HasSuffix(got, "more\n") {
		t.Errorf("it ends with %q", got[max(0, len(got)-200):])
	}
	if p.Close() != nil {
		t.Error("a second Close fails")
	}
}

// A complete one waits.
func TestPatientComplete(t *testing.T) {
	defer goleak.VerifyNone(t)
	g := &gate{open: make(chan struct{})}
	p := newPatient(t.Context(), g, true)
	written := make(chan struct{})
	go func() {
		defer close(written)
		for range 4 {
			p.Write(make([]byte, maxBehind))
		}
	}()
	close(g.open)
	<-written
	p.Close()
	if g.Len() != 4*maxBehind {
		t.Errorf("%d bytes of %d", g.Len(), 4*maxBehind)
	}
}

func TestPatientBroken(t *testing.T) {
	defer goleak.VerifyNone(t)
	g := &gate{open: make(chan struct{}), err: errors.New("no reader")}
	close(g.open)
	p := newPatient(t.Context(), g, true)
	for range 10 {
		p.Write(make([]byte, maxBehind))
	}
	if p.Close() == nil {
		t.Error("nobody is told")
	}
}

// After a signal a terminal that is stopped holds up neither who writes nor the
// end, and it is told how much is lost.
func TestPatientStopped(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, complete := range []bool{false, true} {
		g := &gate{open: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		p := newPatient(ctx, g, complete)
		p.grace = 0
		written := make(chan struct{})
		go func() {
			defer close(written)
			for range 8 {
				p.Write(make([]byte, maxBehind))
			}
		}()
		cancel()
		<-written
		var lost unwritten
		if err := p.Close(); !errors.As(err, &lost) || int(lost) < 8*maxBehind {
			t.Errorf("complete %t: %v", complete, err)
		}
		p.Write([]byte("more"))
		close(g.open)
		<-p.joined
		if n := g.Len(); n > 5*maxBehind {
			t.Errorf("complete %t: %d bytes were written after all", complete, n)
		}
	}
}

// What was left out last is told at the end.
func TestPatientEnds(t *testing.T) {
	defer goleak.VerifyNone(t)
	g := &gate{open: make(chan struct{})}
	p := newPatient(t.Context(), g, false)
	for range 8 {
		p.Write(make([]byte, maxBehind))
	}
	closed := make(chan error)
	go func() { closed <- p.Close() }()
	close(g.open)
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if got := g.String(); !strings.HasSuffix(got, " bytes of the trace are left out: the terminal did not keep up\n") {
		t.Errorf("it ends with %q", got[max(0, len(got)-100):])
	}
}
