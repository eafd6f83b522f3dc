package chat

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// hall is a room with clients that take in at once what is sent to them, but for
// those that are deaf.
type hall struct {
	t      *testing.T
	room   *Room
	now    time.Duration
	got    map[int]*strings.Builder
	deaf   map[int]bool
	shut   map[int]bool
	closed map[int]bool
}

func newHall(t *testing.T, c Config) *hall {
	return &hall{t: t, room: NewRoom(c), got: make(map[int]*strings.Builder), deaf: make(map[int]bool), shut: make(map[int]bool), closed: make(map[int]bool)}
}

// pump does what the room wants, as a program would.
func (h *hall) pump() {
	h.t.Helper()
	for ids := h.room.Dirty(); len(ids) > 0; ids = h.room.Dirty() {
		for _, id := range ids {
			switch w := h.room.Wants(id); {
			case w.Close:
				h.room.Closed(id)
				h.closed[id] = true
			case w.Write && !h.deaf[id]:
				out := h.room.Out(id)
				if h.shut[id] {
					h.t.Fatalf("%d is written to after its end", id)
				}
				h.got[id].Write(out)
				h.room.Wrote(id, len(out))
			case w.Shut:
				h.shut[id] = true
				h.room.Shut(id)
			}
		}
	}
}

func (h *hall) connect(ids ...int) {
	h.t.Helper()
	for _, id := range ids {
		h.got[id] = &strings.Builder{}
		h.room.Connected(id, h.now)
		h.pump()
	}
}

// send has the room get what the client sends, as far as it reads.
func (h *hall) send(id int, data string) {
	h.t.Helper()
	for len(data) > 0 && h.room.Wants(id).Read {
		n := min(len(data), readSize)
		h.room.Received(id, []byte(data[:n]), h.now)
		data = data[n:]
		h.pump()
	}
}

// pass lets time pass, with every Tick that is due.
func (h *hall) pass(d time.Duration) {
	h.t.Helper()
	end := h.now + d
	for range 100000 {
		at, ok := h.room.Next()
		if !ok || at > end {
			h.now = end
			return
		}
		h.now = max(h.now, at)
		h.room.Tick(h.now)
		h.pump()
		if next, ok := h.room.Next(); ok && next <= h.now {
			h.t.Fatalf("Tick at %v leaves something that was due at %v", h.now, next)
		}
	}
	h.t.Fatal("no end of ticks")
}

// wait lets time pass, in which the first client shows that it lives.
func (h *hall) wait(d time.Duration) {
	h.t.Helper()
	for ; d > 0; d -= time.Second {
		h.send(1, "PING\n")
		h.pass(time.Second)
	}
}

// take is what the client has got since the last time.
func (h *hall) take(id int) string {
	s := h.got[id].String()
	h.got[id].Reset()
	return s
}

// joined are clients that have joined, and heard what there was to hear.
func (h *hall) joined(names ...string) {
	h.t.Helper()
	for i, name := range names {
		h.connect(i + 1)
		h.send(i+1, "JOIN "+name+"\n")
	}
	for i := range names {
		h.take(i + 1)
	}
}

const greeting = "CHAT 1 sockplay chat: JOIN NAME to come in, HELP for more\n"

