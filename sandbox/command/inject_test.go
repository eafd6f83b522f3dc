package command

import (
	"context"
	"strings"
	"testing"

	"sockplay/tracer"
)

// forged has a server that is connected with the learner, who is at port 9999.
var forged = append(listening[:len(listening):len(listening)],
	"inject 127.0.0.1:9999 > 127.0.0.1:8080 SYN", "inject 127.0.0.1:9999 > 127.0.0.1:8080 ACK", "accept 3")

// TestInjectRefuses: what is no packet is refused, with what would be one, and
// leaves no trace on the wire.
func TestInjectRefuses(t *testing.T) {
	s := play(t, append(forged[:len(forged):len(forged)], "client: socket unix", "client: socket udp", "client: socket tcp6", "client: bind 5 *:7777")...)
	const way = "inject 127.0.0.1:9999 > 127.0.0.1:8080 "
	for _, test := range []struct{ line, want string }{
		{"inject 127.0.0.1:9999", "the > is missing; a > stands between the two"},
		{"inject 127.0.0.1:9999 127.0.0.1:8080 SYN", "the > is missing"},
		{"inject 127.0.0.1:9999 >", "the destination is missing"},
		{way, "the flags are missing"},
		{way + "seq=0", "the flags are missing before seq=0"},
		{way + "syn", "flags are written in capitals; write SYN"},
		{way + "SYM", "SYM is no flag; flags are SYN, SYN-ACK"},
		{way + "UDP", "UDP is no flag; write udp"},
		{way + "SYN seq=", "seq= is no number"},
		{way + "SYN seq=x", "seq=x is no number; numbers have 32 bits"},
		{way + "SYN seq=4294967296", "out of range; numbers have 32 bits"},
		{way + "SYN seq=99999999999999999999", "out of range"},
		{way + "SYN seq=@-1", "out of range"},
		{way + "SYN ack=1", "ack= counts only with the flag ACK: without it nobody looks at the number; write SYN-ACK"},
		{way + "none ack=1", "write ACK, or leave ack= out"},
		{way + "ACK win=65536", "out of range; the header has 16 bits"},
		{way + "ACK win=-1", "out of range"},
		{way + "ACK mss=0", "from 1 to 65535"},
		{way + "ACK ws=256", "from 0 to 255"},
		{way + "ACK ttl=0", "from 1 to 255"},
		{way + "ACK ts=x", "ts=VAL or ts=VAL,ECR"},
		{way + "ACK sack=5", "5 is no block; sack=A-B"},
		{way + "ACK sack=1-2,3-4,5-6,7-8,9-10", "the options take 44 bytes, and a TCP header has room for 40; fewer"},
		{way + "ACK checksum=wrong", "checksum=bad; it is right when left out"},
		{way + "ACK window=5", "a segment has no field window=5"},
		{way + "ACK sqe=5", "did you mean seq=?"},
		{way + "ACK hello", `hello is no data; data stands in double quotes: inject 127.0.0.1:9999 > 127.0.0.1:8080 ACK "hello"`},
		{way + `ACK "a" "b"`, "a second piece of data"},
		{way + "ACK 64k", "more than 1500 bytes, which is the most that the wire carries; 1460 bytes of data at most"},
		{way + "ACK ts=1 1460", "1448 bytes of data at most"},
		{way + `udp "x" seq=5`, "no numbers, no window and no options; ttl, checksum and DATA"},
		{way + `udp win=5`, "a UDP datagram has no win"},
		{"inject 127.0.0.1:9999 > [::1]:8080 SYN", "different families"},
		{"inject [::1]:9999 > server:3 SYN", "different families"},
		{"inject 127.0.0.1:8080 > 127.0.0.1:8080 SYN", "to itself; another port"},
		{"inject 10.0.0.1:9 > 127.0.0.1:8080 SYN", "10.0.0.1 is not here"},
		{"inject *:9 > 127.0.0.1:8080 SYN", "is any; write 127.0.0.1:9"},
		{"inject 127.0.0.1:0 > 127.0.0.1:8080 SYN", "port 0 is nobody's"},
		{"inject 9999 > 127.0.0.1:8080 SYN", "9999 is a port without a host; write 127.0.0.1:9999"},
		{"inject 127.0.0.1:99999 > 127.0.0.1:8080 SYN", "out of range"},
		{"inject nobody:3 > 127.0.0.1:8080 SYN", "no process is called nobody"},
		{"inject client:9 > 127.0.0.1:8080 SYN", "client:9 has never been a socket"},
		{"inject client:3 > 127.0.0.1:8080 SYN", "client:3 is a unix socket"},
		{"inject client:4 > 127.0.0.1:8080 SYN", "client:4 has no address yet; bind or connect gives it one"},
		{"inject 127.0.0.1:7000 > 127.0.0.1:8080 ACK ack=5", "nothing has come from 127.0.0.1:8080 to 127.0.0.1:7000 yet that a number could count from; a SYN first"},
		{"inject 127.0.0.1:7000 > 127.0.0.1:8080 ACK sack=1-5", "a SYN first"},
		{"inject at", "the address is missing"},
		{"inject at 127.0.0.1:8080", "server:3 is there, and answers for itself"},
		{"inject at [::1]:7777", "client:5 is there"},
		{"inject off 127.0.0.1:5", "you are not at 127.0.0.1:5; you are at 127.0.0.1:9999"},
		{"inject off 127.0.0.1:5 6", "one word too many"},
		{"inject ? 5", "one word too many"},
		{"process you", "the name is yours"},
		{"fork you", "the name is yours"},
	} {
		before := s.packets
		_, err := s.Do(context.Background(), test.line)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v\nwant ... %s", test.line, err, test.want)
		}
		if s.packets != before {
			t.Errorf("%s: something was put on the wire", test.line)
		}
	}
	for _, line := range []string{`inject 127.0.0.1:9999 > server:4 ACK "alive"`, "read 4 100", `expect data "alive"`} {
		if _, err := s.Do(context.Background(), line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// injected returns the events of the forged packet that the line sends: as it
// appears, and as it ends.
func injected(t *testing.T, s *Session, line string) (born, ended tracer.Event) {
	t.Helper()
	before := s.Sandbox.Log().Last()
	if _, err := s.Do(context.Background(), line); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	events, _ := s.Sandbox.Log().Since(before)
	for _, e := range events {
		if e.Fate == tracer.Injected {
			born = e
		}
		if born.Packet != nil && e.Packet == born.Packet && e.Seq != born.Seq {
			ended = e
		}
	}
	return born, ended
}

// TestInjectNumbers: numbers count as those on the screen do; what is left out
// is what the receiver waits for; and the sender is the learner.
func TestInjectNumbers(t *testing.T) {
	s := play(t, forged...)
	const way = "inject 127.0.0.1:9999 > server:4 "
	for _, test := range []struct {
		line     string
		seq, ack uint32
	}{
		{way + `ACK "hello"`, 1, 1},
		{way + "ACK", 6, 1},
		{way + "ACK seq=3 ack=1", 3, 1},
		{way + "RST seq=-100", 1<<32 - 100, 0},
		{way + "ACK ack=5", 6, 5},
		{way + `ACK win=5 "x" seq=6`, 6, 1},
		{way + `ACK checksum=bad seq=7`, 7, 1},
		{"inject server:4 > 127.0.0.1:9999 ACK seq=2 ack=3", 2, 3},
	} {
		born, _ := injected(t, s, test.line)
		if p := born.Packet; p == nil || p.Seq != test.seq || p.Has("ACK") && p.Ack != test.ack {
			t.Errorf("%s: %+v", test.line, p)
		}
	}
	born, ended := injected(t, s, way+`ACK "y"`)
	if born.Packet.Sender != "you" || born.Packet.Receiver != "server:4" || ended.Fate != tracer.Delivered || ended.Why == "" {
		t.Errorf("%+v\n%+v", born.Packet, ended)
	}
	if answer := lastPacket(s); answer.Sender != "server:4" || answer.Receiver != "you" {
		t.Errorf("the answer is %+v", answer)
	}
	// A SYN that begins anew what is over counts from itself; so does an absolute one.
	for _, line := range []string{way + "RST", "inject 127.0.0.1:9999 > server:3 SYN", "inject 127.0.0.1:7001 > server:3 SYN seq=@5000"} {
		if born, _ = injected(t, s, line); born.Packet.Has("SYN") && (born.Packet.Seq != 0 || lastPacket(s).Ack != 1) {
			t.Errorf("%s: %+v, answered with %+v", line, born.Packet, lastPacket(s))
		}
	}
	if got := uint32(born.Packet.Bytes[24])<<24 | uint32(born.Packet.Bytes[25])<<16 | uint32(born.Packet.Bytes[26])<<8 | uint32(born.Packet.Bytes[27]); got != 5000 {
		t.Errorf("seq=@5000 is %d on the wire", got)
	}
}

// lastPacket is the one that was sent last.
func lastPacket(s *Session) *tracer.Packet {
	events, _ := s.Sandbox.Log().Since(0)
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Fate == tracer.Sent {
			return events[i].Packet
		}
	}
	return nil
}

// TestInjectPlaces: a socket that comes to the learner's place has it.
func TestInjectPlaces(t *testing.T) {
	s := play(t, "inject at 127.0.0.1:9999", "inject at 127.0.0.1:9999", "inject at [::1]:7", "client: socket tcp")
	if got := yourPlaces(s); got != "you are at 127.0.0.1:9999, [::1]:7" {
		t.Error(got)
	}
	for _, step := range []struct{ line, want string }{
		{"client: bind 3 *:9999", "you are at [::1]:7"},
		{"inject off [::1]:7", "you are at no address"},
		{"inject off", "you are at no address"},
		{"inject 127.0.0.1:9999 > 127.0.0.1:8080 SYN", "you are at no address"}, // client:3 is there
		{"inject 127.0.0.1:9998 > 127.0.0.1:8080 udp", "you are at 127.0.0.1:9998"},
		{"inject off", "you are at no address"},
	} {
		if _, err := s.Do(context.Background(), step.line); err != nil {
			t.Fatalf("%s: %v", step.line, err)
		}
		if got := yourPlaces(s); !strings.HasPrefix(got, step.want) {
			t.Errorf("after %s: %s", step.line, got)
		}
	}
}

// TestInjectCompletes: what is right now is offered first.
func TestInjectCompletes(t *testing.T) {
	s := play(t, forged...)
	for _, test := range []struct{ line, want string }{
		{"inject ", "127.0.0.1:9999 server:3 server:4 at off ?"},
		{"inject 127.0.0.1:9999 ", ">"},
		{"inject 127.0.0.1:9999 > ", "127.0.0.1:8080 server:3 server:4"},
		{"inject 127.0.0.1:9999 > 127.0.0.1:8080 ", "PSH-ACK FIN-ACK SYN SYN-ACK ACK RST RST-ACK none udp"},
		{"inject 127.0.0.1:9999 > 127.0.0.1:8080 P", "PSH-ACK"},
		{"inject 127.0.0.1:9999 > 127.0.0.1:8080 ACK se", "seq="},
		{"inject 127.0.0.1:9999 > 127.0.0.1:8080 ACK seq=5 c", "checksum=bad"},
		{"inject at ", "127.0.0.1:9999"},
		{"inject off ", "127.0.0.1:9999"},
	} {
		var got []string
		for _, c := range s.Complete(test.line) {
			got = append(got, c.Text)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%q: %s\nwant %s", test.line, strings.Join(got, " "), test.want)
		}
	}
	for line, want := range map[string]string{
		"inj 127.0.0.1:9999 > server:4 fin-ack": "inject 127.0.0.1:9999 > server:4 FIN-ACK",
		"inj off":                               "inject off",
		"inject 127.0.0.1:9999 > server:4 RST seq=100 sackok win=5": "inject 127.0.0.1:9999 > server:4 RST seq=100 sackok win=5",
		"inj ?": "inject ?",
	} {
		if got, err := s.Expand(line); got != want || err != nil {
			t.Errorf("%s: %q %v", line, got, err)
		}
	}
}
