package scenes

// Versus is what the comparison of TCP and UDP is called, which is listed after
// the scenes, and VersusRow its row.
const (
	Versus    = "tcp-vs-udp"
	VersusRow = "  tcp-vs-udp         the same messages over both, side by side\n"
)

// order is that of a course: opening, data that gets lost, flow and congestion
// control, small segments, closing, what goes wrong, what programs meet, UDP.
var order = []string{
	"handshake", "lost-syn", "lost-synack", "lost-ack", "backoff", "simultaneous-open", "self-connect", "backlog", "syn-flood",
	"lost-data", "rto", "fast-retransmit", "reordering",
	"flow-control", "zero-window", "silly-window", "slow-start", "congestion", "cubic", "mss", "window-scale",
	"nagle", "delayed-ack", "cork", "urgent",
	"close-three-and-four", "half-close", "simultaneous-close", "lost-fin", "time-wait",
	"rst", "half-open", "vanished-peer", "keepalive",
	"stream-has-no-messages", "blocking", "chat", "chat-gone", "hijack", "sigpipe", "ipv6",
	"udp-boundaries", "udp-truncation", "udp-refused", "udp-fragments", "udp-echo-loop", "chat-udp", "broadcast", "multicast",
}
