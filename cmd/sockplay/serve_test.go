package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sockplay/tracer"
)

// served is a server that runs as the real program.
type served struct {
	addr string
	cmd  *exec.Cmd
	out  *head
	err  *strings.Builder
	over chan struct{} // its standard error has ended
}

// head keeps the first million octets of an output.
type head struct{ bytes.Buffer }

func (h *head) Write(b []byte) (int, error) {
	h.Buffer.Write(b[:min(len(b), max(0, 1_000_000-h.Len()))])
	return len(b), nil
}

// startServe starts sockplay serve on a free port, and ends it with the test.
func startServe(t testing.TB, env []string, args ...string) *served {
	t.Helper()
	s := &served{out: &head{}, err: &strings.Builder{}, over: make(chan struct{})}
	s.cmd = program(t, append(append([]string{"serve"}, args...), "--addr", "127.0.0.1:0")...)
	s.cmd.Env = append(s.cmd.Env, env...)
	s.cmd.Stdout = s.out
	pipe, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t) })
	at := make(chan string, 1)
	go func() {
		defer close(s.over)
		listens := regexp.MustCompile(` listens on (\S+);`)
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			s.err.WriteString(lines.Text() + "\n")
			if m := listens.FindStringSubmatch(lines.Text()); m != nil {
				at <- m[1]
			}
		}
	}()
	select {
	case s.addr = <-at:
	case <-s.over:
		t.Fatalf("it does not listen:\n%s", s.err)
	case <-time.After(time.Minute):
		t.Fatal("it does not say that it listens")
	}
	return s
}

// stop ends it as Ctrl-C does, and returns its exit status.
func (s *served) stop(t testing.TB) int {
	t.Helper()
	if s.cmd.ProcessState == nil {
		s.cmd.Process.Signal(os.Interrupt)
		<-s.over
		s.cmd.Wait()
	}
	return s.cmd.ProcessState.ExitCode()
}

// runPython runs one of the clients that were written from docs/protocols.md.
func runPython(t *testing.T, client string, args ...string) string {
	t.Helper()
	out, _ := exec.Command("python3", append([]string{pythonClient(t, client)}, args...)...).CombinedOutput()
	return string(out)
}

// client runs one of sockplay's own clients, and returns what it says and its
// exit status.
func client(t *testing.T, stdin string, env []string, args ...string) (out string, status int) {
	t.Helper()
	cmd := program(t, args...)
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdin = strings.NewReader(stdin)
	b, _ := cmd.CombinedOutput()
	return string(b), cmd.ProcessState.ExitCode()
}

var sesame = []string{"SOCKPLAY_SECRET=sesame"}

func TestServeRemote(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the signal that ends it is one of Unix")
	}
	s := startServe(t, sesame, "remote")
	for _, c := range []struct {
		name, stdin string
		env         []string
		args        []string
		want        string
		status      int
	}{
		{"a command", "", sesame, []string{s.addr, "echo", "hello", "world"}, "hello world\n", 0},
		{"options are the command's", "", sesame, []string{s.addr, "uname", "-s"}, "", 0},
		{"lines", "echo one\n\necho two\nexit\necho three\n", sesame, []string{s.addr}, "one\ntwo\n", 0},
		{"its status", "", sesame, []string{s.addr, "rm", "-rf", "/"}, "sockplay: exit status 126: \"rm\" is not on the list; what is: date uptime hostname whoami echo uname df\n", 126},
		{"another secret", "", []string{"SOCKPLAY_SECRET=guess"}, []string{s.addr, "date"}, "sockplay: the server refuses: the proof is wrong: this client does not know the secret\n  try: the secret that serve remote has printed, in SOCKPLAY_SECRET or --secret-file\n", 1},
		{"no secret", "", []string{"SOCKPLAY_SECRET="}, []string{s.addr, "date"}, "sockplay: the secret is missing: serve remote prints it when it starts\n  try: SOCKPLAY_SECRET=... before sockplay, or --secret-file FILE\n", 2},
		{"no address", "", nil, nil, "sockplay: the server's address is missing, such as 127.0.0.1:7002\n  try: sockplay remote --help\n", 2},
		{"nobody there", "", sesame, []string{"127.0.0.1:1", "date"}, "sockplay: connect to 127.0.0.1:1: ECONNREFUSED\n  try: start the server first: sockplay serve remote\n", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, status := client(t, c.stdin, c.env, append([]string{"remote"}, c.args...)...)
			if !strings.Contains(out, c.want) || c.want != "" && len(out) != len(c.want) || status != c.status {
				t.Errorf("%q, status %d; want %q, %d", out, status, c.want, c.status)
			}
		})
	}
	t.Run("python", func(t *testing.T) {
		host, port, _ := net.SplitHostPort(s.addr)
		out := runPython(t, "remote_client.py", host, port, "sesame", "echo", "a b", ",", "rm", ",", "whoami")
		if !strings.HasPrefix(out, "a b\nEXIT 0\nNO command \"rm\" is not on the list") || !strings.HasSuffix(out, "\nEXIT 0\n") {
			t.Errorf("%s", out)
		}
		if out := runPython(t, "remote_client.py", host, port, "guess", "date"); out != "NO secret the proof is wrong: this client does not know the secret\n" {
			t.Errorf("%s", out)
		}
	})
	if status := s.stop(t); status != 0 {
		t.Errorf("it ends with status %d", status)
	}
	for _, want := range []string{"listen(3, 128)", "3 CLOSED → LISTEN", "4 LISTEN → SYN-RECEIVED → ESTABLISHED", "runs echo hello world", "4 CLOSE-WAIT → LAST-ACK"} {
		if !strings.Contains(s.out.String(), want) {
			t.Errorf("the view does not show %q:\n%s", want, s.out)
		}
	}
	if !strings.Contains(s.err.String(), "remote has ended, and its connections with it") {
		t.Errorf("it says %q", s.err)
	}
}

