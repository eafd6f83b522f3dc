package lessons

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// translated is whole in other words, with stamps.
func translated(stamps ...string) string {
	return "---\ntitle: 你好\nof: [" + strings.Join(stamps, ", ") + `]
---

你將能夠打招呼。

## 第一件事

幾句話。

` + "```setup\n```\n\n```transcript\n```" + `

建立一個 socket。

` + "```check\n```" + `

> 提示：輕輕地。

> 提示：完整地。
>
> ` + "```wrong\n> ```" + `

` + "```solution\n```" + `

為什麼重要。

## 第二件事

會怎樣？

` + "```predict\n```" + `

這就是原因。

## 第三件事

為什麼？

` + "```answer\n因為這樣。\n```\n"
}

func mustParse(t *testing.T, file, text string) *Lesson {
	t.Helper()
	l, err := Parse(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTranslate(t *testing.T) {
	original := mustParse(t, "01-hello.md", whole)
	stamps := quoted(original.Stamps())
	words := mustParse(t, "01-hello.zh-Hant.md", translated(stamps...))
	if behind := Behind(original, words); behind != nil {
		t.Error(behind)
	}
	l, err := Translate(original, words)
	if err != nil {
		t.Fatal(err)
	}
	s := l.Steps[0]
	if l.Title != "你好" || l.Minutes != 5 || l.Lang != "zh-Hant" || s.Title != "第一件事" || s.ID != "first-things" {
		t.Errorf("%+v", l)
	}
	if len(s.Task.Check) != 1 || len(s.Setup) != 1 || len(s.Solution) != 1 || s.Hints[1].Wrong[0].Text != "socket udp" || s.Words[1].Transcript[0] != "server> sockets" {
		t.Errorf("%+v", s)
	}
	if got := plainText(s.Hints[0].Words[0].Node, s.Hints[0].Words[0].Source); got != "輕輕地。" {
		t.Errorf("hint %q", got)
	}
	if m := l.Steps[2].Task.Model; plainText(m[0].Node, m[0].Source) != "因為這樣。" {
		t.Errorf("%+v", m)
	}
	if l.Steps[1].Task.Ask.What != "state" || len(l.Steps[1].Task.Run) != 1 {
		t.Errorf("%+v", l.Steps[1].Task)
	}
}

// TestBehind: a change of the original is noticed where it is.
func TestBehind(t *testing.T) {
	stamps := quoted(mustParse(t, "01-hello.md", whole).Stamps())
	for i, part := range []string{"You will be able", "Some words", "What comes", "Why?"} {
		changed := mustParse(t, "01-hello.md", strings.Replace(whole, part, part+" now", 1))
		behind := Behind(changed, mustParse(t, "01-hello.zh-Hant.md", translated(stamps...)))
		if len(behind) != 1 || !strings.Contains(behind[0].Wrong, "has fallen behind") || !strings.Contains(behind[0].Right, changed.Stamps()[i]) {
			t.Errorf("%s: %v", part, behind)
		}
		if i > 0 && !strings.Contains(behind[0].Wrong, fmt.Sprintf("step %d", i)) {
			t.Errorf("%s: %v", part, behind)
		}
	}
	same := mustParse(t, "01-hello.md", strings.Replace(whole, "Some words.", "Some\nwords.", 1))
	if behind := Behind(same, mustParse(t, "01-hello.zh-Hant.md", translated(stamps...))); behind != nil {
		t.Errorf("other lines: %v", behind)
	}
	if behind := Behind(same, mustParse(t, "01-hello.zh-Hant.md", translated(stamps[:2]...))); len(behind) != 1 || !strings.Contains(behind[0].Wrong, "of has 2 stamps") {
		t.Errorf("too few: %v", behind)
	}
}

// TestTranslationFaults: a translation is of the same form, and has words only.
func TestTranslationFaults(t *testing.T) {
	original := mustParse(t, "01-hello.md", whole)
	good := translated(quoted(original.Stamps())...)
	for _, test := range []struct{ old, new, want string }{
		{"## 第三件事\n\n為什麼？\n\n```answer\n因為這樣。\n```\n", "", "it has 2 steps, and 01-hello.md has 3"},
		{"```predict\n```", "```check\n```\n\n> 提示：x", "another kind of task"},
		{"> 提示：輕輕地。\n", "", "has 1 hints, and the original 2"},
		{"```transcript\n```\n", "", "has 0 fences with transcripts"},
		{"```check\n```", "```check\nexpect return 0\n```", "a translation with something in its fence check"},
		{"title: 你好", "title: 你好\nminutes: 3", "a translation with minutes"},
	} {
		words, err := Parse("01-hello.zh-Hant.md", []byte(strings.Replace(good, test.old, test.new, 1)))
		if err == nil {
			_, err = Translate(original, words)
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v\nwant %s", err, test.want)
		}
	}
}

func TestLibrary(t *testing.T) {
	lesson := func(needs string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Replace(whole, "[other]", needs, 1))}
	}
	stamps := quoted(mustParse(t, "01-hello.md", strings.Replace(whole, "[other]", "[]", 1)).Stamps())
	lib, err := Read(fstest.MapFS{
		"02-two.md": lesson("[hello]"), "01-hello.md": lesson("[]"), "README.md": {Data: []byte("no lesson")}, "notes.txt": {},
		"01-hello.zh-Hant.md": {Data: []byte(translated(stamps...))},
	})
	if err != nil || len(lib.Originals) != 2 || lib.Originals[0].Name != "hello" {
		t.Fatalf("%v %+v", err, lib)
	}
	if f := lib.Relations(); f != nil {
		t.Error(f)
	}
	for _, name := range []string{"1", "01", "hello", "01-hello", "01-hello.md", "hel", "HELLO"} {
		if l, err := lib.Find(name); err != nil || l.Name != "hello" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"3", "x", "", "02-hello"} {
		if l, err := lib.Find(name); err == nil {
			t.Errorf("%s is %s", name, l.Name)
		}
	}
	for locale, want := range map[string]string{"zh_TW.UTF-8": "zh-Hant", "zh-Hant": "zh-Hant", "zh_HK": "zh-Hant", "zh_CN.UTF-8": "zh-Hant", "de_DE.UTF-8": "en", "C": "en", "": "en", "en_US.UTF-8": "en"} {
		if got := lib.Language(locale); got != want {
			t.Errorf("%s: %s, not %s", locale, got, want)
		}
	}
	if l := lib.In(lib.Originals[0], "zh-Hant"); l.Title != "你好" {
		t.Error(l.Title)
	}
	if l := lib.In(lib.Originals[1], "zh-Hant"); l.Title != "Hello" {
		t.Error(l.Title)
	}
}

