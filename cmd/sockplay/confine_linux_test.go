package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Machines that withhold something from the program, each made for real on
// this one. confine names one; the test binary then starts itself again there.
const (
	confine  = "SOCKPLAY_TEST_CONFINE"
	confined = "SOCKPLAY_TEST_CONFINED" // it is there already
)

// nobody is an unprivileged user, by custom.
const nobody = 65534

// confinement is a way to withhold something.
type confinement struct {
	flags uintptr // namespaces that it needs
	apply func() error
	root  bool // only root can make it
}

var confinements = map[string]confinement{
	// An ordinary user of a machine whose TUN device all may open.
	"nobody": {flags: unix.CLONE_NEWNS, root: true, apply: func() error {
		return errors.Join(tunNode(0o666), becomeNobody())
	}},
	// ... and of one whose TUN device is root's alone.
	"tun-0600": {flags: unix.CLONE_NEWNS, root: true, apply: func() error {
		return errors.Join(tunNode(0o600), becomeNobody())
	}},
	"tun-missing": {flags: unix.CLONE_NEWNS, apply: emptyDevNet},
	"proc-read-only": {flags: unix.CLONE_NEWNS, apply: func() error {
		return errors.Join(
			unix.Mount("/proc/sys", "/proc/sys", "", unix.MS_BIND, ""),
			unix.Mount("", "/proc/sys", "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	}},
	"no-namespaces": {flags: unix.CLONE_NEWUSER, apply: func() error {
		return os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0)
	}},
	"clone-eperm":  {apply: func() error { return denyNewUser(unix.EPERM) }},
	"clone-eacces": {apply: func() error { return denyNewUser(unix.EACCES) }},
	"no-tunsetiff": {apply: func() error { return deny(unix.SYS_IOCTL, 1, unix.TUNSETIFF, unix.EPERM) }},
	"no-netlink":   {apply: func() error { return deny(unix.SYS_SOCKET, 0, unix.AF_NETLINK, unix.EACCES) }},
}

// enterConfinement makes what confine names, and starts this binary again
// there with the same arguments; it does not return. If nothing is named, or
// this is the copy already, it does nothing.
func enterConfinement() {
	name := os.Getenv(confine)
	if name == "" || os.Getenv(confined) == "exec" {
		return
	}
	c, ok := confinements[name]
	if !ok {
		panic("no confinement " + name)
	}
	if c.flags != 0 && os.Getenv(confined) == "" {
		os.Exit(inNamespaces(c.flags))
	}
	runtime.LockOSThread() // a seccomp filter is of one thread, and stays at exec
	if err := c.apply(); err != nil {
		fmt.Fprintln(os.Stderr, name, err)
		os.Exit(99)
	}
	os.Setenv(confined, "exec")
	self := binary
	if _, err := os.Stat(self); err != nil {
		self, _ = os.Executable()
	}
	err := syscall.Exec(self, os.Args, os.Environ())
	fmt.Fprintln(os.Stderr, err)
	os.Exit(99)
}

// inNamespaces runs this binary again in new namespaces, and returns its
// status. Who is not root needs a user namespace for any.
func inNamespaces(flags uintptr) int {
	self, _ := os.Executable()
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), confined+"=namespaces")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
	}
	if cmd.SysProcAttr.Cloneflags&unix.CLONE_NEWUSER != 0 {
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 99
	}
	return cmd.ProcessState.ExitCode()
}

// emptyDevNet hides the machine's TUN device from this mount namespace.
func emptyDevNet() error {
	return errors.Join(
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("none", "/dev/net", "tmpfs", 0, ""))
}

// binary is where nobody finds the program: go test keeps its own for itself.
const binary = "/dev/net/sockplay"

// tunNode puts a TUN device of that mode in the place of the machine's.
func tunNode(mode uint32) error {
	node := filepath.Join("/dev/net", "tun")
	self, err := os.Executable()
	return errors.Join(
		err,
		emptyDevNet(),
		unix.Mknod(node, unix.S_IFCHR|mode, int(unix.Mkdev(10, 200))),
		unix.Chmod(node, mode),
		os.WriteFile(binary, nil, 0o755),
		unix.Mount(self, binary, "", unix.MS_BIND, ""))
}

func becomeNobody() error {
	return errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody))
}

// denyNewUser refuses clone(2) with CLONE_NEWUSER, as seccomp and AppArmor do.
func denyNewUser(errno unix.Errno) error {
	return filter(
		bpf(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, 0, 0, 0),
		bpf(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, unix.SYS_CLONE, 0, 3),
		bpf(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, 16, 0, 0),
		bpf(unix.BPF_JMP|unix.BPF_JSET|unix.BPF_K, unix.CLONE_NEWUSER, 0, 1),
		bpf(unix.BPF_RET|unix.BPF_K, unix.SECCOMP_RET_ERRNO|uint32(errno), 0, 0),
		bpf(unix.BPF_RET|unix.BPF_K, unix.SECCOMP_RET_ALLOW, 0, 0))
}

// deny refuses a system call one of whose arguments has that value.
func deny(call uint32, arg int, value uint32, errno unix.Errno) error {
	return filter(
		bpf(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, 0, 0, 0),
		bpf(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, call, 0, 3),
		bpf(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, uint32(16+8*arg), 0, 0),
		bpf(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, value, 0, 1),
		bpf(unix.BPF_RET|unix.BPF_K, unix.SECCOMP_RET_ERRNO|uint32(errno), 0, 0),
		bpf(unix.BPF_RET|unix.BPF_K, unix.SECCOMP_RET_ALLOW, 0, 0))
}

func bpf(code uint16, k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: code, K: k, Jt: yes, Jf: no}
}

// filter puts a seccomp filter over this thread. It looks at struct
// seccomp_data: the call's number at 0, its arguments from 16, 8 octets each.
func filter(program ...unix.SockFilter) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	p := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, errno := unix.Syscall(unix.SYS_PRCTL, unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&p)))
	if errno != 0 {
		return errno
	}
	return nil
}
