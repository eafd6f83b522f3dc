package tracer

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// object is the JSON form of an Event. Pointers mark the fields that are
// printed when they apply and are 0.
type object struct {
	V       int      `json:"v"`
	Seq     int64    `json:"seq"`
	At      seconds  `json:"at"`
	Cause   int64    `json:"cause,omitempty"`
	Kind    Kind     `json:"kind"`
	Process string   `json:"process,omitempty"`
	Driven  bool     `json:"driven,omitempty"`
	Call    string   `json:"call,omitempty"`
	FD      int      `json:"fd,omitempty"`
	Args    []string `json:"args,omitempty"`

	Value   *int     `json:"value,omitempty"`
	Errno   string   `json:"errno,omitempty"`
	Data    []byte   `json:"data,omitempty"`
	FDs     []int    `json:"fds,omitempty"`
	Addr    string   `json:"addr,omitempty"`
	OptVal  string   `json:"optval,omitempty"`
	Revents []string `json:"revents,omitempty"`

	Packet    int            `json:"packet,omitempty"`
	Fate      Fate           `json:"fate,omitempty"`
	Times     int            `json:"times,omitempty"`
	Proto     string         `json:"proto,omitempty"`
	Src       string         `json:"src,omitempty"`
	Dst       string         `json:"dst,omitempty"`
	Sender    string         `json:"sender,omitempty"`
	Receiver  string         `json:"receiver,omitempty"`
	Flags     []string       `json:"flags,omitempty"`
	SeqNo     *uint32        `json:"seqno,omitempty"`
	Ack       *uint32        `json:"ack,omitempty"`
	Len       *int           `json:"len,omitempty"`
	Win       *int           `json:"win,omitempty"`
	WScaled   *int           `json:"wscaled,omitempty"`
	Options   *optionsObject `json:"options,omitempty"`
	ICMPType  *int           `json:"icmptype,omitempty"`
	ICMPCode  *int           `json:"icmpcode,omitempty"`
	About     string         `json:"about,omitempty"`
	Offset    *int           `json:"offset,omitempty"`
	More      bool           `json:"more,omitempty"`
	Malformed string         `json:"malformed,omitempty"`
	Bytes     []byte         `json:"bytes,omitempty"`

	Local  string `json:"local,omitempty"`
	Remote string `json:"remote,omitempty"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`

	Text   string `json:"text,omitempty"`
	OK     *bool  `json:"ok,omitempty"`
	Stream string `json:"stream,omitempty"`
	Rewind *int64 `json:"rewind,omitempty"`
	Fresh  bool   `json:"fresh,omitempty"`

	Why string `json:"why,omitempty"`
	Try string `json:"try,omitempty"`
}

type optionsObject struct {
	MSS    *int        `json:"mss,omitempty"`
	WS     *int        `json:"ws,omitempty"`
	SACKOK bool        `json:"sackok,omitempty"`
	TSVal  *uint32     `json:"tsval,omitempty"`
	TSEcr  *uint32     `json:"tsecr,omitempty"`
	SACK   [][2]uint32 `json:"sack,omitempty"`
}

// seconds is a time.Duration in JSON: a decimal number, to the nanosecond.
type seconds time.Duration

func (s seconds) MarshalJSON() ([]byte, error) {
	d := time.Duration(s)
	text := fmt.Sprintf("%d.%09d", d/time.Second, d%time.Second)
	return []byte(strings.TrimSuffix(strings.TrimRight(text, "0"), ".")), nil
}

func (s *seconds) UnmarshalJSON(b []byte) error {
	var f float64
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	*s = seconds(time.Duration(f*1e9 + 0.5))
	return nil
}

// MarshalJSON gives the form that docs/events.md specifies.
func (e Event) MarshalJSON() ([]byte, error) {
	o := object{
		V: Version, Seq: e.Seq, At: seconds(e.At), Cause: e.Cause, Kind: e.Kind,
		Process: e.Process, Driven: e.Driven, Call: e.Call, FD: e.FD, Args: e.Args,
		From: e.From, To: e.To, Text: e.Text, Stream: e.Stream, Data: e.Data,
		Fresh: e.Fresh, Why: e.Why, Try: e.Try, Times: e.Times,
		Local: addrPort(e.Local), Remote: addrPort(e.Remote),
	}
	if e.Kind == KindExpect {
		o.OK = &e.OK
	}
	if e.Rewind != 0 {
		seq := max(e.Rewind, 0)
		o.Rewind = &seq
	}
	if r := e.Result; r != nil {
		o.Value, o.Errno, o.Data, o.FDs = &r.Value, r.Errno, r.Data, r.FDs
		o.Addr, o.OptVal, o.Revents = r.Addr, r.OptVal, r.Revents
	}
	if p := e.Packet; p != nil {
		o.packet(e.Fate, p)
	}
	if x := e.Crossing; x != nil {
		o.Proto, o.Src, o.Dst, o.Sender, o.Receiver, o.Data = x.Proto, x.Src, x.Dst, x.Sender, x.Receiver, x.Data
	}
	return json.Marshal(o)
}

