package track

import (
	"net/netip"
	"strings"
	"testing"

	"sockplay/tracer"
	"sockplay/tracer/packet"
)

// What is sent again has the reason that its sender can have: it knows only
// the acknowledgements that have arrived.
func TestWhySentAgain(t *testing.T) {
	w := newWorld()
	w.listen(5)
	w.connect(clientAddr, 3)
	data := func(n int, cause int64) *tracer.Packet {
		seq := uint32(1001 + 100*n)
		w.numbers++
		p := &tracer.Packet{Number: w.numbers, Proto: "tcp", Kind: tracer.DATA, Len: 100, Win: 1000, Flags: []string{"ACK"}, Src: clientAddr.String(), Dst: serverAddr.String()}
		w.Observe(p, packet.Header{Proto: "tcp", Src: clientAddr, Dst: serverAddr, Flags: packet.ACK, Seq: seq, Ack: 5001, Len: 100, Win: 1000, WS: -1}, tracer.Sent, cause)
		return p
	}
	// ack says that the segments before n have arrived, and those in blocks.
	ack := func(n int, blocks ...[2]int) (delivered int64) {
		w.numbers++
		p := &tracer.Packet{Number: w.numbers, Proto: "tcp", Kind: tracer.ACK, Win: 1000, Flags: []string{"ACK"}, Src: serverAddr.String(), Dst: clientAddr.String(), Options: &tracer.Options{WS: -1}}
		for _, b := range blocks {
			p.Options.SACK = append(p.Options.SACK, [2]uint32{uint32(1001 + 100*b[0]), uint32(1001 + 100*b[1])})
		}
		h := packet.Header{Proto: "tcp", Src: serverAddr, Dst: clientAddr, Flags: packet.ACK, Seq: 5001, Ack: uint32(1001 + 100*n), Win: 1000, WS: -1}
		return w.Observe(p, h, tracer.Delivered, w.Observe(p, h, tracer.Sent, 0))
	}
	for n := range 8 {
		data(n, 0)
	}
	want := func(p *tracer.Packet, what string) {
		t.Helper()
		if why := w.why(p); !strings.Contains(why, what) {
			t.Errorf("bytes %d to %d: %q, want %q", p.Seq, p.Seq+99, why, what)
		}
	}
	in := ack(1, [2]int{3, 5})
	want(data(1, in), "tell of a loss")
	want(data(2, in), "tell of a loss")
	want(data(3, in), "although a SACK has told")
	want(data(5, in), "along with what is lost")
	ack(5)
	want(data(5, 0), "no acknowledgement has come in time")
	in = ack(6)
	want(data(6, in), "after what the timer has sent")
}

// A connected datagram socket that sends elsewhere is the sender all the same.
func TestSenderOfElsewhere(t *testing.T) {
	w := newWorld()
	local, peer, other := netip.MustParseAddrPort("127.0.0.1:5000"), netip.MustParseAddrPort("127.0.0.1:5001"), netip.MustParseAddrPort("127.0.0.1:5002")
	w.SetAddrs(w.Open("client", 3, "udp"), local, peer)
	for _, c := range []struct {
		src, dst         netip.AddrPort
		sender, receiver string
	}{{local, peer, "client:3", ""}, {local, other, "client:3", ""}, {peer, local, "", "client:3"}, {other, local, "", ""}} {
		p := &tracer.Packet{Proto: "udp", Kind: tracer.UDP}
		w.Observe(p, packet.Header{Proto: "udp", Src: c.src, Dst: c.dst}, tracer.Sent, 0)
		if p.Sender != c.sender || p.Receiver != c.receiver {
			t.Errorf("%v > %v: from %q to %q, want %q and %q", c.src, c.dst, p.Sender, p.Receiver, c.sender, c.receiver)
		}
	}
	if got := w.Owner("udp", local, other); got != "client" {
		t.Errorf("what it sends elsewhere is %q's", got)
	}
}
