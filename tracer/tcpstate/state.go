// Package tcpstate derives the states of TCP connections, as RFC 9293 names
// them, from what happened at one endpoint: the calls that its process made,
// the segments that it sent, the segments that were delivered to it, and the
// timers that ran out. It looks at nothing else, so that a trace tells its
// states with a reason for each, and so that what it says can be compared with
// what a real stack says of itself.
//
// It is pure: a [Block] is a value, and each input gives a new Block and the
// transitions that lead to it. It knows no clock and does no I/O.
//
// Where Linux departs from RFC 9293 the package agrees with Linux, since that
// is what a learner sees; a comment says so at each such place.
//
// The machine is figure 5 of RFC 9293 (3.3.2), here with the socket calls in
// place of the RFC's user calls. An arrow's label has the event, and after the
// slash what is sent.
//
//	                          +--------+
//	          listen          | CLOSED |      connect / SYN
//	        +-----------------|        |---------------------+
//	        |                 +--------+                     |
//	        v           close  ^      ^  close               v
//	   +--------+              |      |                 +----------+
//	   | LISTEN |--------------+      +-----------------| SYN-SENT |
//	   +--------+                                       +----------+
//	        | SYN / SYN-ACK                   SYN / SYN-ACK |    |
//	        v                                               |    |
//	+--------------+                                        |    | SYN-ACK / ACK
//	| SYN-RECEIVED |<---------------------------------------+    |
//	+--------------+                                             |
//	    |   | ACK of our SYN    +-------------+                  |
//	    |   +------------------>| ESTABLISHED |<-----------------+
//	    |                       +-------------+
//	    | close / FIN   close / FIN |     | FIN / ACK
//	    v                           |     |
//	+------------+                  |     v
//	| FIN-WAIT-1 |<-----------------+  +------------+
//	+------------+                     | CLOSE-WAIT |
//	  |        | FIN / ACK             +------------+
//	  |        +----------+                  | close / FIN
//	  | ACK of our FIN    v                  v
//	  v              +---------+       +----------+
//	+------------+   | CLOSING |       | LAST-ACK |
//	| FIN-WAIT-2 |   +---------+       +----------+
//	+------------+        | ACK of our FIN   | ACK of our FIN
//	  | FIN / ACK         v                  v
//	  |             +-----------+        +--------+
//	  +------------>| TIME-WAIT |------->| CLOSED |
//	                +-----------+  2MSL  +--------+
//
// Not drawn: a RST, an abort and a user timeout lead from every state to
// CLOSED. A passively opened connection that gets a RST in SYN-RECEIVED
// returns to LISTEN in the RFC; here, as on Linux, the listener is a socket of
// its own, which never left LISTEN, and the connection ends in CLOSED.
package tcpstate

// State is a state of a connection, under its name in RFC 9293 (3.3.2).
type State string

// The states, each with the section of RFC 9293 that says what a segment does
// in it.
const (
	Closed      State = "CLOSED"       // no connection at all (3.10.7.1)
	Listen      State = "LISTEN"       // waits for a SYN from anyone (3.10.7.2)
	SynSent     State = "SYN-SENT"     // sent a SYN, waits for its answer (3.10.7.3)
	SynReceived State = "SYN-RECEIVED" // got a SYN and sent one, waits for its ACK (3.10.7.4)
	Established State = "ESTABLISHED"  // open: data may flow both ways (3.10.7.4)
	FinWait1    State = "FIN-WAIT-1"   // done sending, our FIN is not acknowledged yet (3.10.7.4)
	FinWait2    State = "FIN-WAIT-2"   // our FIN is acknowledged, the peer's has not come (3.10.7.4)
	CloseWait   State = "CLOSE-WAIT"   // the peer is done sending, we are not (3.10.7.4)
	Closing     State = "CLOSING"      // both sent a FIN, ours is not acknowledged yet (3.10.7.4)
	LastAck     State = "LAST-ACK"     // the peer was done first, our FIN is not acknowledged yet (3.10.7.4)
	TimeWait    State = "TIME-WAIT"    // both are done: waits until old segments have died (3.10.7.4)
)

// Names are the states' names, in the order of RFC 9293 3.3.2.
var Names = []string{
	string(Closed), string(Listen), string(SynSent), string(SynReceived), string(Established),
	string(FinWait1), string(FinWait2), string(CloseWait), string(Closing), string(LastAck), string(TimeWait),
}

// Transition is one arrow that an endpoint went along.
type Transition struct {
	From, To State
	Why      string // a short phrase in plain words, in lower case, without a full stop
}

// Call is a socket call that bears on the state of a connection. What connect
// does shows in the SYN that it sends, and read and write change no state.
type Call int

// The calls, as RFC 9293 (3.10) or else POSIX has them.
const (
	CallListen        Call = iota // listen(2): the passive OPEN (3.10.1)
	CallShutdownRead              // shutdown(2) with SHUT_RD: not in the RFC
	CallShutdownWrite             // shutdown(2) with SHUT_WR: the RFC's CLOSE (3.10.4)
	CallShutdownBoth              // shutdown(2) with SHUT_RDWR
	CallClose                     // close(2) of the socket's last descriptor: CLOSE, and nobody will read
	CallAbort                     // close(2) while SO_LINGER is 0 seconds: the RFC's ABORT (3.10.5)
	CallVanish                    // no call: its host is gone, and with it all that it knew
	CallDisconnect                // connect(2) to AF_UNSPEC: ABORT, and the descriptor stays
)

// Timer is something that ran out.
type Timer int

// The timers.
const (
	// UserTimeout: the stack gave the peer up after it had retransmitted a
	// SYN, data or a FIN, or probed an idle connection, for too long
	// (3.10.8, 3.8.4).
	UserTimeout Timer = iota
	// TimeWaitOver: 2MSL have passed in TIME-WAIT (3.10.8): four minutes in
	// the RFC, one on Linux.
	TimeWaitOver
	// FinWait2Over: nobody can read any more and the peer's FIN does not come
	// (3.6 leaves it to the system). Linux waits for tcp_fin_timeout, 60 s.
	FinWait2Over
)
