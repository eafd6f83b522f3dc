//go:build linux

package kernel

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"sockplay/sandbox"
)

// loIndex is lo's number: the first that a namespace has.
const loIndex = 1

// options gives the level and the number of each option.
var options = map[sandbox.Option][2]int{
	sandbox.SO_REUSEADDR:       {unix.SOL_SOCKET, unix.SO_REUSEADDR},
	sandbox.SO_REUSEPORT:       {unix.SOL_SOCKET, unix.SO_REUSEPORT},
	sandbox.SO_KEEPALIVE:       {unix.SOL_SOCKET, unix.SO_KEEPALIVE},
	sandbox.SO_LINGER:          {unix.SOL_SOCKET, unix.SO_LINGER},
	sandbox.SO_RCVBUF:          {unix.SOL_SOCKET, unix.SO_RCVBUF},
	sandbox.SO_SNDBUF:          {unix.SOL_SOCKET, unix.SO_SNDBUF},
	sandbox.SO_RCVTIMEO:        {unix.SOL_SOCKET, unix.SO_RCVTIMEO},
	sandbox.SO_SNDTIMEO:        {unix.SOL_SOCKET, unix.SO_SNDTIMEO},
	sandbox.SO_BROADCAST:       {unix.SOL_SOCKET, unix.SO_BROADCAST},
	sandbox.SO_OOBINLINE:       {unix.SOL_SOCKET, unix.SO_OOBINLINE},
	sandbox.SO_TYPE:            {unix.SOL_SOCKET, unix.SO_TYPE},
	sandbox.SO_ACCEPTCONN:      {unix.SOL_SOCKET, unix.SO_ACCEPTCONN},
	sandbox.TCP_NODELAY:        {unix.IPPROTO_TCP, unix.TCP_NODELAY},
	sandbox.TCP_MAXSEG:         {unix.IPPROTO_TCP, unix.TCP_MAXSEG},
	sandbox.TCP_USER_TIMEOUT:   {unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT},
	sandbox.TCP_CORK:           {unix.IPPROTO_TCP, unix.TCP_CORK},
	sandbox.TCP_CONGESTION:     {unix.IPPROTO_TCP, unix.TCP_CONGESTION},
	sandbox.TCP_KEEPIDLE:       {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE},
	sandbox.TCP_KEEPINTVL:      {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL},
	sandbox.TCP_KEEPCNT:        {unix.IPPROTO_TCP, unix.TCP_KEEPCNT},
	sandbox.IPV6_V6ONLY:        {unix.IPPROTO_IPV6, unix.IPV6_V6ONLY},
	sandbox.IP_TTL:             {unix.IPPROTO_IP, unix.IP_TTL},
	sandbox.IP_MULTICAST_TTL:   {unix.IPPROTO_IP, unix.IP_MULTICAST_TTL},
	sandbox.IP_ADD_MEMBERSHIP:  {unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP},
	sandbox.IP_DROP_MEMBERSHIP: {unix.IPPROTO_IP, unix.IP_DROP_MEMBERSHIP},
}

// Getsockopt wraps getsockopt(2).
func (k *socket) Getsockopt(o sandbox.Option) (int, error) {
	at, ok := options[o]
	if !ok {
		return 0, sandbox.ENOPROTOOPT
	}
	switch o {
	case sandbox.SO_LINGER:
		l, err := unix.GetsockoptLinger(k.fd, at[0], at[1])
		if err != nil {
			return 0, errnoOf(err)
		}
		if l.Onoff == 0 {
			return sandbox.LingerOff, nil
		}
		return int(l.Linger), nil
	case sandbox.SO_RCVTIMEO, sandbox.SO_SNDTIMEO:
		tv, err := unix.GetsockoptTimeval(k.fd, at[0], at[1])
		if err != nil {
			return 0, errnoOf(err)
		}
		return int(time.Duration(tv.Nano()) / time.Millisecond), nil
	case sandbox.TCP_CONGESTION:
		name, err := unix.GetsockoptString(k.fd, at[0], at[1])
		return slices.Index(sandbox.Algorithms, strings.TrimRight(name, "\x00")), errnoOf(err)
	}
	v, err := unix.GetsockoptInt(k.fd, at[0], at[1])
	return v, errnoOf(err)
}

// Setsockopt wraps setsockopt(2).
func (k *socket) Setsockopt(o sandbox.Option, value int) error {
	at, ok := options[o]
	if !ok {
		return sandbox.ENOPROTOOPT
	}
	switch o {
	case sandbox.SO_LINGER:
		l := unix.Linger{}
		if value != sandbox.LingerOff {
			l = unix.Linger{Onoff: 1, Linger: int32(value)}
		}
		return errnoOf(unix.SetsockoptLinger(k.fd, at[0], at[1], &l))
	case sandbox.SO_RCVTIMEO, sandbox.SO_SNDTIMEO:
		tv := unix.NsecToTimeval(int64(value) * int64(time.Millisecond))
		return errnoOf(unix.SetsockoptTimeval(k.fd, at[0], at[1], &tv))
	case sandbox.IP_ADD_MEMBERSHIP, sandbox.IP_DROP_MEMBERSHIP:
		m := unix.IPMreqn{Multiaddr: sandbox.GroupAddr(value).As4(), Ifindex: loIndex}
		return errnoOf(unix.SetsockoptIPMreqn(k.fd, at[0], at[1], &m))
	case sandbox.TCP_CONGESTION:
		if value < 0 || value >= len(sandbox.Algorithms) {
			return sandbox.Errno("ENOENT")
		}
		return errnoOf(unix.SetsockoptString(k.fd, at[0], at[1], sandbox.Algorithms[value]))
	}
	return errnoOf(unix.SetsockoptInt(k.fd, at[0], at[1], value))
}

// TakeError wraps getsockopt(2) with SO_ERROR.
func (k *socket) TakeError() (sandbox.Errno, error) {
	v, err := unix.GetsockoptInt(k.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if v == 0 || err != nil {
		return "", errnoOf(err)
	}
	return sandbox.Errno(unix.ErrnoName(unix.Errno(v))), nil
}
