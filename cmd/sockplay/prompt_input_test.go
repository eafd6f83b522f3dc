//go:build unix

package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestPaste: ten lines at once are ten commands, however they come.
func TestPaste(t *testing.T) {
	lines := handshake + "client: write 3 \"hello\"\nread 4 100\nclient: close 3\nclose 4\n"
	for name, paste := range map[string]string{
		"LF":        lines,
		"CR LF":     strings.ReplaceAll(lines, "\n", "\r\n"),
		"bracketed": "\x1b[200~" + strings.ReplaceAll(lines, "\n", "\r") + "\x1b[201~",
		"with prompts": "server> " + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\nserver> "),
			"server> client: ", "client> ") + "\n",
	} {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				x := prompt(t, "user", size[0], size[1])
				x.Type(paste + "sockets\n")
				x.Until("what is left", func() bool {
					text := x.Text()
					return strings.Contains(text, "TIME-WAIT") && strings.HasSuffix(text, "\nserver>") && strings.Contains(text[strings.LastIndex(text, "> sockets"):], "LISTEN")
				})
				if _, written, _ := x.Now(); strings.Contains(written, "  ! ") {
					t.Errorf("a line was not understood:\n%s", written)
				}
				x.Type("exit\r")
				x.Ends(done)
			})
		}
	}
}

// TestWideCharacters: East Asian text is typed, sent, read and drawn in the
// columns that it takes, whatever the locale, and so are combining characters.
func TestWideCharacters(t *testing.T) {
	for _, locale := range []string{"C.UTF-8", "ja_JP.UTF-8"} {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s/%dx%d", locale, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				home := t.TempDir()
				file(t, home, "hs.sock", handshake)
				x := atTerminal{cols: size[0], rows: size[1], home: home, env: []string{"LC_ALL=" + locale}}.start(t)
				x.Type("source hs.sock\r")
				x.Prints("= 4   the connection from")
				// As an input method commits it: a word at a time, cut anywhere.
				for _, typed := range []string{"client: write 3 \"", "你", "\xe5\xa5", "\xbd", "é e\u0301 …\""} {
					x.Type(typed)
				}
				x.Sees(`server> client: write 3 "你好é e …"‸`)
				x.Type("\x1b[D\x1b[D")
				x.Sees(`server> client: write 3 "你好é e ‸…"`)
				x.Type("\x1b[C\x7f\x05\r")
				x.Prints("= 13   ")
				x.Type("read 4 100\r")
				x.Prints("= 13 \"你好é e\u0301 \"")
				x.Sees("server> ‸")
				x.Until("straight edges", func() bool {
					for _, row := range strings.Split(x.Text(), "\n") {
						if strings.Contains(row, "DATA 13 bytes") && !strings.HasSuffix(row, "▶│") && !strings.Contains(row, "▶│  ") {
							return false
						}
					}
					return true
				})
				x.Type("exit\r")
				x.Ends(done)
			})
		}
	}
}

// TestStrangeInput: what is no text does nothing, and does no harm.
func TestStrangeInput(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			x := prompt(t, "user", size[0], size[1])
			for c := range byte(0x20) {
				if !strings.ContainsRune("\x03\x04\r\n", rune(c)) {
					x.Type(string(rune(c)))
				}
			}
			x.Type("\x1b[99~\x1b]0;a title\x07\x1bP1\x1b\\\x1b[<0;1;1M")
			x.Type("\x15socket \x00\u0085t\u009b31mcp\r")
			x.Prints("! socket: ")
			x.Sees("server> ‸")
			x.Type("\xff\xfe\xe4\r") // no UTF-8
			x.Prints("! there is no command")
			x.Type("socket tcp\r")
			x.Prints("= 3   a tcp socket")
			x.Type("exit\r")
			x.Ends(done)
			if _, _, raw := x.Now(); strings.Contains(raw, "\x1b]0") || strings.Contains(raw, "\u009b") {
				t.Errorf("what was typed has reached the terminal: %q", raw)
			}
		})
	}
}

// TestLongLines of 100 KB: one that is a command is run, one that is none is
// told of in a few words.
func TestLongLines(t *testing.T) {
	const size = 100_000
	long := strings.Repeat("0123456789", size/10)
	for name, frame := range map[string][2]string{"typed": {}, "bracketed": {"\x1b[200~", "\x1b[201~"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := prompt(t, "user", 80, 24)
			x.Type("socket udp\rbind 3 127.0.0.1:9000\r")
			x.Prints("= 0   its address")
			x.Type(frame[0] + long + frame[1] + "\r")
			x.Prints("! there is no command 0123456789")
			x.Sees("server> ‸")
			_, _, before := x.Now()
			x.Type(frame[0] + `client: sendto 3 9000 "` + long + `"` + frame[1] + "\r")
			x.Prints("= -1 EBADF")
			x.Type(frame[0] + "client: socket tcp # " + long + frame[1] + "\r")
			x.Prints("= 3   a tcp socket")
			x.Sees("server> ‸")
			_, _, after := x.Now()
			if more := len(after) - len(before); more > size {
				t.Errorf("%d bytes were written to the terminal", more)
			}
			x.Type("exit\r")
			x.Ends(done)
		})
	}
}

