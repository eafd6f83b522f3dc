// Package track follows sockets through their calls and packets. It writes the
// packet and state events of a trace: numbers made relative, each packet
// ascribed to its sockets, each transition derived by tcpstate, each with its
// cause and a reason in plain words.
package track

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/packet"
	"sockplay/tracer/tcpstate"
)

// Endpoint is one end of a connection, a listener, or a socket that is
// neither yet. Its fields are the Tracker's to change.
type Endpoint struct {
	Process string // "" if no process of the sandbox owns it
	FD      int    // 0 if no open descriptor names it
	Proto   string // "tcp" or "udp"
	Local   netip.AddrPort
	Remote  netip.AddrPort

	block    tcpstate.Block
	history  []string
	since    time.Duration // when it came into its state
	listener *Endpoint     // whose backlog it waits in; nil once accepted
	backlog  int           // of a listener
	ready    int           // of a listener: connections that wait for accept
	linger0  bool          // SO_LINGER 0: its close is a reset
	v6only   bool          // IPV6_V6ONLY
	differed string        // the stack's account when it last differed from ours
	touched  bool          // it is among those to be checked
	gone     bool          // with its host, or for another: the stack may still have one there
}

// State is the endpoint's state, in RFC 9293's name; "" for a datagram socket.
func (e *Endpoint) State() string {
	if e.Proto != "tcp" {
		return ""
	}
	return string(e.block.State())
}

// Block is the endpoint's control block, as far as it was followed.
func (e *Endpoint) Block() tcpstate.Block { return e.block }

// History lists the states that the socket has been in, the present one last.
func (e *Endpoint) History() []string { return e.history }

// Since is when the endpoint came into its state.
func (e *Endpoint) Since() time.Duration { return e.since }

// pair is an endpoint's name in the tables.
type pair struct{ local, remote netip.AddrPort }

// wait is a stay in a state that a timer ends. It is over when the endpoint has
// moved on since.
type wait struct {
	e     *Endpoint
	state tcpstate.State
	since time.Duration
}

func (w wait) over() bool { return w.e.block.State() != w.state || w.e.since != w.since }

// Tracker follows the sockets of one sandbox or capture. It belongs to one
// goroutine.
type Tracker struct {
	// Unread tells whether a socket has something that its program has not
	// read; nil: nobody knows. It is asked as a forged segment arrives.
	Unread func(*Endpoint) bool

	// CrossedScale: an end that has called while it was called goes on scaling
	// its windows, even if its peer has not offered that (Linux).
	CrossedScale bool

	log   *tracer.Log
	now   func() time.Duration
	ends  map[pair]*Endpoint     // connections, by their own point of view
	bound map[uint16][]*Endpoint // listeners and datagram sockets, by port
	flows map[pair]*flow
	// retired are the flows whose both ends are closed, in order.
	retired []pair
	// offers are what listeners may make of the SYNs that they got: they
	// count for nothing until they are answered.
	offers map[pair]*Endpoint

	places    map[Place]bool // the learner's
	forgeries map[int]bool   // the forged packets that are on their way, by number

	touched []*Endpoint
	waiting []wait // of those that came into TIME-WAIT or FIN-WAIT-2, in order
}

// New returns a Tracker that writes to log, dating events with now.
func New(log *tracer.Log, now func() time.Duration) *Tracker {
	return &Tracker{
		log: log, now: now, ends: make(map[pair]*Endpoint),
		bound: make(map[uint16][]*Endpoint), flows: make(map[pair]*flow),
		offers: make(map[pair]*Endpoint), places: make(map[Place]bool), forgeries: make(map[int]bool),
	}
}

// unmap makes one name of an IPv4 address and its form in IPv6.
func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// Open begins to follow a socket that has just been made.
func (t *Tracker) Open(process string, fd int, proto string) *Endpoint {
	e := &Endpoint{Process: process, FD: fd, Proto: proto, since: t.now()}
	if proto == "tcp" {
		e.history = []string{e.State()}
	}
	return e
}

// SetAddrs says where a socket is bound and what it is connected to, before
// the packets that follow from it are observed.
func (t *Tracker) SetAddrs(e *Endpoint, local, remote netip.AddrPort) {
	local, remote = unmap(local), unmap(remote)
	if e.Local == local && e.Remote == remote {
		return
	}
	t.forget(e)
	e.Local, e.Remote = local, remote
	switch {
	case e.Proto == "udp" && local.Port() != 0:
		t.bound[local.Port()] = append(t.bound[local.Port()], e)
	case e.Proto == "tcp" && remote.IsValid():
		t.ends[pair{local, remote}] = e
	}
}

// SetLinger says whether SO_LINGER 0 is set.
func (t *Tracker) SetLinger(e *Endpoint, reset bool) { e.linger0 = reset }

