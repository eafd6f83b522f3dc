package ladder

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"testing"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
)

// FuzzDraw draws streams of events as they could stand in any file. Nothing
// but printable text and the pen's colours may come out, in lines that fit.
func FuzzDraw(f *testing.F) {
	for _, scene := range scenes {
		if scene.name == "bulk" || scene.name == "lossy" {
			continue // too long to mutate
		}
		var s stream
		scene.play(&s)
		var text []byte
		for _, batch := range s.batches {
			for _, e := range batch {
				if e.Packet != nil && e.Packet.Payload != nil {
					p := *e.Packet
					p.Bytes = append(make([]byte, 40), p.Payload...)
					e.Packet = &p
				}
				line, err := json.Marshal(e)
				if err != nil {
					f.Fatal(err)
				}
				text = append(append(text, line...), '\n')
			}
		}
		f.Add(text, 80)
		f.Add(text, 7)
	}
	f.Fuzz(func(t *testing.T, text []byte, width int) {
		if width < 0 || width > 300 {
			return
		}
		batches := decode(text)
		draw := func(o Options) string {
			o.Width = width
			var out bytes.Buffer
			l := New(&out, o)
			for _, b := range batches {
				if err := l.Draw(b); err != nil {
					t.Fatal(err)
				}
			}
			check(t, out.String(), o)
			return out.String()
		}
		draw(Options{})
		draw(Options{Explain: 1})
		draw(Options{Explain: -1, Projector: true})
		plain := draw(Options{Pen: ink.Pen{UTF8: true}})
		for theme := range ink.Themes {
			got := draw(Options{Pen: ink.Pen{UTF8: true, Color: true, Theme: ink.Theme(theme)}})
			if got = inktest.Uncolored(got); got != plain {
				t.Errorf("colour changes the text:\n%s\n%s", got, plain)
			}
		}

		session := slices.Concat(batches...)
		parts := [][]tracer.Event{session, Last(session, 3)}
		for i := range session {
			if e := &session[i]; e.Local.IsValid() {
				parts = append(parts, Only(session, e.Local, e.Remote), Last(Only(session, e.Local, netip.AddrPort{}), 2))
				break
			}
		}
		for _, part := range parts {
			o := Options{Pen: ink.Pen{UTF8: true}, Width: width}
			check(t, redraw(t, session, part, o), o)
		}
	})
}

// decode reads the events of a stream as far as it can, a batch a command.
func decode(text []byte) (batches [][]tracer.Event) {
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		var e tracer.Event
		if d.Decode(&e) != nil {
			return batches
		}
		if len(batches) == 0 || e.Kind == tracer.KindCall || e.Kind == tracer.KindCommand {
			batches = append(batches, nil)
		}
		last := len(batches) - 1
		batches[last] = append(batches[last], e)
	}
}
