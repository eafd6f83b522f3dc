package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"sockplay/sandbox"
	"sockplay/sandbox/netstack"
	"sockplay/sandbox/peer"
	"sockplay/sandbox/peer/files"
	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// inSandbox is a machine that is a sandbox, with a server of files in it.
// Whatever stop holds for ends the context.
func inSandbox(t *testing.T, folder string, stop func(p *sandbox.Process) bool) machine {
	return func(ctx context.Context, name string, program peer.Program) {
		stack, err := netstack.New(1)
		if err != nil {
			t.Fatal(err)
		}
		defer stack.Close()
		s := sandbox.New(stack, &tracer.Log{})
		defer s.Close()
		server := &files.Server{Addr: peer.At("127.0.0.1:7001"), Folder: folder}
		s.Start(ctx, "files", func(ctx context.Context, p *sandbox.Process) { server.Run(ctx, p) })
		s.Moved = func() {
			if p := s.Process(name); p != nil && stop(p) {
				p.Kill(ctx, 0)
			}
		}
		p := s.Start(ctx, name, func(ctx context.Context, p *sandbox.Process) { program(ctx, p) })
		s.WaitUntil(ctx, time.Minute, func() bool { return p.Ended() != "" })
	}
}

func never(*sandbox.Process) bool { return false }

