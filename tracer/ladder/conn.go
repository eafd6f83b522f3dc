package ladder

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"sockplay/tracer"
)

// What is remembered between batches is bounded: a session may be long.
const (
	maxConns     = 256
	maxListeners = 256
	maxCalls     = 256
	maxFragments = 64
	maxPairs     = 256
	maxResent    = 256
	maxHistory   = 16 // a connection passes fewer states
)

type side int

const (
	left side = iota
	right
)

func (s side) other() side { return 1 - s }

// step is a state and the event that brought an end there.
type step struct {
	seq   int64
	state string
}

// end is one end of a connection.
type end struct {
	addr    string
	process string
	fd      int
	named   int64  // the event that told fd
	passive bool   // it came of a listener: no process owns it until accept
	nobody  bool   // it was found that no socket is there
	history []step // oldest first; empty: not known
	numbers
}

func (e *end) state() string {
	if len(e.history) == 0 {
		return ""
	}
	return e.history[len(e.history)-1].state
}

// label names the end by its process and descriptor; "" if nobody is known.
func (e *end) label() string {
	switch {
	case e.process == "":
		return ""
	case e.fd > 0:
		return e.process + ":" + strconv.Itoa(e.fd)
	case e.passive:
		return e.process + " (not yet accepted)"
	}
	return e.process
}

// conn is a connection, or what passes between two addresses without one.
type conn struct {
	proto    string
	ends     [2]end
	born     int64            // the event that it appeared with
	used     int64            // when it was drawn last, in rows
	headed   bool             // whether its header was drawn
	shown    [2]string        // the labels as they were drawn
	sent     [2]time.Duration // when each end sent last
	lossTold string           // how it was lost, as was last said in words
	// resentTold is whether it was said in words why a packet that is held is
	// sent again.
	resentTold bool
	captured   bool
}

// self reports whether a socket is connected to itself: both ends are one.
func (c *conn) self() bool {
	if a, b := &c.ends[left], &c.ends[right]; c.proto == "unix" || c.proto == "unixgram" {
		return a.fd > 0 && a.process == b.process && a.fd == b.fd
	}
	return c.ends[left].addr == c.ends[right].addr
}

// label names an end as it stands above its rail.
func (c *conn) label(s side) string {
	if s == right && c.self() && c.ends[left].process != "" {
		return "the same socket"
	}
	return c.ends[s].label()
}

// over reports whether the connection is known to be closed.
func (c *conn) over() bool {
	known := false
	for i := range c.ends {
		switch c.ends[i].state() {
		case "":
		case "CLOSED":
			known = true
		default:
			return false
		}
	}
	return known
}

// reopens reports whether a SYN from addr begins a new connection between the
// same addresses.
func (c *conn) reopens(addr string) bool {
	return c.over() || c.ends[c.sideOf(addr)].state() == "CLOSED"
}

// sideOf says on which side the end with that address is. A socket that is
// connected to itself is on both: left.
func (c *conn) sideOf(addr string) side {
	if c.ends[left].addr != addr && c.ends[right].addr == addr {
		return right
	}
	return left
}

// connKey is an unordered pair of endpoints.
type connKey struct{ proto, low, high string }

func keyOf(f flow) connKey {
	return connKey{f.proto, min(f.src, f.dst), max(f.src, f.dst)}
}

// name is a descriptor of a process, with the event that told of it.
type name struct {
	process string
	fd      int
	seq     int64
	gone    int64 // of a listener: the event that ended it; 0: none yet
}

// parseName reads "client:3", or "client" alone.
func parseName(s string) name {
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		if fd, err := strconv.Atoi(s[i+1:]); err == nil && fd > 0 {
			return name{process: s[:i], fd: fd}
		}
	}
	return name{process: s}
}

// pending is what must be known of a call when it returns.
type pending struct {
	call string
	args []string
}

type memory struct {
	conns     map[connKey]*conn
	listeners map[string]name     // by address; "*:8080" for the wildcards
	calls     map[string]pending  // by process
	pairs     map[string]bool     // "client:3": it was made by socketpair
	fragments map[flow]flow       // addresses -> the flow of the datagram's first fragment
	resent    map[int][]resending // packet -> what was told of it while it was held
	rows      int64               // drawn so far: the measure of how long ago a connection was used
}

