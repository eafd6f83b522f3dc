package tcpstate

import "testing"

// The tables of this file take one segment, or a few, to a block in each state.
// A row that wants "" is one in which nothing moves.

func TestSentMovesOnce(t *testing.T) {
	fin, rst := seg(FIN|ACK, 101, 301, 0), seg(RST|ACK, 101, 301, 0)
	run(t, []row{
		{"SYN again", Block{}, one(sent(seg(SYN, 100, 0, 0)), sent(seg(SYN, 100, 0, 0))), "SYN-SENT"},
		{"another SYN", synSent(), one(sent(seg(SYN, 500, 0, 0)), got(seg(SYN|ACK, 300, 501, 0))), "ESTABLISHED"},
		{"SYN-ACK again", request(), one(sent(seg(SYN|ACK, 100, 301, 0))), ""},
		{"FIN again", established(), one(sent(fin), sent(fin)), "FIN-WAIT-1"},
		{"FIN with data, again", established(), one(sent(seg(FIN|ACK, 101, 301, 9)), sent(seg(FIN|ACK, 101, 301, 9)), got(seg(ACK, 301, 111, 0))), "FIN-WAIT-1 FIN-WAIT-2"},
		{"FIN again in CLOSING", closing(), one(sent(seg(FIN|ACK, 101, 302, 0))), ""},
		{"FIN again in LAST-ACK", lastAck(), one(sent(seg(FIN|ACK, 101, 302, 0))), ""},
		{"ACK", established(), one(sent(seg(ACK, 101, 301, 0))), ""},
		{"data", established(), one(sent(seg(ACK, 101, 301, 10)), sent(seg(ACK, 101, 301, 10))), ""},
		{"a segment of no connection", Block{}, one(sent(seg(ACK, 1, 2, 0)), sent(seg(FIN|ACK, 1, 2, 0)), sent(seg(SYN|ACK, 1, 2, 0))), ""},
		{"a listener's SYN-ACK is not its own", listener(), one(sent(seg(SYN|ACK, 100, 301, 0))), ""},
		{"a SYN on an open connection", established(), one(sent(seg(SYN, 900, 0, 0))), ""},

		{"RST in ESTABLISHED", established(), one(sent(rst), sent(rst)), "CLOSED"},
		{"RST in CLOSE-WAIT", closeWait(), one(sent(seg(RST|ACK, 101, 302, 0))), "CLOSED"},
		{"RST in FIN-WAIT-1", finWait1(), one(sent(rst)), "CLOSED"},
		{"RST in LAST-ACK", lastAck(), one(sent(rst)), "CLOSED"},
		{"RST for data after close", closed(finWait2()), one(got(seg(ACK, 301, 102, 10)), sent(seg(RST, 102, 0, 0))), "CLOSED"},
		{"RST for data after close in FIN-WAIT-1", closed(finWait1()), one(got(seg(ACK, 301, 102, 10)), sent(seg(RST, 102, 0, 0))), "FIN-WAIT-2 CLOSED"},
		{"RST for data after shutdown rdwr", later(finWait2(), call(CallShutdownRead)), one(got(seg(FIN|ACK, 301, 102, 10)), sent(seg(RST, 102, 0, 0))), "CLOSED"},
		{"RST for a wrong ACK in SYN-SENT", synSent(), one(got(seg(ACK, 700, 900, 0)), sent(seg(RST, 900, 0, 0))), ""},
		{"RST for a wrong ACK in SYN-RECEIVED", request(), one(got(seg(ACK, 301, 900, 0)), sent(seg(RST, 900, 0, 0))), ""},
		{"RST for a wrong ACK in SYN-RECEIVED, active", crossed(), one(got(seg(ACK, 301, 900, 0)), sent(seg(RST, 900, 0, 0))), ""},
		{"abort in SYN-RECEIVED", crossed(), one(sent(rst), call(CallAbort)), "CLOSED"},
		{"RST of a listener", listener(), one(sent(seg(RST, 900, 0, 0))), ""},
		{"RST of no connection", Block{}, one(sent(seg(RST, 900, 0, 0))), ""},
		{"RST in TIME-WAIT", timeWait(), one(sent(seg(RST, 900, 0, 0))), ""},

		{"connect out of TIME-WAIT", timeWait(), one(sent(seg(SYN, 90000, 0, 0)), got(seg(SYN|ACK, 700, 90001, 0))), "CLOSED SYN-SENT ESTABLISHED"},
	})
}

