//go:build linux

package kernel

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"sockplay/tracer"
)

// Info is struct tcp_info of a connection, and how many octets of it the kernel
// told.
func (s *Stack) Info(local, remote netip.AddrPort) (info unix.TCPInfo, n int) {
	c, err := s.lookup(local, remote, diagInfo)
	if err != nil || c == nil {
		return info, 0
	}
	return info, copy(unsafe.Slice((*byte)(unsafe.Pointer(&info)), unsafe.Sizeof(info)), c.more[diagInfo])
}

// Fill is what the first n octets of struct tcp_info tell.
func Fill(info *unix.TCPInfo, n int) (b tracer.TCB) {
	fill(&b, info, n)
	return b
}
