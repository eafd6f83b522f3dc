package netstack_test

import (
	"strings"
	"testing"
	"time"

	"sockplay/tracer/ink"
)

const (
	listening = `server: socket tcp
server: bind 3 127.0.0.1:8080
server: setsockopt 3 SO_RCVBUF 4000
server: listen 3 0
client: socket tcp
client: connect 3 127.0.0.1:8080
`
	connected = listening + "server: accept 3\n"
)

// TestNextTimer: the session knows which timer runs out next, for each that
// TCP has, and advance goes to the very moment.
func TestNextTimer(t *testing.T) {
	for _, test := range []struct{ name, lines, want, after string }{
		{"none", connected, "", ""},
		{"SYN", listening + "client: socket tcp\nclient: connect 4 127.0.0.1:8080\n", // the queue is full
			"next timer: client:4 sends the SYN again in 1 s", "client:4 sends the SYN again in 2 s"},
		{"window", connected + "client: write 3 64k\n",
			"next timer: client:3 asks whether the window is open again in ", "asks whether the window is open again in "},
		{"keepalive", connected + "client: setsockopt 3 TCP_KEEPIDLE 30\nclient: setsockopt 3 SO_KEEPALIVE on\n",
			"next timer: client:3 asks whether its peer is still there in 30 s", "is still there in 30 s"},
		{"cork", connected + "client: setsockopt 3 TCP_CORK on\nclient: write 3 \"x\"\n",
			"next timer: client:3 sends what TCP_CORK holds back in 200 ms", ""},
		{"TIME-WAIT", connected + "client: close 3\nserver: close 4\n",
			"next timer: client:3 leaves TIME-WAIT in 1 min", ""},
		{"FIN-WAIT-2", connected + "client: close 3\n",
			"next timer: client:3 gives up waiting for the peer's FIN in 1 min", ""},
		{"poll", "client: socket udp\nclient: poll 3:in 3s\n",
			"next timer: client has waited long enough in poll in 3 s", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := start(t, 1)
			r.do(t, test.lines)
			next := r.session.NextTimer()
			if next != test.want && !(strings.HasSuffix(test.want, " in ") && strings.HasPrefix(next, test.want)) {
				t.Fatalf("%q, want %q", next, test.want)
			}
			if test.want == "" {
				return
			}
			r.do(t, "advance")
			if next := r.session.NextTimer(); !strings.Contains(next, test.after) || test.after == "" && next != "" {
				t.Errorf("then %q, want ... %q", next, test.after)
			}
		})
	}
}

// TestTimeWaitBeginsAnew when the peer's FIN comes again (RFC 9293 3.10.7.4), and
// for an ACK, but for a RST with a wrong number or an old SYN not.
func TestTimeWaitBeginsAnew(t *testing.T) {
	const closed = `inject at 127.0.0.1:9999
client: socket tcp
client: connect 3 127.0.0.1:9999
inject 127.0.0.1:9999 > client:3 SYN-ACK
client: close 3
inject 127.0.0.1:9999 > client:3 FIN-ACK
advance 20s
inject 127.0.0.1:9999 > client:3 `
	for name, test := range map[string]struct {
		segment string
		want    time.Duration
	}{
		"FIN": {"FIN-ACK seq=1", time.Minute},
		"ACK": {"ACK seq=2", time.Minute},
		"RST": {"RST seq=1", 40 * time.Second},
		"SYN": {"SYN seq=-5", 40 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, 1)
			r.do(t, closed+test.segment+"\n")
			if next, want := r.session.NextTimer(), "client:3 leaves TIME-WAIT in "+ink.Duration(test.want); next != "next timer: "+want {
				t.Errorf("%q, want %s", next, want)
			}
			for _, s := range r.session.Sandbox.Sockets() {
				if s.State == "TIME-WAIT" && s.Left.Round(time.Second) != test.want {
					t.Errorf("sockets has %v left, want %v", s.Left, test.want)
				}
			}
		})
	}
}
