package netstack_test

import (
	"bytes"
	"context"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"sockplay/tracer"
	"sockplay/tracer/packet"
)

// packets are those that a session has put on the wire.
func packets(t testing.TB, lines string) [][]byte {
	r := start(t, 1)
	r.do(t, lines)
	var list [][]byte
	for _, e := range r.events {
		if e.Fate == tracer.Sent {
			list = append(list, e.Packet.Bytes)
		}
	}
	return list
}

const talk = connected + `client: write 3 "hello"
server: write 4 "and back"
server: close 4
process other
other: socket udp6
other: sendto 3 [::1]:9 "nobody"
other: socket udp
other: sendto 4 127.0.0.1:9 2000
`

// TestBadPackets: packets that are cut, of another version, or with a wrong
// octet anywhere are shown and thrown away, or count; the stack lives.
func TestBadPackets(t *testing.T) {
	list := packets(t, talk)
	if len(list) < 12 {
		t.Fatalf("only %d packets to damage", len(list))
	}
	r := start(t, 1)
	r.do(t, listening)
	ctx := context.Background()
	bad := 0
	for _, p := range list {
		for n := 0; n < len(p); n += 1 + len(p)/20 {
			r.session.Sandbox.Inject(ctx, p[:n])
			bad++
		}
		for i := 0; i < min(len(p), 80); i++ {
			q := bytes.Clone(p)
			q[i] ^= 0x51
			if packet.Check(q) != "" {
				bad++
			}
			r.session.Sandbox.Inject(ctx, q)
		}
	}
	if got := r.session.Sandbox.Wire().Count().Malformed; got != bad {
		t.Errorf("%d packets were counted as malformed, want %d", got, bad)
	}
	shown := 0
	for _, e := range r.events {
		if e.Fate == tracer.Dropped && e.Packet.Malformed != "" && e.Why != "" {
			shown++
		}
	}
	if shown != bad {
		t.Errorf("%d were shown as thrown away, want %d", shown, bad)
	}
	if err := r.session.Sandbox.Err(); err != nil {
		t.Error(err)
	}
	lives(t, r)
}

// lives makes sure that the stack still does its work.
func lives(t testing.TB, r *record) {
	t.Helper()
	r.run(t, `process late
late: socket tcp
late: bind 3 127.9.9.9:9999
late: listen 3
late: socket tcp
late: connect 4 127.9.9.9:9999
late: accept 3
late: write 4 "alive"
late: read 5 10
expect data "alive"
`)
}

// FuzzDeliver: whatever comes from the wire, the stack lives; also what has been
// made to look whole.
func FuzzDeliver(f *testing.F) {
	for _, p := range packets(f, talk) {
		f.Add(p, false)
		f.Add(p, true)
	}
	f.Add([]byte{}, true)
	f.Add([]byte{0x60}, false)
	f.Fuzz(func(t *testing.T, p []byte, whole bool) {
		if len(p) > 1<<16 {
			return
		}
		if whole {
			p = repaired(p)
		}
		r := start(t, 1)
		r.run(t, connected)
		r.session.Sandbox.Inject(context.Background(), p)
		if err := r.session.Sandbox.Err(); err != nil {
			t.Fatal(err)
		}
		lives(t, r)
	})
}

// repaired is a packet whose lengths and checksums have been put right, as far
// as it has any.
func repaired(p []byte) []byte {
	p = bytes.Clone(p)
	if len(p) < header.IPv4MinimumSize || p[0]>>4 != 4 {
		return p
	}
	ip := header.IPv4(p)
	p[0] = 0x45
	ip.SetTotalLength(uint16(min(len(p), 1<<16-1)))
	ip.SetFlagsFragmentOffset(0, 0)
	ip.SetChecksum(0)
	ip.SetChecksum(^ip.CalculateChecksum())
	data := p[header.IPv4MinimumSize:ip.TotalLength()]
	if ip.TransportProtocol() == header.TCPProtocolNumber && len(data) >= header.TCPMinimumSize {
		data[12] = byte(min(max(int(data[12]>>4), 5), len(data)/4)) << 4
		tcp := header.TCP(data)
		tcp.SetChecksum(0)
		pseudo := header.PseudoHeaderChecksum(header.TCPProtocolNumber, ip.SourceAddress(), ip.DestinationAddress(), uint16(len(data)))
		tcp.SetChecksum(^checksum.Checksum(data, pseudo))
	}
	return p
}

// TestRepaired: the fuzz target's repaired packets are whole.
func TestRepaired(t *testing.T) {
	for _, p := range packets(t, connected) {
		p = append(p, "and more"...)
		p[8]++ // the TTL
		if wrong := packet.Check(repaired(p)); wrong != "" {
			t.Error(wrong)
		}
	}
}
