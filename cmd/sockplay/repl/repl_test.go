//go:build unix

package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.Sees("0> ‸")
	x.Type("echo one")
	x.Sees("0> echo one‸")
	x.Type("\r")
	x.Sees("0> echo one", "one", "1> ‸")
	x.Type("\r")
	x.Sees("1>", "2> ‸")
	x.Type("partial no new line\r")
	x.Sees("2> partial no new line", "no new line", "3> ‸")
	x.Type("fds\r")
	x.Sees("4> ‸")
	_, written, _ := x.Now()
	if m := regexp.MustCompile(`descriptors (.*); before: (.*)\n`).FindStringSubmatch(written); m == nil || m[1] != m[2] {
		t.Errorf("descriptors leaked: %q", m)
	}
	x.Type("exit\r")
	x.ends(0)
	x.Prints("ended: <nil>")
}

func TestEditing(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.Sees("0> ‸")
	x.Type("echo bc")
	x.Sees("0> echo bc‸")
	x.Type("\x1b[D\x1b[D")
	x.Sees("0> echo ‸bc")
	x.Type("a")
	x.Sees("0> echo a‸bc")
	x.Type("\x1bOFd\x1bOH")
	x.Sees("0> ‸echo abcd")
	x.Type("\x05\x7fx\r")
	x.Sees("0> echo abcx", "abcx", "1> ‸")
	x.Type("to be cleared\x0c")
	x.Sees("1> to be cleared‸")
	x.Until("an empty screen", func() bool { return x.Text() == "1> to be cleared" })
}

func TestOutputAboveLine(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {40, 10}, {80, 5}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			x := open(t, size[0], size[1])
			x.Sees("0> ‸")
			x.Type("echo half\x1b[D\x1b[D")
			x.Sees("0> echo ha‸lf")
			for i := range 20 {
				x.say("say asynchronous %d", i)
				x.Sees(fmt.Sprintf("asynchronous %d", i), "0> echo ha‸lf")
			}
			x.say("partial begun")
			x.say("say , ended")
			x.Sees("asynchronous 19", "begun, ended", "0> echo ha‸lf")
			x.Type("ppy\r")
			x.Sees("begun, ended", "0> echo happylf", "happylf", "1> ‸")
		})
	}
}

func TestOutputUnderMenu(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 6)
	x.Sees("0> ‸")
	x.Type("echo s")
	x.Sees("0> echo s‸",
		"          suggestion0  one of them",
		"          suggestion1  one of them",
		"          suggestion2  one of them",
		"          suggestion3  one of them",
		"          suggestion4  one of them")
	x.say("say above")
	x.Prints("above\n")
	x.Type("\t\t\t\t\t") // the last, which is on the screen though only five fit
	x.Sees("0> echo suggestion4‸",
		"                    suggestion0  one of them",
		"                    suggestion1  one of them",
		"                    suggestion2  one of them",
		"                    suggestion3  one of them",
		"                    suggestion4  one of them")
	x.Type("\r")
	x.Sees("0> echo suggestion4", "suggestion4", "1> ‸")

	// There are fewer now, and fewer each time.
	x.Type("echo s")
	x.Sees("1> echo s‸",
		"          suggestion0  one of them",
		"          suggestion1  one of them",
		"          suggestion2  one of them")
	x.Type("\t\t\t\t")
	x.Sees("1> echo s‸",
		"          suggestion0  one of them",
		"          suggestion1  one of them",
		"          suggestion2  one of them")
	x.Type("u\t")
	x.Sees("1> echo suggestion0‸", "                    suggestion0  one of them")
	x.Type(" x\r")
	x.Sees("1> echo suggestion0 x", "suggestion0 x", "2> ‸")
}

func TestCompletionWithinLine(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.Sees("0> ‸")
	x.Type("echo su after")
	x.Sees("0> echo su after‸")
	x.Type(strings.Repeat("\x1b[D", 6) + "\t\t")
	x.Sees("0> echo suggestion1‸ after",
		"                    suggestion0  one of them",
		"                    suggestion1  one of them",
		"                    suggestion2  one of them",
		"                    suggestion3  one of them",
		"                    suggestion4  one of them")
	x.Type("!\r")
	x.Sees("0> echo suggestion1! after", "suggestion1! after", "1> ‸")
}

