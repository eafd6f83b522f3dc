//go:build linux

package kernel

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// Command prepares a program.
func (s *Stack) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, marker+"=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// Start starts a program in the stack's namespaces. It dies with this process.
func (s *Stack) Start(cmd *exec.Cmd) (err error) {
	s.home.do(func() { err = cmd.Start() })
	return err
}

// Kill ends a program's process group.
func (s *Stack) Kill(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}