func newMemory() memory {
	return memory{
		conns: map[connKey]*conn{}, listeners: map[string]name{},
		calls: map[string]pending{}, pairs: map[string]bool{}, fragments: map[flow]flow{},
		resent: map[int][]resending{},
	}
}

// resending is how often a packet had been sent, and the event that told so.
type resending struct {
	seq   int64
	times int
}

// heldOn notes that a packet on the wire was sent again.
func (m *memory) heldOn(e *tracer.Event) {
	if len(m.resent) >= maxResent {
		clear(m.resent)
	}
	n := e.Packet.Number
	list := m.resent[n]
	if len(list) >= maxHistory {
		list = append(list[:0], list[1:]...)
	}
	m.resent[n] = append(list, resending{e.Seq, e.Times})
}

// times is how often a packet on the wire has been sent; 0: not told.
func (m *memory) times(packet int) int {
	if list := m.resent[packet]; len(list) > 0 {
		return list[len(list)-1].times
	}
	return 0
}

// connOf finds or makes the connection that a packet belongs to, and says
// which side sent it.
func (m *memory) connOf(e *tracer.Event) (*conn, side) {
	p := e.Packet
	f := m.flow(p)
	c := m.conns[keyOf(f)]
	opens := e.Fate.Born() && p.Has("SYN") && !p.Has("ACK")
	if c == nil || opens && c.reopens(f.src) {
		old := c
		c = &conn{proto: f.proto, born: e.Seq, captured: e.Fate == tracer.Captured}
		c.ends[left].addr, c.ends[right].addr = f.src, f.dst
		_, serves := m.listener(f.src)
		if p.Has("SYN") && p.Has("ACK") || serves && !opens {
			c.ends[left].addr, c.ends[right].addr = f.dst, f.src
		}
		if old != nil && !old.over() { // the other end is where it was: in TIME-WAIT
			was := old.ends[old.sideOf(f.dst)]
			was.numbers = numbers{}
			c.ends[c.sideOf(f.dst)] = was
		}
		m.conns[keyOf(f)] = c
	}
	from := c.sideOf(f.src)
	if f.src == f.dst && (p.Proto == "icmp" && p.ICMPType == 0 || p.Proto == "icmp6" && p.ICMPType == 129) {
		from = right // an echo to oneself: at least the reply comes back
	}
	return c, from
}

// flow is flowOf, with what only the memory knows: the connection that an
// ICMP error is about is drawn on only if there is one, and a later fragment
// has no ports.
func (m *memory) flow(p *tracer.Packet) flow {
	plain, about := flowOf(p)
	if about {
		if m.conns[keyOf(plain)] == nil {
			return plainFlow(p)
		}
		return plain
	}
	if p.Fragment() {
		bare := flow{p.Proto, host(p.Src), host(p.Dst)}
		if p.FragOffset == 0 {
			if len(m.fragments) >= maxFragments {
				clear(m.fragments)
			}
			m.fragments[bare] = plain
		} else if first, ok := m.fragments[bare]; ok {
			return first
		}
	}
	return plain
}

// host returns an address without its port.
func host(addr string) string {
	h, _ := splitPort(addr)
	return h
}

// port returns ":8080", or "" if an address has no port.
func port(addr string) string {
	_, p := splitPort(addr)
	return p
}

func splitPort(addr string) (host, port string) {
	i := strings.LastIndexByte(addr, ':')
	switch {
	case i < 0:
	case addr[0] == '[' && i > 1 && addr[i-1] == ']':
		return addr[1 : i-1], addr[i:]
	case strings.IndexByte(addr, ':') == i:
		return addr[:i], addr[i:]
	}
	return addr, "" // an IPv6 address, or none at all
}

// listener finds who listens at addr.
func (m *memory) listener(addr string) (name, bool) {
	if len(m.listeners) == 0 {
		return name{}, false
	}
	n, ok := m.listeners[addr]
	if !ok || n.gone > 0 {
		n, ok = m.listeners["*"+port(addr)]
	}
	return n, ok && n.gone == 0
}

