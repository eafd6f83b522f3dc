package files

import (
	"context"
	"fmt"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// Client moves files to and from a server.
type Client struct {
	Addr   sandbox.Addr
	Folder string // where what is fetched is kept; it must be there
	Jobs   []Job
	Config Config
	// Progress is told how far a file is, and at what time; may be nil.
	Progress func(p Progress)
	// Report is told what came of each file; nil: it is printed.
	Report func(Report)
}

// Progress is how far a file is: At of Size octets are there, of which Had were
// there before. Now is the system's clock.
type Progress struct {
	Job
	Reading       bool // it is read for its checksum: At octets are, and none has moved
	At, Size, Had int64
	Now           time.Duration
}

// tell tells how far the file is.
func (k *Client) tell(c *conn, now time.Duration) {
	switch {
	case k.Progress == nil:
	case c.state == giving || c.state == taking:
		k.Progress(Progress{Job: c.job, At: max(c.has, c.at-int64(len(c.out))), Size: c.size, Had: c.has, Now: now})
	case c.state == summing || c.state == having:
		k.Progress(Progress{Job: c.job, Reading: true, At: c.read, Size: c.size, Now: now})
	}
}

// Run moves the files one by one over one connection.
func (k *Client) Run(ctx context.Context, sys peer.System) {
	if k.Report == nil {
		k.Report = func(r Report) { sys.Print(r.String() + r.advice() + "\n") }
	}
	cfg := k.Config.defaults()
	if k.Config.Idle == 0 { // the server may have to read a large file before it answers
		cfg.Idle = 2 * time.Minute
	}
	jobs := k.Jobs
	giveUp := func(r *Refusal) {
		for _, j := range jobs {
			k.Report(Report{Job: j, Refusal: r})
		}
	}
	place, refusal := openFolder(k.Folder)
	if refusal != nil {
		giveUp(refusal)
		return
	}
	defer place.close()
	if jobs = k.there(place); len(jobs) == 0 {
		return
	}
	fd, refusal := k.call(ctx, sys)
	if refusal != nil {
		giveUp(refusal)
		return
	}
	l := &link{fd: fd, conn: newClient(cfg.Limit), disk: disk{folder: place}, since: sys.Now()}
	defer func() { l.disk.close() }()
	for {
		c := l.conn
		l.act(ctx, sys)
		k.tell(c, sys.Now())
		for _, r := range c.reports() {
			k.Report(r)
		}
		if c.idle() && len(jobs) == 0 {
			sys.Close(ctx, fd)
			return
		}
		if c.idle() {
			l.disk.local = jobs[0].Path
			c.begin(jobs[0])
			l.ready = true
			jobs = jobs[1:]
			continue
		}
		ungreeted := c.state == greeted
		closed := l.judge(ctx, sys, cfg)
		if ungreeted && c.state == closing && !closed { // it has no word that might be lost
			sys.Close(ctx, fd)
			closed = true
		}
		if closed {
			giveUp(c.refusal)
			return
		}
		wait := l.left(sys.Now(), cfg)
		if l.more {
			wait = 0 // but the server may have said something, and the learner that it is to end
		}
		o := sys.Poll(ctx, []sandbox.PollFD{l.wants()}, wait)
		if o.Result.Value < 0 && o.Result.Errno != string(sandbox.EINTR) {
			giveUp(refuse(Network, "it was interrupted (%s)", o.Result.Errno))
			return
		}
		for _, r := range o.Revents() {
			l.happened(ctx, sys, r)
		}
	}
}

// there are the jobs that can be begun: a file that is to be sent must be there.
func (k *Client) there(place *folder) (jobs []Job) {
	for _, j := range k.Jobs {
		if !j.Fetch {
			d := disk{folder: place, local: j.Path}
			_, r := d.open(j.Name)
			d.close()
			if r != nil {
				k.Report(Report{Job: j, Refusal: r})
				continue
			}
		}
		jobs = append(jobs, j)
	}
	return jobs
}

// call connects to the server.
func (k *Client) call(ctx context.Context, sys peer.System) (fd int, refusal *Refusal) {
	fd = sys.Socket(ctx, peer.Stream(k.Addr)).Result.Value
	bound(ctx, sys, fd)
	if o := sys.Connect(ctx, fd, k.Addr); o.Result.Value < 0 {
		sys.Close(ctx, fd)
		hint := "is the address right, and the server running?"
		if o.Result.Errno == "ECONNREFUSED" {
			hint = "the host is there, but nobody listens on that port: start the server first"
		}
		return 0, refuse(Network, "%s does not answer (%s): %s", k.Addr, o.Result.Errno, hint)
	}
	sys.Fcntl(ctx, fd, true)
	return fd, nil
}

// String says in a line what came of a file, to the one who asked.
func (r Report) String() string {
	if r.Fetch {
		return r.text("fetched", "fetched", "")
	}
	return r.text("sent", "sent", "")
}

// advice is what to do about it at the prompt, where a line has started the client.
func (r Report) advice() string {
	switch {
	case r.Refusal == nil || r.Refusal.Code != Exists:
		return ""
	case r.Fetch:
		return "; try: another folder"
	}
	return "; try: peer send --replace"
}

// text says it: what was done, or what was to be, and with whom.
func (r Report) text(did, done, with string) string {
	if r.Refusal == nil {
		text := fmt.Sprintf("%s %s%s: %d octets, SHA-256 %s", did, quoted(r.Name), with, r.Size, r.Sum)
		if r.Had > 0 {
			text += fmt.Sprintf(", of which %d were there already", r.Had)
		}
		return text
	}
	who := ""
	if r.Refusal.Peer {
		who = "the other end: "
	}
	text := fmt.Sprintf("not %s %s%s: %s%s", done, quoted(r.Name), with, who, r.Refusal.Error())
	if r.Kept > 0 {
		text += fmt.Sprintf(" (%d octets are kept)", r.Kept)
	}
	return text
}
