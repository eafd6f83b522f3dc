package sandbox

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Option is a socket option, in C's name (socket(7), tcp(7), ip(7), ipv6(7)).
type Option string

// The options that a course uses.
const (
	SO_REUSEADDR       Option = "SO_REUSEADDR"
	SO_REUSEPORT       Option = "SO_REUSEPORT"
	SO_KEEPALIVE       Option = "SO_KEEPALIVE"
	SO_LINGER          Option = "SO_LINGER"
	SO_RCVBUF          Option = "SO_RCVBUF"
	SO_SNDBUF          Option = "SO_SNDBUF"
	SO_RCVTIMEO        Option = "SO_RCVTIMEO"
	SO_SNDTIMEO        Option = "SO_SNDTIMEO"
	SO_ERROR           Option = "SO_ERROR"
	SO_OOBINLINE       Option = "SO_OOBINLINE"
	SO_BROADCAST       Option = "SO_BROADCAST"
	SO_TYPE            Option = "SO_TYPE"
	SO_ACCEPTCONN      Option = "SO_ACCEPTCONN"
	TCP_NODELAY        Option = "TCP_NODELAY"
	TCP_MAXSEG         Option = "TCP_MAXSEG"
	TCP_USER_TIMEOUT   Option = "TCP_USER_TIMEOUT"
	TCP_CORK           Option = "TCP_CORK"
	TCP_CONGESTION     Option = "TCP_CONGESTION"
	TCP_KEEPIDLE       Option = "TCP_KEEPIDLE"
	TCP_KEEPINTVL      Option = "TCP_KEEPINTVL"
	TCP_KEEPCNT        Option = "TCP_KEEPCNT"
	IPV6_V6ONLY        Option = "IPV6_V6ONLY"
	IP_TTL             Option = "IP_TTL"
	IP_MULTICAST_TTL   Option = "IP_MULTICAST_TTL"
	IP_ADD_MEMBERSHIP  Option = "IP_ADD_MEMBERSHIP"
	IP_DROP_MEMBERSHIP Option = "IP_DROP_MEMBERSHIP"
)

// Unit is how an option's value is written.
type Unit int

// The units. Values are passed as ints: a switch as 0 or 1, a time in
// milliseconds, a linger time in seconds with LingerOff for none, an algorithm as
// its place in Algorithms, or -1 for one that is not there, a group as the bits of
// its IPv4 address.
const (
	Number    Unit = iota
	Switch         // on or off
	Time           // a duration, "2s", or milliseconds; 0 is none
	Linger         // seconds, or off
	Error          // an errno
	Algorithm      // one of Algorithms
	Group          // the address of a multicast group
)

// Algorithms are those of congestion control (tcp(7)).
var Algorithms = []string{"reno", "cubic"}

// LingerOff is SO_LINGER's value when it is off.
const LingerOff = -1

// OptionInfo describes an option.
type OptionInfo struct {
	Name Option
	Unit Unit
	What string // one line: what it is for
}

// Options lists the options, in the order in which help shows them.
var Options = []OptionInfo{
	{SO_REUSEADDR, Switch, "bind to a port that has connections in TIME-WAIT"},
	{SO_REUSEPORT, Switch, "several sockets at one port share the callers"},
	{SO_KEEPALIVE, Switch, "probe a peer that has long been silent"},
	{SO_LINGER, Linger, "how long close waits for unsent data; 0: close resets (RST)"},
	{SO_RCVBUF, Number, "octets of the receive buffer (Linux doubles what is set)"},
	{SO_SNDBUF, Number, "octets of the send buffer (Linux doubles what is set)"},
	{SO_RCVTIMEO, Time, "how long read may block"},
	{SO_SNDTIMEO, Time, "how long write and connect may block"},
	{SO_ERROR, Error, "the error that waits to be told; reading it clears it"},
	{SO_BROADCAST, Switch, "allow datagrams to a broadcast address"},
	{SO_OOBINLINE, Switch, "leave urgent data in the stream"},
	{SO_TYPE, Number, "1: stream, 2: datagram"},
	{SO_ACCEPTCONN, Switch, "whether the socket listens"},
	{TCP_NODELAY, Switch, "send small segments at once (no Nagle algorithm)"},
	{TCP_MAXSEG, Number, "the largest segment's octets of data"},
	{TCP_USER_TIMEOUT, Number, "milliseconds that sent data may stay unacknowledged"},
	{TCP_CORK, Switch, "hold partial segments back until it is off"},
	{TCP_CONGESTION, Algorithm, "how the congestion window opens and closes"},
	{TCP_KEEPIDLE, Number, "seconds of silence before the first keepalive probe"},
	{TCP_KEEPINTVL, Number, "seconds between keepalive probes"},
	{TCP_KEEPCNT, Number, "keepalive probes before the connection is given up"},
	{IPV6_V6ONLY, Switch, "an IPv6 socket takes no IPv4 callers"},
	{IP_TTL, Number, "the time to live of the packets sent"},
	{IP_MULTICAST_TTL, Number, "the time to live of those to a multicast group"},
	{IP_ADD_MEMBERSHIP, Group, "join a multicast group: get what is sent to it"},
	{IP_DROP_MEMBERSHIP, Group, "leave a multicast group"},
}

// LookupOption finds an option by its name.
func LookupOption(name string) (OptionInfo, bool) {
	for _, o := range Options {
		if string(o.Name) == name {
			return o, true
		}
	}
	return OptionInfo{}, false
}

// ParseValue reads a value as a learner writes it.
func (o OptionInfo) ParseValue(s string) (int, bool) {
	switch word := strings.ToLower(s); {
	case o.Unit == Linger && word == "off":
		return LingerOff, true
	case word == "on" && o.Unit == Switch:
		return 1, true
	case word == "off" && o.Unit == Switch:
		return 0, true
	}
	if o.Unit == Group {
		a, err := netip.ParseAddr(s)
		if err != nil || !a.Is4() {
			return 0, false
		}
		four := a.As4()
		return int(int32(binary.BigEndian.Uint32(four[:]))), true
	}
	if o.Unit == Algorithm {
		n := slices.Index(Algorithms, strings.ToLower(s))
		return n, n >= 0
	}
	if o.Unit == Time {
		if d, err := time.ParseDuration(s); err == nil {
			return int(d / time.Millisecond), true
		}
	}
	n, err := strconv.ParseInt(s, 0, 32)
	return int(n), err == nil && (o.Unit != Linger || n >= 0)
}

// FormatValue writes a value as a learner reads it.
func (o OptionInfo) FormatValue(v int) string {
	switch {
	case o.Unit == Linger && v == LingerOff:
		return "off"
	case o.Unit == Algorithm && v >= 0 && v < len(Algorithms):
		return Algorithms[v]
	case o.Unit == Algorithm:
		return "another"
	case o.Unit == Group:
		return GroupAddr(v).String()
	case o.Unit == Time:
		return (time.Duration(v) * time.Millisecond).String()
	}
	return strconv.Itoa(v)
}

// GroupAddr is the address that the value of a Group option stands for.
func GroupAddr(v int) netip.Addr {
	var four [4]byte
	binary.BigEndian.PutUint32(four[:], uint32(v))
	return netip.AddrFrom4(four)
}
