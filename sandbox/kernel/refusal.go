package kernel

import "fmt"

// Refusal says why there is no kernel stack on this machine, as a learner
// needs to hear it.
type Refusal struct {
	What  string // what was tried, and the answer: "a new user namespace: ENOSPC"
	Means string // what that means
	Try   string // what to do about it
}

// Error tells what happened and what it means, in one line.
func (r *Refusal) Error() string { return fmt.Sprintf("%s: %s", r.What, r.Means) }
