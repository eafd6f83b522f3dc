// Package anatomy draws one packet in full: every field of its headers, what
// it means, and what has changed since the packet before it.
package anatomy

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/packet"
)

// Options say how to draw. The zero value draws 80 columns of plain ASCII.
type Options struct {
	Pen   ink.Pen
	Width int // columns; 0: 80
	// Full adds what does not fit on one screen: a line for each field of the
	// IP header too, the headers as their RFCs draw them, and all bytes.
	Full bool
	// Compact is for a wall: what the two ends say to each other, in a line for
	// each 32 bits.
	Compact bool
}

// Find returns the packet with that number, and the last one before it of the
// same protocol, source and destination: nil if there is none. What a rewind
// has made void is not found. One that was damaged on the wire is as it is since.
func Find(events []tracer.Event, number int) (p, before *tracer.Packet, ok bool) {
	events = tracer.Live(events)
	at := 0
	for ; at < len(events); at++ {
		if p = events[at].Packet; p != nil && p.Number == number {
			break
		}
	}
	if at == len(events) {
		return nil, nil, false
	}
	for i := at + 1; i < len(events); i++ {
		if q := events[i].Packet; q != nil && q.Number == number && q.Malformed != "" {
			p = q
		}
	}
	for i := at - 1; i >= 0; i-- {
		b := events[i].Packet
		if b != nil && b.Number != number && b.Proto == p.Proto && b.Src == p.Src && b.Dst == p.Dst && events[i].Fate.Born() {
			return p, b, true
		}
	}
	return p, nil, true
}

// Packet draws p. before is the packet to compare it with, or nil.
func Packet(w io.Writer, p, before *tracer.Packet, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	d := drawing{Options: o, layers: packet.Layers(p)}
	if before != nil {
		packet.Compare(d.layers, packet.Layers(before))
	}
	d.head(p, before)
	for i := range d.layers {
		switch l := &d.layers[i]; {
		case o.Compact && isIP(l) && l.Fault == "":
		case o.Compact && l.Fields != nil:
			d.rows(l)
		case l.Fields == nil && l.Fault == "":
			d.data(l, p)
		case o.Full || !l.Quoted && !isIP(l):
			d.list(l)
		default:
			d.rows(l)
		}
	}
	if o.Full {
		if o.Width >= boxCols {
			for i := range d.layers {
				if !d.layers[i].Quoted {
					d.box(&d.layers[i])
				}
			}
		}
		d.dump(p)
	}
	_, err := io.WriteString(w, d.out.String())
	return err
}

type drawing struct {
	Options
	layers []packet.Layer
	out    strings.Builder
}

// isIP reports whether l is about the way of a packet and not about what its
// two ends say to each other.
func isIP(l *packet.Layer) bool {
	return l.Name == "IPv4" || l.Name == "IPv6" || l.Name == "Fragment header"
}

func (d *drawing) line(spans ...ink.Span) {
	d.out.WriteString(d.Pen.Line(d.Width, spans...))
	d.out.WriteByte('\n')
}

// fill writes text behind a head that takes up hang columns, and its other
// lines below its beginning.
func (d *drawing) fill(head []ink.Span, hang int, tone ink.Tone, text string) {
	hang = min(hang, max(0, d.Width-minText))
	for i, line := range d.Pen.Fill(text, d.Width-hang, d.Width-hang) {
		if i > 0 {
			head = []ink.Span{{Text: strings.Repeat(" ", hang)}}
		}
		d.line(append(head[:len(head):len(head)], ink.Span{Tone: tone, Text: line})...)
	}
}

// minText is the least room for a text.
const minText = 16

// head tells which packet it is.
func (d *drawing) head(p, before *tracer.Packet) {
	title := fmt.Sprintf("packet %d: ", p.Number)
	way := party(p.Sender, p.Src) + d.Pen.Pick(" → ", " -> ") + party(p.Receiver, p.Dst)
	d.fill([]ink.Span{{Tone: ink.Yours, Text: title}}, len(title), ink.Plain, packet.Name(p)+"  "+way)
	var parts []string
	quoted := 0
	for i := range d.layers {
		l := &d.layers[i]
		if l.Quoted {
			quoted += l.To - l.From
			continue
		}
		parts = append(parts, l.Name+" "+strconv.Itoa(l.To-l.From))
	}
	if quoted > 0 {
		parts = append(parts, "quoted "+strconv.Itoa(quoted))
	}
	text := fmt.Sprintf("%d bytes", len(p.Bytes))
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	if before != nil {
		text += fmt.Sprintf("   * changed since packet %d", before.Number)
	}
	d.fill(nil, 0, ink.Calm, text)
	if p.Malformed != "" {
		d.fill([]ink.Span{{Tone: ink.Loss, Text: "malformed: "}}, 11, ink.Loss, p.Malformed)
	}
}

// party names an end.
func party(owner, addr string) string {
	return strings.TrimSpace(owner + " " + addr)
}
