package command

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"sockplay/sandbox/forge"
	"sockplay/tracer"
	"sockplay/tracer/tcpstate"
	"sockplay/tracer/track"
)

// forgery is a packet as a line describes it.
type forgery struct {
	forge.Segment
	seq, ack number
	sack     [][2]number
	dataSet  bool
	echo     bool    // the timestamp echoes what the receiver has sent last
	base     *uint32 // what the packet shows as 0 from now on; nil: what is known
}

// number is a sequence number as it is typed.
type number struct {
	given    bool
	absolute bool // with @
	n        int64
}

// opens reports whether it asks for a connection.
func (f *forgery) opens() bool {
	return f.has(tcpstate.SYN) && !f.has(tcpstate.ACK)
}

func (f *forgery) has(flag tcpstate.Flags) bool { return tcpstate.Flags(f.Flags)&flag != 0 }

// defaultWindow is what Linux offers at first.
const defaultWindow = 64240

// forgery reads SRC > DST and what the packet is.
func (a *args) forgery(s *Session) *forgery {
	f := &forgery{Segment: forge.Segment{Win: defaultWindow}}
	f.Src = a.place(s, "source", a.familyOf(s))
	if a.err == nil && a.peek() != ">" {
		a.fail("a > stands between the two: "+injectForm, "inject: after %s the > is missing", f.Src)
	}
	a.next(">")
	f.Dst = a.place(s, "destination", f.Src)
	switch {
	case a.err != nil:
		return f
	case f.Src.Addr().Is4() != f.Dst.Addr().Is4():
		a.fail("both of one family", "inject: %s and %s are of different families, IPv4 and IPv6", f.Src.Addr(), f.Dst.Addr())
	case f.Src == f.Dst:
		a.fail("another port for the source, such as "+netip.AddrPortFrom(f.Src.Addr(), 9999).String(), "inject: the packet would go from %s to itself", f.Src)
	}
	if a.peek() == "udp" {
		a.next("udp")
		f.UDP = true
	} else {
		f.Flags = a.tcpFlags()
	}
	for a.more() {
		a.field(f)
	}
	if f.UDP && a.err == nil && (f.seq.given || f.ack.given || f.sack != nil || f.Options != nil) {
		a.fail("ttl, checksum and DATA", "inject: a UDP datagram has no numbers, no window and no options")
	}
	if f.ack.given && !f.UDP && !f.has(tcpstate.ACK) {
		a.fail("write "+strings.TrimPrefix(flagWord(f.Flags)+"-ACK", "none-")+", or leave ack= out", "inject: ack= counts only with the flag ACK: without it nobody looks at the number")
	}
	return f
}

// familyOf is the destination, as far as it tells in which family localhost is
// meant as the source.
func (a *args) familyOf(s *Session) netip.AddrPort {
	if len(a.words) > 2 && a.words[1].text == ">" && strings.HasPrefix(a.words[2].text, "[") {
		return netip.AddrPortFrom(netip.IPv6Loopback(), 1)
	}
	return netip.AddrPort{}
}

// flagBits are the flags in the order in which they are written.
var flagBits = []struct {
	name string
	bit  uint8
}{{"SYN", 2}, {"FIN", 1}, {"RST", 4}, {"PSH", 8}, {"URG", 32}, {"ECE", 64}, {"CWR", 128}, {"ACK", 16}}

