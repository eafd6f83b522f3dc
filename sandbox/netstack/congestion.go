package netstack

import (
	"math"
	"reflect"
	"time"
	"unsafe"

	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// avoidance is a connection in congestion avoidance, before an ACK comes.
type avoidance struct {
	e         *tcp.Endpoint
	sender    reflect.Value
	algorithm string
	window    int64  // cwnd, in segments
	una       uint32 // SND.UNA
}

// inAvoidance finds the connection that a packet is for, if it is in congestion
// avoidance; ok is false if not.
func (s *Stack) inAvoidance(packet []byte) (a avoidance, ok bool) {
	if !s.cubics && s.ip.Stats().TCP.Retransmits.Value() == 0 { // no threshold has been set yet
		return a, false
	}
	_, from, to, is := segmentIn(packet)
	if !is {
		return a, false
	}
	e := s.endpoint(to, from)
	if e == nil || e.EndpointState() == tcp.StateListen {
		return a, false
	}
	v := reflect.ValueOf(e)
	snd := field(v, "snd")
	if snd.IsNil() {
		return a, false
	}
	arm(snd)
	a = avoidance{e, snd, field(v, "cc").String(), field(snd, "SndCwnd").Int(), uint32(field(snd, "SndUna").Uint())}
	return a, a.window >= field(snd, "Ssthresh").Int() && !field(snd, "FastRecovery", "Active").Bool()
}

// arm makes sure that the sender's next ACK leaves a timer running as long as
// something is not acknowledged. gVisor (snd.go) counts what is outstanding, and
// loses count after a timeout and in recoveries; with a count of 0 a duplicate ACK
// ends the probe's timer and begins none, and the connection stands still for ever.
func arm(snd reflect.Value) {
	if n := field(snd, "Outstanding"); n.Int() == 0 && field(snd, "SndUna").Uint() != field(snd, "SndNxt").Uint() {
		put(n, 1)
	}
}

// grow has the window of a connection grow as its algorithm says where gVisor,
// which counts whole segments, has not: after the ACK has come.
func (s *Stack) grow(a avoidance) {
	if field(a.sender, "FastRecovery", "Active").Bool() || field(a.sender, "SndCwnd").Int() < a.window {
		delete(s.fractions, a.e)
		return
	}
	switch a.algorithm {
	case "reno":
		a.reno()
	case "cubic":
		s.cubic(a)
	}
}

// reno sets right how many of the acknowledged segments count for the next growth
// of the window. RFC 5681 3.1 has it grow by one segment each round trip; gVisor
// (reno.go) takes the remainder by the window that it has grown to, not by the one
// that was full, so that after the first round trip each ACK is a full window.
func (a avoidance) reno() {
	count := field(a.sender, "SndCAAckCount")
	if field(a.sender, "SndCwnd").Int() == a.window+1 && count.Int() >= a.window {
		put(count, count.Int()-a.window)
	}
}

// cubic adds up what each ACK adds to the window (RFC 9438 4.2): gVisor (cubic.go)
// throws the fraction away, and with an ACK for each segment there is never more.
func (s *Stack) cubic(a avoidance) {
	cwnd := field(a.sender, "SndCwnd")
	una, mss := uint32(field(a.sender, "SndUna").Uint()), field(a.sender, "MaxPayloadSize").Int()
	acked := (int64(una-a.una) + mss - 1) / mss
	if cwnd.Int() != a.window || acked == 0 { // it has grown to Reno's, or nothing new came
		return
	}
	cc := field(a.sender, "cc", "TCPCubicState")
	if field(cc, "WMax").Float() == 0 {
		return
	}
	since := time.Duration(int64(head) + int64(s.clock.elapsed()) - field(cc, "T", "nanoseconds").Int())
	srtt := time.Duration(field(a.sender, "rtt", "TCPRTTState", "SRTT").Int())
	t := (since + srtt).Seconds() - field(cc, "K").Float()
	window := float64(a.window)
	target := min(max(field(cc, "C").Float()*t*t*t+field(cc, "WMax").Float(), window), 1.5*window)
	if len(s.fractions) > maxPeers {
		clear(s.fractions) // of connections that are long over, most of them
	}
	sum := s.fractions[a.e] + float64(acked)*(target-window)/window
	put(cwnd, a.window+int64(sum))
	s.fractions[a.e] = sum - math.Floor(sum)
}

// put writes a field of gVisor's, an int.
func put(f reflect.Value, v int64) { *(*int)(unsafe.Pointer(f.UnsafeAddr())) = int(v) }