func TestSmallTerminals(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{40, 10}, {10, 3}, {20, 1}, {3, 2}, {1, 1}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			x := open(t, size[0], size[1])
			x.Prints(showCursor)
			for range 12 {
				x.say("say one line")
			}
			x.Type("echo sug\t\t")
			x.Prints("one line")
			x.say("say another line")
			x.Type(" and more text than fits into some of them\x1b[D\x1b[D")
			x.say("say yet another line")
			x.Type("\rexit\r")
			x.ends(0)
			x.Prints("suggestion1 and more text than fits into some of them\n" + hideCursor + plain + "1> exit\n")
		})
	}
}

// What is on the screen above the prompt stays there, whatever happens below.
func TestBottomRow(t *testing.T) {
	t.Parallel()
	x := open(t, 40, 10)
	x.Sees("0> ‸")
	for i := range 9 {
		x.say("say line %d", i)
	}
	x.Sees("line 7", "line 8", "0> ‸")
	long := strings.Repeat("abcdefghi ", 9)
	x.Type(long)
	x.Sees("line 5", "line 6", "line 7", "line 8",
		"0> abcdefghi abcdefghi abcdefghi abcdefg",
		"hi abcdefghi abcdefghi abcdefghi abcdefg",
		"hi abcdefghi ‸")
	x.Type("\x01")
	x.Sees("line 8",
		"0> ‸abcdefghi abcdefghi abcdefghi abcdefg",
		"hi abcdefghi abcdefghi abcdefghi abcdefg",
		"hi abcdefghi")
	x.say("say line 9")
	x.Sees("line 7", "line 8", "line 9",
		"0> ‸abcdefghi abcdefghi abcdefghi abcdefg",
		"hi abcdefghi abcdefghi abcdefghi abcdefg",
		"hi abcdefghi")
	x.Type("\x0b")
	x.Sees("line 7", "line 8", "line 9", "0> ‸")
	x.Type(strings.Repeat("x", 37))
	x.Sees("line 9", "0> "+strings.Repeat("x", 37), "‸")
	x.Type("\r")
	x.Sees("line 9", "0> "+strings.Repeat("x", 37), "ran "+strings.Repeat("x", 36), "x", "1> ‸")
}

func TestLineLongerThanScreen(t *testing.T) {
	t.Parallel()
	x := open(t, 20, 4)
	x.Sees("0> ‸")
	x.Type("length " + strings.Repeat("0123456789", 20))
	x.Sees("01234567890123456789", "01234567890123456789", "01234567890123456789", "0123456789‸")
	x.say("say above")
	x.Prints("above\n")
	x.Type("\x01")
	x.Sees("0> ‸length 0123456789", "01234567890123456789", "01234567890123456789", "01234567890123456789")
	x.Type("\r")
	x.Sees("length 200", "1> ‸")
}

func TestWideCharacters(t *testing.T) {
	t.Parallel()
	x := open(t, 20, 8)
	x.Sees("0> ‸")
	x.Type("echo 日本語")
	x.Sees("0> echo 日本語‸")
	x.Type("\x1b[D")
	x.Sees("0> echo 日本‸語")
	for i := range 10 {
		x.say("say 出力 %d", i)
		x.Sees(fmt.Sprintf("出力 %d", i), "0> echo 日本‸語")
	}
	x.Type("のネ")
	x.Sees("0> echo 日本のネ‸語")
	// One column is left in the row, and the next character needs two.
	x.Type("x\x05中")
	x.Sees("0> echo 日本のネx語", "中‸")
	x.say("say above")
	x.Sees("出力 9", "above", "0> echo 日本のネx語", "中‸")
	x.Type("\x7f\r")
	x.Sees("above", "0> echo 日本のネx語", "日本のネx語", "1> ‸")
	x.Type("quote e\u0301e\x1b[D\x7fx\r") // a combining character is one of its own to the line
	x.Sees(`"exe"`, "2> ‸")
}