// SetV6Only says whether IPV6_V6ONLY is set.
func (t *Tracker) SetV6Only(e *Endpoint, on bool) { e.v6only = on }

// Listen says that the socket listens.
func (t *Tracker) Listen(e *Endpoint, local netip.AddrPort, backlog int, cause int64) {
	e.backlog = backlog
	if e.State() == string(tcpstate.Listen) {
		return
	}
	t.forget(e)
	e.Local, e.Remote = unmap(local), netip.AddrPort{}
	t.bound[e.Local.Port()] = append(t.bound[e.Local.Port()], e)
	t.call(e, tcpstate.CallListen, cause)
}

// Accept says that a process accepted the connection from remote to local as
// the descriptor fd.
func (t *Tracker) Accept(local, remote netip.AddrPort, process string, fd int) *Endpoint {
	e := t.ends[pair{unmap(local), unmap(remote)}]
	if e == nil || e.Process != "" { // it is gone already: reset before it was accepted
		e = t.Open("", 0, "tcp")
		e.Local, e.Remote = unmap(local), unmap(remote)
		e.history = []string{string(tcpstate.Listen), string(tcpstate.SynReceived), string(tcpstate.Established), string(tcpstate.Closed)}
	}
	if e.listener != nil {
		e.listener.ready--
		e.listener = nil
	}
	e.Process, e.FD = process, fd
	return e
}

// Shutdown says that a process shut the socket down, after the packets that
// this caused were observed.
func (t *Tracker) Shutdown(e *Endpoint, c tcpstate.Call, cause int64) {
	if e.Proto == "tcp" {
		t.call(e, c, cause)
	}
}

// Close says that a process closed the last descriptor of the socket, after
// the packets that this caused were observed.
func (t *Tracker) Close(e *Endpoint, cause int64) {
	if e.Proto == "tcp" {
		listened := e.State() == string(tcpstate.Listen)
		how := tcpstate.CallClose
		if e.linger0 {
			how = tcpstate.CallAbort
		}
		t.call(e, how, cause)
		if listened {
			t.dropQueue(e, cause)
		}
	} else {
		t.forget(e)
	}
	e.FD = 0
}

// Vanish says that the socket is gone with its host, without a packet.
func (t *Tracker) Vanish(e *Endpoint, cause int64) {
	if e.Proto == "tcp" {
		t.call(e, tcpstate.CallVanish, cause)
	}
	t.forget(e)
	e.FD, e.listener, e.gone = 0, nil, true
}

// Listener is the listener in whose backlog the connection waits, nil if there
// is none.
func (e *Endpoint) Listener() *Endpoint { return e.listener }

// dropQueue tells a closed listener's connections that nobody will accept them.
// The whole ones have sent a RST by now.
func (t *Tracker) dropQueue(listener *Endpoint, cause int64) {
	for _, e := range t.Connections() {
		if e.listener == listener {
			e.listener = nil
			t.call(e, tcpstate.CallClose, cause)
		}
	}
}

func (t *Tracker) call(e *Endpoint, c tcpstate.Call, cause int64) {
	block, moves := e.block.Call(c)
	t.move(e, block, moves, cause)
}

// Timeout says that a timer of the endpoint ran out.
func (t *Tracker) Timeout(e *Endpoint, timer tcpstate.Timer, cause int64) {
	block, moves := e.block.Timeout(timer)
	t.move(e, block, moves, cause)
}

// move takes the endpoint to its new block and records how it got there.
func (t *Tracker) move(e *Endpoint, block tcpstate.Block, moves []tcpstate.Transition, cause int64) {
	e.block = block
	t.Touch(e)
	for _, m := range moves {
		e.history = append(e.history, string(m.To))
		e.since = t.now()
		ev := tracer.Event{
			At: e.since, Cause: cause, Kind: tracer.KindState, Process: e.Process, FD: e.FD,
			Local: e.Local, Remote: e.Remote, From: string(m.From), To: string(m.To), Why: m.Why,
		}
		t.log.Add(ev)
		if e.listener != nil && m.To == tcpstate.Established { // it waits for accept, whatever comes
			e.listener.ready++
		}
		switch m.To {
		case tcpstate.TimeWait, tcpstate.FinWait2:
			t.waiting = append(t.waiting, wait{e, m.To, e.since})
		}
	}
	if len(moves) > 0 && block.State() == tcpstate.Closed {
		t.forget(e)
	}
}

