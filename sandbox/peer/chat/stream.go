package chat

import (
	"context"
	"slices"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// server is the room over TCP: one loop around poll, and no call but poll that
// waits.
type server struct {
	sys      peer.System
	config   Config
	room     *Room
	listener int
	conns    []*conn
	byFD     map[int]*conn
	full     time.Duration // no descriptor is free: when accept is tried again; 0: now
}

// conn is one connection.
type conn struct {
	fd   int
	stop bool // its send buffer is full: poll tells when there is room
}

const (
	backlog  = 128
	readSize = 4096
	// Callers that are let in before those that are in are listened to again.
	accepts = 16
	// How long accept is left alone when no descriptor is free, unless one
	// becomes free sooner. Poll would say at once, again and again, that
	// somebody calls.
	breath = time.Second
)

func stream(addr sandbox.Addr, c Config) peer.Program {
	return func(ctx context.Context, sys peer.System) {
		s := &server{sys: sys, config: c, room: NewRoom(c), byFD: make(map[int]*conn)}
		var ok bool
		if s.listener, ok = peer.Listen(ctx, sys, addr); ok {
			sys.Fcntl(ctx, s.listener, true)
			s.serve(ctx)
		}
	}
}

func (s *server) serve(ctx context.Context) {
	for {
		o := s.sys.Poll(ctx, s.polled(), s.patience())
		now := s.sys.Now()
		s.room.Tick(now)
		if o.Result.Value < 0 && o.Result.Errno != "EINTR" { // the system is short of something
			s.sys.Sleep(ctx, breath)
		}
		for _, e := range o.Revents() {
			switch c := s.byFD[e.FD]; {
			case e.FD == s.listener:
				if !s.accept(ctx, now) {
					return
				}
			case c != nil:
				w := s.room.Wants(c.fd)
				if w.Write && (e.Out || e.Hup || e.Err) {
					c.stop = false
					s.please(ctx, c, now)
				}
				if w.Read && (e.In || e.Hup || e.Err) {
					s.read(ctx, c, now)
				}
			}
		}
		s.act(ctx, now)
	}
}

// polled are the descriptors of which there is something to wait for.
func (s *server) polled() []sandbox.PollFD {
	fds := make([]sandbox.PollFD, 0, len(s.conns)+1)
	if s.full == 0 && s.room.Open() {
		fds = append(fds, sandbox.PollFD{FD: s.listener, In: true})
	}
	for _, c := range s.conns {
		if w := s.room.Wants(c.fd); w.Read || w.Write {
			fds = append(fds, sandbox.PollFD{FD: c.fd, In: w.Read, Out: w.Write})
		}
	}
	return fds
}

// patience is how long poll may wait; negative: for ever.
func (s *server) patience() time.Duration {
	now := s.sys.Now()
	limit := time.Duration(-1)
	if at, ok := s.room.Next(); ok {
		limit = max(at-now, 0)
	}
	if s.full > 0 && (limit < 0 || s.full-now < limit) {
		limit = max(s.full-now, 0)
	}
	return limit
}

// accept lets in who has called. It is false if the listener is no more.
func (s *server) accept(ctx context.Context, now time.Duration) bool {
	for range accepts {
		if !s.room.Open() {
			return true
		}
		o := s.sys.Accept(ctx, s.listener)
		switch fd := o.Result.Value; {
		case fd >= 0:
			s.sys.Fcntl(ctx, fd, true)
			c := &conn{fd: fd}
			s.conns, s.byFD[fd] = append(s.conns, c), c
			s.room.Connected(fd, now)
			continue
		case o.Result.Errno == "EBADF" || o.Result.Errno == "EINVAL" || o.Result.Errno == "ENOTSOCK":
			return false
		case o.Result.Errno == "EMFILE" || o.Result.Errno == "ENFILE" || o.Result.Errno == "ENOBUFS" || o.Result.Errno == "ENOMEM":
			s.full = now + breath
		case o.Result.Errno == "ECONNABORTED" || o.Result.Errno == "EINTR": // the next one, then
			continue
		}
		return true
	}
	return true
}

func (s *server) read(ctx context.Context, c *conn, now time.Duration) {
	o := s.sys.Read(ctx, c.fd, readSize)
	switch n := o.Result.Value; {
	case n > 0:
		s.room.Received(c.fd, o.Result.Data, now)
	case n == 0:
		s.room.Gone(c.fd, "", now)
	case o.Result.Errno != "EAGAIN" && o.Result.Errno != "EINTR":
		s.room.Gone(c.fd, broken(o), now)
	}
}

// broken says what a failed call tells of a connection.
func broken(o sandbox.Outcome) string {
	switch o.Result.Errno {
	case "ECONNRESET":
		return "the connection was reset (ECONNRESET)"
	case "EPIPE":
		return "the connection is closed (EPIPE)"
	case "ETIMEDOUT":
		return "nobody has acknowledged anything for too long (ETIMEDOUT)"
	}
	return "the connection is broken (" + o.Result.Errno + ")"
}

// act does what the room wants done, until it wants nothing that can be done.
func (s *server) act(ctx context.Context, now time.Duration) {
	if s.full > 0 && now >= s.full {
		s.full = 0
	}
	for ids := s.room.Dirty(); len(ids) > 0; ids = s.room.Dirty() {
		for _, fd := range ids {
			if c := s.byFD[fd]; c != nil {
				s.please(ctx, c, now)
			}
		}
	}
}

func (s *server) please(ctx context.Context, c *conn, now time.Duration) {
	switch w := s.room.Wants(c.fd); {
	case w.Close:
		s.room.Closed(c.fd)
		delete(s.byFD, c.fd)
		s.conns = slices.DeleteFunc(s.conns, func(d *conn) bool { return d == c })
		s.sys.Close(ctx, c.fd)
		s.full = 0
	case w.Write && !c.stop:
		data := s.room.Out(c.fd)
		o := s.sys.Write(ctx, c.fd, data)
		switch n := o.Result.Value; {
		case n >= 0:
			c.stop = n < len(data)
			s.room.Wrote(c.fd, n)
		case o.Result.Errno == "EAGAIN" || o.Result.Errno == "EINTR":
			c.stop = true
		default:
			s.room.Gone(c.fd, broken(o), now)
		}
	case w.Shut:
		s.sys.Shutdown(ctx, c.fd, sandbox.ShutWr)
		s.room.Shut(c.fd)
	}
}