// TestTalk is a conversation.
func TestTalk(t *testing.T) {
	h := newHall(t, Config{})
	expect := func(id int, want string) {
		t.Helper()
		if got := h.take(id); got != want {
			t.Errorf("%d gets %q, not %q", id, got, want)
		}
	}
	h.connect(1, 2, 3)
	expect(1, greeting)
	h.send(1, "JOIN ann\n")
	expect(1, "OK you are here as ann; nobody else is here\n")
	h.send(2, "join bob\r\n")
	expect(2, greeting+"OK you are here as bob; 1 other is here\n")
	expect(1, "JOINED bob\n")
	h.send(3, "\n\r\nJOIN cat\nWHO\n")
	expect(3, greeting+"OK you are here as cat; 2 others are here\nHERE ann bob cat\nOK 3\n")
	expect(2, "JOINED cat\n")
	h.send(2, "SAY hel")
	h.send(2, "lo ")
	expect(2, "")
	h.send(2, "you\r\nSAY  ")
	expect(1, "JOINED cat\nSAID bob hello you\n")
	expect(3, "SAID bob hello you\n")
	h.send(2, "\nping\nPING x-1\nPONG x-1\nhelp\n")
	expect(2, "OK 2 others are here\nOK 2 others are here\nPONG\nPONG x-1\nOK JOIN NAME, SAY TEXT, WHO, PING, QUIT; each is a line, and has an answer\n")
	expect(3, "SAID bob  \n")
	h.take(1)
	h.send(2, "QUIT\nSAY more\n")
	expect(2, "BYE you have left\n")
	expect(1, "LEFT bob said QUIT\n")
	if !h.shut[2] || h.closed[2] || h.room.Members() != 2 {
		t.Error("bob has not been told the end, or is closed too soon")
	}
	h.room.Gone(2, "", h.now)
	h.pump()
	if !h.closed[2] {
		t.Error("bob has closed too, and is not closed")
	}
	h.room.Gone(3, "", h.now)
	h.pump()
	expect(3, "SAID bob  \n"[:0]+"LEFT bob said QUIT\nBYE you have closed your end\n")
	expect(1, "LEFT cat closed the connection\n")
	h.send(1, "SAY echo?\n")
	expect(1, "OK nobody else is here\n")
}

// TestRefusals: each line is answered by an error that says why, and nobody
// hears of it.
func TestRefusals(t *testing.T) {
	long := strings.Repeat("x", MaxLine)
	for _, c := range []struct{ line, want string }{
		{"HELLO", `ERROR UNKNOWN there is no word "HELLO": JOIN NAME, SAY TEXT, WHO, HELP, PING or QUIT`},
		{"GET / HTTP/1.1", `ERROR UNKNOWN there is no word "GET": JOIN NAME, SAY TEXT, WHO, HELP, PING or QUIT`},
		{"\x16\x03\x01\x02\x00", `ERROR UNKNOWN there is no word "\x16\x03\x01\x02\x00": JOIN NAME, SAY TEXT, WHO, HELP, PING or QUIT`},
		{" JOIN ann", `ERROR UNKNOWN there is no word "": JOIN NAME, SAY TEXT, WHO, HELP, PING or QUIT`},
		{strings.Repeat("A", 100), `ERROR UNKNOWN there is no word "AAAAAAAAAAAAAAAA"...: JOIN NAME, SAY TEXT, WHO, HELP, PING or QUIT`},
		{"SAY", "ERROR EMPTY SAY needs a text: SAY hello"},
		{"SAY ", "ERROR EMPTY SAY needs a text: SAY hello"},
		{"SAY a\x1b[2Jb", "ERROR TEXT the text has an escape (U+001B), which gives orders to terminals at byte 1 of it: control characters are not passed on, since others' terminals would obey them"},
		{"SAY a\tb", "ERROR TEXT the text has U+0009 at byte 1 of it: control characters are not passed on, since others' terminals would obey them"},
		{"SAY a\rb", "ERROR TEXT the text has U+000D at byte 1 of it: control characters are not passed on, since others' terminals would obey them"},
		{"SAY \u009bm", "ERROR TEXT the text has U+009B at byte 0 of it: control characters are not passed on, since others' terminals would obey them"},
		{"SAY \u202eevil", "ERROR TEXT the text has U+202E at byte 0 of it: control characters are not passed on, since others' terminals would obey them"},
		{"SAY \xff", "ERROR TEXT the text is no UTF-8, the encoding of this room"},
		{"WHO bob", "ERROR EXTRA WHO stands alone in its line"},
		{"PING a b", "ERROR WORD PING takes one word of 16 letters, digits, - and _ at most, or none"},
		{"JOIN dan", "ERROR JOINED you are here already, as ann"},
		{long, "ERROR LONG a line has 512 bytes at most, with its end; this one is thrown away"},
	} {
		h := newHall(t, Config{})
		h.joined("ann", "bob")
		h.send(1, c.line+"\nPING\n")
		if got := h.take(1); got != c.want+"\nPONG\n" {
			t.Errorf("%.40q: %q", c.line, got)
		}
		if got := h.take(2); got != "" {
			t.Errorf("%.40q: bob hears %q", c.line, got)
		}
	}
	for _, c := range []struct{ name, want string }{
		{"", "ERROR NAME JOIN needs a name: JOIN ann"},
		{"\x1b[31mred", "ERROR NAME an escape (U+001B), which gives orders to terminals, is not for names, which others see: letters a to z, digits, - and _ are"},
		{"ann lee", "ERROR NAME a space is not for names, which others see: letters a to z, digits, - and _ are"},
		{"zoë", "ERROR NAME U+00EB is not for names, which others see: letters a to z, digits, - and _ are"},
		{"a\xff", "ERROR NAME what is no UTF-8 is not for names, which others see: letters a to z, digits, - and _ are"},
		{"a!", "ERROR NAME '!' is not for names, which others see: letters a to z, digits, - and _ are"},
		{"abcdefghijklmnopq", "ERROR NAME a name has 16 characters at most, not 17"},
		{"bob", "ERROR TAKEN somebody here is called bob: take another name"},
		{"BoB", "ERROR TAKEN somebody here is called bob: take another name"},
	} {
		h := newHall(t, Config{})
		h.joined("ann", "bob")
		h.connect(7)
		h.take(7)
		for range 5 { // that is no reason to be sent away
			h.send(7, "JOIN "+c.name+"\n")
			if got := h.take(7); got != c.want+"\n" {
				t.Errorf("JOIN %q: %q", c.name, got)
			}
		}
		h.send(7, "JOIN abcdefghijklmnop\n")
		if got := h.take(7); got != "OK you are here as abcdefghijklmnop; 2 others are here\n" {
			t.Errorf("after JOIN %q: %q", c.name, got)
		}
		if got := h.take(1); got != "JOINED abcdefghijklmnop\n" {
			t.Errorf("ann hears %q", got)
		}
	}
}