func TestDeliveredToClosedAndListen(t *testing.T) {
	run(t, []row{
		{"CLOSED takes nothing", Block{}, one(got(seg(SYN, 1, 0, 0)), got(seg(ACK, 1, 2, 3)), got(seg(RST, 1, 0, 0))), ""},
		{"LISTEN drops RST", Passive(), one(got(seg(RST, 1, 0, 0))), ""},
		{"LISTEN drops ACK", Passive(), one(got(seg(ACK, 1, 2, 0)), got(seg(SYN|ACK, 1, 2, 0))), ""},
		{"LISTEN drops what is no SYN, or a FIN too", Passive(), one(got(seg(PSH, 1, 0, 5)), got(seg(SYN|FIN, 1, 0, 0))), ""},
		{"LISTEN drops a SYN at will", Passive(), one(got(seg(SYN, 300, 0, 0))), ""},
		{"the listener stays in LISTEN", listener(), one(got(seg(SYN, 300, 0, 0))), ""},
	})
}

func TestDeliveredInSynSent(t *testing.T) {
	run(t, []row{
		{"refused", synSent(), one(got(seg(RST|ACK, 0, 101, 0))), "CLOSED"},
		{"a RST that acknowledges too little", synSent(), one(got(seg(RST|ACK, 0, 100, 0))), ""},
		{"a RST that acknowledges too much", synSent(), one(got(seg(RST|ACK, 0, 102, 0))), ""},
		{"a RST without ACK", synSent(), one(got(seg(RST, 101, 0, 0))), ""},
		{"a SYN-ACK that acknowledges too little", synSent(), one(got(seg(SYN|ACK, 300, 100, 0))), ""},
		{"a SYN-ACK that acknowledges too much", synSent(), one(got(seg(SYN|ACK, 300, 102, 0))), ""},
		{"an ACK without SYN", synSent(), one(got(seg(ACK, 300, 101, 0))), ""},
		{"neither SYN nor ACK", synSent(), one(got(seg(FIN, 300, 0, 0)), got(seg(0, 300, 0, 5))), ""},
		{"the SYN-ACK again", established(), one(got(seg(SYN|ACK, 300, 101, 0))), ""},
		{"Linux ignores a FIN in the SYN-ACK", synSent(), one(got(seg(SYN|FIN|ACK, 300, 101, 0))), "ESTABLISHED"},
	})
}

func TestDeliveredInSynReceived(t *testing.T) {
	fin := got(seg(FIN|ACK, 301, 101, 5))
	run(t, []row{
		{"an ACK with data and FIN", request(), one(fin), "ESTABLISHED CLOSE-WAIT"},
		{"an ACK with a FIN out of order", request(), one(got(seg(FIN|ACK, 306, 101, 0)), got(seg(ACK, 301, 101, 5))), "ESTABLISHED CLOSE-WAIT"},
		{"active, an ACK with data and FIN", crossed(), one(fin), "ESTABLISHED CLOSE-WAIT"},
		{"an ACK of too little", request(), one(got(seg(ACK, 301, 100, 0))), ""},
		{"an ACK of too much", request(), one(got(seg(ACK, 301, 102, 0))), ""},
		{"an ACK outside the window", request(), one(got(seg(ACK, 5000, 101, 0)), got(seg(ACK, 300, 101, 0))), ""},
		{"an ACK at the very end of the window", request(), one(got(seg(ACK, 1301, 101, 0))), "ESTABLISHED"},
		{"data without ACK", request(), one(got(seg(PSH, 301, 101, 5))), ""},
		{"the same SYN again", request(), one(got(seg(SYN, 300, 0, 0))), ""},
		{"the same SYN with an ACK and data", request(), one(got(seg(SYN|ACK, 300, 101, 5))), ""},
		{"another SYN inside the window", request(), one(got(seg(SYN, 350, 0, 0))), "CLOSED"},
		{"another SYN outside the window", request(), one(got(seg(SYN, 5000, 0, 0))), ""},
		{"RST with another number", request(), one(got(seg(RST, 302, 0, 0)), got(seg(RST, 300, 0, 0)), got(seg(RST, 9000, 0, 0))), ""},
		{"RST, whatever its ACK", request(), one(got(seg(RST|ACK, 301, 77, 0))), "CLOSED"},
		{"active, RST", crossed(), one(got(seg(RST, 301, 0, 0))), "CLOSED"},
		{"active, RST with another number", crossed(), one(got(seg(RST, 302, 0, 0)), got(seg(RST, 300, 0, 0)), got(seg(RST, 9000, 0, 0))), ""},
		{"active, ACK", crossed(), one(got(seg(ACK, 301, 101, 0))), "ESTABLISHED"},
		{"active, SYN-ACK", crossed(), one(got(seg(SYN|ACK, 300, 101, 0))), "ESTABLISHED"},
		{"active, SYN-ACK of too much", crossed(), one(got(seg(SYN|ACK, 300, 102, 0))), ""},
		{"active, SYN-ACK of another SYN", crossed(), one(got(seg(SYN|ACK, 310, 101, 0))), ""},
		{"active, SYN-ACK that is a FIN too", crossed(), one(got(seg(SYN|FIN|ACK, 299, 101, 0))), ""},
		{"active, ACK of too much", crossed(), one(got(seg(ACK, 301, 102, 0))), ""},
		{"active, ACK of less than nothing", crossed(), one(got(seg(ACK, 301, 99, 0))), ""},
		{"active, the same SYN again", crossed(), one(got(seg(SYN, 300, 0, 0))), ""},
		{"the listener is closed", request(), one(call(CallClose)), ""},
		{"the listener is closed: the next segment ends it", request(), one(call(CallClose), got(seg(ACK, 301, 101, 0)), sent(seg(RST, 101, 0, 0))), "CLOSED"},
	})
}