func TestPaste(t *testing.T) {
	t.Parallel()
	var lines, want []string
	for i := range 10 {
		lines = append(lines, fmt.Sprintf("line %d", i))
		want = append(want, fmt.Sprintf("%d> line %d", i, i), fmt.Sprintf("ran line %d", i))
	}
	want = append(want, "10> ‸")
	for name, paste := range map[string]string{
		"LF":           strings.Join(lines, "\n") + "\n",
		"CR":           strings.Join(lines, "\r") + "\r",
		"CRLF":         strings.Join(lines, "\r\n") + "\r\n",
		"bracketed LF": pasteBegin + strings.Join(lines, "\n") + "\n" + pasteEnd,
		"bracketed CR": pasteBegin + strings.Join(lines, "\r") + pasteEnd + "\r",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := open(t, 80, 24)
			x.Sees("0> ‸")
			x.Type(paste)
			x.Sees(want...)
			x.Type("more")
			x.Sees("10> more‸")
		})
	}
	t.Run("by keys", func(t *testing.T) { // that the editor has to see
		t.Parallel()
		x := open(t, 80, 24)
		x.Sees("0> ‸")
		x.Type(strings.ReplaceAll(strings.Join(lines, "\n"), "line", "linx\x7fe") + "\n")
		x.Sees(want...)
	})
	t.Run("during a command", func(t *testing.T) {
		t.Parallel()
		x := open(t, 80, 24)
		x.Sees("0> ‸")
		x.Type("slow\r")
		x.Sees("slow begins")
		x.Type("\x03")
		x.Sees("slow ends", "1> ‸")
		x.Type("flood 3000\r" + pasteBegin + "\techo a\necho b\nech" + pasteEnd + "o c")
		x.Sees("flood over", "2>  echo a", "ran  echo a", "3> echo b", "b", "4> echo c‸")
	})
}

func TestHistory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "history")
	x := open(t, 80, 24, "SOCKPLAY_REPL_HISTORY="+file)
	x.Sees("0> ‸")
	x.Type("first\rsecond\rsecond\r  \r")
	x.Sees("4> ‸")
	x.Type("\x1b[A\x1b[A\x1b[A\x1b[B")
	x.Sees("4> second‸")
	x.Type("\x15exit\r")
	x.ends(0)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	x = open(t, 80, 24, "SOCKPLAY_REPL_HISTORY="+file)
	x.Sees("0> ‸")
	x.Type("half")
	x.Sees("0> half‸")
	for _, line := range []string{"exit", "second", "first", "first"} {
		x.Type("\x1b[A")
		x.Sees("0> " + line + "‸")
	}
	x.Type("\x1b[B\x1b[B\x1b[B")
	x.Sees("0> half‸")
	x.Type("\x03\x1b[A")
	x.Sees("0> half^C", "0> exit‸")
}

func TestCtrlC(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.Sees("0> ‸")
	x.Type("half")
	x.Sees("0> half‸")
	x.Type("\x03")
	x.Sees("0> half^C", "0> ‸")
	x.Type("other half\x03") // in one read
	x.Sees("0> half^C", "0> other half^C", "0> ‸")
	x.Type("\x03")
	x.Sees("0> ^C", "interrupt called", "0> ‸")
	x.Type("slow\r")
	x.Sees("0> slow", "slow begins")
	x.Type("echo discarded\recho and this\x03")
	x.Sees("0> slow", "slow begins", "^C", "slow ends", "1> ‸")
	x.Type(pasteBegin + "a paste that never ends\x03")
	x.Sees("1> a paste that never ends^C", "1> ‸")
	x.Type("exit\r")
	x.ends(0)
}

func TestCtrlD(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.Sees("0> ‸")
	x.Type("ab\x01\x04")
	x.Sees("0> ‸b")
	x.Type("\x04\x04")
	x.ends(0)
	x.Sees("0>", "ended: <nil>")
}

func TestResize(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.Sees("0> ‸")
	x.Type("echo 0123456789012345678901234567890123456789abc\x1b[D")
	x.Sees("0> echo 0123456789012345678901234567890123456789ab‸c")
	x.SetSize(40, 10)
	x.Sees("0> echo 01234567890123456789012345678901", "23456789ab‸c")
	x.say("say above")
	x.Sees("above", "0> echo 01234567890123456789012345678901", "23456789ab‸c")
	x.SetSize(20, 3)
	x.Sees("0> echo 012345678901", "23456789012345678901", "23456789ab‸c")
	x.SetSize(100, 30)
	x.Sees("0> echo 0123456789012345678901234567890123456789ab‸c")
	x.Type("\r")
	x.Sees("0123456789012345678901234567890123456789abc", "1> ‸")
	x.Type("slow\r") // a resize during a command is for the next prompt
	x.Sees("slow begins")
	x.SetSize(10, 10)
	x.Type("\x030123456789")
	x.Sees("2> 0123456", "789‸")
}

