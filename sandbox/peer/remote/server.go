package remote

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// Config says how to serve. A zero number stands for its default.
type Config struct {
	Addr     sandbox.Addr
	Secret   string
	Insecure bool    // the secret is sent in clear, and no message is signed
	List     []Entry // what may be run; nil: DefaultList
	Run      Runner  // nil: Builtin

	Clients int           // at once; 64
	Hello   time.Duration // until a client has shown that it knows the secret; 10 s
	Line    time.Duration // from a line's first octet to its last; 10 s
	Idle    time.Duration // between two commands; 10 min
	Limit   time.Duration // that a command may run; 5 s
	Output  int           // octets that a command may print; 256 KiB
	Penalty time.Duration // until a wrong secret is answered; 1 s
}

func (c Config) withDefaults() *Config {
	if c.List == nil {
		c.List = DefaultList
	}
	if c.Run == nil {
		c.Run = Builtin
	}
	for p, d := range map[*time.Duration]time.Duration{
		&c.Hello: 10 * time.Second, &c.Line: 10 * time.Second, &c.Idle: 10 * time.Minute, &c.Limit: 5 * time.Second, &c.Penalty: time.Second,
	} {
		if *p == 0 {
			*p = d
		}
	}
	if c.Clients == 0 {
		c.Clients = 64
	}
	if c.Output == 0 {
		c.Output = 256 << 10
	}
	return &c
}

// The bounds of what is kept of one client, in octets.
const (
	readSize = 4096
	maxOut   = 64 << 10 // beyond it nothing more is read from or for it
)

// client is one that is connected.
type client struct {
	*session
	fd   int
	addr string
	job  *running
	// When it came, when a line began that has not ended (0: none), when it last
	// did anything, and when it last took something of what it is told (0: it has
	// taken all); and before when it is told nothing.
	came, began, last, took, mute time.Duration
	eof                           bool
	shut                          time.Duration // when it was told its last; 0: not yet
}

// running is a command that runs.
type running struct {
	*Job
	argv  []string
	until time.Duration
	left  int    // octets that it may print yet
	told  string // how it ended, by the system
	why   string // by us: why it was ended; "": it was not
}

// grace is how long output is waited for when a command has ended, while
// something that it left behind still holds the pipe.
const grace = 200 * time.Millisecond

// How long a client has to close when it has been told its last, and how long
// nobody is taken when there was no descriptor.
const (
	farewell = 2 * time.Second
	breath   = time.Second
)

// server is the program's world.
type server struct {
	*Config
	sys      peer.System
	listener int
	clients  []*client
	deaf     time.Duration // no caller is taken before: there was no descriptor for the last
}

// Serve is the server.
func Serve(cfg Config) peer.Program {
	return func(ctx context.Context, sys peer.System) {
		s := &server{Config: cfg.withDefaults(), sys: sys}
		s.serve(ctx)
	}
}

var nodelay, _ = sandbox.LookupOption("TCP_NODELAY")

func (s *server) serve(ctx context.Context) {
	defer func() {
		for _, c := range s.clients {
			c.kill()
		}
	}()
	var ok bool
	if s.listener, ok = peer.Listen(ctx, s.sys, s.Addr); !ok {
		return
	}
	s.sys.Fcntl(ctx, s.listener, true)
	for {
		o := s.sys.Poll(ctx, s.interests(), s.patience())
		if o.Result.Value < 0 {
			return
		}
		for _, r := range o.Revents() {
			if r.FD == s.listener {
				s.accept(ctx)
				continue
			}
			for _, c := range s.clients {
				s.happened(ctx, c, r)
			}
		}
		for _, c := range slices.Clone(s.clients) {
			s.goOn(ctx, c)
		}
	}
}

// interests are what poll is asked for.
func (s *server) interests() (fds []sandbox.PollFD) {
	now := s.sys.Now()
	if now >= s.deaf && (len(s.clients) < s.Clients || s.stranger() != nil) {
		fds = append(fds, sandbox.PollFD{FD: s.listener, In: true})
	}
	for _, c := range s.clients {
		out := len(c.out) > 0 && c.mute <= now
		in := !c.eof && len(c.in) < MaxLine && (len(c.out) < maxOut || c.over)
		if in || out || c.job != nil {
			fds = append(fds, sandbox.PollFD{FD: c.fd, In: in, Out: out})
		}
		if j := c.job; j != nil {
			for _, fd := range []int{j.Status, j.Out, j.Err} {
				if fd != 0 && (fd == j.Status || len(c.out) < maxOut) {
					fds = append(fds, sandbox.PollFD{FD: fd, In: true})
				}
			}
		}
	}
	return fds
}

