package unixsock

import (
	"fmt"
	"strings"
	"testing"

	"sockplay/sandbox"
)

// play carries out calls on sockets that are named by letters, such as
// "a stream", "a bind x", "b accept c", and returns how each came out.
func play(t *testing.T, lines string) string {
	t.Helper()
	var space Namespace
	sockets := map[string]sandbox.Socket{}
	var out []string
	for line := range strings.SplitSeq(lines, ";") {
		w := append(strings.Fields(line), "", "", "")
		var err error
		got := ""
		s := sockets[w[0]]
		number := 0
		fmt.Sscan(w[2], &number)
		switch w[1] {
		case "stream", "datagram":
			k := map[string]sandbox.Kind{"stream": sandbox.Unix, "datagram": sandbox.UnixDgram}[w[1]]
			if w[2] == "" {
				sockets[w[0]], err = space.Socket(k)
			} else {
				sockets[w[0]], sockets[w[2]], err = space.Socketpair(k)
			}
		case "bind":
			err = s.Bind(sandbox.Addr{Path: w[2]})
		case "listen":
			err = s.Listen(number)
		case "connect":
			err = s.Connect(sandbox.Addr{Path: w[2]})
		case "accept":
			sockets[w[2]], _, err = s.Accept()
		case "send":
			var n int
			n, err = s.Send([]byte(w[2]), 0, sandbox.Addr{Path: w[3]})
			got = fmt.Sprint(n)
		case "fill": // with writes of so many octets
			n, sent := 0, 0
			for err == nil {
				n, err = s.Send(make([]byte, number), 0, sandbox.Addr{})
				sent += n
			}
			got = fmt.Sprint(sent)
		case "recv", "peek":
			buf := make([]byte, number)
			f := sandbox.Flags(0)
			if w[1] == "peek" {
				f = sandbox.MSG_PEEK
			}
			n, from, recvErr := s.Recv(buf, f)
			got, err = strings.TrimSpace(string(buf[:n])+" "+from.String()), recvErr
		case "shutdown":
			err = s.Shutdown(sandbox.How(w[2]))
		case "peer":
			var a sandbox.Addr
			a, err = s.Getpeername()
			got = a.String()
		case "poll":
			r := s.Poll()
			got = fmt.Sprint(r.In, r.Out, r.Hup, r.Err)
		case "error":
			var errno sandbox.Errno
			errno, err = s.TakeError()
			got = string(errno)
		case "queues":
			got = fmt.Sprint(s.Queues())
		case "close":
			err = s.Close()
		default:
			t.Fatalf("no call %s", w[1])
		}
		if err != nil {
			got = strings.TrimSpace(strings.TrimPrefix(got, "0") + " " + err.Error())
		}
		out = append(out, got)
	}
	return strings.Trim(strings.Join(out, ";"), ";")
}

func TestCalls(t *testing.T) {
	const listener = "l stream; l bind x; l listen 0; c stream; c connect x; l accept s; "
	for _, test := range []struct{ name, calls, want string }{
		{"session", listener + "c send hi; s recv 9; s send ho; c recv 9; c peer; s peer; c close; s recv 9", "2;hi;2;ho x;x"},
		{"a stream has no bounds", "a stream b; a send ab; a send cd; b peek 3; b recv 3; b recv 3; b recv 1", "2;2;abc;abc;d;EAGAIN"},
		{"EPIPE", "a stream b; b close; a send x; a recv 1; a poll", "EPIPE;;true true true false"},
		{"ECONNRESET", "a stream b; a send x; b close; a poll; a recv 1; a recv 1; a send x", "1;;true true true true;ECONNRESET;;EPIPE"},
		{"half-close", "a stream b; a send x; a shutdown wr; b recv 9; b recv 9; b send y; a recv 9; a send z", "1;;x;;1;y;EPIPE"},
		{"reading shut down stops the peer", "a stream b; b shutdown rd; a send x", "EPIPE"},
		{"names", "a stream; b stream; a connect x; a bind x; b connect x; b bind x; a close; b connect x; b bind x; b bind y; b bind z",
			"ENOENT;;ECONNREFUSED;EADDRINUSE;;ECONNREFUSED;EADDRINUSE;;EINVAL"},
		{"abstract names", "a stream; b stream; a connect @x; a bind @x; b bind @x; a close; b bind @x; b bind @y", "ECONNREFUSED;;EADDRINUSE;;;EINVAL"},
		{"kinds", "a stream; a bind x; b datagram; b connect x; b listen 1; a recv 1; a send x; a listen 1; a send x; b send y", "EPROTOTYPE;EOPNOTSUPP;EINVAL;ENOTCONN;;ENOTCONN;ENOTCONN"},
		{"backlog", listener + "d stream; d connect x; e stream; e connect x; l queues; l accept f; e connect x; e connect x", "EAGAIN;1 0;;;EAGAIN"},
		{"a closed listener", "l stream; l bind x; l listen 1; c stream; c connect x; c send x; l close; c error; c recv 1; c send x", "1;;ECONNRESET;;EPIPE"},
		{"datagrams", "a datagram; a bind x; b datagram; b send one x; b bind y; b send two x; a recv 2; a recv 9; a recv 9", "3;;3;on y;two y;EAGAIN"},
		{"a datagram's peer", "a datagram; a bind x; b datagram; b bind y; c datagram; a connect y; c send no x; b send yes x; c connect x; b close; a send x; a send x", "EPERM;3;EPERM;;ECONNREFUSED;ENOTCONN"},
		{"eleven datagrams", "a datagram; a bind x; b datagram; b connect x; b fill 1; b poll; a recv 1; b poll", "11 EAGAIN;false false false false;\x00;false true false false"},
		{"a stream's room", "a stream b; a fill 1; b recv 1; a send x", "278 EAGAIN;\x00;1"},
		{"in pieces of 4k", "a stream b; a fill 4096", "180224 EAGAIN"},
		{"in pieces of 64k", "a stream b; a fill 65536", "233152 EAGAIN"},
		{"a pair's datagrams", "a datagram b; a fill 4096; b recv 1; a send x", "106496 EAGAIN;\x00;1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.TrimLeft(play(t, test.calls), ";"); got != test.want {
				t.Errorf("%s:\n%q, want\n%q", test.calls, got, test.want)
			}
		})
	}
}
