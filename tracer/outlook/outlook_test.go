package outlook

import (
	"strings"
	"testing"

	"sockplay/tracer"
	"sockplay/tracer/tcpstate"
)

// Every state of the machine has an outlook, and every way out leads to one.
func TestStates(t *testing.T) {
	for _, s := range []tcpstate.State{
		tcpstate.Closed, tcpstate.Listen, tcpstate.SynSent, tcpstate.SynReceived, tcpstate.Established, tcpstate.FinWait1,
		tcpstate.FinWait2, tcpstate.CloseWait, tcpstate.Closing, tcpstate.LastAck, tcpstate.TimeWait,
	} {
		o, ok := TCP(string(s), nil)
		if !ok || len(o.Exits) == 0 || o.State != string(s) || !IsState(string(s)) {
			t.Errorf("%s: %+v", s, o)
		}
		for _, e := range o.Exits {
			if to, _, _ := strings.Cut(e.To, " "); e.To != "" && !IsState(to) {
				t.Errorf("%s: %s leads to %s", s, e.When, e.To)
			}
		}
	}
	if _, ok := TCP("NONSENSE", nil); ok || IsState("bound") {
		t.Error("there is a state too many")
	}
}

func TestTexts(t *testing.T) {
	for _, c := range []struct {
		state string
		path  []string
		want  string
	}{
		{"CLOSED", nil, "listen leads to LISTEN; connect sends a SYN and leads to SYN-SENT."},
		{"FIN-WAIT-2", nil, "a FIN from the peer, when its program closes too, leads to TIME-WAIT. Until then it may send."},
		{"CLOSED", []string{"CLOSED", "SYN-SENT", "CLOSED"}, "no connection came of it: close, or an RST."},
		{"CLOSED", []string{"TIME-WAIT", "CLOSED"}, "the connection is over; nothing moves it any more."},
		{"CLOSED", []string{"LISTEN", "CLOSED"}, "it listens no longer."},
		{"CLOSED", []string{"ESTABLISHED", "CLOSED"}, "the connection was cut off. An RST, or a stack that gives up, leads to CLOSED from any state."},
	} {
		o, _ := TCP(c.state, c.path)
		if got := o.Prose(); got != c.want {
			t.Errorf("%s after %v: %s", c.state, c.path, got)
		}
	}
	o, _ := TCP("ESTABLISHED", nil)
	if got := o.Text("->"); got != "close() or shutdown wr sends a FIN -> FIN-WAIT-1; a FIN from the peer -> CLOSE-WAIT; an RST -> CLOSED." {
		t.Error(got)
	}
}

func TestPlain(t *testing.T) {
	for _, c := range []struct {
		socket tracer.Socket
		want   string
	}{
		{tracer.Socket{Type: "udp", Local: "*", Remote: "*"}, Unbound},
		{tracer.Socket{Type: "udp", Local: "127.0.0.1:5353", Remote: "*"}, Bound},
		{tracer.Socket{Type: "udp6", Local: "[::1]:5353", Remote: "[::1]:5354"}, Connected},
		{tracer.Socket{Type: "unix"}, Unbound},
		{tracer.Socket{Type: "unix", Local: "a"}, Bound},
		{tracer.Socket{Type: "unix", Local: "a", State: "LISTEN"}, Listening},
		{tracer.Socket{Type: "unix", Remote: "a"}, Connected},
		{tracer.Socket{Type: "unixgram"}, Unbound},
		{tracer.Socket{Type: "unixgram", Local: "a"}, Bound},
		{tracer.Socket{Type: "unixgram", Remote: "a"}, Connected},
	} {
		o := Unix(c.socket)
		if strings.HasPrefix(c.socket.Type, "udp") {
			o = UDP(c.socket.Local, c.socket.Remote)
		}
		if o.State != c.want || !strings.HasSuffix(o.Text("->"), ".") {
			t.Errorf("%+v: %+v", c.socket, o)
		}
	}
}
