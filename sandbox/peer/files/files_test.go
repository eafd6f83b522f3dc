package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/sandbox/netstack"
	"sockplay/sandbox/peer"
	"sockplay/sandbox/peer/files"
	"sockplay/tracer"
)

var place = peer.At("127.0.0.1:7001")

// world is a sandbox with a server of files in it.
type world struct {
	*testing.T
	*command.Session
	ctx     context.Context
	log     *tracer.Log
	folder  string // the server's
	own     string // the clients'
	printed map[string]string
	clients int
}

func newWorld(t *testing.T, cfg files.Config, prepare ...func(*world)) *world {
	before := goleak.IgnoreCurrent()
	stack, err := netstack.New(1)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, ctx: t.Context(), log: &tracer.Log{}, folder: t.TempDir(), own: t.TempDir(), printed: make(map[string]string)}
	w.log.Sink(func(e tracer.Event) {
		if e.Kind == tracer.KindOutput {
			w.printed[e.Process] += string(e.Data)
		}
	})
	w.Session = command.NewSession(stack, w.log)
	t.Cleanup(func() {
		if n := w.Sandbox.Differences(); n > 0 {
			t.Errorf("%d times the tracer and the stack differed", n)
		}
		w.Sandbox.Close()
		stack.Close()
		goleak.VerifyNone(t, before)
	})
	for _, f := range prepare {
		f(w)
	}
	server := &files.Server{Addr: place, Folder: w.folder, Config: cfg}
	w.Sandbox.Start(w.ctx, "files", func(ctx context.Context, p *sandbox.Process) { server.Run(ctx, p) })
	return w
}

func (w *world) do(lines ...string) {
	w.Helper()
	for _, line := range lines {
		if _, err := w.Do(w.ctx, line); err != nil {
			w.Fatalf("%s: %v", line, err)
		}
	}
}

// move has a client do the jobs, until it is over or limit has passed.
func (w *world) move(limit time.Duration, jobs ...files.Job) (reports []files.Report) {
	return w.moveAs(files.Client{}, limit, jobs...)
}

func (w *world) moveAs(c files.Client, limit time.Duration, jobs ...files.Job) (reports []files.Report) {
	w.Helper()
	c.Addr, c.Folder, c.Jobs = place, w.own, jobs
	c.Report = func(r files.Report) { reports = append(reports, r) }
	p := w.start(&c)
	w.Sandbox.WaitUntil(w.ctx, limit, func() bool { return p.Ended() != "" })
	return reports
}

// start starts a client.
func (w *world) start(c *files.Client) *sandbox.Process {
	w.clients++
	return w.Sandbox.Start(w.ctx, fmt.Sprint("mover", w.clients), func(ctx context.Context, p *sandbox.Process) { c.Run(ctx, p) })
}

// send makes a file and has it sent.
func (w *world) send(name string, content []byte) files.Report {
	w.Helper()
	path := filepath.Join(w.own, name)
	w.write(path, content)
	reports := w.move(10*time.Minute, files.Job{Name: name, Path: path})
	if len(reports) != 1 {
		w.Fatalf("%d reports", len(reports))
	}
	return reports[0]
}

func (w *world) write(path string, content []byte) {
	w.Helper()
	if err := os.WriteFile(path, content, 0o666); err != nil {
		w.Fatal(err)
	}
}

