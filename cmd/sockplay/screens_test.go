package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"sockplay/cmd/sockplay/player"
	"sockplay/cmd/sockplay/screen"
	"sockplay/cmd/sockplay/settings"
	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/sandbox/netstack"
	"sockplay/tracer"
	"sockplay/tracer/ink"
)

var update = flag.Bool("update", false, "rewrite testdata/screens")

// scene is something that a learner does and sees: lines, and those that went
// before and are not shown.
type scene struct {
	name          string
	before, lines string
}

const accepted = `server: socket tcp
server: bind 3 127.0.0.1:8080
server: listen 3 5
client: socket tcp
client: connect 3 127.0.0.1:8080
server: accept 3
`

var shots = []scene{
	{"a call that waits and is answered", "", "socket tcp\nbind 3 127.0.0.1:8080\nlisten 3\naccept 3\nclient: socket tcp\nclient: connect 3 127.0.0.1:8080\n"},
	{"data", accepted, "client: write 3 \"hello, 你好\"\nread 4 100\nread 4 100\nclient: write 3 64k\n"},
	{"the end", accepted, "client: close 3\nread 4 100\nclose 4\nsockets\nadvance\nsockets\n"},
	{"a refusal", "", "client: socket tcp\nclient: connect 3 127.0.0.1:8081\n"},
	{"a reset", accepted + "client: write 3 \"hello\"\n", "close 4\nclient: read 3 100\n"},
	{"loss", accepted, "wire loss 100% from client\nclient: write 3 \"hello\"\nwire\nadvance\nwire clear\nadvance\n"},
	{"a held wire", "socket tcp\nbind 3 127.0.0.1:8080\nlisten 3\nwire hold\n", "client: socket tcp\nclient: connect 3 127.0.0.1:8080\nadvance\nstep\nstep\nwire\nladder\nstep\naccept 3\nladder 3\n"},
	{"by hand", accepted + "wire hold\nclient: write 3 \"hello\"\nserver: write 4 \"bye\"\n", "advance 1s\ncopy 4\ndelay 4 50ms\ncorrupt 5\nwire\nstep\nadvance 50ms\ndrop\nstep all\nladder\n"},
	{"rules", accepted, "wire reorder 20%\nwire delay 5ms from server\nwire drop next FIN\nwire break LAST-ACK\nwire hold after 100\nwire\nclient: write 3 20k\nclient: close 3\nwire clear\n"},
	{"the wire's mistakes", "", "step\ndrop 1\nwire loss 20\nwire rate 0\nwire delay 2h\nwire break nothing\n"},
	{"udp", "", "socket udp\nbind 3 127.0.0.1:5353\nclient: socket udp\nclient: sendto 3 127.0.0.1:5353 \"ping\"\nrecvfrom 3 100\nclient: sendto 3 127.0.0.1:9 \"lost\"\nclient: recvfrom 3 10\n"},
	{"unix", "", "socketpair unix\nwrite 3 \"hello\"\nread 4 100\n"},
	{"sockets", accepted + "client: write 3 \"hello\"\nsocket udp\nsocket unix\nbind 6 chat.sock\n", "sockets\n"},
	{"diagram", accepted + "client: close 3\n", "diagram client:3\ndiagram\n"},
	{"inspect", accepted + "wire loss 100% from client\nclient: write 3 \"hello\"\nadvance\nadvance\n", "inspect client:3\ninspect\ninspect 3\n"},
	{"a closed window", "socket tcp\nsetsockopt 3 SO_RCVBUF 5000\nbind 3 127.0.0.1:8080\nlisten 3\nclient: socket tcp\nclient: connect 3 127.0.0.1:8080\naccept 3\nclient: write 3 20k\n", "inspect client:3\ninspect\n"},
	{"watch", accepted, "watch client:3\nclient: write 3 \"hello\"\nwatch\nclient: close 3\nclose 4\nadvance\nwatch\n"},
	{"diagram of udp", "socket udp\nbind 3 127.0.0.1:5353\n", "diagram server:3\n"},
	{"packet", accepted + "client: write 3 \"hello\"\n", "packet 1\npacket 4 full\npacket 99\n"},
	{"log", accepted + "client: write 3 \"hello\"\nread 4 2\n", "log\nlog 2\nhistory 3\n"},
	{"ladder", accepted + "client: write 3 8k\nread 4 1m\nclient: close 3\n", "ladder\n"},
	{"parts of a ladder", accepted + "client: close 3\n", "ladder server:4\nladder 2\nladder all\n"},
	{"help", "", "help\n"},
	{"help of one", "", "help connect\nhelp SO_LINGER\nhelp MSG_PEEK\n"},
	{"why", "", "why TIME-WAIT\nwhy ECONNREFUSED\nwhy SYN\n"},
	{"explain", accepted, "explain\nclient: write 3 \"hello\"\nexplain\n"},
	{"more and less", "", "explain more\nclient: socket tcp\nclient: connect 3 127.0.0.1:8081\nexplain less\nclient: connect 3 127.0.0.1:8082\n"},
	{"mistakes", accepted, "conect 3\nconnect 3\nbind 3\nread 7 10\nlisten 3 often\nclient: bind 3 127.0.0.1:8080\nexpect state client:3 LISTEN\n"},
	{"settings", "", "set\nset theme pink\nset width 40\n"},
}

