// Package netstack is the user stack: gVisor's TCP/IP with a clock of its own
// that stands still until it is moved, a wire in place of a network card, and
// all that it takes for chance drawn from one seed, so that a session runs on
// every platform and repeats to the byte. It is the only package that imports
// gVisor. What gVisor answers otherwise than Linux, it corrects where it can.
package netstack

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand"
	"net/netip"
	"time"

	"golang.org/x/time/rate"
	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/log"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"

	"sockplay/sandbox"
	"sockplay/sandbox/unixsock"
)

// nic is the number of the only network card.
const nic tcpip.NICID = 1

// Latency is how long a packet is on its way. With none gVisor's RACK (RFC
// 8985) takes every acknowledgement for a sign of loss.
const Latency = time.Millisecond

// The ports that the system chooses from, as on Linux (ip(7)).
const firstPort, lastPort = 32768, 60999

// Stack is a TCP/IP stack in this program. It belongs to one goroutine, as
// sandbox.Stack says.
type Stack struct {
	ip        *stack.Stack
	clock     *clock
	link      *link
	random    *random
	added     map[netip.Addr]bool // addresses that the card has
	sockets   map[*socket]bool    // those that are open
	peers     map[*tcp.Endpoint]*peer
	cubics    bool                         // a socket has been given CUBIC
	fractions map[*tcp.Endpoint]float64    // of a segment, by which CUBIC's windows have grown
	synacks   map[[2]netip.AddrPort][]byte // the last ones, from where to where
	fins      map[*tcp.Endpoint]earlyFIN   // FINs that have come early
	unix      unixsock.Namespace
	lent      []reservation
	changes   changes
}

var (
	_ sandbox.Stack    = (*Stack)(nil)
	_ sandbox.Notifier = (*Stack)(nil)
)

func init() { log.SetTarget(&log.Writer{Next: io.Discard}) } // it would write to standard error

// New returns a stack whose chance comes from seed.
func New(seed int64) (*Stack, error) {
	s := &Stack{
		clock: &clock{}, link: &link{}, random: newRandom(seed),
		added: make(map[netip.Addr]bool), sockets: make(map[*socket]bool), peers: make(map[*tcp.Endpoint]*peer), fractions: make(map[*tcp.Endpoint]float64), synacks: make(map[[2]netip.AddrPort][]byte), fins: make(map[*tcp.Endpoint]earlyFIN),
	}
	s.ip = stack.New(stack.Options{
		NetworkProtocols: []stack.NetworkProtocolFactory{
			ipv4.NewProtocolWithOptions(ipv4.Options{AllowExternalLoopbackTraffic: true}),
			ipv6.NewProtocolWithOptions(ipv6.Options{AllowExternalLoopbackTraffic: true}),
		},
		TransportProtocols: []stack.TransportProtocolFactory{
			tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6,
		},
		Clock:      s.clock,
		RandSource: rand.Source(s.random),
		SecureRNG:  s.random,
	})
	if err := s.configure(); err != nil {
		s.ip.Destroy()
		return nil, fmt.Errorf("the user stack could not be set up: %s", err)
	}
	return s, nil
}

// configure makes gVisor as like Linux as its settings allow.
func (s *Stack) configure() tcpip.Error {
	s.ip.SetICMPLimit(rate.Inf) // every try is answered like the first
	s.ip.SetICMPBurst(math.MaxInt32)
	delay, reuse := tcpip.TCPDelayEnabled(true), tcpip.TCPTimeWaitReuseDisabled
	for _, o := range []tcpip.SettableTransportProtocolOption{
		&delay, // Nagle's algorithm, unless TCP_NODELAY
		&reuse,
		&tcpip.TCPReceiveBufferSizeRangeOption{Min: minRcvBuf, Default: tcpRcvBuf, Max: 6 << 20},
		&tcpip.TCPSendBufferSizeRangeOption{Min: minSndBuf, Default: tcpSndBuf, Max: 4 << 20},
	} {
		if err := s.ip.SetTransportProtocolOption(tcp.ProtocolNumber, o); err != nil {
			return err
		}
	}
	for _, o := range []any{
		stack.TCPInvalidRateLimitOption(0), // likewise
		tcpip.ReceiveBufferSizeOption{Min: stack.MinBufferSize, Default: udpBuf, Max: 2 * udpBuf},
		tcpip.SendBufferSizeOption{Min: stack.MinBufferSize, Default: udpBuf, Max: 2 * udpBuf},
	} {
		if err := s.ip.SetOption(o); err != nil {
			return err
		}
	}
	if err := s.ip.SetPortRange(firstPort, lastPort); err != nil {
		return err
	}
	if err := s.ip.CreateNIC(nic, s.link); err != nil {
		return err
	}
	for _, local := range []netip.Prefix{
		netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("::1/128"),
	} {
		s.add(local.Addr(), stack.AddressProperties{})
		subnet, _ := tcpip.NewSubnet(addressOf(local.Masked().Addr()), tcpip.MaskFromBytes(mask(local)))
		s.ip.AddRoute(tcpip.Route{Destination: subnet, NIC: nic})
	}
	groups := netip.MustParsePrefix("224.0.0.0/4")
	subnet, _ := tcpip.NewSubnet(addressOf(groups.Addr()), tcpip.MaskFromBytes(mask(groups)))
	s.ip.AddRoute(tcpip.Route{Destination: subnet, NIC: nic})
	return nil
}