func TestFlood(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.Sees("0> ‸")
	x.say("flood 20000")
	text := "echo the quick brown fox jumps over the lazy dog"
	for _, c := range text {
		x.Type(string(c))
	}
	x.Sees("flood 19999", "flood over", "0> "+text+"‸")
	x.Type("\r")
	x.Sees("0> "+text, text[5:], "1> ‸")
	next := 0
	_, written, _ := x.Now()
	for _, m := range regexp.MustCompile(`flood (\d+)\n`).FindAllStringSubmatch(written, -1) {
		if m[1] != fmt.Sprint(next) {
			t.Fatalf("flood %s where %d should be", m[1], next)
		}
		next++
	}
	if next != 20000 {
		t.Errorf("%d lines of the flood", next)
	}
}

func TestMegabyte(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	for name, frame := range map[string][2]string{"plain": {}, "bracketed": {pasteBegin, pasteEnd}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := open(t, 80, 24)
			x.Sees("0> ‸")
			x.Type(frame[0] + "length " + strings.Repeat("x", size) + frame[1])
			x.Type("\x7f\r")
			x.Sees(fmt.Sprintf("length %d", size-1), "1> ‸")
			x.Type("length " + strings.Repeat("x", size) + "\r")
			x.Sees(fmt.Sprintf("length %d", size), "2> ‸")
			x.Type("exit\r")
			x.ends(0)
		})
	}
}

func TestStrangeBytes(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.Sees("0> ‸")
	for c := range byte(0x20) {
		switch c {
		case ctrlC[0], ctrlD[0], '\r', '\n', 0x1b:
		default:
			x.Type(string(rune(c)))
		}
	}
	x.Type("quote a\x00b")
	x.Sees("0> quote ab‸")
	x.Type("\x80\xff\xe6\x97")
	x.Sees("0> quote ab��‸")
	x.Type("\xa5\u009b31m")
	x.Sees("0> quote ab��日31m‸")
	for _, sequence := range []string{
		"\x1b[99~", "\x1b[<0;1;1M", "\x1b[1;2;3;4z", "\x1bOz", "\x1bx", "\x1b[E", "\x1b日", "\x1b\x1b[C",
		"\x1b]0;title\x07", "\x1b]0;title\x1b\\", "\x1bP1$r\x1b\\", "\x1b[?1;2c", "\x1b[[A", "\x1b[I", "\x1b[O",
	} {
		x.Type(sequence)
	}
	x.Type("!")
	x.Sees("0> quote ab��日31m!‸")
	x.Type("\r")
	x.Sees(`"ab��日31m!"`, "1> ‸")
	x.Type("\x1b") // a lone Escape takes no letter with it, once its time is over
	for i := range 1 + escapeTime/coalesce {
		x.say("say %d", i)
		x.Sees(fmt.Sprint(int(i)), "1> ‸")
	}
	x.Type("exit\x1b\r")
	x.ends(0)
}

// A line of a paste can be told from the last that was typed.
func TestWaiting(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		typed string
		want  []string
	}{
		"by itself":         {"waiting\r", []string{"0> waiting", "waiting: false", "1> ‸"}},
		"a line follows":    {"waiting\rwaiting\r", []string{"waiting: true", "1> waiting", "waiting: false", "2> ‸"}},
		"text follows":      {"waiting\rmore", []string{"waiting: true", "1> more‸"}},
		"a paste of a line": {pasteBegin + "waiting\n" + pasteEnd, []string{"waiting: false", "1> ‸"}},
		"a paste goes on":   {pasteBegin + "waiting\n", []string{"waiting: true", "1> ‸"}},
		"a paste of two":    {pasteBegin + "waiting\nmore" + pasteEnd, []string{"waiting: true", "1> more‸"}},
	} {
		for _, term := range []string{"xterm", "dumb"} {
			if term == "dumb" && strings.Contains(test.typed, "\x1b") {
				continue
			}
			t.Run(name+"/"+term, func(t *testing.T) {
				t.Parallel()
				x := open(t, 80, 24, "TERM="+term)
				x.Sees("0> ‸")
				x.Type(test.typed)
				if term == "xterm" {
					x.Sees(test.want...)
				} else if name != "text follows" { // which only the terminal knows
					x.Prints(test.want[len(test.want)-2] + "\n")
				}
			})
		}
	}
}