// lookAt is a way to show them all.
type lookAt struct {
	name    string
	options screen.Options
	width   int
}

func looksAt() []lookAt {
	plain := settings.Settings{Plain: true}
	return []lookAt{
		{"80", screen.Options{UTF8: true}, 80},
		{"80-ascii", screen.Options{}, 80},
		{"80-colour", screen.Options{UTF8: true, Color: true}, 80},
		{"80-plain", screen.Options{UTF8: true, Styles: plain}, 80},
		{"40", screen.Options{UTF8: true}, 40},
		{"40-ascii", screen.Options{}, 40},
		{"projector", screen.Options{UTF8: true, Styles: settings.Settings{Projector: true}}, 120},
	}
}

// see plays the scene, and returns what is to be seen.
func (c scene) see(t *testing.T, o screen.Options, width int) string {
	t.Helper()
	stack, err := netstack.New(1)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	o.Out, o.Size, o.Seed = &out, func() int { return width }, 1
	log := &tracer.Log{}
	scr, err := screen.New(o, log, stack.Began())
	if err != nil {
		t.Fatal(err)
	}
	session := command.NewSession(stack, log)
	session.Sandbox.Seed(1)
	p := &player.Player{Session: session, Screen: scr, Seed: 1}
	p.Renew = func(sandbox.Stack) (sandbox.Stack, error) { panic("no scene resets") }
	p.Keep = func(string, string) string { return " from now on" }
	defer func() {
		session.Sandbox.Close()
		stack.Close()
	}()
	for line := range strings.Lines(c.before) {
		if _, err := p.Line(context.Background(), line); err != nil {
			t.Errorf("%s: %q: %v", c.name, line, err)
		}
	}
	out.Reset()
	for line := range strings.Lines(c.lines) {
		line = strings.TrimSpace(line)
		scr.Echo(session.Current().Name(), line)
		if _, err := p.Line(context.Background(), line); err != nil && !player.IsExpectation(err) {
			scr.Complain(err)
		}
	}
	if err := scr.Close(); err != nil {
		t.Error(err)
	}
	return out.String()
}

// TestScreens compares what is to be seen with what was looked at and found
// good: testdata/screens, which -update rewrites.
func TestScreens(t *testing.T) {
	for _, l := range looksAt() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			got := &txtar.Archive{}
			for _, c := range shots {
				text := strings.ReplaceAll(c.see(t, l.options, l.width), "\x1b[", "⟦")
				got.Files = append(got.Files, txtar.File{Name: c.name, Data: []byte(text)})
			}
			path := filepath.Join("testdata", "screens", l.name+".txtar")
			if *update {
				if err := os.WriteFile(path, txtar.Format(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(want.Files) != len(got.Files) {
				t.Fatalf("%s has %d scenes, not %d", path, len(want.Files), len(got.Files))
			}
			for i, f := range got.Files {
				if !bytes.Equal(f.Data, want.Files[i].Data) {
					t.Errorf("%s is\n%s\nnot\n%s\n-update takes it as it is", f.Name, f.Data, want.Files[i].Data)
				}
			}
		})
	}
}

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestScreensFit: at any width no row is too wide, none ends in a blank, ASCII is
// ASCII, and colour changes nothing but the colour.
func TestScreensFit(t *testing.T) {
	for _, width := range []int{40, 47, 80, 132} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			for _, c := range shots {
				fits(t, c, width)
			}
		})
	}
}

func fits(t *testing.T, c scene, width int) {
	for _, styles := range []settings.Settings{{}, {Plain: true}, {Projector: true}, {Explain: "more", Theme: "light"}} {
		if styles.Projector && width < 60 {
			continue
		}
		utf8 := c.see(t, screen.Options{UTF8: true, Styles: styles}, width)
		ascii := c.see(t, screen.Options{Styles: styles}, width)
		for _, row := range strings.Split(utf8+ascii, "\n") {
			if ink.Width(row) > width && !strings.HasPrefix(row, "server> ") { // which the terminal wraps
				t.Errorf("%s, %+v: in %d columns a row of %d: %q", c.name, styles, width, ink.Width(row), row)
			}
			if strings.TrimRight(row, " ") != row {
				t.Errorf("%s, %+v, %d columns: a row ends in blanks: %q", c.name, styles, width, row)
			}
		}
		coloured := c.see(t, screen.Options{UTF8: true, Color: true, Styles: styles}, width)
		if bare := colour.ReplaceAllString(coloured, ""); bare != utf8 {
			t.Errorf("%s, %+v, %d columns: with colour it is\n%s\nand without\n%s", c.name, styles, width, bare, utf8)
		}
		for _, row := range strings.Split(ascii, "\n") {
			if i := strings.IndexFunc(row, func(r rune) bool { return r >= 0x7f || r < ' ' }); i >= 0 {
				t.Errorf("%s, %+v, %d columns: no ASCII: %q", c.name, styles, width, row)
			}
		}
	}
}
