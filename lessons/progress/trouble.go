package progress

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Trouble is what a learner should know about the file of their progress.
type Trouble struct {
	Wrong string // what happened, and what it means
	Right string // what to try
	Kept  bool   // what was done is kept all the same
	Aside string // where a damaged file is now; "" if none was set aside
	err   error
}

// Error joins what a learner should know.
func (t *Trouble) Error() string { return t.Wrong + "; " + t.Right }

// Unwrap is what is behind it.
func (t *Trouble) Unwrap() error { return t.err }

// asError is no error for no trouble.
func asError(t *Trouble) error {
	if t == nil {
		return nil
	}
	return t
}

// and is both of two troubles; either may be none.
func (t *Trouble) and(next *Trouble) *Trouble {
	switch {
	case t == nil:
		return next
	case next == nil:
		return t
	}
	return &Trouble{
		Wrong: t.Wrong + ". " + next.Wrong, Right: next.Right,
		Kept: t.Kept && next.Kept, Aside: t.Aside, err: errors.Join(t.err, next.err),
	}
}

// trouble says what an error means; none is no trouble.
func (b *Book) trouble(err error) *Trouble {
	if err == nil {
		return nil
	}
	what, try := b.cause(err)
	in := ""
	if b.file != "" {
		in = " in " + b.file
	}
	return &Trouble{
		Wrong: fmt.Sprintf("your progress cannot be kept%s (%s): what you do now is known only until sockplay ends", in, what),
		Right: try, err: err,
	}
}

// begunAnew says that a damaged file is now elsewhere.
func (b *Book) begunAnew(why damaged, aside string) *Trouble {
	return &Trouble{
		Wrong: fmt.Sprintf("%s was damaged (%s): it is now %s, and your progress begins anew", b.file, why, aside),
		Right: "if you can mend it, give it back its old name",
		Kept:  true, Aside: aside, err: why,
	}
}

// damagedStill says that a damaged file is in the way.
func (b *Book) damagedStill(why damaged, err error) *Trouble {
	what, try := b.cause(err)
	return &Trouble{
		Wrong: fmt.Sprintf("%s is damaged (%s) and cannot be set aside (%s): what you do now is known only until sockplay ends", b.file, why, what),
		Right: try, err: errors.Join(why, err),
	}
}

// cause says in a learner's words what an error comes from, and what to try.
func (b *Book) cause(err error) (what, try string) {
	const elsewhere = "set XDG_DATA_HOME to a folder that can be written"
	const again = ": it is tried again as you go on"
	folder := filepath.Dir(b.file)
	var later newer
	is := func(causes ...error) bool {
		for _, c := range causes {
			if errors.Is(err, c) {
				return true
			}
		}
		return false
	}
	switch {
	case errors.As(err, &later):
		return "a newer sockplay has written it, and it is left as it is", "use the newer sockplay, or " + elsewhere
	case is(errHeld):
		return "another sockplay holds " + b.file + ".lock", "end the one that hangs" + again
	case is(syscall.ENOSPC, syscall.EDQUOT):
		return "the disk is full", "make room" + again
	case is(syscall.EROFS):
		return "the disk is read-only", elsewhere
	case is(errReadOnly):
		return err.Error(), "let it be written, or " + elsewhere
	case is(errLarge):
		return err.Error(), "shorter answers"
	case is(errNoFile, errDangling):
		return err.Error(), "give it another name, or " + elsewhere
	case is(errAside):
		return err.Error(), "remove some"
	case is(fs.ErrPermission):
		return "permission denied", fmt.Sprintf("let %s and what is in it be yours, or %s", folder, elsewhere)
	case is(syscall.ENOTDIR):
		return "part of its path is no folder", elsewhere
	}
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err.Error(), elsewhere
	case errors.As(err, &l):
		return l.Err.Error(), elsewhere
	}
	return err.Error(), elsewhere
}
