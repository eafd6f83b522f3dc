package command

import (
	"strings"

	"sockplay/sandbox"
)

// glossary says what a word means that the ladder, the tables and the lessons
// use, and where it is defined. The names are in small letters, as they are
// looked up.
var glossary = map[string]string{
	"syn":           "SYN, a flag of TCP: I want to talk, and number my bytes from here. The first segment of each direction, and it counts as one number. RFC 9293 3.5.",
	"syn-ack":       "SYN-ACK: a segment with both flags, the answer to a SYN: I heard you, and I want to talk too. RFC 9293 3.5.",
	"ack":           "ACK, a flag of TCP: the number behind it is the next that I expect, so all before has arrived. Every segment but the first SYN carries one. RFC 9293 3.4.",
	"fin":           "FIN, a flag of TCP: I will send no more. It counts as one number and is acknowledged like data; the other direction stays open. RFC 9293 3.6.",
	"rst":           "RST, a flag of TCP: there is no such connection, or no longer. Nothing acknowledges it; whatever was under way is lost. RFC 9293 3.5.2, 3.10.7.",
	"psh":           "PSH, a flag of TCP: hand this to the program at once; more is not to be waited for. RFC 9293 3.9.1.",
	"urg":           "URG, a flag of TCP: a byte marked as urgent. Nobody should use it any more. RFC 6093.",
	"injected":      "injected: a packet that no stack has sent; inject made it by hand. Where no socket is, you are the one who sends it, and what is sent there comes to you.",
	"data":          "DATA: what the ladder and expect call a segment that carries bytes of the application, whatever its flags.",
	"seq":           "seq, the sequence number: the number of a segment's first byte in its direction's stream. The ladder counts from 0 at the SYN; on the wire the beginning is drawn at random (packet N shows it). RFC 9293 3.4.",
	"win":           "win, the window: how many bytes from the acknowledged number on the receiver has room for. It stops a sender that is too fast. RFC 9293 3.8.6.",
	"mss":           "MSS, maximum segment size: how many bytes of data each side takes in one segment; told in the SYN. RFC 9293 3.7.1.",
	"ws":            "WS, window scale: both SYNs carry a shift, by which windows larger than 65,535 are told. RFC 7323 2.",
	"sack":          "SACK, selective acknowledgement: which bytes beyond the acknowledged number have arrived, so that only the holes are sent again. RFC 2018.",
	"timestamp":     "timestamps, an option of TCP: each segment carries its sender's clock and echoes the other's, which measures the round trip. RFC 7323 3.",
	"again":         "again, a retransmission: no acknowledgement came in time, or duplicates tell of a hole, so the same numbers are sent once more. RFC 9293 3.8.1, RFC 6298.",
	"rto":           "RTO, retransmission timeout: how long the stack waits for an ACK before it sends again: SRTT + 4 RTTVAR, 200 ms at least, 1 s before anything is measured; doubled each time. RFC 6298.",
	"rtt":           "RTT, round trip time: from a segment to its acknowledgement.",
	"srtt":          "SRTT, smoothed round-trip time: a mean of those measured, in which the newest counts an eighth. The RTO comes from it; inspect shows it. RFC 6298 2.3.",
	"rttvar":        "RTTVAR, round-trip time variation: how far the measured times are from SRTT on average. The RTO leaves room for four of it. RFC 6298 2.3.",
	"cwnd":          "cwnd, congestion window: how many bytes the sender lets be in flight, whatever the receiver has room for. It begins at ten segments, grows with the ACKs, and shrinks at a loss. inspect shows it. RFC 5681 3.1, RFC 6928.",
	"ssthresh":      "ssthresh, slow-start threshold: below it cwnd grows by a segment with each ACK, above it by a segment each round trip. There is none before the first loss, which sets it to half of what was in flight. RFC 5681 3.1.",
	"slow-start":    "slow start: cwnd grows by what each ACK acknowledges, so it doubles each round trip, until ssthresh, the peer's window or a loss stops it. RFC 5681 3.1.",
	"avoidance":     "congestion avoidance: cwnd is at ssthresh or above, and grows by one segment each round trip. RFC 5681 3.1.",
	"recovery":      "fast recovery: duplicate ACKs or a SACK tell of a loss, and what is missing is sent again at once; cwnd is halved. RFC 5681 3.2.",
	"reno":          "Reno: the congestion control of RFC 5681: slow start, congestion avoidance, fast retransmit and fast recovery. Both stacks are set to it here.",
	"in-flight":     "in flight: sent and not acknowledged: the numbers from SND.UNA up to SND.NXT. Neither the peer's window nor cwnd may be exceeded. RFC 9293 3.3.1.",
	"tcb":           "TCB, transmission control block: all that a stack keeps of one connection: its sequence numbers, windows, timers. inspect shows it. RFC 9293 3.3.1.",
	"snd.una":       "SND.UNA: the oldest number that is sent and not acknowledged: the left edge of the send window. An ACK moves it. RFC 9293 3.3.1.",
	"snd.nxt":       "SND.NXT: the number that the next new byte gets. Between SND.UNA and it is what is in flight. RFC 9293 3.3.1.",
	"snd.wnd":       "SND.WND: the peer's window, counted from SND.UNA: what lies beyond must wait. Each ACK tells it anew. RFC 9293 3.3.1, 3.8.6.",
	"rcv.nxt":       "RCV.NXT: the number that is awaited next: all before it has arrived. Our ACKs carry it. RFC 9293 3.3.1.",
	"rcv.wnd":       "RCV.WND: our window, counted from RCV.NXT: what the peer may send. Its end moves as the program reads. RFC 9293 3.3.1, 3.8.6.",
	"tail-probe":    "tail loss probe: the last segment is sent again soon, since no later one could tell that it was lost. The user stack does so; the kernel stack is set not to. RFC 8985 7.",
	"duplicate":     "duplicate ACK: an ACK that says the same as the last: a segment came that was not the next one. Three of them mean a loss. RFC 5681 3.2.",
	"probe":         "window probe: the peer's window is closed, so a byte or an old number is sent from time to time to ask whether it is open again. RFC 9293 3.8.6.1.",
	"zero-window":   "zero window: the receiver's buffer is full because its program does not read; the sender has to wait, and probes. RFC 9293 3.8.6.1.",
	"keepalive":     "keepalive: a probe with an old number after a long silence; a living peer answers, a dead one does not. SO_KEEPALIVE switches it on. RFC 9293 3.8.4.",
	"nagle":         "Nagle's algorithm: while a small segment is on its way unacknowledged, the next small writes wait and go together. TCP_NODELAY switches it off. RFC 9293 3.7.4.",
	"delayed-ack":   "delayed ACK: a receiver may wait a little, for data of its own to carry the ACK along. The sandbox answers at once. RFC 9293 3.8.6.3.",
	"backlog":       "backlog: how many connections may wait at a listener until accept takes them; the second number of listen. One more than it says gets in. listen(2).",
	"msl":           "MSL, maximum segment lifetime: how long a segment can wander about. TIME-WAIT lasts two of them: 60 seconds on Linux. RFC 9293 3.4.2.",
	"handshake":     "three-way handshake: SYN, SYN-ACK, ACK. After it both sides know each other's first number, and know that they know. RFC 9293 3.5.",
	"half-close":    "half-close: shutdown wr ends one direction with a FIN; the other goes on. RFC 9293 3.6.",
	"half-open":     "half-open connection: one end is gone without a FIN, as after a power cut, and the other does not know. RFC 9293 3.5.1.",
	"port":          "port: the 16-bit number that tells the sockets of one address apart. 0 asks the system for one. RFC 9293 3.1.",
	"ephemeral":     "ephemeral port: one that the system chooses, for a socket that connects without bind. RFC 6056.",
	"loopback":      "loopback: 127.0.0.0/8 and ::1 are this machine, talking to itself. Here the packets pass through sockplay's wire. RFC 1122 3.2.1.3.",
	"wire":          "wire: where every packet passes on its way from the stack to itself; sockplay holds it. The command wire shows it and sets its rules.",
	"stack":         "stack: what speaks TCP/IP: the kernel of this Linux, or sockplay's own. docs/stacks.md tells how they differ.",
	"datagram":      "datagram: one message of UDP. It arrives whole or not at all, once or twice, in any order. RFC 768.",
	"stream":        "stream: bytes in order, without bounds between messages: two writes may be one read. RFC 9293 2.2.",
	"udp":           "UDP: a datagram, a port at each end and a checksum, and no more: no connection, no acknowledgement, no order. RFC 768.",
	"tcp":           "TCP: a stream of bytes in each direction, in order and complete or told to be broken. RFC 9293.",
	"icmp":          "ICMP: how IP tells of errors, such as a UDP port that nobody has. RFC 792.",
	"unix":          "unix socket: between processes of one machine; its address is a path, and no packet is ever sent. unix(7).",
	"fragment":      "fragment: an IP packet is larger than the MTU and travels in parts; one lost part loses all. RFC 791 3.2.",
	"mtu":           "MTU: the largest IP packet that the wire takes: 1500 bytes here.",
	"ttl":           "TTL, time to live: how many routers a packet may pass. RFC 791 3.2.",
	"descriptor":    "descriptor: the number by which a process names an open socket. 0, 1 and 2 are the standard files, so the first socket is 3. open(2).",
	"blocked":       "blocked: a call waits for something, and its process can do nothing else. Type for another process meanwhile, or interrupt it.",
	"nonblocking":   "nonblocking: calls that would wait answer EAGAIN instead. fcntl FD nonblock on; poll tells when to try again. fcntl(2).",
	"sigpipe":       "SIGPIPE: the signal that writing to a broken connection sends, and that ends a program which does not ignore it. signal(7).",
	"recvq":         "recvq: bytes that have arrived and that no read has taken; of a listener, the connections that wait for accept. ss(8).",
	"sendq":         "sendq: bytes that write has handed over and that the peer has not acknowledged; of a listener, its room. ss(8).",
	"simultaneous":  "simultaneous open and close: both SYNs, or both FINs, cross on the wire. RFC 9293 3.5, 3.6.",
	"checksum":      "checksum: a sum over the header, the data and the addresses; a segment whose sum is wrong is thrown away without a word. RFC 9293 3.1.",
	"challenge-ack": "challenge ACK: the answer to a RST or SYN that might be forged: the real peer would answer it with a RST whose number is exact. RFC 5961 3.2, 4.2.",
	"glyphs":        "in a ladder: ├──▶ a packet that arrived, ├──╳ one that was lost, ├╌╌▷ one on its way; ┆ time that passed; … a call that waits.",
	"process":       "process: an actor of the sandbox with descriptors of its own, such as server and client. It runs one call at a time.",
	"errno":         "errno: what a call that returned -1 says went wrong, by a name such as ECONNREFUSED, which is explained where it comes; why ECONNREFUSED says more. errno(3).",
	"return":        "what a call answers: a descriptor, a number of bytes, or 0; -1 is a refusal, and an errno says which.",
	"expect":        "expect: what a script says must be so. help expect tells how.",
}

