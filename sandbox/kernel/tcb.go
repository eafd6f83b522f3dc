//go:build linux

package kernel

import (
	"bytes"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"sockplay/tracer"
)

// The attributes of a socket's diagnostics (linux/inet_diag.h).
const (
	diagInfo = 2 // INET_DIAG_INFO: struct tcp_info
	diagCong = 4 // INET_DIAG_CONG: the name of the congestion control
)

// TCB asks socket diagnostics for the connection's struct tcp_info, which needs
// no descriptor. It tells no sequence numbers, and one timer: the next. Of a
// connection in SYN-RECEIVED or TIME-WAIT the kernel keeps no socket, and tells
// its state and timer alone.
func (s *Stack) TCB(local, remote netip.AddrPort) (b tracer.TCB, ok bool) {
	c, err := s.lookup(local, remote, diagInfo, diagCong)
	if err != nil || c == nil || c.state >= len(states) {
		return b, false
	}
	b.State, b.OneTimer = states[c.state], true
	if t, runs := c.next(); runs {
		b.Timers = []tracer.TCBTimer{{Kind: string(t.Kind), In: t.In}}
	}
	var info unix.TCPInfo
	n := copy(unsafe.Slice((*byte)(unsafe.Pointer(&info)), unsafe.Sizeof(info)), c.more[diagInfo])
	if n == 0 {
		b.Shortened = true
		if b.State == "SYN-RECEIVED" {
			b.Again = tracer.Know(c.again)
		}
		return b, true
	}
	b.RecvQ, b.SendQ = tracer.Know(c.recv), tracer.Know(c.send)
	b.Algorithm = string(bytes.TrimRight(c.more[diagCong], "\x00"))
	fill(&b, &info, n)
	b.Again = tracer.Know(max(int(info.Retransmits), int(info.Probes)))
	return b, true
}

// congestion are the kernel's states (enum tcp_ca_state).
var congestion = [...]string{
	tracer.CongestionOpen, tracer.CongestionDisorder, tracer.CongestionCWR, tracer.CongestionRecovery, tracer.CongestionLoss,
}

// fill takes what the first n octets of struct tcp_info tell: it has grown with
// the kernel's versions.
func fill(b *tracer.TCB, info *unix.TCPInfo, n int) {
	has := func(offset, size uintptr) bool { return uintptr(n) >= offset+size }
	micro := func(v uint32) tracer.Known[time.Duration] {
		return tracer.Known[time.Duration]{Value: time.Duration(v) * time.Microsecond, OK: true}
	}
	b.RTO = micro(info.Rto)
	b.AgainAll = tracer.Know(int(info.Total_retrans))
	if b.State == "SYN-SENT" { // the rest is nothing but defaults
		return
	}
	if int(info.Ca_state) < len(congestion) {
		b.Congestion = congestion[info.Ca_state]
	}
	mss := int(info.Snd_mss)
	b.MSS = tracer.Know(mss)
	b.Cwnd = tracer.Know(int(info.Snd_cwnd) * mss)
	b.Threshold = tracer.Know(tracer.NoThreshold)
	const infinite = 0x7fffffff // TCP_INFINITE_SSTHRESH
	if info.Snd_ssthresh < infinite {
		b.Threshold = tracer.Know(int(info.Snd_ssthresh) * mss)
	}
	if info.Rtt > 0 { // 0 before the first is measured
		b.SRTT, b.RTTVar = micro(info.Rtt), micro(info.Rttvar)
	}
	if has(unsafe.Offsetof(info.Notsent_bytes), unsafe.Sizeof(info.Notsent_bytes)) { // Linux 4.6
		b.Unsent = tracer.Know(int(info.Notsent_bytes))
		if b.Unsent.Value > 0 && (b.State == "FIN-WAIT-1" || b.State == "CLOSING" || b.State == "LAST-ACK") {
			b.Unsent.Value-- // the FIN is among them
		}
	}
	if has(unsafe.Offsetof(info.Snd_wnd), unsafe.Sizeof(info.Snd_wnd)) { // Linux 5.4
		b.SndWnd = tracer.Know(int(info.Snd_wnd))
	}
	if has(unsafe.Offsetof(info.Rcv_wnd), unsafe.Sizeof(info.Rcv_wnd)) { // Linux 6.2
		b.RcvWnd = tracer.Know(int(info.Rcv_wnd))
	}
}
