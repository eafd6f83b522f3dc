package chat_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sockplay/sandbox"
	"sockplay/sandbox/netstack"
	"sockplay/sandbox/peer"
	"sockplay/sandbox/peer/chat"
	"sockplay/tracer"
)

// world is a sandbox on the user stack with a room in it.
type world struct {
	*testing.T
	*sandbox.Sandbox
	ctx context.Context
}

var place = peer.At("127.0.0.1:7000")

func open(t *testing.T, c chat.Config) *world {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	stack, err := netstack.New(1)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, sandbox.New(stack, &tracer.Log{}), context.Background()}
	t.Cleanup(func() {
		if n := w.Differences(); n > 0 {
			t.Errorf("%d differences between the tracer and the stack", n)
		}
		w.Close()
		stack.Close()
	})
	room, err := chat.New(c)(place, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Start(w.ctx, "chat", func(ctx context.Context, p *sandbox.Process) { room(ctx, p) })
	return w
}

// person is a process whose calls the test makes, connected to the room.
type person struct {
	w *world
	*sandbox.Process
	fd int
}

func (w *world) call(name string) *person {
	w.Helper()
	p := &person{w, w.Process(name), 0}
	if p.Process == nil {
		p.Process = w.AddProcess(name)
	}
	p.fd = p.Socket(w.ctx, sandbox.TCP).Result.Value
	if o := p.Connect(w.ctx, p.fd, place); o.Result.Value != 0 || o.Blocked {
		w.Fatalf("%s: connect: %+v", name, o)
	}
	return p
}

func (w *world) join(name string) *person {
	w.Helper()
	p := w.call(name)
	p.say("JOIN " + name)
	if got := p.hear(); !strings.Contains(got, "OK you are here as "+name) {
		w.Fatalf("%s hears %q", name, got)
	}
	return p
}

// say writes a line.
func (p *person) say(line string) {
	p.w.Helper()
	if o := p.Write(p.w.ctx, p.fd, []byte(line+"\n")); o.Result.Value != len(line)+1 {
		p.w.Fatalf("%s: write: %+v", p.Name(), o)
	}
}

// hear is all that there is to read now; an end of the stream is "<end>".
func (p *person) hear() string {
	p.w.Helper()
	var b strings.Builder
	for {
		o := p.Recv(p.w.ctx, p.fd, 1<<20, sandbox.MSG_DONTWAIT)
		switch {
		case o.Result.Value > 0:
			b.Write(o.Result.Data)
			continue
		case o.Result.Value == 0:
			b.WriteString("<end>")
		case o.Result.Errno != "EAGAIN":
			b.WriteString("<" + o.Result.Errno + ">")
		}
		return b.String()
	}
}

func (p *person) hears(want string) {
	p.w.Helper()
	if got := p.hear(); got != want {
		p.w.Errorf("%s hears %q, not %q", p.Name(), got, want)
	}
}

// TestSlow: who does not read holds nobody up, and is dropped with a reason.
func TestSlow(t *testing.T) {
	w := open(t, chat.Config{Queue: 8 << 10, Rate: 1000})
	ann, bob, slow := w.join("ann"), w.join("bob"), w.join("slow")
	ann.hear()
	bob.hear()
	text := strings.Repeat("x", 400)
	told := false
	for n := 0; !told; n++ {
		if n == 20000 {
			t.Fatal("the slow one is never dropped")
		}
		ann.say(fmt.Sprintf("SAY %d %s", n, text))
		got := bob.hear()
		if want := fmt.Sprintf("SAID ann %d %s\n", n, text); !strings.HasPrefix(got, want) {
			t.Fatalf("bob hears %.100q", got)
		}
		told = strings.Contains(got, "LEFT slow too slow: it left 8192 bytes unread\n")
		ann.hear()
		w.Advance(w.ctx, 10*time.Millisecond)
	}
	// What had been sent to it is there, in order; then there is an end.
	n, got := 0, ""
	for got == "" || !strings.HasSuffix(got, ">") {
		more := slow.hear()
		if got += more; more == "" {
			w.Advance(w.ctx, time.Second)
		}
	}
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, fmt.Sprintf("SAID ann %d ", n)) {
			n++
		}
	}
	if n < 10 {
		t.Errorf("it could read %d lines", n)
	}
}

// TestVanished: nobody is told when a host is gone; the PING that nobody answers
// tells it.
func TestVanished(t *testing.T) {
	w := open(t, chat.Config{})
	ann, cat := w.join("ann"), w.join("cat")
	ann.hear()
	cat.Vanish(w.ctx, 0)
	for range 89 {
		w.Advance(w.ctx, time.Second)
		ann.say("PONG")
		ann.hears("")
	}
	w.Advance(w.ctx, 2*time.Second)
	ann.hears("LEFT cat no answer to a PING for 30 s\n")
}

