//go:build linux

package kernel

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"sockplay/sandbox"
)

// states are the kernel's numbers of TCP's states (net/tcp_states.h), in RFC
// 9293's names. 12 is a SYN-RECEIVED whose connection is not yet a socket.
var states = [...]string{
	1: "ESTABLISHED", 2: "SYN-SENT", 3: "SYN-RECEIVED", 4: "FIN-WAIT-1", 5: "FIN-WAIT-2",
	6: "TIME-WAIT", 7: "CLOSED", 8: "CLOSE-WAIT", 9: "LAST-ACK", 10: "LISTEN", 11: "CLOSING",
	12: "SYN-RECEIVED",
}

const listenState = 10

// Sizes of sock_diag(7)'s messages.
const (
	nlmsghdrLen = 16
	requestLen  = nlmsghdrLen + 56 // struct inet_diag_req_v2
	answerLen   = nlmsghdrLen + 72 // struct inet_diag_msg
)

// connection is what socket diagnostics tell of one.
type connection struct {
	state   int
	timer   int // 0: none, 1: retransmission, 2: keepalive, 3: TIME-WAIT, 4: zero-window probe
	expires time.Duration
	again   int               // unanswered retransmissions, or probes
	recv    int               // octets not read
	send    int               // octets not acknowledged
	more    map[uint16][]byte // the attributes that were asked for
}

// TCPState asks socket diagnostics for exactly that endpoint.
func (s *Stack) TCPState(local, remote netip.AddrPort) (string, error) {
	c, err := s.lookup(local, remote)
	if err != nil || c == nil {
		return "CLOSED", err
	}
	if c.state >= len(states) {
		return "", fmt.Errorf("socket diagnostics: unknown state %d", c.state)
	}
	return states[c.state], nil
}

// NextTimer asks socket diagnostics for the connection's timer.
func (s *Stack) NextTimer(local, remote netip.AddrPort) (sandbox.Timer, bool) {
	c, err := s.lookup(local, remote)
	if err != nil || c == nil {
		return sandbox.Timer{}, false
	}
	return c.next()
}

// next is the timer that runs.
func (c *connection) next() (sandbox.Timer, bool) {
	if c.timer == 0 {
		return sandbox.Timer{}, false
	}
	kind := map[int]sandbox.TimerKind{
		1: sandbox.Retransmission, 2: sandbox.Keepalive, 3: sandbox.TimeWaitTimer, 4: sandbox.WindowProbe,
	}[c.timer]
	if kind == sandbox.TimeWaitTimer && states[c.state] == "FIN-WAIT-2" {
		kind = sandbox.FinWait2Timer
	}
	return sandbox.Timer{In: c.expires, Kind: kind}, true
}

// Destroy is SOCK_DESTROY (ss -K), for which some kernels are not built
// (CONFIG_INET_DIAG_DESTROY). It would take a listener in the connection's
// place.
func (s *Stack) Destroy(local, remote netip.AddrPort) {
	const flagAck = unix.NLM_F_REQUEST | unix.NLM_F_ACK // or only a refusal is answered
	if c, err := s.lookup(local, remote); c == nil || err != nil {
		return
	}
	if s.ask(unix.SOCK_DESTROY, flagAck, local, remote, 0) == nil {
		var buf [4096]byte
		_, _, _ = unix.Recvfrom(s.diag, buf[:], 0)
	}
}

// ask sends a request about exactly that endpoint; more are the attributes
// wanted, a bit each.
func (s *Stack) ask(what, flags uint16, local, remote netip.AddrPort, more byte) error {
	var req [requestLen]byte
	family := byte(unix.AF_INET)
	if local.Addr().Is6() {
		family = unix.AF_INET6
	}
	s.diagSeq++
	ne := binary.NativeEndian
	ne.PutUint32(req[0:], requestLen)
	ne.PutUint16(req[4:], what)
	ne.PutUint16(req[6:], flags)
	ne.PutUint32(req[8:], s.diagSeq)
	body := req[nlmsghdrLen:]
	body[0], body[1], body[2] = family, unix.IPPROTO_TCP, more
	ne.PutUint32(body[4:], 0xffffffff) // all states
	id := body[8:]
	binary.BigEndian.PutUint16(id[0:], local.Port())
	binary.BigEndian.PutUint16(id[2:], remote.Port())
	copy(id[4:20], local.Addr().AsSlice())
	copy(id[20:36], remote.Addr().AsSlice())
	ne.PutUint64(id[40:], 0xffffffffffffffff) // INET_DIAG_NOCOOKIE

	to := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	if err := unix.Sendto(s.diag, req[:], 0, to); err != nil {
		return fmt.Errorf("socket diagnostics: %w", err)
	}
	return nil
}

// lookup returns nil for an endpoint that the kernel does not know. wanted are
// the attributes that it is asked for (linux/inet_diag.h).
func (s *Stack) lookup(local, remote netip.AddrPort, wanted ...uint16) (*connection, error) {
	more := byte(0)
	for _, a := range wanted {
		more |= 1 << (a - 1)
	}
	if err := s.ask(unix.SOCK_DIAG_BY_FAMILY, unix.NLM_F_REQUEST, local, remote, more); err != nil {
		return nil, err
	}
	ne := binary.NativeEndian
	var buf [4096]byte
	n, _, err := unix.Recvfrom(s.diag, buf[:], 0)
	if err != nil {
		return nil, fmt.Errorf("socket diagnostics: %w", err)
	}
	msg := buf[:n]
	if n < nlmsghdrLen+4 {
		return nil, fmt.Errorf("socket diagnostics: an answer of %d octets", n)
	}
	if ne.Uint16(msg[4:]) == unix.NLMSG_ERROR {
		switch errno := unix.Errno(-int32(ne.Uint32(msg[nlmsghdrLen:]))); errno {
		case unix.ENOENT:
			return nil, nil
		default:
			return nil, fmt.Errorf("socket diagnostics: %w", errno)
		}
	}
	if n < answerLen {
		return nil, fmt.Errorf("socket diagnostics: an answer of %d octets", n)
	}
	m := msg[nlmsghdrLen:]
	c := &connection{
		state: int(m[1]), timer: int(m[2]), again: int(m[3]),
		expires: time.Duration(ne.Uint32(m[52:])) * time.Millisecond,
		recv:    int(ne.Uint32(m[56:])), send: int(ne.Uint32(m[60:])),
	}
	if more != 0 {
		c.more = attributes(msg[answerLen:min(n, int(ne.Uint32(msg)))])
	}
	// A lookup that finds no such connection falls back to a listener.
	if c.state == listenState && remote.IsValid() && remote.Port() != 0 {
		return nil, nil
	}
	return c, nil
}

// attributes takes apart what follows a netlink message's body (netlink(7)).
func attributes(b []byte) map[uint16][]byte {
	const head = 4 // struct nlattr
	list := make(map[uint16][]byte)
	for len(b) >= head {
		n := int(binary.NativeEndian.Uint16(b))
		if n < head || n > len(b) {
			break
		}
		list[binary.NativeEndian.Uint16(b[2:])] = b[head:n]
		b = b[min(len(b), (n+3)&^3):]
	}
	return list
}

// txDropped reads a device's count from /proc/net/dev.
func txDropped(table, device string) int {
	for line := range strings.Lines(table) {
		name, counters, ok := strings.Cut(strings.TrimSpace(line), ":")
		if fields := strings.Fields(counters); ok && name == device && len(fields) > 11 {
			n, _ := strconv.Atoi(fields[11])
			return n
		}
	}
	return 0
}
