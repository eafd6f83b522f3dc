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
	stack.Close()
}

// testRenewedPrograms: a program is in the new namespace, and its packets pass
// the new wire.
func testRenewedPrograms(t *testing.T, stack *kernel.Stack) {
	here, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	runner := any(stack).(sandbox.Programs)
	out, err := runner.Command("readlink", "/proc/self/ns/net").Output()
	if err != nil || strings.TrimSpace(string(out)) != here {
		t.Errorf("a program is in %q, not in %s: %v", out, here, err)
	}
	out, err = runner.Command("cat", "/proc/net/tcp").Output()
	if n := strings.Count(string(out), "\n"); err != nil || n != 1 { // the heading
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