func TestDeliveredResets(t *testing.T) {
	rst := func(seq uint32) input { return got(seg(RST, seq, 0, 0)) }
	early := later(established(), got(seg(ACK, 311, 101, 10)))
	run(t, []row{
		{"exact", established(), one(rst(301)), "CLOSED"},
		{"exact, with a wrong ACK", established(), one(got(seg(RST|ACK, 301, 9999, 0))), "CLOSED"},
		{"inside the window", established(), one(rst(302), rst(1300)), ""},
		{"outside the window", established(), one(rst(300), rst(1302), rst(0x80000000)), ""},
		{"at the end of what came early", early, one(rst(321)), "CLOSED"},
		{"elsewhere in what came early", early, one(rst(311), rst(320)), ""},
		{"the FIN's own number in ESTABLISHED", established(), one(rst(300)), ""},
		{"the FIN's own number in CLOSE-WAIT", closeWait(), one(rst(301)), "CLOSED"},
		{"the FIN's own number in LAST-ACK", lastAck(), one(rst(301)), "CLOSED"},
		{"the FIN's own number in CLOSING", closing(), one(rst(301)), "CLOSED"},
		{"the FIN's own number in FIN-WAIT-2", finWait2(), one(rst(300)), ""},
		{"FIN-WAIT-1", finWait1(), one(rst(302), rst(301)), "CLOSED"},
		{"FIN-WAIT-2", finWait2(), one(rst(302), rst(301)), "CLOSED"},
		{"FIN-WAIT-2 after close: anywhere inside", closed(finWait2()), one(rst(300), rst(1302), rst(302)), "CLOSED"},
		{"CLOSE-WAIT", closeWait(), one(rst(303), rst(302)), "CLOSED"},
		{"TIME-WAIT", timeWait(), one(rst(301), rst(303), rst(302)), "CLOSED"},
	})
}