// alias are other names of words of the glossary.
var alias = map[string]string{
	"window": "win", "sequence": "seq", "retransmission": "again", "retransmit": "again", "synack": "syn-ack", "fin-ack": "fin", "rst-ack": "rst",
	"psh-ack": "psh", "dup": "duplicate", "fd": "descriptor", "2msl": "msl", "wscale": "ws", "window-scale": "ws", "timestamps": "timestamp", "tsval": "timestamp",
	"tsecr": "timestamp", "sackok": "sack", "ipv4": "loopback", "localhost": "loopback", "lost": "glyphs", "arrow": "glyphs", "nonblock": "nonblocking",
	"o_nonblock": "nonblocking", "unixgram": "unix", "tcp6": "tcp", "udp6": "udp", "message": "datagram", "challenge": "challenge-ack", "half": "half-open",
	"congestion": "cwnd", "slow": "slow-start", "congestion-avoidance": "avoidance", "fast-recovery": "recovery", "fast-retransmit": "recovery",
	"flight": "in-flight", "snd": "snd.una", "rcv": "rcv.nxt", "una": "snd.una", "nxt": "snd.nxt", "sequence-space": "snd.una", "tlp": "tail-probe",
	"delack": "delayed-ack", "quickack": "delayed-ack", "zero": "zero-window", "╳": "glyphs", "┆": "glyphs", "╌╌▷": "glyphs", "▷": "glyphs", "…": "glyphs", "▶": "glyphs",
}

// aboutWord is the glossary's page of a word.
func aboutWord(word string) Page {
	if other := alias[word]; other != "" {
		word = other
	}
	if glossary[word] == "" {
		return nil
	}
	page := Page{{Text: glossary[word]}}
	if word == "errno" {
		page = append(page, Part{Space: true, Text: "Those that are explained here: " + strings.Join(sandbox.Errnos(), ", ") + "."})
	}
	return page
}
