package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sockplay/lessons/scenes"
)

// TestScenes plays each scene on each stack that it is for: nothing goes wrong,
// the tracer and the stack agree, and on the user stack it is the same to the
// byte each time.
func TestScenes(t *testing.T) {
	_, err := kernelStack()
	hasKernel := err == nil
	for _, s := range scenes.All() {
		for _, stack := range []string{"user", "kernel"} {
			if !s.For(stack) || stack == "kernel" && !hasKernel {
				continue
			}
			t.Run(s.Name+"/"+stack, func(t *testing.T) {
				t.Parallel()
				first := playScene(t, stack, s.Name)
				if bytes.Contains(first, []byte(`"text":"difference`)) {
					t.Error("the tracer and the stack differ")
				}
				if stack == "user" && !bytes.Equal(first, playScene(t, stack, s.Name)) {
					t.Error("it is another one the second time")
				}
			})
		}
	}
}

// TestScenesSlowly: on the kernel stack, where time goes on while a viewer reads,
// a scene that holds the wire stands a pause that is longer than a SYN's timeout.
func TestScenesSlowly(t *testing.T) {
	if _, err := kernelStack(); err != nil || testing.Short() {
		t.Skip("it takes the kernel stack, and its time")
	}
	for _, s := range scenes.All() {
		text, err := os.ReadFile(filepath.Join("..", "..", "lessons", "scenes", s.Name+scenes.Suffix))
		if err != nil {
			t.Fatal(err)
		}
		if !s.For("kernel") || !bytes.Contains(text, []byte("\nwire hold\n")) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			for try := 1; ; try++ { // as in playScene
				out, err := program(t, "demo", "--speed", "0.9", "--stack", "kernel", s.Name).CombinedOutput()
				if err == nil {
					return
				}
				if try == 3 {
					t.Fatalf("%v\n%s", err, out)
				}
				t.Logf("once more: %v\n%s", err, out)
			}
		})
	}
}

// playScene plays a scene to its end. On the kernel stack time is real, and on a
// busy machine a timer may come into what is held: there it may try again.
func playScene(t *testing.T, stack, name string) []byte {
	t.Helper()
	for try := 1; ; try++ {
		cmd := program(t, "demo", "--no-pause", "--stack", stack, "--format", "json", name)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		switch {
		case err == nil:
			return out
		case stack == "kernel" && try < 3:
			t.Logf("once more: %s", stderr.Bytes())
		default:
			t.Fatalf("%v\n%s", err, stderr.Bytes())
		}
	}
}

// TestSceneFaults: what goes wrong in a scene of one's own is told with its file
// and line.
func TestSceneFaults(t *testing.T) {
	const head = "title: mine\nstack: user\nrfc: 9293 3.5\n\n"
	dir := t.TempDir()
	for name, test := range map[string]struct{ text, want string }{
		"unknown":  {head + "frobnicate\n", ":5: there is no command frobnicate"},
		"fails":    {head + "socket tcp\nexpect return 4\n", ":6: expected return 4, but server's socket returned 3"},
		"no-quote": {head + "> A SYN with number {SYN.seq}.\n", ":5: the words quote {SYN.seq}: no SYN has been on the wire"},
		"wrong":    {head + "socket tcp\n> In {server:3 = LISTEN}.\n", ":6: the words say {server:3 = LISTEN}, but it is CLOSED"},
		"state":    {head + "> In TIME-WAIT.\n", ":5: the words speak of TIME-WAIT, and nothing has been in it"},
		"leaves":   {head + "reset\n", ":5: reset is not for a scene"},
		"copied":   {head + "server> reset\n", ":5: reset is not for a scene"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(dir, name+".scene")
			if err := os.WriteFile(file, []byte(test.text), 0o666); err != nil {
				t.Fatal(err)
			}
			out, err := program(t, "demo", "--no-pause", file).CombinedOutput()
			if err == nil || !strings.Contains(string(out), file+test.want) {
				t.Errorf("%v: %s\nwant %s", err, out, test.want)
			}
		})
	}
	if out, err := program(t, "demo", "no-such-scene").CombinedOutput(); err == nil || !strings.Contains(string(out), "there is no scene no-such-scene, and no such file; sockplay demo lists the scenes") {
		t.Errorf("%v: %s", err, out)
	}
}

// BenchmarkScenes plays each scene of the user stack, a program each.
func BenchmarkScenes(b *testing.B) {
	binary := os.Getenv("SOCKPLAY_BENCH")
	if binary == "" {
		b.Skip("make bench names the program in SOCKPLAY_BENCH")
	}
	played := 0
	for b.Loop() {
		played = 0
		for _, s := range scenes.All() {
			if !s.For("user") {
				continue
			}
			if out, err := exec.Command(binary, "demo", "--no-pause", "--stack", "user", s.Name).CombinedOutput(); err != nil {
				b.Fatalf("%s: %v\n%s", s.Name, err, out)
			}
			played++
		}
	}
	b.ReportMetric(float64(played), "scenes")
}
