package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"sockplay/tracer"
)

// ip is no whole packet, but what a packet begins with.
var ip = []byte{0x45, 0, 0, 20, 0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1}

func written(t testing.TB) []byte {
	var b bytes.Buffer
	w, err := NewWriter(&b, time.Unix(1000, 0))
	if err != nil {
		t.Fatal(err)
	}
	for i, fate := range []tracer.Fate{tracer.Sent, tracer.Delivered, tracer.Injected, tracer.Dropped, tracer.Copied} {
		w.Add(tracer.Event{At: time.Duration(i) * time.Millisecond, Fate: fate, Packet: &tracer.Packet{Bytes: ip}})
	}
	w.Add(tracer.Event{Kind: tracer.KindNote})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWrite: each packet stands in the file once, however often its events
// tell of it.
func TestWrite(t *testing.T) {
	var got []Packet
	skipped, err := Read(written(t), func(p Packet) error { got = append(got, p); return nil })
	if err != nil || skipped != 0 {
		t.Fatal(skipped, err)
	}
	if len(got) != 3 {
		t.Fatalf("%d packets, want 3", len(got))
	}
	for i, at := range []time.Duration{0, 2 * time.Millisecond, 4 * time.Millisecond} {
		if got[i].At != at || !bytes.Equal(got[i].Bytes, ip) {
			t.Errorf("packet %d: %v at %v, want it at %v", i, got[i].Bytes, got[i].At, at)
		}
	}
}

type fullDisk struct{ room int }

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.room -= len(b); d.room < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(b), nil
}

func TestWriteFails(t *testing.T) {
	w, err := NewWriter(&fullDisk{room: 200}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for range 10000 {
		w.Add(tracer.Event{Fate: tracer.Sent, Packet: &tracer.Packet{Bytes: ip}})
	}
	if err := w.Close(); err == nil {
		t.Error("a full disk was not told")
	}
}

// pcap makes a classic capture of the frames.
func pcap(t testing.TB, link layers.LinkType, frames ...[]byte) []byte {
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(65536, link); err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: time.Unix(1, 0), CaptureLength: len(f), Length: len(f)}, f); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestReadLinkTypes(t *testing.T) {
	ethernet := append(append(make([]byte, 12), 0x08, 0x00), ip...)
	arp := append(append(make([]byte, 12), 0x08, 0x06), make([]byte, 28)...)
	sll := append(append(make([]byte, 14), 0x08, 0x00), ip...)
	for _, test := range []struct {
		name    string
		data    []byte
		packets int
		skipped int
	}{
		{"raw", pcap(t, layers.LinkTypeRaw, ip), 1, 0},
		{"ethernet", pcap(t, layers.LinkTypeEthernet, ethernet, arp, ethernet), 2, 1},
		{"cooked", pcap(t, layers.LinkTypeLinuxSLL, sll), 1, 0},
		{"loopback", pcap(t, layers.LinkTypeNull, append([]byte{2, 0, 0, 0}, ip...)), 1, 0},
		{"short frames", pcap(t, layers.LinkTypeEthernet, []byte{1, 2, 3}), 0, 1},
		{"unknown", pcap(t, layers.LinkType(147), ip), 0, 1},
	} {
		n := 0
		skipped, err := Read(test.data, func(p Packet) error {
			if !bytes.Equal(p.Bytes, ip) {
				t.Errorf("%s: %x", test.name, p.Bytes)
			}
			n++
			return nil
		})
		if err != nil || n != test.packets || skipped != test.skipped {
			t.Errorf("%s: %d packets, %d skipped, %v; want %d and %d", test.name, n, skipped, err, test.packets, test.skipped)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	lies := written(t)
	at := int(binary.LittleEndian.Uint32(lies[4:])) // the second block
	binary.LittleEndian.PutUint32(lies[at+4:], 512<<20)
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, ErrFormat.Error()},
		{"text", []byte("socket tcp\nbind 3 127.0.0.1:8080\n"), ErrFormat.Error()},
		{"a block of 512 MiB", lies, "damaged"},
		{"a cut file", written(t)[:len(written(t))-9], "damaged"},
	} {
		_, err := Read(test.data, func(Packet) error { return nil })
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want ... %s ...", test.name, err, test.want)
		}
	}
	if _, err := Read(written(t), func(Packet) error { return io.ErrClosedPipe }); err != io.ErrClosedPipe {
		t.Errorf("the caller's error came back as %v", err)
	}
}

// FuzzRead: no file crashes the reader or makes it ask for absurd memory.
func FuzzRead(f *testing.F) {
	f.Add(written(f))
	f.Add(pcap(f, layers.LinkTypeEthernet, append(append(make([]byte, 12), 0x08, 0x00), ip...)))
	f.Add([]byte{0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a})
	f.Fuzz(func(t *testing.T, data []byte) {
		total := 0
		_, _ = Read(data, func(p Packet) error {
			total += len(p.Bytes)
			return nil
		})
		if total > 4*len(data) {
			t.Fatalf("%d octets of packets in a file of %d", total, len(data))
		}
	})
}
