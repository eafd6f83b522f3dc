package files_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sockplay/sandbox"
	"sockplay/sandbox/peer/files"
	"sockplay/tracer"
)

// TestRefusedNames asks for what is no plain name, in each way that there is.
func TestRefusedNames(t *testing.T) {
	w := newWorld(t, files.Config{})
	w.write(filepath.Join(filepath.Dir(w.folder), "outside"), []byte("secret"))
	h := w.call()
	for _, name := range []string{
		"..", ".", "../outside", "a/../../outside", "/etc/passwd", "a/b", `..\outside`, `a\b`, "C:", "C:outside", `C:\outside`,
		"nul", "NUL.txt", "con", "Com1", "lpt9.tar.gz", "COM¹", "aux ", "a.", " a", "a ", "a:stream", "a?", "a*", "<a>", `"a"`, "a|b",
		".hidden", ".a.part", "a\x00b", "a\x1b[2Jb", "a\x7f", "a\u202eb", "a\u0085b", "\xff\xfe", "a\tb", strings.Repeat("n", 201), "",
	} {
		for _, line := range []string{"GET " + name, "PUT 5 - " + name, "REPLACE 5 - " + name} {
			h.say(line + "\n")
			got := h.hear("ERR NAME ")
			if strings.ContainsFunc(strings.TrimSuffix(got, "\n"), func(r rune) bool { return r == utf8.RuneError || !strconv.IsPrint(r) }) {
				t.Errorf("%q is answered with what no terminal should get: %q", line, got)
			}
		}
	}
	h.say("GET hello\n") // the connection is good for more
	h.hear("ERR ABSENT ")
	h.close()
	w.holds(w.folder, nil)
}