func mask(p netip.Prefix) []byte {
	m := make([]byte, p.Addr().BitLen()/8)
	for i := range p.Bits() {
		m[i/8] |= 0x80 >> (i % 8)
	}
	return m
}

// add gives the card an address. All of 127.0.0.0/8 is this host, but gVisor
// wants each address that is used.
func (s *Stack) add(a netip.Addr, p stack.AddressProperties) {
	if s.added[a] {
		return
	}
	s.added[a] = true
	proto := header.IPv4ProtocolNumber
	if a.Is6() {
		proto = header.IPv6ProtocolNumber
	}
	with := addressOf(a).WithPrefix()
	if a.Is4() {
		with.PrefixLen = 8 // so that 127.255.255.255 is known for a broadcast
	}
	s.ip.AddProtocolAddress(nic, tcpip.ProtocolAddress{Protocol: proto, AddressWithPrefix: with}, p)
}

// know makes sure that an address of this host can be used, and reports
// whether it is one.
func (s *Stack) know(a netip.Addr) bool {
	a = a.Unmap()
	if a == broadcast {
		return true
	}
	if a.Is4() && a.IsLoopback() {
		s.add(a, stack.AddressProperties{PEB: stack.NeverPrimaryEndpoint})
		return true
	}
	return a == netip.IPv6Loopback()
}

// Name is "user".
func (s *Stack) Name() string { return "user" }

// Now is virtual time.
func (s *Stack) Now() time.Duration { return s.clock.elapsed() }

// Began is the same for every sandbox.
func (s *Stack) Began() time.Time { return epoch }

// Virtual is true: time passes in Wait alone.
func (s *Stack) Virtual() bool { return true }

// Latency is how long a packet is on its way.
func (s *Stack) Latency() time.Duration { return Latency }

// quiesce waits until gVisor's own goroutines have done all that there is to
// do: pausing them takes effect when their queues are empty.
func (s *Stack) quiesce() {
	s.ip.Pause()
	s.ip.Resume()
}

// Receive takes the next packet that the stack has sent.
func (s *Stack) Receive() ([]byte, error) {
	p := s.link.take()
	s.inherit(p)
	s.retouch(p)
	return p, nil
}

// Deliver hands the stack a packet, and waits until it is processed. What is
// no IP packet is dropped.
func (s *Stack) Deliver(packet []byte) error {
	if s.admit(packet) {
		s.deliver(packet)
	}
	if len(s.fins) > 0 {
		s.finish()
	}
	return nil
}

// deliver hands gVisor a packet.
func (s *Stack) deliver(packet []byte) {
	proto := header.IPv4ProtocolNumber
	if header.IPVersion(packet) == header.IPv6Version {
		proto = header.IPv6ProtocolNumber
	}
	p := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(append([]byte(nil), packet...))})
	avoids, some := s.inAvoidance(packet)
	s.link.dispatcher.DeliverNetworkPacket(proto, p)
	p.DecRef()
	s.quiesce()
	if some {
		s.grow(avoids)
	}
}

// Wait moves the clock to the next timer, or on by limit if that is nearer,
// and goes on so until a packet has been sent or a timer has run out.
func (s *Stack) Wait(ctx context.Context, limit time.Duration) error {
	if s.link.waiting() || ctx.Err() != nil {
		return nil
	}
	end := s.clock.elapsed() + limit
	if limit < 0 {
		at, ok := s.clock.next()
		if !ok { // nothing will ever happen by itself
			<-ctx.Done()
			return nil
		}
		end = at
	}
	if s.clock.advance(end) {
		s.quiesce()
	}
	return nil
}

// Close ends the stack and all its sockets.
func (s *Stack) Close() error {
	s.ip.Destroy()
	return nil
}
