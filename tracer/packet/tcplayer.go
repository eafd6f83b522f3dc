package packet

import (
	"fmt"
	"strconv"
	"strings"
)

// tcp reads a header of RFC 9293 3.1.
func (d *dissection) tcp(raw, addrs []byte, base int, part bool) {
	size := 20 // if the header's own word for it makes no sense
	if n := len(raw); n > 12 && int(raw[12]>>4) > 5 && (d.quoted || int(raw[12]>>4)*4 <= n) {
		size = int(raw[12]>>4) * 4
	}
	h, b := d.begin("TCP", "RFC 9293 3.1", raw, base, size, 20)
	has := func(flag byte) bool { return b[13]&flag != 0 }
	data := max(0, len(raw)-size)

	d.ports(h, b)
	h.add(number("Sequence Number", 32, be32(b[4:]), d.seqMeans(h.raw, data)))
	ack := code("Acknowledgment Number", 32, be32(b[8:]), "counts only with the flag ACK")
	if has(ACK) {
		ack.Counts, ack.Means = true, "awaits this"
		if p := d.p; !d.quoted && p.Ack != be32(b[8:]) {
			ack.Means = fmt.Sprintf("relative %d: awaits this", Relative(p.Ack))
		}
	}
	h.add(ack)
	offset := code("Data Offset", 4, b[12]>>4, fmt.Sprintf("words of 4: %d bytes", int(b[12]>>4)*4))
	if n := int(b[12]>>4) * 4; n < 20 {
		offset.Wrong, offset.Means = true, "too short: a header has 20 bytes at least"
	} else if n > len(raw) && !d.quoted {
		offset.Wrong, offset.Means = true, fmt.Sprintf("%d bytes of header, more than the %d that are here", n, len(raw))
	}
	h.add(offset)
	h.add(code("Reserved", 4, b[12]&15, "").short("Rsrvd"))
	h.add(controlBits(b[13]))
	h.add(number("Window", 16, be16(b[14:]), d.windowMeans(be16(b[14:]), has(SYN))))
	h.add(d.transportSum(protoTCP, be16(b[16:]), addrs, raw, part))
	urgent := number("Urgent Pointer", 16, be16(b[18:]), "counts only with the flag URG")
	if has(URG) {
		urgent.Means = "so many bytes are urgent"
	}
	h.add(urgent)
	if len(h.raw) > 20 && !offset.Wrong {
		h.Options = base + 20
		d.tcpOptions(h)
	}
	d.end(h)
	if len(raw) >= size && !offset.Wrong {
		d.data(raw[size:], base+size, "")
	} else if len(raw) > 20 {
		d.data(raw[20:], base+20, "it is not known where the header ends")
	}
}

// ports reads the two fields with which TCP and UDP begin.
func (d *dissection) ports(h *header, b []byte) {
	sender, receiver := d.p.Sender, d.p.Receiver
	if d.quoted {
		sender, receiver = "", ""
	}
	h.add(code("Source Port", 16, be16(b), sender))
	h.add(code("Destination Port", 16, be16(b[2:]), receiver))
}

// seqMeans tells what a segment's sequence number counts (RFC 9293 3.4).
func (d *dissection) seqMeans(b []byte, data int) string {
	if d.quoted || len(b) < 20 {
		return ""
	}
	p, seq := d.p, be32(b[4:])
	relative := ""
	first := strconv.FormatInt(Relative(p.Seq), 10)
	if p.Seq != seq {
		relative = "relative " + first + ": "
	}
	switch {
	case b[13]&SYN != 0:
		return relative + "the SYN's own number"
	case data == 1:
		return relative + "byte " + first
	case data > 1:
		return relative + fmt.Sprintf("bytes %s to %d", first, Relative(p.Seq+uint32(data)-1))
	case b[13]&FIN != 0:
		return relative + "the FIN's own number"
	}
	return relative + "its next byte"
}

// windowMeans tells how much may be sent (RFC 9293 3.8.6, RFC 7323 2.2).
func (d *dissection) windowMeans(win uint16, syn bool) string {
	n := int(win)
	switch scaled := d.p.WScaled; {
	case d.quoted:
		return ""
	case win == 0:
		return "no room: send nothing"
	case syn:
		return octets(n) + "; not scaled in a SYN"
	case scaled > n:
		return fmt.Sprintf("times %d: %s", scaled/n, octets(scaled))
	}
	return octets(n)
}

// flagMeans says what each flag says (RFC 9293 3.1; RFC 3168 6.1).
var flagMeans = []struct {
	bit         byte
	name, means string
}{
	{CWR, "CWR", "slowed down, because of an ECE"},
	{ECE, "ECE", "congestion; in a SYN: I know ECN"},
	{URG, "URG", "the Urgent Pointer counts"},
	{ACK, "ACK", "the Acknowledgment Number counts"},
	{PSH, "PSH", "give it to the program at once"},
	{RST, "RST", "there is no such connection"},
	{SYN, "SYN", "synchronize: numbers begin here"},
	{FIN, "FIN", "I shall send no more"},
}

