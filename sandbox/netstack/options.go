package netstack

import (
	"slices"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"

	"sockplay/sandbox"
)

// Linux's buffer sizes, in octets (tcp(7), socket(7)).
const (
	minRcvBuf = 2304
	minSndBuf = 4608
	tcpRcvBuf = 131072
	tcpSndBuf = 87040 // what it grows to on a new connection

	tcpSndBufFirst = 16384

	defaultTTL = 64
	maxMaxSeg  = 32767
	udpBuf     = 212992
)

// number reads a switch that gVisor holds as a bool.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// v6only is IPV6_V6ONLY.
func (k *socket) v6only() bool { return k.kind.IPv6() && k.ep.SocketOptions().GetV6Only() }

// fits refuses options of another kind of socket, as Linux.
func (k *socket) fits(o sandbox.Option) bool {
	switch o {
	case sandbox.TCP_NODELAY, sandbox.TCP_MAXSEG, sandbox.TCP_USER_TIMEOUT, sandbox.TCP_CORK, sandbox.TCP_CONGESTION,
		sandbox.TCP_KEEPIDLE, sandbox.TCP_KEEPINTVL, sandbox.TCP_KEEPCNT:
		return k.kind.Stream()
	case sandbox.IPV6_V6ONLY:
		return k.kind.IPv6()
	}
	return true
}

// Getsockopt is getsockopt(2).
func (k *socket) Getsockopt(o sandbox.Option) (int, error) {
	if !k.fits(o) {
		if k.kind.IPv6() {
			return 0, sandbox.ENOPROTOOPT
		}
		return 0, sandbox.Errno("EOPNOTSUPP")
	}
	so := k.ep.SocketOptions()
	switch o {
	case sandbox.SO_REUSEADDR:
		return number(so.GetReuseAddress()), nil
	case sandbox.SO_REUSEPORT:
		return number(so.GetReusePort()), nil
	case sandbox.SO_KEEPALIVE:
		return number(so.GetKeepAlive()), nil
	case sandbox.SO_OOBINLINE: // there is no urgent data
		return number(k.remembered(o) != 0), nil
	case sandbox.SO_BROADCAST:
		return number(so.GetBroadcast()), nil
	case sandbox.SO_LINGER:
		if l := so.GetLinger(); l.Enabled {
			return int(l.Timeout / time.Second), nil
		}
		return sandbox.LingerOff, nil
	case sandbox.SO_RCVBUF:
		return int(so.GetReceiveBufferSize()), nil
	case sandbox.SO_SNDBUF:
		if k.kind.Stream() && !k.used() && k.remembered(o) == 0 {
			return tcpSndBufFirst, nil
		}
		return int(so.GetSendBufferSize()), nil
	case sandbox.SO_RCVTIMEO, sandbox.SO_SNDTIMEO: // the sandbox waits
		return max(k.remembered(o), 0), nil
	case sandbox.SO_TYPE:
		if k.kind.Stream() {
			return 1, nil
		}
		return 2, nil
	case sandbox.SO_ACCEPTCONN:
		return number(k.listens()), nil
	case sandbox.TCP_NODELAY:
		return number(!so.GetDelayOption()), nil
	case sandbox.TCP_CORK:
		return number(k.corked()), nil
	case sandbox.IPV6_V6ONLY:
		return number(so.GetV6Only()), nil
	case sandbox.IP_TTL:
		return k.ttl()
	case sandbox.IP_MULTICAST_TTL:
		if k.kind.Stream() { // which cannot change it
			return 1, nil
		}
		v, err := k.ep.GetSockOptInt(tcpip.MulticastTTLOption)
		return v, errnoOf(err)
	case sandbox.TCP_MAXSEG:
		if n := segmentSize(k.tcp()); n > 0 {
			return n, nil
		}
		if (k.failed || k.state() == tcp.StateError && !k.used()) && k.remembered(o) == 0 { // the default, less the timestamps that it tried
			mss := header.TCPDefaultMSS
			if k.failed6 {
				mss = header.IPv6MinimumMTU - header.IPv6MinimumSize - header.TCPMinimumSize
			}
			return mss - header.TCPOptionTSLength - 2, nil
		}
		if v := k.remembered(o); v > 0 {
			return v, nil
		}
		return header.TCPDefaultMSS, nil
	case sandbox.TCP_CONGESTION:
		var v tcpip.CongestionControlOption
		err := k.ep.GetSockOpt(&v)
		return slices.Index(sandbox.Algorithms, string(v)), errnoOf(err)
	case sandbox.TCP_USER_TIMEOUT:
		return int(k.userTimeout() / time.Millisecond), nil
	case sandbox.TCP_KEEPIDLE:
		var v tcpip.KeepaliveIdleOption
		err := k.ep.GetSockOpt(&v)
		return int(time.Duration(v) / time.Second), errnoOf(err)
	case sandbox.TCP_KEEPINTVL:
		var v tcpip.KeepaliveIntervalOption
		err := k.ep.GetSockOpt(&v)
		return int(time.Duration(v) / time.Second), errnoOf(err)
	case sandbox.TCP_KEEPCNT:
		v, err := k.ep.GetSockOptInt(tcpip.KeepaliveCountOption)
		return v, errnoOf(err)
	}
	return 0, sandbox.ENOPROTOOPT
}

