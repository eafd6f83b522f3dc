// Package filestest is for tests and benchmarks: a file that goes from one peer
// to another on any stack, and the same without a sandbox to compare with.
package filestest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
	"sockplay/sandbox/peer/files"
	"sockplay/sandbox/wire"
	"sockplay/tracer"
)

// Made is a file of so many octets of chance in a folder of its own, and their
// SHA-256.
func Made(t testing.TB, octets int) (path, sum string) {
	t.Helper()
	b := make([]byte, octets)
	rand.NewChaCha8([32]byte{9}).Read(b)
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	h := sha256.Sum256(b)
	return path, hex.EncodeToString(h[:])
}

// Report is how a file was moved.
type Report struct {
	Took  time.Duration // by the machine's clock
	Clock time.Duration // by the stack's
	Wire  wire.Count
}

// Move sends the file from one peer to another, under the rules, and makes sure
// that it is whole at the other end. Time passes for an hour at most.
func Move(t testing.TB, stack sandbox.Stack, path, sum string, rules ...wire.Rule) (r Report) {
	t.Helper()
	ctx, to := t.Context(), t.TempDir()
	s := sandbox.New(stack, &tracer.Log{})
	defer s.Close()
	for _, rule := range rules {
		s.Wire().SetRule(rule)
	}
	at := peer.At("127.0.0.1:7001")
	server := &files.Server{Addr: at, Folder: to}
	s.Start(ctx, "files", func(ctx context.Context, p *sandbox.Process) { server.Run(ctx, p) })
	var got files.Report
	client := &files.Client{
		Addr: at, Folder: filepath.Dir(path), Jobs: []files.Job{{Name: "file", Path: path}},
		Report: func(r files.Report) { got = r },
	}
	began, clock := time.Now(), stack.Now()
	p := s.Start(ctx, "send", func(ctx context.Context, p *sandbox.Process) { client.Run(ctx, p) })
	s.WaitUntil(ctx, time.Hour, func() bool { return p.Ended() != "" })
	r = Report{Took: time.Since(began), Clock: stack.Now() - clock, Wire: s.Wire().Count()}
	if got.Refusal != nil || got.Sum != sum || s.Differences() > 0 || s.Err() != nil {
		t.Fatal(got, s.Differences(), s.Err())
	}
	same(t, filepath.Join(to, "file"), sum)
	s.Process("files").Kill(ctx, 0)
	return r
}

// same makes sure of a file's checksum.
func same(t testing.TB, path, sum string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if h := sha256.Sum256(b); err != nil || hex.EncodeToString(h[:]) != sum {
		t.Fatalf("%s: %d octets came, and not the right ones: %v", path, len(b), err)
	}
}

// Plain sends the file over the machine's own loopback: io.Copy at both ends,
// with the checksums and the fsync that the protocol has, and nothing traced.
func Plain(t testing.TB, path, sum string) time.Duration {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	to := filepath.Join(t.TempDir(), "file")
	began := time.Now()
	over := make(chan error)
	go func() { over <- send(listener.Addr().String(), path) }() // joined by receiving from over
	got, err := receive(listener, to)
	if sent := <-over; err == nil {
		err = sent
	}
	took := time.Since(began)
	if want, _ := hex.DecodeString(sum); err != nil || !bytes.Equal(got, want) {
		t.Fatal("plain: ", err)
	}
	return took
}

func send(addr, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.Copy(sha256.New(), f); err != nil { // what is announced
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = io.Copy(c, f)
	return err
}

func receive(listener net.Listener, path string) ([]byte, error) {
	c, err := listener.Accept()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(f, h), c); err != nil {
		return nil, err
	}
	return h.Sum(nil), f.Sync()
}
