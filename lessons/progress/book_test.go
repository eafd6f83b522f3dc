package progress

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"sockplay/tracer/ink/inktest"

	"github.com/gofrs/flock"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// full has something in every field.
func full() Record {
	right := false
	return Record{Version: 1, Lessons: map[string]*Lesson{
		"saying-good-bye": {
			Title: "Saying good-bye", Number: 9, Began: noon, Ended: noon.Add(time.Hour), At: "both",
			Steps: map[string]*Step{
				"who": {
					Title: "Who says FIN", Order: 1, Began: noon, Passed: noon.Add(time.Minute), How: Done, Hints: 2, Tries: 3,
					Asked: "Which state?", Predicted: []string{"CLOSED", "TIME-WAIT"}, Found: "FIN-WAIT-2", Right: &right,
					Answer: "聊天 <b>&\u2028\x1b[31m\x00\x7f\u009b\u202e\"\\\r\n\tend",
				},
				"both": {},
			},
		},
		"": {Number: 3},
	}}
}

// in is a file's path in a folder of its own, with this in it.
func in(t testing.TB, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "progress.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func content(t testing.TB, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// change makes a change that must be kept.
func change(t testing.TB, b *Book, f func(*Record)) {
	t.Helper()
	if err := b.Change(f); err != nil {
		t.Fatal(err)
	}
}

// record is what a book that has no trouble holds.
func record(t testing.TB, b *Book) Record {
	t.Helper()
	r, err := b.Read()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// trouble is the error, with what must be in its words.
func trouble(t testing.TB, err error, words ...string) *Trouble {
	t.Helper()
	var is *Trouble
	if !errors.As(err, &is) {
		t.Fatalf("no trouble, but %v", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	return is
}

func names(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

// locks tells whether there are any: not in a browser.
const locks = runtime.GOOS != "js"

// begin is the smallest change.
func begin(r *Record) { r.Lesson("a").Began = noon }

// TestRoundTrip: what is kept is read again, in a file and in memory.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "share", "sockplay")
	for _, file := range []string{"", filepath.Join(dir, "progress.json")} {
		b := Open(file)
		if r := record(t, b); !reflect.DeepEqual(r, Record{Version: 1}) {
			t.Errorf("at first: %+v", r)
		}
		change(t, b, func(r *Record) { *r = full() })
		if r := record(t, b); !reflect.DeepEqual(r, full()) {
			t.Errorf("%+v", r)
		}
		if file == "" {
			continue
		}
		if r := record(t, Open(file)); !reflect.DeepEqual(r, full()) {
			t.Errorf("opened again: %+v", r)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(info.Mode(), err)
		}
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Error(info.Mode(), err)
		}
		if got := names(t, dir); locks && got != "progress.json progress.json.lock" {
			t.Error(got)
		}
		inktest.GoldenFile(t, "full.json", content(t, file))
	}
}

// TestTimes: whatever clock a time comes from, the file has UTC and seconds.
func TestTimes(t *testing.T) {
	t.Parallel()
	b := Open("")
	east := time.FixedZone("", 5*3600)
	change(t, b, func(r *Record) {
		r.Lesson("a").Began = noon.In(east).Add(999 * time.Millisecond)
		r.Lesson("a").Ended = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) // which RFC 3339 has not
	})
	if l := record(t, b).Lessons["a"]; l.Began != noon || !l.Ended.IsZero() {
		t.Errorf("%+v", l)
	}
}

// TestUnchanged: a change that changes nothing does not write the file.
func TestUnchanged(t *testing.T) {
	t.Parallel()
	const text = `{ "version":1, "lessons":{"a":{"began":"2026-03-01T12:00:00Z"}} }`
	file := in(t, text)
	b := Open(file)
	change(t, b, begin)
	if got := content(t, file); got != text {
		t.Errorf("written: %q", got)
	}
	change(t, b, func(r *Record) { r.Lesson("a").Number = 1 })
	if got := content(t, file); got == text {
		t.Error("not written")
	}
	none := filepath.Join(t.TempDir(), "progress.json")
	change(t, Open(none), func(*Record) {})
	if _, err := os.Stat(none); !errors.Is(err, fs.ErrNotExist) {
		t.Error("an empty record is written")
	}
}

// TestUnknown: what a newer program has put into this version survives, wherever
// it stands.
func TestUnknown(t *testing.T) {
	t.Parallel()
	file := in(t, "\ufeff"+`{"version":1,"Version":7,"zeal":[1.0,2e400,{"a":null}],"lessons":{"a":{"mood":"<good>","steps":{"s":{"TRIES":9,"tries":1,"nest":{"z":1,"a":2}}}}},"alarm":true}`)
	b := Open(file)
	change(t, b, func(r *Record) { r.Lesson("a").Step("s").Tries++ })
	inktest.GoldenFile(t, "unknown.json", content(t, file))
	change(t, b, func(r *Record) { r.Lesson("a").Step("s").Tries++ })
	inktest.GoldenFile(t, "unknown.json", strings.Replace(content(t, file), `"tries": 3`, `"tries": 2`, 1))
}

// TestDamaged: what is no record is set aside, whole; it is told once; and the
// change that met it is made.
func TestDamaged(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 20000)
	for name, c := range map[string]struct{ text, why string }{
		"empty":          {"", "it is empty"},
		"blank":          {" \n\n", "it is empty"},
		"zeros":          {strings.Repeat("\x00", 512), "not JSON"},
		"cut":            {string(encode(full())[:200]), "not JSON, or not all of it"},
		"more":           {`{"version":1} {}`, "not JSON"},
		"deep":           {`{"version":1,"x":` + deep + strings.Repeat("]", 20000) + "}", "not JSON"},
		"text":           {"my homework", "not JSON"},
		"elf":            {"\x7fELF\x02\x01\x01", "not JSON"},
		"utf-16":         {"\xff\xfe{\x00}\x00", "not JSON"},
		"array":          {`[]`, "another kind"},
		"null":           {`null`, "another kind"},
		"number":         {`7`, "another kind"},
		"no version":     {`{"lessons":{}}`, "another kind"},
		"settings":       {`{"theme":"dark","version":0}`, "another kind"},
		"negative":       {`{"version":-1}`, "another kind"},
		"in words":       {`{"version":"1"}`, "another kind"},
		"null version":   {`{"version":null}`, "another kind"},
		"endless":        {`{"version":1e999}`, "another kind"},
		"in between":     {`{"version":0.5}`, "another kind"},
		"version 2 text": {`{"version":"2"}`, "another kind"},
		"lessons":        {`{"version":1,"lessons":[]}`, `"lessons" in it`},
		"lesson":         {`{"version":1,"lessons":{"a":7}}`, "no object"},
		"step":           {`{"version":1,"lessons":{"a":{"steps":{"s":"x"}}}}`, "no object"},
		"tries":          {`{"version":1,"lessons":{"a":{"steps":{"s":{"tries":"x"}}}}}`, `"tries" in it`},
		"half a try":     {`{"version":1,"lessons":{"a":{"steps":{"s":{"tries":1.5}}}}}`, `"tries" in it`},
		"predicted":      {`{"version":1,"lessons":{"a":{"steps":{"s":{"predicted":"x"}}}}}`, `"predicted" in it`},
		"right":          {`{"version":1,"lessons":{"a":{"steps":{"s":{"right":1}}}}}`, `"right" in it`},
		"began":          {`{"version":1,"lessons":{"a":{"began":"yesterday"}}}`, `"began" in it`},
		"large":          {`{"version":1,"x":"` + strings.Repeat("x", most) + `"}`, "larger than 4 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := in(t, c.text)
			dir := filepath.Dir(file)
			b := Open(file)

			r, err := b.Read()
			is := trouble(t, err, c.why, "progress.damaged.json, and your progress begins anew", "give it back its old name")
			if !reflect.DeepEqual(r, fresh()) || !is.Kept || is.Aside != filepath.Join(dir, "progress.damaged.json") {
				t.Errorf("%+v, %+v", r, is)
			}
			if content(t, is.Aside) != c.text {
				t.Error("what is set aside is not what was there")
			}
			record(t, b) // complains no more

			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			is = trouble(t, b.Change(begin), c.why)
			if !is.Kept || is.Aside != filepath.Join(dir, "progress.damaged-2.json") || content(t, is.Aside) != c.text {
				t.Errorf("%+v", is)
			}
			change(t, b, func(r *Record) { r.Lesson("a").Number++ })
			if l := record(t, Open(file)).Lessons["a"]; l == nil || l.Began != noon || l.Number != 1 {
				t.Errorf("the change is not kept: %+v", l)
			}
		})
	}
}