// TestRefusedFiles has the folder hold what is no file.
func TestRefusedFiles(t *testing.T) {
	w := newWorld(t, files.Config{Limit: 1000})
	outside := filepath.Join(w.own, "outside")
	w.write(outside, []byte("secret"))
	w.write(filepath.Join(w.folder, "large"), make([]byte, 1001))
	w.write(filepath.Join(w.folder, "there"), []byte("there"))
	if err := os.Mkdir(filepath.Join(w.folder, "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"link": outside, "inside": "there", "dangling": "nothing", ".new.part": outside} {
		if err := os.Symlink(to, filepath.Join(w.folder, name)); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	h := w.call()
	for _, test := range []struct{ line, code string }{
		{"GET link", "LINK"}, {"GET inside", "LINK"}, {"GET dangling", "LINK"}, {"GET folder", "KIND"}, {"GET nothing", "ABSENT"},
		{"GET large", "SIZE"}, {"PUT 1001 - a", "SIZE"}, {"PUT 9223372036854775807 - a", "SIZE"},
		{"PUT 5 - there", "EXISTS"}, {"PUT 5 - folder", "EXISTS"}, {"PUT 5 - link", "EXISTS"}, {"PUT 5 - dangling", "EXISTS"},
		{"REPLACE 5 - folder", "KIND"}, {"REPLACE 5 - link", "LINK"}, {"REPLACE 5 - dangling", "LINK"},
		{"PUT 5 - new", "LINK"},
	} {
		h.say(test.line + "\n")
		h.hear("ERR " + test.code + " ")
	}
	h.close()
	if got, _ := os.ReadFile(outside); string(got) != "secret" {
		t.Errorf("the file outside is %q now", got)
	}
}

// TestLinkMeanwhile puts a link where the file is to be, after it was announced.
func TestLinkMeanwhile(t *testing.T) {
	for _, verb := range []string{"PUT", "REPLACE"} {
		w := newWorld(t, files.Config{})
		outside := filepath.Join(w.own, "outside")
		w.write(outside, []byte("secret"))
		h := w.call()
		h.say(verb + " 5 - a\n")
		h.hear("HAVE 0 ")
		if err := os.Symlink(outside, filepath.Join(w.folder, "a")); err != nil {
			t.Skip("no links here: ", err)
		}
		h.say("FROM 0\nhello")
		h.hear("ERR " + map[string]string{"PUT": "EXISTS", "REPLACE": "LINK"}[verb] + " ")
		h.close()
		if got, _ := os.ReadFile(outside); string(got) != "secret" {
			t.Errorf("%s: the file outside is %q now", verb, got)
		}
	}
}

// TestExistsMeanwhile: of two who send the same name the second is refused, and
// a file that came meanwhile is not overwritten.
func TestExistsMeanwhile(t *testing.T) {
	w := newWorld(t, files.Config{})
	a, b := w.call(), w.call()
	a.say("PUT 5 - a\n")
	a.hear("HAVE 0 ")
	b.say("PUT 5 - a\n")
	b.hear("ERR BUSY ")
	w.write(filepath.Join(w.folder, "a"), []byte("other"))
	a.say("FROM 0\nhello")
	a.hear("ERR EXISTS ")
	a.close()
	b.close()
	if got, _ := os.ReadFile(filepath.Join(w.folder, "a")); string(got) != "other" {
		t.Errorf("it is %q now", got)
	}
}

// TestRefusedLines says what ends the connection.
func TestRefusedLines(t *testing.T) {
	s := sum([]byte("hello"))
	for _, test := range []struct{ name, say, want string }{
		{"unknown", "HELO you\n", "ERR LINE "},
		{"a terminal's escapes", "\x1b]0;owned\x07\n", "ERR LINE "},
		{"no end", strings.Repeat("x", 600), "ERR LINE "},
		{"2^63", "PUT 9223372036854775808 " + s + " a\n", "ERR SIZE "},
		{"a hundred digits", "PUT " + strings.Repeat("9", 100) + " " + s + " a\n", "ERR SIZE "},
		{"negative", "PUT -1 " + s + " a\n", "ERR LINE "},
		{"a leading zero", "PUT 05 " + s + " a\n", "ERR LINE "},
		{"hexadecimal", "PUT 0x5 " + s + " a\n", "ERR LINE "},
		{"no checksum", "PUT 5 hello.txt\n", "ERR LINE "},
		{"out of turn", "FROM 0\n", "ERR LINE "},
		{"OK out of turn", "OK 5 " + s + "\n", "ERR LINE "},
		{"octets after a refusal", "PUT 5 - ../a\nFROM 0\nhello", "ERR NAME "},
		{"FROM the middle", "PUT 5 - a\nFROM 3\nlo", "HAVE 0 " + sum(nil) + "\nERR LINE "},
		{"another file than said", "PUT 5 " + s + " a\nFROM 0\nhullo", "HAVE 0 " + sum(nil) + "\nERR CHECKSUM "},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, files.Config{})
			h := w.call()
			h.say(test.say)
			h.hear(test.want)
			h.close()
			w.holds(w.folder, nil)
		})
	}
}

// TestMore sends more octets than announced: what follows is no request.
func TestMore(t *testing.T) {
	w := newWorld(t, files.Config{})
	h := w.call()
	h.say("PUT 5 - a\n")
	h.hear("HAVE 0 ")
	h.say("FROM 0\nhello, world\n")
	if got := h.hear("OK 5 "); !strings.Contains(got, "\nERR LINE ") {
		t.Errorf("%q", got)
	}
	h.ends()
	h.close()
	w.holds(w.folder, map[string][]byte{"a": []byte("hello")})
}

// TestShort sends fewer, and goes on from there another time.
func TestShort(t *testing.T) {
	w := newWorld(t, files.Config{})
	content := random(100_000)
	s := sum(content)
	h := w.call()
	h.say("PUT 100000 " + s + " a\n")
	h.hear("HAVE 0 ")
	h.say("FROM 0\n" + string(content[:60_000]))
	h.p.Shutdown(w.ctx, h.fd, sandbox.ShutWr)
	h.hear("ERR SHORT ")
	h.ends()
	h.close()
	w.holds(w.folder, map[string][]byte{".a.part": content[:60_000]})

	t.Run("by hand", func(t *testing.T) {
		h = w.call()
		h.say("PUT 100000 " + s + " a\n")
		h.hear("HAVE 60000 " + sum(content[:60_000]) + "\n")
		h.say("FROM 60000\n" + string(content[60_000:80_000]))
		h.close() // without a word
	})
	t.Run("another file of that name", func(t *testing.T) {
		other := append([]byte("other"), content...)
		r := w.send("a", other)
		if r.Refusal != nil || r.Had != 0 {
			t.Error(r)
		}
		w.holds(w.folder, map[string][]byte{"a": other})
	})
	t.Run("the same file", func(t *testing.T) {
		w.write(filepath.Join(w.folder, ".b.part"), content[:77_777])
		r := w.send("b", content)
		if r.Refusal != nil || r.Had != 77_777 {
			t.Error(r)
		}
		w.holds(w.folder, map[string][]byte{"a": append([]byte("other"), content...), "b": content})
	})
}

