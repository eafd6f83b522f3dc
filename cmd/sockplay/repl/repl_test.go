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
	x.sees("0> ‸")
	x.typed("echo one")
	x.sees("0> echo one‸")
	x.typed("\r")
	x.sees("0> echo one", "one", "1> ‸")
	x.typed("\r")
	x.sees("1>", "2> ‸")
	x.typed("partial no new line\r")
	x.sees("2> partial no new line", "no new line", "3> ‸")
	x.typed("fds\r")
	x.sees("4> ‸")
	if m := regexp.MustCompile(`descriptors (.*); before: (.*)\n`).FindStringSubmatch(x.written()); m == nil || m[1] != m[2] {
		t.Errorf("descriptors leaked: %q", m)
	}
	x.typed("exit\r")
	x.ends(0)
	x.prints("ended: <nil>")
}

func TestEditing(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.sees("0> ‸")
	x.typed("echo bc")
	x.sees("0> echo bc‸")
	x.typed("\x1b[D\x1b[D")
	x.sees("0> echo ‸bc")
	x.typed("a")
	x.sees("0> echo a‸bc")
	x.typed("\x1bOFd\x1bOH")
	x.sees("0> ‸echo abcd")
	x.typed("\x05\x7fx\r")
	x.sees("0> echo abcx", "abcx", "1> ‸")
	x.typed("to be cleared\x0c")
	x.sees("1> to be cleared‸")
	x.until("an empty screen", func() bool { return x.text() == "1> to be cleared" })
}

func TestOutputAboveLine(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {40, 10}, {80, 5}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			x := open(t, size[0], size[1])
			x.sees("0> ‸")
			x.typed("echo half\x1b[D\x1b[D")
			x.sees("0> echo ha‸lf")
			for i := range 20 {
				x.say("say asynchronous %d", i)
				x.sees(fmt.Sprintf("asynchronous %d", i), "0> echo ha‸lf")
			}
			x.say("partial begun")
			x.say("say , ended")
			x.sees("asynchronous 19", "begun, ended", "0> echo ha‸lf")
			x.typed("ppy\r")
			x.sees("begun, ended", "0> echo happylf", "happylf", "1> ‸")
		})
	}
}

func TestOutputUnderMenu(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 6)
	x.sees("0> ‸")
	x.typed("echo s")
	x.sees("0> echo s‸",
		"          suggestion0  one of them",
		"          suggestion1  one of them",
		"          suggestion2  one of them",
		"          suggestion3  one of them",
		"          suggestion4  one of them")
	x.say("say above")
	x.prints("above\n")
	x.typed("\t\t\t\t\t") // the last, which is on the screen though only five fit
	x.sees("0> echo suggestion4‸",
		"                    suggestion0  one of them",
		"                    suggestion1  one of them",
		"                    suggestion2  one of them",
		"                    suggestion3  one of them",
		"                    suggestion4  one of them")
	x.typed("\r")
	x.sees("0> echo suggestion4", "suggestion4", "1> ‸")

	// There are fewer now, and fewer each time.
	x.typed("echo s")
	x.sees("1> echo s‸",
		"          suggestion0  one of them",
		"          suggestion1  one of them",
		"          suggestion2  one of them")
	x.typed("\t\t\t\t")
	x.sees("1> echo s‸",
		"          suggestion0  one of them",
		"          suggestion1  one of them",
		"          suggestion2  one of them")
	x.typed("u\t")
	x.sees("1> echo suggestion0‸", "                    suggestion0  one of them")
	x.typed(" x\r")
	x.sees("1> echo suggestion0 x", "suggestion0 x", "2> ‸")
}

func TestCompletionWithinLine(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.sees("0> ‸")
	x.typed("echo su after")
	x.sees("0> echo su after‸")
	x.typed(strings.Repeat("\x1b[D", 6) + "\t\t")
	x.sees("0> echo suggestion1‸ after",
		"                    suggestion0  one of them",
		"                    suggestion1  one of them",
		"                    suggestion2  one of them",
		"                    suggestion3  one of them",
		"                    suggestion4  one of them")
	x.typed("!\r")
	x.sees("0> echo suggestion1! after", "suggestion1! after", "1> ‸")
}

func TestSmallTerminals(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{40, 10}, {10, 3}, {20, 1}, {3, 2}, {1, 1}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			x := open(t, size[0], size[1])
			x.prints(showCursor)
			for range 12 {
				x.say("say one line")
			}
			x.typed("echo sug\t\t")
			x.prints("one line")
			x.say("say another line")
			x.typed(" and more text than fits into some of them\x1b[D\x1b[D")
			x.say("say yet another line")
			x.typed("\rexit\r")
			x.ends(0)
			x.prints("suggestion1 and more text than fits into some of them\n" + hideCursor + plain + "1> exit\n")
		})
	}
}

