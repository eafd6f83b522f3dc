package tracer

import (
	"encoding/json"
	"strings"
	"testing"
)

// What makes other events void is there where it applies, and only there.
func TestVoid(t *testing.T) {
	for want, e := range map[string]Event{
		`"rewind":7`:   {Kind: KindNote, Text: "undone", Rewind: 7},
		`"fresh":true`: {Kind: KindNote, Text: "reset", Fresh: true},
	} {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back Event
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), want) || back.Rewind != e.Rewind || back.Fresh != e.Fresh {
			t.Errorf("want %s, and the same again: %s, %+v", want, b, back)
		}
	}
	if b, _ := json.Marshal(Event{Kind: KindNote}); strings.Contains(string(b), "fresh") || strings.Contains(string(b), "rewind") {
		t.Errorf("a note that makes nothing void: %s", b)
	}
}
