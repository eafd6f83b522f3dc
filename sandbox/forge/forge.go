// Package forge makes packets by hand: a description of a segment or a datagram
// becomes the octets of an IP packet, right in all that the description does not
// make wrong on purpose. It is pure: it knows no connection and sends nothing.
package forge

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"sockplay/tracer"
	"sockplay/tracer/packet"
)

// MTU is the most octets that a packet may have: those of the wire.
const MTU = 1500

// maxOptions is the room for options in a TCP header, in octets (RFC 9293 3.1).
const maxOptions = 40

// Segment describes one packet: a TCP segment or, if UDP is set, a datagram,
// for which only its addresses, TTL, Payload and BadChecksum count.
type Segment struct {
	Src, Dst netip.AddrPort
	UDP      bool

	Flags    uint8           // packet.SYN and so on (RFC 9293 3.1)
	Seq, Ack uint32          // absolute; Ack stands in the header in any case
	Win      uint16          // as in the header, not scaled
	Options  *tracer.Options // SACK edges absolute; nil: none

	TTL         uint8 // the hop limit of IPv6; 0: 64
	BadChecksum bool  // of TCP or UDP: wrong by one bit
	Payload     []byte
}

// The faults of a description.
var (
	errAddress = errors.New("an address is missing")
	errFamily  = errors.New("one address is of IPv4 and the other of IPv6")
)

// TooLarge says that the packet would not pass the wire.
type TooLarge struct{ Room int } // octets of payload that would

// Error tells how much would fit.
func (e *TooLarge) Error() string {
	return fmt.Sprintf("a packet has %d bytes at most, so that %d bytes of data fit into this one", MTU, e.Room)
}

// TooManyOptions says that the TCP header has no room for the options.
type TooManyOptions struct{ Need int } // octets that they take

// Error tells how much room there is.
func (e *TooManyOptions) Error() string {
	return fmt.Sprintf("the options take %d bytes, and a TCP header has room for %d", e.Need, maxOptions)
}

// Bytes returns the IP packet.
func (s Segment) Bytes() ([]byte, error) {
	src, dst := s.Src.Addr().Unmap(), s.Dst.Addr().Unmap()
	switch {
	case !src.IsValid() || !dst.IsValid():
		return nil, errAddress
	case src.Is4() != dst.Is4():
		return nil, errFamily
	}
	ttl := s.TTL
	if ttl == 0 {
		ttl = 64
	}
	proto := layers.IPProtocolTCP
	if s.UDP {
		proto = layers.IPProtocolUDP
	}
	var network interface {
		gopacket.SerializableLayer
		gopacket.NetworkLayer
	}
	header := 20
	if src.Is4() {
		network = &layers.IPv4{Version: 4, TTL: ttl, Protocol: proto, Flags: layers.IPv4DontFragment, SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}
	} else {
		network, header = &layers.IPv6{Version: 6, HopLimit: ttl, NextHeader: proto, SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}, 40
	}
	transport, size, err := s.transport(network)
	if err != nil {
		return nil, err
	}
	if room := MTU - header - size; len(s.Payload) > room {
		return nil, &TooLarge{room}
	}
	b := gopacket.NewSerializeBuffer()
	err = gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, network, transport, gopacket.Payload(s.Payload))
	if err != nil {
		return nil, err
	}
	raw := b.Bytes()
	if s.BadChecksum {
		at := header + 17 // of TCP's 16 bits; UDP's stand at 6
		if s.UDP {
			at = header + 7
		}
		raw[at] ^= 1
		if s.UDP && raw[at] == 0 && raw[at-1] == 0 { // 0 means that there is none (RFC 768)
			raw[at] = 2
		}
	}
	return raw, nil
}

// transport returns the layer above IP, and the octets of its header.
func (s Segment) transport(network gopacket.NetworkLayer) (gopacket.SerializableLayer, int, error) {
	if s.UDP {
		udp := &layers.UDP{SrcPort: layers.UDPPort(s.Src.Port()), DstPort: layers.UDPPort(s.Dst.Port())}
		return udp, 8, udp.SetNetworkLayerForChecksum(network)
	}
	has := func(f uint8) bool { return s.Flags&f != 0 }
	tcp := &layers.TCP{
		SrcPort: layers.TCPPort(s.Src.Port()), DstPort: layers.TCPPort(s.Dst.Port()),
		Seq: s.Seq, Ack: s.Ack, Window: s.Win,
		FIN: has(packet.FIN), SYN: has(packet.SYN), RST: has(packet.RST), PSH: has(packet.PSH),
		ACK: has(packet.ACK), URG: has(packet.URG), ECE: has(packet.ECE), CWR: has(packet.CWR),
	}
	size := 0
	if s.Options != nil {
		tcp.Options, size = options(s.Options)
	}
	if size > maxOptions {
		return nil, 0, &TooManyOptions{size}
	}
	return tcp, 20 + size, tcp.SetNetworkLayerForChecksum(network)
}

// options writes TCP's options, and tells how many octets they take with what
// fills them up to a multiple of four.
func options(o *tracer.Options) (list []layers.TCPOption, size int) {
	add := func(kind layers.TCPOptionKind, data []byte) {
		list = append(list, layers.TCPOption{OptionType: kind, OptionLength: uint8(2 + len(data)), OptionData: data})
		size += 2 + len(data)
	}
	if o.MSS > 0 {
		add(layers.TCPOptionKindMSS, binary.BigEndian.AppendUint16(nil, uint16(o.MSS)))
	}
	if o.SACKOK {
		add(layers.TCPOptionKindSACKPermitted, nil)
	}
	if o.TS {
		add(layers.TCPOptionKindTimestamps, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, o.TSVal), o.TSEcr))
	}
	if o.WS >= 0 {
		add(layers.TCPOptionKindWindowScale, []byte{byte(o.WS)})
	}
	if len(o.SACK) > 0 {
		var edges []byte
		for _, block := range o.SACK {
			edges = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(edges, block[0]), block[1])
		}
		add(layers.TCPOptionKindSACK, edges)
	}
	for ; size%4 != 0; size++ {
		list = append(list, layers.TCPOption{OptionType: layers.TCPOptionKindNop, OptionLength: 1})
	}
	return list, size
}
