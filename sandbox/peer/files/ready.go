// Package files moves files over TCP: a server that keeps them in one folder,
// and clients that send it some and fetch some. docs/protocols.md defines what
// they say to each other.
package files

import (
	"errors"
	"path/filepath"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// What the programs do, call by call.
const (
	serverCalls = `  socket tcp; setsockopt SO_REUSEADDR, SO_SNDBUF; bind; listen;
  fcntl nonblock
  again and again:
    poll the listener for in, and each client for what it waits for: in
         while lines or a file come, out while something is to be written;
         no longer than until the next limit of time is over
    accept who has called, until EAGAIN; fcntl nonblock
    read what has come: a line, which is answered, or octets of a file,
         which go into a file of another name; when all have come, and the
         checksum is right: fsync, and rename to its own name
    write an answer, or the next octets of a file that is asked for
    who is refused: write why, shutdown wr, read until the end, close
`
	clientCalls = `  socket tcp; setsockopt SO_SNDBUF; connect; fcntl nonblock
  for each file:
    write what is wanted: PUT or GET, the name, the length, the checksum
    read how much of it the other side has already
    poll; write the rest of the file, or read it into a file of another
         name; when all have come, and the checksum is right: fsync, and
         rename to its own name
  close
`
)

// DefaultAddr is where the server is if nobody says otherwise.
const DefaultAddr = "127.0.0.1:7001"

// Ready are the peers that move files.
var Ready = []peer.Peer{
	{
		Name: "files", Summary: "keeps files in a folder, and gives them out", Args: "FOLDER",
		Addr: peer.At(DefaultAddr), Source: serverCalls,
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			if len(args) != 1 {
				return nil, errors.New("it takes one folder, which must be there, such as /tmp/shared")
			}
			return (&Server{Addr: addr, Folder: args[0]}).Run, nil
		},
	},
	{
		Name: "send", Summary: "sends a file to such a server", Args: "FILE",
		Source: clientCalls,
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			if len(args) != 1 || !addr.IsValid() {
				return nil, errors.New("it takes the server's address and one file, as in 127.0.0.1:7001 hello.txt")
			}
			return (&Client{Addr: addr, Folder: ".", Jobs: []Job{{Name: filepath.Base(args[0]), Path: args[0]}}}).Run, nil
		},
	},
	{
		Name: "fetch", Summary: "fetches a file from such a server", Args: "NAME FOLDER",
		Source: clientCalls,
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			if len(args) != 2 || !addr.IsValid() {
				return nil, errors.New("it takes the server's address, a name and a folder, as in 127.0.0.1:7001 hello.txt /tmp/got")
			}
			return (&Client{Addr: addr, Folder: args[1], Jobs: []Job{{Fetch: true, Name: args[0]}}}).Run, nil
		},
	},
}