func (o *object) packet(fate Fate, p *Packet) {
	o.Packet, o.Fate, o.Proto, o.Src, o.Dst = p.Number, fate, p.Proto, p.Src, p.Dst
	o.Sender, o.Receiver, o.Flags, o.Len = p.Sender, p.Receiver, p.Flags, &p.Len
	o.Bytes, o.About, o.Malformed = p.Bytes, p.About, p.Malformed
	if p.Proto == "tcp" && !(p.Fragment() && p.FragOffset > 0) {
		o.SeqNo, o.Win, o.WScaled = &p.Seq, &p.Win, &p.WScaled
		if p.Has("ACK") {
			o.Ack = &p.Ack
		}
	}
	if p.Kind == ICMP {
		o.ICMPType, o.ICMPCode = &p.ICMPType, &p.ICMPCode
	}
	if p.Fragment() {
		o.Offset, o.More = &p.FragOffset, p.MoreFrags
	}
	if t := p.Options; t != nil {
		x := &optionsObject{SACKOK: t.SACKOK, SACK: t.SACK}
		if t.MSS > 0 {
			x.MSS = &t.MSS
		}
		if t.WS >= 0 {
			x.WS = &t.WS
		}
		if t.TS {
			x.TSVal, x.TSEcr = &t.TSVal, &t.TSEcr
		}
		o.Options = x
	}
}

// UnmarshalJSON reads back what MarshalJSON wrote. A packet's Kind and Payload
// are not part of the format; decode Bytes for them.
func (e *Event) UnmarshalJSON(b []byte) error {
	var o object
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	if o.V != Version {
		return fmt.Errorf("event format version %d, want %d", o.V, Version)
	}
	*e = Event{
		Seq: o.Seq, At: time.Duration(o.At), Cause: o.Cause, Kind: o.Kind,
		Process: o.Process, Driven: o.Driven, Call: o.Call, FD: o.FD, Args: o.Args,
		From: o.From, To: o.To, Text: o.Text, Stream: o.Stream,
		OK: o.OK != nil && *o.OK, Fresh: o.Fresh, Why: o.Why, Try: o.Try, Fate: o.Fate, Times: o.Times,
	}
	e.Local, _ = netip.ParseAddrPort(o.Local)
	e.Remote, _ = netip.ParseAddrPort(o.Remote)
	if o.Rewind != nil {
		if e.Rewind = *o.Rewind; e.Rewind == 0 {
			e.Rewind = RewindAll
		}
	}
	switch {
	case o.Kind == KindReturn:
		e.Result = &Result{
			Value: value(o.Value), Errno: o.Errno, Data: o.Data, FDs: o.FDs,
			Addr: o.Addr, OptVal: o.OptVal, Revents: o.Revents,
		}
	case o.Kind == KindPacket:
		e.Packet = &Packet{
			Number: o.Packet, Proto: o.Proto, Src: o.Src, Dst: o.Dst,
			Sender: o.Sender, Receiver: o.Receiver, Flags: o.Flags,
			Seq: value(o.SeqNo), Ack: value(o.Ack), Len: value(o.Len),
			Win: value(o.Win), WScaled: value(o.WScaled),
			ICMPType: value(o.ICMPType), ICMPCode: value(o.ICMPCode), About: o.About,
			FragOffset: value(o.Offset), MoreFrags: o.More,
			Malformed: o.Malformed, Bytes: o.Bytes,
		}
		if t := o.Options; t != nil {
			x := &Options{MSS: value(t.MSS), WS: -1, SACKOK: t.SACKOK, SACK: t.SACK}
			if t.WS != nil {
				x.WS = *t.WS
			}
			if t.TSVal != nil {
				x.TS, x.TSVal, x.TSEcr = true, *t.TSVal, value(t.TSEcr)
			}
			e.Packet.Options = x
		}
	case o.Kind == KindNote && o.Sender != "":
		e.Crossing = &Crossing{
			Proto: o.Proto, Src: o.Src, Dst: o.Dst, Sender: o.Sender, Receiver: o.Receiver, Data: o.Data,
		}
	default:
		e.Data = o.Data
	}
	return nil
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func addrPort(a netip.AddrPort) string {
	if !a.Addr().IsValid() {
		return ""
	}
	return a.String()
}
