package peer

import (
	"context"
	"fmt"

	"sockplay/sandbox"
)

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

// ForkAs starts a child that is called PARENT-name; without a name it is Fork.
func ForkAs(ctx context.Context, sys System, name string, child Program) bool {
	if name == "" {
		return Fork(ctx, sys, child)
	}
	return fork(ctx, sys, sys.Name()+"-"+name, child)
}

// fork is fork(2), which only a sandbox has: what is served on the machine makes
// do with poll(2).
func fork(ctx context.Context, sys System, name string, child Program) bool {
	p, ok := sys.(*sandbox.Process)
	return ok && p.Spawn(ctx, name, func(ctx context.Context, q *sandbox.Process) { child(ctx, q) }) != nil
}
