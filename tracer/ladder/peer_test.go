package ladder

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"sockplay/tracer"
)

// peerEvents are those of a line that starts a peer, which reads four times and
// ends.
func peerEvents() []tracer.Event {
	events := []tracer.Event{{Kind: tracer.KindCommand, Process: "server", Text: "peer echo"}}
	call := func(name string, fd int, r tracer.Result, why, try string) {
		events = append(events,
			tracer.Event{Kind: tracer.KindCall, Process: "echo", Driven: true, Call: name, FD: fd},
			tracer.Event{Kind: tracer.KindReturn, Process: "echo", Driven: true, Call: name, FD: fd, Result: &r, Why: why, Try: try})
	}
	call("socket", 0, tracer.Result{Value: 3}, "a tcp socket, CLOSED: no address", "")
	call("listen", 3, tracer.Result{}, "callers are answered now", "")
	events = slices.Insert(events, len(events)-1, tracer.Event{Kind: tracer.KindState, Process: "echo", FD: 3, From: "CLOSED", To: "LISTEN", Why: "listen: waits", Cause: int64(len(events) - 1)})
	for range 4 {
		call("read", 4, tracer.Result{Value: 1, Data: []byte("x")}, "a read takes what is there, wherever", "more")
	}
	call("write", 4, tracer.Result{Value: -1, Errno: "EPIPE"}, "the connection is gone: it was reset; SIGPIPE", "")
	events = append(events,
		tracer.Event{Kind: tracer.KindNote, Process: "echo", Driven: true, Text: "echo exits"},
		tracer.Event{Kind: tracer.KindCall, Process: "echo-1", Driven: true, Call: "accept", FD: 3},
		tracer.Event{Kind: tracer.KindBlocked, Process: "echo-1", Driven: true, Call: "accept", FD: 3, Why: "nobody has called yet, so far"})
	for i := range events {
		events[i].Seq = int64(i + 1)
		if events[i].Kind == tracer.KindReturn && events[i-1].Kind == tracer.KindCall {
			events[i].Cause = int64(i)
		}
	}
	return events
}

// TestPeer: a peer's calls have its name before them, also the first one, which
// is none of the line's; they are told in a few words, and at length if asked for.
func TestPeer(t *testing.T) {
	for explain, want := range map[int]string{
		0: `  echo: socket = 3   a tcp socket
  echo:3  CLOSED -> LISTEN   listen: waits
  echo: listen(3) = 0   callers are answered now
  echo: read(4) = 1 "x"   a read takes what is there
  ... 2 more reads of echo
  echo: read(4) = 1 "x"   a read takes what is there
  echo: write(4) = -1 EPIPE   the connection is gone: it was reset
  note: echo exits
  ... echo-1: accept(3) blocked: nobody has called yet
`,
		1: `  echo: socket = 3   a tcp socket, CLOSED: no address
  echo:3  CLOSED -> LISTEN   listen: waits
  echo: listen(3) = 0   callers are answered now
` + strings.Repeat(`  echo: read(4) = 1 "x"   a read takes what is there, wherever
  try: more
`, 4) + `  echo: write(4) = -1 EPIPE   the connection is gone: it was reset; SIGPIPE
  note: echo exits
  ... echo-1: accept(3) blocked: nobody has called yet, so far
`,
	} {
		var out bytes.Buffer
		if err := New(&out, Options{Explain: explain}).Draw(peerEvents()); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("explain %d:\n%s\nnot\n%s", explain, out.String(), want)
		}
	}
}

// TestWholeLines: a text in lines that the learner has read is shown line by line
// where it does not fit beside the result; of what is long a beginning.
func TestWholeLines(t *testing.T) {
	page := "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>A paragraph that is longer than what a line of this width can take, by far.</p>\n"
	for _, test := range []struct {
		name, data, want string
	}{
		{"short", "one\ntwo\n", "  = 8 \"one\\ntwo\\n\"\n"},
		{"binary", strings.Repeat("\x00\n", 40), "  = 80 " + `"\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n"...` + "\n"},
		{"no lines", strings.Repeat("x", 90), "  = 90 \"" + strings.Repeat("x", 48) + "\"...\n"},
		{"page", page, `  = 142
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/html; charset=utf-8\r\n"
    "\r\n"
    "<p>A paragraph that is longer than what a line of this"
    " width can take, by far.</p>\n"
`},
		{"many", strings.Repeat("line\n", 30), "  = 150\n" + strings.Repeat("    \"line\\n\"\n", 12) + "    ... 90 bytes more\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			err := New(&out, Options{Width: 60}).Draw([]tracer.Event{
				{Seq: 1, Kind: tracer.KindCall, Process: "client", Call: "read", FD: 3},
				{Seq: 2, Cause: 1, Kind: tracer.KindReturn, Process: "client", Call: "read", FD: 3, Result: &tracer.Result{Value: len(test.data), Data: []byte(test.data)}},
			})
			if err != nil || out.String() != test.want {
				t.Errorf("%v\n%s\nnot\n%s", err, out.String(), test.want)
			}
		})
	}
}
