package netstack

import (
	"gvisor.dev/gvisor/pkg/tcpip"

	"sockplay/sandbox"
)

// errnoOf is the errno that Linux has for an error of gVisor's; nil stays nil.
func errnoOf(err tcpip.Error) error {
	switch err.(type) {
	case nil:
		return nil
	case *tcpip.ErrAddressFamilyNotSupported:
		return sandbox.Errno("EAFNOSUPPORT")
	case *tcpip.ErrAlreadyBound, *tcpip.ErrInvalidEndpointState, *tcpip.ErrInvalidOptionValue, *tcpip.ErrMalformedHeader:
		return sandbox.EINVAL
	case *tcpip.ErrAlreadyConnected:
		return sandbox.EISCONN
	case *tcpip.ErrAlreadyConnecting:
		return sandbox.EALREADY
	case *tcpip.ErrBadAddress, *tcpip.ErrBadBuffer:
		return sandbox.Errno("EFAULT")
	case *tcpip.ErrBadLocalAddress:
		return sandbox.Errno("EADDRNOTAVAIL")
	case *tcpip.ErrBroadcastDisabled:
		return sandbox.Errno("EACCES")
	case *tcpip.ErrClosedForSend, *tcpip.ErrAborted:
		return sandbox.EPIPE
	case *tcpip.ErrConnectStarted:
		return sandbox.EINPROGRESS
	case *tcpip.ErrConnectionRefused:
		return sandbox.ECONNREFUSED
	case *tcpip.ErrConnectionReset, *tcpip.ErrConnectionAborted:
		return sandbox.Errno("ECONNRESET")
	case *tcpip.ErrDestinationRequired:
		return sandbox.Errno("EDESTADDRREQ")
	case *tcpip.ErrDuplicateAddress:
		return sandbox.Errno("EEXIST")
	case *tcpip.ErrHostUnreachable, *tcpip.ErrHostDown:
		return sandbox.Errno("EHOSTUNREACH")
	case *tcpip.ErrMessageTooLong:
		return sandbox.Errno("EMSGSIZE")
	case *tcpip.ErrNetworkUnreachable, *tcpip.ErrNoNet:
		return sandbox.Errno("ENETUNREACH")
	case *tcpip.ErrNoBufferSpace:
		return sandbox.Errno("ENOBUFS")
	case *tcpip.ErrNoPortAvailable:
		return sandbox.EAGAIN
	case *tcpip.ErrNoSuchFile:
		return sandbox.Errno("ENOENT")
	case *tcpip.ErrNotConnected:
		return sandbox.Errno("ENOTCONN")
	case *tcpip.ErrNotPermitted:
		return sandbox.Errno("EPERM")
	case *tcpip.ErrNotSupported, *tcpip.ErrQueueSizeNotSupported:
		return sandbox.Errno("EOPNOTSUPP")
	case *tcpip.ErrPortInUse:
		return sandbox.Errno("EADDRINUSE")
	case *tcpip.ErrTimeout:
		return sandbox.ETIMEDOUT
	case *tcpip.ErrUnknownProtocolOption:
		return sandbox.ENOPROTOOPT
	case *tcpip.ErrWouldBlock:
		return sandbox.EAGAIN
	}
	return sandbox.EINVAL
}
