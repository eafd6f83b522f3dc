package tracer

import (
	"fmt"
	"testing"
)

func TestLive(t *testing.T) {
	const fresh = -1
	for _, c := range []struct {
		voids map[int64]int64 // note -> what it goes back to
		want  string
	}{
		{nil, "[1 2 3 4 5 6 7 8]"},
		{map[int64]int64{5: 2}, "[1 2 6 7 8]"},
		{map[int64]int64{4: 2, 7: 1}, "[1 8]"},
		{map[int64]int64{4: 3, 6: 5}, "[1 2 3 5 7 8]"},
		{map[int64]int64{4: fresh}, "[5 6 7 8]"},
		{map[int64]int64{2: fresh, 5: fresh, 8: 6}, "[6]"},
		{map[int64]int64{3: fresh, 6: 2}, "[7 8]"},
		{map[int64]int64{8: fresh}, "[]"},
	} {
		var events []Event
		for seq := int64(1); seq <= 8; seq++ {
			e := Event{Seq: seq, Kind: KindNote, Rewind: c.voids[seq]}
			if e.Rewind == fresh {
				e.Rewind, e.Fresh = 0, true
			}
			events = append(events, e)
		}
		var got []int64
		for _, e := range Live(events) {
			got = append(got, e.Seq)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%v: %v live, want %s", c.voids, got, c.want)
		}
	}
}
