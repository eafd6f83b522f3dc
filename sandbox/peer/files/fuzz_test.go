package files

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
)

// FuzzParse: a line that is understood is said again in the same words.
func FuzzParse(f *testing.F) {
	sum := strings.Repeat("0123456789abcdef", 4)
	for _, seed := range []string{
		"FILES 1 sockplay", "PUT 5 " + sum + " a b.txt", "PUT 5 - a", "REPLACE 0 - \x1b[2J", "GET ..", "FILE 5 " + sum + " a", "HAVE 3 " + sum,
		"FROM 9223372036854775807", "FROM 9223372036854775808", "OK 5 " + sum + " more", "ERR NAME no\r", "ERR", "PUT  5", "", " ", "GET", "PUT -1 - a", "PUT 05 - a",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.IndexByte(text, '\n') >= 0 || len(text) >= maxLine {
			return
		}
		l, refusal := parse(text)
		if refusal != nil {
			if strings.ContainsFunc(refusal.Text, func(r rune) bool { return !unicode.IsPrint(r) }) || len(refusal.Text) > 400 {
				t.Errorf("%q is refused with %q", text, refusal.Text)
			}
			return
		}
		if l.length < 0 {
			t.Errorf("%q has length %d", text, l.length)
		}
		again := strings.TrimSuffix(l.String(), "\n")
		want := strings.TrimSuffix(string(text), "\r")
		if l.verb == verbGet || l.verb == verbErr || l.verb == verbFiles || l.verb == verbPut || l.verb == verbReplace || l.verb == verbFile {
			again, want = strings.TrimRight(again, " "), strings.TrimRight(want, " ") // nothing said, with a space before it or without
		}
		if again != want && len(want) < maxLine-1 {
			t.Errorf("%q is said again as %q", text, again)
		}
	})
}

// FuzzName: what is taken for a name leads nowhere and does nothing to a terminal.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"a", "..", "a/b", `a\b`, "C:a", "NUL.txt", "a\x00", "a\u202eb", ".a", "COM¹.x", "é ü.txt"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if checkName(name) != nil {
			return
		}
		if strings.ContainsAny(name, "/\\:\x00") || name[0] == '.' || shown(name) != name || len(partName(name)) > 255 || len(name) > maxName {
			t.Errorf("%q is taken for a name", name)
		}
	})
}

// fakeDisk does a conn's work in memory, and makes sure that it makes sense.
type fakeDisk struct {
	t     testing.TB
	limit int64
	files map[string][]byte // whole ones
	parts map[string][]byte
	name  string // what is open; "": nothing
	part  bool
	at    int64
	fails int // the how-manieth work fails; 0: none
	works int
}

func (d *fakeDisk) work(w work) (r result) {
	if d.works++; d.works == d.fails {
		if w.do == doOpen || w.do == doCreate || w.do == doRead || w.do == doSeek || w.do == doWrite || w.do == doKeep {
			r.refusal = refuse(Disk, "it fails")
			return r
		}
	}
	open := w.do != doOpen && w.do != doCreate
	if open != (d.name != "") && w.do != doClose && w.do != doDrop {
		d.t.Fatalf("work %d with %q open", w.do, d.name)
	}
	if !open && checkName(w.name) != nil {
		d.t.Fatalf("%q is to be opened", w.name)
	}
	switch w.do {
	case doOpen:
		b, ok := d.files[w.name]
		if !ok {
			r.refusal = refuse(Absent, "it is not there")
			return r
		}
		d.name, d.part, d.at, r.size = w.name, false, 0, int64(len(b))
	case doCreate:
		if _, ok := d.files[w.name]; ok && !w.replace {
			r.refusal = refuse(Exists, "it is there")
			return r
		}
		if w.n > d.limit {
			d.t.Fatalf("%d octets are to come", w.n)
		}
		d.name, d.part, d.at, r.size = w.name, true, 0, int64(len(d.parts[w.name]))
		if r.size > w.n {
			r.size = 0
		}
	case doRead:
		b := d.files[d.name]
		if d.part {
			b = d.parts[d.name]
		}
		end := min(int64(len(b)), d.at+min(w.n, 1000))
		r.data = bytes.Clone(b[min(d.at, end):end])
		d.at = end
	case doSeek:
		d.at = w.n
		if d.part {
			d.parts[d.name] = d.parts[d.name][:w.n:w.n]
		}
	case doWrite:
		if !d.part || d.at != int64(len(d.parts[d.name])) {
			d.t.Fatal("it is written where nothing may be")
		}
		d.parts[d.name] = append(d.parts[d.name], w.data...)
		d.at += int64(len(w.data))
	case doKeep:
		d.files[d.name] = d.parts[d.name]
		delete(d.parts, d.name)
		d.name = ""
	case doDrop:
		delete(d.parts, d.name)
		d.name = ""
	case doClose:
		d.name = ""
	}
	return r
}