// TestDismissals: who is not served any more is told why, and so are the others,
// who are served meanwhile.
func TestDismissals(t *testing.T) {
	for _, c := range []struct {
		what   string
		config Config
		member bool // it has joined
		do     func(h *hall)
		bye    string // the last line that it gets
		left   string // what the others hear of it
	}{
		{"says nothing", Config{}, false, func(h *hall) { h.pass(31 * time.Second) }, "BYE 30 s have passed without JOIN", ""},
		{"joins just in time", Config{}, false, func(h *hall) {
			h.pass(29 * time.Second)
			h.send(9, "JOIN zoe\n")
			h.pass(3 * time.Second)
			h.send(9, "QUIT\n")
		}, "BYE you have left", "JOINED zoe\nLEFT zoe said QUIT\n"},
		{"half a line and silence", Config{}, true, func(h *hall) { h.send(9, "SAY he"); h.pass(31 * time.Second) },
			"BYE half a line, and no end of it for 30 s: a line ends with \\n", "LEFT zoe half a line, and no end of it for 30 s\n"},
		{"a byte a second", Config{}, true, func(h *hall) {
			for range 40 {
				h.send(9, "x")
				h.wait(time.Second)
			}
		}, "BYE half a line, and no end of it for 30 s: a line ends with \\n", "LEFT zoe half a line, and no end of it for 30 s\n"},
		{"a byte a minute", Config{}, false, func(h *hall) {
			for range 3 {
				h.send(9, "J")
				h.wait(time.Minute)
			}
		}, "BYE half a line, and no end of it for 30 s: a line ends with \\n", ""},
		{"a line without end", Config{}, true, func(h *hall) {
			h.send(9, strings.Repeat("x", 1<<20))
		}, "BYE a line of more than 8192 bytes", "LEFT zoe sent a line without end\n"},
		{"another protocol", Config{}, false, func(h *hall) {
			h.send(9, "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl\r\nAccept: */*\r\n\r\n")
		}, "BYE 3 lines that were none of this protocol's: it begins with JOIN NAME", ""},
		{"talks before it joins", Config{}, false, func(h *hall) { h.send(9, "SAY a\nWHO\nSAY b\n") },
			"BYE 3 lines that were none of this protocol's: it begins with JOIN NAME", ""},
		{"is gone without a word", Config{}, true, func(h *hall) { h.deaf[9] = true; h.wait(92 * time.Second) },
			"", "LEFT zoe no answer to a PING for 30 s\n"},
		{"does not answer", Config{}, true, func(h *hall) { h.wait(92 * time.Second) },
			"BYE no answer to the PING for 30 s", "LEFT zoe no answer to a PING for 30 s\n"},
		{"does not read", Config{Queue: 1000}, true, func(h *hall) {
			h.deaf[9] = true
			for range 20 {
				h.send(1, "SAY "+strings.Repeat("y", 90)+"\n")
			}
		}, "", "LEFT zoe too slow: it left 1000 bytes unread\n"},
		{"was reset", Config{}, true, func(h *hall) { h.room.Gone(9, "the connection was reset (ECONNRESET)", h.now); h.pump() },
			"", "LEFT zoe the connection was reset (ECONNRESET)\n"},
		{"ends in the middle of a line", Config{}, true, func(h *hall) { h.send(9, "SAY b"); h.room.Gone(9, "", h.now); h.pump() },
			"BYE you have closed your end", "LEFT zoe closed the connection in the middle of a line\n"},
		{"one too many", Config{Strangers: 4}, false, func(h *hall) { h.connect(10, 11, 12, 13) },
			"BYE more than 4 have called and not said JOIN: who has waited longest has to go", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := newHall(t, c.config)
			h.joined("ann")
			h.connect(9)
			if c.member {
				h.send(9, "JOIN zoe\n")
			}
			h.take(9)
			h.take(1)
			c.do(h)
			got := strings.TrimSuffix(h.take(9), "\n")
			if last := got[strings.LastIndex(got, "\n")+1:]; last != c.bye {
				t.Errorf("it gets %q at last, not %q", last, c.bye)
			}
			var heard string
			for line := range strings.Lines(h.take(1)) {
				if !strings.HasPrefix(line, "P") && !strings.HasPrefix(line, "OK") && !strings.HasPrefix(line, "BYE") {
					heard += line
				}
			}
			if heard != c.left {
				t.Errorf("ann hears %q, not %q", heard, c.left)
			}
			// Whatever it does, it is closed soon, and ann is served.
			for id := 10; id <= 13; id++ {
				h.room.Gone(id, "", h.now)
			}
			h.pass(3 * time.Second)
			if !h.closed[9] {
				t.Error("it is not closed")
			}
			h.take(1)
			h.send(1, "WHO\n")
			if got := h.take(1); got != "HERE ann\nOK 1\n" {
				t.Errorf("then WHO is answered by %q", got)
			}
		})
	}
}

