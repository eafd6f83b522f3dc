package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write writes a settings file in a folder of its own.
func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return file
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestKept: each setting is kept, and changes no other.
func TestKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config", "sockplay", "settings.json")
	first := Settings{Version: version}
	if s, trouble := Load(file); s != first || trouble != "" {
		t.Errorf("no file: %+v, %q", s, trouble)
	}
	want := first
	for _, change := range []struct {
		name, value string
		set         func()
	}{
		{"theme", "light", func() { want.Theme = "light" }},
		{"ascii", "on", func() { want.ASCII = true }},
		{"explain", "more", func() { want.Explain = "more" }},
		{"width", "60", func() { want.Width = 60 }},
		{"projector", "on", func() { want.Projector = true }},
		{"plain", "on", func() { want.Plain = true }},
		{"width", "auto", func() { want.Width = 0 }},
		{"ascii", "off", func() { want.ASCII = false }},
	} {
		if err := Change(file, change.name, change.value); err != nil {
			t.Fatal(err)
		}
		change.set()
		if s, trouble := Load(file); s != want || trouble != "" {
			t.Errorf("after %s %s: %+v, %q, want %+v", change.name, change.value, s, trouble, want)
		}
	}
	if list := strings.Join(want.List(), ", "); list != "theme light, ascii off, explain more, width auto, projector on, plain on" {
		t.Error(list)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); len(left) != 1 {
		t.Error(left)
	}
}

// TestDamaged: a file that makes no sense is set aside, whole, and told of.
func TestDamaged(t *testing.T) {
	for _, text := range []string{
		"", "{", "[]", "\x00\xff", "{}", `{"version": 0}`, `{"version": -1}`, `{"version": "1"}`, `{"version": 1, "theme": "pink"}`,
		`{"version": 1, "width": -1}`, `{"version": 1, "width": 100000}`, `{"version": 1, "explain": 7}`, `{"version": 1} x`,
	} {
		file := write(t, text, 0o600)
		for _, aside := range []string{file + ".damaged", file + ".damaged.2"} {
			s, trouble := Load(file)
			if s != (Settings{Version: version}) || !strings.Contains(trouble, "are damaged") || !strings.HasSuffix(trouble, "it is now "+aside) {
				t.Errorf("%q: %+v, %q", text, s, trouble)
			}
			if got := read(t, aside); got != text {
				t.Errorf("set aside is %q, not %q", got, text)
			}
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestLater: a file of a later version is left alone, whatever is in it.
func TestLater(t *testing.T) {
	for _, text := range []string{`{"version": 2, "theme": "dark"}`, `{"version": 3, "theme": {"hue": 7}}`} {
		file := write(t, text, 0o600)
		s, trouble := Load(file)
		if want := (Settings{Version: s.Version}); s != want || !strings.Contains(trouble, "of a later sockplay: they are left alone") {
			t.Errorf("%+v, %q", s, trouble)
		}
		if err := Change(file, "ascii", "on"); err == nil || !strings.HasSuffix(err.Error(), "is of a later sockplay, and is left alone") {
			t.Error(err)
		}
		if got := read(t, file); got != text {
			t.Errorf("the file is now %q", got)
		}
	}
}

// TestUnwritable: what cannot be kept is told of, and nothing is lost.
func TestUnwritable(t *testing.T) {
	const text = `{"version": 1, "theme": "light"}`
	file := write(t, text, 0o400)
	if s, trouble := Load(file); s.Theme != "light" || trouble != "" {
		t.Errorf("%+v, %q", s, trouble)
	}
	if err := Change(file, "theme", "dark"); err == nil || err.Error() != file+" is read-only" {
		t.Error(err)
	}
	if got := read(t, file); got != text {
		t.Errorf("the file is now %q", got)
	}

	if err := Change("", "theme", "dark"); err == nil || !strings.Contains(err.Error(), "no folder for settings") {
		t.Error(err)
	}
	below := filepath.Join(file, "sockplay", "settings.json") // the folder is a file
	if _, trouble := Load(below); !strings.Contains(trouble, "cannot be read (not a directory)") {
		t.Error(trouble)
	}
	if err := Change(below, "theme", "dark"); err == nil || err.Error() != "not a directory" {
		t.Error(err)
	}
	folder := t.TempDir()
	if _, trouble := Load(folder); !strings.Contains(trouble, "cannot be read (is a directory)") {
		t.Error(trouble)
	}
	if err := Change(folder, "theme", "dark"); err == nil || err.Error() != folder+" is no file" {
		t.Error(err)
	}
}

// TestLink: a file that is elsewhere stays there.
func TestLink(t *testing.T) {
	file := write(t, `{"version": 1}`, 0o600)
	link := filepath.Join(t.TempDir(), "settings.json")
	if err := os.Symlink(file, link); err != nil {
		t.Skip("no symbolic links can be made here: ", err)
	}
	if err := Change(link, "ascii", "on"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, file); !strings.Contains(got, `"ascii": true`) {
		t.Errorf("the file is %q", got)
	}
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("HOME", dir)
	if got := File(); !strings.HasPrefix(got, dir) || !strings.HasSuffix(got, filepath.Join("sockplay", "settings.json")) {
		t.Error(got)
	}
	t.Setenv("XDG_CONFIG_HOME", "not/absolute")
	t.Setenv("HOME", "")
	if got := File(); got != "" {
		t.Error(got)
	}
}
