package prose

import (
	"io"
	"strconv"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/outlook"
)

// Inspect tells of a connection's control block: its two sequence spaces from
// one edge to the next, and what else it keeps. b is nil for a socket that is no
// end of a connection; then it tells what that has instead, after the states of
// path.
func Inspect(w io.Writer, name string, s tracer.Socket, b *tracer.TCB, path []string, o Options) error {
	is := name + " is a " + s.Type + " socket"
	if s.State != "" {
		is += " in " + s.State
	}
	if has(s.Local) {
		is += ", at " + s.Local
	}
	if has(s.Remote) {
		is += ", connected to " + s.Remote
	}
	if b == nil {
		return write(w, o, stop(is), outlook.Standing(s, path), outlook.Spaceless(s, path))
	}
	texts := []string{stop(is)}
	if space, ok := outlook.SendSpace(b); ok {
		texts = append(texts, "It sends. "+stretches(space))
	}
	if space, ok := outlook.ReceiveSpace(b); ok {
		texts = append(texts, "It receives. "+stretches(space))
	}
	for _, f := range outlook.Facts(b) {
		text := f.Name + ": " + f.Value
		if f.Means != "" {
			text += ", " + f.Means
		}
		texts = append(texts, stop(lengthened(text)))
	}
	if more := outlook.MaySend(b); more != "" {
		texts = append(texts, "It may send "+stop(strings.Replace(more, ":", ", since", 1)))
	}
	if q := outlook.Queues(b); q != "" && !b.Shortened {
		texts = append(texts, "Queues: "+stop(q))
	}
	for _, t := range b.Timers {
		texts = append(texts, "In "+spoken(max(0, t.In))+" "+stop(outlook.Then(t)))
	}
	if b.Timers == nil {
		texts = append(texts, "No timer runs.")
	}
	return write(w, o, append(texts, outlook.Stub(b))...)
}

// stretches tells a sequence space, stretch by stretch.
func stretches(s outlook.Space) string {
	var parts []string
	for i, p := range s.Stretches {
		text := p.Name
		if p.Count != "" {
			text += ": " + strings.ReplaceAll(p.Count, " + ", " and ")
		}
		parts = append(parts, sentence(text))
		if i < len(s.Edges) {
			e := s.Edges[i]
			text := "then comes " + strconv.FormatUint(uint64(e.At), 10)
			if len(e.Names) > 0 {
				names := strings.Join(e.Names, ", ")
				if i := strings.LastIndex(names, ", "); i > 0 {
					names = names[:i] + " and " + names[i+2:]
				}
				text = strings.ReplaceAll(names, "+", " plus ") + " is " + strconv.FormatUint(uint64(e.At), 10)
				if len(e.Names) > 1 {
					text = strings.Replace(text, " is ", " are ", 1)
				}
			}
			parts = append(parts, sentence(text))
		}
	}
	return strings.Join(parts, " ")
}

// lengthened writes the unit of a time in full.
func lengthened(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		if unit := strings.TrimRight(w, ",;"); unit == "ms" || unit == "s" {
			full := map[string]string{"ms": "millisecond", "s": "second"}[unit]
			if i == 0 || words[i-1] != "1" {
				full += "s"
			}
			words[i] = strings.Replace(w, unit, full, 1)
		}
	}
	return strings.Join(words, " ")
}