// TestResumeFetch goes on with a fetch, and begins anew where the part is of
// another file.
func TestResumeFetch(t *testing.T) {
	w, content := newWorld(t, files.Config{}), random(200_000)
	for name, part := range map[string][]byte{
		"part": content[:150_000], "all": content, "more": append(append([]byte(nil), content...), 1), "other": random(7)[1:], "none": nil,
	} {
		w.write(filepath.Join(w.folder, name), content)
		w.write(filepath.Join(w.own, "."+name+".part"), part)
		r := w.move(time.Minute, files.Job{Fetch: true, Name: name})
		want := map[string]int64{"part": 150_000, "all": 200_000}[name]
		if len(r) != 1 || r[0].Refusal != nil || r[0].Had != want {
			t.Errorf("%s: %v, %d were there", name, r, r[0].Had)
		}
	}
	all := map[string][]byte{"part": content, "all": content, "more": content, "other": content, "none": content}
	w.holds(w.own, all)
	w.holds(w.folder, all)
}

// TestTimes has clients be slow in each place.
func TestTimes(t *testing.T) {
	cfg := files.Config{Idle: 10 * time.Second}
	for _, test := range []struct {
		name, say, want string
		again           string // said each second after
		kept            int
	}{
		{"silent", "", "ERR TIME ", "", 0},
		{"half a line", "PUT 5 - hel", "ERR TIME ", "", 0},
		{"an octet now and then", "", "ERR TIME ", "x", 0},
		{"no FROM", "PUT 5 - a\n", "ERR TIME ", "", 0},
		{"no octets", "PUT 5 - a\nFROM 0\n", "ERR TIME ", "", 0},
		{"few octets", "PUT 50000 - a\nFROM 0\n", "ERR TIME ", "x", 9},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, cfg)
			h := w.call()
			for i, line := range strings.SplitAfter(test.say, "\n") {
				if line != "" {
					h.say(line)
				}
				if strings.HasPrefix(line, "PUT") && strings.HasSuffix(line, "\n") && i == 0 {
					h.hear("HAVE ")
				}
			}
			for range 9 {
				w.do("advance 1s")
				if test.again != "" {
					h.say(test.again)
				}
			}
			h.p.Recv(w.ctx, h.fd, 1, sandbox.MSG_DONTWAIT|sandbox.MSG_PEEK)
			if e := h.p.Last().Result.Errno; e != "EAGAIN" {
				t.Fatal("it was ended too soon: ", e)
			}
			w.do("advance 2s")
			h.hear(test.want)
			h.close()
			if test.kept > 0 {
				w.holds(w.folder, map[string][]byte{".a.part": []byte(strings.Repeat("x", test.kept))})
			} else {
				w.holds(w.folder, nil)
			}
		})
	}
}

// TestNoGreeting calls one who listens and says nothing: a client soon gives up.
func TestNoGreeting(t *testing.T) {
	w := newWorld(t, files.Config{})
	w.do("process mute", "mute: socket tcp", "mute: bind 3 127.0.0.1:7009", "mute: listen 3")
	var reports []files.Report
	p := w.start(&files.Client{
		Addr: sandbox.Addr{AddrPort: netip.MustParseAddrPort("127.0.0.1:7009")}, Folder: w.own,
		Jobs: []files.Job{{Fetch: true, Name: "a"}}, Report: func(r files.Report) { reports = append(reports, r) },
	})
	w.do("advance 9s")
	if p.Ended() != "" || len(reports) > 0 {
		t.Errorf("after 9 s it has ended %q: %v", p.Ended(), reports)
	}
	w.do("advance 2s")
	if len(reports) != 1 || reports[0].Refusal == nil || reports[0].Refusal.Code != files.Time || !strings.Contains(reports[0].String(), "does not greet") {
		t.Errorf("after 11 s it reports %v", reports)
	}
}

