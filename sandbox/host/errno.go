//go:build !windows

package host

import (
	"net"
	"syscall"

	"sockplay/sandbox"
)

// errnos are the system's errors and their names.
var errnos = []struct {
	err  error
	name sandbox.Errno
}{
	{syscall.EADDRINUSE, "EADDRINUSE"},
	{syscall.EADDRNOTAVAIL, "EADDRNOTAVAIL"},
	{syscall.EACCES, "EACCES"},
	{syscall.ECONNREFUSED, "ECONNREFUSED"},
	{syscall.ECONNRESET, "ECONNRESET"},
	{syscall.ECONNABORTED, "ECONNABORTED"},
	{syscall.EPIPE, "EPIPE"},
	{syscall.EMFILE, "EMFILE"},
	{syscall.ENFILE, "ENFILE"},
	{syscall.ETIMEDOUT, "ETIMEDOUT"},
	{syscall.EHOSTUNREACH, "EHOSTUNREACH"},
	{syscall.ENETUNREACH, "ENETUNREACH"},
	{syscall.EMSGSIZE, "EMSGSIZE"},
	{syscall.ENOTCONN, "ENOTCONN"},
	{syscall.EINVAL, "EINVAL"},
	{net.ErrClosed, "EBADF"},
}
