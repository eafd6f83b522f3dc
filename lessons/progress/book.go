package progress

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Book is a file of progress. Several programs may have it open at once, and
// lose nothing of each other.
type Book struct {
	file     string
	patience time.Duration // how long a lock that another holds is waited for

	mu      sync.Mutex
	memory  []byte          // instead of a file
	waiting []func(*Record) // changes that could not be kept yet
}

// patience is how long a learner may wonder why nothing happens.
const patience = 2 * time.Second

// Open is the book in a file, which need not be there; "" is one in memory.
func Open(file string) *Book {
	return &Book{file: file, patience: patience, memory: encode(Record{})}
}

// Read is what is in the book, and what has been changed since without being
// kept. The record can be used whatever the error says, which is a *Trouble.
func (b *Book) Read() (Record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.file == "" {
		return decode(b.memory)
	}
	r, trouble := b.read()
	for _, change := range b.waiting {
		change(&r)
	}
	return r, asError(trouble)
}

// read reads without a lock, since a file is replaced as a whole. Only for one
// that is damaged there has to be one.
func (b *Book) read() (Record, *Trouble) {
	file, err := resolve(b.file)
	if err != nil {
		return fresh(), b.trouble(err)
	}
	r, err := load(file)
	var d damaged
	if !errors.As(err, &d) {
		return r, b.trouble(err)
	}
	unlock, err := b.lock(file)
	if err != nil {
		return r, b.damagedStill(d, err)
	}
	defer unlock()
	return b.restore(file)
}

// Change changes the book. What cannot be kept now is kept with the next change
// that can be, and Read knows it meanwhile: so f may be called again, for another
// record, and must do nothing else. The error is a *Trouble.
func (b *Book) Change(f func(*Record)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.file == "" {
		r, _ := decode(b.memory) // which encode has written
		f(&r)
		data := encode(r)
		if len(data) > most {
			return b.trouble(errLarge)
		}
		b.memory = data
		return nil
	}
	b.waiting = append(b.waiting, f)
	trouble := b.keep()
	if trouble == nil || trouble.Kept {
		b.waiting, b.patience = nil, patience
	}
	return asError(trouble)
}

// keep makes the changes that wait, in the file, and nobody else does meanwhile.
func (b *Book) keep() *Trouble {
	file, err := resolve(b.file)
	if err != nil {
		return b.trouble(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return b.trouble(err)
	}
	unlock, err := b.lock(file)
	if err != nil {
		return b.trouble(err)
	}
	defer unlock()
	r, trouble := b.restore(file)
	if trouble != nil && !trouble.Kept {
		return trouble
	}
	before := encode(r)
	for _, change := range b.waiting {
		change(&r)
	}
	after := encode(r)
	if bytes.Equal(before, after) {
		return trouble
	}
	return trouble.and(b.trouble(write(file, after)))
}

// restore reads the file under its lock, and sets it aside if it is damaged.
func (b *Book) restore(file string) (Record, *Trouble) {
	r, err := load(file)
	var d damaged
	if !errors.As(err, &d) {
		return r, b.trouble(err)
	}
	aside, err := setAside(file)
	if err != nil {
		return r, b.damagedStill(d, err)
	}
	return r, b.begunAnew(d, aside)
}

// lock keeps other programs from changing the file. Once that was in vain, it is
// not waited for again, until a change can be kept.
func (b *Book) lock(file string) (unlock func(), err error) {
	unlock, err = lock(file, b.patience)
	if errors.Is(err, errHeld) {
		b.patience = 0
	}
	return unlock, err
}

func fresh() Record { return Record{Version: version} }
