package command

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/netstack"
)

// rewindable is a session that can go back.
func rewindable(t testing.TB, lines ...string) *Session {
	s := play(t)
	s.Again = func() (sandbox.Stack, error) { return netstack.New(1) }
	t.Cleanup(func() { s.Sandbox.Stack().Close() })
	do(t, s, lines...)
	return s
}

func do(t testing.TB, s *Session, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if l == "reset" {
			stack, err := netstack.New(1)
			if err != nil {
				t.Fatal(err)
			}
			s.Sandbox.Close()
			s.Sandbox.Stack().Close()
			s.Renew(stack)
			continue
		}
		if _, err := s.Do(context.Background(), l); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
	}
}

// TestHolds: what counts since a mark, after lines, and after going back and
// forward. A line "mark" sets the mark.
func TestHolds(t *testing.T) {
	const opened = "expect packets SYN SYN-ACK ACK"
	for _, test := range []struct {
		name  string
		lines string // with ; between
		hold  []string
		not   []string
	}{
		{"from the beginning", "", []string{opened, "expect call accept = 4", "expect call bind", "expect line listen 3", "expect return 4", "expect states client:3 CLOSED SYN-SENT ESTABLISHED"},
			[]string{"expect packets", "expect line step", "expect call write"}},
		{"nothing since", "mark", []string{"expect packets", "expect not call accept", "expect not line accept", "expect state client:3 ESTABLISHED", "expect not return 4"},
			[]string{opened, "expect return 4", "expect call socket", "expect line socket"}},
		{"a line since", `mark;client: write 3 "x"`, []string{"expect packets DATA ACK", "expect call write", `expect line write 3 "x"`, "expect return 1"},
			[]string{opened, "expect call connect", "server: expect return 4", "expect not call write"}},
		{"a look since", "mark;sockets;wire;help", []string{"expect line sockets", "expect line wire", "expect line help", "expect packets"}, []string{"expect line socket", "expect return 4"}},
		{"a look before", "sockets;mark", nil, []string{"expect line sockets"}},
		{"a call that waits", "mark;accept 3", []string{"expect line accept 3", "expect blocked server"}, []string{"expect call accept", "expect return 5"}},
		{"a call that returns after it", "accept 3;mark;client: socket tcp;client: connect 4 127.0.0.1:8080", []string{"expect call accept = 5", "server: expect return 5", opened}, []string{"expect line accept"}},

		{"undone", `mark;client: write 3 "x";undo`, []string{"expect packets", "expect not call write", "expect line undo"}, []string{"expect call write", "expect line write", "expect return 1", "expect return 4"}},
		{"undone and done again", `mark;client: write 3 "x";undo;redo`, []string{"expect packets DATA ACK", "expect call write", "expect line write", "expect return 1", "expect line redo"}, []string{"expect call accept"}},
		{"undone past the mark", `mark;undo`, []string{"expect packets", "expect not call accept", "expect not line accept"}, []string{"expect call bind", "expect return 0"}},
		{"undone past the mark and done again", `mark;client: write 3 "x";undo 3;redo`, []string{"expect packets DATA ACK", "expect call write", "expect not call accept", "expect not call connect"}, []string{opened, "expect line connect"}},
		{"the last line undone and done again", `mark;undo;redo`, []string{"expect packets", "expect not call accept", "expect not line accept"}, []string{"expect return 4"}},
		{"undone past the mark, and done otherwise", `mark;client: write 3 "x";undo 3;client: connect 3 127.0.0.1:9`, []string{"expect packets SYN RST", "expect call connect = ECONNREFUSED", "expect line connect", "expect errno ECONNREFUSED"}, []string{"expect call connect = 0", "expect call socket", "expect call write"}},
		{"done otherwise by more lines", `mark;undo 3;client: socket udp;client: close 3;client: close 4;client: socket tcp`, []string{"expect call socket udp", "expect call socket tcp", "expect call close 3", "expect call close 4 = EBADF"}, []string{"expect call listen", "expect call connect"}},
		{"done otherwise, twice", `mark;undo 2;client: close 3;undo 2;client: socket udp`, []string{"expect call socket udp", "expect line socket udp"}, []string{"expect call close", "expect call socket tcp", "expect call listen"}},
		{"undone before it", `undo;mark;accept 3`, []string{"expect call accept = 4", "expect line accept", "expect packets"}, []string{"expect call connect"}},
		{"undone before it, and past it", `undo;mark;undo;redo 2`, []string{"expect call accept"}, []string{"expect call connect", opened}},
		{"a look is not undone", `mark;sockets;client: write 3 "x";undo 2`, []string{"expect line sockets"}, []string{"expect line write"}},

		{"stepped back", "mark;client: close 3;step back", []string{"expect packets FIN ACK", "expect flight ACK", "expect call close", "expect line close", "expect line step back"}, []string{"expect flight"}},
		{"stepped back past the mark", "undo;mark;step back;step back", []string{"expect flight SYN-ACK", "expect packets"}, []string{"expect call connect"}},
		{"stepped back past the mark, and stepped", "undo;mark;step back 2;step 2", []string{"expect packets ACK", "expect call connect = 0", "expect line step"}, []string{"expect line connect", opened}},
		{"stepped back past the mark and forward again", "undo;mark;step back 2;redo", []string{"expect packets", "expect flight"}, []string{"expect call connect", "expect line connect"}},

		{"reset", "mark;reset", []string{"expect packets", "expect not call socket"}, []string{"expect call socket", "expect line listen", "expect return 4", "expect state client:any ESTABLISHED"}},
		{"reset and more", "mark;sockets;reset;socket udp", []string{"expect call socket udp", "expect line socket udp", "expect return 3"}, []string{"expect call socket tcp", "expect line listen", "expect line sockets"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := rewindable(t, connected...)
			m := Mark{}
			for line := range strings.SplitSeq(test.lines, ";") {
				switch line {
				case "":
				case "mark":
					m = s.Mark()
				default:
					do(t, s, line)
				}
			}
			for _, line := range test.hold {
				if ok, got, err := s.Holds(m, line); !ok || got != "" || err != nil {
					t.Errorf("%s does not hold: %s, %v", line, got, err)
				}
			}
			for _, line := range test.not {
				if ok, got, err := s.Holds(m, line); ok || got == "" || err != nil {
					t.Errorf("%s holds: %q, %v", line, got, err)
				}
			}
		})
	}
}