// flagWord writes flags as they are typed: FIN-ACK.
func flagWord(bits uint8) string {
	var names []string
	for _, f := range flagBits {
		if bits&f.bit != 0 {
			names = append(names, f.name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, "-")
}

// commonFlags are those that segments mostly have.
var commonFlags = []string{"SYN", "SYN-ACK", "ACK", "PSH-ACK", "FIN-ACK", "RST", "RST-ACK", "none"}

// tcpFlags reads flags that are joined, such as SYN-ACK.
func (a *args) tcpFlags() (bits uint8) {
	const right = "flags are SYN, SYN-ACK, ACK, PSH-ACK, FIN-ACK, RST, or others of FIN SYN RST PSH ACK URG ECE CWR joined so; none for none; udp for a datagram"
	if a.err == nil && !a.more() {
		a.fail(right, "inject: the flags are missing")
	}
	w := a.next("flags")
	if a.err != nil || w.text == "none" {
		return 0
	}
	if w.text == tracer.DATA { // as the ladder calls it
		w.text = "PSH-ACK"
	}
	names := strings.FieldsFunc(w.text, isJoint)
	if len(names) == 0 || w.quoted || strings.Contains(w.text, "=") {
		a.fail(right, "inject: the flags are missing before %s", clip(w.text))
		return 0
	}
	for _, name := range names {
		i := slices.IndexFunc(flagBits, func(f struct {
			name string
			bit  uint8
		}) bool {
			return f.name == name
		})
		if i >= 0 {
			bits |= flagBits[i].bit
			continue
		}
		switch upper := strings.ToUpper(w.text); {
		case name == "DATA":
			a.fail(`data is written as it is: ACK "hello"`, "inject: DATA is no flag")
		case upper == "UDP":
			a.fail("write udp", "inject: %s is no flag", clip(w.text))
		case upper != w.text && kindOf(upper) != "":
			a.fail("write "+upper, "inject: flags are written in capitals")
		default:
			a.fail(right, "inject: %s is no flag", clip(name))
		}
	}
	return bits
}

func isJoint(r rune) bool { return strings.ContainsRune("-,+|/", r) }

// fieldForms are the fields, as they are written, and what each is.
var fieldForms = []Suggestion{
	{"seq=", "its number; left out: what the receiver expects next"},
	{"ack=", "what it acknowledges; left out: all that was sent"},
	{"win=", "the window, as in the header: 0 to 65535"},
	{"mss=", "maximum segment size, in a SYN"},
	{"ws=", "window scale, in a SYN: 0 to 14 count"},
	{"sackok", "SACK is understood, in a SYN"},
	{"ts=", "timestamps: VAL or VAL,ECR; ECR left out echoes the last one"},
	{"sack=", "what is there beyond a gap: A-B or A-B,C-D"},
	{"ttl=", "time to live: 1 to 255"},
	{"checksum=bad", "wrong on purpose"},
}

// spaced are the fields that may be written as the ladder writes them: seq 1.
var spaced = []string{"seq", "ack", "win", "mss", "ws"}

// field reads one of the words after the flags, or the data.
func (a *args) field(f *forgery) {
	w := a.words[0]
	if len(a.words) > 1 && !w.quoted && slices.Contains(spaced, w.text) && !a.words[1].quoted && !strings.Contains(a.words[1].text, "=") {
		w.text += "=" + a.words[1].text // as the ladder writes it
		a.words = append([]word{w}, a.words[2:]...)
	}
	name, value, assigned := strings.Cut(w.text, "=")
	if w.quoted || !assigned && name != "sackok" {
		if _, isSize := size(w.text); !w.quoted && !isSize && nearest(name, []string{"sackok", "seq", "ack", "win", "mss", "ts", "sack", "ttl", "checksum"}) != "" && !strings.ContainsAny(name, otherQuotes) {
			a.unknownField(name, w.text)
			return
		}
		if f.dataSet {
			a.fail("one piece of data", "inject: %s is a second piece of data", clip(w.text))
			return
		}
		f.Payload, f.dataSet = a.data(), true
		if len(f.Payload) > forge.MTU && a.err == nil { // before gigabytes are copied
			a.err = refusedForgery(&forge.TooLarge{Room: forge.MTU - 40})
		}
		return
	}
	a.next("field")
	options := func() *tracer.Options {
		if f.Options == nil {
			f.Options = &tracer.Options{WS: -1}
		}
		return f.Options
	}
	switch name {
	case "seq":
		f.seq = a.sequence(name, value)
	case "ack":
		f.ack = a.sequence(name, value)
	case "win":
		f.Win = uint16(a.inRange(name, value, 0, math.MaxUint16, "the header has 16 bits for it, 0 to 65535; ws=7 in both SYNs makes it count times 128"))
	case "mss":
		options().MSS = int(a.inRange(name, value, 1, math.MaxUint16, "from 1 to 65535"))
	case "ws":
		options().WS = int(a.inRange(name, value, 0, math.MaxUint8, "from 0 to 255, of which more than 14 count as 14 (RFC 7323 2.3)"))
	case "sackok":
		options().SACKOK = true
	case "ts":
		val, ecr, echoes := strings.Cut(value, ",")
		if f.echo = !echoes; f.echo {
			ecr = "0"
		}
		const right = "ts=VAL or ts=VAL,ECR, from 0 to 4294967295"
		o := options()
		o.TS, o.TSVal, o.TSEcr = true, uint32(a.inRange(name, val, 0, math.MaxUint32, right)), uint32(a.inRange(name, ecr, 0, math.MaxUint32, right))
	case "sack":
		for block := range strings.SplitSeq(value, ",") {
			i := strings.LastIndexByte(block, '-')
			if i <= 0 {
				a.fail("sack=A-B, the first byte that is there and the one after the last: sack=11-21", "inject: %s is no block", clip(block))
				return
			}
			f.sack = append(f.sack, [2]number{a.sequence(name, block[:i]), a.sequence(name, block[i+1:])})
		}
	case "ttl":
		f.TTL = uint8(a.inRange(name, value, 1, math.MaxUint8, "from 1 to 255"))
	case "checksum":
		switch value {
		case "bad":
			f.BadChecksum = true
		case "good":
		default:
			a.fail("checksum=bad; it is right when left out", "inject: %s is no checksum", clip(value))
		}
	default:
		a.unknownField(name, w.text)
	}
	if f.UDP && name != "ttl" && name != "checksum" && name != "seq" && name != "ack" {
		a.fail("ttl, checksum and DATA", "inject: a UDP datagram has no %s", name)
	}
}

func (a *args) unknownField(name, text string) {
	var names, forms []string
	for _, f := range fieldForms {
		n, _, _ := strings.Cut(f.Text, "=")
		names, forms = append(names, n), append(forms, n)
	}
	right := "the fields are " + strings.Join(forms, ", ") + `, and "data"`
	if n := nearest(name, names); n != "" {
		right = "did you mean " + strings.TrimSuffix(fieldForms[slices.Index(names, n)].Text, "bad") + "? T" + right[1:]
	}
	a.fail(right, "inject: a segment has no field %s", clip(text))
}

func (a *args) inRange(name, value string, low, high int64, right string) int64 {
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case a.err != nil:
		return 0
	case err != nil && !isInteger(value):
		a.fail(right, "inject: %s=%s is no number", name, clip(value))
		return 0
	case err != nil || n < low || n > high:
		a.fail(right, "inject: %s=%s is out of range", name, clip(value))
		return 0
	}
	return n
}

// sequence reads N, or @N.
func (a *args) sequence(name, value string) number {
	text, absolute := strings.CutPrefix(value, "@")
	low := int64(-math.MaxUint32)
	if absolute {
		low = 0
	}
	const right = "numbers have 32 bits: 0 to 4294967295, less than 0 counts back, @N is absolute"
	return number{given: true, absolute: absolute, n: a.inRange(name, text, low, math.MaxUint32, right)}
}

// number fills in the numbers: relative ones count from where the packets on
// the screen count from, and what is left out is what the receiver waits for.
func (s *Session) number(a *args, f *forgery) {
	if f.UDP {
		return
	}
	var block tcpstate.Block
	if e := s.Sandbox.Receiver(f.Dst, f.Src); e != nil {
		block = e.Block()
	}
	own, known := s.Sandbox.Numbers(f.Src, f.Dst, f.opens())
	expects, waits := block.Expects()
	if !known && !f.seq.absolute {
		isn := s.Sandbox.Number()
		if waits { // TIME-WAIT: a number beyond the old ones, or it is not taken
			isn = expects + 1 + isn%(1<<24)
		}
		own.ISN, own.End, f.base = isn, isn+1, &isn
	}
	again := f.opens() && block.State() == tcpstate.SynReceived
	switch {
	case f.seq.absolute:
		f.Seq = uint32(f.seq.n)
	case f.seq.given:
		f.Seq = own.ISN + uint32(f.seq.n)
	case waits && !again && (known || !f.opens()):
		f.Seq = expects
	case f.has(tcpstate.SYN):
		f.Seq = own.ISN
	default:
		f.Seq = own.End
	}
	theirs, heard := s.Sandbox.Numbers(f.Dst, f.Src, false)
	if !heard {
		theirs = s.unheard(a, f)
	}
	if f.echo {
		f.Options.TSEcr = theirs.TS
	}
	absolute := func(n number) uint32 {
		if n.absolute {
			return uint32(n.n)
		}
		return theirs.ISN + uint32(n.n)
	}
	next, sent := block.Next()
	switch {
	case !f.has(tcpstate.ACK):
	case f.ack.given:
		f.Ack = absolute(f.ack)
	case sent:
		f.Ack = next
	default:
		f.Ack = theirs.End
	}
	for _, block := range f.sack {
		if f.Options == nil {
			f.Options = &tracer.Options{WS: -1}
		}
		f.Options.SACK = append(f.Options.SACK, [2]uint32{absolute(block[0]), absolute(block[1])})
	}
}

// unheard are numbers of the receiver's where it has sent nothing yet: those
// that are left out may be any, and one that counts from its own first number
// cannot be told.
func (s *Session) unheard(a *args, f *forgery) track.Numbers {
	relative := f.ack.given && !f.ack.absolute
	for _, block := range f.sack {
		relative = relative || !block[0].absolute || !block[1].absolute
	}
	if relative {
		a.fail("a SYN first, or leave ack= out, or an absolute number such as ack=@1000", "inject: nothing has come from %s to %s yet that a number could count from", f.Dst, f.Src)
		return track.Numbers{}
	}
	if !f.has(tcpstate.ACK) || f.ack.given {
		return track.Numbers{}
	}
	n := s.Sandbox.Number()
	return track.Numbers{ISN: n, End: n + 1}
}

// withArrow takes the > between source and destination apart from the words
// that it touches, and takes other arrows for it.
func withArrow(in []word) []word {
	var out []word
	for i, w := range in {
		text := strings.NewReplacer("->", ">", "→", ">").Replace(w.text)
		if w.quoted || len(out) > 3 || !strings.Contains(text, ">") && !(i == 2 && text == "to") {
			out = append(out, w)
			continue
		}
		src, dst, _ := strings.Cut(strings.TrimSuffix(text, "to"), ">")
		for _, part := range []string{src, ">", dst} {
			if part != "" {
				out = append(out, word{text: part})
			}
		}
	}
	return out
}
