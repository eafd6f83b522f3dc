package versus

import (
	"bytes"
	"context"
	"net/netip"
	"time"

	"sockplay/sandbox"
	"sockplay/tracer"
)

// run is one side under way.
type run struct {
	Conditions
	side    *Side
	got     []bool // which messages were received
	highest int    // the highest number received
	now     func() time.Duration
}

var place = sandbox.Addr{AddrPort: netip.MustParseAddrPort(Place)}

// The buffer of one read: more than any datagram.
const buffer = 64 << 10

// The four programs. Each makes the calls that a learner would.

func (r *run) sendTCP(ctx context.Context, p *sandbox.Process) {
	fd := p.Socket(ctx, sandbox.TCP).Result.Value
	if at := p.Connect(ctx, fd, place); at.Result.Value < 0 {
		r.side.Broken = "connect: " + at.Result.Errno
		return
	}
	nodelay, _ := sandbox.LookupOption("TCP_NODELAY") // a message does not wait for the ACK of the one before
	p.Setsockopt(ctx, fd, nodelay, 1)
	r.pace(ctx, p, func(m []byte) sandbox.Outcome { return p.Write(ctx, fd, m) })
	p.Close(ctx, fd)
}

func (r *run) receiveTCP(ctx context.Context, p *sandbox.Process) {
	listener := p.Socket(ctx, sandbox.TCP).Result.Value
	p.Bind(ctx, listener, place)
	p.Listen(ctx, listener, 1)
	fd := p.Accept(ctx, listener).Result.Value
	var stream []byte
	for {
		in := p.Read(ctx, fd, buffer)
		if in.Result.Value <= 0 {
			if in.Result.Errno != "" && r.side.Broken == "" {
				r.side.Broken = "read: " + in.Result.Errno
			}
			break
		}
		r.side.Calls++
		stream = append(stream, in.Result.Data...)
		first := r.side.Received + 1
		for { // the stream has no messages: each ends with a newline
			m, rest, whole := bytes.Cut(stream, []byte("\n"))
			if !whole {
				break
			}
			stream = rest
			r.received(number(m))
		}
		if last := r.side.Received; last > first && len(r.side.Reads) < drawn {
			r.side.Reads = append(r.side.Reads, Read{r.now(), first, last})
		}
	}
	p.Close(ctx, fd)
	p.Close(ctx, listener)
}

func (r *run) sendUDP(ctx context.Context, p *sandbox.Process) {
	fd := p.Socket(ctx, sandbox.UDP).Result.Value
	r.pace(ctx, p, func(m []byte) sandbox.Outcome { return p.Sendto(ctx, fd, place, m) })
	p.Close(ctx, fd)
}

func (r *run) receiveUDP(ctx context.Context, p *sandbox.Process) {
	fd := p.Socket(ctx, sandbox.UDP).Result.Value
	p.Bind(ctx, fd, place)
	for {
		in := p.Recvfrom(ctx, fd, buffer)
		if in.Result.Value < 0 {
			return
		}
		r.side.Calls++
		r.received(number(in.Result.Data))
	}
}

// pace sends the messages in their time, or when it can, if that is later, until a
// call fails.
func (r *run) pace(ctx context.Context, p *sandbox.Process, send func(m []byte) sandbox.Outcome) {
	began := r.now()
	for n := 1; n <= r.Messages; n++ {
		if early := began + time.Duration(n-1)*r.Every - r.now(); early > 0 {
			p.Sleep(ctx, early)
		}
		o := send(r.message(n))
		if o.Result.Value < 0 {
			r.side.Broken = o.Call + ": " + o.Result.Errno
		}
		if o.Result.Value != r.Size {
			return
		}
		r.side.Sent++
	}
}

// received counts a message that the receiving program has read.
func (r *run) received(n int) {
	s := r.side
	if n < 1 || n > r.Messages {
		s.Damaged++
		return
	}
	if s.Received == 0 {
		s.First = r.now()
	}
	switch {
	case r.got[n]:
		s.Doubled++
		return
	case n < r.highest:
		s.OutOfOrder++
	}
	r.got[n] = true
	r.highest = max(r.highest, n)
	s.Received++
	s.Last = r.now()
}

// watch counts what is on the wire.
func (r *run) watch(e tracer.Event) {
	if e.Kind == tracer.KindPacket {
		r.side.add(e)
	}
	if r.side.Packets <= drawn || e.Kind == tracer.KindPacket && e.Packet.Number <= drawn {
		r.side.Events = append(r.side.Events, e)
	}
}