// FuzzServer says anything at all to a server, in pieces of any size.
func FuzzServer(f *testing.F) {
	empty := "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, seed := range []string{
		"PUT 5 - a\nFROM 0\nhelloGET a\nHAVE 0 " + empty + "\nOK 5 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n",
		"REPLACE 5 - there\nFROM 0\nhello", "GET there\nHAVE 9 " + empty + "\n", "GET there\nERR FULL no\nGET ..\n", "PUT 9 - part\nFROM 4\n", "PUT 0 - z\nFROM 0\n",
	} {
		f.Add([]byte(seed), uint8(7), uint8(0))
		f.Add([]byte(seed), uint8(0), uint8(4))
	}
	f.Fuzz(func(t *testing.T, said []byte, size, fails uint8) {
		d := &fakeDisk{
			t: t, limit: 10_000, fails: int(fails),
			files: map[string][]byte{"there": []byte("there it is"), "large": make([]byte, 70_000)}, parts: map[string][]byte{"part": []byte("part")},
		}
		c, mayGo := newServer(d.limit), bytes.Contains(said, []byte("REPLACE"))
		for range 10 * (len(said) + 300) {
			switch {
			case c.work.do != doNothing:
				c.done(d.work(c.work))
			case len(c.out) > 0:
				c.sent(min(len(c.out), int(size)+1))
			case len(said) > 0 && c.wants():
				said = said[c.input(said[:min(len(said), int(size)+1)]):]
			case !c.ended && len(said) == 0:
				c.end()
			default:
				c.expire()
			}
			if len(c.line) >= maxLine || len(c.out) > 2*piece {
				t.Fatalf("it keeps %d octets of a line and %d to be said", len(c.line), len(c.out))
			}
		}
		if c.state != closing || c.work.do != doNothing || len(c.out) > 0 || d.name != "" {
			t.Fatalf("state %d, %d octets to be said, %q is open", c.state, len(c.out), d.name)
		}
		if got := string(d.files["there"]); got != "there it is" && !mayGo {
			t.Fatalf("the file that was there is %q now", got)
		}
	})
}

// FuzzBoth has a client and a server talk, in pieces of any size, with a part of
// the file there already, which may be of another one; a disk may fail.
func FuzzBoth(f *testing.F) {
	f.Add([]byte("hello"), []byte("he"), uint8(3), false, uint8(0))
	f.Add([]byte("hello"), []byte("hullo"), uint8(0), true, uint8(0))
	f.Add(make([]byte, 2900), make([]byte, 2000), uint8(255), true, uint8(5))
	f.Add([]byte{}, []byte{1}, uint8(1), false, uint8(0))
	f.Fuzz(func(t *testing.T, content, part []byte, size uint8, fetch bool, fails uint8) {
		const limit = 3000
		if len(content)+len(part) > 3*limit {
			return
		}
		mine := &fakeDisk{t: t, limit: limit, files: map[string][]byte{}, parts: map[string][]byte{}}
		its := &fakeDisk{t: t, limit: limit, files: map[string][]byte{}, parts: map[string][]byte{}, fails: int(fails)}
		from, to := mine, its
		if fetch {
			from, to = its, mine
		}
		from.files["a"] = content
		if len(part) > 0 {
			to.parts["a"] = bytes.Clone(part)
		}
		client, server := newClient(limit), newServer(limit)
		begun := false
		pass := func(from, to *conn, its *fakeDisk) bool {
			if len(from.out) == 0 || !to.wants() {
				return false
			}
			n := to.input(from.out[:min(len(from.out), int(size)+1)])
			if to.work.do == doWrite { // before the octets are overwritten
				to.done(its.work(to.work))
			}
			from.sent(n)
			return n > 0
		}
		for n := 0; ; n++ {
			if n > 10*(len(content)+len(part)+2000) {
				t.Fatalf("it does not end: the client is in state %d with work %+v, the server in %d with %+v", client.state, client.work, server.state, server.work)
			}
			switch {
			case client.work.do != doNothing:
				client.done(mine.work(client.work))
			case server.work.do != doNothing:
				server.done(its.work(server.work))
			case pass(client, server, its), pass(server, client, mine):
			case server.state == closing && len(server.out) == 0 && !client.ended:
				client.end()
			case client.state == closing && len(client.out) == 0 && !server.ended:
				server.end()
			case client.idle() && !begun:
				begun = true
				client.begin(Job{Fetch: fetch, Name: "a"})
			default:
				r := client.reports()
				if client.refusal == nil && len(r) != 1 {
					t.Fatalf("%d reports; the client is in state %d, the server in %d", len(r), client.state, server.state)
				}
				whole, there := to.files["a"]
				if there && !bytes.Equal(whole, content) {
					t.Fatal("another file came")
				}
				if fails == 0 && len(content) <= limit && (!there || r[0].Refusal != nil) {
					t.Fatal("it did not come")
				}
				return
			}
		}
	})
}
