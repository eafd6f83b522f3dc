package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// folder is where files are kept. No name leads out of it, not even a link that
// is put there meanwhile (os.Root), and no link is followed at all.
type folder struct {
	root  *os.Root
	parts map[string]bool // which someone is writing
	piece []byte          // what was read last
}

func openFolder(path string) (*folder, *Refusal) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, refuse(Disk, "the folder %s cannot be used: %s; name one that is there", quoted(path), plain(err))
	}
	return &folder{root: root, parts: make(map[string]bool), piece: make([]byte, piece)}, nil
}

func (d *folder) close() { d.root.Close() }

// disk does a conn's work: at most one file is open.
type disk struct {
	folder *folder
	local  string // the path of the file to be sent, where it is not in the folder

	file    *os.File
	name    string // of the file that a part becomes; "": it is none
	replace bool
	written []byte // and not yet on the disk
}

// written holds so much before it goes to the disk.
const buffer = 128 << 10

// partName is what a part of a file is called. No file may be called so.
func partName(name string) string { return "." + name + ".part" }

func (k *disk) work(w work) (r result) {
	switch w.do {
	case doOpen:
		r.size, r.refusal = k.open(w.name)
	case doCreate:
		r.size, r.refusal = k.create(w)
	case doRead:
		n, err := io.ReadFull(k.file, k.folder.piece[:min(w.n, piece)])
		if r.data = k.folder.piece[:n]; err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			r.refusal = failed(err, "read")
		}
	case doSeek:
		if _, err := k.file.Seek(w.n, io.SeekStart); err != nil {
			r.refusal = failed(err, "read")
		} else if k.name != "" {
			r.refusal = failed(k.file.Truncate(w.n), "written")
		}
	case doWrite:
		if k.written = append(k.written, w.data...); len(k.written) >= buffer {
			r.refusal = k.flush()
		}
	case doKeep:
		r.refusal = k.keep()
	case doDrop:
		if k.name == "" { // it was let go of, and is no part of ours any more
			k.close()
			break
		}
		part := partName(k.name)
		k.written = k.written[:0]
		k.close()
		k.folder.root.Remove(part)
	case doClose:
		k.close()
	}
	return r
}

// regular refuses what is no ordinary file.
func (k *disk) regular(info fs.FileInfo, name string) *Refusal {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode&fs.ModeSymlink != 0:
		return refuse(Link, "%s is a link, which could lead anywhere; only files themselves are moved", quoted(name))
	case mode.IsDir():
		return refuse(Kind, "%s is a folder; only files are moved, one by one", quoted(name))
	default:
		return refuse(Kind, "%s is a pipe, a device or the like, which has no length; only files are moved", quoted(name))
	}
}

// openFile opens a file that is there, and makes sure that it is what was looked
// at: a link or a pipe may have been put in its place meanwhile.
func (k *disk) openFile(name, shown string, flag int) (int64, *Refusal) {
	look, open := k.folder.root.Lstat, k.folder.root.OpenFile
	if k.local != "" {
		look, open = os.Stat, os.OpenFile
	}
	info, err := look(name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, refuse(Absent, "there is no file %s", quoted(shown))
	}
	if err != nil {
		return 0, failed(err, "looked at")
	}
	if r := k.regular(info, shown); r != nil {
		return 0, r
	}
	f, err := open(name, flag|nonblock, 0)
	if err != nil {
		return 0, failed(err, "opened")
	}
	now, err := f.Stat()
	if err != nil || !os.SameFile(info, now) {
		f.Close()
		return 0, refuse(Link, "%s was put in place of another just now; ask again", quoted(shown))
	}
	k.file = f
	return now.Size(), nil
}

func (k *disk) open(name string) (int64, *Refusal) {
	path := name
	if k.local != "" {
		path = k.local
	}
	return k.openFile(path, name, os.O_RDONLY)
}

// target refuses what a whole file may not take the place of.
func (k *disk) target(name string, replace bool) *Refusal {
	info, err := k.folder.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return failed(err, "looked at")
	case !replace:
		return exists(name)
	}
	return k.regular(info, name)
}