// TestResize while typing, and while a flood of output flows: what is typed stays
// whole, and is all that is left of it.
func TestResize(t *testing.T) {
	for _, stack := range []string{"user", "kernel"} {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			x := prompt(t, stack, 80, 24)
			line := `client: write 3 "the quick brown fox jumps over the lazy dog"`
			if stack == "kernel" {
				x.Type("run sh -c \"seq -f 'line %g' 30000\" &\r")
				x.Prints("line 1\n")
			}
			for i, c := range line {
				x.Type(string(c))
				size := sizes[i%len(sizes)]
				x.SetSize(size[0], size[1])
			}
			if stack == "kernel" {
				x.Prints("line 30000\n")
			}
			x.SetSize(80, 24)
			x.Sees("server> " + line + "‸")
			x.SetSize(40, 10)
			x.Sees("server> client: write 3 \"the quick brown", " fox jumps over the lazy dog\"‸")
			x.SetSize(200, 60)
			x.Sees("server> " + line + "‸")
			x.Type("\x15socket tcp\r") // what comes next is drawn in the new width
			x.Sees("  = 3   a tcp socket, CLOSED: no address and no connection yet", "server> ‸")
			x.SetSize(40, 10)
			x.Type("socket tcp\r")
			x.Sees("  = 4   a tcp socket, CLOSED: no address", "        and no connection yet", "server> ‸")
			x.Type("exit\r")
			x.Ends(done)
		})
	}
}

// TestSmallTerminals have a row or a column, or one of each.
func TestSmallTerminals(t *testing.T) {
	for _, size := range [][2]int{{80, 1}, {1, 24}, {1, 1}, {10, 2}} {
		for _, plain := range []bool{false, true} {
			t.Run(fmt.Sprintf("%dx%d/plain=%v", size[0], size[1], plain), func(t *testing.T) {
				t.Parallel()
				a := atTerminal{cols: size[0], rows: size[1]}
				if plain {
					a.args = []string{"--plain"}
				}
				x := a.start(t)
				x.Prints(map[bool]string{true: "server> ", false: "\x1b[?2004h"}[plain])
				for line := range strings.Lines(handshake + "client: write 3 \"你好\"\nsockets\nladder\ndiagram client:3\npacket 1\nhelp\nwhy TIME-WAIT\nlog\nbind\n") {
					x.Type(strings.TrimSpace(line) + "\r")
				}
				if plain { // what is typed ahead is echoed at once
					x.Prints("(3): ")
					x.Type("exit\r")
				} else {
					x.Type("\tb\t\t\x03exit\r")
				}
				x.Ends(done)
			})
		}
	}
}

// TestPlainPrompts edit nothing: where TERM says that the terminal can do
// nothing, where there is no /dev/tty, and where the learner wants it so.
func TestPlainPrompts(t *testing.T) {
	for name, a := range map[string]atTerminal{
		"dumb":       {env: []string{"TERM=dumb"}},
		"no TERM":    {env: []string{"TERM="}},
		"no tty":     {detached: true},
		"plain":      {args: []string{"--plain"}},
		"plain dumb": {args: []string{"--plain"}, env: []string{"TERM=dumb"}},
	} {
		for _, stack := range []string{"user", "kernel"} {
			t.Run(name+"/"+stack, func(t *testing.T) {
				t.Parallel()
				a := a // of this stack alone
				a.stack = stack
				x := a.start(t)
				x.Sees("server> ‸")
				x.Type("socket tcp\r")
				x.Prints("a tcp socket, CLOSED: no address and no connection")
				x.Sees("server> ‸")
				x.Type("bind\r")
				x.Sees("  descriptor (3): ‸")
				x.Type("\r")
				x.Sees("  its address (127.0.0.1:8080): ‸")
				x.Type("\r")
				x.Prints("that is: bind 3 127.0.0.1:8080")
				x.Sees("server> ‸")
				x.Type("listen 3\rclient: socket tcp\rclient: connect 3 127.0.0.1:8080\raccept 3\r")
				x.Prints("the connection from")
				x.Sees("server> ‸")
				x.Type("read 4 100\r")
				x.Sees("server [blocked in read(4)]> ‸")
				if !a.detached {
					x.Type("\x03")
					x.Prints("EINTR")
					x.Sees("server> ‸")
				}
				x.Type("\x04")
				x.Ends(done)
				if _, _, raw := x.Now(); strings.Contains(raw, "\x1b") {
					t.Errorf("an escape sequence: %q", raw)
				}
			})
		}
	}
}
