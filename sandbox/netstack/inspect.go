package netstack

import (
	"maps"
	"net/netip"
	"reflect"
	"sync/atomic"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"

	"sockplay/sandbox"
)

// What gVisor has no method for is read from its fields by reflection. A field
// that is gone panics, and fails every test, when the pinned version changes.
// The stack is at rest meanwhile.

// field follows names through structs, pointers and interfaces. It is the zero
// Value where it meets a nil.
func field(v reflect.Value, names ...string) reflect.Value {
	for _, name := range names {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			if v.IsNil() {
				return reflect.Value{}
			}
			v = v.Elem()
		}
		if index := indexOf(v.Type(), name); len(index) == 1 {
			v = v.Field(index[0])
		} else {
			v = v.FieldByIndex(index)
		}
	}
	return v
}

// fieldName is a field of a type.
type fieldName struct {
	of   reflect.Type
	name string
}

// indices are where the fields are that were asked for: looking for one by its
// name takes longer than all else that is done for a packet. There are few, so a
// new one makes a new map, and nobody who reads waits.
var indices atomic.Pointer[map[fieldName][]int]

func indexOf(t reflect.Type, name string) []int {
	known := indices.Load()
	if known != nil {
		if index, ok := (*known)[fieldName{t, name}]; ok {
			return index
		}
	}
	f, ok := t.FieldByName(name)
	if !ok {
		panic("netstack: gVisor has no field " + name)
	}
	for {
		more := map[fieldName][]int{{t, name}: f.Index}
		if known != nil {
			maps.Copy(more, *known)
		}
		if indices.CompareAndSwap(known, &more) {
			return f.Index
		}
		known = indices.Load()
	}
}

// acceptQueue is how many connections wait for accept.
func acceptQueue(e *tcp.Endpoint) int {
	return int(field(reflect.ValueOf(e), "acceptQueue", "endpoints", "len").Int())
}

// halfOpen is how many connections of a listener wait for the handshake's ACK.
func halfOpen(e *tcp.Endpoint) int {
	return field(reflect.ValueOf(e), "acceptQueue", "pendingEndpoints").Len()
}

// sendQueue is how many octets are unsent or not acknowledged.
func sendQueue(e *tcp.Endpoint) int {
	return int(field(reflect.ValueOf(e), "sndQueueInfo", "SndBufUsed").Int())
}

// receiveClosed reports whether nothing more will come: the peer's FIN has.
func receiveClosed(e *tcp.Endpoint) bool {
	return field(reflect.ValueOf(e), "RcvClosed").Bool()
}

// receiveNext is RCV.NXT of a connection.
func receiveNext(e *tcp.Endpoint) uint32 {
	return uint32(field(reflect.ValueOf(e), "rcv", "RcvNxt").Uint())
}

// sendNext is SND.NXT of a connection.
func sendNext(e *tcp.Endpoint) uint32 {
	return uint32(field(reflect.ValueOf(e), "snd", "SndNxt").Uint())
}

// restartTimeWait has TIME-WAIT begin anew.
func (s *Stack) restartTimeWait(e *tcp.Endpoint) {
	if t := field(reflect.ValueOf(e), "timeWaitTimer"); !t.IsNil() {
		s.clock.restart(t.Elem().Pointer(), tcp.DefaultTCPTimeWaitTimeout)
	}
}

// endTimeWait has the timer of TIME-WAIT run out now.
func (s *Stack) endTimeWait(e *tcp.Endpoint) {
	if t := field(reflect.ValueOf(e), "timeWaitTimer"); !t.IsNil() {
		s.clock.expire(t.Elem().Pointer())
		s.quiesce()
	}
}

// segmentSize is the data that one segment of a connection carries at most; 0
// where there is no connection.
func segmentSize(e *tcp.Endpoint) int {
	if v := field(reflect.ValueOf(e), "snd", "MaxPayloadSize"); v.IsValid() {
		return int(v.Int())
	}
	return 0
}

// errorWaits reports whether an error waits to be told.
func errorWaits(e tcpip.Endpoint) bool {
	v := reflect.ValueOf(e)
	if _, ok := e.(*tcp.Endpoint); ok {
		return !field(v, "hardError").IsNil()
	}
	return !field(v, "lastError").IsNil()
}

// timerOf is what a timer of a connection is for.
type timerOf struct {
	at   time.Duration
	kind sandbox.TimerKind
}

