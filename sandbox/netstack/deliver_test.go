package netstack

import (
	"net/netip"
	"testing"

	"sockplay/sandbox"
)

// syn is the IP packet of a connect that is under way.
func syn(t *testing.T, s *Stack, kind sandbox.Kind, to string) []byte {
	t.Helper()
	k, err := s.Socket(kind)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Connect(sandbox.Addr{AddrPort: netip.MustParseAddrPort(to)}); err != sandbox.EINPROGRESS {
		t.Fatal(err)
	}
	p, err := s.Receive()
	if err != nil || p == nil {
		t.Fatal(p, err)
	}
	return p
}

// TestDeliverBad: what is cut, of no version, too long or has a wrong checksum
// is dropped without a word; whole it is answered.
func TestDeliverBad(t *testing.T) {
	for _, c := range []struct {
		kind sandbox.Kind
		to   string
		ip   int // octets of the IP header
	}{{sandbox.TCP, "127.0.0.1:8080", 20}, {sandbox.TCP6, "[::1]:8080", 40}} {
		s, err := New(1)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		whole := syn(t, s, c.kind, c.to)
		changed := func(at int, to byte) []byte {
			p := append([]byte(nil), whole...)
			p[at] = to
			return p
		}
		bad := [][]byte{
			{}, {0x45}, {0x60}, make([]byte, 100), make([]byte, 1<<17),
			changed(0, 0x50), changed(0, 0x4f), changed(0, 0x40), changed(0, 0),
			changed(4, 0xff), changed(3, 0xff),
			changed(c.ip+12, 0xf0), changed(c.ip+12, 0), // the TCP header's length
			changed(c.ip+16, whole[c.ip+16]+1), // its checksum
		}
		for n := range whole {
			bad = append(bad, whole[:n])
		}
		for _, p := range bad {
			if c.kind == sandbox.TCP6 && len(p) == len(whole) && p[3] == 0xff || c.kind == sandbox.TCP && len(p) == len(whole) && p[4] == 0xff {
				continue // the flow label, the identification: no fault, but for the checksum
			}
			if err := s.Deliver(p); err != nil {
				t.Errorf("%x: %v", p, err)
			}
			if answer, _ := s.Receive(); answer != nil {
				t.Errorf("%x was answered with %x", p, answer)
			}
		}
		if err := s.Deliver(whole); err != nil {
			t.Fatal(err)
		}
		if answer, _ := s.Receive(); answer == nil {
			t.Error("the whole packet was not answered")
		}
	}
}
