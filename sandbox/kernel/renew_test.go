package kernel_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/sandbox/kernel"
	"sockplay/tracer"
)

// testRenew: a renewed stack knows nothing of the one before, time and again,
// and leaves nothing behind. The goroutine's thread, which is in a namespace of
// its own then, goes with the goroutine.
func testRenew(t *testing.T, stack *kernel.Stack) {
	session := func() *command.Session {
		s := command.NewSession(stack, &tracer.Log{})
		do(t, s, `
			socket tcp
			bind 3 127.0.0.1:8080
			listen 3
			client: socket tcp
			client: bind 3 127.0.0.1:5000
			client: connect 3 127.0.0.1:8080
			accept 3
			client: socket unix
			client: bind 4 a.sock
			client: socket unix
			client: bind 5 @a
			close 4
			client: close 3
			expect packets SYN SYN-ACK ACK FIN ACK FIN ACK
			expect state server:4 TIME-WAIT
			client: expect return 0`)
		return s
	}
	renew := func(s *command.Session) {
		t.Helper()
		s.Sandbox.Close()
		fresh, err := stack.Renew()
		if err != nil {
			t.Fatal(err)
		}
		if err := stack.Close(); err != nil {
			t.Error(err)
		}
		stack = fresh
	}
	renew(session()) // what is made once is made now
	renew(session())
	files, threads := entries(t, "/proc/self/fd"), entries(t, "/proc/self/task")
	for range 50 {
		renew(session())
	}
	if n := entries(t, "/proc/self/fd"); n > files {
		t.Errorf("%d descriptors are open, %d were", n, files)
	}
	if n := entries(t, "/proc/self/task"); n > threads+2 { // the runtime starts one when it likes
		t.Errorf("%d threads, there were %d", n, threads)
	}
	testRenewedPrograms(t, stack)
	testRenewedPeers(t, stack)
	stack.Close()
}

// testRenewedPeers: peers go on whoever takes in what comes, and their sockets are
// in the new namespace too.
func testRenewedPeers(t *testing.T, stack *kernel.Stack) {
	s := command.NewSession(stack, &tracer.Log{})
	defer s.Sandbox.Close()
	do(t, s, `
		peer slow
		client: socket tcp
		client: connect 3 127.0.0.1:5001`)
	done := make(chan int)
	go func() {
		defer close(done)
		for n := 0; n < 2; {
			s.Sandbox.Poll(t.Context())
			if o := s.Sandbox.Process("client").Recv(t.Context(), 3, 10, sandbox.MSG_DONTWAIT); o.Result.Value > 0 {
				n += o.Result.Value
				done <- n
			}
			if err := s.Sandbox.Watch(t.Context(), s.Sandbox.Patience()); err != nil {
				return
			}
		}
	}()
	n := 0
	for n = range done {
	}
	if n < 2 {
		t.Errorf("it sent %d octets", n)
	}
}

// testRenewedPrograms: a program is in the new namespace, and its packets pass
// the new wire.
func testRenewedPrograms(t *testing.T, stack *kernel.Stack) {
	runner := any(stack).(sandbox.Programs)
	output := func(name string, args ...string) (string, error) {
		var out strings.Builder
		cmd := runner.Command(name, args...)
		cmd.Stdout = &out
		if err := runner.Start(cmd); err != nil {
			return "", err
		}
		err := cmd.Wait()
		return out.String(), err
	}
	here, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	out, err := output("readlink", "/proc/self/ns/net")
	if err != nil || strings.TrimSpace(out) == here || !strings.HasPrefix(out, "net:[") {
		t.Errorf("a program is in %q, and the process in %s: %v", out, here, err)
	}
	out, err = output("cat", "/proc/net/tcp")
	if n := strings.Count(out, "\n"); err != nil || n != 1 { // the heading
		t.Errorf("a program sees sockets: %v\n%s", err, out)
	}
	if _, err := exec.LookPath("python3"); err != nil {
		return
	}
	s := command.NewSession(stack, &tracer.Log{})
	defer s.Sandbox.Close()
	do(t, s, `
		socket tcp
		bind 3 127.0.0.1:8080
		listen 3
		accept 3
		run python3 -c "import socket; socket.create_connection(('127.0.0.1', 8080)).sendall(b'hello')"
		read 4 100
		expect data "hello"
		expect packets SYN SYN-ACK ACK ...`)
	if n := s.Sandbox.Differences(); n > 0 {
		t.Errorf("%d differences", n)
	}
	s.Sandbox.Poll(context.Background())
	if n := stack.Lost(); n != 0 {
		t.Errorf("%d packets were lost", n)
	}
}

// entries counts what is in a folder.
func entries(t *testing.T, folder string) int {
	t.Helper()
	list, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
