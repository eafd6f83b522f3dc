package table

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
)

var tables = []struct {
	name string
	rows []tracer.Socket
}{
	{"none", nil},
	{"states", []tracer.Socket{
		{Process: "server", FD: 3, Type: "tcp", Local: "127.0.0.1:8080", Remote: "*", State: "LISTEN", SendQ: 5, Blocked: "accept"},
		{Process: "server", FD: 4, Type: "tcp", Local: "127.0.0.1:8080", Remote: "127.0.0.1:40112", State: "CLOSE-WAIT", RecvQ: 5},
		{Process: "client", FD: 3, Type: "tcp", Local: "127.0.0.1:40112", Remote: "127.0.0.1:8080", State: "FIN-WAIT-2", SendQ: 65536},
		{Process: "client", FD: 4, Type: "udp", Local: "*", Remote: "*"},
		{Process: "client", FD: 5, Type: "tcp", Local: "*", Remote: "*", State: "CLOSED"},
		{Type: "tcp", Local: "127.0.0.1:40100", Remote: "127.0.0.1:8080", State: "TIME-WAIT", Left: 40*time.Second + 1},
	}},
	{"tight", []tracer.Socket{ // one blank between columns makes it fit 80
		{Process: "server", FD: 3, Type: "tcp", Local: "127.0.0.1:8080", Remote: "*", State: "LISTEN", SendQ: 128},
		{Process: "server", FD: 4, Type: "tcp", Local: "127.0.0.1:8080", Remote: "127.0.0.1:48570", State: "ESTABLISHED"},
		{Process: "client", FD: 3, Type: "tcp", Local: "127.0.0.1:48570", Remote: "127.0.0.1:8080", State: "ESTABLISHED"},
	}},
	{"full", []tracer.Socket{ // a backlog of 0 takes one
		{Process: "server", FD: 3, Type: "tcp", Local: "127.0.0.1:8080", Remote: "*", State: "LISTEN", RecvQ: 1},
		{Process: "server", FD: 4, Type: "tcp", Local: "0.0.0.0:9090", Remote: "*", State: "LISTEN", RecvQ: 65536, SendQ: 65535, Blocked: "accept"},
	}},
	{"wide", []tracer.Socket{ // in characters of two columns, and of none
		{Process: "server", FD: 3, Type: "unix", Local: "@聊天", Remote: "*", State: "LISTEN", RecvQ: 1, SendQ: 5},
		{Process: "server", FD: 4, Type: "unix", Local: "@聊天", Remote: "client:3", RecvQ: 5},
		{Process: "client", FD: 3, Type: "unix", Local: "*", Remote: "@聊天", SendQ: 768, Blocked: "read"},
		{Process: "client", FD: 4, Type: "unixgram", Local: "cafe\u0301.sock", Remote: "한국어.sock"},
	}},
	{"ipv6", []tracer.Socket{
		{Process: "server", FD: 3, Type: "tcp6", Local: "[::]:8080", Remote: "*", State: "LISTEN", RecvQ: 2, SendQ: 128},
		{Process: "client", FD: 3, Type: "tcp6", Local: "[2001:db8:85a3:1234:5678:8a2e:370:7334]:40000",
			Remote: "[2001:db8:85a3:1234:5678:8a2e:370:7335]:8080", State: "ESTABLISHED", Blocked: "read"},
	}},
	{"unix", []tracer.Socket{
		{Process: "server", FD: 3, Type: "unix", Local: "chat.sock", Remote: "*", State: "LISTEN", RecvQ: 1, SendQ: 128},
		{Process: "server", FD: 4, Type: "unix", Local: "chat.sock", Remote: "client:3", RecvQ: 5, Blocked: "write"},
		{Process: "client", FD: 3, Type: "unix", Local: "*", Remote: "chat.sock", SendQ: 768},
		{Process: "client", FD: 4, Type: "unixgram", Local: "@log", Remote: "*"},
	}},
	{"hostile", []tracer.Socket{
		{Process: "server", FD: 3, Type: "unix", Local: "/tmp/\x1b[2J\n\xff/日本語", Remote: "*", RecvQ: -1 << 62, SendQ: 1 << 62},
		{Process: strings.Repeat("long", 30), FD: 1 << 30, Type: "\x07", Local: "", Remote: "", State: "\x1b", Blocked: "\x9b"},
	}},
}

func TestGolden(t *testing.T) {
	for _, table := range tables {
		for name, o := range map[string]Options{
			"40":    {Pen: ink.Pen{UTF8: true}, Width: 40},
			"80":    {Pen: ink.Pen{UTF8: true}, Width: 80},
			"200":   {Pen: ink.Pen{UTF8: true}, Width: 200},
			"ascii": {},
			"color": {Pen: ink.Pen{UTF8: true, Color: true}, Width: 100},
		} {
			t.Run(table.name+"/"+name, func(t *testing.T) {
				var out bytes.Buffer
				if err := Sockets(&out, table.rows, o); err != nil {
					t.Fatal(err)
				}
				check(t, out.String(), o)
				inktest.Golden(t, table.name+"."+name, out.String())
			})
		}
	}
}

// The columns stand below each other, whatever is in them.
func TestColumnsAlign(t *testing.T) {
	for _, table := range tables {
		var out bytes.Buffer
		if err := Sockets(&out, table.rows, Options{Pen: ink.Pen{UTF8: true}, Width: 300}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if !strings.HasPrefix(lines[0], "process") {
			continue // no table, or not in 300 columns
		}
		for _, column := range []string{"fd", "type", "local", "remote", "state", "recvq"} {
			at := ink.Width(lines[0][:strings.Index(lines[0], column)])
			for _, line := range lines[1:] {
				col := 0
				before := ' '
				for _, r := range line {
					if col == at && ink.Width(string(r)) > 0 {
						break
					}
					before, col = r, col+ink.Width(string(r))
				}
				if col != at || before != ' ' {
					t.Errorf("%s: the column of %s begins elsewhere in %q", table.name, column, line)
				}
			}
		}
	}
}

// Whatever the width, the lines fit.
func TestWidths(t *testing.T) {
	for _, table := range tables {
		for width := 1; width < 130; width++ {
			o := Options{Pen: ink.Pen{UTF8: true}, Width: width}
			var out bytes.Buffer
			if err := Sockets(&out, table.rows, o); err != nil {
				t.Fatal(err)
			}
			check(t, out.String(), o)
		}
	}
}

func check(t *testing.T, text string, o Options) {
	t.Helper()
	inktest.Fits(t, text, o.Pen, o.Width)
}