// What is on the screen above the prompt stays there, whatever happens below.
func TestBottomRow(t *testing.T) {
	t.Parallel()
	x := open(t, 40, 10)
	x.sees("0> ‸")
	for i := range 9 {
		x.say("say line %d", i)
	}
	x.sees("line 7", "line 8", "0> ‸")
	long := strings.Repeat("abcdefghi ", 9)
	x.typed(long)
	x.sees("line 5", "line 6", "line 7", "line 8",
		"0> abcdefghi abcdefghi abcdefghi abcdefg",
		"hi abcdefghi abcdefghi abcdefghi abcdefg",
		"hi abcdefghi ‸")
	x.typed("\x01")
	x.sees("line 8",
		"0> ‸abcdefghi abcdefghi abcdefghi abcdefg",
		"hi abcdefghi abcdefghi abcdefghi abcdefg",
		"hi abcdefghi")
	x.say("say line 9")
	x.sees("line 7", "line 8", "line 9",
		"0> ‸abcdefghi abcdefghi abcdefghi abcdefg",
		"hi abcdefghi abcdefghi abcdefghi abcdefg",
		"hi abcdefghi")
	x.typed("\x0b")
	x.sees("line 7", "line 8", "line 9", "0> ‸")
	x.typed(strings.Repeat("x", 37))
	x.sees("line 9", "0> "+strings.Repeat("x", 37), "‸")
	x.typed("\r")
	x.sees("line 9", "0> "+strings.Repeat("x", 37), "ran "+strings.Repeat("x", 36), "x", "1> ‸")
}

func TestLineLongerThanScreen(t *testing.T) {
	t.Parallel()
	x := open(t, 20, 4)
	x.sees("0> ‸")
	x.typed("length " + strings.Repeat("0123456789", 20))
	x.sees("01234567890123456789", "01234567890123456789", "01234567890123456789", "0123456789‸")
	x.say("say above")
	x.prints("above\n")
	x.typed("\x01")
	x.sees("0> ‸length 0123456789", "01234567890123456789", "01234567890123456789", "01234567890123456789")
	x.typed("\r")
	x.sees("length 200", "1> ‸")
}

func TestWideCharacters(t *testing.T) {
	t.Parallel()
	x := open(t, 20, 8)
	x.sees("0> ‸")
	x.typed("echo 日本語")
	x.sees("0> echo 日本語‸")
	x.typed("\x1b[D")
	x.sees("0> echo 日本‸語")
	for i := range 10 {
		x.say("say 出力 %d", i)
		x.sees(fmt.Sprintf("出力 %d", i), "0> echo 日本‸語")
	}
	x.typed("のネ")
	x.sees("0> echo 日本のネ‸語")
	// One column is left in the row, and the next character needs two.
	x.typed("x\x05中")
	x.sees("0> echo 日本のネx語", "中‸")
	x.say("say above")
	x.sees("出力 9", "above", "0> echo 日本のネx語", "中‸")
	x.typed("\x7f\r")
	x.sees("above", "0> echo 日本のネx語", "日本のネx語", "1> ‸")
	x.typed("quote e\u0301e\x1b[D\x7fx\r") // a combining character is one of its own to the line
	x.sees(`"exe"`, "2> ‸")
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
			x.sees("0> ‸")
			x.typed(paste)
			x.sees(want...)
			x.typed("more")
			x.sees("10> more‸")
		})
	}
	t.Run("by keys", func(t *testing.T) { // that the editor has to see
		t.Parallel()
		x := open(t, 80, 24)
		x.sees("0> ‸")
		x.typed(strings.ReplaceAll(strings.Join(lines, "\n"), "line", "linx\x7fe") + "\n")
		x.sees(want...)
	})
	t.Run("during a command", func(t *testing.T) {
		t.Parallel()
		x := open(t, 80, 24)
		x.sees("0> ‸")
		x.typed("slow\r")
		x.sees("slow begins")
		x.typed("\x03")
		x.sees("slow ends", "1> ‸")
		x.typed("flood 3000\r" + pasteBegin + "\techo a\necho b\nech" + pasteEnd + "o c")
		x.sees("flood over", "2>  echo a", "ran  echo a", "3> echo b", "b", "4> echo c‸")
	})
}

func TestHistory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "history")
	x := open(t, 80, 24, "SOCKPLAY_REPL_HISTORY="+file)
	x.sees("0> ‸")
	x.typed("first\rsecond\rsecond\r  \r")
	x.sees("4> ‸")
	x.typed("\x1b[A\x1b[A\x1b[A\x1b[B")
	x.sees("4> second‸")
	x.typed("\x15exit\r")
	x.ends(0)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	x = open(t, 80, 24, "SOCKPLAY_REPL_HISTORY="+file)
	x.sees("0> ‸")
	x.typed("half")
	x.sees("0> half‸")
	for _, line := range []string{"exit", "second", "first", "first"} {
		x.typed("\x1b[A")
		x.sees("0> " + line + "‸")
	}
	x.typed("\x1b[B\x1b[B\x1b[B")
	x.sees("0> half‸")
	x.typed("\x03\x1b[A")
	x.sees("0> half^C", "0> exit‸")
}

