package outlook

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// Fact is something that a connection's control block says beside its two
// sequence spaces.
type Fact struct {
	Name  string // "cwnd"
	Value string // "14480 bytes"
	Means string // what that is, in a few words; may be ""
	Way   bool   // it is about something that is not as it should be
}

// Facts are what a control block says of congestion control and, as many of them
// again, of sending again. There are none where the stack keeps a stub alone.
func Facts(b *tracer.TCB) []Fact {
	if b.Shortened {
		return nil
	}
	return []Fact{cwnd(b), threshold(b), mss(b), control(b), srtt(b), rttvar(b), rto(b), again(b)}
}

const untold = "not told" // of what a stack keeps to itself

func size(k tracer.Known[int]) string {
	if !k.OK {
		return untold
	}
	return bytes(k.Value)
}

func cwnd(b *tracer.TCB) Fact {
	f := Fact{Name: "cwnd", Value: size(b.Cwnd)}
	if b.Cwnd.OK && b.MSS.Value > 0 {
		f.Means = segments(b.Cwnd.Value / b.MSS.Value)
	} else if !b.Cwnd.OK && handshaking(b) {
		f.Value = "not yet"
	}
	return f
}

func threshold(b *tracer.TCB) Fact {
	f := Fact{Name: "ssthresh", Value: size(b.Threshold)}
	switch {
	case !b.Threshold.OK && handshaking(b):
		f.Value = "not yet"
	case !b.Threshold.OK:
	case b.Threshold.Value == tracer.NoThreshold:
		f.Value, f.Means = "none yet", "slow start"
	case b.Cwnd.OK && b.Cwnd.Value < b.Threshold.Value:
		f.Means = "slow start"
	default:
		f.Means = "avoidance"
	}
	return f
}

func mss(b *tracer.TCB) Fact {
	f := Fact{Name: "MSS", Value: size(b.MSS)}
	if b.MSS.OK {
		f.Means = "one segment"
	} else if handshaking(b) {
		f.Value = "not yet"
	}
	return f
}

func handshaking(b *tracer.TCB) bool { return b.State == "SYN-SENT" || b.State == "SYN-RECEIVED" }

// congestionWords say what a state of congestion control means.
var congestionWords = map[string]string{
	tracer.CongestionOpen: "no loss", tracer.CongestionDisorder: "is one lost?", tracer.CongestionCWR: "shrinks",
	tracer.CongestionRecovery: "fast recovery", tracer.CongestionLoss: "after a timeout",
}

func control(b *tracer.TCB) Fact {
	f := Fact{Name: "control", Value: b.Algorithm, Means: congestionWords[b.Congestion]}
	if f.Value == "" {
		f.Value = untold
	}
	if b.Congestion != "" {
		f.Value += ", " + b.Congestion
	}
	f.Way = b.Congestion != "" && b.Congestion != tracer.CongestionOpen
	return f
}

func lasting(name string, d tracer.Known[time.Duration], without string) Fact {
	if !d.OK {
		return Fact{Name: name, Value: without}
	}
	return Fact{Name: name, Value: short(d.Value)}
}

// short writes a time that may be less than a millisecond.
func short(d time.Duration) string {
	if d > 0 && d < time.Millisecond {
		return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'g', 2, 64) + " ms"
	}
	return ink.Duration(d)
}

func srtt(b *tracer.TCB) Fact   { return lasting("SRTT", b.SRTT, "not measured yet") }
func rttvar(b *tracer.TCB) Fact { return lasting("RTTVAR", b.RTTVar, "not measured yet") }

func rto(b *tracer.TCB) Fact {
	f := lasting("RTO", b.RTO, untold)
	first := time.Second // RFC 6298 2.1
	if b.SRTT.OK {
		const least = 200 * time.Millisecond // where RFC 6298 2.4 has a second
		first = b.SRTT.Value + max(least, 4*b.RTTVar.Value)
	}
	if b.RTO.Value > first+first/2 {
		f.Means, f.Way = "doubled", true
	}
	return f
}

func again(b *tracer.TCB) Fact {
	f := Fact{Name: "sent again", Value: untold}
	switch {
	case b.Again.OK && b.AgainAll.OK:
		f.Value = fmt.Sprintf("%d in a row, %d in all", b.Again.Value, b.AgainAll.Value)
	case b.Again.OK:
		f.Value = fmt.Sprintf("%d in a row", b.Again.Value)
	case b.AgainAll.OK:
		f.Value = fmt.Sprintf("%d in all", b.AgainAll.Value)
	}
	f.Way = b.Again.Value > 0
	return f
}

