package tcpstate

import "testing"

// BenchmarkSegment is the cost of one segment, at the end that sends it or at
// the one that it reaches: half of a full one and its ACK.
func BenchmarkSegment(b *testing.B) {
	var client Block
	server := Passive()
	syn := Segment{Flags: SYN, Seq: 99, Win: 64240}
	client, _ = client.Sent(syn)
	server, _ = server.Delivered(syn)
	synAck := Segment{Flags: SYN | ACK, Seq: 299, Ack: 100, Win: 65160}
	server, _ = server.Sent(synAck)
	client, _ = client.Delivered(synAck)
	ack := Segment{Flags: ACK, Seq: 100, Ack: 300, Win: 64240}
	client, _ = client.Sent(ack)
	server, _ = server.Delivered(ack)

	const n = 1448
	seq, segments := ack.Seq, 0
	for b.Loop() {
		data := Segment{Flags: PSH | ACK, Seq: seq, Ack: 300, Len: n, Win: 64240}
		seq += n
		ack := Segment{Flags: ACK, Seq: 300, Ack: seq, Win: 64240}
		client, _ = client.Sent(data)
		server, _ = server.Delivered(data)
		server, _ = server.Sent(ack)
		client, _ = client.Delivered(ack)
		segments += 2
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(segments), "ns/segment")
	if client.State() != Established || server.State() != Established {
		b.Fatal(client.State(), server.State())
	}
}

// BenchmarkSession is the cost of a whole connection: ten segments, each sent
// and delivered, and three calls.
func BenchmarkSession(b *testing.B) {
	both := func(from, to *Block, s Segment) {
		*from, _ = from.Sent(s)
		*to, _ = to.Delivered(s)
	}
	for b.Loop() {
		var client Block
		server := Passive()
		both(&client, &server, Segment{Flags: SYN, Seq: 99, Win: 64240})
		both(&server, &client, Segment{Flags: SYN | ACK, Seq: 299, Ack: 100, Win: 65160})
		both(&client, &server, Segment{Flags: ACK, Seq: 100, Ack: 300, Win: 64240})
		both(&client, &server, Segment{Flags: PSH | ACK, Seq: 100, Ack: 300, Len: 5, Win: 64240})
		both(&server, &client, Segment{Flags: ACK, Seq: 300, Ack: 105, Win: 65160})
		both(&client, &server, Segment{Flags: FIN | ACK, Seq: 105, Ack: 300, Win: 64240})
		client, _ = client.Call(CallClose)
		both(&server, &client, Segment{Flags: ACK, Seq: 300, Ack: 106, Win: 65160})
		both(&server, &client, Segment{Flags: FIN | ACK, Seq: 300, Ack: 106, Win: 65160})
		server, _ = server.Call(CallClose)
		both(&client, &server, Segment{Flags: ACK, Seq: 106, Ack: 301, Win: 64240})
		if client.State() != TimeWait || server.State() != Closed {
			b.Fatal(client.State(), server.State())
		}
	}
}
