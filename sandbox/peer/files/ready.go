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

// more is where to read on.
const more = "docs/protocols.md"

// DefaultAddr is where the server is if nobody says otherwise.
const DefaultAddr = "127.0.0.1:7001"

var sendOptions = []peer.Option{{Name: "--replace", What: "a file of that name may go"}}

// Ready are the peers that move files.
var Ready = []peer.Peer{
	{
		Name: "files", Summary: "keeps files in a folder, and gives them out",
		Args: "FOLDER", Means: "FOLDER is one that is there already",
		Addr: peer.At(DefaultAddr), Source: serverCalls, More: more,
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			if len(args) != 1 {
				return nil, errors.New("it takes one folder, which must be there")
			}
			return (&Server{Addr: addr, Folder: args[0]}).Run, nil
		},
	},
	{
		Name: "send", Summary: "sends a file to such a server",
		Options: sendOptions, Args: "FILE", Means: "FILE is yours, such as ./hello.txt, and keeps its name there",
		Addr: peer.At(DefaultAddr), Calls: true, Source: clientCalls, More: more,
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			given, args, err := peer.Options(sendOptions, args)
			if err != nil {
				return nil, err
			}
			if len(args) != 1 {
				return nil, errors.New("it takes one file")
			}
			_, replace := given["--replace"]
			return (&Client{Addr: addr, Folder: ".", Jobs: []Job{{Name: filepath.Base(args[0]), Path: args[0], Replace: replace}}}).Run, nil
		},
	},
	{
		Name: "fetch", Summary: "fetches a file from such a server",
		Args: "NAME FOLDER", Means: "NAME is the file's there, and FOLDER one of yours to put it in",
		Addr: peer.At(DefaultAddr), Calls: true, Source: clientCalls, More: more,
		New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
			if len(args) != 2 {
				return nil, errors.New("it takes a file's name and a folder")
			}
			return (&Client{Addr: addr, Folder: args[1], Jobs: []Job{{Fetch: true, Name: args[0]}}}).Run, nil
		},
	},
}
