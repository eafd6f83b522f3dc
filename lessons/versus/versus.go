// Package versus sends the same messages over TCP and over UDP, under the same
// conditions, and counts what becomes of them.
//
// The same conditions are these: what happens to a message on its way is drawn by
// lot from the seed, the message's number, and how often it has been on the wire.
// So the first time that it is sent, it is lost, doubled or held up over both or
// over neither; what TCP sends again has lots of its own. See lots.go for packets
// that carry several messages, a part of one, or none.
package versus

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/wire"
	"sockplay/tracer"
	"sockplay/tracer/track"
)

// Conditions are what the messages are, and what the way does to them.
type Conditions struct {
	Messages int
	Size     int           // octets of a message, which holds its number and ends with a newline
	Every    time.Duration // between two messages; 0: as fast as they can be sent
	Delay    time.Duration // of each packet, in both directions

	// Per cent of what the sender sends, 0 to 100.
	Loss, Reorder, Duplicate float64

	Seed int64
}

// The limits of what is asked for.
const (
	MaxMessages = 1_000_000
	MaxSize     = 65507 // of a UDP datagram over IPv4 (RFC 768, RFC 791 3.1)
)

// Refusal says which condition cannot be met.
type Refusal struct{ What, Try string }

// Error says what is wrong.
func (r *Refusal) Error() string { return r.What }

// Check reports what cannot be met, as a *Refusal; nil if all can.
func (c Conditions) Check() error {
	least := len(strconv.Itoa(max(c.Messages, 1))) + 1
	switch {
	case c.Messages < 1 || c.Messages > MaxMessages:
		return &Refusal{fmt.Sprintf("%d messages cannot be compared", c.Messages), fmt.Sprintf("--messages from 1 to %d", MaxMessages)}
	case c.Size > MaxSize:
		return &Refusal{fmt.Sprintf("a message of %d bytes does not fit into a UDP datagram: IPv4 counts at most 65535 bytes a packet, headers and all", c.Size), fmt.Sprintf("--size up to %d", MaxSize)}
	case c.Size < least:
		return &Refusal{fmt.Sprintf("a message of %d bytes has no room for its number and the newline that ends it", c.Size), fmt.Sprintf("--size from %d", least)}
	case c.Every < 0 || c.Delay < 0:
		return &Refusal{"time does not run backwards", "--every and --delay from 0s"}
	case c.Delay > time.Minute || c.Every > time.Minute:
		return &Refusal{"that is longer than a minute, and TCP would take each packet for lost", "--every and --delay up to 1m"}
	}
	for name, p := range map[string]float64{"loss": c.Loss, "reorder": c.Reorder, "duplicate": c.Duplicate} {
		if !(p >= 0 && p <= 100) {
			return &Refusal{fmt.Sprintf("--%s is per cent, not %g", name, p), fmt.Sprintf("--%s from 0 to 100", name)}
		}
	}
	return nil
}

// message is the message of that number, from 1: the number, as often as there is
// room for it, so that no two are alike, and a newline.
func (c Conditions) message(number int) []byte {
	n := append(strconv.AppendInt(nil, int64(number), 10), ' ')
	m := bytes.Repeat(n, c.Size/len(n)+1)[:c.Size]
	m[len(m)-1] = '\n'
	return m
}

// number reads a message's number back; 0 if it is none.
func number(m []byte) (n int) {
	for _, d := range m {
		if d < '0' || d > '9' {
			break
		}
		n = n*10 + int(d-'0')
	}
	return n
}

// Side is what became of the messages over one protocol.
type Side struct {
	Proto string // "TCP" or "UDP"
	Tally
	Events []tracer.Event // of the first packets, for a drawing
	Reads  []Read         // those that took what was held back
}

// Read is a read of the receiver's that took more than one message.
type Read struct {
	At          time.Duration
	First, Last int // the messages
}

// Place is where the receiver is, on its side's own wire.
const Place = "127.0.0.1:7000"

// limit is long enough for the most patient connection.
const limit = 1000 * time.Hour

// Run sends the messages over TCP and then over UDP, each on a stack of its own,
// of which see sees each event. The error is a *Refusal, the stack's, or ctx's.
func (c Conditions) Run(ctx context.Context, stack func() (sandbox.Stack, error), see func(side int, e tracer.Event)) (tcp, udp *Side, err error) {
	if err := c.Check(); err != nil {
		return nil, nil, err
	}
	if tcp, err = c.over(ctx, "TCP", stack, func(e tracer.Event) { see(0, e) }); err != nil {
		return nil, nil, err
	}
	if udp, err = c.over(ctx, "UDP", stack, func(e tracer.Event) { see(1, e) }); err != nil {
		return nil, nil, err
	}
	return tcp, udp, nil
}

// over sends the messages over one protocol.
func (c Conditions) over(ctx context.Context, proto string, open func() (sandbox.Stack, error), see func(tracer.Event)) (*Side, error) {
	stack, err := open()
	if err != nil {
		return nil, err
	}
	defer stack.Close()
	log := &tracer.Log{Window: 1} // the counts are made as it happens
	b := sandbox.New(stack, log)
	defer b.Close()
	run := &run{Conditions: c, side: &Side{Proto: proto}, got: make([]bool, c.Messages+1), now: stack.Now}
	log.Sink(run.watch)
	log.Sink(see)
	c.set(b.Wire())
	server, client := b.Process("server"), b.Process("client")
	if proto == "TCP" {
		server.Drive(ctx, func(ctx context.Context) { run.receiveTCP(ctx, server) })
		client.Drive(ctx, func(ctx context.Context) { run.sendTCP(ctx, client) })
	} else {
		server.Drive(ctx, func(ctx context.Context) { run.receiveUDP(ctx, server) })
		client.Drive(ctx, func(ctx context.Context) { run.sendUDP(ctx, client) })
	}
	b.WaitUntil(ctx, limit, func() bool {
		return !client.Driven() && len(b.Wire().InFlight()) == 0 && (proto == "UDP" || !server.Driven() || run.side.Broken != "") && !talking(b)
	})
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case b.Err() != nil:
		return nil, b.Err()
	}
	run.side.Lost = run.side.Sent - run.side.Received
	return run.side, nil
}

// talking reports whether a connection has still something to say.
func talking(b *sandbox.Sandbox) bool {
	return slices.ContainsFunc(b.Connections(), func(e *track.Endpoint) bool {
		return e.State() != "TIME-WAIT" && e.State() != "LISTEN"
	})
}

// set makes the conditions those of a wire.
func (c Conditions) set(w *wire.Wire) {
	w.SetLots((&lots{Conditions: c}).draw)
	w.SetRule(wire.Rule{Kind: wire.Delay, Delay: c.Delay})
	for kind, percent := range map[wire.RuleKind]float64{wire.Loss: c.Loss, wire.Reorder: c.Reorder, wire.Duplicate: c.Duplicate} {
		w.SetRule(wire.Rule{Kind: kind, From: "client", Percent: percent})
	}
}