// TestPing: who is silent is asked, and who answers stays.
func TestPing(t *testing.T) {
	h := newHall(t, Config{})
	h.joined("ann")
	for n := 1; n <= 20; n++ {
		h.pass(time.Minute + 20*time.Second)
		if got, want := h.take(1), fmt.Sprintf("PING %d\n", n); got != want {
			t.Fatalf("%q, not %q", got, want)
		}
		h.send(1, fmt.Sprintf("PONG %d\n", n))
		if got := h.take(1); got != "" {
			t.Fatalf("the PONG is answered by %q", got)
		}
	}
	if h.closed[1] {
		t.Error("ann is gone")
	}
}

// TestFlood: who sends faster than the rate is not read from, and loses nothing.
func TestFlood(t *testing.T) {
	h := newHall(t, Config{})
	h.joined("ann", "bob")
	h.pass(10 * time.Second)
	var lines strings.Builder
	const n = 500
	for i := range n {
		fmt.Fprintf(&lines, "SAY %d\n", i)
	}
	rest := lines.String()
	heard, began := 0, h.now
	for heard < n {
		for len(rest) > 0 && h.room.Wants(1).Read {
			m := min(len(rest), 100)
			h.room.Received(1, []byte(rest[:m]), h.now)
			rest = rest[m:]
			h.pump()
		}
		if c := h.room.clients[1]; len(c.in) > readSize {
			t.Fatalf("%d bytes are kept", len(c.in))
		}
		for line := range strings.Lines(h.take(2)) {
			if want := fmt.Sprintf("SAID ann %d\n", heard); line != want {
				t.Fatalf("%q, not %q", line, want)
			}
			heard++
		}
		h.pass(100 * time.Millisecond)
		if took := h.now - began; took > time.Minute {
			t.Fatalf("%d of %d lines in %v", heard, n, took)
		}
	}
}