func controlBits(bits byte) Field {
	f := Field{Name: "Control bits", Bits: 8, Value: fmt.Sprintf("%08b", bits), Number: uint64(bits)}
	var set []string
	for i, flag := range flagMeans {
		part := Field{Name: flag.name, At: 104 + i, Bits: 1, Value: "0"}
		if bits&flag.bit != 0 {
			part.Value, part.Means = "1", flag.means
			set = append(set, flag.name)
		}
		f.Parts = append(f.Parts, part)
	}
	f.Means = strings.Join(set, ", ")
	if len(set) == 0 {
		f.Means = "none is set"
	}
	return f
}

// The kinds of TCP options (RFC 9293 3.2, RFC 7323, RFC 2018).
const (
	optEnd           = 0
	optNop           = 1
	optMSS           = 2
	optScale         = 3
	optSACKPermitted = 4
	optSACK          = 5
	optTimestamps    = 8
)

// tcpOptions reads the options, each of which has a kind and, but for two, a
// length that counts both (RFC 9293 3.1).
func (d *dissection) tcpOptions(h *header) {
	blocks := [][2]uint32(nil)
	if o := d.p.Options; o != nil && !d.quoted {
		blocks = o.SACK
	}
	for raw := h.raw[20:]; len(raw) > 0 && h.Fault == ""; {
		n := 1
		if raw[0] > optNop {
			if len(raw) < 2 || raw[1] < 2 || int(raw[1]) > len(raw) {
				h.Fault = fmt.Sprintf("an option of kind %d gives a wrong length of itself: the rest cannot be read", raw[0])
				return
			}
			n = int(raw[1])
		}
		f := tcpOption(raw[:n], &blocks)
		f.Bits = 8 * n
		at := h.bits
		for i := range f.Parts {
			f.Parts[i].At = at
			at += f.Parts[i].Bits
		}
		h.add(f)
		raw = raw[n:]
		if f.Name == endOfOptions && len(raw) > 0 {
			h.add(Field{Name: "Padding", Bits: 8 * len(raw), Value: octets(len(raw))})
			return
		}
	}
}

const endOfOptions = "End of Option List"

// tcpOption reads one option. blocks are the relative edges of the SACK blocks
// to come.
func tcpOption(b []byte, blocks *[][2]uint32) Field {
	switch b[0] {
	case optEnd:
		return Field{Name: endOfOptions, Short: "EOL", Value: "kind 0"}
	case optNop:
		return Field{Name: "No-Operation", Short: "NOP", Value: "kind 1", Means: "fills up for alignment"}
	}
	data := b[2:]
	f := Field{Name: fmt.Sprintf("Option %d", b[0]), Value: fmt.Sprintf("%x", data), Means: "not known here"}
	short := f.Name
	switch {
	case b[0] == optMSS && len(data) == 2:
		short = "MSS"
		f = number("Maximum Segment Size", 0, be16(data), "send me no more in a segment")
		f.Parts = []Field{number("MSS", 16, be16(data), "")}
	case b[0] == optScale && len(data) == 1:
		short = "scale"
		f = number("Window Scale", 0, data[0], fmt.Sprintf("windows count times %d", 1<<min(data[0], 14))) // (RFC 7323 2.3)
		f.Parts = []Field{number("Shift", 8, data[0], "")}
	case b[0] == optSACKPermitted && len(data) == 0:
		short = "SACK ok"
		f = Field{Name: "SACK-Permitted", Value: "kind 4", Means: "tell me what is beyond a gap"}
	case b[0] == optSACK && len(data) > 0 && len(data)%8 == 0:
		short = "SACK"
		f = sackOption(data, blocks)
	case b[0] == optTimestamps && len(data) == 8:
		short = "stamps"
		f = number("Timestamps", 0, be32(data), fmt.Sprintf("TSval; TSecr is %d", be32(data[4:])))
		f.Parts = []Field{number("TSval", 32, be32(data), ""), number("TSecr", 32, be32(data[4:]), "")}
	case len(data) > 0:
		f.Parts = []Field{{Name: "Data", Bits: 8 * len(data), Value: f.Value}}
	}
	f.Short = short
	f.Parts = append([]Field{
		{Name: "Kind", Bits: 8, Value: fmt.Sprintf("%d %s", b[0], short)},
		{Name: "Length", Bits: 8, Value: strconv.Itoa(len(b))},
	}, f.Parts...)
	return f
}

// sackOption reads the blocks of octets that have arrived beyond a gap (RFC
// 2018 3): the first octet of each, and the one behind its last.
func sackOption(data []byte, blocks *[][2]uint32) Field {
	f := Field{Name: "SACK"}
	var raw, means []string
	for ; len(data) >= 8; data = data[8:] {
		left, right := be32(data), be32(data[4:])
		raw = append(raw, fmt.Sprintf("%d-%d", left, right))
		f.Parts = append(f.Parts, number("Left Edge", 32, left, ""), number("Right Edge", 32, right, ""))
		if len(*blocks) > 0 {
			left, right = (*blocks)[0][0], (*blocks)[0][1]
			*blocks = (*blocks)[1:]
		}
		means = append(means, fmt.Sprintf("%d to %d", left, right-1))
	}
	f.Value = strings.Join(raw, " ")
	f.Means = "beyond a gap it has bytes " + strings.Join(means, ", ")
	return f
}