// remembered is the value to which an option was last set, 0 if to none.
func (k *socket) remembered(o sandbox.Option) int {
	for i := len(k.set) - 1; i >= 0; i-- {
		if k.set[i].option == o {
			return k.set[i].value
		}
	}
	return 0
}

// ttl is the time to live of packets, gVisor's default being none of its own.
func (k *socket) ttl() (int, error) {
	v, err := k.ep.GetSockOptInt(tcpip.IPv4TTLOption)
	if v == 0 {
		v = defaultTTL
	}
	return v, errnoOf(err)
}

// Setsockopt is setsockopt(2).
func (k *socket) Setsockopt(o sandbox.Option, value int) error {
	defer k.stack.quiesce()
	if err := k.check(o, value); err != nil {
		return err
	}
	if err := k.apply(o, value); err != nil {
		return err
	}
	if k.listens() {
		for waiting := acceptQueue(k.tcp()); len(k.olds) < waiting; {
			k.olds = append(k.olds, slices.Clip(k.set))
		}
	}
	k.set = append(k.set, setting{o, value})
	return nil
}

// check refuses what Linux refuses.
func (k *socket) check(o sandbox.Option, value int) error {
	between := func(low, high int) error {
		if value < low || value > high {
			return sandbox.EINVAL
		}
		return nil
	}
	if !k.fits(o) {
		return sandbox.ENOPROTOOPT
	}
	switch o {
	case sandbox.SO_TYPE, sandbox.SO_ACCEPTCONN, sandbox.SO_ERROR:
		return sandbox.ENOPROTOOPT
	case sandbox.TCP_KEEPIDLE, sandbox.TCP_KEEPINTVL:
		return between(1, 32767)
	case sandbox.TCP_KEEPCNT:
		return between(1, 127)
	case sandbox.TCP_USER_TIMEOUT:
		return between(0, 1<<31-1)
	case sandbox.TCP_CONGESTION:
		if value < 0 || value >= len(sandbox.Algorithms) {
			return sandbox.Errno("ENOENT")
		}
	case sandbox.TCP_MAXSEG:
		if value == 0 {
			return nil
		}
		return between(88, maxMaxSeg)
	case sandbox.IP_TTL:
		if value == -1 {
			return nil
		}
		return between(1, 255)
	case sandbox.IP_MULTICAST_TTL:
		if k.kind.Stream() {
			return sandbox.EINVAL
		}
		if value == -1 {
			return nil
		}
		return between(0, 255)
	case sandbox.IP_ADD_MEMBERSHIP, sandbox.IP_DROP_MEMBERSHIP:
		if k.kind.Stream() {
			return sandbox.Errno("EPROTO")
		}
		switch many := sandbox.GroupAddr(value).IsMulticast(); {
		case !many && o == sandbox.IP_DROP_MEMBERSHIP:
			return sandbox.Errno("EADDRNOTAVAIL")
		case !many:
			return sandbox.EINVAL
		}
	case sandbox.IPV6_V6ONLY:
		if k.hasName() {
			return sandbox.EINVAL
		}
	}
	return nil
}

