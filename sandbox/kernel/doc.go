// Package kernel is the real Linux TCP/IP stack behind the sandbox's Stack
// interface: real system calls in a private user and network namespace, whose
// loopback traffic passes through a TUN device that the program holds.
//
//	what leaves on lo ──redirect──> TUN ──Receive──> the wire
//	what the wire delivers ──AF_PACKET──> lo ──> the stack
//
// A program cannot move itself into a user namespace once it has threads, as
// a Go program always has. So the program starts itself a second time inside
// (Reenter), and everything happens there; no privilege is needed.
package kernel
