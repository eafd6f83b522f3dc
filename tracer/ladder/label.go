package ladder

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/packet"
)

// part is a piece of an arrow's label. When room is short, parts are put
// shortly, and then the ones with the lowest rank go first.
type part struct {
	text  string
	rank  int
	short string // "": as it is
}

// Ranks of parts; what has the name's is never left out.
const (
	rankExtra = iota
	rankWindow
	rankWord
	rankAck
	rankSeq
	rankLen
	rankName
)

// maxMarks is how many marks a character may carry; no script needs more.
const maxMarks = 3

// minQuote is the room below which a payload is not begun: the quotes, the
// dots and a few characters.
const minQuote = 8

// label is what an arrow says, in at most room columns; for a wall without the
// numbers, and with data only if it is told whole.
func label(pen ink.Pen, r *row, room int, wall bool) string {
	if r.times > 1 {
		times := fmt.Sprintf(" x %d", r.times)
		once := *r
		once.times = 0
		return label(pen, &once, max(0, room-len(times)), wall) + times
	}
	text := title(pen, r, room, wall)
	data := payload(r.packet)
	switch {
	case len(data) == 0:
	case wall:
		name, _, _ := strings.Cut(text, " "+octets(len(data)))
		if s := name + " " + pen.Quote(data, room); ink.Width(s) <= room && !strings.HasSuffix(s, "...") && !piled(s) {
			return s
		}
	default:
		if q := quote(pen, data, room-ink.Width(text)-1); q != "" {
			text += " " + q
		}
	}
	return ink.Cut(text, room)
}

// title is a label without data.
func title(pen ink.Pen, r *row, room int, wall bool) string {
	p := r.packet
	parts := describe(r)
	if wall {
		parts = slices.DeleteFunc(parts, func(p part) bool { return p.rank < rankLen && p.rank != rankWord })
		for i := range parts {
			if parts[i].text == octets(p.Len) {
				parts[i].short = fmt.Sprintf("%d B", p.Len)
			}
		}
	}
	for i := range parts {
		parts[i].text = pen.Clean(parts[i].text)
	}
	if len(r.words) > 0 {
		parts[0].text += " " + strings.Join(r.words, " ")
	}
	text := join(parts)
	if ink.Width(text) > room {
		for i, p := range parts {
			if p.short != "" {
				parts[i].text = p.short
			}
		}
		text = join(parts)
	}
	for ink.Width(text) > room && len(parts) > 1 {
		least := 1
		for i, p := range parts {
			if i > 0 && p.rank <= parts[least].rank {
				least = i
			}
		}
		parts = append(parts[:least], parts[least+1:]...)
		text = join(parts)
	}
	return text
}

func join(parts []part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.text
	}
	return strings.Join(texts, " ")
}

func describe(r *row) []part {
	p := r.packet
	switch {
	case p.Fragment():
		return describeFragment(p)
	case p.Proto == "tcp":
		return describeTCP(r)
	case p.Proto == "udp":
		return []part{{text: "UDP", rank: rankName}, {text: octets(p.Len), rank: rankLen}}
	case p.Proto == "unix" || p.Proto == "unixgram":
		return []part{{text: octets(p.Len), rank: rankName}}
	case p.Proto == "icmp" || p.Proto == "icmp6":
		icmp, message, _ := strings.Cut(packet.Name(p), " ")
		return []part{{text: icmp, rank: rankName}, {text: message, rank: rankLen}}
	}
	return []part{{text: "IP packet", rank: rankName}, {text: octets(p.Len), rank: rankLen}}
}

// describeFragment tells which octets of the whole packet a fragment holds.
// They count from the beginning of the transport's header, as the offset does.
func describeFragment(p *tracer.Packet) []part {
	n := ipPayload(p)
	where := fmt.Sprintf("%d-%d", p.FragOffset, p.FragOffset+n-1)
	if n <= 0 {
		where = "at " + strconv.Itoa(p.FragOffset)
	}
	parts := []part{
		{text: strings.ToUpper(p.Proto), rank: rankName},
		{text: "fragment", rank: rankWord},
		{text: where, rank: rankName},
	}
	if p.MoreFrags {
		parts[2].text += ","
		parts = append(parts, part{text: "more", rank: rankName})
	}
	if p.FragOffset == 0 && p.Proto == "udp" {
		parts = append(parts, part{text: "(8 bytes of header)", rank: rankExtra})
	}
	return parts
}

