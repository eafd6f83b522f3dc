package netstack

import (
	"math"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"

	"sockplay/tracer"
)

// TCB is gVisor's own control block of the connection, with absolute numbers. It
// counts cwnd and ssthresh in segments.
func (s *Stack) TCB(local, remote netip.AddrPort) (b tracer.TCB, ok bool) {
	e := s.endpoint(local, remote)
	if e == nil {
		return b, false
	}
	b.State = stateOf(e)
	for _, t := range s.timers(e) {
		b.Timers = append(b.Timers, tracer.TCBTimer{Kind: string(t.kind), In: t.at - s.clock.elapsed()})
	}
	slices.SortStableFunc(b.Timers, func(x, y tracer.TCBTimer) int { return int(x.In - y.In) })
	v := reflect.ValueOf(e)
	if unread, err := e.GetSockOptInt(tcpip.ReceiveQueueSizeOption); err == nil {
		b.RecvQ = tracer.Know(unread)
	}
	b.SendQ = tracer.Know(max(0, sendQueue(e)))
	b.Algorithm = field(v, "cc").String()
	if snd := field(v, "snd"); !snd.IsNil() {
		sender(snd, &b)
		b.AgainAll = tracer.Know(int(e.Stats().(*tcp.Stats).SendErrors.Retransmits.Value())) // of SYNs it counts none
	} else if h := field(v, "h"); !h.IsNil() {
		handshake(h, &b)
	}
	if rcv := field(v, "rcv"); !rcv.IsNil() {
		receiver(rcv, &b)
	}
	return b, true
}

// sender fills in what gVisor's sender has.
func sender(snd reflect.Value, b *tracer.TCB) {
	una, next := field(snd, "SndUna").Uint(), field(snd, "SndNxt").Uint()
	b.SndUna, b.SndNxt = tracer.Know(uint32(una)), tracer.Know(uint32(next))
	b.SndWnd = tracer.Know(int(field(snd, "SndWnd").Uint()))
	b.FinSent = field(snd, "finSent").Bool()
	flight := int(uint32(next) - uint32(una))
	if b.FinSent && flight > 0 {
		flight--
	}
	b.Unsent = tracer.Know(max(0, b.SendQ.Value-flight))

	mss := int(field(snd, "MaxPayloadSize").Int())
	b.MSS = tracer.Know(mss)
	b.Cwnd = tracer.Know(int(field(snd, "SndCwnd").Int()) * mss)
	b.Threshold = tracer.Know(tracer.NoThreshold)
	if n := int(field(snd, "Ssthresh").Int()); n < math.MaxInt32 {
		b.Threshold = tracer.Know(n * mss)
	}
	b.Congestion = congestion[tcpip.CongestionControlState(field(snd, "state").Int())]

	b.RTO = tracer.Know(time.Duration(field(snd, "RTO").Int()))
	if rtt := field(snd, "rtt", "TCPRTTState"); field(rtt, "SRTTInited").Bool() {
		b.SRTT = tracer.Know(time.Duration(field(rtt, "SRTT").Int()))
		b.RTTVar = tracer.Know(time.Duration(field(rtt, "RTTVar").Int()))
	}
	b.Again = tracer.Know(0)
	if oldest := field(snd, "writeList", "writeList", "head"); !oldest.IsNil() && flight > 0 {
		b.Again.Value = max(0, int(field(oldest, "xmitCount").Uint())-1)
	}
	if probes := int(field(snd, "unackZeroWindowProbes").Uint()); probes > 0 {
		b.Again.Value = probes
	}
}

// congestion are gVisor's states, in Linux's names.
var congestion = map[tcpip.CongestionControlState]string{
	tcpip.Open: tracer.CongestionOpen, tcpip.RTORecovery: tracer.CongestionLoss, tcpip.Disorder: tracer.CongestionDisorder,
	tcpip.FastRecovery: tracer.CongestionRecovery, tcpip.SACKRecovery: tracer.CongestionRecovery,
}

// firstSYN is gVisor's first timeout of a SYN, which is doubled each time
// (RFC 6298 2.1, 5.5).
const firstSYN = time.Second

// handshake fills in what gVisor has before the connection is open.
func handshake(h reflect.Value, b *tracer.TCB) {
	timeout := field(h, "retransmitTimer", "timeout")
	if !timeout.IsValid() {
		return
	}
	rto := time.Duration(timeout.Int())
	b.RTO = tracer.Know(rto)
	for n, d := 0, firstSYN; d <= rto; n, d = n+1, 2*d {
		if d == rto {
			b.Again = tracer.Know(n)
		}
	}
}

// receiver fills in what gVisor's receiver has.
func receiver(rcv reflect.Value, b *tracer.TCB) {
	next := uint32(field(rcv, "RcvNxt").Uint())
	b.RcvNxt = tracer.Know(next)
	b.FinCame = field(rcv, "closed").Bool()
	// The window as it was told, whose last bits the scale has cut off.
	scale := field(rcv, "RcvWndScale").Uint()
	end := uint32(field(rcv, "rcvWUP").Uint()) + uint32(field(rcv, "rcvWnd").Uint()>>scale<<scale)
	b.RcvWnd = tracer.Know(max(0, int(int32(end-next))))
}
