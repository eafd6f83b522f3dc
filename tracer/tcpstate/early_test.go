package tcpstate

import "testing"

func TestSpans(t *testing.T) {
	for _, c := range []struct {
		name string
		add  []span
		from uint32
		end  uint32
		fin  bool
		left int
	}{
		{"none", nil, 10, 10, false, 0},
		{"beyond a gap", []span{{20, 30, false}}, 10, 10, false, 1},
		{"next", []span{{10, 20, false}}, 10, 20, false, 0},
		{"before", []span{{1, 5, false}}, 10, 10, false, 0},
		{"two that touch", []span{{20, 30, false}, {10, 20, false}}, 10, 30, false, 0},
		{"two that overlap", []span{{10, 25, false}, {20, 30, false}}, 10, 30, false, 0},
		{"a gap between", []span{{25, 30, false}, {10, 20, false}}, 10, 20, false, 1},
		{"the gap filled", []span{{25, 30, false}, {10, 20, false}, {20, 25, false}}, 10, 30, false, 0},
		{"FIN last", []span{{20, 21, true}, {10, 20, false}}, 10, 21, true, 0},
		{"FIN first: what follows stays", []span{{10, 20, true}, {25, 30, false}}, 10, 20, true, 1},
		{"FIN first: what touches it stays", []span{{10, 20, true}, {20, 30, false}}, 10, 20, true, 1},
		{"FIN covered by data", []span{{20, 21, true}, {15, 25, false}}, 15, 25, false, 0},
		{"FIN inside data", []span{{15, 25, false}, {20, 21, true}}, 15, 25, false, 0},
		{"over the wrap", []span{{0xfffffff0, 5, false}, {5, 9, false}}, 0xfffffff0, 9, false, 0},
	} {
		var q spans
		for _, s := range c.add {
			q.add(s)
		}
		end, fin := q.through(c.from)
		if end != c.end || fin != c.fin || q.n != c.left {
			t.Errorf("%s: reaches %d, FIN %t, %d left; want %d, %t, %d", c.name, end, fin, q.n, c.end, c.fin, c.left)
		}
	}
}

func TestSpansWithoutRoom(t *testing.T) {
	var q spans
	for i := range uint32(40) {
		q.add(span{10 * i, 10*i + 5, false})
	}
	if q.n != len(q.at) {
		t.Fatalf("%d spans", q.n)
	}
	q.add(span{1000, 1001, true})
	if q.n != len(q.at) || !q.finAt(1001) {
		t.Error("a FIN finds no room")
	}
	if end, _ := q.last(); end != 1001 {
		t.Errorf("the last span ends at %d", end)
	}
}