func TestDeliveredUnacceptable(t *testing.T) {
	fin := func(seq, ack uint32) input { return got(seg(FIN|ACK, seq, ack, 0)) }
	// The peer has acknowledged 10 octets, and never offered more than 1000.
	busy := later(established(), sent(seg(ACK, 101, 301, 10)), got(seg(ACK, 301, 111, 0)))
	// The peer's SYN offered 1000, its ACK nothing.
	modest := later(crossed(), got(Segment{Flags: ACK, Seq: 301, Ack: 101}))
	run(t, []row{
		{"SYN", established(), one(got(seg(SYN, 301, 0, 0)), got(seg(SYN, 500, 0, 0)), got(seg(SYN|ACK, 301, 101, 0)), got(seg(SYN, 9000, 0, 0))), ""},
		{"FIN outside the window", established(), one(fin(300, 101), fin(1302, 101), fin(9000, 101)), ""},
		{"FIN without ACK", established(), one(got(seg(FIN, 301, 101, 0))), ""},
		{"FIN with an ACK of data never sent", established(), one(fin(301, 102)), ""},
		{"FIN with an ACK older than all that was acknowledged", busy, one(fin(301, 99), fin(301, 0xfffff000)), ""},
		{"FIN with an ACK of nothing, as Linux counts after an active open", established(), one(fin(301, 100)), "CLOSE-WAIT"},
		{"FIN with an ACK of nothing, as Linux counts after a passive open", accepted(), one(fin(301, 100)), ""},
		{"FIN with an ACK as old as the SYN's window admits", modest, one(fin(301, 100)), "CLOSE-WAIT"},
		{"FIN with an old ACK", busy, one(fin(301, 101)), "CLOSE-WAIT"},
		{"SYN in FIN-WAIT-2 after close", closed(finWait2()), one(got(seg(SYN, 301, 0, 0)), sent(seg(RST|ACK, 0, 302, 0))), "CLOSED"},
		{"an ACK in FIN-WAIT-1 of less than the FIN", finWait1(), one(got(seg(ACK, 301, 101, 0))), ""},
		{"an ACK in FIN-WAIT-1 of more than the FIN", finWait1(), one(got(seg(ACK, 301, 103, 0))), ""},
		{"an ACK in FIN-WAIT-1 outside the window", finWait1(), one(got(seg(ACK, 9000, 102, 0)), got(seg(ACK, 300, 102, 0))), ""},
		{"an ACK in LAST-ACK of less than the FIN", lastAck(), one(got(seg(ACK, 302, 101, 0))), ""},
		{"an ACK in CLOSING of less than the FIN", closing(), one(got(seg(ACK, 302, 101, 0))), ""},
		{"data without ACK in FIN-WAIT-2 after close", closed(finWait2()), one(got(seg(FIN, 301, 102, 0))), ""},
		{"a FIN with data in FIN-WAIT-2 after close", closed(finWait2()), one(got(seg(FIN|ACK, 301, 102, 5))), ""},
		{"a FIN out of order in FIN-WAIT-2 after close", closed(finWait2()), one(fin(305, 102)), ""},
		{"old data in FIN-WAIT-2 after close", closed(finWait2()), one(got(seg(ACK, 301, 102, 0)), got(seg(ACK, 290, 102, 5))), ""},
		{"anything but a RST in TIME-WAIT", timeWait(), one(fin(301, 102), got(seg(SYN, 9000, 0, 0)), got(seg(ACK, 302, 102, 0)), got(seg(ACK, 302, 102, 5))), ""},
		{"a FIN in FIN-WAIT-2 after close", closed(finWait2()), one(fin(301, 102)), "TIME-WAIT"},
	})
}

func TestDeliveredFin(t *testing.T) {
	fin := got(seg(FIN|ACK, 301, 101, 0))
	run(t, []row{
		{"twice in ESTABLISHED", established(), one(fin, fin, fin), "CLOSE-WAIT"},
		{"twice in FIN-WAIT-1", finWait1(), one(fin, fin), "CLOSING"},
		{"twice in FIN-WAIT-2", finWait2(), one(got(seg(FIN|ACK, 301, 102, 0)), got(seg(FIN|ACK, 301, 102, 0))), "TIME-WAIT"},
		{"again in LAST-ACK", lastAck(), one(fin), ""},
		{"again in CLOSING, acknowledging ours", closing(), one(got(seg(FIN|ACK, 301, 102, 0))), "TIME-WAIT"},
		{"again in LAST-ACK, acknowledging ours", lastAck(), one(got(seg(FIN|ACK, 301, 102, 0))), "CLOSED"},
		{"with data", established(), one(got(seg(FIN|ACK, 301, 101, 10))), "CLOSE-WAIT"},
		{"with data that came before in part", established(), one(got(seg(ACK, 301, 101, 6)), got(seg(FIN|ACK, 301, 101, 10))), "CLOSE-WAIT"},
		{"after data", established(), one(got(seg(ACK, 301, 101, 6)), got(seg(FIN|ACK, 307, 101, 0))), "CLOSE-WAIT"},
		{"data beyond it", closeWait(), one(got(seg(ACK, 302, 101, 10))), ""},
		{"when the window is closed", later(established(), sent(Segment{Flags: ACK, Seq: 101, Ack: 1301})),
			one(got(seg(ACK, 1301, 101, 5)), got(seg(FIN|ACK, 1301, 101, 0))), "CLOSE-WAIT"},
	})
}

