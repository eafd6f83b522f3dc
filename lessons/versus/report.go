package versus

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/beside"
	"sockplay/tracer/ink"
)

// Names gives names to packets, by the messages that they carry. It is for the
// packets of one side, in their order.
func (c Conditions) Names() func(*tracer.Packet) string {
	l := lots{Conditions: c}
	seen := 0 // the end of what TCP has sent so far
	once := map[string]bool{}
	return func(p *tracer.Packet) string {
		switch {
		case p.Proto == "udp":
			name := "#" + strconv.Itoa(l.datagram(p))
			if p.Fragment() {
				name += fmt.Sprintf(" from byte %d on", p.FragOffset)
			}
			return name
		case p.Len > 0:
			end := int(p.Seq) + p.Len
			first, last := (int(p.Seq)-1)/c.Size+1, (end-2)/c.Size+1
			name := "#" + strconv.Itoa(first)
			if last > first {
				name += "-" + strconv.Itoa(last)
			}
			if end <= seen {
				name += ", again"
			}
			seen = max(seen, end)
			return name
		case p.Kind == tracer.ACK && p.Src == Place:
			return c.acknowledged(p)
		}
		if p.Kind == tracer.SYN || p.Kind == tracer.SYNACK || p.Kind == tracer.FIN {
			if once[p.Kind+p.Src] {
				return p.Kind + ", again"
			}
			once[p.Kind+p.Src] = true
		}
		return p.Kind
	}
}

// acknowledged says which messages an ACK of the receiver's is for.
func (c Conditions) acknowledged(p *tracer.Packet) string {
	name := "ACK #" + strconv.Itoa((int(p.Ack)-1)/c.Size)
	switch {
	case p.Ack == 1:
		return "ACK"
	case int(p.Ack)-1 > c.Messages*c.Size:
		return "ACK of the FIN"
	case p.Options == nil || len(p.Options.SACK) == 0:
		return name
	}
	for i, b := range p.Options.SACK {
		if b[0] < p.Ack {
			return name + ", had #" + strconv.Itoa((int(b[0])-1)/c.Size+1) // a copy (RFC 2883)
		}
		first, last := (int(b[0])-1)/c.Size+1, (int(b[1])-2)/c.Size+1
		if i == 0 {
			name += " +"
		} else {
			name += ","
		}
		name += "#" + strconv.Itoa(first)
		if last > first {
			name += "-" + strconv.Itoa(last)
		}
	}
	return name
}

// Rows are the table.
func (c Conditions) Rows(tcp, udp *Side) []beside.Line {
	count := func(name string, of func(*Side) int) beside.Line {
		return beside.Line{Name: name, Left: ink.Grouped(of(tcp)), Right: ink.Grouped(of(udp))}
	}
	loss := func(r beside.Line) beside.Line { r.Loss = true; return r }
	when := func(name string, of func(*Side) time.Duration) beside.Line {
		value := func(s *Side) string {
			if s.Received == 0 {
				return "never"
			}
			return ink.Duration(of(s))
		}
		return beside.Line{Name: name, Left: value(tcp), Right: value(udp)}
	}
	share := func(s *Side) string {
		if s.Bytes == 0 {
			return "none"
		}
		return fmt.Sprintf("%.1f %%", 100*float64(s.Headers)/float64(s.Bytes))
	}
	rate := func(s *Side) string {
		if g := s.Goodput(c.Size); g > 0 {
			return fmt.Sprintf("%.1f kB/s", g/1000)
		}
		return "none"
	}
	return []beside.Line{
		count("messages sent", func(s *Side) int { return s.Sent }),
		count("  received", func(s *Side) int { return s.Received }),
		loss(count("  lost", func(s *Side) int { return s.Lost })),
		loss(count("  received twice", func(s *Side) int { return s.Doubled })),
		loss(count("  received after a later one", func(s *Side) int { return s.OutOfOrder })),
		count("packets on the wire", func(s *Side) int { return s.Packets }),
		count("  arrived", func(s *Side) int { return s.Arrived }),
		count("  lost on the way", func(s *Side) int { return s.Dropped }),
		count("bytes on the wire", func(s *Side) int { return s.Bytes }),
		count("  of headers", func(s *Side) int { return s.Headers }),
		count("  of messages, the first time", func(s *Side) int { return s.Once }),
		count("  of messages, again", func(s *Side) int { return s.Again }),
		{Name: "header overhead", Left: share(tcp), Right: share(udp)},
		when("the first message is read after", func(s *Side) time.Duration { return s.First }),
		when("the last one after", func(s *Side) time.Duration { return s.Last }),
		{Name: "goodput until then", Left: rate(tcp), Right: rate(udp)},
	}
}

// Work says what the programs had to do themselves over each.
func (c Conditions) Work(tcp, udp *Side) (overTCP, overUDP string) {
	switch {
	case strings.HasPrefix(tcp.Broken, "connect"):
		overTCP = fmt.Sprintf("There was no connection, and the program knew it: %s.", tcp.Broken)
	case tcp.Broken != "":
		overTCP = fmt.Sprintf("The connection did not last: %s.", tcp.Broken)
		if tcp.Sent > tcp.Received {
			overTCP += " Of what was written it cannot be told what has arrived."
		}
	case tcp.Lost > 0:
		overTCP = fmt.Sprintf("Each write was taken, and so was close; that %s never came, no call has told the sender. To be sure, a program has to be answered by the other program.", counted(tcp.Lost, "message"))
	default:
		overTCP = fmt.Sprintf("Find where each message ends, here by its newline: %s came in %s.", counted(tcp.Received, "message"), counted(tcp.Calls, "read"))
		if tcp.Resent > 0 {
			overTCP += fmt.Sprintf(" The stack sent %s again, and put all in order: the program saw nothing of it, but that it came later.", counted(tcp.Resent, "packet"))
		}
	}
	overUDP = "Nothing, to find where a message ends: each read is one. "
	var wrong []string
	for _, x := range []struct {
		n    int
		what string
	}{{udp.Lost, "missing"}, {udp.Doubled, "doubled"}, {udp.OutOfOrder, "late"}} {
		if x.n > 0 {
			wrong = append(wrong, ink.Grouped(x.n)+" "+x.what)
		}
	}
	if udp.Received == 0 {
		overUDP += "But nothing came, and nobody was told: neither the sender nor the receiver."
	} else if wrong == nil {
		overUDP += "This time each came once and in its order, and only the numbers in them tell the program so."
	} else {
		overUDP += "But only the numbers in them tell that of the messages some are not as they were sent: " + strings.Join(wrong, ", ") + ". To ask for what is missing, to throw copies away, to put in order is left to the programs."
	}
	return overTCP, overUDP + " To find out which message is the last is left to them too, and to slow down where the net has no room (RFC 8085 3.1)."
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return ink.Grouped(n) + " " + what + "s"
}
