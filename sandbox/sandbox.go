// Package sandbox is a learner's world: processes with descriptor tables of
// their own, their socket calls, and the wire between the stack and itself.
// One goroutine owns a Sandbox: it does one thing, takes in all that came of
// it, records that, and only then does the next.
package sandbox

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"sockplay/sandbox/wire"
	"sockplay/tracer"
	"sockplay/tracer/track"
)

// Sandbox is one learner's world. Its methods belong to one goroutine.
type Sandbox struct {
	// Idle is called each time before the sandbox waits in the middle of a
	// command, for limit at most, so that what has happened so far can be
	// shown; may be nil.
	Idle func(limit time.Duration)

	// Moved is called each time after a packet has arrived or time has passed,
	// in the middle of a command; may be nil.
	Moved func()

	stack   Stack
	wire    *wire.Wire
	log     *tracer.Log
	track   *track.Tracker
	procs   []*Process
	ended   []*Process // those that have been, whose sockets can still be asked about
	blocked []*Process // those with a pending call, in the order in which they blocked
	waits   waits
	ready   []*Process // whose programs can go on
	budget  int        // calls that programs may still make in this command
	last    *Outcome   // of the call that returned last
	failure error      // of the stack itself; the sandbox is of no use after it
	lost    int        // packets that the stack could not put on the wire

	vanished   []*lostHost
	fragmented *wire.Packet // the first fragment that was sent last
	chance     *rand.Rand   // by which the learner's initial sequence numbers are chosen
	programs   programs
	differ     int
	stops      stops
	arrivals   int
	unix       map[unixName]*unixEnd // the unix sockets that have an address
	received   []byte                // what the last call received, or more
	moved      bool                  // a unix socket's bytes were moved by a call that goes on waiting
}

// New returns a sandbox over the stack, with the processes server and client,
// which records to log. The caller closes both the sandbox and the stack.
func New(stack Stack, log *tracer.Log) *Sandbox {
	s := &Sandbox{stack: stack, log: log, track: track.New(log, stack.Now)}
	s.wire = wire.New(quietLink{stack, s}, observer{s})
	s.waits.notifier, _ = stack.(Notifier)
	s.track.Unread, s.track.CrossedScale = s.unread, stack.Name() == "kernel"
	s.Seed(1)
	s.AddProcess("server")
	s.AddProcess("client")
	return s
}

// Stack returns the sandbox's stack.
func (s *Sandbox) Stack() Stack { return s.stack }

// Log returns what the sandbox records to.
func (s *Sandbox) Log() *tracer.Log { return s.log }

// Err returns the error that ended the stack, if one did.
func (s *Sandbox) Err() error { return s.failure }

// Differences counts how often the tracer and the stack said different states
// of a connection.
func (s *Sandbox) Differences() int { return s.differ }

// Note records a remark.
func (s *Sandbox) Note(text string) {
	s.log.Add(tracer.Event{At: s.stack.Now(), Kind: tracer.KindNote, Text: text})
}

// Process returns the process of that name, which may have ended; nil if there
// never was one.
func (s *Sandbox) Process(name string) *Process {
	for _, p := range slices.Concat(s.procs, s.ended) {
		if p.name == name {
			return p
		}
	}
	return nil
}

// Processes lists the processes that live, in the order in which they were
// added.
func (s *Sandbox) Processes() []*Process { return s.procs }

// AddProcess adds a process with an empty descriptor table. It returns nil if
// the name is taken. A process of that name that has ended is forgotten, but
// for what its numbers named last.
func (s *Sandbox) AddProcess(name string) *Process {
	p := &Process{name: name, sandbox: s, files: make(map[int]*file), named: make(map[int]*track.Endpoint), since: s.stack.Now()}
	if old := s.Process(name); old != nil {
		if old.ended == "" {
			return nil
		}
		p.named, p.former = old.named, old.former
		s.ended = slices.DeleteFunc(s.ended, func(q *Process) bool { return q == old })
	}
	s.rebooted(name)
	s.procs = append(s.procs, p)
	return p
}

// Last returns how the call that returned last came out, nil if none did.
func (s *Sandbox) Last() *Outcome { return s.last }

// fail remembers the first error of the stack itself.
func (s *Sandbox) fail(err error) {
	if err != nil && s.failure == nil {
		s.failure = err
		s.Note("difference: the stack failed: " + err.Error())
	}
}

// collect takes what the stack has sent onto the wire.
func (s *Sandbox) collect(cause int64) int {
	n, err := s.wire.Collect(cause, s.stack.Now()+s.stack.Latency())
	s.fail(err)
	return n
}

// settle delivers what is on its way, packet by packet, until nothing is; where
// packets take time, it lets time pass. After each delivery the calls that wait
// are tried again.
func (s *Sandbox) settle(ctx context.Context) {
	for s.failure == nil && ctx.Err() == nil {
		p := s.wire.Next(s.stack.Now())
		if p == nil {
			return
		}
		if left := p.Due - s.stack.Now(); left > 0 {
			s.pass(ctx, left)
			continue
		}
		s.deliver(p)
	}
}

// pass lets time pass for limit at most, and takes in what comes of that.
func (s *Sandbox) pass(ctx context.Context, limit time.Duration) {
	s.fail(s.stack.Wait(ctx, s.shorter(limit)))
	s.collect(0)
	s.expire()
	s.retry(0)
	s.hasMoved()
}

func (s *Sandbox) hasMoved() {
	if s.Moved != nil {
		s.Moved()
	}
}

