package packet

import (
	"fmt"
	"strings"
)

// Otherwise is the Change of a field whose former value tells nothing.
const Otherwise = "changed"

// Compare notes in the fields of now what has changed since before, which are
// the layers of another packet, and in its layers which fields are gone.
func Compare(now, before []Layer) {
	for i := range now {
		l := &now[i]
		if i >= len(before) || before[i].Name != l.Name {
			return
		}
		type key struct {
			name string
			nth  int // among those of that name
		}
		was := map[key]Field{}
		nth := map[string]int{}
		for _, f := range before[i].Fields {
			was[key{f.Name, nth[f.Name]}] = f
			nth[f.Name]++
		}
		left := len(before[i].Fields)
		seen := map[string]int{}
		for j := range l.Fields {
			f := &l.Fields[j]
			b, ok := was[key{f.Name, seen[f.Name]}]
			seen[f.Name]++
			if !ok {
				f.Change = "new"
				continue
			}
			left--
			f.Change = change(*f, b)
		}
		if left == 0 {
			continue
		}
		for _, f := range before[i].Fields {
			if seen[f.Name] == 0 {
				l.Gone = append(l.Gone, f.Name)
				seen[f.Name]++ // once
			}
		}
	}
}

// change tells how a field differs from what it was; "": not at all.
func change(now, was Field) string {
	if now.Value == was.Value {
		return ""
	}
	if now.is("Checksum") {
		return Otherwise
	}
	if !now.Counts || !was.Counts {
		return "was " + was.Value
	}
	n := int64(now.Number) - int64(was.Number)
	if now.wide() {
		n = int64(int32(uint32(now.Number) - uint32(was.Number))) // such numbers begin again at 0 (RFC 9293 3.4)
	}
	return fmt.Sprintf("%+d", n)
}

func (f Field) is(name string) bool { return strings.HasSuffix(f.Name, name) }

// wide reports whether f counts in 32 bits.
func (f Field) wide() bool { return f.Bits == 32 || f.is("Timestamps") }