// TestHoldsLeaves: to be asked changes nothing, not even what expect packets
// looks at.
func TestHoldsLeaves(t *testing.T) {
	s := rewindable(t, append(slices.Clone(connected), "wire hold", `client: write 3 "x"`, "undo", "sockets")...)
	before, log, undone := fmt.Sprint(s.lines, s.looks, s.kinds, s.partings, s.undone, s.here, s.past.calls.end(), s.past.sent.end()), s.Sandbox.Log().Last(), len(s.undone)
	mark := s.Mark()
	for _, line := range []string{
		"expect packets SYN SYN-ACK ACK", "expect packets", "expect not packets", "client: expect return 0", "expect flight", "expect line sockets",
		"expect call accept", "expect state client:any CLOSED", "client> expect return 0", "expect nothing", "client: socket tcp", "undo", "",
	} {
		s.Holds(Mark{}, line)
		s.Holds(mark, line)
	}
	after := fmt.Sprint(s.lines, s.looks, s.kinds, s.partings, s.undone, s.here, s.past.calls.end(), s.past.sent.end())
	if after != before || s.Sandbox.Log().Last() != log || len(s.undone) != undone || s.current.Name() != "server" || s.Mark() != mark {
		t.Errorf("it was\n%s\nand is\n%s", before, after)
	}
	do(t, s, "expect packets SYN SYN-ACK ACK", "redo", "expect flight DATA")
}

// TestHoldsRefuses: what is no expect line at all.
func TestHoldsRefuses(t *testing.T) {
	s := play(t)
	for line, want := range map[string]string{
		"":                         " is no expectation; expect and what is to be so",
		"# expect return 3":        " is no expectation",
		"socket tcp":               "socket tcp is no expectation",
		"client> expect return 3":  "client> expect return 3 is no expectation",
		`"expect" return 3`:        "is no expectation",
		"Client: expect return 3":  "Client is no name for a process",
		"expect(3)":                "expect is not taken as C writes it",
		"expect data \"abc":        "a string without its end",
		"client: ":                 "no command after client:",
		"expect return 3\x00":      "a control character",
		"nobody: expect retrun 3":  "retrun is no expectation",
		"return 3":                 "return 3 is no expectation",
		"exp return 3":             "exp return 3 is no expectation",
		"expect data \"\\q\"":      "an escape that is none",
		"expect state client:3: X": "client:3: names no socket",
	} {
		if ok, _, err := s.Holds(Mark{}, line); ok || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", line, err, want)
		}
	}
}

