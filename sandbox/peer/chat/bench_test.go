package chat_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/netstack"
	"sockplay/sandbox/peer/chat"
	"sockplay/tracer"
)

// crowd is how many clients the benchmark has; CHAT_CLIENTS makes it another
// number.
func crowd(b *testing.B) int {
	if n, err := strconv.Atoi(os.Getenv("CHAT_CLIENTS")); err == nil {
		return n
	}
	return 1000
}

// round is a conversation in which each line is said by the next client, as soon
// as it has heard the one before: line n by client n modulo the clients.
type round struct {
	clients, lines int
	heard          []int // lines, of each client
	began, ended   time.Time
	left           int // clients that have not heard all
}

func newRound(clients, lines int) *round {
	return &round{clients: clients, lines: lines, heard: make([]int, clients), left: clients}
}

// speaker says line n; -1: nobody.
func (r *round) speaker(n int) int {
	if n >= r.lines {
		return -1
	}
	return n % r.clients
}

func (r *round) text(n int) string { return fmt.Sprintf("line %d of a conversation", n) }

// takes has client i hear a line, and returns what it says then; "": nothing.
func (r *round) takes(i int, line string) (say string, err error) {
	word, rest := chat.Cut(line)
	if word != chat.Said {
		if word == chat.Failed || word == chat.Bye || word == chat.Left {
			return "", fmt.Errorf("client %d gets %q", i, line)
		}
		return "", nil
	}
	n := r.heard[i]
	if r.speaker(n) == i { // its own, which it does not hear
		n++
	}
	if want := fmt.Sprintf("c%d %s", r.speaker(n), r.text(n)); rest != want {
		return "", fmt.Errorf("client %d hears %q, not %q", i, rest, want)
	}
	if n++; r.speaker(n) == i {
		say = chat.Say + " " + r.text(n) + "\n"
	}
	r.heard[i] = n
	if last := r.lines - 1; n > last || n == last && r.speaker(last) == i {
		if r.left--; r.left == 0 {
			r.ended = time.Now()
		}
	}
	return say, nil
}

func (r *round) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(r.lines*(r.clients-1))/r.ended.Sub(r.began).Seconds(), "lines/s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkChat has a thousand clients in one room, each a process that waits in
// read; each line goes to all others, and each client checks that it gets all of
// them, in order. The room is one on the user stack with the log that a session
// has, one with a log that keeps nothing, and the same room on the machine's own
// loopback, with a goroutine a client in place of everything.
func BenchmarkChat(b *testing.B) {
	const lines = 20
	b.Run("traced", func(b *testing.B) {
		for range b.N {
			sandboxed(b, newRound(crowd(b), lines), 0)
		}
	})
	b.Run("unkept", func(b *testing.B) {
		for range b.N {
			sandboxed(b, newRound(crowd(b), lines), 1)
		}
	})
	b.Run("loopback", func(b *testing.B) {
		for range b.N {
			loopback(b, newRound(crowd(b), lines*10))
		}
	})
}

var many = chat.Config{Strangers: 1000}