// TestAfterFlood: what has come before the end is said, though it had to wait.
func TestAfterFlood(t *testing.T) {
	h := newHall(t, Config{Burst: 2, Rate: 10})
	h.joined("ann", "bob")
	h.pass(time.Second)
	h.send(1, "SAY 1\nSAY 2\nSAY 3\nSAY 4\n")
	h.room.Gone(1, "", h.now)
	h.pump()
	if got := h.take(2); got != "SAID ann 1\nSAID ann 2\n" {
		t.Errorf("at once: %q", got)
	}
	h.pass(time.Second)
	if got := h.take(2); got != "SAID ann 3\nSAID ann 4\nLEFT ann closed the connection\n" {
		t.Errorf("then: %q", got)
	}
	if !h.closed[1] {
		t.Error("ann is not closed")
	}
}

// TestCrowd: of a thousand that call and say nothing only so many are kept, and
// who means it comes in.
func TestCrowd(t *testing.T) {
	h := newHall(t, Config{})
	h.joined("ann")
	for id := 100; id < 1100; id++ {
		h.connect(id)
		if !h.room.Open() {
			t.Fatal("there is no room left")
		}
	}
	if n := len(h.room.list); n != 1+h.room.config.Strangers {
		t.Errorf("%d are kept", n)
	}
	h.connect(2000)
	h.send(2000, "JOIN bob\n")
	if got := h.take(1); got != "JOINED bob\n" {
		t.Errorf("ann hears %q", got)
	}
	h.pass(40 * time.Second)
	if n := len(h.room.list); n != 2 {
		t.Errorf("%d are left", n)
	}
}

// TestFull: the last place is taken, and given again.
func TestFull(t *testing.T) {
	h := newHall(t, Config{Members: 2, Connections: 3})
	h.joined("ann", "bob")
	h.connect(3)
	if h.room.Open() {
		t.Error("there is room for a fourth connection")
	}
	h.take(3)
	h.send(3, "JOIN cat\n")
	if got := h.take(3); got != "ERROR FULL 2 are here, and no more are let in: try again later\n" {
		t.Errorf("%q", got)
	}
	h.send(1, "QUIT\n")
	h.send(3, "JOIN cat\n")
	if got := h.take(3); got != "OK you are here as cat; 1 other is here\n" {
		t.Errorf("%q", got)
	}
	h.pass(3 * time.Second)
	if !h.closed[1] || !h.room.Open() {
		t.Error("ann, who has left and does not close, holds a place")
	}
}

// TestWhoOfMany: a thousand names are told in lines of which none is too long.
func TestWhoOfMany(t *testing.T) {
	h := newHall(t, Config{Strangers: 2})
	for id := range 1000 {
		h.connect(id)
		h.send(id, fmt.Sprintf("JOIN somebody-%d\n", id))
		h.take(id)
	}
	for id := range 1000 {
		h.take(id)
	}
	h.send(7, "WHO\n")
	seen := 0
	for line := range strings.Lines(h.take(7)) {
		if len(line) > MaxTold {
			t.Errorf("a line of %d bytes", len(line))
		}
		word, rest := Cut(strings.TrimSpace(line))
		if word == OK && rest != "1000" {
			t.Errorf("%q", line)
		}
		if word != Here {
			continue
		}
		for name := range strings.SplitSeq(rest, " ") {
			if name != fmt.Sprintf("somebody-%d", seen) {
				t.Fatalf("%q is the %dth", name, seen)
			}
			seen++
		}
	}
	if seen != 1000 {
		t.Errorf("%d names", seen)
	}
}

// TestDatagram is the same over UDP, a datagram a line.
func TestDatagram(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{"PING", "PONG\n"}, {"PING\n", "PONG\n"}, {"PING\r\n", "PONG\n"}, {"", ""},
		{"PING\nPING\n", "ERROR LINES a datagram is one line here\n"},
		{strings.Repeat("x", 513), "ERROR LONG a line has 512 bytes at most, with its end; this one is thrown away\n"},
		{"\xff\xfe", "ERROR UNKNOWN there is no word \"\\xff\\xfe\": JOIN NAME, SAY TEXT, WHO, HELP, PING or QUIT\n"},
	} {
		h := newHall(t, Config{})
		h.joined("ann")
		h.room.Datagram(1, []byte(c.data), 0)
		h.pump()
		if got := h.take(1); got != c.want {
			t.Errorf("%.40q: %q", c.data, got)
		}
	}
	h := newHall(t, Config{})
	h.joined("ann", "bob")
	h.pass(10 * time.Second)
	for range 100 {
		h.room.Datagram(1, []byte("SAY x"), h.now)
		h.pump()
	}
	if n := strings.Count(h.take(2), "SAID ann x\n"); n != 40 {
		t.Errorf("%d of 100 were passed on", n)
	}
	if n := strings.Count(h.take(1), "ERROR FLOOD"); n != 1 {
		t.Errorf("ann was told %d times", n)
	}
}