func TestFinThatComesEarly(t *testing.T) {
	fin := got(seg(FIN|ACK, 321, 101, 0))
	data := func(seq uint32, n int) input { return got(seg(ACK, seq, 101, n)) }
	run(t, []row{
		{"alone", established(), one(fin), ""},
		{"then the data", established(), one(fin, data(301, 20)), "CLOSE-WAIT"},
		{"then the data in parts", established(), one(fin, data(311, 10), data(301, 10)), "CLOSE-WAIT"},
		{"then the data in parts, overlapping", established(), one(fin, data(308, 13), data(301, 10)), "CLOSE-WAIT"},
		{"then the data, then itself again", established(), one(fin, data(301, 20), fin), "CLOSE-WAIT"},
		{"with data", established(), one(got(seg(FIN|ACK, 311, 101, 10)), data(301, 10)), "CLOSE-WAIT"},
		{"then not all of the data", established(), one(fin, data(301, 19)), ""},
		{"in FIN-WAIT-1", finWait1(), one(fin, data(301, 20)), "CLOSING"},
		{"in FIN-WAIT-2", finWait2(), one(fin, got(seg(ACK, 301, 102, 20))), "TIME-WAIT"},
		{"in FIN-WAIT-1, then data that acknowledges ours", finWait1(), one(fin, got(seg(ACK, 301, 102, 20))), "FIN-WAIT-2 TIME-WAIT"},
		{"in FIN-WAIT-1, acknowledging ours", finWait1(), one(got(seg(FIN|ACK, 321, 102, 0)), got(seg(ACK, 301, 102, 20))), "FIN-WAIT-2 TIME-WAIT"},
		{"our ACK says that it counts", established(), one(fin, sent(seg(ACK, 101, 322, 0))), "CLOSE-WAIT"},
		{"our ACK says that it does not yet", established(), one(fin, sent(seg(ACK, 101, 320, 0))), ""},
		{"forged: data stands in its place", established(), one(fin, data(301, 40)), ""},
		{"forged: data stands in its place, early too", established(), one(fin, data(311, 30), data(301, 10)), ""},
	})
}

// TestOwnWordOnTheReceivingSide lets an endpoint acknowledge what it was not
// seen to get: its own segments say where its window is.
func TestOwnWordOnTheReceivingSide(t *testing.T) {
	told := later(established(), sent(Segment{Flags: ACK, Seq: 101, Ack: 5001, Win: 100}))
	run(t, []row{
		{"RCV.NXT is moved", told, one(got(seg(FIN|ACK, 5001, 101, 0))), "CLOSE-WAIT"},
		{"RCV.WND is moved", told, one(got(seg(RST, 5102, 0, 0)), got(seg(ACK, 5101, 900, 0)), got(seg(FIN|ACK, 5102, 101, 0))), ""},
		{"RCV.NXT is not moved back", told, one(sent(seg(ACK, 101, 301, 0)), got(seg(FIN|ACK, 301, 101, 0)), got(seg(FIN|ACK, 5001, 101, 0))), "CLOSE-WAIT"},
		{"nor the window's start", later(told, sent(seg(FIN|ACK, 101, 5001, 0))), one(sent(seg(ACK, 102, 301, 0)), got(seg(ACK, 4000, 102, 0))), ""},
		{"a window is not taken back", established(), one(sent(Segment{Flags: ACK, Seq: 101, Ack: 301, Win: 5}), got(seg(FIN|ACK, 400, 101, 0)), got(seg(ACK, 301, 101, 99))), "CLOSE-WAIT"},
	})
}

// TestWrapAround opens and closes a connection whose numbers pass 2^32.
func TestWrapAround(t *testing.T) {
	const iss, irs = 0xfffffffe, 0xffffffff
	run(t, []row{{"", Block{}, one(
		sent(seg(SYN, iss, 0, 0)),
		got(seg(SYN|ACK, irs, iss+1, 0)),
		sent(seg(ACK, iss+1, 0, 10)),
		got(seg(ACK, 10, 9, 10)), // early
		got(seg(ACK, 0, 9, 10)),
		sent(seg(FIN|ACK, 9, 20, 0)),
		got(seg(FIN|ACK, 20, 10, 0)),
	), "SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT"}})
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		b    Block
		s    Segment
		want bool
	}{
		{"a FIN that counts", established(), seg(FIN|ACK, 301, 101, 0), false},
		{"a RST that counts", established(), seg(RST, 301, 0, 0), false},
		{"an early FIN", established(), seg(FIN|ACK, 311, 101, 0), false},
		{"a SYN for a listener", Passive(), seg(SYN, 1, 0, 0), false},
		{"a RST inside the window", established(), seg(RST, 302, 0, 0), true},
		{"a RST outside", established(), seg(RST, 9000, 0, 0), true},
		{"data outside", established(), seg(ACK, 9000, 101, 5), true},
		{"no connection", Block{}, seg(ACK, 1, 2, 0), true},
	} {
		why := c.b.Refuses(c.s)
		if (why != "") != c.want {
			t.Errorf("%s: %q", c.name, why)
		}
		if why != "" {
			checkPhrase(t, why)
		}
	}
}
