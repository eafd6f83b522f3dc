package beside

import (
	"bytes"
	"testing"
	"time"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
)

const place = "127.0.0.1:7000"

// put makes the events of a packet; to the server if right.
func put(n int, right bool, at, arrived int, how tracer.Fate, kind string) []tracer.Event {
	p := &tracer.Packet{Number: n, Kind: kind, Src: place, Dst: "127.0.0.1:40000"}
	if right {
		p.Src, p.Dst = p.Dst, p.Src
	}
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	events := []tracer.Event{{Kind: tracer.KindPacket, At: ms(at), Fate: tracer.Sent, Packet: p}}
	if how != "" {
		events = append(events, tracer.Event{Kind: tracer.KindPacket, At: ms(arrived), Fate: how, Packet: p})
	}
	return events
}

func sides() (a, b Side) {
	name := func(p *tracer.Packet) string { return p.Kind }
	a = Side{Title: "TCP", Server: place, Name: name, Marks: []Mark{{12 * time.Millisecond, "one read: #1-2"}}}
	for _, e := range [][]tracer.Event{
		put(1, true, 0, 10, tracer.Delivered, "SYN"), put(2, false, 10, 20, tracer.Delivered, "SYN-ACK"), put(3, true, 20, 0, tracer.Dropped, "a name that is much too long for its arrow, and more"),
		put(4, false, 99999, 100009, tracer.Delivered, "ACK"), put(5, true, 100009, 0, "", "on its way"), put(6, false, 100010, 0, tracer.Dropped, "lost"),
	} {
		a.Events = append(a.Events, e...)
	}
	copied := *a.Events[1].Packet
	copied.Number = 9
	a.Events = append(a.Events[:1:1], append([]tracer.Event{{Kind: tracer.KindPacket, Fate: tracer.Copied, Packet: &copied}}, a.Events[1:]...)...)
	b = Side{Title: "UDP", Server: place, Name: name}
	b.Events = append(put(1, true, 0, 10, tracer.Delivered, "#1"), put(2, true, 5, 15, tracer.Delivered, "#2")...)
	return a, b
}

var forms = map[string]Options{
	"80":    {Pen: ink.Pen{UTF8: true}},
	"ascii": {},
	"60":    {Pen: ink.Pen{UTF8: true}, Width: 60},
	"color": {Pen: ink.Pen{UTF8: true, Color: true}},
}

func TestGolden(t *testing.T) {
	for name, o := range forms {
		a, b := sides()
		var out bytes.Buffer
		more, err := Draw(&out, a, b, o)
		if err != nil || more != [2]int{} {
			t.Errorf("%v, %v", more, err)
		}
		if err := Table(&out, "TCP", "UDP", []Line{{"messages sent", "10", "1,000", false}, {"  lost", "0", "2", true}}, o); err != nil {
			t.Fatal(err)
		}
		inktest.Fits(t, out.String(), o.Pen, 80)
		inktest.Golden(t, "both."+name, out.String())
		o.Rows = 3
		out.Reset()
		if more, _ := Draw(&out, a, b, o); more != [2]int{5, 0} {
			t.Errorf("%d, %d packets have no room", more[0], more[1])
		}
	}
	a, b := sides()
	var out bytes.Buffer
	if err := Tell(&out, a, b, Options{Rows: 6}); err != nil {
		t.Fatal(err)
	}
	inktest.Golden(t, "told", out.String())
}
