package netstack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockplay/sandbox/command"
	"sockplay/sandbox/netstack"
	"sockplay/tracer"
	"sockplay/tracer/capture"
	"sockplay/tracer/ink"
	"sockplay/tracer/ladder"
)

// record is all that a session leaves behind.
type record struct {
	ladder, json, pcap bytes.Buffer
	session            *command.Session
	stack              *netstack.Stack
	events             []tracer.Event
}

// start returns a session over a user stack of that seed, which ends with the
// test.
func start(t testing.TB, seed int64) *record {
	stack, err := netstack.New(seed)
	if err != nil {
		t.Fatal(err)
	}
	log := &tracer.Log{}
	r := &record{stack: stack, session: command.NewSession(stack, log)}
	log.Sink(func(e tracer.Event) { r.events = append(r.events, e) })
	t.Cleanup(func() {
		r.session.Sandbox.Close()
		stack.Close()
	})
	return r
}

// do runs lines; none may fail, and the stack must agree with the tracer.
func (r *record) do(t testing.TB, lines string) {
	t.Helper()
	r.run(t, lines)
	if n := r.session.Sandbox.Differences(); n > 0 {
		t.Errorf("the tracer and the stack differed %d times", n)
	}
}

// run runs lines; none may fail.
func (r *record) run(t testing.TB, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if _, err := r.session.Do(context.Background(), line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
}

// play runs a script and draws it in each format.
func play(t testing.TB, seed int64, script string) *record {
	r := start(t, seed)
	r.session.Sandbox.Seed(seed)
	draw := ladder.New(&r.ladder, ladder.Options{Pen: ink.Pen{UTF8: true}, Width: 80})
	w, err := capture.NewWriter(&r.pcap, r.stack.Began())
	if err != nil {
		t.Fatal(err)
	}
	drawn := 0
	for line := range strings.Lines(script) {
		r.do(t, line)
		r.ladder.WriteString("> " + line)
		if err := draw.Draw(r.events[drawn:]); err != nil {
			t.Fatal(err)
		}
		drawn = len(r.events)
	}
	for _, e := range r.events {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		r.json.Write(append(b, '\n'))
		w.Add(e)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSession: a script leaves the same bytes behind everywhere: on this
// platform and on each other, on one processor and on many.
func TestSession(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("testdata", "session.sock"))
	if err != nil {
		t.Fatal(err)
	}
	r := play(t, 1, string(script))
	for name, got := range map[string]*bytes.Buffer{"session.txt": &r.ladder, "session.jsonl": &r.json, "session.pcapng": &r.pcap} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, got.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s is not what it was (-update rewrites it):\n%s", name, firstDifference(got.String(), string(want)))
		}
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "got  " + g[i] + "\nwant " + w[i]
		}
	}
	return "one is longer"
}

// TestSeeds: another seed gives other numbers and ports, and the same session.
func TestSeeds(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("testdata", "session.sock"))
	if err != nil {
		t.Fatal(err)
	}
	one, two := play(t, 1, string(script)), play(t, 2, string(script))
	if bytes.Equal(one.pcap.Bytes(), two.pcap.Bytes()) {
		t.Error("two seeds put the same bytes on the wire")
	}
	if a, b := kinds(one.events), kinds(two.events); a != b {
		t.Errorf("seed 1: %s\nseed 2: %s", a, b)
	}
}

// kinds are those of the packets that were put on the wire.
func kinds(events []tracer.Event) string {
	var list []string
	for _, e := range events {
		if e.Fate == tracer.Sent || e.Fate == tracer.Injected {
			list = append(list, e.Packet.Kind)
		}
	}
	return strings.Join(list, " ")
}
