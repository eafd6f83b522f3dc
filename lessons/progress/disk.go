package progress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// What is in the way of a file.
var (
	errHeld     = errors.New("another sockplay is writing it")
	errNoFile   = errors.New("it is no file")
	errReadOnly = errors.New("it is write-protected")
	errDangling = errors.New("it is a link to a place that is not there")
	errLarge    = errors.New("it would be larger than 4 MiB")
	errAside    = errors.New("there are 999 damaged ones beside it")
)

// resolve follows the links to a file, which stay what they are.
func resolve(file string) (string, error) {
	real, err := filepath.EvalSymlinks(file)
	if err == nil {
		return real, nil
	}
	if info, err := os.Lstat(file); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return "", errDangling
	}
	return file, nil
}

// load reads a file; one that is not there is a fresh record.
func load(file string) (Record, error) {
	var data []byte
	err := patiently(func() error {
		info, err := os.Stat(file)
		if err == nil && !info.Mode().IsRegular() { // to open a pipe would wait
			return errNoFile
		}
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		data, err = io.ReadAll(io.LimitReader(f, most+1))
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return fresh(), nil
	}
	if err != nil {
		return fresh(), err
	}
	r, err := decode(data)
	if err != nil {
		return fresh(), err
	}
	return r, nil
}

// unfinished are the names, beside a file, of what is being written.
func unfinished(file string) (dir, prefix, suffix string) {
	dir, base := filepath.Split(file)
	return dir, "." + base + ".", ".new"
}

// write replaces a file as a whole, so that there is the old one or the new one
// whatever happens meanwhile. It needs the lock.
func write(file string, data []byte) error {
	if len(data) > most { // it would not be read again
		return errLarge
	}
	if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o200 == 0 {
		return errReadOnly // it could be replaced; somebody does not want that
	}
	sweep(file)
	dir, prefix, suffix := unfinished(file)
	f, err := os.CreateTemp(filepath.Clean(dir), prefix+"*"+suffix)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // in vain if all is well
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return patiently(func() error { return os.Rename(f.Name(), file) })
}

// sweep removes what programs that were killed have left. Who has the lock knows
// that nobody is writing.
func sweep(file string) {
	dir, prefix, suffix := unfinished(file)
	found, _ := os.ReadDir(filepath.Clean(dir))
	for _, f := range found {
		if strings.HasPrefix(f.Name(), prefix) && strings.HasSuffix(f.Name(), suffix) {
			_ = os.Remove(filepath.Join(dir, f.Name()))
		}
	}
}

// setAside gives a file that is of no use a name of its own.
func setAside(file string) (string, error) {
	dir, base := filepath.Split(file)
	ext := filepath.Ext(base)
	name := strings.TrimSuffix(base, ext) + ".damaged"
	for n := 1; n < 1000; n++ {
		aside := filepath.Join(dir, name+ext)
		if n > 1 {
			aside = filepath.Join(dir, fmt.Sprintf("%s-%d%s", name, n, ext))
		}
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			return aside, patiently(func() error { return os.Rename(file, aside) })
		}
	}
	return "", errAside
}

// lock waits so long for the lock beside a file. It stays there: if one took it
// away, another could wait for it that is not the one a third makes anew. Where
// there are no locks, in a browser and on some network's disks, it is done
// without.
func lock(file string, patience time.Duration) (unlock func(), err error) {
	l := flock.New(file + ".lock")
	ok, err := l.TryLock()
	if !ok && err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if _, err = l.TryLockContext(ctx, time.Millisecond); errors.Is(err, context.DeadlineExceeded) {
			err = errHeld
		}
	}
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK) {
		err = nil
	}
	return func() { _ = l.Unlock() }, err
}