// TestNotTakenOctets asks for a file and does not read it.
func TestNotTakenOctets(t *testing.T) {
	w := newWorld(t, files.Config{Idle: 10 * time.Second, Linger: time.Second})
	w.write(filepath.Join(w.folder, "a"), random(5_000_000))
	h := w.call()
	h.say("GET a\n")
	h.hear("FILE 5000000 ")
	h.say("HAVE 0 " + sum(nil) + "\n")
	w.do("advance 12s")
	if text := w.printed["files"]; !strings.Contains(text, `not given out "a" to 127.0.0.1:38604: TIME`) {
		t.Errorf("the server printed %q", text)
	}
	h.close()
}

// TestCrowd has a thousand call and say nothing; others are served, and no more
// are held than may be.
func TestCrowd(t *testing.T) {
	w := newWorld(t, files.Config{Clients: 16})
	busy := w.call()
	busy.say("PUT 5 - a\n")
	busy.hear("HAVE 0 ")
	crowd := w.Sandbox.AddProcess("crowd")
	most := 0
	for range 1000 {
		fd := crowd.Socket(w.ctx, sandbox.TCP).Result.Value
		if o := crowd.Connect(w.ctx, fd, place); o.Result.Value < 0 {
			t.Fatal(o.Result)
		}
		most = max(most, len(w.Sandbox.Process("files").FDs()))
	}
	if most > 17 {
		t.Errorf("the server had %d descriptors", most)
	}
	if r := w.send("b", random(100_000)); r.Refusal != nil {
		t.Error(r)
	}
	busy.say("FROM 0\nhello")
	busy.hear("OK 5 ")
	busy.close()
	w.holds(w.folder, map[string][]byte{"a": []byte("hello"), "b": random(100_000)})
	o := crowd.Read(w.ctx, 3, 1000)
	if text := string(o.Result.Data); !strings.Contains(text, "\nERR CROWD ") {
		t.Errorf("the first that had to go was told %q", text)
	}
	crowd.Kill(w.ctx, 0)
}

// TestAllBusy: where each has something under way, the next is turned away.
func TestAllBusy(t *testing.T) {
	w := newWorld(t, files.Config{Clients: 2})
	for _, name := range []string{"a", "b"} {
		h := w.call()
		h.say("PUT 5 - " + name + "\n")
		h.hear("HAVE 0 ")
	}
	if r := w.send("c", []byte("x")); r.Refusal == nil || r.Refusal.Code != files.Crowd || !r.Refusal.Peer {
		t.Error(r)
	}
}

// TestNoServer calls what is no server of files.
func TestNoServer(t *testing.T) {
	w := newWorld(t, files.Config{})
	w.do("kill files", "process other", "other: socket tcp", "other: bind 3 "+place.String())
	if r := w.send("a", nil); r.Refusal == nil || r.Refusal.Code != files.Network || !strings.Contains(r.Refusal.Text, "nobody listens") {
		t.Error(r)
	}
	w.do("other: listen 3")
	w.clients++
	for say, code := range map[string]files.Code{
		`"HTTP/1.1 400 Bad Request\r\n\r\n"`: files.Version, `"FILES 2 later\n"`: files.Version, `"\x1b[2J\n"`: files.Version, `"ERR CROWD \x1b[2J\n"`: files.Crowd,
	} {
		var got files.Report
		path := filepath.Join(w.own, "a")
		c := files.Client{Addr: place, Folder: w.own, Jobs: []files.Job{{Name: "a", Path: path}}, Report: func(r files.Report) { got = r }}
		p := w.start(&c)
		w.do("other: accept 3", "other: write 4 "+say, "other: close 4")
		w.Sandbox.WaitUntil(w.ctx, time.Minute, func() bool { return p.Ended() != "" })
		if got.Refusal == nil || got.Refusal.Code != code || strings.ContainsRune(got.Refusal.Text, '\x1b') {
			t.Errorf("%s: %v", say, got)
		}
	}
}

