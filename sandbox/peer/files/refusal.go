package files

import (
	"fmt"
	"strings"
	"unicode"
)

// Code is the word by which the protocol knows a refusal.
type Code string

// The codes. docs/protocols.md says of each what it means and what to do.
const (
	Name     Code = "NAME"     // no name that a file may have here
	Absent   Code = "ABSENT"   // no such file
	Exists   Code = "EXISTS"   // there is such a file already
	Link     Code = "LINK"     // a link, which may lead anywhere
	Kind     Code = "KIND"     // a folder, a pipe, a device
	Size     Code = "SIZE"     // more than the limit
	Full     Code = "FULL"     // no room on the disk
	Disk     Code = "DISK"     // the disk refuses otherwise
	Busy     Code = "BUSY"     // someone else sends that file
	Crowd    Code = "CROWD"    // too many clients
	Line     Code = "LINE"     // a line that cannot be understood
	Short    Code = "SHORT"    // the stream ended before the file did
	Checksum Code = "CHECKSUM" // what came is not what was announced
	Changed  Code = "CHANGED"  // the file changed while it was sent
	Time     Code = "TIME"     // too slow, or silent
	Version  Code = "VERSION"  // another version, or no such server
	Network  Code = "NETWORK"  // a call failed; never on the wire
)

// Refusal says why something was not done, and what to try.
type Refusal struct {
	Code Code
	Text string // from the peer, perhaps, but fit to be shown
	// Peer reports whether it is the other end that refused.
	Peer bool
}

// Error is the code and the sentence.
func (r *Refusal) Error() string { return string(r.Code) + ": " + r.Text }

func refuse(c Code, format string, v ...any) *Refusal {
	return &Refusal{Code: c, Text: fmt.Sprintf(format, v...)}
}

// shown makes what a peer says fit for a terminal.
func shown(text string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}
