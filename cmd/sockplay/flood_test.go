package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

// flooding, in the environment, makes the test binary a program that sends so
// many bytes to itself, as fast as they are taken, and says when it is done.
const (
	flooding  = "SOCKPLAY_TEST_FLOOD"
	floodOver = "the flood is over"
)

func flood() error {
	n, err := strconv.ParseInt(os.Getenv(flooding), 10, 64)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() {
		from, err := net.Dial("tcp4", l.Addr().String())
		if err == nil {
			_, err = from.Write(make([]byte, n))
			from.Close()
		}
		failed <- err
	}()
	to, err := l.Accept()
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, to); err != nil {
		return err
	}
	fmt.Println(floodOver)
	return <-failed
}

// connectedScript opens a connection, client:3 to server:4.
const connectedScript = "socket tcp\nbind 3 127.0.0.1:8080\nlisten 3\nclient: socket tcp\nclient: connect 3 127.0.0.1:8080\naccept 3\n"

// transfer is so many writes of a million bytes, each read to its end: some
// 1,400 packets each.
func transfer(writes int) string {
	return strings.Repeat("recv 4 1000000 MSG_WAITALL\nclient: write 3 1000000\n", writes)
}
