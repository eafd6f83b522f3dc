// Package capture writes a trace's packets as a pcapng file, and reads saved
// captures, pcap or pcapng, back as events.
package capture

import (
	"fmt"
	"io"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"sockplay/tracer"
)

// linkRaw is LINKTYPE_RAW: a packet begins with its IP header.
const linkRaw = layers.LinkTypeRaw

// Writer writes each packet once, as it was put on the wire.
type Writer struct {
	ng    *pcapgo.NgWriter
	began time.Time
	err   error
}

// NewWriter begins a pcapng file. began is the time of day at which the
// sandbox's clock was 0.
func NewWriter(w io.Writer, began time.Time) (*Writer, error) {
	ng, err := pcapgo.NewNgWriterInterface(w, pcapgo.NgInterface{
		Name:                "wire",
		Comment:             "the wire of a sockplay sandbox",
		LinkType:            linkRaw,
		SnapLength:          0,
		TimestampResolution: 9,
	}, pcapgo.NgWriterOptions{
		SectionInfo: pcapgo.NgSectionInfo{Application: "sockplay"},
	})
	if err != nil {
		return nil, fmt.Errorf("beginning a pcapng file: %w", err)
	}
	return &Writer{ng: ng, began: began}, nil
}

// Add writes the event's packet, if the event is its appearance on the wire.
// Errors are kept for Close.
func (w *Writer) Add(e tracer.Event) {
	switch e.Fate {
	case tracer.Sent, tracer.Injected, tracer.Copied, tracer.Captured:
	default:
		return
	}
	if w.err != nil {
		return
	}
	w.err = w.ng.WritePacket(gopacket.CaptureInfo{
		Timestamp: w.began.Add(e.At), CaptureLength: len(e.Packet.Bytes), Length: len(e.Packet.Bytes),
	}, e.Packet.Bytes)
}

// Close writes what is buffered, and returns the first error that any write
// met. It does not close the file.
func (w *Writer) Close() error {
	if err := w.ng.Flush(); w.err == nil {
		w.err = err
	}
	return w.err
}
