package netstack

import (
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/ports"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// reservation is a port that gVisor would never give back: it forgets that a
// socket was bound to any address once it is connected from one of them.
type reservation struct {
	of   *tcp.Endpoint
	port ports.Reservation
}

// lend notes such a port of a socket that is about to be closed.
func (s *Stack) lend(k *socket) {
	local, err := k.ep.GetLocalAddress()
	if err != nil || !k.bound.IsValid() || !k.bound.AddrPort.Addr().Unmap().IsUnspecified() || local.Addr == (tcpip.Address{}) || k.again != nil {
		return
	}
	networks := []tcpip.NetworkProtocolNumber{header.IPv4ProtocolNumber}
	if k.kind.IPv6() {
		networks = []tcpip.NetworkProtocolNumber{header.IPv6ProtocolNumber}
		if !k.v6only() {
			networks = append(networks, header.IPv4ProtocolNumber)
		}
	}
	s.lent = append(s.lent, reservation{k.tcp(), ports.Reservation{
		Networks: networks, Transport: tcp.ProtocolNumber, Port: local.Port,
		Flags: ports.Flags{
			LoadBalanced: k.ep.SocketOptions().GetReusePort(), TupleOnly: k.ep.SocketOptions().GetReuseAddress(),
		},
	}})
}

// reclaim gives back the ports of connections that are over.
func (s *Stack) reclaim() {
	kept := s.lent[:0]
	for _, r := range s.lent {
		switch r.of.EndpointState() {
		case tcp.StateClose, tcp.StateError:
			s.ip.ReleasePort(r.port)
		default:
			kept = append(kept, r)
		}
	}
	s.lent = kept
}