// TestNewer: a file of a later version is left alone, whatever is in it, and the
// lesson goes on.
func TestNewer(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"version": 2}`, `{"version":2.5,"lessons":7}`, `{"lessons":["x"],"version":99}`, `{"version":3,"cut`,
		`{"version":2,"x":"` + strings.Repeat("x", most) + `"}`,
	} {
		file := in(t, text)
		b := Open(file)
		r, err := b.Read()
		if is := trouble(t, err, "a newer sockplay has written it", "use the newer sockplay"); is.Kept || !reflect.DeepEqual(r, fresh()) {
			t.Errorf("%+v, %+v", is, r)
		}
		for range 2 {
			trouble(t, b.Change(func(r *Record) { r.Lesson("a").Number++ }), "left as it is")
		}
		if r, _ := b.Read(); r.Lessons["a"] == nil || r.Lessons["a"].Number != 2 {
			t.Errorf("what was done is not known: %+v", r)
		}
		if content(t, file) != text || strings.Contains(names(t, filepath.Dir(file)), "damaged") {
			t.Error("it is not left alone")
		}
	}
}

// TestHeld: a lock that another holds is waited for, once; what could not be
// kept is kept when it can be.
func TestHeld(t *testing.T) {
	t.Parallel()
	if !locks {
		t.Skip("there are no locks")
	}
	file := in(t, "")
	l := flock.New(file + ".lock")
	if ok, err := l.TryLock(); !ok {
		t.Fatal(err)
	}
	defer l.Unlock()
	b := Open(file)
	began := time.Now()
	is := trouble(t, b.Change(begin), "another sockplay holds "+file+".lock", "known only until sockplay ends", "tried again")
	if waited := time.Since(began); is.Kept || waited < patience {
		t.Errorf("%+v after %v", is, waited)
	}
	began = time.Now()
	trouble(t, b.Change(func(r *Record) { r.Lesson("a").Number++ }), "another sockplay")
	r, err := b.Read()
	trouble(t, err, "is damaged (it is empty) and cannot be set aside (another sockplay holds")
	if l := r.Lessons["a"]; l == nil || l.Number != 1 || l.Began != noon {
		t.Errorf("what was done is not known: %+v", l)
	}
	if time.Since(began) > patience/2 {
		t.Error("it is waited for again")
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	trouble(t, b.Change(func(r *Record) { r.Lesson("a").Number++ }), "it is empty")
	if l := record(t, Open(file)).Lessons["a"]; l.Number != 2 || l.Began != noon {
		t.Errorf("what waited is not kept: %+v", l)
	}
	change(t, b, func(r *Record) { r.Lesson("a").Number++ }) // and what waited is made once
	if n := record(t, b).Lessons["a"].Number; n != 3 {
		t.Errorf("%d changes of 3", n)
	}
}

// TestInTheWay: what is in the place of the file stays there.
func TestInTheWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make func(file string) error
		want string
	}{
		"a folder":              {func(f string) error { return os.Mkdir(f, 0o700) }, "it is no file"},
		"a link to nowhere":     {func(f string) error { return os.Symlink("nowhere", f) }, "a link to a place that is not there"},
		"a file above":          {func(f string) error { return os.WriteFile(filepath.Dir(f)+"x", nil, 0o600) }, "no folder"},
		"a folder for the lock": {func(f string) error { return os.Mkdir(f+".lock", 0o700) }, "cannot be kept"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "progress.json")
			if err := c.make(file); err != nil || strings.Contains(name, "lock") && !locks {
				t.Skip(err)
			}
			if name == "a file above" {
				file = filepath.Join(filepath.Dir(file)+"x", "sockplay", "progress.json")
			}
			had, _ := os.Lstat(file)
			b := Open(file)
			is := trouble(t, b.Change(begin), c.want, "known only until sockplay ends", "; ")
			if is.Kept {
				t.Error("it says that it is kept")
			}
			if r, _ := b.Read(); r.Lessons["a"] == nil {
				t.Error("what was done is not known")
			}
			if has, _ := os.Lstat(file); had != nil && !os.SameFile(had, has) {
				t.Error("it is not there any more")
			}
		})
	}
}

