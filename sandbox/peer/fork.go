package peer

import (
	"context"
	"fmt"

	"sockplay/sandbox"
	"sockplay/sandbox/peer/script"
)

// Forker is a System that can fork(2). A process of a sandbox can too, by its
// Spawn.
type Forker interface {
	// Child starts a process of that name, which has the same descriptors, runs
	// the program, and ends with it. The one that calls goes on first. It
	// returns false if there is one of that name already.
	Child(ctx context.Context, name string, program Program) bool
}

// maxChildren bounds a process's children.
const maxChildren = 500

// Fork starts a child of the process, which has the same descriptors: NAME-1, or
// the lowest number that is free. It returns false if the system cannot, or if
// there are too many.
func Fork(ctx context.Context, sys System, child Program) bool {
	for n := 1; n <= maxChildren; n++ {
		if fork(ctx, sys, fmt.Sprint(sys.Name(), "-", n), child) {
			return true
		}
	}
	return false
}

func fork(ctx context.Context, sys System, name string, child Program) bool {
	switch p := sys.(type) {
	case *sandbox.Process:
		return p.Spawn(ctx, name, func(ctx context.Context, q *sandbox.Process) { child(ctx, q) }) != nil
	case Forker:
		return p.Child(ctx, name, child)
	}
	return false
}

// forks is how scripts fork on the system; nil: they cannot.
func forks(sys System) script.Fork {
	_, isProcess := sys.(*sandbox.Process)
	if _, can := sys.(Forker); !can && !isProcess {
		return nil
	}
	return func(ctx context.Context, parent script.System, name string, child func(context.Context, script.System)) bool {
		program := func(ctx context.Context, sys System) { child(ctx, sys) }
		if name == "" {
			return Fork(ctx, parent.(System), program)
		}
		return fork(ctx, parent.(System), parent.Name()+"-"+name, program)
	}
}
