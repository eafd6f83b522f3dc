package host

import (
	"net"

	"golang.org/x/sys/windows"

	"sockplay/sandbox"
)

// errnos are the system's errors and the names that POSIX has for them.
var errnos = []struct {
	err  error
	name sandbox.Errno
}{
	{windows.WSAEADDRINUSE, "EADDRINUSE"},
	{windows.WSAEADDRNOTAVAIL, "EADDRNOTAVAIL"},
	{windows.WSAEACCES, "EACCES"},
	{windows.WSAECONNREFUSED, "ECONNREFUSED"},
	{windows.WSAECONNRESET, "ECONNRESET"},
	{windows.WSAECONNABORTED, "ECONNABORTED"},
	{windows.WSAESHUTDOWN, "EPIPE"},
	{windows.WSAEMFILE, "EMFILE"},
	{windows.WSAETIMEDOUT, "ETIMEDOUT"},
	{windows.WSAEHOSTUNREACH, "EHOSTUNREACH"},
	{windows.WSAENETUNREACH, "ENETUNREACH"},
	{windows.WSAEMSGSIZE, "EMSGSIZE"},
	{windows.WSAENOTCONN, "ENOTCONN"},
	{windows.WSAEINVAL, "EINVAL"},
	{net.ErrClosed, "EBADF"},
}