// moving runs send or fetch in a sandbox.
func moving(t *testing.T, ctx context.Context, folder string, stop func(*sandbox.Process) bool, args ...string) (out, errs string, status int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	o := &options{stack: "auto", format: "ladder", color: "never", out: &stdout, err: &stderr}
	root := &cobra.Command{Use: "sockplay", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(newSend(o, inSandbox(t, folder, stop)), newFetch(o, inSandbox(t, folder, stop)))
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var e *exit
	if errors.As(err, &e) {
		stderr.WriteString(e.message)
		status = e.status
	} else if err != nil {
		stderr.WriteString(err.Error())
		status = usage
	}
	return stdout.String(), stderr.String(), status
}

// TestMove sends and fetches as the subcommands do.
func TestMove(t *testing.T) {
	server, from, to, content := fileFolders(t)
	ctx := t.Context()
	data, hello := filepath.Join(from, "data.bin"), filepath.Join(from, "hello.txt")
	const helloSum = "SHA-256\n5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
	for _, test := range []struct {
		name      string
		args      []string
		status    int
		out, errs []string
	}{
		{"send", []string{"send", "127.0.0.1:7001", data, hello}, done, []string{`sent "data.bin": 700000 octets`, "500000 were there already", `sent "hello.txt": 6 octets, ` + helloSum}, nil},
		{"there already", []string{"send", "127.0.0.1", hello, data}, failed, nil, []string{"EXISTS", "try: --replace"}},
		{"replace", []string{"send", "--replace", "localhost:7001", hello}, done, []string{"sent"}, nil},
		{"fetch", []string{"fetch", "127.0.0.1:7001", "data.bin", "nothing", "--folder", to}, failed, []string{`fetched "data.bin": 700000 octets`}, []string{`not fetched "nothing": the other end: ABSENT`}},
		{"no file", []string{"send", "127.0.0.1:7001", from}, failed, nil, []string{"KIND"}},
		{"no folder", []string{"fetch", "127.0.0.1:7001", "data.bin", "--folder", "/nowhere"}, failed, nil, []string{"the folder \"/nowhere\" cannot be used"}},
		{"nobody there", []string{"fetch", "127.0.0.1:7999", "data.bin"}, failed, nil, []string{"nobody listens on that port"}},
		{"no address", []string{"fetch", "127.0.0.1:nothing", "data.bin"}, usage, nil, []string{"is no address", "try: sockplay fetch 127.0.0.1:7001"}},
		{"folder for a name", []string{"fetch", "127.0.0.1:7001", "data.bin", "."}, usage, nil, []string{"is a folder here", "NAME --folder"}},
		{"no name", []string{"fetch", "127.0.0.1:7001"}, usage, nil, []string{"fetch takes an address and the name of a file"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, errs, status := moving(t, ctx, server, never, test.args...)
			if status != test.status {
				t.Errorf("status %d, not %d", status, test.status)
			}
			for _, l := range strings.Split(out+"\n"+errs, "\n") {
				if ink.Width(l) > 80 {
					t.Errorf("%d columns: %s", ink.Width(l), l)
				}
			}
			if test.errs == nil && errs != "" || test.out == nil && out != "" {
				t.Errorf("it said %q and %q", out, errs)
			}
			for _, part := range test.out {
				if !strings.Contains(out, part) {
					t.Errorf("no %q in\n%s", part, out)
				}
			}
			for _, part := range test.errs {
				if !strings.Contains(errs, part) {
					t.Errorf("no %q in\n%s", part, errs)
				}
			}
		})
	}
	same(t, filepath.Join(to, "data.bin"), content)
	same(t, filepath.Join(server, "data.bin"), content)
}

// TestMoveInterrupted: what Ctrl-C leaves is gone on with.
func TestMoveInterrupted(t *testing.T) {
	server, _, to, content := fileFolders(t)
	if err := os.WriteFile(filepath.Join(server, "data.bin"), content, 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	part := filepath.Join(to, ".data.bin.part")
	out, errs, status := moving(t, ctx, server, func(*sandbox.Process) bool {
		if info, err := os.Stat(part); err == nil && info.Size() >= 128<<10 {
			cancel(signalError{2})
			return true
		}
		return false
	}, "fetch", "127.0.0.1:7001", "data.bin", "--folder", to)
	if status != 130 || out != "" || !strings.Contains(errs, "0 of 1 files were whole by then, and some") || !strings.Contains(errs, "try: the same command again") {
		t.Fatalf("status %d\n%s%s", status, out, errs)
	}
	info, err := os.Stat(part)
	if err != nil || info.Size() < 128<<10 || info.Size() == int64(len(content)) {
		t.Fatal(info, err)
	}
	out, errs, status = moving(t, t.Context(), server, never, "fetch", "127.0.0.1:7001", "data.bin", "--folder", to)
	if status != done || !strings.Contains(out, "were there already") {
		t.Fatalf("status %d\n%s%s", status, out, errs)
	}
	same(t, filepath.Join(to, "data.bin"), content)
}

// TestBar draws it.
func TestBar(t *testing.T) {
	at := func(name string, at, size, had int64, now time.Duration) files.Progress {
		return files.Progress{Job: files.Job{Name: name}, At: at, Size: size, Had: had, Now: now}
	}
	reading := at("a.iso", 43_000_000, 100_000_000, 0, 4*time.Second)
	reading.Reading = true
	for _, test := range []struct {
		p     files.Progress
		width int
		utf8  bool
		want  string
	}{
		{at("a.iso", 43_000_000, 100_000_000, 0, 4*time.Second), 79, true, "a.iso  43% ▓▓▓▓▓▓▓▓░░░░░░░░░░░░ 43.0 MB of 100.0 MB  10.8 MB/s  5 s left"},
		{at("a.iso", 43_000_000, 100_000_000, 0, 4*time.Second), 79, false, "a.iso  43% ########............ 43.0 MB of 100.0 MB  10.8 MB/s  5 s left"},
		{at("a.iso", 1000, 2_000_000_000, 0, 500*time.Millisecond), 79, false, "a.iso   0% .................... 1.0 kB of 2.0 GB"},
		{at("a.iso", 60_000_000, 100_000_000, 50_000_000, 10*time.Second), 79, false, "a.iso  60% ############........ 60.0 MB of 100.0 MB  1.0 MB/s  40 s left"},
		{at("a very long name of a file, which goes on and on.iso", 5, 5000, 0, 2*time.Second), 79, false, "a very long name...   0% ............... 5 B of 5.0 kB  2 B/s  33 min 18 s left"},
		{at("a.iso", 43_000_000, 100_000_000, 0, 4*time.Second), 39, false, "a.iso  43% ###..... 43.0 MB of 100.0 MB"},
		{reading, 79, false, "a.iso  43% ########............ 43.0 MB of 100.0 MB read for the checksum"},
		{at("empty", 0, 0, 0, 0), 79, false, "empty 100% #################### 0 B of 0 B"},
	} {
		b := bar{pen: ink.Pen{UTF8: test.utf8}}
		got := b.line(test.p, test.width)
		if got != test.want || ink.Width(got) > test.width {
			t.Errorf("%q\n%q", got, test.want)
		}
	}
}

// TestHelpFits: no help is wider than a terminal, nor one that is narrow.
func TestHelpFits(t *testing.T) {
	var walk func(c *cobra.Command, path []string)
	walk = func(c *cobra.Command, path []string) {
		out, status := client(t, "", nil, append(path, "--help")...)
		if status != 0 {
			t.Errorf("%v --help: status %d", path, status)
		}
		for l := range strings.SplitSeq(out, "\n") {
			if ink.Width(l) > 80 && !strings.HasPrefix(l, "  sockplay ") {
				t.Errorf("%v --help: %d columns: %s", path, ink.Width(l), l)
			}
		}
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() && sub.Name() != "completion" {
				walk(sub, append(path[:len(path):len(path)], sub.Name()))
			}
		}
	}
	walk(newRoot(&options{in: os.Stdin, out: io.Discard, err: io.Discard}), nil)
}
