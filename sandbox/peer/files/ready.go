// Package files moves files over TCP: a server that keeps them in one folder,
// and clients that send it some and fetch some. docs/protocols.md defines what
// they say to each other.
package files

import (
	_ "embed"
	"errors"
	"path/filepath"
	"strings"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

//go:embed server.go
var serverSource string

//go:embed client.go
var clientSource string

// calls is the part of a file that makes the calls.
func calls(source string) string {
	return source[strings.Index(source, "// Run "):]
}

// DefaultAddr is where the server is if nobody says otherwise.
const DefaultAddr = "127.0.0.1:7001"

// Ready are the peers that move files.
var Ready = []peer.Peer{
	{
		Name: "files", Summary: "keeps files in a folder, and gives them out", Args: "FOLDER",
		Addr: peer.At(DefaultAddr), Man: "open(2), rename(2)", Source: calls(serverSource),
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			if len(args) != 1 {
				return nil, errors.New("it takes one folder, which must be there, such as /tmp/shared")
			}
			return (&Server{Addr: addr, Folder: args[0]}).Run, nil
		},
	},
	{
		Name: "send", Summary: "sends a file to such a server", Args: "FILE",
		Man: "open(2)", Source: calls(clientSource),
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			if len(args) != 1 || !addr.IsValid() {
				return nil, errors.New("it takes the server's address and one file, as in 127.0.0.1:7001 hello.txt")
			}
			return (&Client{Addr: addr, Folder: ".", Jobs: []Job{{Name: filepath.Base(args[0]), Path: args[0]}}}).Run, nil
		},
	},
	{
		Name: "fetch", Summary: "fetches a file from such a server", Args: "NAME FOLDER",
		Man: "open(2), rename(2)", Source: calls(clientSource),
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			if len(args) != 2 || !addr.IsValid() {
				return nil, errors.New("it takes the server's address, a name and a folder, as in 127.0.0.1:7001 hello.txt /tmp/got")
			}
			return (&Client{Addr: addr, Folder: args[1], Jobs: []Job{{Fetch: true, Name: args[0]}}}).Run, nil
		},
	},
}
