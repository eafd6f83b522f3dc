//go:build linux

package kernel

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"sockplay/sandbox"
)

// Stack is the kernel's TCP/IP in a network namespace: the process's, or one of
// Renew's.
type Stack struct {
	home     *home
	tun      int
	delivery int
	diag     int // NETLINK_SOCK_DIAG
	lo       int // lo's index
	began    time.Time
	in       []byte // Receive's buffer
	out      []byte // Deliver's buffer: an Ethernet header, then the packet
	diagSeq  uint32
	counters *os.File // the namespace's /proc/net/dev; nil where there is none
	folder   folder   // of unix sockets
	sockets  map[*socket]bool
}

var _ sandbox.Stack = (*Stack)(nil)

// New sets the wire up in the process's network namespace, which must be one made
// by Reenter. The error is a *Refusal where the system withholds a part.
func New() (*Stack, error) { return newIn(nil) }

// newIn sets the wire up in a namespace.
func newIn(h *home) (s *Stack, err error) {
	h.do(func() { s, err = newHere() })
	if err != nil {
		h.leave()
		return nil, err
	}
	s.home = h
	if err = s.selfTest(); err != nil {
		s.Close()
		return nil, &Refusal{
			What:  "a first datagram through the wire: " + err.Error(),
			Means: "this kernel does not deliver packets as the wire needs it",
			Try:   "another kernel",
		}
	}
	return s, nil
}

// newHere is newIn for this thread's namespace, without a test of it.
func newHere() (*Stack, error) {
	if err := checkInside(); err != nil {
		return nil, err
	}
	tun, lo, err := setup()
	if err != nil {
		return nil, err
	}
	s := &Stack{
		tun: tun, lo: lo, delivery: -1, diag: -1, began: time.Now(), in: make([]byte, 1<<16), out: make([]byte, 1<<16+14),
		sockets: make(map[*socket]bool),
	}
	// Poll may run beside this thread; /proc/self is the first one's.
	s.counters, _ = os.Open("/proc/thread-self/net/dev")
	if s.delivery, err = openDelivery(); err != nil {
		s.Close()
		return nil, err
	}
	s.diag, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		s.Close()
		return nil, refuseNetlink("opening socket diagnostics", err)
	}
	return s, nil
}

// selfTest sends a datagram to itself over the wire: what the stack sends must
// be readable when the call returns, and what is delivered processed at once.
func (s *Stack) selfTest() error {
	sock, err := s.Socket(sandbox.UDP)
	if err != nil {
		return err
	}
	defer sock.Close()
	if err := sock.Bind(sandbox.Addr{AddrPort: netip.MustParseAddrPort("127.0.0.1:0")}); err != nil {
		return err
	}
	addr, err := sock.Getsockname()
	if err != nil {
		return err
	}
	if _, err := sock.Send([]byte("?"), 0, addr); err != nil {
		return err
	}
	packet, err := s.Receive()
	if packet == nil || err != nil {
		return errors.Join(errors.New("it did not come out of the TUN"), err)
	}
	if err := s.Deliver(packet); err != nil {
		return err
	}
	if n, _, err := sock.Recv(make([]byte, 8), 0); n != 1 || err != nil {
		return errors.New("it was not delivered at once")
	}
	return nil
}

// Name is "kernel".
func (s *Stack) Name() string { return "kernel" }

// Now is real time.
func (s *Stack) Now() time.Duration { return time.Since(s.began) }

// Began is when the stack was made.
func (s *Stack) Began() time.Time { return s.began }

// Virtual is false: time is real.
func (s *Stack) Virtual() bool { return false }

// Latency is none: a packet arrives when it is delivered.
func (s *Stack) Latency() time.Duration { return 0 }

// isIGMP reports whether a packet tells multicast routers which groups have
// members here (RFC 1112, appendix I). No sandbox has a router, and Linux sends
// them after a time of chance.
func isIGMP(packet []byte) bool {
	return len(packet) >= 20 && packet[0]>>4 == 4 && packet[9] == unix.IPPROTO_IGMP
}

// Receive reads the next packet that left on lo, without those of IGMP.
func (s *Stack) Receive() ([]byte, error) {
	for {
		n, err := unix.Read(s.tun, s.in)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("reading the TUN: %w", err)
		}
		if isIGMP(s.in[:n]) {
			continue
		}
		return append([]byte(nil), s.in[:n]...), nil
	}
}

// Deliver sends a packet in on lo. The kernel has processed it when the
// system call returns.
func (s *Stack) Deliver(packet []byte) error {
	if len(packet) == 0 || len(packet) > 1<<16 {
		return nil
	}
	proto := uint16(unix.ETH_P_IP)
	if packet[0]>>4 == 6 {
		proto = unix.ETH_P_IPV6
	}
	s.out[12], s.out[13] = byte(proto>>8), byte(proto)
	n := copy(s.out[14:], packet)
	to := unix.SockaddrLinklayer{Ifindex: s.lo, Halen: 6}
	for {
		err := unix.Sendto(s.delivery, s.out[:14+n], 0, &to)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("delivering a packet: %w", err)
		}
		return nil
	}
}

// Lost counts the packets that the TUN's queue could not hold: they left the
// stack and never reached the wire.
func (s *Stack) Lost() int {
	if s.counters == nil {
		return 0
	}
	var buf [4096]byte // two devices take some 500 octets
	n, _ := s.counters.ReadAt(buf[:], 0)
	return txDropped(string(buf[:n]), tunName)
}

// Wait polls the TUN.
func (s *Stack) Wait(ctx context.Context, limit time.Duration) error {
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return fmt.Errorf("eventfd: %w", err)
	}
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		unix.Write(wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	})
	defer func() {
		if !stop() {
			<-woken
		}
		unix.Close(wake)
	}()
	var deadline time.Time
	if limit >= 0 {
		deadline = time.Now().Add(limit)
	}
	for {
		var timeout *unix.Timespec
		if limit >= 0 {
			t := unix.NsecToTimespec(int64(max(0, time.Until(deadline))))
			timeout = &t
		}
		fds := []unix.PollFd{{Fd: int32(s.tun), Events: unix.POLLIN}, {Fd: int32(wake), Events: unix.POLLIN}}
		_, err := unix.Ppoll(fds, timeout, nil)
		if err == unix.EINTR {
			continue
		}
		return err
	}
}

// Close takes the wire down and ends all sockets; a second one does nothing.
// The namespaces go with the process, and so does the packet socket: closing it
// waits 5 to 20 ms for a grace period of the kernel's, which nobody needs to
// wait for.
func (s *Stack) Close() error {
	if s.tun < 0 {
		return nil
	}
	s.home.do(quiet)
	for k := range s.sockets {
		k.Close()
	}
	if s.counters != nil {
		s.counters.Close()
	}
	s.folder.close()
	for _, fd := range []int{s.tun, s.diag} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	s.tun, s.diag = -1, -1
	s.home.leave()
	s.home = nil
	return nil
}

// Renew closes s and gives a stack in a network namespace that is new: with no
// connection in TIME-WAIT, no port taken, no unix socket's name. The error is a
// *Refusal where the system withholds a part; then there is no stack any more.
func (s *Stack) Renew() (*Stack, error) {
	s.Close()
	if s.delivery >= 0 {
		unix.Close(s.delivery)
		s.delivery = -1
	}
	h, err := newHome()
	if err != nil {
		return nil, refuseNamespace(err)
	}
	return newIn(h)
}