// forget takes e out of the tables.
func (t *Tracker) forget(e *Endpoint) {
	port := e.Local.Port()
	list := t.bound[port]
	for i, b := range list {
		if b == e {
			t.bound[port] = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if len(t.bound[port]) == 0 {
		delete(t.bound, port)
	}
	key := pair{e.Local, e.Remote}
	if t.ends[key] == e {
		delete(t.ends, key)
		if t.ends[pair{e.Remote, e.Local}] == nil {
			t.retire(flowKey(e.Local, e.Remote))
		}
	}
}

// maxRetired is how many flows without a connection are remembered, because a
// last packet may come after both ends are closed.
const maxRetired = 1024

// retire lets a flow go, in time.
func (t *Tracker) retire(key pair) {
	t.retired = append(t.retired, key)
	if len(t.retired) <= maxRetired {
		return
	}
	key, t.retired = t.retired[0], t.retired[1:]
	if t.ends[key] == nil && t.ends[pair{key.remote, key.local}] == nil {
		delete(t.flows, key)
	}
}

// Socket finds the socket that a packet from remote to local would reach, nil
// if there is none.
func (t *Tracker) Socket(proto string, local, remote netip.AddrPort) *Endpoint {
	return t.socketAt(proto, unmap(local), unmap(remote))
}

// socketAt finds the socket that a packet to local belongs to: the one
// connected to remote, else the one bound most exactly.
func (t *Tracker) socketAt(proto string, local, remote netip.AddrPort) *Endpoint {
	if proto == "tcp" {
		if e := t.ends[pair{local, remote}]; e != nil {
			return e
		}
	}
	var best *Endpoint
	bestScore := 0
	for _, e := range t.bound[local.Port()] {
		score := 1
		if e.Proto != proto {
			continue
		}
		switch {
		case !e.Local.Addr().IsUnspecified():
			if e.Local.Addr() != local.Addr() {
				continue
			}
			score++
		case e.Local.Addr().Is4() != local.Addr().Is4() && (e.Local.Addr().Is4() || e.v6only):
			continue // * of the other family
		}
		if e.Remote.IsValid() {
			if e.Remote != remote {
				continue
			}
			score += 2
		}
		if score > bestScore {
			best, bestScore = e, score
		}
	}
	return best
}

// senderAt is socketAt for what the socket has sent. A connected datagram
// socket may send elsewhere, although it hears from its peer alone.
func (t *Tracker) senderAt(proto string, local, remote netip.AddrPort) *Endpoint {
	if e := t.socketAt(proto, local, remote); e != nil || proto != "udp" {
		return e
	}
	for _, e := range t.bound[local.Port()] {
		if a := e.Local.Addr(); e.Proto == proto && (a == local.Addr() || a.IsUnspecified()) {
			return e
		}
	}
	return nil
}

// ListenerAt returns the listener that a SYN to that address reaches, nil if
// there is none.
func (t *Tracker) ListenerAt(local netip.AddrPort) *Endpoint {
	e := t.socketAt("tcp", unmap(local), netip.AddrPort{})
	if e == nil || e.State() != string(tcpstate.Listen) {
		return nil
	}
	return e
}

// Owner is the process that a packet from local to remote comes from: the one
// whose socket sent it or, of a connection that nobody has accepted yet, the
// listener's. It is "" if no process has such a socket.
func (t *Tracker) Owner(proto string, local, remote netip.AddrPort) string {
	local, remote = unmap(local), unmap(remote)
	e := t.senderAt(proto, local, remote)
	if e != nil && e.Process == "" {
		e = t.ListenerAt(local)
	}
	if e == nil {
		return ""
	}
	return e.Process
}

// Backlog is how many connections of a listener wait for accept.
func (e *Endpoint) Backlog() (waiting, room int) { return e.ready, e.backlog }

// full reports whether a listener takes no more.
func (e *Endpoint) full() bool { return e.ready > e.backlog }

// keptOut reports whether the segment cannot make a connection whole that waits
// for its handshake's ACK, because its listener takes no more.
func (e *Endpoint) keptOut(h *packet.Header) bool {
	return e.listener != nil && e.block.State() == tcpstate.SynReceived && h.Flags&packet.RST == 0 && e.listener.full()
}

// Connections lists the TCP connections that are not closed, in the order of
// their addresses.
func (t *Tracker) Connections() []*Endpoint {
	return t.ConnectionsIf(func(*Endpoint) bool { return true })
}

// ConnectionsIf lists those of Connections that are wanted.
func (t *Tracker) ConnectionsIf(wanted func(*Endpoint) bool) []*Endpoint {
	var list []*Endpoint
	for _, e := range t.ends {
		if wanted(e) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b *Endpoint) int {
		return cmp.Or(a.Local.Compare(b.Local), a.Remote.Compare(b.Remote))
	})
	return list
}

func label(e *Endpoint) string {
	if e == nil || e.Process == "" || e.FD == 0 {
		return ""
	}
	return e.Process + ":" + itoa(e.FD)
}
