package ladder

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
)

// part is a piece of an arrow's label. When room is short, the parts with the
// lowest rank go first.
type part struct {
	text string
	rank int
}

// Ranks of parts; what has the name's is never left out.
const (
	rankExtra = iota
	rankWindow
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

// label is what an arrow says, in at most room columns. words stand behind the
// packet's name: "again", "copied".
func label(pen ink.Pen, p *tracer.Packet, words []string, showWin bool, room int) string {
	parts := describe(p, showWin)
	for i := range parts {
		parts[i].text = pen.Clean(parts[i].text)
	}
	if len(words) > 0 {
		parts[0].text += " " + strings.Join(words, " ")
	}
	text := join(parts)
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
	if data := payload(p); len(data) > 0 {
		if q := quote(pen, data, room-ink.Width(text)-1); q != "" {
			text += " " + q
		}
	}
	return ink.Cut(text, room)
}

func join(parts []part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.text
	}
	return strings.Join(texts, " ")
}

func describe(p *tracer.Packet, showWin bool) []part {
	switch {
	case p.Fragment():
		n, unit, _ := strings.Cut(octets(p.Len), " ")
		where := "at " + strconv.Itoa(p.FragOffset)
		if p.MoreFrags {
			where += ", more"
		}
		return []part{{strings.ToUpper(p.Proto), rankName}, {"fragment", rankWindow}, {n, rankName}, {unit, rankExtra}, {where, rankName}}
	case p.Proto == "tcp":
		return describeTCP(p, showWin)
	case p.Proto == "udp":
		return []part{{"UDP", rankName}, {octets(p.Len), rankLen}}
	case p.Proto == "icmp" || p.Proto == "icmp6":
		return []part{{"ICMP", rankName}, {icmpText(p), rankLen}}
	}
	return []part{{"IP packet", rankName}, {octets(p.Len), rankLen}}
}

func describeTCP(p *tracer.Packet, showWin bool) []part {
	parts := []part{{segmentName(p), rankName}}
	add := func(rank int, format string, n int64) {
		parts = append(parts, part{fmt.Sprintf(format, n), rank})
	}
	if p.Len > 0 {
		parts = append(parts, part{octets(p.Len), rankLen})
	}
	syn, ack, rst := p.Has("SYN"), p.Has("ACK"), p.Has("RST")
	if p.Len > 0 || syn || p.Has("FIN") || rst && !ack {
		add(rankSeq, "seq %d", int64(p.Seq))
	}
	if ack && p.Len == 0 {
		add(rankAck, "ack %d", int64(p.Ack))
	}
	if syn && !ack || showWin {
		win := p.Win
		if !syn && win > 0 { // a SYN's window is never scaled (RFC 7323 2.2)
			win = max(win, p.WScaled)
		}
		add(rankWindow, "win %d", int64(win))
	}
	if p.Options != nil && len(p.Options.SACK) > 0 {
		s := "sack"
		for _, edges := range p.Options.SACK {
			s += fmt.Sprintf(" %d-%d", edges[0], edges[1])
		}
		parts = append(parts, part{s, rankExtra})
	}
	return parts
}

// segmentName names a segment by its flags, the ones that make it what it is
// first. The everyday carrier of data is just called that.
func segmentName(p *tracer.Packet) string {
	var names []string
	plain := true // nothing but PSH and ACK
	for _, f := range []string{"SYN", "FIN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"} {
		if p.Has(f) {
			names = append(names, f)
			plain = plain && (f == "PSH" || f == "ACK")
		}
	}
	switch {
	case p.Len > 0 && plain && p.Has("ACK"):
		return "DATA"
	case len(names) == 0:
		return "no flags"
	}
	return strings.Join(names, "-")
}

// icmpText names an ICMP message (RFC 792, RFC 1812; RFC 4443, RFC 4861).
func icmpText(p *tracer.Packet) string {
	names := map[[2]int]string{
		{0, -1}: "echo reply", {8, -1}: "echo request",
		{3, 0}: "net unreachable", {3, 1}: "host unreachable", {3, 2}: "protocol unreachable",
		{3, 3}: "port unreachable", {3, 4}: "fragmentation needed", {3, 13}: "prohibited", {3, -1}: "unreachable",
		{5, -1}: "redirect", {11, 0}: "time to live exceeded", {11, 1}: "fragments missing", {12, -1}: "parameter problem",
	}
	if p.Proto == "icmp6" {
		names = map[[2]int]string{
			{128, -1}: "echo request", {129, -1}: "echo reply",
			{1, 0}: "no route", {1, 1}: "prohibited", {1, 3}: "address unreachable",
			{1, 4}: "port unreachable", {1, -1}: "unreachable",
			{2, -1}: "packet too big", {3, 0}: "hop limit exceeded", {3, 1}: "fragments missing", {4, -1}: "parameter problem",
			{133, -1}: "router solicitation", {134, -1}: "router advertisement",
			{135, -1}: "neighbor solicitation", {136, -1}: "neighbor advertisement",
		}
	}
	if s, ok := names[[2]int{p.ICMPType, p.ICMPCode}]; ok {
		return s
	}
	if s, ok := names[[2]int{p.ICMPType, -1}]; ok {
		return s
	}
	return fmt.Sprintf("type %d code %d", p.ICMPType, p.ICMPCode)
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

// duration writes a time as a reader needs it: three digits or so.
func duration(d time.Duration) string {
	s := d.Seconds()
	switch {
	case d < 10*time.Millisecond:
		return strconv.FormatFloat(s*1000, 'f', 1, 64) + " ms"
	case d < time.Second:
		return strconv.FormatFloat(s*1000, 'f', 0, 64) + " ms"
	case d < 10*time.Second:
		return strconv.FormatFloat(s, 'f', 2, 64) + " s"
	case d < time.Minute:
		return strconv.FormatFloat(s, 'f', 1, 64) + " s"
	}
	m := int64(d.Round(time.Second) / time.Second)
	if m < 3600 {
		return inUnits(m, 60, "min", "s")
	}
	return inUnits(m/60, 60, "h", "min")
}

// inUnits writes n in two units, without the smaller one if it is 0.
func inUnits(n, per int64, large, small string) string {
	s := fmt.Sprintf("%d %s", n/per, large)
	if n%per != 0 {
		s += fmt.Sprintf(" %d %s", n%per, small)
	}
	return s
}
