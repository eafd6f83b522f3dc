package playground

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// journal is a session's lines in a file, as they are done: what is left of a
// session that was not ended by its learner. The file is locked while the
// program lives, so that another start can tell a living session's from a dead
// one's. All of it is a convenience: what cannot be written is done without.
type journal struct {
	file *os.File // nil: there is none
	lock *flock.Flock
	lost []string // files of sessions that died
}

// journals are the files of sessions in the folder for what lasts.
const journals = "session-*.sock"

// openJournal begins a journal, and looks for those of sessions that died.
func openJournal(folder string) *journal {
	j := &journal{}
	if folder == "" || os.MkdirAll(folder, 0o700) != nil {
		return j
	}
	found, _ := filepath.Glob(filepath.Join(folder, journals))
	for _, name := range found {
		l := flock.New(name)
		if ok, err := l.TryLock(); err != nil || !ok {
			continue // it lives
		}
		if lines := readJournal(name); len(lines) > 0 {
			j.lost = append(j.lost, name)
		} else {
			os.Remove(name)
		}
		_ = l.Unlock()
	}
	f, err := os.CreateTemp(folder, journals)
	if err != nil {
		return j
	}
	j.lock = flock.New(f.Name())
	if ok, err := j.lock.TryLock(); err != nil || !ok {
		f.Close()
		os.Remove(f.Name())
		return j
	}
	j.file = f
	return j
}

// maxJournal is how much of a journal is read, in octets.
const maxJournal = 4 << 20

// readJournal are the lines of a journal; none of one that is no such file.
func readJournal(name string) []string {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxJournal {
		return nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	text := strings.TrimRight(string(data), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// add writes a line at once: the program may die at any moment.
func (j *journal) add(line string) {
	if j != nil && j.file != nil {
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
	_ = j.lock.Unlock()
}

// newest is the youngest of the lost sessions: its lines and its age; the
// others are older still, and go.
func (j *journal) newest() (file string, lines []string, age time.Duration) {
	var at time.Time
	for _, name := range j.lost {
		info, err := os.Stat(name)
		if err != nil {
			continue
		}
		if file == "" || info.ModTime().After(at) {
			file, at = name, info.ModTime()
		}
	}
	for _, name := range j.lost {
		if name != file {
			_ = os.Remove(name)
		}
	}
	if file == "" {
		return "", nil, 0
	}
	return file, readJournal(file), time.Since(at)
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
