// Command sockplay is an interactive playground for sockets: it takes socket
// calls one at a time and shows the packets and the connection states that
// come of them.
package main

import (
	"os"

	"sockplay/sandbox/kernel"
)

func main() {
	status := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	kernel.Report(status)
	os.Exit(status)
}
