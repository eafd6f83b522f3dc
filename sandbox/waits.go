package sandbox

import (
	"cmp"
	"slices"

	"sockplay/tracer/track"
)

// waits finds, among the calls that wait, those that may go on: to try each of
// them after every packet would take a thousand readers a thousand times as long.
// A call is quiet if nothing but a change of its sockets lets it go on, and the
// stack tells of that; all others are tried whenever something has happened.
type waits struct {
	notifier Notifier // nil: the stack is none
	last     uint64
	restless []*Process               // in calls that are not quiet, in the order in which they blocked
	files    map[Socket]*file         // those that the stack tells of
	stirred  map[*track.Endpoint]bool // of those that it has told of, since gaveUp
}

// add notes that the process waits.
func (w *waits) add(p *Process) {
	w.last++
	p.turn = w.last
	if !p.pending.quiet {
		w.restless = append(w.restless, p)
	}
}

// remove notes that the process waits no longer.
func (w *waits) remove(p *Process) {
	if i := slices.Index(w.restless, p); i >= 0 {
		w.restless = slices.Delete(w.restless, i, i+1)
	}
}

// open notes a socket that a process has.
func (w *waits) open(p *Process, f *file) {
	f.holder = p
	if w.notifier == nil || f.kind.Unix() {
		return
	}
	if w.files == nil {
		w.files, w.stirred = make(map[Socket]*file), make(map[*track.Endpoint]bool)
	}
	w.files[f.sock] = f
}

// closed notes that nobody has the socket any more.
func (w *waits) closed(f *file) { delete(w.files, f.sock) }

// noticed reports whether the stack tells when a call on f that waits for
// something to come can go on. What a process does to a socket that it shares,
// nobody tells the others.
func (w *waits) noticed(f *file) bool {
	return f != nil && w.notifier != nil && !f.kind.Unix() && !f.shared
}

// mayEnd reports whether the stack may have given up the connection: it tells of
// what happens to a socket that somebody has, but not of others.
func (w *waits) mayEnd(e *track.Endpoint) bool {
	return w.notifier == nil || e.FD == 0 || e.Process == "" || w.stirred[e]
}

// due are the processes whose calls may go on, in the order in which they
// blocked.
func (w *waits) due() []*Process {
	due := slices.Clone(w.restless)
	if w.notifier == nil {
		return due
	}
	for _, sock := range w.notifier.Changed() {
		f := w.files[sock]
		if f == nil {
			continue
		}
		w.stirred[f.end] = true
		if p := f.holder; p.pending != nil && p.pending.quiet && !slices.Contains(due, p) {
			due = append(due, p)
		}
	}
	slices.SortFunc(due, func(a, b *Process) int { return cmp.Compare(a.turn, b.turn) })
	return due
}
