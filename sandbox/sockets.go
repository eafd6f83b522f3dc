package sandbox

import (
	"net/netip"

	"sockplay/tracer"
	"sockplay/tracer/track"
)

// Sockets lists all sockets as they stand: those that a descriptor names, by
// process, and then the connections that none names, such as one in TIME-WAIT.
func (s *Sandbox) Sockets() []tracer.Socket {
	var rows []tracer.Socket
	for _, p := range s.procs {
		for _, fd := range p.FDs() {
			rows = append(rows, s.open(p, fd))
		}
	}
	for _, e := range s.track.Connections() {
		if e.FD == 0 {
			row := s.row(e)
			row.Process, row.Type = e.Process, "tcp"
			if e.Local.Addr().Is6() {
				row.Type = "tcp6"
			}
			if b := s.TCB(e); e.Process == "" && b != nil { // it waits for accept, and what has come with it
				row.RecvQ = b.RecvQ.Value
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// open is the row of an open descriptor.
func (s *Sandbox) open(p *Process, fd int) tracer.Socket {
	f := p.files[fd]
	row := s.row(f.end)
	row.Process, row.FD, row.Type = p.name, fd, string(f.kind)
	row.RecvQ, row.SendQ = f.sock.Queues()
	if f.kind.Unix() {
		f.unixRow(&row)
	}
	if c := p.pending; c != nil && c.fd == fd {
		row.Blocked = c.name
	}
	return row
}

func (s *Sandbox) row(e *track.Endpoint) tracer.Socket {
	row := tracer.Socket{Local: starred(e.Local), Remote: starred(e.Remote), State: e.State()}
	if row.State == "TIME-WAIT" {
		row.Left = max(0, e.Since()+timeWait-s.stack.Now())
		if t, ok := s.stack.NextTimer(e.Local, e.Remote); ok && t.Kind == TimeWaitTimer { // it may have begun anew
			row.Left = t.In
		}
	}
	return row
}

func starred(a netip.AddrPort) string {
	if !a.Addr().IsValid() || a.Port() == 0 {
		return "*"
	}
	return a.String()
}
