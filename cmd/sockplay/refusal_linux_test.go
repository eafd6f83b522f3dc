package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockplay/tracer"
)

// TestRefusals starts the program on machines that withhold something: doctor
// and the start-up line must say exactly what, and what to do.
func TestRefusals(t *testing.T) {
	needKernel(t) // what is to be withheld must be there
	for _, test := range []struct{ machine, what, means, try string }{
		{"no-namespaces", "a new user and network namespace: ENOSPC", "allows no (more) user namespaces (user.max_user_namespaces is 0)", "sysctl user.max_user_namespaces=15000"},
		{"clone-eperm", "a new user and network namespace: EPERM", "a container's seccomp profile", "--security-opt seccomp=unconfined"},
		{"clone-eacces", "a new user and network namespace: EACCES", "forbids user namespaces", "try: "},
		{"no-tunsetiff", "a TUN device (TUNSETIFF): EPERM", "the system gives it no rights: AppArmor", "sysctl kernel.apparmor_restrict_unprivileged_userns=0"},
		{"no-netlink", "over netlink: EACCES", "the system gives it no rights: AppArmor", "sysctl kernel.apparmor_restrict_unprivileged_userns=0"},
		{"tun-missing", "/dev/net/tun: ENOENT", "has no TUN device", "modprobe tun"},
		{"tun-0600", "/dev/net/tun: EACCES", "you may not open it", "chmod 0666 /dev/net/tun"},
		{"proc-read-only", "route_localnet: EROFS", "/proc/sys is read-only", "outside the container"},
	} {
		t.Run(test.machine, func(t *testing.T) {
			if confinements[test.machine].root && os.Geteuid() != 0 {
				t.Skip("only root can make this machine")
			}
			all := []string{test.what, test.means, test.try}
			for _, run := range []struct {
				args   []string
				status int
				want   []string
			}{
				{[]string{"doctor"}, done, append(all, "ok  user stack", "auto takes the user stack")},
				{[]string{"doctor", "--stack", "kernel"}, failed, all},
				{[]string{"run", "--stack", "kernel", "-"}, failed, all},
				{[]string{"run", "-"}, done, []string{"stack: user", test.what, "a tcp socket"}},
			} {
				cmd := program(t, run.args...)
				cmd.Env = append(cmd.Env, confine+"="+test.machine)
				cmd.Stdin = strings.NewReader("socket tcp\n")
				out, err := cmd.CombinedOutput()
				if status := cmd.ProcessState.ExitCode(); status != run.status {
					t.Errorf("sockplay %v: %v, want status %d", run.args, err, run.status)
				}
				said := strings.Join(strings.Fields(string(out)), " ") // it is wrapped
				for _, want := range run.want {
					if !strings.Contains(said, strings.Join(strings.Fields(want), " ")) {
						t.Errorf("sockplay %v does not say %q:\n%s", run.args, want, out)
					}
				}
			}
		})
	}
}

// TestUnprivileged runs all of the conformance scripts as a user without any
// privilege.
func TestUnprivileged(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("who runs the tests is such a user already: see TestConformance")
	}
	needKernel(t)
	t.Setenv(confine, "nobody")
	runScripts(t, "testdata/conformance", "kernel")
}

// TestKill kills the program outright: nothing may be left of what it started.
func TestKill(t *testing.T) {
	needKernel(t)
	cmd := program(t, "run", "--stack", "kernel", "--format", "json", "-")
	temporary := t.TempDir()
	cmd.Env = append(cmd.Env, "TMPDIR="+temporary)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	fmt.Fprintln(stdin, `client: socket tcp`)
	fmt.Fprintln(stdin, `server: socket unix`)
	fmt.Fprintln(stdin, `server: bind 3 chat.sock`)
	fmt.Fprintln(stdin, `client: run sh -c "sleep 1000 & echo up; exec sleep 1000" &`)
	fmt.Fprintln(stdin, `advance 10s`)
	await(t, stdout, func(e tracer.Event) bool { return e.Kind == tracer.KindOutput && string(e.Data) == "up\n" })

	family := descendants(cmd.Process.Pid)
	if len(family) < 3 {
		t.Fatalf("only the processes %v: the program inside, and two sleeps, were to be there", family)
	}
	namespace, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", family[0]))
	if err != nil {
		t.Fatal(err)
	}
	var fds []int
	for _, pid := range family {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		fds = append(fds, fd)
	}
	if err := cmd.Process.Signal(unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for i, fd := range fds {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, int(time.Until(deadline).Milliseconds()))
		for err == unix.EINTR {
			n, err = unix.Poll(poll, int(time.Until(deadline).Milliseconds()))
		}
		if n != 1 || err != nil {
			t.Errorf("process %d is still there (%v)", family[i], err)
		}
	}
	links, _ := filepath.Glob("/proc/[0-9]*/ns/net")
	for _, l := range links {
		if ns, _ := os.Readlink(l); ns == namespace {
			t.Errorf("%s is still in the namespace", l)
		}
	}
	if _, err := os.Stat("/sys/class/net/wire"); err == nil {
		t.Error("a device was left in the machine's own namespace")
	}
	if left, err := os.ReadDir(temporary); len(left) > 0 || err != nil {
		t.Errorf("the folder of unix sockets was left: %v, %v", left, err)
	}
}

// TestSignals: a signal ends a script at once, also while it waits for its next
// line, and the status tells which it was.
func TestSignals(t *testing.T) {
	needKernel(t)
	for signal, status := range map[unix.Signal]int{unix.SIGINT: 130, unix.SIGTERM: 143, unix.SIGHUP: 129} {
		for _, line := range []string{"socket tcp", "advance 1h"} {
			t.Run(fmt.Sprintf("%v/%s", signal, line), func(t *testing.T) {
				cmd := program(t, "run", "--stack", "kernel", "--format", "json", "-")
				stdin, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				defer stdin.Close()
				stdout, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				fmt.Fprintln(stdin, line)
				await(t, stdout, func(e tracer.Event) bool {
					return e.Kind == tracer.KindReturn || e.Kind == tracer.KindCommand
				})
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				_ = cmd.Wait()
				if got := cmd.ProcessState.ExitCode(); got != status {
					t.Errorf("exit status %d, want %d", got, status)
				}
			})
		}
	}
}

// TestInnerKilled: the terminal is given back by the process outside when the
// one inside, which has the prompt, is killed outright.
func TestInnerKilled(t *testing.T) {
	x := prompt(t, "kernel", 80, 24)
	inner := descendants(x.Cmd.Process.Pid)
	if len(inner) != 1 {
		t.Fatalf("the processes inside are %v", inner)
	}
	if err := unix.Kill(inner[0], unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	x.Until("the end", func() bool { return x.Exited.Err() != nil })
	if got := x.Cmd.ProcessState.ExitCode(); got != 137 {
		t.Errorf("exit status %d, not 137", got)
	}
	if x.Termios() != x.Before {
		t.Error("the terminal was not given back")
	}
}

// await reads events until one satisfies ok.
func await(t *testing.T, r io.Reader, ok func(tracer.Event) bool) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e tracer.Event
		if err := json.Unmarshal(bytes.TrimSpace(lines.Bytes()), &e); err == nil && ok(e) {
			return
		}
	}
	t.Fatal("the event that the test waits for has not come")
}

// descendants lists a process's children, and theirs, and so on.
func descendants(pid int) []int {
	var list []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		b, _ := os.ReadFile(task)
		for _, word := range strings.Fields(string(b)) {
			child, _ := strconv.Atoi(word)
			list = append(append(list, child), descendants(child)...)
		}
	}
	return list
}
