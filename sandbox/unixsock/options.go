package unixsock

import "sockplay/sandbox"

// What Linux begins with and allows (net.core.wmem_default and wmem_max; 6.17
// has raised the latter from 212,992).
const (
	defaultBuffer = 212_992
	maxBuffer     = 4 << 20
	minSndbuf     = 4608
	minRcvbuf     = 2304
)

// Getsockopt is getsockopt(2).
func (s *socket) Getsockopt(o sandbox.Option) (int, error) {
	switch o {
	case sandbox.SO_SNDBUF:
		return s.sndbuf, nil
	case sandbox.SO_RCVBUF:
		return s.rcvbuf, nil
	case sandbox.SO_LINGER:
		return s.linger, nil
	case sandbox.SO_TYPE:
		if s.stream() {
			return 1, nil
		}
		return 2, nil
	case sandbox.SO_ACCEPTCONN:
		if s.state == listening {
			return 1, nil
		}
		return 0, nil
	case sandbox.SO_REUSEADDR, sandbox.SO_REUSEPORT, sandbox.SO_KEEPALIVE, sandbox.SO_BROADCAST, sandbox.SO_RCVTIMEO, sandbox.SO_SNDTIMEO:
		return s.other[o], nil
	}
	return 0, sandbox.Errno("EOPNOTSUPP") // those of TCP and IP
}

// Setsockopt is setsockopt(2).
func (s *socket) Setsockopt(o sandbox.Option, value int) error {
	switch o {
	case sandbox.SO_SNDBUF:
		s.sndbuf = buffer(value, minSndbuf)
	case sandbox.SO_RCVBUF:
		s.rcvbuf = buffer(value, minRcvbuf)
	case sandbox.SO_LINGER:
		s.linger = value
	case sandbox.SO_TYPE, sandbox.SO_ACCEPTCONN, sandbox.SO_ERROR:
		return sandbox.ENOPROTOOPT // they can only be read
	case sandbox.SO_REUSEADDR, sandbox.SO_KEEPALIVE, sandbox.SO_BROADCAST:
		if value != 0 {
			value = 1
		}
		s.set(o, value)
	case sandbox.SO_RCVTIMEO, sandbox.SO_SNDTIMEO:
		s.set(o, max(0, value))
	case sandbox.SO_REUSEPORT:
		if value != 0 {
			return sandbox.Errno("EOPNOTSUPP")
		}
	default:
		return sandbox.Errno("EOPNOTSUPP")
	}
	return nil
}

func (s *socket) set(o sandbox.Option, value int) {
	if s.other == nil {
		s.other = make(map[sandbox.Option]int)
	}
	s.other[o] = value
}

// buffer is what a buffer becomes that is set to n: twice that, within limits.
// A negative size is a very large one.
func buffer(n, least int) int {
	if n < 0 || n > maxBuffer {
		n = maxBuffer
	}
	return max(2*n, least)
}

// TakeError is getsockopt(2) with SO_ERROR.
func (s *socket) TakeError() (sandbox.Errno, error) {
	err := s.err
	s.err = ""
	return err, nil
}