func TestCtrlC(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.sees("0> ‸")
	x.typed("half")
	x.sees("0> half‸")
	x.typed("\x03")
	x.sees("0> half^C", "0> ‸")
	x.typed("other half\x03") // in one read
	x.sees("0> half^C", "0> other half^C", "0> ‸")
	x.typed("\x03")
	x.sees("0> ^C", "interrupt called", "0> ‸")
	x.typed("slow\r")
	x.sees("0> slow", "slow begins")
	x.typed("echo discarded\recho and this\x03")
	x.sees("0> slow", "slow begins", "^C", "slow ends", "1> ‸")
	x.typed(pasteBegin + "a paste that never ends\x03")
	x.sees("1> a paste that never ends^C", "1> ‸")
	x.typed("exit\r")
	x.ends(0)
}

func TestCtrlD(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.sees("0> ‸")
	x.typed("ab\x01\x04")
	x.sees("0> ‸b")
	x.typed("\x04\x04")
	x.ends(0)
	x.sees("0>", "ended: <nil>")
}

func TestResize(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.sees("0> ‸")
	x.typed("echo 0123456789012345678901234567890123456789abc\x1b[D")
	x.sees("0> echo 0123456789012345678901234567890123456789ab‸c")
	x.setSize(40, 10)
	x.sees("0> echo 01234567890123456789012345678901", "23456789ab‸c")
	x.say("say above")
	x.sees("above", "0> echo 01234567890123456789012345678901", "23456789ab‸c")
	x.setSize(20, 3)
	x.sees("0> echo 012345678901", "23456789012345678901", "23456789ab‸c")
	x.setSize(100, 30)
	x.sees("0> echo 0123456789012345678901234567890123456789ab‸c")
	x.typed("\r")
	x.sees("0123456789012345678901234567890123456789abc", "1> ‸")
	x.typed("slow\r") // a resize during a command is for the next prompt
	x.sees("slow begins")
	x.setSize(10, 10)
	x.typed("\x030123456789")
	x.sees("2> 0123456", "789‸")
}

func TestFlood(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.sees("0> ‸")
	x.say("flood 20000")
	text := "echo the quick brown fox jumps over the lazy dog"
	for _, c := range text {
		x.typed(string(c))
	}
	x.sees("flood 19999", "flood over", "0> "+text+"‸")
	x.typed("\r")
	x.sees("0> "+text, text[5:], "1> ‸")
	next := 0
	for _, m := range regexp.MustCompile(`flood (\d+)\n`).FindAllStringSubmatch(x.written(), -1) {
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
			x.sees("0> ‸")
			x.typed(frame[0] + "length " + strings.Repeat("x", size) + frame[1])
			x.typed("\x7f\r")
			x.sees(fmt.Sprintf("length %d", size-1), "1> ‸")
			x.typed("length " + strings.Repeat("x", size) + "\r")
			x.sees(fmt.Sprintf("length %d", size), "2> ‸")
			x.typed("exit\r")
			x.ends(0)
		})
	}
}

func TestStrangeBytes(t *testing.T) {
	t.Parallel()
	x := open(t, 80, 24)
	x.sees("0> ‸")
	for c := range byte(0x20) {
		switch c {
		case ctrlC[0], ctrlD[0], '\r', '\n', 0x1b:
		default:
			x.typed(string(rune(c)))
		}
	}
	x.typed("quote a\x00b")
	x.sees("0> quote ab‸")
	x.typed("\x80\xff\xe6\x97")
	x.sees("0> quote ab��‸")
	x.typed("\xa5\u009b31m")
	x.sees("0> quote ab��日31m‸")
	for _, sequence := range []string{
		"\x1b[99~", "\x1b[<0;1;1M", "\x1b[1;2;3;4z", "\x1bOz", "\x1bx", "\x1b[E", "\x1b日", "\x1b\x1b[C",
		"\x1b]0;title\x07", "\x1b]0;title\x1b\\", "\x1bP1$r\x1b\\", "\x1b[?1;2c", "\x1b[[A", "\x1b[I", "\x1b[O",
	} {
		x.typed(sequence)
	}
	x.typed("!")
	x.sees("0> quote ab��日31m!‸")
	x.typed("\r")
	x.sees(`"ab��日31m!"`, "1> ‸")
	x.typed("\x1b") // a lone Escape takes no letter with it, once its time is over
	for i := range 1 + escapeTime/coalesce {
		x.say("say %d", i)
		x.sees(fmt.Sprint(int(i)), "1> ‸")
	}
	x.typed("exit\x1b\r")
	x.ends(0)
}
