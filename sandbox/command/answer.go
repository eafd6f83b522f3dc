package command

import (
	"net/netip"
	"strings"
	"time"

	"sockplay/tracer"
)

// View is what an answer shows: one of the types below.
type View interface{ view() }

type (
	// Sockets is the table of sockets.
	Sockets []tracer.Socket

	// Diagram is a state diagram: TCP's, or the little that the others have.
	Diagram struct {
		Name   string        // "client:3"; "" for TCP's diagram without a socket
		TCP    bool          // of TCP are
		State  string        // the present state,
		Path   []string      // and those so far
		Socket tracer.Socket // of the others: how it stands
	}

	// Inspect is one socket: how it stands and, of a connection's end, its
	// control block.
	Inspect struct {
		Name   string // "client:3"
		Socket tracer.Socket
		TCB    *tracer.TCB // nil for all that is no connection
		Path   []string    // TCP's states so far
	}

	// Ladder is the session drawn again, or a part of it.
	Ladder struct {
		Local, Remote netip.AddrPort // one socket's; none: all
		Last          int            // packets; 0: all
		Unfold        bool
		Bare          bool // just the packets, to see where one is
	}

	// Log is the session's calls, the last ones; 0: all.
	Log struct{ Last int }

	// Plot is the course of congestion windows.
	Plot []Course

	// Packet is one packet: each field or, Full, each bit and byte as well.
	Packet struct {
		Number int
		Full   bool
	}
)

func (Page) view()    {}
func (Sockets) view() {}
func (Diagram) view() {}
func (Inspect) view() {}
func (Ladder) view()  {}
func (Log) view()     {}
func (Packet) view()  {}
func (Plot) view()    {}

// Course is how a connection's congestion window has changed.
type Course struct {
	Name      string // "client:3"
	Algorithm string // "reno"
	Samples   []Sample
}

// Sample is a congestion window at one moment, in segments.
type Sample struct {
	At        time.Duration // on the stack's clock
	Segments  float64
	Threshold float64 // ssthresh; below 0 before there is one
}

// Request is what an answer asks of whoever runs the session: one of the types
// below.
type Request interface{ request() }

type (
	// Quit ends the session.
	Quit struct{}

	// Reset begins anew with a fresh sandbox: see Session.Renew.
	Reset struct{}

	// Source runs the lines of a file as if they had been typed.
	Source struct {
		File  string
		Lines []string
	}

	// Set changes a setting; without a name it lists them.
	Set struct{ Name, Value string }

	// Tour begins the guided tour.
	Tour struct{}

	// Demo plays a scene; without a name it lists them.
	Demo struct{ Name string }
	// Lesson takes a lesson; without a name it lists them.
	Lesson struct{ Name string }
)

func (Quit) request()   {}
func (Reset) request()  {}
func (Source) request() {}
func (Set) request()    {}
func (Tour) request()   {}
func (Demo) request()   {}
func (Lesson) request() {}

// text shows lines as they are.
func text(lines string) Answer {
	return Answer{Show: Page{{Lines: strings.Split(strings.TrimSuffix(lines, "\n"), "\n")}}}
}