// sandboxed holds the conversation in a sandbox whose log keeps so many octets.
func sandboxed(b *testing.B, r *round, window int) {
	stack, err := netstack.New(1)
	if err != nil {
		b.Fatal(err)
	}
	defer stack.Close()
	log := &tracer.Log{Window: window}
	s := sandbox.New(stack, log)
	defer s.Close()
	ctx := context.Background()
	room, _ := chat.New(many)(place, nil)
	s.Start(ctx, "chat", func(ctx context.Context, p *sandbox.Process) { room(ctx, p) })
	var wrong error
	made := time.Now()
	for i := range r.clients {
		s.Start(ctx, fmt.Sprintf("c%d", i), func(ctx context.Context, p *sandbox.Process) {
			fd := p.Socket(ctx, sandbox.TCP).Result.Value
			p.Connect(ctx, fd, place)
			p.Sleep(ctx, 10*time.Second-p.Now())
			p.Write(ctx, fd, fmt.Appendf(nil, "JOIN c%d\n", i))
			if i == r.speaker(0) {
				p.Sleep(ctx, 11*time.Second-p.Now())
				r.began = time.Now()
				p.Write(ctx, fd, []byte(chat.Say+" "+r.text(0)+"\n"))
			}
			var rest []byte
			for {
				in := p.Read(ctx, fd, 4096)
				if in.Result.Value <= 0 {
					return
				}
				rest = append(rest, in.Result.Data...)
				for {
					line, more, whole := bytes.Cut(rest, []byte("\n"))
					if !whole {
						break
					}
					rest = more
					say, err := r.takes(i, string(line))
					if err != nil && wrong == nil {
						wrong = err
					}
					if say != "" {
						p.Write(ctx, fd, []byte(say))
					}
				}
			}
		})
	}
	b.ReportMetric(time.Since(made).Seconds(), "connect-s")
	packets := s.Arrivals()
	s.Advance(ctx, 15*time.Second)
	switch {
	case wrong != nil:
		b.Fatal(wrong)
	case r.left > 0:
		b.Fatalf("%d clients have not heard all %d lines", r.left, r.lines)
	case s.Differences() > 0:
		b.Fatal("the tracer and the stack differed")
	case s.Err() != nil:
		b.Fatal(s.Err())
	}
	b.ReportMetric(float64(r.clients), "clients")
	b.ReportMetric(float64(s.Arrivals()-packets), "packets")
	b.ReportMetric(r.began.Sub(made).Seconds(), "join-s")
	r.report(b)
}

// loopback holds it over plain sockets, between goroutines.
func loopback(b *testing.B, r *round) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Skip(err)
	}
	var mu sync.Mutex // of the room
	var all sync.WaitGroup
	room := chat.NewRoom(many)
	conns := map[int]net.Conn{}
	origin := time.Now()
	act := func() {
		for ids := room.Dirty(); len(ids) > 0; ids = room.Dirty() {
			for _, id := range ids {
				if out := room.Out(id); len(out) > 0 {
					n, _ := conns[id].Write(out)
					room.Wrote(id, n)
				}
			}
		}
	}
	all.Go(func() {
		for id := 0; ; id++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns[id] = c
			room.Connected(id, time.Since(origin))
			act()
			mu.Unlock()
			all.Go(func() {
				buf := make([]byte, 4096)
				for {
					n, err := c.Read(buf)
					if err != nil {
						return
					}
					mu.Lock()
					room.Received(id, buf[:n], time.Since(origin))
					act()
					mu.Unlock()
				}
			})
		}
	})
	defer all.Wait()
	defer func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
	}()
	var state sync.Mutex // of the round
	var wrong error
	ready, done := make(chan struct{}, r.clients), make(chan struct{})
	var first net.Conn
	for i := range r.clients {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		if i == 0 {
			first = c
		}
		all.Go(func() {
			fmt.Fprintf(c, "JOIN c%d\n", i)
			buf, rest := make([]byte, 4096), []byte(nil)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				rest = append(rest, buf[:n]...)
				for {
					line, more, whole := bytes.Cut(rest, []byte("\n"))
					if !whole {
						break
					}
					rest = more
					if strings.HasPrefix(string(line), "OK you are here") {
						ready <- struct{}{}
					}
					state.Lock()
					say, err := r.takes(i, string(line))
					if err != nil && wrong == nil {
						wrong = err
					}
					if r.left == 0 {
						select {
						case <-done:
						default:
							close(done)
						}
					}
					state.Unlock()
					if say != "" {
						c.Write([]byte(say))
					}
				}
			}
		})
	}
	for range r.clients {
		<-ready
	}
	state.Lock()
	r.began = time.Now()
	state.Unlock()
	fmt.Fprintf(first, "%s %s\n", chat.Say, r.text(0))
	select {
	case <-done:
	case <-time.After(time.Minute):
		b.Fatal("they have not heard all lines")
	}
	state.Lock()
	defer state.Unlock()
	if wrong != nil {
		b.Fatal(wrong)
	}
	r.report(b)
}