// deadline is when something is to be done about a client, and what it is told
// then; nil: it is let go, or its command has run long enough.
func (s *server) deadline(c *client) (at time.Duration, why *Refusal) {
	switch {
	case c.mute > s.sys.Now():
		return c.mute, nil
	case c.shut > 0:
		return c.shut + farewell, nil
	case c.took > 0 && (c.job == nil || c.took+s.Line < c.job.until):
		return c.took + s.Line, nil
	case c.job != nil:
		return c.job.until, nil
	case !c.ready:
		return c.came + s.Hello, refuse("time", fmt.Sprintf("the greeting takes longer than %s", s.Hello))
	case c.began > 0:
		return c.began + s.Line, refuse("time", fmt.Sprintf("a line takes longer than %s", s.Line))
	}
	return c.last + s.Idle, refuse("time", fmt.Sprintf("nothing was asked for %s", s.Idle))
}

// patience is how long poll may wait.
func (s *server) patience() time.Duration {
	limit, now := time.Duration(-1), s.sys.Now()
	soon := func(at time.Duration) {
		if left := max(at-now, time.Millisecond); limit < 0 || left < limit {
			limit = left
		}
	}
	if s.deaf > now {
		soon(s.deaf)
	}
	for _, c := range s.clients {
		at, _ := s.deadline(c)
		soon(at)
	}
	return limit
}

// stranger is who has been here longest without showing that it knows the secret,
// nil if there is none.
func (s *server) stranger() *client {
	i := slices.IndexFunc(s.clients, func(c *client) bool { return !c.ready })
	if i < 0 {
		return nil
	}
	return s.clients[i]
}

// accept takes one caller; poll tells of the next. Where there are too many, a
// stranger has to go.
func (s *server) accept(ctx context.Context) {
	o := s.sys.Accept(ctx, s.listener)
	if o.Result.Value < 0 {
		if o.Result.Errno == string(sandbox.EMFILE) || o.Result.Errno == "ENFILE" {
			s.deaf = s.sys.Now() + breath
			s.print("no descriptor is left for a caller: whoever calls waits")
		}
		return
	}
	if c := s.stranger(); len(s.clients) >= s.Clients && c != nil {
		c.end(refuse("full", "others wait, and this client has not shown yet that it knows the secret"))
		s.write(ctx, c, s.sys.Now())
		s.drop(ctx, c, c.why)
	}
	fd := o.Result.Value
	s.sys.Fcntl(ctx, fd, true)
	s.sys.Setsockopt(ctx, fd, nodelay, 1) // an answer does not wait for the ACK of the one before
	random := make([]byte, nonceSize)
	s.sys.Random(random)
	now := s.sys.Now()
	s.clients = append(s.clients, &client{session: newSession(s.Config, random), fd: fd, addr: o.Result.Addr, came: now, last: now})
}

// happened takes in what poll told of one of a client's descriptors.
func (s *server) happened(ctx context.Context, c *client, r sandbox.Revent) {
	switch j := c.job; {
	case r.FD == c.fd:
		if r.In || r.Hup || r.Err {
			s.read(ctx, c)
		}
	case j == nil:
	case r.FD == j.Out:
		j.Out = s.drain(ctx, c, j.Out, "OUT")
	case r.FD == j.Err:
		j.Err = s.drain(ctx, c, j.Err, "ERR")
	case r.FD == j.Status:
		o := s.sys.Read(ctx, j.Status, 200)
		if o.Result.Value > 0 {
			j.told += string(o.Result.Data)
			return
		}
		s.sys.Close(ctx, j.Status)
		j.Status = 0
		j.Kill() // what it has left behind
		j.until = s.sys.Now() + grace
	}
}

// read takes in what a client has sent. One that has closed its side counts as
// gone: nothing else tells it from one that has closed all.
func (s *server) read(ctx context.Context, c *client) {
	if c.eof {
		return
	}
	o := s.sys.Read(ctx, c.fd, readSize)
	switch {
	case o.Result.Errno == string(sandbox.EAGAIN):
	case o.Result.Value <= 0:
		c.eof = true
	default:
		c.last = s.sys.Now()
		c.receive(o.Result.Data)
	}
}

// drain passes on what a command prints, and closes the descriptor at its end.
func (s *server) drain(ctx context.Context, c *client, fd int, verb string) int {
	o := s.sys.Read(ctx, fd, MaxPiece)
	if o.Result.Value <= 0 {
		s.sys.Close(ctx, fd)
		return 0
	}
	data := o.Result.Data
	if len(data) > c.job.left {
		data = data[:c.job.left]
		c.job.why = fmt.Sprintf("125 it printed more than %d octets", s.Output)
		c.job.Kill()
	}
	c.job.left -= len(data)
	c.output(verb, data)
	return fd
}

