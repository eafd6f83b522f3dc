package progress

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// encode writes a record for people too: a name a line, in an order that is
// always the same, and nothing in it that a terminal would obey.
func encode(r Record) []byte {
	var w writer
	r.Version = version
	w.object(&r)
	w.WriteByte('\n')
	return printable(w.Bytes())
}

// writer writes an object, further in for each that it stands in.
type writer struct {
	bytes.Buffer
	depth int
}

// object writes an object: its fields that are not empty, then what is unknown.
func (w *writer) object(o object) {
	w.open()
	first := true
	for _, f := range o.fields() {
		if !empty(f.value) {
			w.name(f.name, &first)
			w.value(f.value)
		}
	}
	more := *o.unknown()
	for _, name := range slices.Sorted(maps.Keys(more)) {
		w.name(name, &first)
		_ = json.Compact(&w.Buffer, more[name]) // it has been read as JSON
	}
	w.close(first)
}

func (w *writer) value(pointer any) {
	switch p := pointer.(type) {
	case *map[string]*Lesson:
		objects(w, *p, func(a, b *Lesson) int { return cmp.Compare(a.Number, b.Number) })
	case *map[string]*Step:
		objects(w, *p, func(a, b *Step) int { return cmp.Compare(a.Order, b.Order) })
	case *time.Time:
		w.plain(moment(*p).Format(time.RFC3339))
	default:
		w.plain(reflect.ValueOf(p).Elem().Interface())
	}
}

// objects writes a map, ordered by what is in it, then by name.
func objects[T any, P interface {
	*T
	object
}](w *writer, m map[string]P, order func(a, b P) int) {
	w.open()
	first := true
	for _, name := range slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if m[a] == nil || m[b] == nil { // they are not written
			return cmp.Compare(a, b)
		}
		return cmp.Or(order(m[a], m[b]), cmp.Compare(a, b))
	}) {
		if m[name] != nil {
			w.name(name, &first)
			w.object(m[name])
		}
	}
	w.close(first)
}

func (w *writer) open() {
	w.WriteByte('{')
	w.depth++
}

func (w *writer) name(name string, first *bool) {
	if !*first {
		w.WriteByte(',')
	}
	*first = false
	w.line()
	w.plain(name)
	w.WriteString(": ")
}

func (w *writer) close(empty bool) {
	w.depth--
	if !empty {
		w.line()
	}
	w.WriteByte('}')
}

func (w *writer) line() {
	w.WriteString("\n" + strings.Repeat("  ", w.depth))
}

// plain writes a value in one line. By itself
// encoding/json escapes < and &, too.
func (w *writer) plain(v any) {
	e := json.NewEncoder(&w.Buffer)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // strings and numbers cannot fail
	w.Truncate(w.Len() - 1)
}

// empty tells whether there is nothing to write.
func empty(pointer any) bool {
	switch v := reflect.ValueOf(pointer).Elem(); v.Kind() {
	case reflect.Map, reflect.Slice:
		return v.Len() == 0
	case reflect.Struct: // a time
		return moment(v.Interface().(time.Time)).IsZero()
	default:
		return v.IsZero()
	}
}

// printable escapes what cannot be seen in the strings of JSON, so that a
// terminal can be shown it. It is the same JSON.
func printable(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			out = append(out, `\ufffd`...)
		case r == '\n' || visible(r):
			out = append(out, data[i:i+n]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += n
	}
	return out
}

// visible tells whether a terminal shows a character and obeys nothing in it.
// Two that it does not show are parts of words, and of emoji.
func visible(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.IsGraphic(r) || r == nonJoiner || r == joiner
}
