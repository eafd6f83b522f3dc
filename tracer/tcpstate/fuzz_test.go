package tcpstate

import "testing"

// FuzzBlock feeds a block any sequence of inputs. Eight octets are one input:
// what happens, flags, then sequence number, acknowledgement number, length and
// window, the numbers mostly near to those that the block expects.
func FuzzBlock(f *testing.F) {
	const syn, fin, rst, ack = byte(SYN), byte(FIN), byte(RST), byte(ACK)
	s, d := byte(opSent), byte(opDelivered)
	for _, seed := range [][]byte{
		script("active open and close", s, syn, 0, 0, d, syn|ack, 0, 0, s, ack, 0, 0, s, fin|ack, 0, 0, d, ack, 0, 0, d, fin|ack, 0, 0, s, ack, 0, 0, opTimeout, 1, 0, 0),
		script("passive open and close", opPassive, 0, 0, 0, d, syn, 0, 0, s, syn|ack, 0, 0, d, ack, 0, 0, d, fin|ack, 0, 0, s, ack, 0, 0, s, fin|ack, 0, 0, d, ack, 0, 0),
		script("simultaneous open and close", s, syn, 0, 0, d, syn, 0, 0, s, syn|ack, 0, 0, d, ack, 0, 0, s, fin|ack, 0, 0, d, fin|ack, 0, 255, d, ack, 0, 0),
		script("refused", s, syn, 0, 0, d, rst|ack, 0, 0),
		script("reset inside the window", s, syn, 0, 0, d, syn|ack, 0, 0, s, ack, 0, 0, d, rst, 5, 0, d, rst, 0, 0),
		script("FIN that comes early", s, syn, 0, 0, d, syn|ack, 0, 0, s, ack, 0, 0, d, fin|ack, 10, 0, d, ack, 0, 0, d, ack, 5, 0),
		script("data after close", s, syn, 0, 0, d, syn|ack, 0, 0, s, fin|ack, 0, 0, opCall, byte(CallClose), 0, 0, d, ack, 0, 0, d, ack, 1, 0, s, rst, 0, 0),
		script("seen in the middle", opSeen, ack, 0, 0, d, ack, 0, 0, s, fin|ack, 0, 0, d, fin|ack, 0, 0),
		script("TIME-WAIT reused", s, syn, 0, 0, d, syn|ack, 0, 0, s, fin|ack, 0, 0, d, fin|ack, 0, 0, s, syn, 0, 0),
		script("listener shut down", opCall, byte(CallListen), 0, 0, opCall, byte(CallShutdownRead), 0, 0),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := Block{}
		for ; len(data) >= 8; data = data[8:] {
			b = step(t, b, data[:8])
		}
	})
}

// The kinds of input, the first octet of eight.
const (
	opSent = iota
	opDelivered
	opCall
	opTimeout
	opReused
	opPassive // a new block
	opSeen    // a new block
	opKinds
)

// script makes a seed of fours: kind, flags, sequence and acknowledgement
// number, the rest being the same for all. The name is for the reader.
func script(_ string, fours ...byte) []byte {
	var data []byte
	for ; len(fours) >= 4; fours = fours[4:] {
		data = append(data, fours[0], fours[1], fours[2], 0, fours[3], 0, 5, 100)
	}
	return data
}

// step gives b one input and checks what must hold for any.
func step(t *testing.T, b Block, op []byte) Block {
	flags := Flags(op[1])
	near := func(base uint32, low, high byte) uint32 {
		return base + uint32(int8(low)) + uint32(high)<<24
	}
	s := Segment{Flags: flags, Len: int(op[6]) % 20, Win: int(op[7]) * 10}
	if flags&(SYN|FIN|RST) != 0 {
		s.Len %= 3
	}
	kind := op[0] % opKinds
	if kind == opSent {
		s.Seq, s.Ack = near(b.sndNxt, op[2], op[3]), near(b.rcvNxt, op[4], op[5])
	} else {
		s.Seq, s.Ack = near(b.rcvNxt, op[2], op[3]), near(b.sndNxt, op[4], op[5])
	}

	var in input
	switch kind {
	case opSent:
		in = sent(s)
	case opDelivered:
		in = got(s)
	case opCall:
		in = call(Call(op[1] % 9))
	case opTimeout:
		in = ends(Timer(op[1] % 4))
	case opReused:
		in = Block.Reused
	case opPassive:
		return Passive()
	case opSeen:
		return Seen(s, op[7]&1 == 0)
	}
	refused := kind == opDelivered && b.Refuses(s) != ""
	if refused {
		checkPhrase(t, b.Refuses(s))
	}
	next, path := apply(t, b, in)
	if refused && next != b {
		t.Fatalf("refused %+v in %s, and yet it changed the block", s, b.State())
	}
	if kind == opSent || kind == opDelivered {
		if _, again := apply(t, next, in); len(again) != 0 {
			t.Fatalf("%+v (kind %d) led from %s through %v, and again through %v", s, kind, b.State(), path, again)
		}
	}
	if !sorted(next.early) {
		t.Fatalf("spans out of order: %v", next.early)
	}
	return next
}

func sorted(q spans) bool {
	for i := range q.n {
		if !before(q.at[i].start, q.at[i].end) || i > 0 && before(q.at[i].start, q.at[i-1].start) {
			return false
		}
	}
	return true
}
