//go:build unix

package remote

import (
	"os/exec"
	"syscall"
)

// own gives the program a process group of its own (setpgid(2)).
func own(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// end kills the whole group (kill(2)), and the program itself, which may have
// gone to another; once that has been waited for, it is not.
func end(cmd *exec.Cmd) {
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	cmd.Process.Kill()
}
