package netstack_test

import (
	"bytes"
	"strings"
	"testing"
)

// lossy is a transfer in both directions through a wire that loses a tenth,
// and its end. Each call may have to wait for what is lost.
const lossy = `server: socket tcp
server: bind 3 127.0.0.1:8080
server: listen 3
client: socket tcp
wire loss 10%
client: connect 3 127.0.0.1:8080
wait client 2m
server: accept 3
wait server 2m
client: write 3 200k
server: recv 4 204800 MSG_WAITALL
wait server 10m
server: expect return 204800
server: write 4 50k
client: recv 3 51200 MSG_WAITALL
wait client 10m
client: expect return 51200
client: close 3
server: read 4 10
wait server 5m
server: expect return 0
server: close 4
advance 10m
`

// TestLoss: whatever is lost, all arrives in the end, the tracer agrees with
// the stack throughout, and the same seed loses the same packets.
func TestLoss(t *testing.T) {
	lost := make(map[int]bool)
	for seed := int64(1); seed <= 20; seed++ {
		r := play(t, seed, lossy)
		n := 0
		for _, e := range r.events {
			if e.Fate == "dropped" {
				n++
			}
		}
		lost[n] = true
		client, server := r.session.Sandbox.Process("client"), r.session.Sandbox.Process("server")
		for _, end := range []string{client.Endpoint(3).State(), server.Endpoint(4).State()} {
			if end != "CLOSED" {
				t.Errorf("seed %d: an end is in %s after ten minutes", seed, end)
			}
		}
		if seed <= 3 {
			again := play(t, seed, lossy)
			if !bytes.Equal(r.json.Bytes(), again.json.Bytes()) {
				t.Errorf("seed %d: %s", seed, firstDifference(again.json.String(), r.json.String()))
			}
		}
	}
	if len(lost) < 5 {
		t.Errorf("twenty seeds lost only so many different numbers of packets: %v", lost)
	}
}

// TestLossOfOne: a rule about one process leaves the other's packets alone.
func TestLossOfOne(t *testing.T) {
	r := start(t, 1)
	r.do(t, connected+"wire loss 100% from server\nclient: write 3 \"x\"\nserver: read 4 1\nserver: expect data \"x\"\n")
	dropped := 0
	for _, e := range r.events {
		if e.Fate == "dropped" {
			dropped++
			if !strings.HasPrefix(e.Packet.Sender, "server") {
				t.Errorf("packet %d of %s was lost", e.Packet.Number, e.Packet.Sender)
			}
		}
	}
	if dropped != 1 {
		t.Errorf("%d packets were lost, want the ACK", dropped)
	}
}