// TestProtected: a file that somebody has made read-only is not replaced.
func TestProtected(t *testing.T) {
	t.Parallel()
	file := in(t, `{"version":1}`)
	if err := os.Chmod(file, 0o400); err != nil {
		t.Fatal(err)
	}
	trouble(t, Open(file).Change(begin), "it is write-protected", "let it be written")
	if got := content(t, file); got != `{"version":1}` {
		t.Error(got)
	}
}

// TestLink: a link stays one, and what it leads to is changed.
func TestLink(t *testing.T) {
	t.Parallel()
	file := in(t, `{"version":1}`)
	link := filepath.Join(t.TempDir(), "link.json")
	if err := os.Symlink(file, link); err != nil {
		t.Skip(err)
	}
	change(t, Open(link), begin)
	if record(t, Open(file)).Lessons["a"] == nil {
		t.Error("the file is not changed")
	}
	if to, err := os.Readlink(link); to != file {
		t.Error(to, err)
	}
	if got := names(t, filepath.Dir(link)); got != "link.json" {
		t.Error(got)
	}
}

// TestLarge: what could not be read again is not written.
func TestLarge(t *testing.T) {
	t.Parallel()
	file := in(t, `{"version":1}`)
	is := trouble(t, Open(file).Change(func(r *Record) { r.Lesson("a").Step("s").Answer = strings.Repeat("x", most) }), "larger than 4 MiB")
	if got := content(t, file); is.Kept || got != `{"version":1}` {
		t.Error(got)
	}
	b := Open("")
	change(t, b, begin)
	is = trouble(t, b.Change(func(r *Record) { r.Lesson("a").At = strings.Repeat("x", most) }), "cannot be kept (it would be larger than 4 MiB)")
	if r := record(t, b); is.Kept || r.Lessons["a"].Began != noon {
		t.Errorf("%+v", r)
	}
}

