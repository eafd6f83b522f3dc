package tracer

import (
	"math"
	"time"
)

// Known is a value that may not be known: the zero Known is not, which is
// something else than a value of 0.
type Known[T comparable] struct {
	Value T
	OK    bool
}

// Know is a value that is known.
func Know[T comparable](v T) Known[T] { return Known[T]{v, true} }

// Or is k or, where that is not known, other.
func (k Known[T]) Or(other Known[T]) Known[T] {
	if k.OK {
		return k
	}
	return other
}

// NoThreshold is the slow-start threshold before the first loss: slow start has
// no end yet (RFC 5681 3.1: "arbitrarily high").
const NoThreshold = math.MaxInt

// TCB is a connection's transmission control block (RFC 9293 3.3.1) and what
// its congestion control and its timers keep beside it, at one moment. Sequence
// numbers are relative, as packets show them; windows, queues and sizes are in
// octets. What nobody tells is not known.
type TCB struct {
	State string // RFC 9293's name

	// The send sequence space (RFC 9293 figure 3).
	SndUna  Known[uint32] // SND.UNA: the oldest number that is not acknowledged
	SndNxt  Known[uint32] // SND.NXT: the next number to be sent
	SndWnd  Known[int]    // SND.WND: what the peer takes from SND.UNA on
	FinSent bool          // our FIN is the last number before SND.NXT

	// The receive sequence space (RFC 9293 figure 4).
	RcvNxt  Known[uint32] // RCV.NXT: the next number that is awaited
	RcvWnd  Known[int]    // RCV.WND: what is taken from RCV.NXT on
	FinCame bool          // the peer's FIN is the last number before RCV.NXT
	Early   [][2]uint32   // what came beyond RCV.NXT: its first number, and the one after its last

	// What the program and the stack have not taken from each other yet.
	RecvQ  Known[int] // received and not read
	SendQ  Known[int] // written and not acknowledged
	Unsent Known[int] // of SendQ: not sent even once

	// Congestion control (RFC 5681). Stacks count it in segments of MSS octets.
	MSS        Known[int] // data that one segment carries at most
	Cwnd       Known[int] // cwnd: what may be on its way at once
	Threshold  Known[int] // ssthresh: where slow start ends; NoThreshold
	Algorithm  string     // "reno"; "" if nobody tells
	Congestion string     // one of the Congestion... names; "" if nobody tells

	// The retransmission timeout (RFC 6298).
	SRTT     Known[time.Duration] // smoothed round-trip time; not known before the first is measured
	RTTVar   Known[time.Duration] // its variation
	RTO      Known[time.Duration] // the timeout, with its backoff
	Again    Known[int]           // how often the oldest segment has been sent again by the timer
	AgainAll Known[int]           // how many segments have been sent again in all

	Timers    []TCBTimer // those that run, the next one first
	OneTimer  bool       // the stack tells of the next one only
	Shortened bool       // the stack keeps no more than a stub of the connection
}

// TCBTimer is a timer that runs.
type TCBTimer struct {
	Kind string        // what it is for: "retransmission", "window probe" ...
	Does string        // what happens then: "sends the SYN again"
	In   time.Duration // until it runs out
}

// The states of congestion control, in Linux's names.
const (
	CongestionOpen     = "Open"     // nothing is wrong
	CongestionDisorder = "Disorder" // duplicate ACKs have come: perhaps a loss
	CongestionCWR      = "CWR"      // the window shrinks, without a loss
	CongestionRecovery = "Recovery" // fast retransmit and recovery (RFC 5681 3.2)
	CongestionLoss     = "Loss"     // the timer has run out (RFC 5681 3.1)
)

// InFlight is how many numbers are sent and not acknowledged; SYN and FIN count
// as one each.
func (b *TCB) InFlight() Known[int] {
	if !b.SndUna.OK || !b.SndNxt.OK {
		return Known[int]{}
	}
	return Know(int(b.SndNxt.Value - b.SndUna.Value))
}

// Usable is how much may be sent now by the peer's window (RFC 9293 3.8.6.2.1),
// which is below 0 if the window has shrunk.
func (b *TCB) Usable() Known[int] {
	flight := b.InFlight()
	if !flight.OK || !b.SndWnd.OK {
		return Known[int]{}
	}
	return Know(b.SndWnd.Value - flight.Value)
}