// TestHoldsIsQuick: a dozen questions after each line of a long session are not
// noticed.
func TestHoldsIsQuick(t *testing.T) {
	s := play(t, append(slices.Clone(connected), "client: setsockopt 3 TCP_NODELAY on")...)
	for s.Sandbox.Log().Last() < 100_000 {
		do(t, s, `client: write 3 "x"`, "read 4 1")
	}
	m := s.Mark()
	do(t, s, "sockets", "client: close 3")
	asked := []string{
		"expect packets FIN ACK", "expect packets ... RST ...", "expect call close", "expect call bind 127.0.0.1:1", "expect line sockets", "expect line wire hold",
		"expect state client:any CLOSE-WAIT", "expect return 0", "expect not errno EPIPE", "expect flight", "expect not blocked server", `expect call read = "hello"`,
	}
	for _, from := range []struct {
		mark Mark
		most time.Duration // far more than it takes
	}{{m, 5 * time.Millisecond}, {Mark{}, 500 * time.Millisecond}} {
		best := time.Hour
		for range 5 { // the machine may have other work
			began := time.Now()
			for _, line := range asked {
				if _, _, err := s.Holds(from.mark, line); err != nil {
					t.Fatal(err)
				}
			}
			best = min(best, time.Since(began))
		}
		if t.Logf("%s", best); best > from.most {
			t.Errorf("a dozen expectations take %s", best)
		}
	}
}

// TestPast: what is too long ago is forgotten, and the rest keeps its place.
func TestPast(t *testing.T) {
	var r roll[int]
	for i := range 100 {
		if r.end() != i {
			t.Fatalf("%d are %d", i, r.end())
		}
		r.add(i, 16)
		if len(r.list) > 16 {
			t.Fatalf("it has %d", len(r.list))
		}
	}
	for _, place := range []int{-1, 0, 50, 95, 99, 100, 101} {
		got := r.from(place)
		if want := min(100-place, len(r.list)); len(got) != max(0, want) || want > 0 && got[0] != max(place, 100-len(r.list)) {
			t.Errorf("from %d: %v", place, got)
		}
	}
}

// TestLessonPrompt: a line that was copied with the prompt of a lesson is
// understood.
func TestLessonPrompt(t *testing.T) {
	s := play(t)
	do(t, s, "lesson 9/4 server> socket tcp", "lesson chat/4 client> socket udp", "client [held]> socket tcp", "  lesson my-own.lesson/12 server [blocked in accept(3); held, 1 in flight]> socket tcp")
	want := []string{"socket tcp", "client", "socket udp", "socket tcp", "server", "socket tcp"}
	if got := s.Lines(); !reflect.DeepEqual(got, want) {
		t.Errorf("the lines are %q", got)
	}
	for _, line := range []string{"lesson 9 server> socket tcp", "lesson 9/x server> socket tcp", "lesson 9/4 nobody> socket tcp", "lesson /4 server> socket tcp"} {
		if _, err := s.Do(context.Background(), line); err == nil {
			t.Errorf("%s was done", line)
		}
	}
}

// FuzzHolds: no line crashes it or changes anything, what is no expectation is so
// in any session, and a line that holds from the beginning is one that expect
// takes.
func FuzzHolds(f *testing.F) {
	for line := range strings.Lines(Lookup("expect").Example + "\n" + expectPage) {
		f.Add(strings.TrimSpace(line))
	}
	for _, line := range []string{
		"expect not states client:any CLOSED SYN-SENT ESTABLISHED", "server: expect state any LISTEN", "expect state . ESTABLISHED", "expect flight ... SYN-ACK",
		`expect call write "ab" * 3 = 6`, "expect call poll 3:in 4:out -1 = 1", "expect call recv MSG_PEEK|MSG_TRUNC =5", "expect call getsockopt SO_LINGER = off",
		"expect call bind *:8080", "expect call listen 3 5 = EADDRINUSE", "expect line inspect .", `expect line write 3 "x" * 3`, "expect not line client",
		"expect packets SYN ... ACK", "client: expect data \"\\x00\"", "anna: expect not errno EPIPE", "expect not not return 0", "expect call connect = = 0",
	} {
		f.Add(line)
	}
	fresh, s := play(f), play(f, append(slices.Clone(busy), "sockets", "wire")...)
	m := s.Mark()
	do(f, s, "interrupt server", "client: close 3")
	f.Fuzz(func(t *testing.T, line string) {
		large := func(w string) bool {
			n, ok := size(strings.TrimLeft(w, "*="))
			return ok && n > 1<<16
		}
		if slices.ContainsFunc(strings.Fields(line), large) { // it would only cost memory
			return
		}
		now := s.Mark()
		ok, got, err := s.Holds(Mark{}, line)
		okNow, gotNow, errNow := s.Holds(m, line)
		_, _, errFresh := fresh.Holds(fresh.Mark(), line)
		if fmt.Sprint(err) != fmt.Sprint(errFresh) || fmt.Sprint(err) != fmt.Sprint(errNow) {
			t.Fatalf("%q is wrong here (%v), later (%v), elsewhere (%v)", line, err, errNow, errFresh)
		}
		if err != nil && (ok || got != "") || err == nil && (ok != (got == "") || okNow != (gotNow == "")) {
			t.Fatalf("%q: %t, %q, %v; later %t, %q", line, ok, got, err, okNow, gotNow)
		}
		if s.Mark() != now {
			t.Fatalf("%q has changed the session", line)
		}
		for _, r := range got + gotNow + fmt.Sprint(err) {
			if r < ' ' || r == 0x7f {
				t.Fatalf("%q: %q holds a control character", line, got+gotNow+fmt.Sprint(err))
			}
		}
		if err != nil {
			return
		}
		kinds := slices.Clone(s.kinds)
		_, doErr := s.Do(context.Background(), line)
		s.kinds, s.lines = kinds, s.lines[:now.lines]
		if ok != (doErr == nil) {
			t.Fatalf("%q: %t, %q, and expect says %v", line, ok, got, doErr)
		}
		if rest, isNot := strings.CutPrefix(line, "expect not "); isNot {
			so, is, err := s.Holds(Mark{}, "expect "+rest)
			cannot := strings.Contains(is, "names no socket") || strings.Contains(is, "never been a socket") || strings.Contains(is, "no process is called")
			if err != nil || so == ok && !cannot {
				t.Fatalf("%q is %t, and without not %t, %s, %v", line, ok, so, is, err)
			}
		}
	})
}

