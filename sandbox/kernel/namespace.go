//go:build linux

package kernel

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// marker tells the program that it is the copy inside the namespaces; its
// value is the network namespace that it must not be in.
const marker = "SOCKPLAY_OUTSIDE"

// statusFD is where the copy inside reports its exit status, so that nobody
// needs to wait for its namespaces to be torn down.
const statusFD = 3

// Inside reports whether this process is the copy inside the namespaces.
func Inside() bool { return os.Getenv(marker) != "" }

// Reenter runs this program again, with the same arguments and standard files,
// in namespaces of its own, and returns its exit status. The error is a
// *Refusal where the system forbids such namespaces. When this process is
// killed, all in the namespaces dies with it.
func Reenter() (status int, err error) {
	outside, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return 0, &Refusal{
			What: "/proc/self/ns/net: " + errnoName(err), Means: "this system shows no network namespaces",
			Try: "a Linux with /proc mounted and CONFIG_NET_NS",
		}
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	report, reportIn, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer report.Close()

	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{reportIn}
	cmd.Env = append(os.Environ(), marker+"="+outside)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWPID,
		// The identity mapping, so that whoami tells the truth inside.
		UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}},
		// An identity mapping loses the namespace's capabilities at exec,
		// unless they are ambient (capabilities(7)). The first three are for
		// the wire, the last is for the folder of the unix sockets.
		AmbientCaps: []uintptr{unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_NET_BIND_SERVICE, unix.CAP_SYS_ADMIN},
		Pdeathsig:   unix.SIGKILL,
	}
	// The parent-death signal comes when the thread that forked ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	terminal, _ := term.GetState(int(os.Stdin.Fd())) // nil if it is none
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT)
	err = cmd.Start()
	reportIn.Close()
	if err != nil {
		signal.Stop(signals)
		return 0, refuseNamespace(err)
	}
	forwarded := make(chan struct{})
	go func() { // ends when signals is closed below
		defer close(forwarded)
		for s := range signals {
			cmd.Process.Signal(s)
		}
	}()
	var b [1]byte
	_, readErr := io.ReadFull(report, b[:])
	if readErr != nil { // it ended without a report: by a signal, or it could not start
		waitErr := cmd.Wait()
		if terminal != nil { // it may have died at its prompt
			_ = term.Restore(int(os.Stdin.Fd()), terminal)
		}
		b[0] = 1
		if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
			b[0] = 128 + byte(s.Signal())
		} else if code := cmd.ProcessState.ExitCode(); code > 0 {
			b[0] = byte(code)
		} else if waitErr == nil {
			b[0] = 0
		}
	}
	signal.Stop(signals)
	close(signals)
	<-forwarded
	return int(b[0]), nil
}

// Report tells the process outside that this one ends with the status. Call
// it last, when all output is written. Outside the namespaces it does nothing.
func Report(status int) {
	if !Inside() {
		return
	}
	unix.Write(statusFD, []byte{byte(status)})
	unix.Close(statusFD)
}

// checkInside makes sure that what follows cannot touch the machine's own
// loopback: this must be another network namespace than the one outside. That
// it is a new one, setup checks as well.
func checkInside() error {
	now, err := os.Readlink("/proc/thread-self/ns/net") // another thread may be in another one
	if err != nil {
		return err
	}
	if !Inside() || now == os.Getenv(marker) {
		return errors.New("not in a network namespace of its own")
	}
	return nil
}

// refuseNamespace explains why clone(2) refused the namespaces.
func refuseNamespace(err error) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err
	}
	r := &Refusal{What: "a new user and network namespace: " + unix.ErrnoName(errno)}
	switch errno {
	case unix.ENOSPC:
		r.Means = "this system allows no (more) user namespaces"
		r.Try = "ask its administrator for: sysctl user.max_user_namespaces=15000"
		if v := readSysctl("user/max_user_namespaces"); v != "" {
			r.Means += fmt.Sprintf(" (user.max_user_namespaces is %s)", v)
		}
	case unix.EPERM, unix.EACCES:
		r.Means, r.Try = forbidden()
	case unix.EINVAL, unix.ENOSYS:
		r.Means = "this kernel was built without user namespaces (CONFIG_USER_NS)"
		r.Try = "another kernel has them"
	default:
		r.Means = "the system refused it"
		r.Try = "sockplay doctor as root tells whether it is a matter of rights"
	}
	return r
}

// forbidden tells who it may be that forbids user namespaces.
func forbidden() (means, try string) {
	switch {
	case readSysctl("kernel/unprivileged_userns_clone") == "0":
		return "this system lets only root make user namespaces (kernel.unprivileged_userns_clone is 0)",
			"ask its administrator for: sysctl kernel.unprivileged_userns_clone=1"
	case readSysctl("kernel/apparmor_restrict_unprivileged_userns") == "1":
		return "AppArmor forbids user namespaces to programs that it does not know (the default of Ubuntu 24.04)",
			"ask its administrator for: sysctl kernel.apparmor_restrict_unprivileged_userns=0"
	default:
		return "something forbids user namespaces here, most often a container's seccomp profile or a security module",
			"run it outside the container, give the container --security-opt seccomp=unconfined"
	}
}

func readSysctl(name string) string {
	b, err := os.ReadFile("/proc/sys/" + name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// errnoName names the errno inside err, or gives err's own text.
func errnoName(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		if name := unix.ErrnoName(errno); name != "" {
			return name
		}
	}
	return err.Error()
}