// TestSilent: a thousand that call and say nothing keep nobody out.
func TestSilent(t *testing.T) {
	w := open(t, chat.Config{})
	ann := w.join("ann")
	p := w.Process("client")
	var first *person
	for n := range 1000 {
		if n > 0 && len(p.FDs()) > 900 {
			p = w.AddProcess("client2")
		}
		q := &person{w, p, p.Socket(w.ctx, sandbox.TCP).Result.Value}
		if o := q.Connect(w.ctx, q.fd, place); o.Result.Value != 0 || o.Blocked {
			t.Fatalf("connect %d: %+v", n, o)
		}
		if n == 0 {
			first = q
		}
	}
	if got := first.hear(); !strings.HasSuffix(got, "BYE more than 128 have called and not said JOIN: who has waited longest has to go\n<end>") {
		t.Errorf("the first one hears %q", got)
	}
	bob := w.join("bob")
	ann.hears("JOINED bob\n")
	bob.say("SAY hello")
	ann.hears("SAID bob hello\n")
	if n := len(w.Process("chat").FDs()); n > 2+2+128 {
		t.Errorf("the room has %d descriptors", n)
	}
	w.Advance(w.ctx, 40*time.Second)
	if n := len(w.Process("chat").FDs()); n != 3 {
		t.Errorf("the room has %d descriptors in the end", n)
	}
}

// TestNoDescriptors: with none left accept fails with EMFILE, which does not end
// the room, and does not have it spin.
func TestNoDescriptors(t *testing.T) {
	w := open(t, chat.Config{Connections: 5000, Strangers: 5000, JoinTime: time.Hour})
	ann := w.join("ann")
	calls := 0
	w.Log().Sink(func(e tracer.Event) {
		if e.Kind == tracer.KindCall && e.Process == "chat" {
			calls++
		}
	})
	var people []*person
	p := w.Process("client")
	for n := range 1100 {
		if n == 800 {
			p = w.AddProcess("client2")
		}
		q := &person{w, p, p.Socket(w.ctx, sandbox.TCP).Result.Value}
		q.Connect(w.ctx, q.fd, place)
		people = append(people, q)
	}
	if n := len(w.Process("chat").FDs()); n != 1021 {
		t.Fatalf("the room has %d descriptors", n)
	}
	calls = 0
	for range 10 {
		w.Advance(w.ctx, time.Second)
		ann.say("PING")
		ann.hears("PONG\n")
	}
	if calls > 200 {
		t.Errorf("%d calls in 10 s", calls)
	}
	// Who waits gets in when somebody goes.
	last := people[1050]
	last.hears("")
	for _, q := range people[:100] {
		q.Close(w.ctx, q.fd)
	}
	w.Advance(w.ctx, 3*time.Second)
	last.say("JOIN last")
	ann.hears("JOINED last\n")
}

// TestUDPTimer: over UDP nothing but the timer tells that somebody has gone.
func TestUDPTimer(t *testing.T) {
	w := open(t, chat.Config{})
	room, err := chat.NewUDP(chat.Config{})(place, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Start(w.ctx, "chat-udp", func(ctx context.Context, p *sandbox.Process) { room(ctx, p) })
	talk := func(name string) (say func(string), hear func() string, end func()) {
		p := w.AddProcess(name)
		fd := p.Socket(w.ctx, sandbox.UDP).Result.Value
		say = func(text string) { p.Sendto(w.ctx, fd, place, []byte(text)) }
		hear = func() (all string) {
			for {
				o := p.Recv(w.ctx, fd, 2000, sandbox.MSG_DONTWAIT)
				if o.Result.Value < 0 {
					return all
				}
				all += string(o.Result.Data)
			}
		}
		return say, hear, func() { p.Close(w.ctx, fd) }
	}
	say, hear, _ := talk("ann")
	cat, _, end := talk("cat")
	say("JOIN ann")
	cat("JOIN cat")
	hear()
	end()
	for range 89 {
		w.Advance(w.ctx, time.Second)
		say("PONG")
	}
	if got := hear(); got != "" {
		t.Errorf("ann hears %q", got)
	}
	w.Advance(w.ctx, 2*time.Second)
	if got := hear(); got != "LEFT cat no answer to a PING for 30 s\n" {
		t.Errorf("ann hears %q", got)
	}
}

// TestTaken: a room that cannot be opened says so.
func TestTaken(t *testing.T) {
	w := open(t, chat.Config{})
	var told string
	w.Log().Sink(func(e tracer.Event) {
		if e.Kind == tracer.KindOutput {
			told += string(e.Data)
		}
	})
	room, _ := chat.New(chat.Config{})(place, nil)
	p := w.Start(w.ctx, "chat2", func(ctx context.Context, p *sandbox.Process) { room(ctx, p) })
	if p.Ended() == "" || told != "not at 127.0.0.1:7000: bind failed with EADDRINUSE; another one is there: take another port\n" {
		t.Errorf("%q, %q", p.Ended(), told)
	}
	if _, err := chat.New(chat.Config{})(place, []string{"x"}); err == nil {
		t.Error("an argument is taken")
	}
}
