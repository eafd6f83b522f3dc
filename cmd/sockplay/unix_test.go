package main

import (
	"context"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/sandbox/unixsock"
	"sockplay/tracer"
)

// unixStack is a stack that has unix sockets only, in memory.
type unixStack struct {
	unixsock.Namespace
	began time.Time
}

func (*unixStack) Name() string             { return "unix" }
func (s *unixStack) Now() time.Duration     { return time.Since(s.began) }
func (*unixStack) Receive() ([]byte, error) { return nil, nil }
func (*unixStack) Deliver([]byte) error     { return nil }
func (*unixStack) Close() error             { return nil }

func (*unixStack) TCPState(_, _ netip.AddrPort) (string, error) { return "CLOSED", nil }

func (*unixStack) NextTimer(_, _ netip.AddrPort) (time.Duration, bool) { return 0, false }

func (*unixStack) Wait(ctx context.Context, limit time.Duration) error {
	if limit >= 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, limit)
		defer stop()
	}
	<-ctx.Done()
	return nil
}

var _ sandbox.Stack = (*unixStack)(nil)

// TestUnixInMemory runs the conformance scripts of unix sockets on unixsock.
func TestUnixInMemory(t *testing.T) {
	files, err := filepath.Glob("testdata/conformance/unix-*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			t.Run(f.Name, func(t *testing.T) {
				session := command.NewSession(&unixStack{began: time.Now()}, &tracer.Log{})
				defer session.Sandbox.Close()
				n := 0
				for line := range strings.Lines(string(f.Data)) {
					n++
					if _, err := session.Do(t.Context(), strings.TrimSuffix(line, "\n")); err != nil {
						t.Fatalf("%s:%d: %v", f.Name, n, err)
					}
				}
			})
		}
	}
}
