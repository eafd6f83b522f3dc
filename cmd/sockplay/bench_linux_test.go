package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockplay/tracer"
)

// benched is the program to measure: as it was built, since the test binary
// has more to initialise.
func benched(b *testing.B) string {
	path := os.Getenv("SOCKPLAY_BENCH")
	if path == "" {
		b.Skip("make bench runs this, with the program's path in SOCKPLAY_BENCH")
	}
	return path
}

// benchUse is what a program and all its children took.
type benchUse struct {
	wall time.Duration // until the program had ended
	cpu  time.Duration
	rss  int64 // octets, of the largest of them
}

// measureProgram runs a program whose standard error is looked at only if it fails.
func measureProgram(b *testing.B, out io.Writer, name string, args ...string) benchUse {
	b.Helper()
	// The copy of sockplay in the namespaces outlives the one that we start:
	// as an orphan it becomes our child, so that its usage can be asked for.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		b.Fatal(err)
	}
	var complaint bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = out, &complaint
	cmd.WaitDelay = time.Second
	start := time.Now()
	err := cmd.Run()
	u := benchUse{wall: time.Since(start)}
	if err != nil {
		b.Fatalf("%s: %v\n%s", cmd, err, &complaint)
	}
	r := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	u.cpu, u.rss = time.Duration(r.Utime.Nano()+r.Stime.Nano()), r.Maxrss<<10
	for {
		var orphan unix.Rusage
		_, err := unix.Wait4(-1, nil, 0, &orphan)
		if err == unix.EINTR {
			continue
		}
		if err != nil { // ECHILD
			return u
		}
		u.cpu += time.Duration(orphan.Utime.Nano() + orphan.Stime.Nano())
		u.rss = max(u.rss, orphan.Maxrss<<10)
	}
}

// settleTime is longer than the kernel takes to clear a namespace away, which
// is not to be charged to what is measured next.
const settleTime = 60 * time.Millisecond

const sessionScript = `socket tcp
bind 3 127.0.0.1:8080
listen 3 5
client: socket tcp
client: connect 3 127.0.0.1:8080
accept 3
client: write 3 "hello"
read 4 100
write 4 "world"
client: read 3 100
client: close 3
close 4
close 3
`

// sessionPython makes the same calls on the machine's own loopback.
const sessionPython = `import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(5)
c = socket.socket()
c.connect(s.getsockname())
a, _ = s.accept()
c.send(b"hello")
a.recv(100)
a.send(b"world")
c.recv(100)
c.close()
a.close()
s.close()
`

// python is the interpreter itself, for what is called python3 may be a version
// manager's script that starts it; "" if there is none.
func python(b *testing.B) string {
	out, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		b.Log("no python3 here: there is nothing to compare with")
	}
	return strings.TrimSpace(string(out))
}