// TestNil: a lesson or a step that is null is none.
func TestNil(t *testing.T) {
	t.Parallel()
	file := in(t, `{"version":1,"lessons":{"a":null,"b":{"steps":{"s":null}}}}`)
	b := Open(file)
	if r := record(t, b); r.Lessons["b"] == nil || len(r.Lessons) != 1 || len(r.Lessons["b"].Steps) != 0 {
		t.Errorf("%+v", r)
	}
	change(t, b, func(r *Record) { r.Lessons["c"], r.Lesson("d").Number = nil, 4 })
	if r := record(t, b); len(r.Lessons) != 2 || r.Lessons["d"].Number != 4 {
		t.Errorf("%+v", r)
	}
}

// FuzzRead: no file is too odd; what is read from it, and written again, stays
// as it is, and a terminal may be shown it.
func FuzzRead(f *testing.F) {
	f.Add(encode(full()))
	for _, s := range []string{
		"", "{}", `{"version":1}`, `{"version":2}`, `{"version":1,"lessons":{"a":{"steps":{"s":{}}}}}`, "\ufeff{\"version\":1,\"\\u009b\":\"\x7f\xff\"}",
		`{"version":1,"lessons":{"a":{"began":"9999-12-31T23:59:59-01:00","ended":"0000-01-01T00:00:00.5+01:00"}}}`,
		`{"version":1,"x":1,"x":{"b":[ 1 , 2 ]},"lessons":{"\ud800":{"at":"\udc00"}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decode(data)
		if err != nil {
			return
		}
		once := encode(r)
		for _, c := range string(once) {
			if c != '\n' && !visible(c) {
				t.Fatalf("%q in %q", c, once)
			}
		}
		if len(once) > most {
			return
		}
		again, err := decode(once)
		if err != nil {
			t.Fatalf("%v: %q", err, once)
		}
		if twice := encode(again); !bytes.Equal(once, twice) {
			t.Fatalf("%q is then\n%q", once, twice)
		}
		file := in(t, string(data))
		change(t, Open(file), func(r *Record) { r.Lesson("\x1b").Step("").Tries++ })
		tries := r.Lesson("\x1b").Step("").Tries
		if r = record(t, Open(file)); r.Lesson("\x1b").Step("").Tries != tries+1 {
			t.Fatal("a change is lost")
		}
	})
}