// goOn does for a client what can be done now.
func (s *server) goOn(ctx context.Context, c *client) {
	now := s.sys.Now()
	if c.eof {
		s.write(ctx, c, now) // it may have closed its side alone
		s.drop(ctx, c, "")
		return
	}
	if c.job != nil {
		s.judge(ctx, c, now)
	}
	for c.job == nil && !c.over && len(c.out) < maxOut {
		argv := c.next()
		if argv == nil {
			break
		}
		s.start(c, argv)
	}
	switch {
	case c.job != nil || !c.half():
		c.began = 0
	case c.began == 0:
		c.began = now
	}
	if c.wrong && c.mute == 0 { // so that nobody can try many
		c.mute = now + s.Penalty
	}
	if at, why := s.deadline(c); now >= at && c.shut > 0 {
		s.drop(ctx, c, "")
		return
	} else if now >= at && c.took > 0 {
		s.drop(ctx, c, "it does not read")
		return
	} else if now >= at && why != nil {
		c.end(why)
	}
	if c.why != "" {
		later := ""
		if c.mute > now {
			later = fmt.Sprintf("; it is told so in %s", s.Penalty)
			if p, sandboxed := s.sys.(*sandbox.Process); sandboxed && p.Virtual() {
				later += fmt.Sprintf(": advance %s lets the time pass", s.Penalty)
			}
		}
		s.print("%s is refused: %s%s", c.addr, c.why, later)
		c.why = ""
	}
	switch {
	case !s.write(ctx, c, now):
		s.drop(ctx, c, "")
	case c.over && len(c.out) == 0 && c.shut == 0: // a close with octets unread would be an RST, at which it may be lost
		s.sys.Shutdown(ctx, c.fd, sandbox.ShutWr)
		c.shut = now
	}
}

// write tells a client what there is to tell, as far as it takes it. It reports
// whether it is still there.
func (s *server) write(ctx context.Context, c *client, now time.Duration) bool {
	if len(c.out) > 0 && c.mute <= now {
		o := s.sys.Write(ctx, c.fd, c.out)
		switch {
		case o.Result.Value > 0:
			c.out = c.out[o.Result.Value:]
			c.last, c.took = now, now
		case o.Result.Errno != string(sandbox.EAGAIN):
			return false
		case c.took == 0:
			c.took = now
		}
	}
	if len(c.out) == 0 {
		c.took = 0
	}
	return true
}

// judge ends a command that runs too long, and one that has ended.
func (s *server) judge(ctx context.Context, c *client, now time.Duration) {
	j := c.job
	switch late := now >= j.until; {
	case late && (j.Status == 0 || j.why != ""): // something else holds its pipes
		s.release(ctx, j)
	case late:
		j.why = fmt.Sprintf("124 it ran longer than %s", s.Limit)
		j.Kill()
		j.until = now + grace
	}
	if j.Out == 0 && j.Err == 0 && j.Status == 0 {
		s.finish(c)
	}
}

// start runs a command.
func (s *server) start(c *client, argv []string) {
	told := fmt.Sprintf("%s runs %s", c.addr, strings.Join(argv, " "))
	job, err := s.Run(s.sys, argv)
	if err == nil && !job.Over {
		told += fmt.Sprintf("; pipes: %d its output, %d its errors, %d its exit status", job.Out, job.Err, job.Status)
	}
	s.print("%s", told)
	if err != nil {
		c.say(refuse("command", err.Error()).line(), nil)
		return
	}
	if job.Over {
		c.output("OUT", job.Stdout)
		c.output("ERR", job.Stderr)
		c.exit(fmt.Sprint(job.Code))
		return
	}
	c.job = &running{Job: job, argv: argv, until: s.sys.Now() + s.Limit, left: s.Output}
}

// finish tells how a command ended.
func (s *server) finish(c *client) {
	status := cmp.Or(c.job.why, c.job.told)
	c.exit(status)
	s.print("%s: %s ended: %s", c.addr, c.job.argv[0], status)
	c.job, c.last = nil, s.sys.Now()
}

// drop lets go of a client, and ends what runs for it.
func (s *server) drop(ctx context.Context, c *client, why string) {
	if j := c.job; j != nil {
		s.print("%s has gone: %s is ended", c.addr, j.argv[0])
		c.kill()
		s.release(ctx, j)
	}
	if why != "" {
		s.print("%s is let go: %s", c.addr, why)
	}
	s.sys.Close(ctx, c.fd)
	s.clients = slices.DeleteFunc(s.clients, func(d *client) bool { return d == c })
}

// release closes what is left of a command's descriptors.
func (s *server) release(ctx context.Context, j *running) {
	for _, fd := range []*int{&j.Out, &j.Err, &j.Status} {
		if *fd != 0 {
			s.sys.Close(ctx, *fd)
			*fd = 0
		}
	}
}

func (c *client) kill() {
	if c.job != nil {
		c.job.Kill()
		c.job = nil
	}
}

func (s *server) print(format string, v ...any) { s.sys.Print(fmt.Sprintf(format, v...) + "\n") }