// BenchmarkSession runs a TCP session as a whole program, by turns: as a
// script of sockplay on either stack, drawn and as JSON, and as a Python
// script, which traces nothing. Bare is Python without its site packages, whose start-up hooks are
// another matter on every machine. Pass and version are what either program
// takes to start at all.
func BenchmarkSession(b *testing.B) {
	bin, dir := benched(b), b.TempDir()
	script, py := filepath.Join(dir, "session.sock"), filepath.Join(dir, "session.py")
	for name, text := range map[string]string{script: sessionScript, py: sessionPython} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	type contestant struct {
		name string
		args []string
		runs []benchUse
	}
	var list []*contestant
	add := func(name string, args ...string) { list = append(list, &contestant{name: name, args: args}) }
	python := python(b)
	if exec.Command(bin, "doctor", "--stack", "kernel").Run() == nil {
		checkSession(b, bin, "kernel", script)
		add("ladder", bin, "run", "--stack", "kernel", script)
	}
	if python != "" {
		add("python", python, py)
	}
	checkSession(b, bin, "user", script)
	add("user", bin, "run", "--stack", "user", script)
	if list[0].name == "ladder" {
		add("json", bin, "run", "--stack", "kernel", "--format", "json", script)
	}
	if python != "" {
		add("bare", python, "-S", py)
	}
	add("userjson", bin, "run", "--stack", "user", "--format", "json", script)
	if python != "" {
		add("pass", python, "-c", "pass")
	}
	add("version", bin, "--version")
	devNull, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer devNull.Close()
	for _, c := range list { // once, so that all files are in memory
		measureProgram(b, devNull, c.args[0], c.args[1:]...)
	}
	for first := 0; b.Loop(); first++ {
		for i := range list { // each is now after one and now after another
			c := list[(first+i)%len(list)]
			time.Sleep(settleTime)
			c.runs = append(c.runs, measureProgram(b, devNull, c.args[0], c.args[1:]...))
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, c := range list {
		wall, cpu := make([]float64, len(c.runs)), make([]float64, len(c.runs))
		for i, u := range c.runs {
			wall[i], cpu[i] = u.wall.Seconds()*1e3, u.cpu.Seconds()*1e3
		}
		slices.Sort(wall)
		slices.Sort(cpu)
		n := len(wall)
		b.ReportMetric(wall[0], c.name+"-min-ms")
		b.ReportMetric(wall[n/2], c.name+"-p50-ms")
		b.ReportMetric(wall[n-1], c.name+"-max-ms")
		b.ReportMetric(cpu[n/2], c.name+"-cpu-ms")
	}
}

// checkSession makes sure that what is measured is the real thing: all
// packets recorded, and no difference between the tracer and the stack.
func checkSession(b *testing.B, bin, stack, script string) {
	var out bytes.Buffer
	measureProgram(b, &out, bin, "run", "--stack", stack, "--format", "json", script)
	var kinds []string
	delivered := 0
	for line := range strings.Lines(out.String()) {
		var e tracer.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			b.Fatal(err)
		}
		switch {
		case e.Kind == tracer.KindNote:
			b.Fatal(e.Text)
		case e.Fate == tracer.Sent:
			kinds = append(kinds, strings.Join(e.Packet.Flags, "+"))
		case e.Fate == tracer.Delivered:
			delivered++
		}
	}
	const want = "SYN SYN+ACK ACK PSH+ACK ACK PSH+ACK ACK FIN+ACK ACK FIN+ACK ACK"
	if got := strings.Join(kinds, " "); got != want || delivered != len(kinds) {
		b.Fatalf("%s, of which %d were delivered; want %s", got, delivered, want)
	}
}

// BenchmarkTransfer sends 100 MB through the whole program.
func BenchmarkTransfer(b *testing.B) {
	const chunk, chunks = 1_000_000, 100
	bin, dir := benched(b), b.TempDir()
	script := filepath.Join(dir, "transfer.sock")
	text := "socket tcp\nbind 3 127.0.0.1:8080\nlisten 3 5\nclient: socket tcp\nclient: connect 3 127.0.0.1:8080\naccept 3\n" +
		strings.Repeat(fmt.Sprintf("recv 4 %d MSG_WAITALL\nclient: write 3 %[1]d\nserver: expect return %[1]d\n", chunk), chunks) +
		"client: close 3\nclose 4\n"
	if err := os.WriteFile(script, []byte(text), 0o666); err != nil {
		b.Fatal(err)
	}
	for _, format := range []string{"ladder", "json"} {
		b.Run(format, func(b *testing.B) {
			name := os.DevNull
			if format == "ladder" { // which is short, and is looked at below
				name = filepath.Join(dir, "out")
			}
			out, err := os.Create(name)
			if err != nil {
				b.Fatal(err)
			}
			defer out.Close()
			var u benchUse
			b.SetBytes(chunk * chunks)
			for b.Loop() {
				u = measureProgram(b, out, bin, "run", "--stack", "kernel", "--format", format, script)
			}
			if format == "ladder" {
				drawn, err := os.ReadFile(name)
				if err != nil {
					b.Fatal(err)
				}
				if whole := bytes.Count(drawn, []byte("; none lost,")); whole < chunks || bytes.Contains(drawn, []byte("difference")) {
					b.Fatalf("of %d writes only %d are drawn with no packet lost, or there is a difference", chunks, whole)
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(chunk*chunks/1e6/u.cpu.Seconds(), "MB/cpu-s")
			b.ReportMetric(float64(u.rss)/1e6, "rss-MB")
		})
	}
}
