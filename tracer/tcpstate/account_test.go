package tcpstate

import (
	"strings"
	"testing"
)

// TestAccount: what becomes of a segment is told as it is, with its answer.
func TestAccount(t *testing.T) {
	for _, test := range []struct {
		name string
		b    Block
		s    Segment
		want string
	}{
		{"a SYN", Passive(), seg(SYN, 300, 0, 0), "answers SYN-ACK (RFC 9293 3.10.7.2)"},
		{"no connection", Block{}, seg(ACK, 1, 1, 0), "answered with a RST (RFC 9293 3.10.7.1)"},
		{"a RST where no connection is", Block{}, seg(RST, 1, 0, 0), "a RST is never answered (RFC 9293 3.10.7.1)"},
		{"a SYN-ACK", synSent(), seg(SYN|ACK, 300, 101, 0), "our SYN is acknowledged"},
		{"the handshake's ACK", request(), seg(ACK, 301, 101, 0), "got ACK of our SYN: the handshake is complete"},
		{"... with data", request(), seg(ACK, 301, 101, 5), "the handshake is complete; taken: 5 bytes, in order"},
		{"data", established(), seg(ACK, 301, 101, 5), "taken: 5 bytes, in order; answered with an ACK (RFC 9293 3.10.7.4)"},
		{"one byte", established(), seg(ACK, 301, 101, 1), "taken: 1 byte, in order"},
		{"beyond a gap", established(), seg(ACK, 311, 101, 5), "kept until the 10 bytes before it come"},
		{"an overlap", later(established(), got(seg(ACK, 301, 101, 5))), seg(ACK, 303, 101, 8), "of its 8 bytes the last 5, which are new, are taken"},
		{"a duplicate", later(established(), got(seg(ACK, 301, 101, 5))), seg(ACK, 301, 101, 5), "a duplicate: all of it has come before"},
		{"nothing new", established(), seg(ACK, 301, 101, 0), "nothing new in it: no answer"},
		{"an ACK of data", later(established(), sent(seg(ACK, 101, 301, 7))), seg(ACK, 301, 108, 0), "acknowledges 7 bytes"},
		{"a FIN", established(), seg(FIN|ACK, 301, 101, 0), "got FIN: the peer will send no more"},
		{"a FIN with data", established(), seg(FIN|ACK, 301, 101, 5), "got FIN: the peer will send no more; taken: 5 bytes"},
		{"a FIN too early", established(), seg(FIN|ACK, 311, 101, 0), "a FIN with a gap before it"},
		{"data after the FIN", closeWait(), seg(ACK, 302, 101, 5), "after the FIN nothing can follow"},
		{"data after close", later(finWait2(), call(CallShutdownRead)), seg(ACK, 301, 102, 5), "nobody here will read its data"},
		{"the exact RST", established(), seg(RST, 301, 0, 0), "got RST: the peer has given the connection up (RFC 5961 3.2)"},
		{"a RST inside", established(), seg(RST, 310, 0, 0), "a challenge ACK (RFC 5961 3.2)"},
		{"a RST outside", established(), seg(RST, 200, 0, 0), "ignored (RFC 5961 3.2)"},
		{"a SYN on an open connection", established(), seg(SYN, 301, 0, 0), "a challenge ACK (RFC 5961 4.2)"},
		{"an ACK of unsent data", established(), seg(ACK, 301, 900, 0), "acknowledges what was never sent"},
		{"an ACK that is too old", established(), seg(ACK, 301, ^uint32(5000), 0), "RFC 5961 5.2"},
		{"the last ACK", lastAck(), seg(ACK, 302, 102, 0), "got ACK of our FIN"},
	} {
		got := test.b.Account(test.s)
		if !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want ... %q", test.name, got, test.want)
		}
		for part := range strings.SplitSeq(got, "; ") {
			checkPhrase(t, part)
		}
	}
}

// TestNumbers: what a peer would answer with.
func TestNumbers(t *testing.T) {
	for _, b := range []Block{{}, Passive(), synSent()} {
		if n, ok := b.Expects(); ok {
			t.Errorf("%s expects %d", b.State(), n)
		}
	}
	b := later(established(), got(seg(ACK, 301, 101, 5)), sent(seg(ACK, 101, 306, 7)))
	expects, ok := b.Expects()
	next, sentSome := b.Next()
	if expects != 306 || !ok || next != 108 || !sentSome || b.Unacked() != 7 || b.Acked() != 101 {
		t.Error(expects, ok, next, sentSome, b.Unacked(), b.Acked())
	}
}