func exists(name string) *Refusal {
	return refuse(Exists, "there is a file %s already; let it be replaced, or choose another name", quoted(name))
}

// create opens the part of a file, and tells how much of it is there.
func (k *disk) create(w work) (int64, *Refusal) {
	if r := k.target(w.name, w.replace); r != nil {
		return 0, r
	}
	if k.folder.parts[w.name] {
		return 0, busy(w.name)
	}
	part := partName(w.name)
	size, r := k.openFile(part, part, os.O_RDWR)
	if r != nil && r.Code == Absent {
		f, err := k.folder.root.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if r = failed(err, "made"); r == nil {
			k.file = f
		}
	}
	if r != nil {
		return 0, r
	}
	if !lock(k.file) {
		k.file.Close()
		k.file = nil
		return 0, busy(w.name)
	}
	k.name, k.replace = w.name, w.replace
	k.folder.parts[w.name] = true
	if size > w.n {
		size = 0 // of another file
	}
	return size, nil
}

func busy(name string) *Refusal {
	return refuse(Busy, "someone else is sending %s just now; wait, or choose another name", quoted(name))
}

func (k *disk) flush() *Refusal {
	_, err := k.file.Write(k.written)
	k.written = k.written[:0]
	return failed(err, "written")
}

// keep gives a part that is whole and on the disk the file's name, and makes
// sure that the name is on the disk, too. A file that has come meanwhile is not
// overwritten unless it may be: a link is made only where nothing is.
func (k *disk) keep() *Refusal {
	if r := k.flush(); r != nil {
		return r
	}
	if r := failed(k.file.Sync(), "written"); r != nil {
		return r
	}
	root, part := k.folder.root, partName(k.name)
	name, replace := k.name, k.replace
	whole, err := k.file.Stat()
	if r := failed(err, "looked at"); r != nil {
		return r
	}
	is := func(name string) bool { // somebody else may have put another there
		info, err := root.Lstat(name)
		return err == nil && os.SameFile(info, whole)
	}
	k.release() // Windows renames no file that is open
	if !is(part) {
		return exchanged(name)
	}
	if !replace {
		err := root.Link(part, name)
		switch {
		case errors.Is(err, fs.ErrExist):
			return exists(name)
		case err == nil:
			root.Remove(part)
			k.folder.sync()
			if !is(name) {
				return exchanged(name)
			}
			return nil
		} // there are file systems without links
	}
	if r := k.target(name, replace); r != nil {
		return r
	}
	if r := failed(root.Rename(part, name), "renamed"); r != nil {
		return r
	}
	k.folder.sync()
	if !is(name) {
		return exchanged(name)
	}
	return nil
}

func exchanged(name string) *Refusal {
	return refuse(Disk, "somebody else has put another file in the place of what came of %s; send it again", quoted(name))
}

// sync brings the folder's names to the disk, where the system can.
func (d *folder) sync() {
	if f, err := d.root.Open("."); err == nil {
		f.Sync()
		f.Close()
	}
}

// close ends the use of the file. Of a part what has come stays, if anything has.
func (k *disk) close() {
	if k.file == nil {
		return
	}
	if k.name != "" {
		k.flush()
		if info, err := k.file.Stat(); err == nil && info.Size() == 0 {
			k.folder.root.Remove(partName(k.name))
		}
	}
	k.release()
}

func (k *disk) release() {
	delete(k.folder.parts, k.name)
	k.file.Close()
	k.file, k.name, k.written = nil, "", nil
}

// failed says that the system refuses, nil if it does not.
func failed(err error, what string) *Refusal {
	switch {
	case err == nil:
		return nil
	case full(err):
		return refuse(Full, "there is no room left on the disk (%s); make some, and send it again", plain(err))
	}
	return refuse(Disk, "the file cannot be %s: %s", what, plain(err))
}

// full reports whether the disk, or what may be used of it, is.
func full(err error) bool {
	const diskFull = syscall.Errno(112) // ERROR_DISK_FULL of Windows
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) ||
		runtime.GOOS == "windows" && errors.Is(err, diskFull)
}

// plain is an error's last part, which says what happened.
func plain(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
