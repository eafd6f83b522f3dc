package packet

import (
	"strings"
	"testing"

	"sockplay/tracer"
)

func TestSegmentName(t *testing.T) {
	for flags, want := range map[string]string{
		"FIN PSH ACK": "FIN-ACK", "PSH ACK": "DATA", "ACK": "DATA", "ACK URG PSH": "ACK-URG", "SYN": "SYN", "PSH": "PSH", "": "no flags",
	} {
		if got := segmentName(&tracer.Packet{Flags: strings.Fields(flags), Len: 5}); got != want {
			t.Errorf("%q with data is called %q, want %q", flags, got, want)
		}
	}
}
