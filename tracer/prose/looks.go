package prose

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/outlook"
	"sockplay/tracer/packet"
)

// write writes paragraphs.
func write(w io.Writer, o Options, texts ...string) error {
	var b bytes.Buffer
	for _, text := range texts {
		if text != "" {
			say(&b, o, text)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Sockets tells of each socket in a sentence.
func Sockets(w io.Writer, rows []tracer.Socket, o Options) error {
	if len(rows) == 0 {
		return write(w, o, "There are no sockets yet. Try: socket tcp.")
	}
	var texts []string
	for _, s := range rows {
		texts = append(texts, socket(s))
	}
	return write(w, o, texts...)
}

func socket(s tracer.Socket) string {
	text := s.Process + ":" + strconv.Itoa(s.FD) + " is a " + s.Type + " socket"
	switch {
	case s.Process == "":
		text = "There is a " + s.Type + " socket that no process owns"
	case s.FD == 0:
		text = s.Process + " has closed a " + s.Type + " socket that lives on"
	}
	switch {
	case has(s.Local):
		text += " at " + s.Local
	case has(s.Remote):
	default:
		text += " without an address"
	}
	if has(s.Remote) {
		text += ", connected to " + s.Remote
	}
	if s.State != "" {
		text += ", in " + s.State
	}
	if s.Left > 0 {
		text += " for " + spoken(s.Left) + " more"
	}
	switch {
	case s.State == "LISTEN":
		text += fmt.Sprintf("; %d of %d callers wait for accept", s.RecvQ, s.SendQ+1) // one more than the backlog
	case s.RecvQ > 0:
		text += "; " + octets(s.RecvQ) + " to be read"
	}
	if s.State != "LISTEN" && s.SendQ > 0 {
		text += "; " + octets(s.SendQ) + " that the peer has not taken"
	}
	if s.Blocked != "" {
		text += "; blocked in " + s.Blocked
	}
	return stop(text)
}

func has(addr string) bool { return addr != "" && addr != "*" }

// Diagram tells where a TCP socket is in the state diagram, which states it
// has passed, and what would move it on. Without a socket it tells the whole
// diagram.
func Diagram(w io.Writer, socket, state string, path []string, o Options) error {
	look, ok := outlook.TCP(state, path)
	if !ok {
		texts := []string{"TCP's states, and what leads from each to the next."}
		for _, name := range outlook.Names {
			look, _ := outlook.TCP(name, nil)
			texts = append(texts, "From "+name+": "+look.Prose())
		}
		return write(w, o, texts...)
	}
	if socket == "" {
		socket = "it"
	}
	if n := len(path); n > 0 && path[n-1] == state {
		path = path[:n-1]
	}
	texts := []string{sentence(socket + " is in " + state)}
	if len(path) > 0 {
		texts = append(texts, "It came through "+strings.Join(path, ", ")+".")
	}
	if look.Over {
		texts = append(texts, sentence(look.Prose()))
	} else {
		texts = append(texts, "From here: "+look.Prose())
	}
	return write(w, o, strings.Join(texts, " "))
}

// Plain tells where a socket without TCP's states is, of which UDP's and
// those of unix sockets are.
func Plain(w io.Writer, s tracer.Socket, o Options) error {
	look := outlook.Unix(s)
	if strings.HasPrefix(s.Type, "udp") {
		look = outlook.UDP(s.Local, s.Remote)
	}
	return write(w, o, fmt.Sprintf("%s:%d is %s: %s", s.Process, s.FD, look.State, look.Prose()))
}

// Packet tells of every field of a packet. before is the packet to compare it
// with, or nil.
func Packet(w io.Writer, q, before *tracer.Packet, o Options) error {
	layers := packet.Layers(q)
	m := newMemory()
	texts := []string{stop(fmt.Sprintf("Packet %d is %s, %s, from %s to %s", q.Number, packet.Name(q), octets(len(q.Bytes)), m.party(q.Sender, q.Src), m.party(q.Receiver, q.Dst)))}
	if before != nil {
		packet.Compare(layers, packet.Layers(before))
		texts = append(texts, fmt.Sprintf("What is other than in packet %d is said to have changed.", before.Number))
	}
	if q.Malformed != "" {
		texts = append(texts, "It is malformed: "+stop(words(q.Malformed)))
	}
	for i := range layers {
		texts = append(texts, layer(&layers[i], q, o)...)
	}
	return write(w, o, texts...)
}

func layer(l *packet.Layer, q *tracer.Packet, o Options) []string {
	name := l.Name
	if l.Quoted {
		name = "Quoted " + name
	}
	if l.Fields == nil && l.Fault == "" {
		text := name + ": " + stop(o.quote(q.Bytes[l.From:l.To]))
		if l.Note != "" {
			text += " " + sentence(l.Note)
		}
		return []string{text}
	}
	text := name + ", " + octets(l.To-l.From)
	if l.Source != "" && o.Explain >= 0 {
		text += ", as in " + l.Source
	}
	texts := []string{stop(text)}
	for i, f := range l.Fields {
		if f.Name == "No-Operation" && i > 0 && l.Fields[i-1].Name == f.Name {
			continue
		}
		texts = append(texts, field(f))
		for _, part := range f.Parts {
			if part.Bits == 1 && part.Value == "1" {
				texts = append(texts, stop(part.Name+" is set: "+part.Means))
			}
		}
	}
	if l.Fault != "" {
		texts = append(texts, sentence(l.Fault))
	}
	if len(l.Gone) > 0 {
		texts = append(texts, "Gone since: "+strings.Join(l.Gone, ", ")+".")
	}
	if l.Note != "" {
		texts = append(texts, sentence(l.Note))
	}
	return texts
}

func field(f packet.Field) string {
	text := f.Name + ": " + f.Value
	if f.Means != "" {
		text += ", " + f.Means
	}
	n, counted := strings.CutPrefix(f.Change, "+")
	less, down := strings.CutPrefix(f.Change, "-")
	switch {
	case f.Change == "":
	case counted:
		text += "; more by " + n
	case down:
		text += "; less by " + less
	case f.Change == packet.Otherwise:
		text += "; it has changed"
	case f.Change == "new":
		text += "; it is new"
	default:
		text += "; it " + f.Change
	}
	return stop(text)
}
