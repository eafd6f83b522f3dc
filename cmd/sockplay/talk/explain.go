package talk

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// Explain says in plain words what a failed call on a connection means.
func Explain(err error) string {
	var dns *net.DNSError
	var timeout net.Error
	var place *net.AddrError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "ECONNREFUSED: the host is there, but nobody listens on that port"
	case errors.Is(err, syscall.ECONNRESET):
		return "ECONNRESET: the other side has ended it with an RST"
	case errors.Is(err, syscall.EPIPE):
		return "EPIPE: the other side has closed it"
	case errors.Is(err, syscall.ENETUNREACH):
		return "ENETUNREACH: no way leads to that network"
	case errors.Is(err, syscall.EHOSTUNREACH):
		return "EHOSTUNREACH: no way leads to that host, or it is not there"
	case errors.As(err, &place):
		return "that is no address: a host, a colon, and a port from 1 to 65535"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no host has that name"
	case errors.As(err, &dns):
		return "the name could not be looked up: no name server answers"
	case errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		return "ETIMEDOUT: no answer came, not even a refusal: the host is not there, or something on the way drops the packets"
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}
