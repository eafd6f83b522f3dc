package tcpstate

// Flags are the control bits of a segment, as in its header (RFC 9293 3.1).
type Flags uint8

// The control bits, each with its place in the header.
const (
	FIN Flags = 1 << iota // no more data from the sender
	SYN                   // the sequence number is the initial one
	RST                   // the connection is reset
	PSH                   // hand the data on at once: no bearing on states
	ACK                   // the acknowledgement number counts
	URG                   // the urgent pointer counts: no bearing on states
)

// Segment is what a state machine looks at in a TCP segment.
type Segment struct {
	Flags Flags
	Seq   uint32 // SEG.SEQ, absolute
	Ack   uint32 // SEG.ACK, absolute; counts only if Flags has ACK
	Len   int    // octets of payload
	Win   int    // SEG.WND in octets, the window scale applied

	NoSACK bool // a SYN that does not permit SACK (RFC 2018 2)
}

// has reports whether any of the flags f is set.
func (s Segment) has(f Flags) bool { return s.Flags&f != 0 }

// dataEnd is the sequence number after the payload: where a FIN would stand.
func (s Segment) dataEnd() uint32 {
	n := s.Seq + uint32(s.Len)
	if s.has(SYN) {
		n++
	}
	return n
}

// end is the sequence number after the segment: SEG.SEQ + SEG.LEN, in which
// SYN and FIN count one each (RFC 9293 3.4).
func (s Segment) end() uint32 {
	n := s.dataEnd()
	if s.has(FIN) {
		n++
	}
	return n
}

// End is the sequence number after the segment, in which SYN and FIN count one
// each (RFC 9293 3.4).
func (s Segment) End() uint32 { return s.end() }

// before reports whether a comes before b in sequence space, which is a circle
// of 2^32 numbers (RFC 9293 3.4): b is less than half of it ahead.
func before(a, b uint32) bool { return int32(a-b) < 0 }

// after reports whether a comes after b in sequence space.
func after(a, b uint32) bool { return before(b, a) }