// TestLearnersRST cuts a connection off in the middle.
func TestLearnersRST(t *testing.T) {
	w := newWorld(t, files.Config{})
	h := w.call()
	h.say("PUT 10 - a\n")
	h.hear("HAVE 0 ")
	h.say("FROM 0\nhello")
	w.do("client: setsockopt 3 SO_LINGER 0", "client: close 3")
	w.holds(w.folder, map[string][]byte{".a.part": []byte("hello")})
	if n := len(w.Sandbox.Process("files").FDs()); n != 1 {
		t.Errorf("the server has %d descriptors", n)
	}
	if text := w.printed["files"]; !strings.Contains(text, "NETWORK") {
		t.Errorf("the server printed %q", text)
	}
}

// TestKilled ends the server in the middle: what has come is kept.
func TestKilled(t *testing.T) {
	w := newWorld(t, files.Config{})
	h := w.call()
	h.say("PUT 10 - a\n")
	h.hear("HAVE 0 ")
	h.say("FROM 0\nhello")
	w.do("kill files")
	w.holds(w.folder, map[string][]byte{".a.part": []byte("hello")})
}

// TestRepeats moves files twice in the same session, under loss.
func TestRepeats(t *testing.T) {
	once := func() string {
		w := newWorld(t, files.Config{})
		var all strings.Builder
		w.log.Sink(func(e tracer.Event) {
			b, err := e.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			all.Write(b)
		})
		w.do("wire loss 5%", "wire delay 10ms")
		if r := w.send("a", random(300_000)); r.Refusal != nil {
			t.Fatal(r)
		}
		return sum([]byte(all.String()))
	}
	if a, b := once(), once(); a != b {
		t.Error("the same session is another one the second time")
	}
}

// TestLoss has 5 MB arrive whole although a twentieth of the packets is lost.
func TestLoss(t *testing.T) {
	w, content := newWorld(t, files.Config{}), random(5_000_000)
	w.do("wire loss 5%")
	if r := w.send("a", content); r.Refusal != nil || r.Sum != sum(content) {
		t.Fatal(r)
	}
	w.holds(w.folder, map[string][]byte{"a": content})
	os.Remove(filepath.Join(w.own, "a"))
	if r := w.move(10*time.Minute, files.Job{Fetch: true, Name: "a"}); len(r) != 1 || r[0].Refusal != nil {
		t.Fatal(r)
	}
	w.holds(w.own, map[string][]byte{"a": content})
	if c := w.Sandbox.Wire().Count(); c.Dropped < 100 {
		t.Errorf("only %d packets were lost", c.Dropped)
	}
}

// TestSeveral has several send and fetch at once: none waits for another's end.
func TestSeveral(t *testing.T) {
	w := newWorld(t, files.Config{})
	content := random(300_000)
	w.write(filepath.Join(w.folder, "given"), content)
	w.do("wire hold")
	var done []string
	most, under := 0, map[string]bool{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		path := filepath.Join(w.own, name)
		w.write(path, content)
		job := files.Job{Name: name, Path: path}
		folder := w.own
		if name == "f" {
			job, folder = files.Job{Fetch: true, Name: "given"}, t.TempDir()
		}
		w.start(&files.Client{
			Addr: place, Folder: folder, Jobs: []files.Job{job},
			Progress: func(p files.Progress) {
				if !p.Reading && p.At < p.Size {
					under[name] = true
				}
				most = max(most, len(under))
			},
			Report: func(r files.Report) {
				delete(under, name)
				if r.Refusal != nil || r.Sum != sum(content) {
					t.Error(r)
				}
				done = append(done, name)
			},
		})
	}
	w.do("wire open")
	w.Sandbox.WaitUntil(w.ctx, time.Minute, func() bool { return len(done) == 6 })
	if len(done) != 6 || most < 5 {
		t.Errorf("%v are done; %d were under way at once", done, most)
	}
	w.holds(w.folder, map[string][]byte{"given": content, "a": content, "b": content, "c": content, "d": content, "e": content})
}
