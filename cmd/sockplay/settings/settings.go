// Package settings keeps how a learner likes things to be shown, from one start
// to the next: a small JSON file where the XDG base directories put it.
package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sockplay/tracer/ink"
)

// version is that of the file's format. A file of a later one is neither
// understood nor written.
const version = 1

// Settings are what set sets. The zero value of each is what it is at first.
type Settings struct {
	Version   int    `json:"version"`
	Theme     string `json:"theme,omitempty"`   // dark, light, contrast
	ASCII     bool   `json:"ascii,omitempty"`   // no other characters
	Explain   string `json:"explain,omitempty"` // less, normal, more
	Width     int    `json:"width,omitempty"`   // columns; 0: the terminal's
	Projector bool   `json:"projector,omitempty"`
	Plain     bool   `json:"plain,omitempty"`
}

// File is where the settings are; "" if there is no such place.
func File() string {
	dir, err := os.UserConfigDir() // XDG_CONFIG_HOME and its counterparts
	if err != nil || !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, "sockplay", "settings.json")
}

// Load reads the file. It always returns settings that can be used; trouble
// says, for the learner, what is wrong with the file. A damaged one is set
// aside, so that nothing in it is lost.
func Load(file string) (s Settings, trouble string) {
	first := Settings{Version: version}
	data, err := os.ReadFile(file)
	switch {
	case file == "", errors.Is(err, fs.ErrNotExist):
		return first, ""
	case err != nil:
		return first, fmt.Sprintf("the settings in %s cannot be read (%s): all is as at first", file, cause(err))
	}
	// A later version may hold what would be no settings to this one.
	var later struct{ Version int }
	if json.Unmarshal(data, &later) == nil && later.Version > version {
		return Settings{Version: later.Version}, fmt.Sprintf("the settings in %s are of a later sockplay: they are left alone, and all is as at first", file)
	}
	if err := json.Unmarshal(data, &s); err != nil || s.Version < 1 || !s.valid() {
		where := "it could not be set aside"
		if aside := setAside(file); aside != "" {
			where = "it is now " + aside
		}
		return first, fmt.Sprintf("the settings in %s are damaged, and all is as at first; %s", file, where)
	}
	return s, ""
}

// setAside gives a file that is of no use a name that no other has; "" if it
// cannot.
func setAside(file string) string {
	for n := 1; n < 100; n++ {
		aside := file + ".damaged"
		if n > 1 {
			aside = fmt.Sprintf("%s.%d", aside, n)
		}
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			if os.Rename(file, aside) != nil {
				return ""
			}
			return aside
		}
	}
	return ""
}

// Change sets one setting in the file and leaves the others there as they are:
// flags of one start, and what another program has set meanwhile. The error
// says, for the learner, why it could not.
func Change(file, name, value string) error {
	s, _ := Load(file) // of what is wrong with it, save will say what matters
	s.Set(name, value)
	return s.save(file)
}

func (s *Settings) valid() bool {
	in := func(v string, values ...string) bool { return v == "" || slices.Contains(values, v) }
	return in(s.Theme, ink.Themes...) && in(s.Explain, "less", "normal", "more") && s.Width >= 0 && s.Width <= 500
}

// save writes the file whole or not at all.
func (s Settings) save(file string) error {
	switch {
	case file == "":
		return errors.New("there is no folder for settings (HOME is not set)")
	case s.Version > version:
		return fmt.Errorf("%s is of a later sockplay, and is left alone", file)
	}
	switch info, err := os.Stat(file); {
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file", file)
	case err == nil && info.Mode().Perm()&0o200 == 0: // also for root
		return fmt.Errorf("%s is read-only", file)
	case err == nil && info.Mode().Perm()&0o400 == 0:
		return fmt.Errorf("%s cannot be read", file)
	}
	if link, err := filepath.EvalSymlinks(file); err == nil {
		file = link // which stays one
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return errors.New(cause(err))
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".settings-*")
	if err != nil {
		return errors.New(cause(err))
	}
	defer os.Remove(f.Name()) // in vain if all is well
	_, err = f.Write(append(data, '\n'))
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.New(cause(err))
	}
	return nil
}

// cause is what a file's error says beside its name.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// Set changes one setting, by the name and in the words that the command set
// takes and has checked.
func (s *Settings) Set(name, value string) {
	switch name {
	case "theme":
		s.Theme = value
	case "ascii":
		s.ASCII = value == "on"
	case "explain":
		s.Explain = value
	case "projector":
		s.Projector = value == "on"
	case "plain":
		s.Plain = value == "on"
	case "width":
		s.Width = 0
		fmt.Sscan(value, &s.Width) // auto is none
	}
}

// List tells all settings, one a line, as set takes them.
func (s Settings) List() []string {
	or := func(v, first string) string {
		if v == "" {
			return first
		}
		return v
	}
	onOff := map[bool]string{true: "on", false: "off"}
	width := "auto"
	if s.Width > 0 {
		width = fmt.Sprint(s.Width)
	}
	return []string{
		"theme " + or(s.Theme, "dark"), "ascii " + onOff[s.ASCII], "explain " + or(s.Explain, "normal"),
		"width " + width, "projector " + onOff[s.Projector], "plain " + onOff[s.Plain],
	}
}
