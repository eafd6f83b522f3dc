package kernel_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/sandbox/kernel"
	"sockplay/sandbox/netstack"
	"sockplay/tracer"
)

// forge makes a segment from the client to the server. Its numbers are those
// of the client's last segment, as far as edit leaves them so.
func forge(t *testing.T, last *tracer.Packet, edit func(*layers.TCP), data string) []byte {
	p := gopacket.NewPacket(last.Bytes, layers.LayerTypeIPv4, gopacket.Default)
	old := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: net.IP{127, 0, 0, 1}, DstIP: net.IP{127, 0, 0, 1}}
	tcp := &layers.TCP{SrcPort: old.SrcPort, DstPort: old.DstPort, Seq: old.Seq, Ack: old.Ack, ACK: true, Window: 1000}
	edit(tcp)
	tcp.SetNetworkLayerForChecksum(ip)
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ip, tcp, gopacket.Payload(data)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// testForged: both stacks answer forged segments alike, and the tracer knows
// what comes of them.
func testForged(t *testing.T, k *kernel.Stack) {
	const start = `server: socket tcp
server: bind 3 127.0.0.1:%d
server: listen 3
client: socket tcp
client: connect 3 127.0.0.1:%d
server: accept 3
`
	const timeWait = "server: close 4\nclient: close 3\n"
	for i, test := range []struct {
		name, before string
		edit         func(*layers.TCP)
		data, want   string // the answers, and the server's state
	}{
		{"RST exact", "", func(s *layers.TCP) { s.RST = true }, "", " CLOSED"},
		{"RST inside the window", "", func(s *layers.TCP) { s.RST = true; s.Seq += 100 }, "", "ACK ESTABLISHED"},
		{"RST outside the window", "", func(s *layers.TCP) { s.RST = true; s.Seq -= 100 }, "", " ESTABLISHED"},
		{"SYN", "", func(s *layers.TCP) { s.SYN, s.ACK = true, false; s.Seq += 9 }, "", "ACK ESTABLISHED"},
		{"an ACK of unsent data", "", func(s *layers.TCP) { s.Ack += 1000 }, "forged", "ACK ESTABLISHED"},
		{"a FIN with an ACK of unsent data", "", func(s *layers.TCP) { s.FIN = true; s.Ack += 1000 }, "", "ACK ESTABLISHED"},
		{"data that is wanted", "", func(*layers.TCP) {}, "forged", "ACK ESTABLISHED"},
		{"data before the window", "", func(s *layers.TCP) { s.Seq -= 6 }, "forged", "ACK ESTABLISHED"},
		{"no ACK at all", "", func(s *layers.TCP) { s.ACK = false }, "forged", " ESTABLISHED"},
		{"RST in TIME-WAIT", timeWait, func(s *layers.TCP) { s.RST, s.ACK = true, false; s.Seq++ }, "", " CLOSED"},
		{"a wrong RST in TIME-WAIT", timeWait, func(s *layers.TCP) { s.RST, s.ACK = true, false; s.Seq += 50 }, "", " TIME-WAIT"},
	} {
		for _, name := range []string{"kernel", "user"} {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				stack := sandbox.Stack(k)
				if name == "user" {
					u, err := netstack.New(1)
					if err != nil {
						t.Fatal(err)
					}
					defer u.Close()
					stack = u
				}
				log := &tracer.Log{}
				s := command.NewSession(stack, log)
				defer s.Sandbox.Close()
				ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
				defer stop()
				port := 9000 + i
				for line := range strings.Lines(fmt.Sprintf(start, port, port) + test.before) {
					if _, err := s.Do(ctx, line); err != nil {
						t.Fatal(line, err)
					}
				}
				var last *tracer.Packet
				events, _ := log.Since(0)
				for _, e := range events {
					if e.Fate == tracer.Sent && strings.HasSuffix(e.Packet.Dst, fmt.Sprint(":", port)) {
						last = e.Packet
					}
				}
				// The client must not hear the answers: it would say that it has
				// sent no such thing, and the two would go on for ever.
				s.Do(ctx, "wire loss 100% from server")
				before := log.Last()
				s.Sandbox.Inject(ctx, forge(t, last, test.edit, test.data))
				var answers []string
				events, _ = log.Since(before)
				for _, e := range events {
					if e.Fate == tracer.Sent && strings.HasSuffix(e.Packet.Src, fmt.Sprint(":", port)) {
						answers = append(answers, e.Packet.Kind)
					}
				}
				got := strings.Join(answers, " ") + " " + s.Sandbox.Process("server").Endpoint(4).State()
				if got != test.want {
					t.Errorf("%q, want %q", got, test.want)
				}
				for _, e := range events {
					if strings.HasPrefix(e.Text, "difference") {
						t.Error(e.Text)
					}
				}
				for _, line := range []string{"wire clear", "client: setsockopt 3 SO_LINGER 0", "client: close 3", "server: close 4", "server: close 3"} {
					s.Do(ctx, line)
				}
			})
		}
	}
}