// The insecure form, and the events as JSON.
func TestServeInsecure(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the signal that ends it is one of Unix")
	}
	s := startServe(t, sesame, "remote", "--insecure", "--allow", "echo ...", "--format", "json")
	if out, status := client(t, "", sesame, "remote", s.addr, "echo", "x"); status != 1 || !strings.Contains(out, "the server wants the secret in clear: it was not sent\n  try: --insecure, if you mean it") {
		t.Errorf("%q, %d", out, status)
	}
	if out, status := client(t, "", sesame, "remote", "--insecure", s.addr, "echo", "x"); status != 0 || out != "x\n" {
		t.Errorf("%q, %d", out, status)
	}
	host, port, _ := net.SplitHostPort(s.addr)
	if out := runPython(t, "remote_client.py", host, port, "sesame", "--insecure", "date"); !strings.Contains(out, "NO command \"date\" is not on the list; what is: echo") {
		t.Errorf("%s", out)
	}
	s.stop(t)
	saw := 0
	for d := json.NewDecoder(s.out); ; {
		var e tracer.Event
		if err := d.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if e.Call == "read" && e.Result != nil && bytes.Contains(e.Result.Data, []byte(" SECRET sesame\n")) {
			saw++
		}
	}
	if saw != 2 {
		t.Errorf("the secret was seen %d times", saw)
	}
}

// What serve is asked in vain.
func TestServeRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{}, 2, "what is to be served?"},
		{[]string{"quake"}, 2, `there is no subcommand "quake"`},
		{[]string{"remote", "--addr", taken.Addr().String()}, 1, "bind: EADDRINUSE: another program has this port"},
		{[]string{"remote", "--addr", "192.0.2.1:7000"}, 1, "bind: EADDRNOTAVAIL: no interface of this machine has this address"},
		{[]string{"remote", "--addr", "7000"}, 2, "an address has a host and a port"},
		{[]string{"remote", "--addr", ":7000"}, 2, "the host is missing; *:7000 is any of this machine's"},
		{[]string{"remote", "--addr", "127.0.0.1:nine"}, 2, "there is no such address here"},
		{[]string{"remote", "--stack", "user"}, 2, "serve is on this machine's own network"},
		{[]string{"remote", "--pcap", "x.pcapng"}, 2, "serve sees no packets"},
		{[]string{"remote", "--allow", "/bin/sh"}, 2, "names no command"},
		{[]string{"remote", "--secret-file", "nowhere"}, 1, "the secret's file nowhere cannot be read"},
		{[]string{"remote", "more"}, 2, "serve remote does not know what more is\n  try: sockplay serve remote --help"},
		{[]string{"chat", "127.0.0.1:7000"}, 2, "an address stands after --addr\n  try: sockplay serve chat --addr 127.0.0.1:7000"},
		{[]string{"files", "localhost:7001"}, 2, "an address stands after --addr\n  try: sockplay serve files --addr localhost:7001"},
	} {
		out, status := client(t, "", sesame, append([]string{"serve"}, c.args...)...)
		if status != c.status || !strings.Contains(out, c.want) || strings.Count(out, "try: ") != 1 || strings.Contains(out, "not at 1") {
			t.Errorf("serve %s: status %d\n%s\nwant %d, %s", strings.Join(c.args, " "), status, out, c.status, c.want)
		}
	}
}

