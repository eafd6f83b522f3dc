package lessons

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed *.md
var embedded embed.FS

// Library is a folder of lessons and their translations.
type Library struct {
	Originals    []*Lesson // by their numbers
	translations map[string]map[string]*Lesson
	files        fs.FS
	beside       map[string]bool // lessons that are there too, and not read
}

// Beside says which other lessons there are, in the same folder.
func (lib *Library) Beside(files []string) {
	lib.beside = make(map[string]bool)
	for _, f := range files {
		if m := fileName.FindStringSubmatch(f); m != nil {
			lib.beside[m[2]] = true
		}
	}
}

// Own are the lessons that come with the program. A test reads all of them.
func Own() *Library { return own() }

var own = sync.OnceValue(func() *Library {
	lib, _ := Read(embedded)
	return lib
})

// Read reads the lessons of a folder: each file whose name is one of a lesson. The
// error is Faults, beside what could be read.
func Read(folder fs.FS) (*Library, error) {
	lib := &Library{translations: make(map[string]map[string]*Lesson), files: folder}
	names, err := fs.Glob(folder, "*"+Suffix)
	if err != nil {
		return lib, err
	}
	var faults Faults
	for _, name := range names {
		if strings.EqualFold(name, "README.md") {
			continue
		}
		l, err := readFile(folder, name)
		switch {
		case err != nil:
			faults = add(faults, name, err)
		case l.Lang == english:
			lib.Originals = append(lib.Originals, l)
		default:
			if lib.translations[l.Lang] == nil {
				lib.translations[l.Lang] = make(map[string]*Lesson)
			}
			lib.translations[l.Lang][l.Name] = l
		}
	}
	slices.SortStableFunc(lib.Originals, func(a, b *Lesson) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Name, b.Name))
	})
	if len(faults) > 0 {
		return lib, faults
	}
	return lib, nil
}

func add(faults Faults, file string, err error) Faults {
	var more Faults
	if errors.As(err, &more) {
		return append(faults, more...)
	}
	return append(faults, &Fault{file, 1, "it cannot be read: " + cause(err), "a text file in Markdown"})
}

// cause is what a file's error says beside its name.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func readFile(folder fs.FS, name string) (*Lesson, error) {
	info, err := fs.Stat(folder, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, Faults{{name, 1, "it is no file", "a text file in Markdown"}}
	case info.Size() > maxFile:
		return nil, Faults{{name, 1, fmt.Sprintf("it has %d octets, and a lesson at most %d", info.Size(), maxFile), "several lessons, or less in each"}}
	}
	source, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, err
	}
	l, err := Parse(name, source)
	if err == nil {
		ours, _ := fs.ReadFile(embedded, name)
		l.Own = bytes.Equal(source, ours)
	}
	return l, err
}

// Languages are those into which anything is translated.
func (lib *Library) Languages() []string {
	var langs []string
	for lang := range lib.translations {
		langs = append(langs, lang)
	}
	slices.Sort(langs)
	return langs
}

// Translation is the translation of a lesson as it is written; nil if there is
// none.
func (lib *Library) Translation(l *Lesson, lang string) *Lesson {
	return lib.translations[lang][l.Name]
}

// In is a lesson in a language, or the original where there is no translation.
func (lib *Library) In(l *Lesson, lang string) *Lesson {
	if words := lib.translations[lang][l.Name]; words != nil {
		if t, err := Translate(l, words); err == nil {
			return t
		}
	}
	return l
}

// Language is the language of the lessons that is best for a locale such as
// zh_TW.UTF-8, or a language's name.
func (lib *Library) Language(locale string) string {
	name, _, _ := strings.Cut(locale, ".")
	name = strings.ReplaceAll(name, "_", "-")
	for _, lang := range lib.Languages() {
		if strings.EqualFold(lang, name) {
			return lang
		}
	}
	first, _, _ := strings.Cut(strings.ToLower(name), "-")
	for _, lang := range lib.Languages() {
		if base, _, _ := strings.Cut(strings.ToLower(lang), "-"); base == first {
			return lang
		}
	}
	return english
}

