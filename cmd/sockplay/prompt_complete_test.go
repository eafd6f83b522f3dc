//go:build unix

package main

import (
	"fmt"
	"strings"
	"testing"

	"sockplay/cmd/sockplay/repl/ptytest"
)

// sizes are those of the terminals that the prompt is tested on.
var sizes = [][2]int{{80, 24}, {40, 10}, {200, 60}}

// atSizes runs a test at each size, with an open connection.
func atSizes(t *testing.T, f func(t *testing.T, x *ptytest.Terminal, cols int)) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			file(t, home, "hs.sock", handshake)
			x := atTerminal{cols: size[0], rows: size[1], home: home}.start(t)
			x.Sees("server> ‸")
			x.Type("source hs.sock\r")
			x.Prints("= 4   the connection from")
			x.Sees("server> ‸")
			f(t, x, size[0])
			x.Type("\x15exit\r")
			x.Ends(done)
		})
	}
}

// menu waits until the line is followed by just these entries, whatever their
// descriptions, each cut to the screen's width, and nothing else below.
func menu(x *ptytest.Terminal, cols int, line string, entries ...string) {
	x.Until(fmt.Sprintf("%q with the menu %q", line, entries), func() bool {
		rows := strings.Split(x.Text(), "\n")
		n := len(rows) - len(entries) - 1
		if n < 0 || rows[n] != line {
			return false
		}
		for i, e := range entries {
			row := rows[n+1+i]
			text := strings.TrimLeft(row, " │")
			if text != e && !strings.HasPrefix(text, e+"  ") && text != e+" …" || len([]rune(row)) > cols {
				return false
			}
		}
		return true
	})
}

// TestComplete: commands, descriptors, addresses, options, flags, states and
// processes, each with what it is.
func TestComplete(t *testing.T) {
	atSizes(t, func(t *testing.T, x *ptytest.Terminal, cols int) {
		for _, c := range []struct {
			line    string
			entries []string
		}{
			{"", []string{`write 4 "hello"`, "read 4 100", "shutdown 4 wr", "close 4", `client: write 3 "hello"`, "socket"}},
			{"li", []string{"listen"}},
			{"cl", []string{"close", "client:", "client"}},
			{"read ", []string{"4", "3"}},
			{"accept ", []string{"3", "4"}},
			{"client: read ", []string{"3"}},
			{"client: connect 3 ", []string{"127.0.0.1:8080"}},
			{"bind 3 ", []string{"127.0.0.1:8080", "*:8080", "127.0.0.1:0"}},
			{"getsockopt 4 TCP_", []string{"TCP_NODELAY", "TCP_MAXSEG", "TCP_USER_TIMEOUT", "TCP_CORK", "TCP_CONGESTION", "TCP_KEEPIDLE"}},
			{"setsockopt 4 SO_RE", []string{"SO_REUSEADDR", "SO_REUSEPORT"}},
			{"setsockopt 4 SO_REUSEADDR o", []string{"on", "off"}},
			{"shutdown 4 ", []string{"rd", "wr", "rdwr"}},
			{"expect state client:3 FIN", []string{"FIN-WAIT-1", "FIN-WAIT-2"}},
			{"diagram ", []string{"server:3", "server:4", "client:3"}},
			{"interrupt ", []string{"server", "client"}},
			{"set th", []string{"theme"}},
			{"set theme ", []string{"dark", "light", "contrast"}},
			{"help time-", []string{"TIME-WAIT"}},
			{"source h", []string{"hs.sock"}},
		} {
			if x.Type(c.line); c.line == "" { // what is typed asks by itself
				x.Type("\t")
			}
			menu(x, cols, strings.TrimRight("server> "+c.line, " "), c.entries...)
			x.Type("\x15")
			x.Sees("server> ‸")
		}
	})
}

// TestCompleteTells: what a descriptor is stands beside it.
func TestCompleteTells(t *testing.T) {
	atSizes(t, func(t *testing.T, x *ptytest.Terminal, cols int) {
		x.Type("read ")
		if cols == 40 {
			x.Sees("server> read ‸", " 4  tcp ESTABLISHED 127.0.0.1:8080 to 1…", " 3  tcp LISTEN 127.0.0.1:8080")
			return
		}
		x.Until("descriptions", func() bool {
			return strings.Contains(x.Text(), "4  tcp ESTABLISHED 127.0.0.1:8080 to 127.0.0.1:38604\n") &&
				strings.HasSuffix(x.Text(), "3  tcp LISTEN 127.0.0.1:8080")
		})
	})
}

