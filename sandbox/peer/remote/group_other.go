//go:build !unix

package remote

import "os/exec"

func own(*exec.Cmd) {}

// end kills the program. What it has started is its own there.
func end(cmd *exec.Cmd) { cmd.Process.Kill() }
