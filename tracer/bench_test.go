package tracer

import (
	"strings"
	"testing"
	"time"
)

// aSegment is the event of a full segment on its way.
func aSegment() Event {
	p := &Packet{
		Number: 7, Proto: "tcp", Kind: DATA, Src: "127.0.0.1:40000", Dst: "127.0.0.1:8080",
		Sender: "client:3", Receiver: "server:4", Flags: []string{"PSH", "ACK"}, Seq: 144801, Ack: 1,
		Len: 1448, Win: 502, WScaled: 64256, Options: &Options{WS: -1, TS: true, TSVal: 7, TSEcr: 6},
		Bytes: []byte(strings.Repeat("x", 1500)),
	}
	p.Payload = p.Bytes[52:]
	return Event{
		At: 1234567 * time.Microsecond, Cause: 41, Kind: KindPacket, Fate: Sent, Packet: p,
		Why: "write: bytes 144801 to 146248 of this direction",
	}
}

// BenchmarkLogAdd is the cost of keeping an event when the window is full.
func BenchmarkLogAdd(b *testing.B) {
	var l Log
	e := aSegment()
	for range 2 * DefaultWindow / cost(e) {
		l.Add(e)
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Add(e)
	}
	if l.Lost() == 0 {
		b.Fatal("nothing has left the window")
	}
}

// BenchmarkJSON is the cost of an event of --format json.
func BenchmarkJSON(b *testing.B) {
	ack := aSegment()
	p := *ack.Packet
	p.Len, p.Flags, p.Bytes, p.Payload = 0, []string{"ACK"}, p.Bytes[:52], nil
	ack.Packet = &p
	for name, e := range map[string]Event{"data": aSegment(), "ack": ack} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.MarshalJSON(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
