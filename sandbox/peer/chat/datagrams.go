package chat

import (
	"bytes"
	"context"
	"net/netip"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// crowd is the room over UDP. There are no connections: an address that has not
// been heard of is a new client, and whoever sends from it speaks in its name.
type crowd struct {
	sys  peer.System
	room *Room
	fd   int
	ids  map[netip.AddrPort]int
	at   map[int]netip.AddrPort
	last int
}

// takes is how many datagrams are received before what they brought about is
// sent.
const takes = 64

func datagrams(addr sandbox.Addr, c Config) peer.Program {
	return func(ctx context.Context, sys peer.System) {
		s := &crowd{sys: sys, room: NewRoom(c), ids: make(map[netip.AddrPort]int), at: make(map[int]netip.AddrPort)}
		s.fd = sys.Socket(ctx, peer.Datagram(addr)).Result.Value
		if o := sys.Bind(ctx, s.fd, addr); o.Result.Value < 0 {
			sys.Print(peer.NotThere(addr, o))
			return
		}
		sys.Fcntl(ctx, s.fd, true)
		for s.serve(ctx) {
		}
	}
}

// serve takes in what has come and sends what comes of it. It is false if the
// socket is no more.
func (s *crowd) serve(ctx context.Context) bool {
	limit := time.Duration(-1)
	if at, ok := s.room.Next(); ok {
		limit = max(at-s.sys.Now(), 0)
	}
	o := s.sys.Poll(ctx, []sandbox.PollFD{{FD: s.fd, In: true}}, limit)
	now := s.sys.Now()
	s.room.Tick(now)
	if o.Result.Value < 0 && o.Result.Errno != "EINTR" {
		s.sys.Sleep(ctx, breath)
	}
	for _, e := range o.Revents() {
		if (e.In || e.Err) && !s.take(ctx, now) {
			return false
		}
	}
	s.act(ctx)
	return true
}

func (s *crowd) take(ctx context.Context, now time.Duration) bool {
	for range takes {
		o := s.sys.Recvfrom(ctx, s.fd, MaxLine+1)
		if o.Result.Value < 0 { // an ICMP error of an earlier sendto tells of nobody in particular
			return o.Result.Errno != "EBADF" && o.Result.Errno != "ENOTSOCK"
		}
		from, err := netip.ParseAddrPort(o.Result.Addr)
		if err != nil || isAnswer(o.Result.Data) {
			continue
		}
		id, known := s.ids[from]
		if !known {
			if !s.room.Open() {
				continue // as if it had been lost
			}
			s.last++
			id = s.last
			s.ids[from], s.at[id] = id, from
			s.room.Connected(id, now)
		}
		s.room.Datagram(id, o.Result.Data, now)
		s.act(ctx) // an answer before the next question
	}
	return true
}

// act sends each line to whom it is for, and forgets who is gone. What the system
// does not take is lost like anything else that is sent.
func (s *crowd) act(ctx context.Context) {
	for ids := s.room.Dirty(); len(ids) > 0; ids = s.room.Dirty() {
		for _, id := range ids {
			for w := s.room.Wants(id); w.Write; w = s.room.Wants(id) {
				line, _, _ := bytes.Cut(s.room.Out(id), []byte("\n"))
				s.sys.Sendto(ctx, s.fd, sandbox.Addr{AddrPort: s.at[id]}, append(bytes.Clone(line), '\n'))
				s.room.Wrote(id, len(line)+1)
			}
			if w := s.room.Wants(id); w.Close || w.Shut {
				s.room.Closed(id)
				delete(s.ids, s.at[id])
				delete(s.at, id)
			}
		}
	}
}
