package files_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/netstack"
	"sockplay/sandbox/peer/files"
	"sockplay/tracer"
)

const benchMB = 20

// BenchmarkFiles sends a file to a server, both of them peers on the user stack.
func BenchmarkFiles(b *testing.B) {
	content := random(benchMB * 1_000_000)
	ctx := b.Context()
	for range b.N {
		b.StopTimer()
		from, to := b.TempDir(), b.TempDir()
		path := filepath.Join(from, "file")
		if err := os.WriteFile(path, content, 0o666); err != nil {
			b.Fatal(err)
		}
		stack, err := netstack.New(1)
		if err != nil {
			b.Fatal(err)
		}
		s := sandbox.New(stack, &tracer.Log{})
		server := &files.Server{Addr: place, Folder: to}
		s.Start(ctx, "files", func(ctx context.Context, p *sandbox.Process) { server.Run(ctx, p) })
		var got files.Report
		client := &files.Client{Addr: place, Folder: from, Jobs: []files.Job{{Name: "file", Path: path}}, Report: func(r files.Report) { got = r }}
		b.StartTimer()
		p := s.Start(ctx, "send", func(ctx context.Context, p *sandbox.Process) { client.Run(ctx, p) })
		s.WaitUntil(ctx, time.Hour, func() bool { return p.Ended() != "" })
		b.StopTimer()
		if got.Refusal != nil || got.Sum != sum(content) {
			b.Fatal(got)
		}
		s.Close()
		stack.Close()
	}
	b.ReportMetric(benchMB*float64(b.N)/b.Elapsed().Seconds(), "MB/s")
}