// TestCompleteCycles: Tab goes through the menu and around, Shift-Tab back; the
// menu does not change meanwhile; what is typed then goes on with the choice.
func TestCompleteCycles(t *testing.T) {
	atSizes(t, func(t *testing.T, x *ptytest.Terminal, cols int) {
		entries := []string{"127.0.0.1:8080", "*:8080", "127.0.0.1:0"}
		x.Type("bind 3 ")
		menu(x, cols, "server> bind 3", entries...)
		for _, e := range append(entries, "", entries[0]) { // around by what was typed
			x.Type("\t")
			menu(x, cols, strings.TrimRight("server> bind 3 "+e, " "), entries...)
		}
		x.Type("\x1b[Z")
		menu(x, cols, "server> bind 3", entries...)
		x.Type("\x1b[Z")
		menu(x, cols, "server> bind 3 127.0.0.1:0", entries...)
		x.Type("\x7f9")
		x.Sees("server> bind 3 127.0.0.1:9‸")
		x.Type("\x15")
		x.Sees("server> ‸")

		// On an empty line, in the whole list of commands.
		x.Type("\t\t\t")
		x.Until("the second", func() bool { return strings.Contains(x.Text(), "server> read 4 100\n") })
		for _, up := range []string{"\x1b[Z", "\x1b[A", "\x1b[Z"} {
			x.Type(up)
		}
		menu(x, cols, "server> exit", "undo", "redo", "reset", "history", "set", "exit")
		x.Type("\x15")
		x.Sees("server> ‸")
	})
}

// TestCompleteAtBottom: what stands above the prompt stays, whether the menu has
// room below or not.
func TestCompleteAtBottom(t *testing.T) {
	atSizes(t, func(t *testing.T, x *ptytest.Terminal, cols int) {
		for range 30 {
			x.Type("client\rserver\r")
		}
		x.Type("the bottom") // is reached when this is seen
		x.Sees("client> server", "server> the bottom‸")
		x.Type("\x15")
		x.Sees("client> server", "server> ‸")
		before, _, _ := x.Now()
		x.Type("re")
		menu(x, cols, "server> re", "read", "recv", "recvfrom", "redo", "reset")
		x.Type("\t\t")
		menu(x, cols, "server> recv", "read", "recv", "recvfrom", "redo", "reset")
		text, _, _ := x.Now()
		after := strings.Split(text, "\n")
		kept := strings.Join(after[:len(after)-6], "\n")
		if !strings.HasSuffix(strings.TrimSuffix(before, "\nserver>"), kept) {
			t.Errorf("above the prompt is now\n%s\nand was\n%s", kept, before)
		}
		x.Type("\x15")
		x.Sees("server> ‸")
	})
}

// TestCompleteASCII: a terminal without UTF-8 gets none, in the menu either; a
// bar beside it says that there is more.
func TestCompleteASCII(t *testing.T) {
	for locale, rows := range map[string][]string{
		"C.UTF-8": {"server> getsockopt 3 TCP_‸", "│TCP_NODELAY       send small segments …", "│TCP_MAXSEG        the largest segment'…", "│TCP_USER_TIMEOUT  milliseconds that se…"},
		"C":       {"server> getsockopt 3 TCP_‸", "|TCP_NODELAY       send small segment...", "|TCP_MAXSEG        the largest segmen...", "|TCP_USER_TIMEOUT  milliseconds that ..."},
	} {
		x := atTerminal{cols: 40, rows: 4, env: []string{"LC_ALL=" + locale}}.start(t)
		x.Sees("server> ‸")
		x.Type("socket tcp\r")
		x.Sees("server> ‸")
		x.Type("getsockopt 3 TCP_")
		x.Sees(rows...)
		if _, _, raw := x.Now(); locale == "C" && strings.IndexFunc(raw, func(r rune) bool { return r >= 0x80 }) >= 0 {
			t.Errorf("not ASCII: %q", raw)
		}
		x.Type("\x15exit\r")
		x.Ends(done)
	}
}