func listenKey(addr string) string {
	switch host(addr) {
	case "0.0.0.0", "::":
		return "*" + port(addr)
	}
	return addr
}

// learn notes what a packet says of its owner at one end. A listener's
// descriptor is not the connection's: that has none before accept.
func (m *memory) learn(e *end, owner string, seq int64) {
	if owner == "" || e.nobody {
		return
	}
	n := parseName(owner)
	n.seq = seq
	if l, ok := m.listener(e.addr); ok && l.process == n.process && (n.fd == 0 || n.fd == l.fd) {
		n.fd, e.passive = 0, true
	}
	m.rename(e, n)
}

func (m *memory) rename(e *end, n name) {
	if n.process == "" {
		return
	}
	if e.process != n.process {
		e.process, e.fd = n.process, 0
	}
	if n.fd > 0 && n.fd != e.fd {
		e.fd, e.named = n.fd, n.seq // without one it keeps the last that it had
	}
}

// learnState notes whose end a state event is about.
func (m *memory) learnState(e *end, ev *tracer.Event) {
	if ev.From == "LISTEN" {
		e.passive = true
	}
	m.rename(e, name{process: ev.Process, fd: ev.FD, seq: ev.Seq})
}

func (e *end) move(ev *tracer.Event) {
	if len(e.history) >= maxHistory {
		e.history = append(e.history[:0], e.history[1:]...)
	}
	e.history = append(e.history, step{ev.Seq, ev.To})
}

// moved notes a state event in the connection or listener that it is about,
// and returns the end that moved, nil if it is none that is known.
func (m *memory) moved(ev *tracer.Event) *end {
	local, remote := endpoint(ev.Local), endpoint(ev.Remote)
	if remote == "" && local != "" {
		if ev.To == "LISTEN" {
			if len(m.listeners) >= maxListeners {
				clear(m.listeners)
			}
			m.listeners[listenKey(local)] = name{process: ev.Process, fd: ev.FD, seq: ev.Seq}
		} else if n, ok := m.listeners[listenKey(local)]; ok {
			n.gone = ev.Seq // kept, in case that this is undone
			m.listeners[listenKey(local)] = n
		}
		return nil
	}
	c := m.conns[keyOf(flow{"tcp", local, remote})]
	if c == nil {
		return nil
	}
	e := &c.ends[c.sideOf(local)]
	m.learnState(e, ev)
	e.move(ev)
	return e
}

// rewind forgets what came after seq.
func (m *memory) rewind(seq int64) {
	for k, c := range m.conns {
		if c.born > seq {
			delete(m.conns, k)
			continue
		}
		for i := range c.ends {
			e := &c.ends[i]
			for len(e.history) > 0 && e.history[len(e.history)-1].seq > seq {
				e.history = e.history[:len(e.history)-1]
			}
			e.numbers = numbers{}
			if e.named > seq {
				e.fd = 0
			}
		}
		c.sent = [2]time.Duration{}
	}
	for k, n := range m.listeners {
		switch {
		case n.seq > seq:
			delete(m.listeners, k)
		case n.gone > seq:
			n.gone = 0
			m.listeners[k] = n
		}
	}
	for n, list := range m.resent {
		for len(list) > 0 && list[len(list)-1].seq > seq {
			list = list[:len(list)-1]
		}
		m.resent[n] = list
	}
	clear(m.calls)
	clear(m.fragments)
}

// forget drops the connections that are too many: closed ones first, then
// those that were not drawn for the longest time.
func (m *memory) forget(current *conn) {
	if len(m.conns) <= maxConns {
		return
	}
	keys := make([]connKey, 0, len(m.conns))
	for k, c := range m.conns {
		if c != current {
			keys = append(keys, k)
		}
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := m.conns[keys[i]], m.conns[keys[j]]
		if a.over() != b.over() {
			return a.over()
		}
		return a.used < b.used
	})
	for _, k := range keys[:len(m.conns)-maxConns/2] { // half, so as not to sort each time
		delete(m.conns, k)
	}
}