// timers are those of a connection that run.
func (s *Stack) timers(e *tcp.Endpoint) []timerOf {
	var list []timerOf
	v := reflect.ValueOf(e)
	// Timers of the clock, which are held as interfaces.
	for _, t := range []struct {
		v    reflect.Value
		kind sandbox.TimerKind
	}{
		{field(v, "h", "retransmitTimer", "t"), sandbox.Retransmission},
		{field(v, "timeWaitTimer"), sandbox.TimeWaitTimer},
		{field(v, "finWait2Timer"), sandbox.FinWait2Timer},
	} {
		if t.v.IsValid() && !t.v.IsNil() {
			if at, ok := s.clock.due(t.v.Elem().Pointer()); ok {
				list = append(list, timerOf{at, t.kind})
			}
		}
	}
	resend := sandbox.Retransmission
	if z := field(v, "snd", "zeroWindowProbing"); z.IsValid() && z.Bool() {
		resend = sandbox.WindowProbe
	}
	// gVisor's own timers, which may be off while one of the clock's runs.
	for _, t := range []struct {
		v    reflect.Value
		kind sandbox.TimerKind
	}{
		{field(v, "snd", "resendTimer"), resend},
		{field(v, "snd", "probeTimer"), sandbox.TailProbe},
		{field(v, "snd", "reorderTimer"), sandbox.Reordering},
		{field(v, "snd", "corkTimer"), sandbox.CorkTimer},
		{field(v, "keepalive", "timer"), sandbox.Keepalive},
	} {
		const enabled = 2 // timerStateEnabled
		if t.v.IsValid() && field(t.v, "state").Int() == enabled {
			list = append(list, timerOf{time.Duration(field(t.v, "target", "nanoseconds").Int()) - head, t.kind})
		}
	}
	return list
}

// due is when the clock's timer at that place in memory runs out.
func (c *clock) due(p uintptr) (time.Duration, bool) {
	t, at := c.running(p)
	return at, t != nil
}

// running is the timer at that place in memory, and when it is due; nil if it
// does not run.
func (c *clock) running(p uintptr) (*timer, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.timers {
		if reflect.ValueOf(t).Pointer() == p {
			return t, t.due
		}
	}
	return nil, 0
}

// expire runs the timer at that place in memory now.
func (c *clock) expire(p uintptr) {
	if t, _ := c.running(p); t != nil && t.Stop() {
		t.f()
	}
}

// restart has the timer at that place in memory, if it runs, begin anew.
func (c *clock) restart(p uintptr, d time.Duration) {
	if t, _ := c.running(p); t != nil {
		t.Reset(d)
	}
}

// NextTimer is the connection's timer that runs out next.
func (s *Stack) NextTimer(local, remote netip.AddrPort) (sandbox.Timer, bool) {
	e := s.endpoint(local, remote)
	if e == nil {
		return sandbox.Timer{}, false
	}
	var next timerOf
	for _, t := range s.timers(e) {
		if next.kind == "" || t.at < next.at {
			next = t
		}
	}
	return sandbox.Timer{In: next.at - s.clock.elapsed(), Kind: next.kind}, next.kind != ""
}

// states are gVisor's, under RFC 9293's names. Those that only gVisor has are
// no state of a connection.
var states = map[tcp.EndpointState]string{
	tcp.StateListen: "LISTEN", tcp.StateSynSent: "SYN-SENT", tcp.StateSynRecv: "SYN-RECEIVED",
	tcp.StateEstablished: "ESTABLISHED", tcp.StateFinWait1: "FIN-WAIT-1", tcp.StateFinWait2: "FIN-WAIT-2",
	tcp.StateCloseWait: "CLOSE-WAIT", tcp.StateClosing: "CLOSING", tcp.StateLastAck: "LAST-ACK",
	tcp.StateTimeWait: "TIME-WAIT",
}

func stateOf(e *tcp.Endpoint) string {
	if name := states[e.EndpointState()]; name != "" {
		return name
	}
	return "CLOSED"
}

// TCPState is the endpoint's own account.
func (s *Stack) TCPState(local, remote netip.AddrPort) (string, error) {
	if remote.IsValid() {
		if e := s.endpoint(local, remote); e != nil {
			return stateOf(e), nil
		}
		return "CLOSED", nil
	}
	for k := range s.sockets {
		if a, err := k.Getsockname(); k.listens() && err == nil && a.Port() == local.Port() && a.AddrPort.Addr().Unmap() == local.Addr().Unmap() {
			return "LISTEN", nil
		}
	}
	return "CLOSED", nil
}

// Destroy aborts the connection.
func (s *Stack) Destroy(local, remote netip.AddrPort) {
	if e := s.endpoint(local, remote); e != nil {
		s.endTimeWait(e)
		e.Abort()
		s.quiesce()
	}
}

// endpoint finds the endpoint of exactly that connection, nil if there is none.
func (s *Stack) endpoint(local, remote netip.AddrPort) *tcp.Endpoint {
	proto := header.IPv4ProtocolNumber
	if local.Addr().Is6() {
		proto = header.IPv6ProtocolNumber
	}
	id := stack.TransportEndpointID{
		LocalPort: local.Port(), LocalAddress: addressOf(local.Addr()),
		RemotePort: remote.Port(), RemoteAddress: addressOf(remote.Addr()),
	}
	e, _ := s.ip.FindTransportEndpoint(proto, tcp.ProtocolNumber, id, nic).(*tcp.Endpoint)
	if e == nil || e.ID.RemotePort != id.RemotePort || e.ID.RemoteAddress != id.RemoteAddress { // a listener
		return nil
	}
	return e
}