// holds makes sure that the folder holds these files, hidden ones too, and the
// content.
func (w *world) holds(folder string, want map[string][]byte) {
	w.Helper()
	list, err := os.ReadDir(folder)
	if err != nil {
		w.Fatal(err)
	}
	for _, e := range list {
		if _, ok := want[e.Name()]; !ok {
			w.Errorf("%s is left in the folder", e.Name())
		}
	}
	for name, content := range want {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || !bytes.Equal(got, content) {
			w.Errorf("%s: %d octets of %d, or others: %v", name, len(got), len(content), err)
		}
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{7}).Read(b)
	return b
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// hand is a learner who types what a client would say.
type hand struct {
	*world
	p  *sandbox.Process
	fd int
}

// call connects by hand, and reads the greeting.
func (w *world) call() *hand {
	w.Helper()
	h := &hand{world: w, p: w.Sandbox.Process("client")}
	h.fd = h.p.Socket(w.ctx, sandbox.TCP).Result.Value
	if o := h.p.Connect(w.ctx, h.fd, place); o.Result.Value < 0 {
		w.Fatal(o.Result)
	}
	h.hear("FILES 1 ")
	return h
}

func (h *hand) say(text string) {
	h.Helper()
	for at := 0; at < len(text); {
		o := h.p.Write(h.ctx, h.fd, []byte(text[at:]))
		if o.Blocked || o.Result.Value < 0 {
			h.Fatalf("write: %+v", o)
		}
		at += o.Result.Value
	}
}

// hear reads, and makes sure of how it begins.
func (h *hand) hear(want string) string {
	h.Helper()
	o := h.p.Read(h.ctx, h.fd, 1<<20)
	if o.Blocked {
		h.p.Interrupt(h.ctx)
		h.Fatalf("nothing came, not %q", want)
	}
	if got := string(o.Result.Data); !strings.HasPrefix(got, want) || o.Result.Value < 0 {
		h.Fatalf("%q %s, not %q", got, o.Result.Errno, want)
	}
	return string(o.Result.Data)
}

// ends makes sure that the server says nothing more.
func (h *hand) ends() {
	h.Helper()
	if got := h.hear(""); got != "" {
		h.Fatalf("%q, not the end", got)
	}
}

func (h *hand) close() { h.p.Close(h.ctx, h.fd) }

func TestSendAndFetch(t *testing.T) {
	for _, size := range []int{0, 1, 6, 65536, 300_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			w, content := newWorld(t, files.Config{}), random(size)
			r := w.send("a file.bin", content)
			if r.Refusal != nil || r.Size != int64(size) || r.Sum != sum(content) {
				t.Fatal(r)
			}
			w.holds(w.folder, map[string][]byte{"a file.bin": content})
			os.Remove(filepath.Join(w.own, "a file.bin"))
			got := w.move(time.Minute, files.Job{Fetch: true, Name: "a file.bin"})
			if len(got) != 1 || got[0].Refusal != nil || got[0].Sum != sum(content) {
				t.Fatal(got)
			}
			w.holds(w.own, map[string][]byte{"a file.bin": content})
			for name, verb := range map[string]string{"files": "kept", "mover1": ""} {
				if text := w.printed[name]; !strings.HasPrefix(text, verb) {
					t.Errorf("%s printed %q", name, text)
				}
			}
		})
	}
}

// TestByHand types the protocol.
func TestByHand(t *testing.T) {
	w := newWorld(t, files.Config{})
	h := w.call()
	h.say("PUT 5 - hello.txt\n")
	h.hear("HAVE 0 " + sum(nil) + "\n")
	h.say("FROM 0\nhello")
	h.hear("OK 5 " + sum([]byte("hello")) + "\n")
	h.say("GET hello.txt\r\n")
	h.hear("FILE 5 " + sum([]byte("hello")) + " hello.txt\n")
	h.say("HAVE 0 " + sum(nil) + "\n")
	h.hear("FROM 0\nhello")
	h.say("OK 5 " + sum([]byte("hello")) + "\n")
	h.say("REPLACE 2 " + sum([]byte("ho")) + " hello.txt\n")
	h.hear("HAVE 0 ")
	h.say("FROM 0\nho")
	h.hear("OK 2 ")
	h.p.Shutdown(w.ctx, h.fd, sandbox.ShutWr)
	h.ends()
	h.close()
	w.holds(w.folder, map[string][]byte{"hello.txt": []byte("ho")})
}