// ipPayload is how many octets a fragment carries behind the IP header.
func ipPayload(p *tracer.Packet) int {
	b := p.Bytes
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		return len(b) - int(b[0]&15)*4
	case len(b) >= 48 && b[0]>>4 == 6:
		return len(b) - 48 // the fragment header is the only other one
	case p.FragOffset > 0:
		return p.Len
	case p.Proto == "tcp":
		return p.Len + 20
	case p.Proto == "udp", p.Proto == "icmp", p.Proto == "icmp6":
		return p.Len + 8
	}
	return p.Len
}

func describeTCP(r *row) []part {
	p := r.packet
	parts := []part{{text: packet.Name(p), rank: rankName}}
	add := func(rank int, format string, n int64) {
		parts = append(parts, part{text: fmt.Sprintf(format, n), rank: rank})
	}
	if p.Len > 0 {
		parts = append(parts, part{text: octets(p.Len), rank: rankLen})
	}
	syn, ack, rst := p.Has("SYN"), p.Has("ACK"), p.Has("RST")
	probe := r.odd == windowProbe || r.odd == keepalive
	switch {
	case p.Len > 0 || syn || p.Has("FIN") || rst && !ack:
		add(rankSeq, "seq %d", packet.Relative(p.Seq))
	case probe: // one that was sent before
		add(rankWindow, "seq %d", packet.Relative(p.Seq))
	}
	if ack && p.Len == 0 {
		add(rankAck, "ack %d", packet.Relative(p.Ack))
	}
	win := fmt.Sprintf("win %d", max(p.Win, p.WScaled))
	switch {
	case syn && !ack: // a SYN's window is never scaled (RFC 7323 2.2)
		add(rankWindow, "win %d", int64(p.Win))
	case r.win == winStop:
		parts = append(parts, part{text: win + ": stop", rank: rankLen, short: win})
	case r.win == winGo:
		parts = append(parts, part{text: win + ": go on", rank: rankLen, short: win})
	case r.win == winMore:
		parts = append(parts, part{text: win, rank: rankWindow})
	}
	switch r.odd {
	case windowProbe:
		parts = append(parts, part{text: "window probe", rank: rankLen, short: "probe"})
	case keepalive:
		parts = append(parts, part{text: "keepalive probe", rank: rankLen, short: "probe"})
	case duplicate:
		parts = append(parts, part{text: "duplicate", rank: rankWord})
	case challenge:
		parts = append(parts, part{text: "challenge", rank: rankWord})
	}
	if p.Options != nil && len(p.Options.SACK) > 0 {
		s := "sack"
		for _, edges := range p.Options.SACK {
			s += fmt.Sprintf(" %d-%d", edges[0], edges[1])
		}
		parts = append(parts, part{text: s, rank: rankExtra})
	}
	return parts
}

// unreachable reports whether p says that no socket is at a port.
func unreachable(p *tracer.Packet) bool {
	return p.Proto == "icmp" && p.ICMPType == 3 && p.ICMPCode == 3 ||
		p.Proto == "icmp6" && p.ICMPType == 1 && p.ICMPCode == 4
}

// payload is the application's part of a packet. A stream read back from JSON
// has it only as the end of the packet's bytes.
func payload(p *tracer.Packet) []byte {
	switch {
	case p.Proto == "unix" || p.Proto == "unixgram":
		return p.Payload
	case p.Proto != "tcp" && p.Proto != "udp" || p.Fragment():
		return nil
	case p.Payload == nil && p.Len > 0 && p.Len <= len(p.Bytes)-20:
		return p.Bytes[len(p.Bytes)-p.Len:]
	}
	return p.Payload
}

// quote is Pen.Quote for data of any size, or "" if room is too short for it
// to tell anything.
func quote(pen ink.Pen, data []byte, room int) string {
	if room < minQuote && room < len(data)+len(`""`) {
		return ""
	}
	most := 4 * room // octets: more than fit, unless they are of no width
	if len(data) <= most {
		if q := pen.Quote(data, 10*most); ink.Width(q) <= room && !piled(q) {
			return q
		}
	} else {
		data = data[:most]
	}
	q := pen.Quote(data, room)
	if !strings.HasSuffix(q, "...") && len(data) == most || ink.Width(q) > room || piled(q) {
		pen.UTF8 = false
		q = pen.Quote(data, room)
	}
	if ink.Width(q) > room || q == `""...` {
		return ""
	}
	return q
}

// piled reports whether s has characters of no width that would be drawn on a
// quotation mark or on each other, over the lines above.
func piled(s string) bool {
	run := maxMarks
	for _, r := range s {
		switch {
		case r < 0x300 || ink.Width(string(r)) > 0:
			run = 0
			if r == '"' {
				run = maxMarks
			}
		case run == maxMarks:
			return true
		default:
			run++
		}
	}
	return false
}
