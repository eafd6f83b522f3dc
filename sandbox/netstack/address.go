package netstack

import (
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"

	"sockplay/sandbox"
)

// addressOf is gVisor's form of an address.
func addressOf(a netip.Addr) tcpip.Address {
	switch {
	case a.Is4():
		return tcpip.AddrFrom4(a.As4())
	case a.Is6():
		return tcpip.AddrFrom16(a.As16())
	}
	return tcpip.Address{}
}

// addrOf is the inverse of addressOf.
func addrOf(a tcpip.Address) netip.Addr {
	addr, _ := netip.AddrFromSlice(a.AsSlice())
	return addr
}

// full is an address as gVisor takes it: any address is none.
func full(a sandbox.Addr) tcpip.FullAddress {
	f := tcpip.FullAddress{Port: a.Port()}
	if ip := a.AddrPort.Addr(); !ip.IsUnspecified() {
		f.Addr = addressOf(ip)
	}
	return f
}

// named is an address as the socket's family writes it.
func (k *socket) named(f tcpip.FullAddress) sandbox.Addr {
	ip := addrOf(f.Addr)
	switch {
	case !ip.IsValid() && k.bound.IsValid():
		ip = k.bound.AddrPort.Addr() // any address has several forms
	case !ip.IsValid() && k.kind.IPv6():
		ip = netip.IPv6Unspecified()
	case !ip.IsValid():
		ip = netip.IPv4Unspecified()
	case k.kind.IPv6() && ip.Is4():
		ip = mapped(ip)
	}
	return sandbox.Addr{AddrPort: netip.AddrPortFrom(ip, f.Port)}
}

// mapped is an IPv4 address as IPv6 writes it.
func mapped(ip netip.Addr) netip.Addr { return netip.AddrFrom16(ip.As16()) }

// The broadcast addresses: of 127.0.0.0/8, and the one of every network.
var (
	broadcast = netip.AddrFrom4([4]byte{127, 255, 255, 255})
	limited   = netip.AddrFrom4([4]byte{255, 255, 255, 255})
)

// family refuses a destination of another family than the socket's.
func (k *socket) family(ip netip.Addr) error {
	switch {
	case k.kind.IPv6() && ip.Is4(): // a sockaddr_in is too short
		return sandbox.EINVAL
	case !k.kind.IPv6() && !ip.Is4():
		return sandbox.Errno("EAFNOSUPPORT")
	}
	return nil
}

// dial makes of a destination what gVisor takes: this host's address for any
// address, and none that is not this host's.
func (k *socket) dial(a sandbox.Addr) (tcpip.FullAddress, error) {
	local, _ := k.Getsockname()
	ip := sandbox.Destination(a, local).Addr()
	toAll := ip.Unmap() == broadcast
	if ip.Unmap() == limited && !k.kind.Stream() {
		// Without an address of its own Linux finds no way there either.
		if local, err := k.ep.GetLocalAddress(); err == nil && local.Addr != (tcpip.Address{}) {
			return tcpip.FullAddress{}, &sandbox.Lack{Errno: "ENETUNREACH", What: "send to this broadcast address"}
		}
	}
	if ip.Is4() && ip.IsMulticast() && !k.kind.Stream() {
		return tcpip.FullAddress{Addr: addressOf(ip), Port: a.Port()}, nil
	}
	if ip.Is4In6() && k.v6only() || toAll && k.kind.Stream() || !toAll && !k.stack.know(ip) {
		return tcpip.FullAddress{}, sandbox.Errno("ENETUNREACH")
	}
	return tcpip.FullAddress{Addr: addressOf(ip), Port: a.Port()}, nil
}

// Bind is bind(2).
func (k *socket) Bind(a sandbox.Addr) error {
	ip := a.AddrPort.Addr()
	if err := k.family(ip); err != nil {
		return err
	}
	refused := k.bindable(ip)
	if k.kind.IPv6() && k.hasName() { // the two families check in different orders
		return sandbox.EINVAL
	}
	if refused != nil {
		return refused
	}
	if k.hasName() {
		return sandbox.EINVAL
	}
	ep := k.ep
	switch {
	case k.stopped():
		if err := k.renew(); err != nil {
			return err
		}
		ep = k.ep
	case k.past(): // its connection is over, its descriptor is not
		fresh, err := k.endpoint()
		if err != nil {
			return err
		}
		ep, k.again = fresh, fresh
	}
	k.stack.reclaim()
	switch err := bindTo(ep, a); err.(type) {
	case nil:
	case *tcpip.ErrNoPortAvailable, *tcpip.ErrPortInUse:
		if k.again != nil {
			k.again.Close()
			k.again = nil
			return sandbox.Errno("EADDRINUSE")
		}
		rd, wr := k.shutRd, k.shutWr
		if err := k.renew(); err != nil { // gVisor keeps half of the address
			return err
		}
		k.shutRd, k.shutWr = rd, wr
		return sandbox.Errno("EADDRINUSE")
	default:
		return errnoOf(err)
	}
	k.bound, k.host = a, netip.Addr{}
	return nil
}

// bindTo gives an endpoint an address.
func bindTo(ep tcpip.Endpoint, a sandbox.Addr) tcpip.Error {
	err := ep.Bind(full(a))
	if ip := a.AddrPort.Addr(); err == nil && ip.Is6() && !ip.Is4In6() && !ip.IsUnspecified() {
		ep.SocketOptions().SetV6Only(true) // as Linux's inet6_bind
	}
	return err
}

// hasName reports whether the socket has an address, or can have none.
func (k *socket) hasName() bool {
	if k.bound.IsValid() {
		return true
	}
	if k.past() || k.stopped() {
		return false
	}
	f, err := k.ep.GetLocalAddress()
	return err == nil && f.Port != 0
}

// bindable refuses addresses that are not this host's.
func (k *socket) bindable(ip netip.Addr) error {
	switch {
	case ip.Is4In6() && k.v6only():
		return sandbox.EINVAL
	case ip.Is6() && (ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast() || ip.IsMulticast() && k.kind.Stream()):
		return sandbox.EINVAL // a link-local one would need its interface
	case ip.Is4In6() && (ip.Unmap().IsMulticast() || ip.Unmap() == broadcast):
		return sandbox.EINVAL
	case ip.IsMulticast(), ip == broadcast, ip == limited:
		return &sandbox.Lack{Errno: "EADDRNOTAVAIL", What: "bind a socket to a multicast or broadcast address"}
	case !ip.Unmap().IsUnspecified() && !k.stack.know(ip):
		return sandbox.Errno("EADDRNOTAVAIL")
	}
	return nil
}
