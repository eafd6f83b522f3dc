package diagram

import (
	"bytes"
	"strings"
	"testing"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
)

var (
	client = []string{"CLOSED", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"}
	server = []string{"CLOSED", "LISTEN", "SYN-RECEIVED", "ESTABLISHED"}
)

var cases = []struct {
	name    string
	current string
	path    []string
}{
	{"unlit", "", nil},
	{"closed", "CLOSED", []string{"CLOSED"}},
	{"established", "ESTABLISHED", server},
	{"time-wait", "TIME-WAIT", client},
	{"over", "CLOSED", append(client[:len(client):len(client)], "CLOSED")},
	{"cut-off", "CLOSED", append(server[1:len(server):len(server)], "CLOSED")},
	{"refused", "CLOSED", []string{"CLOSED", "SYN-SENT", "CLOSED"}},
	{"unknown", "\x1b[31mNONSENSE", []string{"\x1b", "LISTEN"}},
}

var states = []string{
	"CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT",
}

var forms = map[string]Options{
	"40":      {Pen: ink.Pen{UTF8: true}, Width: 40},
	"80":      {Pen: ink.Pen{UTF8: true}, Width: 80},
	"200":     {Pen: ink.Pen{UTF8: true}, Width: 200},
	"ascii":   {},
	"color":   {Pen: ink.Pen{UTF8: true, Color: true}},
	"compact": {Pen: ink.Pen{UTF8: true}, Compact: true},
}

func TestGolden(t *testing.T) {
	for _, c := range cases {
		for name, o := range forms {
			t.Run(c.name+"/"+name, func(t *testing.T) { golden(t, c.name+"."+name, draw(t, c.current, c.path, o)) })
		}
	}
}

func golden(t *testing.T, name, got string) {
	inktest.Golden(t, name, got)
}

func draw(t *testing.T, current string, path []string, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := TCP(&out, current, path, o); err != nil {
		t.Fatal(err)
	}
	check(t, out.String(), o)
	return out.String()
}

// check makes sure that the lines fit and that a terminal can be shown them.
func check(t *testing.T, text string, o Options) {
	t.Helper()
	inktest.Fits(t, text, o.Pen, o.Width)
}

// The figure leaves room for a line above it and the prompt on 80x24.
func TestFigureFits(t *testing.T) {
	const room = 21
	for _, state := range states {
		text := draw(t, state, nil, Options{})
		if n := strings.Count(text, "\n"); n > room {
			t.Errorf("%s: %d lines", state, n)
		}
		if n := strings.Count(text, "["+state+"]"); n != 1 {
			t.Errorf("%s is lit %d times:\n%s", state, n, text)
		}
		text = strings.NewReplacer("[ ] now", "", "*  been there", "").Replace(text)
		if strings.Count(text, "[") != 1 || strings.Contains(text, "*") {
			t.Errorf("%s: more is marked than the current state:\n%s", state, text)
		}
		text = draw(t, "", []string{state}, Options{})
		if n := strings.Count(text, state+"*"); n != 1 {
			t.Errorf("%s is marked as passed %d times:\n%s", state, n, text)
		}
		text = draw(t, "", []string{state}, Options{Pen: ink.Pen{UTF8: true}})
		if n := strings.Count(text, state+"¹"); n != 1 {
			t.Errorf("%s is marked as the first %d times:\n%s", state, n, text)
		}
	}
	for _, path := range [][]string{server, client[:2], client} { // however it ended
		if n := strings.Count(draw(t, "CLOSED", append(path[:len(path):len(path)], "CLOSED"), Options{}), "\n"); n > room {
			t.Errorf("%d lines", n)
		}
	}
	for line := range strings.SplitSeq(figure, "\n") {
		if n := ink.Width(line); n >= figureCols {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for width := 1; width < 90; width++ {
		draw(t, "FIN-WAIT-1", client, Options{Pen: ink.Pen{UTF8: true}, Width: width})
		plainly(t, sockets[1].socket, Options{Pen: ink.Pen{UTF8: true}, Width: width})
	}
}

// Every line of a figure that has a rail above or below an arrow's end has it
// in the same column: nothing hangs in the air.
func TestFigureConnects(t *testing.T) {
	for _, f := range []string{figure, udpFigure, datagramFigure, streamFigure} {
		lines := strings.Split(f, "\n")
		at := func(row, col int) rune {
			if cells := []rune(lines[row]); col < len(cells) {
				return cells[col]
			}
			return ' '
		}
		for row := range lines {
			for col, r := range []rune(lines[row]) {
				if strings.ContainsRune("│╰╯▼", r) && at(row-1, col) == ' ' || strings.ContainsRune("│╭╮▲", r) && at(row+1, col) == ' ' {
					t.Errorf("line %d, column %d: %c hangs in the air", row, col, r)
				}
			}
		}
	}
}

// A compact diagram fits a projector, wherever the connection went.
func TestCompact(t *testing.T) {
	long := []string{"CLOSED", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "CLOSING", "TIME-WAIT"}
	for _, state := range states {
		o := Options{Pen: ink.Pen{UTF8: true}, Width: 200, Compact: true}
		text := draw(t, state, append(long[:len(long):len(long)], state), o)
		if n := strings.Count(text, "\n"); n > 16 {
			t.Errorf("%s: %d lines:\n%s", state, n, text)
		}
		for line := range strings.SplitSeq(text, "\n") {
			if n := ink.Width(line); n > 60 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}

var sockets = []struct {
	name   string
	socket tracer.Socket
}{
	{"udp-unbound", tracer.Socket{Type: "udp", Local: "*", Remote: "*"}},
	{"udp-bound", tracer.Socket{Type: "udp", Local: "127.0.0.1:5353", Remote: "*"}},
	{"udp-connected", tracer.Socket{Type: "udp6", Local: "[::1]:5353", Remote: "[2001:db8:85a3:1234:5678:8a2e:370:7334]:5353"}},
	{"unix-unbound", tracer.Socket{Type: "unix"}},
	{"unix-listening", tracer.Socket{Type: "unix", Local: "chat.sock", Remote: "*", State: "LISTEN"}},
	{"unix-connected", tracer.Socket{Type: "unix", Local: "*", Remote: "client:3"}},
	{"unixgram-bound", tracer.Socket{Type: "unixgram", Local: "\x1b[2J/日本", Remote: "*"}},
}

func plainly(t *testing.T, s tracer.Socket, o Options) string {
	t.Helper()
	var out bytes.Buffer
	err := error(nil)
	if strings.HasPrefix(s.Type, "udp") {
		err = UDP(&out, s.Local, s.Remote, o)
	} else {
		err = Unix(&out, s, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	check(t, out.String(), o)
	return out.String()
}

func TestPlain(t *testing.T) {
	for _, c := range sockets {
		for name, o := range forms {
			t.Run(c.name+"/"+name, func(t *testing.T) { golden(t, c.name+"."+name, plainly(t, c.socket, o)) })
		}
	}
}
