package playground

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"sockplay/tracer/ink"
)

// journal is a session's lines in a file, as they are done: what is left of a
// session that was not ended by its learner. A lock beside it is held while the
// program lives, so that another start can tell a living session from a dead
// one. All of it is a convenience: what cannot be written is done without.
type journal struct {
	file *os.File // nil: there is none
	lock *flock.Flock
}

// journals are the files of sessions in the folder for what lasts.
const journals = "session-*.sock"

// unlocked is how long a journal may be without its lock, at its beginning.
const unlocked = time.Minute

// lockOf is the lock beside a journal. Windows would let nobody read or write
// the journal itself while it is locked.
func lockOf(file string) *flock.Flock { return flock.New(file + ".lock") }

// openJournal begins a journal.
func openJournal(folder string) *journal {
	if folder == "" || os.MkdirAll(folder, 0o700) != nil {
		return &journal{}
	}
	f, err := os.CreateTemp(folder, journals)
	if err != nil {
		return &journal{}
	}
	j := &journal{file: f, lock: lockOf(f.Name())}
	if ok, err := j.lock.TryLock(); err != nil || !ok {
		j.close(true)
		return &journal{}
	}
	return j
}

// add writes a line at once: the program may die at any moment.
func (j *journal) add(line string) {
	if j.file != nil {
		_, _ = j.file.WriteString(line + "\n")
	}
}

// restart forgets what was done, after a reset.
func (j *journal) restart() {
	if j.file != nil {
		_ = j.file.Truncate(0)
		_, _ = j.file.Seek(0, 0)
	}
}

// rewrite has the lines for what was done.
func (j *journal) rewrite(lines []string) {
	j.restart()
	for _, l := range lines {
		j.add(l)
	}
}

// close ends the journal. It stays if the session did not end as its learner
// wanted.
func (j *journal) close(wanted bool) {
	if j.file == nil {
		return
	}
	info, err := j.file.Stat()
	_ = j.file.Close()
	if wanted || err != nil || info.Size() == 0 {
		_ = os.Remove(j.file.Name())
	}
	release(j.lock)
}

// release gives a lock back, and leaves nothing of it.
func release(lock *flock.Flock) {
	_ = os.Remove(lock.Path())
	_ = lock.Unlock()
	_ = os.Remove(lock.Path()) // where an open file cannot be removed
}

// lost is a session that died. It is locked, so that nobody else is offered it
// meanwhile.
type lost struct {
	file  string
	lines []string
	at    time.Time // when it was last added to
	lock  *flock.Flock
}

// newestLost is the youngest of the sessions that died; nil if there is none.
// Older ones wait for the next start.
func newestLost(folder string) *lost {
	var newest *lost
	if folder == "" {
		return nil
	}
	found, _ := filepath.Glob(filepath.Join(folder, journals))
	for _, name := range found {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() || newest != nil && newest.at.After(info.ModTime()) ||
			info.Size() == 0 && time.Since(info.ModTime()) < unlocked { // it has just begun
			continue
		}
		l := &lost{file: name, at: info.ModTime(), lock: lockOf(name)}
		if ok, err := l.lock.TryLock(); err != nil || !ok {
			continue // it lives
		}
		if l.lines = readJournal(name); len(l.lines) == 0 {
			l.forget()
			continue
		}
		newest.leave()
		newest = l
	}
	return newest
}

// maxJournal is how much of a journal is read, in octets.
const maxJournal = 4 << 20

// readJournal are the lines of a journal.
func readJournal(name string) []string {
	info, err := os.Stat(name)
	if err != nil || info.Size() > maxJournal {
		return nil
	}
	data, err := os.ReadFile(name)
	text := strings.TrimRight(string(data), "\n")
	if err != nil || text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// forget removes what is restored.
func (l *lost) forget() {
	_ = os.Remove(l.file)
	release(l.lock)
}

// leave lets the next start find it.
func (l *lost) leave() {
	if l != nil {
		release(l.lock)
	}
}

// keep gives what is not restored a name of its own; "" if it cannot.
func (l *lost) keep() string {
	defer release(l.lock)
	for n := 1; n < 1000; n++ {
		name := filepath.Join(filepath.Dir(l.file), "lost.sock")
		if n > 1 {
			name = filepath.Join(filepath.Dir(l.file), fmt.Sprintf("lost-%d.sock", n))
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			if os.Rename(l.file, name) != nil {
				return ""
			}
			return name
		}
	}
	return ""
}

// ago says how long ago something was, as one says it.
func ago(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return "a moment ago"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}

// keep keeps the lines of a sandbox that a reset has taken away, and says where.
func (g *playground) keep(lines []string) {
	file := g.file("before-reset.sock")
	if len(lines) == 0 || file == "" || os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600) != nil {
		return
	}
	g.screen.Say(ink.Calm, "  ", "what was done is kept: source "+file)
}