// On another address than the loopback it warns.
func TestServeWarns(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the signal that ends it is one of Unix")
	}
	cmd := program(t, "serve", "remote", "--addr", "*:0")
	var said strings.Builder
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "listens on") {
			once.Do(func() { cmd.Process.Signal(syscall.SIGTERM) })
		}
	}
	cmd.Wait()
	if !strings.Contains(said.String(), "is not the loopback: everybody who can reach this machine can connect") {
		t.Errorf("%s", &said)
	}
	if !regexp.MustCompile(`the secret is [a-z2-7]{20}\n`).MatchString(said.String()) {
		t.Errorf("no secret was made: %s", &said)
	}
}

// Files through serve: by sockplay's own clients, by one in Python, and what is
// broken off and goes on.
func TestServeFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the signal that ends it is one of Unix")
	}
	server, from, to, content := fileFolders(t)
	s := startServe(t, nil, "files", server)
	host, port, _ := net.SplitHostPort(s.addr)
	expect := func(out string, status int, want string, wantStatus int) {
		t.Helper()
		if flat := strings.Join(strings.Fields(out), " "); !strings.Contains(flat, want) || status != wantStatus {
			t.Errorf("%q, status %d; want %q, %d", flat, status, want, wantStatus)
		}
	}
	// A part of data.bin is there, of one that broke off.
	out, status := client(t, "", nil, "send", s.addr, filepath.Join(from, "data.bin"), filepath.Join(from, "hello.txt"))
	expect(out, status, `sent "data.bin": 700000 octets`, 0)
	expect(out, status, `sent "hello.txt": 6 octets`, 0)
	same(t, filepath.Join(server, "data.bin"), content)
	out, status = client(t, "", nil, "send", s.addr, filepath.Join(from, "hello.txt"))
	expect(out, status, `try: --replace`, 1)
	out, status = client(t, "", nil, "fetch", s.addr, "data.bin", "--folder", to)
	expect(out, status, `fetched "data.bin": 700000 octets`, 0)
	same(t, filepath.Join(to, "data.bin"), content)
	out, status = client(t, "", nil, "fetch", s.addr, "../from/hello.txt", "nowhere", "--folder", to)
	expect(out, status, `leads to no other folder`, 1)
	expect(out, status, `"nowhere"`, 1)

	out = runPython(t, "files_client.py", host, port, "replace", filepath.Join(from, "data.bin"), "python.bin")
	same(t, filepath.Join(server, "python.bin"), content)
	out += runPython(t, "files_client.py", host, port, "get", "hello.txt", to)
	same(t, filepath.Join(to, "hello.txt"), []byte("hello\n"))
	if strings.Contains(out, "Traceback") {
		t.Error(out)
	}
	s.stop(t)
	for _, want := range []string{`kept "data.bin"`, `gave out "data.bin"`, `kept "python.bin"`, "4 LISTEN → SYN-RECEIVED → ESTABLISHED"} {
		if !strings.Contains(s.out.String(), want) {
			t.Errorf("the view does not show %q:\n%s", want, s.out)
		}
	}
	out, status = client(t, "", nil, "send", s.addr, filepath.Join(from, "hello.txt"))
	expect(out, status, "ECONNREFUSED", 1)
}

// A room through serve: clients in Python hear each other.
func TestServeChat(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the signal that ends it is one of Unix")
	}
	s := startServe(t, nil, "chat")
	dan, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer dan.Close()
	io.WriteString(dan, "JOIN dan\r\n")
	bob := make(chan string)
	go func() {
		bob <- runPython(t, "chat_client.py", s.addr, "bob", "until=JOINED ann", "say=hi, ann", "until=SAID ann hello")
	}()
	for lines := bufio.NewScanner(dan); lines.Scan() && lines.Text() != "JOINED bob"; {
	}
	ann := runPython(t, "chat_client.py", s.addr, "ann", "until=SAID bob hi, ann", "who", "say=hello", "raw=DANCE", "until=LEFT bob said QUIT")
	if got := <-bob; !strings.HasSuffix(got, "SAID ann hello\nBYE you have left\n") {
		t.Errorf("bob: %s", got)
	}
	for _, want := range []string{"SAID bob hi, ann\nHERE dan bob ann\nOK 3\n", "ERROR UNKNOWN", "BYE you have left\n"} {
		if !strings.Contains(ann, want) {
			t.Errorf("ann: %s\nwithout %q", ann, want)
		}
	}
}
