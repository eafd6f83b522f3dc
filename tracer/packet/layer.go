package packet

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"sockplay/tracer"
)

// Layer is one header of a packet, or the data behind the last one.
type Layer struct {
	Name     string // "IPv4", "TCP", "Data"
	Source   string // where it is specified; "" for data
	From, To int    // the octets of the packet that it takes up
	Options  int    // the octet at which its options begin; To: it has none
	Quoted   bool   // it belongs to the packet that an ICMP error quotes
	Fields   []Field
	Note     string   // what must be known of it as a whole
	Fault    string   // why the rest of it cannot be read
	Gone     []string // fields that Compare found in the other packet only
}

// Field is one field of a header, under its name in the RFC.
type Field struct {
	Name     string
	Short    string // the name where there is little room; "": Name
	At, Bits int    // in bits, from the beginning of the header
	Value    string // as such values are usually written
	Means    string // "": nothing beyond the value
	Number   uint64
	Counts   bool // whether a difference between two values of Number tells something
	Wrong    bool // whether a receiver would object to it
	Parts    []Field
	Change   string // since another packet, as Compare found it: "+5", "was 0x10", "new", Otherwise; "": none
}

// Layers takes a packet apart, field by field, as far as it can be read. What
// the bytes do not say, such as relative sequence numbers, it takes from p.
//
// The fields are cut out here and not by gopacket, whose layers do not say
// where a field lies and keep nothing of a header that is cut short.
func Layers(p *tracer.Packet) []Layer {
	d := dissection{p: p}
	d.ip(p.Bytes, 0)
	return d.layers
}

// dissection is a packet that is being taken apart.
type dissection struct {
	p      *tracer.Packet
	quoted bool // in the packet that an ICMP error quotes
	cut    bool // the packet is shorter than its IP header says
	layers []Layer
}

// header is a layer that is being read.
type header struct {
	Layer
	raw  []byte // what is there of it
	bits int    // read so far
}

// begin begins a header of size octets, of which raw may hold fewer. The
// second result is what there is of it, filled up with zeros to least octets,
// so that a value can be taken before it is known whether it is there.
func (d *dissection) begin(name, source string, raw []byte, base, size, least int) (*header, []byte) {
	raw = raw[:min(size, len(raw))]
	h := &header{raw: raw, Layer: Layer{
		Name: name, Source: source, From: base, To: base + len(raw), Options: base + len(raw), Quoted: d.quoted,
	}}
	if len(raw) >= least {
		return h, raw
	}
	return h, append(append(make([]byte, 0, least), raw...), make([]byte, least-len(raw))...)
}

// add appends a field, unless the packet ends before it does.
func (h *header) add(f Field) {
	f.At = h.bits
	h.bits += f.Bits
	switch {
	case h.Fault != "":
	case h.bits > 8*len(h.raw):
		h.Fault = fmt.Sprintf("it is cut short: it ends before %s", f.Name)
	default:
		h.Fields = append(h.Fields, f)
	}
}

func (d *dissection) end(h *header) { d.layers = append(d.layers, h.Layer) }

// data is what stands behind the last header that is understood.
func (d *dissection) data(raw []byte, base int, note string) {
	if len(raw) > 0 {
		d.layers = append(d.layers, Layer{Name: "Data", From: base, To: base + len(raw), Options: base + len(raw), Quoted: d.quoted, Note: note})
	}
}

// number is a field whose changes are worth counting.
func number[T uint8 | uint16 | uint32](name string, bits int, n T, means string) Field {
	return Field{Name: name, Bits: bits, Value: strconv.FormatUint(uint64(n), 10), Number: uint64(n), Counts: true, Means: means}
}

// code is a field whose numbers stand for something.
func code[T uint8 | uint16 | uint32](name string, bits int, n T, means string) Field {
	f := number(name, bits, n, means)
	f.Counts = false
	return f
}

func (f Field) short(name string) Field { f.Short = name; return f }

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }

func octets(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return strconv.Itoa(n) + " bytes"
}

// checksum is a checksum field: got, over data with the checksum in it, and
// from start on.
func checksum(name string, got uint16, start uint32, data []byte) Field {
	f := Field{Name: name, Bits: 16, Value: fmt.Sprintf("0x%04x", got), Number: uint64(got), Means: "right"}
	// Adding ^got takes got out of the ones' complement sum (RFC 1624).
	switch right := ^sum(uint32(^got)+start, data); {
	case sum(start, data) == 0xffff:
	case start != 0 && got == sum(start, nil):
		f.Means = "unfinished: the system leaves it to the network card, and none has seen this packet"
	default:
		f.Wrong, f.Means = true, fmt.Sprintf("wrong: 0x%04x would be right", right)
	}
	return f
}