// TestHoldsComesBack: in random sessions, what is undone and done again counts as
// it did, from wherever it is asked; and from the beginning it counts as in a
// session that never went back.
func TestHoldsComesBack(t *testing.T) {
	t.Parallel()
	pool := []string{
		"client: connect 3 127.0.0.1:8080", "accept 3", "client: socket tcp", "client: socket udp", `client: write 3 "x"`, "read 4 100", "client: close 3", "close 4",
		"wire hold", "wire open", "step", "step 2", "drop", "copy", "advance", "client: connect 4 127.0.0.1:8080", `client: sendto 4 127.0.0.1:9 "y"`, "sockets", "expect not return -9", "client", "server",
	}
	asked := []string{
		"expect packets SYN SYN-ACK ACK", "expect packets SYN ...", "expect packets ... FIN ...", "expect packets", "expect call connect", "expect call accept", "expect call close = 0", `expect call write "x"`,
		"client: expect call socket", "expect call read", "expect return 0", "client: expect return 0", "expect line advance", "expect line wire hold", "expect line socket", "expect line client", "expect flight", "expect flight ... ACK",
		"expect state client:any ESTABLISHED", "expect states client:any CLOSED SYN-SENT", "expect blocked client",
	}
	unlike := []string{"expect line advance", "expect line wire hold"} // what save writes for others
	answers := func(s *Session, m Mark) string {
		var b strings.Builder
		for _, line := range asked {
			ok, _, err := s.Holds(m, line)
			if m == (Mark{}) && slices.Contains(unlike, line) {
				continue
			}
			fmt.Fprintln(&b, line, ok, err)
		}
		return b.String()
	}
	for seed := range uint64(40) {
		chance := rand.New(rand.NewPCG(seed, 1))
		s := rewindable(t, connected[:4]...)
		try := func(line string) error {
			_, err := s.Do(context.Background(), line)
			return err
		}
		marks := []Mark{{}}
		for range 30 {
			switch chance.IntN(6) {
			case 0:
				marks = append(marks, s.Mark())
			case 1: // and forward again
				var before []string
				for _, m := range marks {
					before = append(before, answers(s, m))
				}
				lines, back := s.Lines(), []string{"undo", "undo 3", "step back", "step back 2"}[chance.IntN(4)]
				if try(back) != nil || try("redo") != nil {
					break
				}
				if !slices.Equal(lines, s.Lines()) {
					t.Fatalf("seed %d: %s and redo come to %q, not %q", seed, back, s.Lines(), lines)
				}
				for i, m := range marks {
					if now := answers(s, m); now != before[i] {
						t.Fatalf("seed %d, mark %d: after %s and redo\n%swas\n%s", seed, i, back, now, before[i])
					}
				}
			case 2:
				try([]string{"undo", "undo 2", "step back", "step back 3"}[chance.IntN(4)])
			default:
				try(pool[chance.IntN(len(pool))])
			}
		}
		again := rewindable(t, s.Lines()...)
		if now, want := answers(s, Mark{}), answers(again, Mark{}); now != want {
			t.Fatalf("seed %d: it is\n%sand without going back\n%s", seed, now, want)
		}
	}
}