// Queues says what waits between the program and the stack; "" if nobody tells.
func Queues(b *tracer.TCB) string {
	var parts []string
	if b.RecvQ.OK {
		parts = append(parts, bytes(b.RecvQ.Value)+" to be read")
	}
	if b.SendQ.OK {
		unsent := b.Unsent.Value
		if sent := b.SendQ.Value - unsent; sent > 0 || unsent == 0 {
			parts = append(parts, bytes(sent)+" not acknowledged")
		}
		if unsent > 0 {
			parts = append(parts, bytes(unsent)+" not sent yet")
		}
	}
	if b.RecvQ.Value == 0 && b.SendQ.Value == 0 && len(parts) == 2 {
		return "empty"
	}
	return strings.Join(parts, ", ")
}

// MaySend says how much may be sent now, and what bounds it: the peer's window
// or the congestion window, whichever is smaller (RFC 5681 3.1). It is "" where
// nothing may be sent any more, or the bounds are not known.
func MaySend(b *tracer.TCB) string {
	usable, flight := b.Usable(), b.InFlight()
	if !usable.OK || !b.Cwnd.OK || b.FinSent || handshaking(b) {
		return ""
	}
	window, congested := max(0, usable.Value), max(0, b.Cwnd.Value-flight.Value)
	switch {
	case b.SndWnd.Value == 0:
		return "nothing: the peer's window is closed"
	case usable.Value < 0:
		return "nothing: the peer's window has shrunk"
	case window == 0 && congested > 0:
		return "nothing: the peer's window is full"
	case congested == 0 && window > 0:
		return "nothing: cwnd is full"
	case congested < window:
		return bytes(congested) + ": cwnd is the smaller bound"
	case window < congested:
		return bytes(window) + ": the peer's window is the smaller bound"
	}
	return bytes(window)
}

// Timers say what will come by itself, one each.
func Timers(b *tracer.TCB) []string {
	var list []string
	for _, t := range b.Timers {
		list = append(list, "in "+short(max(0, t.In))+" "+Then(t))
	}
	return list
}

// Then is what happens when a timer runs out.
func Then(t tracer.TCBTimer) string {
	if t.Does == "" {
		return "its " + t.Kind + " timer runs out"
	}
	return "it " + t.Does
}

// Stub says why so little is known of a connection; "" if it is not so.
func Stub(b *tracer.TCB) string {
	switch {
	case !b.Shortened:
		return ""
	case b.State == "TIME-WAIT", b.State == "FIN-WAIT-2":
		return "In " + b.State + " the stack keeps no more than a stub of a closed connection: addresses, numbers and a timer."
	case b.State == "SYN-RECEIVED":
		return "Until the handshake is over the stack keeps no more than a stub, which costs it little in a flood of SYNs."
	}
	return "The stack keeps no more of it than this."
}

func segments(n int) string {
	if n == 1 {
		return "1 segment"
	}
	return fmt.Sprintf("%d segments", n)
}

// Spaceless says why a socket has no sequence spaces, and what it has instead.
// path are the states that it was in.
func Spaceless(s tracer.Socket, path []string) string {
	switch {
	case strings.HasPrefix(s.Type, "udp"):
		return "A UDP socket has no sequence space: datagrams carry no numbers, nobody acknowledges them, and none is sent again. It has no windows, no timers and no congestion control either (RFC 768; RFC 8085 3.1)."
	case strings.HasPrefix(s.Type, "unix"):
		return "A unix socket has no sequence space: its bytes cross within the machine, where none is lost. All that it has is a queue in the kernel, and the sender waits when that is full."
	case s.State == "LISTEN":
		return "A listener has no sequence space: it is one end of no connection. Each caller gets a socket of its own, with numbers of its own, which accept hands out."
	}
	if before := Before(path); before != "" && before != "LISTEN" {
		return "With the connection its control block is gone, and its sequence space: the next one begins with other numbers (RFC 9293 3.4.1)."
	}
	return "It has no sequence space: that begins with a connection, whose first numbers the two SYNs tell (RFC 9293 3.4.1)."
}

// Standing says how a socket stands that is no end of a connection and has come
// through the states of path: its addresses are told elsewhere.
func Standing(s tracer.Socket, path []string) string {
	switch {
	case s.State == "LISTEN": // a backlog of n has room for one more (listen(2) on Linux)
		return fmt.Sprintf("%d callers may wait for accept: %d at the moment.", s.SendQ+1, s.RecvQ)
	case strings.HasPrefix(s.Type, "tcp"):
		switch Before(path) {
		case "":
			return "It has no connection yet."
		case "LISTEN":
			return "It listens no longer."
		case "SYN-SENT":
			return "No connection came of it."
		case "LAST-ACK", "TIME-WAIT":
			return "The connection is over."
		}
		return "The connection was cut off."
	}
	return "Its queue: " + bytes(s.RecvQ) + " to be read, " + bytes(s.SendQ) + " under way."
}