// apply sets an option of the endpoint.
func (k *socket) apply(o sandbox.Option, value int) error {
	so := k.ep.SocketOptions()
	on := value != 0
	switch o {
	case sandbox.SO_REUSEADDR:
		so.SetReuseAddress(on)
	case sandbox.SO_REUSEPORT:
		so.SetReusePort(on)
	case sandbox.SO_KEEPALIVE:
		so.SetKeepAlive(on)
	case sandbox.SO_OOBINLINE:
	case sandbox.SO_BROADCAST:
		so.SetBroadcast(on)
	case sandbox.SO_LINGER:
		so.SetLinger(tcpip.LingerOption{Enabled: value != sandbox.LingerOff, Timeout: time.Duration(max(value, 0)) * time.Second})
	case sandbox.SO_RCVBUF: // Linux doubles it, for its own bookkeeping (socket(7))
		so.SetReceiveBufferSize(int64(max(2*min(max(value, 0), udpBuf), minRcvBuf)), true)
	case sandbox.SO_SNDBUF:
		so.SetSendBufferSize(int64(max(2*min(max(value, 0), udpBuf), minSndBuf)), true)
	case sandbox.SO_RCVTIMEO, sandbox.SO_SNDTIMEO:
	case sandbox.TCP_NODELAY:
		so.SetDelayOption(!on)
	case sandbox.TCP_CORK:
		so.SetCorkOption(on)
	case sandbox.IPV6_V6ONLY:
		so.SetV6Only(on)
	case sandbox.IP_TTL:
		if value == -1 {
			value = defaultTTL
		}
		return errnoOf(k.ep.SetSockOptInt(tcpip.IPv4TTLOption, value))
	case sandbox.IP_MULTICAST_TTL:
		if value == -1 {
			value = 1
		}
		return errnoOf(k.ep.SetSockOptInt(tcpip.MulticastTTLOption, value))
	case sandbox.IP_ADD_MEMBERSHIP:
		return errnoOf(k.ep.SetSockOpt(&tcpip.AddMembershipOption{NIC: nic, MulticastAddr: addressOf(sandbox.GroupAddr(value))}))
	case sandbox.IP_DROP_MEMBERSHIP:
		return errnoOf(k.ep.SetSockOpt(&tcpip.RemoveMembershipOption{NIC: nic, MulticastAddr: addressOf(sandbox.GroupAddr(value))}))
	case sandbox.TCP_MAXSEG:
		if value == 0 { // no limit but the MTU's
			value = maxMaxSeg
		}
		return errnoOf(k.ep.SetSockOptInt(tcpip.MaxSegOption, value))
	case sandbox.TCP_CONGESTION:
		v := tcpip.CongestionControlOption(sandbox.Algorithms[value])
		k.stack.cubics = k.stack.cubics || v == "cubic" // which may leave slow start by itself
		return errnoOf(k.ep.SetSockOpt(&v))
	case sandbox.TCP_USER_TIMEOUT:
		v := tcpip.TCPUserTimeoutOption(time.Duration(value) * time.Millisecond)
		return errnoOf(k.ep.SetSockOpt(&v))
	case sandbox.TCP_KEEPIDLE:
		v := tcpip.KeepaliveIdleOption(time.Duration(value) * time.Second)
		return errnoOf(k.ep.SetSockOpt(&v))
	case sandbox.TCP_KEEPINTVL:
		v := tcpip.KeepaliveIntervalOption(time.Duration(value) * time.Second)
		return errnoOf(k.ep.SetSockOpt(&v))
	case sandbox.TCP_KEEPCNT:
		return errnoOf(k.ep.SetSockOptInt(tcpip.KeepaliveCountOption, value))
	default:
		return sandbox.ENOPROTOOPT
	}
	return nil
}

// TakeError is getsockopt(2) with SO_ERROR.
func (k *socket) TakeError() (sandbox.Errno, error) {
	if k.kind.Stream() && k.gaveUp {
		k.told()
		return sandbox.ETIMEDOUT, nil
	}
	err := k.takeError()
	if err == nil {
		return "", nil
	}
	errno, _ := err.(sandbox.Errno)
	return errno, nil
}
