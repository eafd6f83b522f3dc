package netstack

import (
	"bytes"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"sockplay/sandbox"
)

// autobind gives a datagram socket a port, as Linux does first of all when it
// is to send or to be connected.
func (k *socket) autobind() {
	if f, err := k.ep.GetLocalAddress(); err == nil && f.Port == 0 {
		k.ep.Bind(tcpip.FullAddress{})
	}
}

// connectUDP remembers where to send, and whom to hear.
func (k *socket) connectUDP(a sandbox.Addr) error {
	k.autobind()
	ip := a.AddrPort.Addr()
	switch {
	case k.kind.IPv6() && ip.Is4() && k.v6only(), !k.kind.IPv6() && !ip.Is4():
		return sandbox.Errno("EAFNOSUPPORT")
	case k.kind.IPv6() && ip.Is4():
		a = sandbox.Addr{AddrPort: netip.AddrPortFrom(mapped(ip), a.Port())}
	case ip.Is6() && (ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast()): // it would need its interface
		return sandbox.EINVAL
	}
	to, err := k.dial(a)
	if err != nil {
		return err
	}
	if k.onlyIPv4(a) {
		return sandbox.Errno("EAFNOSUPPORT")
	}
	if ip.Unmap() == broadcast && !k.ep.SocketOptions().GetBroadcast() {
		return sandbox.Errno("EACCES")
	}
	if _, err := k.ep.GetRemoteAddress(); err == nil { // the families may differ
		k.ep.Disconnect()
	}
	return errnoOf(k.ep.Connect(to))
}

// onlyIPv4 reports whether an IPv6 socket has an IPv4 address of its own, and to
// does not.
func (k *socket) onlyIPv4(to sandbox.Addr) bool {
	local, _ := k.Getsockname()
	return local.AddrPort.Addr().Is4In6() && !to.AddrPort.Addr().IsUnspecified() && !to.AddrPort.Addr().Is4In6()
}

// aim is where a datagram goes; nil: to the connected peer.
func (k *socket) aim(to sandbox.Addr) (*tcpip.FullAddress, error) {
	if !to.IsValid() {
		if _, err := k.ep.GetRemoteAddress(); err != nil {
			return nil, sandbox.Errno("EDESTADDRREQ")
		}
		return nil, nil
	}
	ip := to.AddrPort.Addr()
	switch {
	case !k.kind.IPv6() && !ip.Is4():
		return nil, sandbox.Errno("EAFNOSUPPORT")
	case to.Port() == 0:
		return nil, sandbox.EINVAL
	case k.kind.IPv6() && ip.Is4():
		to = sandbox.Addr{AddrPort: netip.AddrPortFrom(mapped(ip), to.Port())}
	}
	dest, err := k.dial(to)
	if err != nil {
		return nil, err
	}
	if k.onlyIPv4(to) {
		return nil, sandbox.Errno("EAFNOSUPPORT")
	}
	if ip.Unmap() == broadcast && !k.ep.SocketOptions().GetBroadcast() {
		return nil, sandbox.Errno("EACCES")
	}
	return &dest, nil
}

// sendUDP sends one datagram, or keeps it for more.
func (k *socket) sendUDP(data []byte, f sandbox.Flags, to sandbox.Addr) (int, error) {
	k.autobind()
	if len(data) > 65535 {
		return 0, sandbox.Errno("EMSGSIZE")
	}
	if k.more == nil { // what follows goes where the first part goes
		dest, err := k.aim(to)
		if err != nil {
			return 0, err
		}
		k.moreTo = dest
	}
	whole := append(k.more, data...)
	k.more = nil
	switch {
	case k.shutWr, f&sandbox.MSG_MORE != 0 && errorWaits(k.ep):
		if errno := k.takeError(); errno != nil {
			return 0, errno
		}
		return 0, sandbox.EPIPE
	case len(whole) > k.maxDatagram():
		return 0, sandbox.Errno("EMSGSIZE")
	case f&sandbox.MSG_MORE != 0:
		k.more = append([]byte{}, whole...)
		return len(data), nil
	}
	if _, err := k.ep.Write(bytes.NewReader(whole), tcpip.WriteOptions{To: k.moreTo}); err != nil {
		return 0, errnoOf(err)
	}
	return len(data), nil
}

// maxDatagram is what one IP packet carries behind its headers, fragments or
// not (udp(7)).
func (k *socket) maxDatagram() int {
	if k.kind.IPv6() {
		return 65535 - header.UDPMinimumSize
	}
	return 65535 - header.IPv4MinimumSize - header.UDPMinimumSize
}
