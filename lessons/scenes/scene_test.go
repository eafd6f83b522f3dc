package scenes

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/scenes.md")

// TestAll: each file is a scene, has its place in the course, and names its RFC
// sections in the words too.
func TestAll(t *testing.T) {
	files, err := fs.Glob(library, "*"+Suffix)
	if err != nil || len(files) == 0 {
		t.Fatal(err, "no scenes")
	}
	for _, f := range files {
		text, _ := fs.ReadFile(library, f)
		s, err := Parse(f, text)
		if err != nil {
			t.Error(err)
			continue
		}
		if !slices.Contains(order, s.Name) {
			t.Errorf("%s has no place in order.go", s.Name)
		}
		if len(s.Title) > 58 {
			t.Errorf("%s: the title %q does not fit into the list", f, s.Title)
		}
		if !strings.Contains(string(text), "(RFC ") {
			t.Errorf("%s: the words name no section of an RFC", f)
		}
	}
}

const versusText = `
## TCP beside UDP

` + "`sockplay demo tcp-vs-udp`" + ` sends the same messages over both, on the user stack, and shows the
packets in two ladders, on one scale of time, and in a table what became of the messages
and what it took. ` + "`--help`" + ` lists the conditions: ` + "`--loss`, `--delay`, `--reorder`, `--duplicate`,\n`--messages`, `--size`, `--every`, `--seed`; `--sweep loss 0..30`" + ` draws the goodput of both
while loss, reorder, duplicate or delay changes.

**The same conditions.** The packets of the two differ, so it is the messages to which the
same happens. Whether a message is lost, doubled or held up is drawn by lot from the seed,
the message's number, and how often it has been on the wire: the first time that it is
sent, it fares the same over both; what is lost is not doubled as well. What TCP sends again has lots of its own. A packet that
carries several messages has the lots of the first of them; of a message that needs
several packets or fragments, each 1460 bytes have their own; a packet without a message,
such as a SYN or an ACK, has the lots of its kind. All this is about what the client
sends; what the server sends only takes its time.

**The programs** are the same but for the protocol. A message is its number, as often as
there is room for it, and a newline. The client writes one each ` + "`--every`" + `, with TCP_NODELAY; the
server reads. Over TCP it has to find the newlines; over UDP it has to look at the
numbers. A message counts as received once, and as received after a later one if a higher
number was read before it.

**It adds up.** The packets on the wire are those that arrived and those that were lost;
the bytes are headers (of IP and of TCP or UDP), messages the first time, and messages
again, which is what TCP sent again and copies. ` + "`--pcap FILE`" + ` writes the packets of both.
`

// TestPage: docs/scenes.md lists the scenes; -update rewrites it.
func TestPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("# The scenes\n\n`sockplay demo NAME` plays one, a step at a time: Enter goes on, `b` goes back (user\nstack), `q` leaves it, to go on by hand from there. [How to write one](writing-scenes.md).\n\n| scene | what it shows | stack | from |\n|---|---|---|---|\n")
	for _, s := range All() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.Name, s.Title, s.Stack, strings.Join(s.RFC, ", "))
	}
	b.WriteString(versusText)
	page := filepath.Join("..", "..", "docs", "scenes.md")
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile(page); string(got) != b.String() {
		t.Error("docs/scenes.md is not what the scenes are; go test ./lessons/scenes -update rewrites it")
	}
}

// TestFaults: what is wrong with a file is told with its line.
func TestFaults(t *testing.T) {
	const head = "title: a\nstack: user\nrfc: 9293 3.5\n\n"
	for _, test := range []struct{ text, want string }{
		{"", "my.scene:1: its title is missing"},
		{"title: a\nstack: atm\n", "my.scene:2: \"atm\" is no stack; user, kernel, or both"},
		{"socket tcp\n", `my.scene:1: "socket tcp" does not belong at the beginning`},
		{head, "my.scene:1: it has no step"},
		{head + "> 3 segments\n", "my.scene:5: the words state the number 3"},
		{head + "> it is {client:3\n", "my.scene:5: a quote is not closed"},
	} {
		if _, err := Parse("my.scene", []byte(test.text)); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.text, err, test.want)
		}
	}
}

// TestJoined: where time goes on, a step behind a joint is part of the one before
// it; elsewhere it is one of its own.
func TestJoined(t *testing.T) {
	s, err := Parse("my.scene", []byte("title: a\nstack: both\nrfc: 9293 3.5\n\n---\n> one\n\n> two\n---\n> three\n---\n\n> four\n\n> five\n"))
	if err != nil {
		t.Fatal(err)
	}
	said := func(s *Scene) (all []string) {
		for _, step := range s.Steps {
			var words []string
			for _, p := range step.parts {
				words = append(words, p.words)
			}
			all = append(all, strings.Join(words, " "))
		}
		return all
	}
	if got := said(s); !slices.Equal(got, []string{"one", "two", "three", "four", "five"}) {
		t.Errorf("the steps are %q", got)
	}
	if got := said(s.joined()); !slices.Equal(got, []string{"one", "two three four", "five"}) {
		t.Errorf("joined they are %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("title: a\nstack: user\nrfc: 9293 3.5\n\n> {SYN.seq}\nsocket tcp\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse("f.scene", []byte(text))
		if err == nil && (s.Title == "" || len(s.joined().Steps) == 0) {
			t.Errorf("%q is a scene without a title or steps", text)
		}
	})
}