// Find is the lesson that is meant by a name, a number, both, or the beginning of
// a name that no other has. The error says what there is.
func (lib *Library) Find(name string) (*Lesson, error) {
	word := strings.ToLower(strings.TrimSuffix(name, Suffix))
	number, rest, both := strings.Cut(word, "-")
	n, err := strconv.Atoi(number)
	var begin []*Lesson
	for _, l := range lib.Originals {
		switch {
		case l.Name == word, err == nil && n == l.Number && (!both || l.Name == rest):
			return l, nil
		case strings.HasPrefix(l.Name, word) && word != "", len(word) >= 4 && strings.Contains(l.Name, word):
			begin = append(begin, l)
		}
	}
	if len(begin) == 1 {
		return begin[0], nil
	}
	var names []string
	for _, l := range begin {
		names = append(names, l.Name)
	}
	if len(names) > 0 {
		return nil, fmt.Errorf("several lessons are meant by %s: %s", name, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("there is no lesson %s", name)
}

// Open is the lesson of that name or number, or of that file, and the library that
// it belongs to.
func Open(name string) (*Lesson, *Library, error) {
	own := Own()
	l, err := own.Find(name)
	if err == nil {
		return l, own, nil
	}
	info, statErr := os.Stat(name)
	switch {
	case statErr != nil:
		return nil, nil, err
	case info.IsDir():
		return nil, nil, fmt.Errorf("%s is a folder: one of its files is a lesson", name)
	}
	folder := os.DirFS(filepath.Dir(name))
	if l, err = readFile(folder, filepath.Base(name)); err != nil {
		return nil, nil, err
	}
	lib, _ := Read(folder)
	if l.Lang == english {
		return l, lib, nil
	}
	for _, o := range lib.Originals {
		if o.Name == l.Name {
			l, err = Translate(o, l)
			return l, lib, err
		}
	}
	return nil, nil, fmt.Errorf("%s is a translation, and the lesson that it translates is not beside it", name)
}

// Relations are what is wrong between lessons: needs that are not there, or go in
// a circle, numbers and names that two have, translations of nothing.
func (lib *Library) Relations() (faults Faults) {
	byName := make(map[string]*Lesson)
	numbers := make(map[int]*Lesson)
	for _, l := range lib.Originals {
		if o := byName[l.Name]; o != nil {
			faults = append(faults, &Fault{l.File, 1, fmt.Sprintf("%s has the same name", o.File), "a name of its own"})
		}
		if o := numbers[l.Number]; o != nil && l.Number > 0 {
			faults = append(faults, &Fault{l.File, 1, fmt.Sprintf("%s has the same number", o.File), "a number of its own"})
		}
		byName[l.Name], numbers[l.Number] = l, l
	}
	for _, l := range lib.Originals {
		for _, need := range l.Needs {
			if byName[need] == nil && !lib.beside[need] && !lib.foreign(need) {
				right := "one of: " + strings.Join(lib.names(), ", ")
				if meant, err := lib.Find(need); err == nil {
					right = meant.Name
				}
				faults = append(faults, &Fault{l.File, 2, fmt.Sprintf("needs: there is no lesson %s", need), right})
			}
		}
		if path := circle(byName, l, nil); path != nil {
			faults = append(faults, &Fault{l.File, 2, "what it needs goes in a circle: " + strings.Join(path, " needs "), "leave out one of them"})
		}
	}
	for _, lang := range lib.Languages() {
		for name, t := range lib.translations[lang] {
			if byName[name] == nil {
				faults = append(faults, &Fault{t.File, 1, "it translates nothing: there is no " + name + Suffix + " beside it", "the original's number and name, then ." + lang + Suffix})
			}
		}
	}
	slices.SortStableFunc(faults, func(a, b *Fault) int { return cmp.Compare(a.File, b.File) })
	return faults
}

// foreign reports whether a lesson is one of those that come with the program.
func (lib *Library) foreign(name string) bool {
	if lib.files == fs.FS(embedded) {
		return false
	}
	for _, l := range Own().Originals {
		if l.Name == name {
			return true
		}
	}
	return false
}

func (lib *Library) names() (names []string) {
	for _, l := range lib.Originals {
		names = append(names, l.Name)
	}
	return names
}

// circle is the way from l back to l through what each needs; nil if there is
// none.
func circle(byName map[string]*Lesson, l *Lesson, path []string) []string {
	if len(path) > 0 && path[0] == l.Name {
		return append(path, l.Name)
	}
	if slices.Contains(path, l.Name) {
		return nil // a circle of others, which they are told of
	}
	path = append(slices.Clip(path), l.Name)
	for _, need := range l.Needs {
		if next := byName[need]; next != nil {
			if found := circle(byName, next, path); found != nil {
				return found
			}
		}
	}
	return nil
}