// FuzzParse: whatever the line, what is passed on does nothing to a terminal, and
// what is answered is one line of no more than its length.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"JOIN ann", "SAY hello", "SAY \x1b", "PING 1", "say ä", "JOIN \u202e", "\xff", "", " ", "QUIT x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if len(line) >= MaxLine || bytes.ContainsRune(line, '\n') {
			return
		}
		q, no := parse(line)
		if no != nil {
			told := Failed + " " + no.code + " " + no.text
			if len(told) >= MaxTold || !harmless(told) {
				t.Errorf("%q is answered by %q", line, told)
			}
			return
		}
		if q != nil && !harmless(q.rest) {
			t.Errorf("%q is taken", line)
		}
	})
}

// harmless reports whether a terminal shows text, and does nothing else.
func harmless(text string) bool {
	return utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) }) < 0
}

// FuzzRoom does whatever comes to several clients' minds, in any order, and looks
// at what must hold: whole lines that do nothing to a terminal, memory that is
// bounded, no tick without end, and that everybody can be got rid of.
func FuzzRoom(f *testing.F) {
	for seed := range uint64(16) {
		f.Add(seed, []byte("JOIN ann\nSAY hello\nQUIT\n"))
	}
	f.Fuzz(func(t *testing.T, seed uint64, script []byte) {
		chance := rand.New(rand.NewPCG(seed, 1))
		config := Config{Members: 3, Strangers: 2, Connections: 5, Queue: 600, Burst: 5, Rate: 5}
		h := newHall(t, config)
		said := []string{"JOIN ann\n", "JOIN bob\r\n", "JOIN cat\n", "SAY hello\n", "SAY \x1b\n", "WHO\n", "PING\n", "QUIT\n", "nonsense\n", "SAY half", strings.Repeat("x", 600), "\n", string(script)}
		next := 0
		for range 200 {
			id := chance.IntN(max(next, 1))
			switch chance.IntN(8) {
			case 0:
				if h.room.Open() {
					h.connect(next)
					next++
				}
			case 1:
				h.pass(time.Duration(chance.IntN(20_000)) * time.Millisecond)
			case 2:
				h.deaf[id] = chance.IntN(3) == 0
				if c := h.room.clients[id]; c != nil {
					h.room.touch(c)
					h.pump()
				}
			case 3:
				if h.room.clients[id] != nil && chance.IntN(3) == 0 {
					h.room.Gone(id, []string{"", "the connection was reset (ECONNRESET)"}[chance.IntN(2)], h.now)
					h.pump()
				}
			default:
				if !h.closed[id] && h.room.clients[id] != nil {
					h.send(id, said[chance.IntN(len(said))])
				}
			}
			members := 0
			for _, c := range h.room.list {
				if c.state == member {
					members++
				}
				if len(c.in) > readSize+MaxLine || len(c.out) > config.Queue+MaxTold {
					t.Fatalf("%d bytes in, %d out", len(c.in), len(c.out))
				}
			}
			if members != h.room.Members() || members > config.Members || len(h.room.list) > config.Connections {
				t.Fatalf("%d members, %d by name, %d connections", members, h.room.Members(), len(h.room.list))
			}
		}
		for id, got := range h.got {
			for line := range strings.Lines(got.String()) {
				if text, whole := strings.CutSuffix(line, "\n"); !whole || len(line) > MaxTold || !harmless(text) {
					t.Fatalf("%d gets %q", id, line)
				}
			}
		}
		h.pass(10 * time.Minute)
		if len(h.room.list) > 0 || h.room.Members() > 0 {
			t.Fatalf("%d are still there", len(h.room.list))
		}
	})
}
