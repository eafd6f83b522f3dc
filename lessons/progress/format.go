package progress

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// version is that of the file's format. A file of a later one is neither
// understood nor written.
const version = 1

// most is how large a file may be, in octets.
const most = 4 << 20

// field is a name in an object of the file, and where its value stands.
type field struct {
	name  string
	value any // a pointer
}

// object is what is an object in the file. Its names that are not fields are
// kept as they are: encoding/json alone would drop them.
type object interface {
	fields() []field
	unknown() *map[string]json.RawMessage
}

// damaged says why what is in a file is no record.
type damaged string

func (d damaged) Error() string { return string(d) }

// newer is the version of a file that a later program has written.
type newer string

func (n newer) Error() string { return "its version is " + string(n) }

// decode reads a record.
func decode(data []byte) (Record, error) {
	r := Record{}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors write one
	switch v, err := versionOf(data); {
	case len(bytes.TrimSpace(data)) == 0:
		return r, damaged("it is empty")
	case err == nil && later(v):
		return r, newer(v)
	case len(data) > most:
		return r, damaged("it is larger than 4 MiB")
	case !json.Valid(data):
		return r, damaged("it is not JSON, or not all of it")
	case err != nil || v != "1":
		return r, damaged("it is another kind of file")
	}
	if err := read(&r, data); err != nil {
		return Record{}, err
	}
	r.Version = version
	return r, nil
}

// versionOf is the version that a file says it is of. The rest of a later
// version may be anything, and need not be there.
func versionOf(data []byte) (json.Number, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return "", errors.New("no object")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return "", err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return "", err
		}
		if name != "version" {
			continue
		}
		var v json.Number
		if value[0] == '"' { // which a json.Number would take
			return "", errors.New("no number")
		}
		err = json.Unmarshal(value, &v)
		return v, err
	}
	return "", errors.New("no version")
}

func later(v json.Number) bool {
	n, err := v.Float64()
	return err == nil && n > version
}

// read sets an object's fields, and keeps what else there is.
func read(o object, data json.RawMessage) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return damaged("something in it is no object, and should be")
	}
	for _, f := range o.fields() {
		raw, there := all[f.name]
		if !there {
			continue
		}
		delete(all, f.name)
		var err error
		switch p := f.value.(type) {
		case *map[string]*Lesson:
			err = readAll(raw, p)
		case *map[string]*Step:
			err = readAll(raw, p)
		case *time.Time:
			err = json.Unmarshal(raw, p)
			*p = moment(*p)
		default:
			err = json.Unmarshal(raw, p)
		}
		var inside damaged
		switch {
		case errors.As(err, &inside):
			return inside
		case err != nil:
			return damaged(fmt.Sprintf("%q in it is not what it should be", f.name))
		}
	}
	if len(all) > 0 {
		*o.unknown() = all
	}
	return nil
}

// readAll reads the objects of a map. One that is null is none.
func readAll[T any, P interface {
	*T
	object
}](data json.RawMessage, m *map[string]P) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	for name, raw := range all {
		if string(raw) == "null" {
			continue
		}
		if *m == nil {
			*m = map[string]P{}
		}
		one := P(new(T))
		if err := read(one, raw); err != nil {
			return err
		}
		(*m)[name] = one
	}
	return nil
}

// moment is a time as the file has it: UTC, in seconds. One that RFC 3339 cannot
// write is none.
func moment(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Second)
	if t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}
