package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// maxBlock bounds a block of a pcapng file: far more than a packet and its
// options need. gopacket makes room for whatever length a block claims.
const maxBlock = 16 << 20

// Packet is a packet of a capture.
type Packet struct {
	At    time.Duration // since the first packet
	Bytes []byte        // the IP packet
}

// ErrFormat says that a file is no capture.
var ErrFormat = errors.New("this is neither a pcap nor a pcapng file")

// source is what gopacket's two readers have in common.
type source interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
}

// Read calls f with each IP packet of a pcap or pcapng file, in the file's
// order, and returns how many frames were of another kind. It reads all of
// data before it trusts any of its lengths.
func Read(data []byte, f func(Packet) error) (skipped int, err error) {
	src, link, cut, err := open(data)
	if err != nil {
		return 0, err
	}
	var first time.Time
	for n := 1; ; n++ {
		frame, info, err := next(src)
		if err == io.EOF && cut {
			return skipped, errors.New("the capture is damaged: it is cut off in its last block")
		}
		if err == io.EOF {
			return skipped, nil
		}
		if err != nil {
			return skipped, fmt.Errorf("frame %d of the capture is damaged: %w", n, err)
		}
		if first.IsZero() {
			first = info.Timestamp
		}
		ip := payload(frame, link(info))
		if ip == nil {
			skipped++
			continue
		}
		if err := f(Packet{At: info.Timestamp.Sub(first), Bytes: bytes.Clone(ip)}); err != nil {
			return skipped, err
		}
	}
}

// next reads a frame. Some damaged files make gopacket divide by zero.
func next(src source) (frame []byte, info gopacket.CaptureInfo, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("its numbers make no sense")
		}
	}()
	return src.ReadPacketData()
}

// open returns a reader of the frames, what tells their link types, and
// whether the file ends too early.
func open(data []byte) (src source, link func(gopacket.CaptureInfo) layers.LinkType, cut bool, err error) {
	if len(data) >= 4 && binary.LittleEndian.Uint32(data) == sectionHeader {
		if cut, err = checkBlocks(data); err != nil {
			return nil, nil, false, err
		}
		r, err := pcapgo.NewNgReader(bytes.NewReader(data), pcapgo.NgReaderOptions{WantMixedLinkType: true})
		if err != nil {
			return nil, nil, false, ErrFormat
		}
		return r, func(info gopacket.CaptureInfo) layers.LinkType {
			iface, err := r.Interface(info.InterfaceIndex)
			if err != nil {
				return r.LinkType()
			}
			return iface.LinkType
		}, cut, nil
	}
	r, err := pcapgo.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, nil, false, ErrFormat
	}
	return r, func(gopacket.CaptureInfo) layers.LinkType { return r.LinkType() }, false, nil
}

// sectionHeader begins a pcapng file, in either byte order.
const sectionHeader = 0x0a0d0d0a

// checkBlocks walks a pcapng file's blocks: type, total length, ..., total
// length, in the byte order that their section's header gives. It reports
// whether the last one is cut off, as by a writer that was killed.
func checkBlocks(data []byte) (cut bool, err error) {
	order := binary.ByteOrder(binary.LittleEndian)
	for at := 0; at < len(data); {
		rest := data[at:]
		if len(rest) < 12 {
			return true, nil
		}
		if binary.LittleEndian.Uint32(rest) == sectionHeader {
			order = binary.LittleEndian
			if binary.BigEndian.Uint32(rest[8:]) == 0x1a2b3c4d {
				order = binary.BigEndian
			}
		}
		n := int(order.Uint32(rest[4:]))
		switch {
		case n < 12 || n%4 != 0 || n > maxBlock:
			return false, fmt.Errorf("the capture is damaged at byte %d: a block of %d bytes", at, n)
		case n > len(rest):
			return true, nil
		}
		at += n
	}
	return false, nil
}

// The link types that gopacket has no decoder or no name for.
const (
	linkRawIP4 = 228 // LINKTYPE_IPV4
	linkRawIP6 = 229 // LINKTYPE_IPV6
	linkSLL2   = 20  // LINKTYPE_LINUX_SLL2, 276, in gopacket's eight bits
)

// payload is the IP packet in a frame, nil if there is none.
func payload(frame []byte, link layers.LinkType) []byte {
	cut := func(header, etherAt int) []byte {
		if len(frame) < header {
			return nil
		}
		switch binary.BigEndian.Uint16(frame[etherAt:]) {
		case 0x0800, 0x86dd:
			return frame[header:]
		}
		return nil
	}
	switch int(link) {
	case int(layers.LinkTypeRaw), 12, 14, linkRawIP4, linkRawIP6:
		return frame
	case int(layers.LinkTypeEthernet):
		return cut(14, 12)
	case int(layers.LinkTypeLinuxSLL):
		return cut(16, 14)
	case linkSLL2:
		return cut(20, 0)
	case int(layers.LinkTypeNull), int(layers.LinkTypeLoop):
		if len(frame) > 4 && (frame[4]>>4 == 4 || frame[4]>>4 == 6) {
			return frame[4:]
		}
	}
	return nil
}