// TestRelations: what is wrong between lessons.
func TestRelations(t *testing.T) {
	lesson := func(needs string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Replace(whole, "[other]", needs, 1))}
	}
	for _, test := range []struct {
		files fstest.MapFS
		want  string
	}{
		{fstest.MapFS{"01-a.md": lesson("[nobody]")}, "there is no lesson nobody"},
		{fstest.MapFS{"01-a.md": lesson("[a]")}, "in a circle: a needs a"},
		{fstest.MapFS{"01-a.md": lesson("[b]"), "02-b.md": lesson("[c]"), "03-c.md": lesson("[a]")}, "in a circle: a needs b needs c needs a"},
		{fstest.MapFS{"01-a.md": lesson("[]"), "01-b.md": lesson("[]")}, "01-a.md has the same number"},
		{fstest.MapFS{"01-a.md": lesson("[]"), "02-a.md": lesson("[]")}, "01-a.md has the same name"},
		{fstest.MapFS{"01-a.md": lesson("[]"), "02-b.zh-Hant.md": {Data: []byte(translated("x"))}}, "it translates nothing"},
	} {
		lib, err := Read(test.files)
		if err != nil {
			t.Fatal(err)
		}
		if f := lib.Relations(); len(f) == 0 || !strings.Contains(f.Error(), test.want) {
			t.Errorf("%v\nwant %s", f, test.want)
		}
	}
}
