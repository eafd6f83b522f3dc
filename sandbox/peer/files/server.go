package files

import (
	"context"
	"slices"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// Server keeps files in a folder, and gives them out.
type Server struct {
	Addr   sandbox.Addr
	Folder string // which must be there
	Config Config

	folder   *folder
	links    []*link // in the order in which they called
	listener int
	deaf     bool // it has no descriptor for another caller
}

// Run serves, one poll for all, until it is stopped.
func (s *Server) Run(ctx context.Context, sys peer.System) {
	cfg := s.Config.defaults()
	var refusal *Refusal
	if s.folder, refusal = openFolder(s.Folder); refusal != nil {
		sys.Print(refusal.Error() + "\n")
		return
	}
	defer s.folder.close()
	var ok bool
	if s.listener, ok = peer.Listen(ctx, sys, s.Addr); !ok {
		return
	}
	bound(ctx, sys, s.listener) // each connection has it from the listener
	sys.Fcntl(ctx, s.listener, true)
	defer func() { // what has come of a file is kept
		for _, l := range s.links {
			l.disk.close()
		}
	}()
	for {
		o := sys.Poll(ctx, s.watched(), s.patience(sys.Now(), cfg))
		if o.Result.Value < 0 && o.Result.Errno != string(sandbox.EINTR) {
			return
		}
		for _, r := range o.Revents() {
			if r.FD == s.listener {
				s.accept(ctx, sys, cfg)
				continue
			}
			i := slices.IndexFunc(s.links, func(l *link) bool { return l.fd == r.FD })
			if i < 0 { // it had to go for one who has called just now
				continue
			}
			s.links[i].happened(ctx, sys, r)
		}
		s.links = slices.DeleteFunc(s.links, func(l *link) bool {
			l.act(ctx, sys)
			closed := l.judge(ctx, sys, cfg)
			s.tell(sys, l, closed)
			s.deaf = s.deaf && !closed
			return closed
		})
	}
}

// watched are the descriptors that are polled.
func (s *Server) watched() []sandbox.PollFD {
	list := make([]sandbox.PollFD, 0, len(s.links)+1)
	if !s.deaf {
		list = append(list, sandbox.PollFD{FD: s.listener, In: true})
	}
	for _, l := range s.links {
		list = append(list, l.wants())
	}
	return list
}

// patience is how long there is nothing to do if nobody says anything; negative:
// for ever.
func (s *Server) patience(now time.Duration, cfg Config) time.Duration {
	wait := time.Duration(-1)
	for _, l := range s.links {
		left := l.left(now, cfg)
		if l.more {
			left = 0
		}
		if wait < 0 || left < wait {
			wait = left
		}
	}
	return wait
}

// accept takes those that have called. Where there are too many, the one goes
// that has been silent since it called, and longest; if each has said something,
// the one that has called last is told to come again.
func (s *Server) accept(ctx context.Context, sys peer.System, cfg Config) {
	for range cfg.Clients {
		o := sys.Accept(ctx, s.listener)
		fd := o.Result.Value
		if fd < 0 {
			if o.Result.Errno == string(sandbox.EMFILE) {
				if s.deaf = len(s.links) > 0; !s.deaf { // the whole system has none left
					sys.Sleep(ctx, time.Second)
				}
			}
			return
		}
		sys.Fcntl(ctx, fd, true)
		l := &link{fd: fd, from: o.Result.Addr, conn: newServer(cfg.Limit), ready: true, disk: disk{folder: s.folder}, since: sys.Now()}
		if len(s.links) >= cfg.Clients {
			i := slices.IndexFunc(s.links, func(l *link) bool { return l.conn.silent() })
			if i < 0 {
				l.turnAway(ctx, sys)
				continue
			}
			s.links[i].turnAway(ctx, sys)
			s.links = slices.Delete(s.links, i, i+1)
		}
		s.links = append(s.links, l)
	}
}

// turnAway closes the connection of one that has not said anything.
func (l *link) turnAway(ctx context.Context, sys peer.System) {
	l.conn.turnAway()
	l.send(ctx, sys)
	sys.Close(ctx, l.fd)
}

// tell prints what has come to an end on a link.
func (s *Server) tell(sys peer.System, l *link, closed bool) {
	for _, r := range l.conn.reports() {
		text := r.text("kept", "kept", " from "+l.from)
		if r.Fetch {
			text = r.text("gave out", "given out", " to "+l.from)
		}
		sys.Print(text + "\n")
		l.told = r.Refusal
	}
	if r := l.conn.refusal; closed && r != nil && r != l.told {
		sys.Print("refused " + l.from + ": " + r.Error() + "\n")
	}
}
