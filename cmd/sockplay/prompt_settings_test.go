//go:build unix

package main

import (
	"os"
	"strings"
	"testing"

	"sockplay/cmd/sockplay/repl/ptytest"
)

// leave types exit, and waits for the end.
func leave(x *ptytest.Terminal) {
	x.Sees("server> ‸")
	x.Type("exit\r")
	x.Ends(done)
}

// TestSettings are kept from one start to the next, and are those of a start's
// flags only for that start.
func TestSettings(t *testing.T) {
	home := t.TempDir()
	a := atTerminal{home: home, args: []string{"--projector"}}
	x := a.start(t)
	x.Sees("server> ‸")
	x.Type("set\r")
	x.Sees("  set theme dark", "  set ascii off", "  set explain normal", "  set width auto", "  set projector on", "  set plain off", "server> ‸")
	x.Type("set ascii on\r")
	x.Sees("  ascii is on from now on", "server> ‸")
	x.Type("set explain less\rset width 44\r")
	x.Sees("  width is 44 from now on", "server> ‸")
	leave(x)

	a.args = nil
	x = a.start(t)
	x.Sees("server> ‸")
	x.Type("set\r")
	x.Sees("  set theme dark", "  set ascii on", "  set explain less", "  set width 44", "  set projector off", "  set plain off", "server> ‸")
	x.Type("socket tcp\rlisten 3\r")
	x.Prints("CLOSED -> LISTEN")
	leave(x)
	_, written, _ := x.Now()
	for _, row := range strings.Split(written, "\n") {
		if strings.ContainsAny(row, "→│") {
			t.Errorf("not ASCII: %q", row)
		}
	}
}

// TestSettingsTrouble is told at the start, and when something is set; all goes
// on without.
func TestSettingsTrouble(t *testing.T) {
	for _, test := range []struct {
		name, text string
		mode       os.FileMode
		atStart    string // what is told then; "" for nothing
		atSet      string
		left       string // what is in the file then
	}{
		{"damaged", "{", 0o600, "are damaged, and all is as at first; it is now", "  theme is light from now on", "{\n  \"version\": 1,\n  \"theme\": \"light\"\n}\n"},
		{"later", `{"version": 9, "theme": []}`, 0o600, "are of a later sockplay: they are left alone", "  theme is light, for this session only:\n", `{"version": 9, "theme": []}`},
		{"read-only", `{"version": 1}`, 0o400, "", "  theme is light, for this session only:\n", `{"version": 1}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			path := file(t, home, "config/sockplay/settings.json", test.text)
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			x := atTerminal{home: home, cols: 200, rows: 60}.start(t)
			x.Sees("server> ‸")
			text, _, _ := x.Now()
			text = strings.Join(strings.Fields(text), " ")
			if told := strings.Contains(text, "! the settings in "); told != (test.atStart != "") || !strings.Contains(text, test.atStart) {
				t.Errorf("the start tells %q", text)
			}
			x.Type("set theme light\r")
			x.Prints(test.atSet)
			leave(x)
			if data, err := os.ReadFile(path); string(data) != test.left {
				t.Errorf("the file is %q, %v", data, err)
			}
		})
	}
	t.Run("no folder", func(t *testing.T) {
		t.Parallel()
		home := t.TempDir()
		file(t, home, "config", "a file, where a folder is to be")
		file(t, home, "state", "another")
		x := atTerminal{home: home}.start(t)
		x.Prints("cannot be read (not a directory): all is as at first")
		x.Sees("server> ‸")
		x.Type("set theme light\r")
		x.Sees("  theme is light, for this session only: not a directory", "server> ‸")
		x.Type("socket tcp\r")
		x.Prints("= 3   a tcp socket")
		x.Type("\x1b[A\x1b[A")
		x.Sees("server> set theme light‸") // the history is there, while it runs
		x.Type("\x15")
		leave(x)
	})
}

// TestHistoryFile: lines are remembered from one start to the next, without
// what in the file is none; a file that cannot be written does not matter.
func TestHistoryFile(t *testing.T) {
	home := t.TempDir()
	path := file(t, home, "state/sockplay/history", "socket udp\n\x00\x1b[31m\n\xff\nsockets\n")
	a := atTerminal{home: home}
	x := a.start(t)
	x.Sees("server> ‸")
	x.Type("\x1b[A")
	x.Sees("server> sockets‸")
	x.Type("\x1b[A")
	menu(x, 80, "server> socket udp", "udp", "udp6")
	x.Type("\x15socket tcp\r")
	x.Prints("= 3   a tcp socket")
	leave(x)
	if data, err := os.ReadFile(path); !strings.HasSuffix(string(data), "socket udp\nsockets\nsocket tcp\nexit\n") &&
		!strings.HasSuffix(string(data), "sockets\nsocket tcp\nexit\n") {
		t.Errorf("the file is %q, %v", data, err)
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	x = a.start(t)
	x.Sees("server> ‸")
	x.Type("\x1b[A\x1b[A")
	menu(x, 80, "server> socket tcp", "tcp", "tcp6")
	x.Type("\x15")
	leave(x)
	if data, err := os.ReadFile(path); string(data) != string(before) {
		t.Errorf("the file is now %q, %v", data, err)
	}
}

// TestNoColor: where NO_COLOR is set, or colour is not wanted, there is none.
func TestNoColor(t *testing.T) {
	const cyan, anyColor = "\x1b[36m", "\x1b[3"
	for _, test := range []struct {
		name   string
		a      atTerminal
		colour bool
	}{
		{"auto", atTerminal{args: []string{"--color", "auto"}}, true},
		{"NO_COLOR", atTerminal{args: []string{"--color", "auto"}, env: []string{"NO_COLOR=1"}}, false},
		{"an empty NO_COLOR", atTerminal{args: []string{"--color", "auto"}, env: []string{"NO_COLOR="}}, true},
		{"never", atTerminal{args: []string{"--color", "never"}}, false},
		{"always", atTerminal{args: []string{"--color", "always"}, env: []string{"NO_COLOR=1"}}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x := test.a.start(t)
			x.Sees("server> ‸")
			x.Type("socket tcp\rlisten 3\rfoo\r")
			x.Prints("LISTEN")
			leave(x)
			_, _, raw := x.Now()
			if got := strings.Contains(raw, cyan); got != test.colour {
				t.Errorf("a coloured prompt: %v", got)
			}
			if got := strings.Contains(raw, anyColor); got != test.colour {
				t.Errorf("colour: %v", got)
			}
		})
	}
}