// deliver takes p off the wire, and takes in what comes of that. Where the wire
// is to be held just before it, it is held.
func (s *Sandbox) deliver(p *wire.Packet) {
	if s.stops.due() {
		s.wire.HoldBefore(p)
		return
	}
	s.arrivals++
	s.doom(p) // the host may have vanished since it was sent
	cause, err := s.wire.Deliver(p)
	s.fail(err)
	if p.Endless() {
		s.Note("the two ends take each other's numbers for wrong and would answer each other's ACKs for ever: the last one is lost")
	}
	s.collect(cause)
	s.retry(cause)
	s.check()
	s.hasMoved()
}

// retry tries the calls that wait and may go on, first those that have waited
// longest, until none can. Where a packet would tell of what one has done while it goes
// on waiting, as a long write does, there is none between unix sockets.
func (s *Sandbox) retry(cause int64) {
	for again := true; again; {
		again, s.moved = false, false
		for _, p := range s.waits.due() {
			if p.pending != nil && p.attempt(cause) {
				again = true
			}
		}
		again = s.resume() || again || s.moved
	}
}

// check compares the states of all that was touched with the stack's account.
func (s *Sandbox) check() {
	for _, e := range s.track.Touched() {
		if !e.Comparable() {
			continue
		}
		state, err := s.stack.TCPState(e.Local, e.Remote)
		if err != nil {
			s.fail(err)
			return
		}
		if state == e.State() {
			continue
		}
		// A program goes on while we look, and a timer may have run out: what
		// they have sent since is still to come.
		if s.collect(0) > 0 || e.Process == "" && s.programs.any() {
			s.track.Touch(e)
			continue
		}
		if s.track.Differs(e, state) {
			s.differ++
			s.Note(fmt.Sprintf("difference: the tracer has %s at %s, the %s stack says %s", s.endpointName(e), e.State(), s.stack.Name(), state))
		}
	}
}

// endpointName is how a learner calls an endpoint: PROCESS:FD, also after the
// close of a number that names nothing else yet, or what it is to its process,
// or its addresses.
func (s *Sandbox) endpointName(e *track.Endpoint) string {
	fd := e.FD
	if p := s.Process(e.Process); p != nil && fd == 0 {
		for n, named := range p.named {
			if named == e {
				fd = n
			}
		}
	}
	switch {
	case fd != 0:
		return fmt.Sprintf("%s:%d", e.Process, fd)
	case e.Listener() != nil && e.Listener().Process != "":
		return e.Listener().Process + "'s new connection"
	case e.Process != "":
		return e.Process + "'s closed connection"
	}
	name := e.Local.String()
	if e.Remote.IsValid() {
		name += " > " + e.Remote.String()
	}
	return name
}

// Poll takes in what has come by itself: packets of the stack's timers, and
// calls whose time is over.
func (s *Sandbox) Poll(ctx context.Context) {
	s.programs.drain(s)
	if len(s.ready) == 0 { // who rests waits for a command that lets time pass, or a call
		s.rested()
	}
	for s.failure == nil && ctx.Err() == nil {
		n := s.collect(0)
		s.settle(ctx)
		if n == 0 {
			break
		}
	}
	s.expire()
	s.retry(0)
	s.settle(ctx)
	s.check()
	s.hasMoved()
	if l, ok := s.stack.(interface{ Lost() int }); ok {
		if n := l.Lost(); n > s.lost {
			s.Note(fmt.Sprintf("difference: %d packets were lost between the stack and the wire, whose queue was full", n-s.lost))
			s.lost = n
		}
	}
}

// idle waits in the middle of a command.
func (s *Sandbox) idle(ctx context.Context, limit time.Duration, until func() bool) {
	if s.Idle != nil {
		s.Idle(limit)
	}
	s.fail(s.programs.wait(ctx, s.stack, limit, until))
}

// Watch waits until something may have come by itself, so that Poll is due. It
// may run beside the owner. Where time stands still between commands, nothing
// comes.
func (s *Sandbox) Watch(ctx context.Context, limit time.Duration) error {
	if s.stack.Virtual() {
		<-ctx.Done()
		return nil
	}
	return s.programs.wait(ctx, s.stack, limit, nil)
}

// Close ends the programs that still run. It does not close the stack.
func (s *Sandbox) Close() {
	for _, p := range s.procs {
		p.driver.end()
	}
	s.programs.endAll()
}

// ValidName reports whether a process may be called so.
func ValidName(name string) bool {
	if name == "" || len(name) > 32 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return false
	}
	return name[0] >= 'a' && name[0] <= 'z'
}

// Inject puts a packet onto the wire that no stack has sent; it may be anything
// at all. It is delivered like any other.
func (s *Sandbox) Inject(ctx context.Context, packet []byte) { s.inject(ctx, packet, 0) }

// inject is Inject as an effect of the event cause.
func (s *Sandbox) inject(ctx context.Context, packet []byte, cause int64) {
	s.wire.Inject(packet, cause, s.stack.Now()+s.stack.Latency())
	s.settle(ctx)
	s.check()
}

// Seed begins the chance anew by which the wire loses packets, and that of Number.
func (s *Sandbox) Seed(seed int64) {
	s.wire.Seed(seed)
	s.chance = rand.New(rand.NewPCG(uint64(seed), 0x696e6a656374))
}

// Number is the next initial sequence number for the learner's own connections.
func (s *Sandbox) Number() uint32 { return s.chance.Uint32() }

// Wire is the wire: its rules, and what is on it, to be looked at. Packets are
// moved by the sandbox alone.
func (s *Sandbox) Wire() *wire.Wire { return s.wire }
