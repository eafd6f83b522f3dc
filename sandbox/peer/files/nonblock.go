//go:build !js && !wasip1

package files

import "syscall"

// nonblock keeps an open of a named pipe from waiting for its other end, where a
// file was a moment before.
const nonblock = syscall.O_NONBLOCK
