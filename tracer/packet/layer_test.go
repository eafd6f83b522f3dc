package packet

import (
	"fmt"
	"strings"
	"testing"

	"sockplay/tracer"
)

// text writes layers in short: what a test looks for.
func text(list []Layer) string {
	var b strings.Builder
	for _, l := range list {
		fmt.Fprintf(&b, "%s %d-%d", l.Name, l.From, l.To)
		if l.Quoted {
			b.WriteString(" quoted")
		}
		for _, note := range []string{l.Note, l.Fault} {
			if note != "" {
				b.WriteString(" | " + note)
			}
		}
		b.WriteByte('\n')
		for _, f := range l.Fields {
			fmt.Fprintf(&b, " %s = %s", f.Name, f.Value)
			if f.Means != "" {
				b.WriteString(" | " + f.Means)
			}
			if f.Wrong {
				b.WriteString(" !")
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func TestLayers(t *testing.T) {
	change := func(name string, at int, to ...byte) []byte {
		b := sample(t, name)
		copy(b[at:], to)
		return b
	}
	wholes := wholePackets(t)
	for _, test := range []struct {
		name string
		raw  []byte
		want []string
	}{
		{"nothing", nil, nil},
		{"version 5", []byte{0x50, 1}, []string{"Data 0-2 | of IP version 5"}},
		{"SYN", sample(t, "SYN"), []string{
			"IPv4 0-20\n", " Protocol = 6 | TCP\n", " Total Length = 60 |", " Source Address = 127.0.0.1\n", "TCP 20-60\n",
			" Header Checksum = 0x1d7f | right\n",
			" Source Port = 40000\n", " Control bits = 00000010 | SYN\n", " Window = 64240 | 64240 bytes; not scaled",
			" Checksum = 0xfe30 | unfinished", " Maximum Segment Size = 65495 |", " SACK-Permitted = kind 4 |",
			" Timestamps = 7 | TSval; TSecr is 0\n", " No-Operation = kind 1 |", " Window Scale = 10 | windows count times 1024\n",
		}},
		{"data", sample(t, "DATA"), []string{"TCP 20-52\n", "Data 52-57\n", " Header Checksum = 0x0000 | wrong: 0x3cbd would be right !", " Flags = 010 DF | do not fragment\n"}},
		{"SACK", sample(t, "SACK"), []string{" SACK = 32-48 | beyond a gap it has bytes 32 to 47\n"}},
		{"fragment", sample(t, "FRAGMENT"), []string{" Fragment Offset = 185 | in units of 8 bytes: begins at byte 1480 of", "Data 20-28 | a part of a larger packet, whose UDP header"}},
		{"fragment of IPv6", sample(t, "FRAGMENT6"), []string{"Fragment header 40-48\n", " M flag = 1 | more fragments follow\n", " Checksum = 0x0000 | not checked: it covers"}},
		{"ICMP", sample(t, "ICMP"), []string{
			"ICMP 20-28\n", " Type = 3 | destination unreachable\n", " Code = 3 | port unreachable: ", " unused = 0\n",
			"IPv4 28-48 quoted\n", "UDP 48-56 quoted\n", " Destination Port = 9999\n",
		}},
		{"ICMPv6", sample(t, "ICMP6"), []string{"ICMPv6 40-48\n", " Code = 4 | port unreachable: ", "IPv6 48-88 quoted\n", "UDP 88-96 quoted\n"}},
		{"right UDP", wholes["udp"], []string{" Checksum = ", " | right\n"}},
		{"cut in the IP header", sample(t, "SYN")[:10], []string{"IPv4 0-10 | it is cut short: it ends before Header Checksum\n"}},
		{"cut in the TCP header", sample(t, "SYN")[:30], []string{"TCP 20-30 | it is cut short: it ends before Acknowledgment Number\n", "more than the 30 bytes that are here !"}},
		{"cut in the data", sample(t, "DATA")[:55], []string{" | not checked: a part of the packet is missing\n", "Data 52-55\n"}},
		{"a short IHL", change("SYN", 0, 0x42), []string{" IHL = 2 | too short"}},
		{"a short data offset", change("SYN", 32, 0x10), []string{" Data Offset = 1 | too short", "Data 40-60 | it is not known where"}},
		{"a long data offset", change("SYN", 32, 0xf0), []string{" Data Offset = 15 | 60 bytes of header, more than the 40 that are here !"}},
		{"an option of length 0", change("SYN", 41, 0), []string{"TCP 20-60 | an option of kind 2 gives a wrong length"}},
		{"an unknown option", change("SYN", 40, 99), []string{" Option 99 = ffd7 | not known here\n"}},
		{"no flags", change("SYN", 33, 0), []string{" Control bits = 00000000 | none is set\n"}},
		{"a UDP length of 3", change("UDP", 25, 3), []string{" Length = 3 | less than the header alone !"}},
	} {
		p, _ := Decode(test.raw)
		got := text(Layers(p))
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", test.name, want, got)
			}
		}
		if test.want == nil && got != "" {
			t.Errorf("%s: %s", test.name, got)
		}
	}
}

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"SYN": "SYN", "DATA": "DATA", "SACK": "ACK", "UDP": "UDP", "FRAGMENT": "UDP fragment", "FRAGMENT6": "UDP fragment",
		"ICMP": "ICMP port unreachable", "ICMP6": "ICMP port unreachable",
	} {
		p, _ := Decode(sample(t, name))
		p.Kind = "" // as it comes back from JSON
		if got := Name(p); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for want, p := range map[string]*tracer.Packet{
		"SYN-ACK": {Proto: "tcp", Flags: []string{"SYN", "ACK"}}, "FIN-ACK": {Proto: "tcp", Flags: []string{"FIN", "PSH", "ACK"}, Len: 3},
		"no flags": {Proto: "tcp"}, "PSH": {Proto: "tcp", Flags: []string{"PSH"}}, "IP packet": {Proto: "ip"},
		"ICMP type 77 code 7": {Proto: "icmp", ICMPType: 77, ICMPCode: 7}, "ICMP parameter problem": {Proto: "icmp6", ICMPType: 4, ICMPCode: 2},
	} {
		if got := Name(p); got != want {
			t.Errorf("%v: %q, want %q", p, got, want)
		}
	}
}

// What the bytes do not say comes from the packet.
func TestLayersRelative(t *testing.T) {
	p, _ := Decode(sample(t, "DATA"))
	p.Seq, p.Ack, p.WScaled, p.Sender = 1, 6, 64512, "client:3"
	got := text(Layers(p))
	for _, want := range []string{
		" Source Port = 40000 | client:3\n", " Sequence Number = 17 | relative 1: bytes 1 to 5\n",
		" Acknowledgment Number = 33 | relative 6: awaits this\n", " Window = 63 | times 1024: 64512 bytes\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestCompare(t *testing.T) {
	syn, _ := Decode(sample(t, "SYN"))
	b := sample(t, "DATA")
	b[4] = 0x1f // Identification
	b[5] = 0x3c
	b[32+7] = 1 // Urgent Pointer
	data, _ := Decode(b)
	now := Layers(data)
	Compare(now, Layers(syn))
	got := map[string]string{}
	for _, l := range now[:2] {
		for _, f := range l.Fields {
			got[f.Name] = f.Change
		}
	}
	for name, want := range map[string]string{
		"Version": "", "Identification": "+1", "Total Length": "-3", "Sequence Number": "+1", "Acknowledgment Number": "was 0",
		"Control bits": "was 00000010", "Window": "-64177", "Timestamps": "+2", "Urgent Pointer": "+1", "Source Port": "",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	if gone := strings.Join(now[1].Gone, ", "); gone != "Maximum Segment Size, SACK-Permitted, Window Scale" {
		t.Errorf("gone: %s", gone)
	}
	b[24], b[25], b[26], b[27] = 0xff, 0xff, 0xff, 0xff // before 0 (RFC 9293 3.4)
	was, _ := Decode(b)
	now = Layers(syn)
	Compare(now, Layers(was))
	if got := now[1].Fields[2].Change; got != "+17" {
		t.Errorf("from 0xffffffff to 16: %s", got)
	}
}

// FuzzLayers: the fields of every packet lie one behind the other inside it.
func FuzzLayers(f *testing.F) {
	for name := range samples {
		b := sample(f, name)
		f.Add(b)
		f.Add(b[:len(b)-3])
	}
	for _, b := range wholePackets(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, _ := Decode(raw)
		end := 0
		for _, l := range Layers(p) {
			if l.From != end || l.To < l.From || l.To > len(raw) || l.Options < l.From || l.Options > l.To {
				t.Fatalf("%s from %d to %d, options from %d, after %d, of %d", l.Name, l.From, l.To, l.Options, end, len(raw))
			}
			end = l.To
			bits := 0
			for _, x := range l.Fields {
				if x.At != bits || x.Bits <= 0 || x.At+x.Bits > 8*(l.To-l.From) {
					t.Fatalf("%s: %s at %d, %d bits, after %d", l.Name, x.Name, x.At, x.Bits, bits)
				}
				bits = x.At + x.Bits
				for _, part := range x.Parts {
					if part.At < x.At || part.At+part.Bits > bits || part.Bits <= 0 {
						t.Fatalf("%s: %s: %s at %d, %d bits", l.Name, x.Name, part.Name, part.At, part.Bits)
					}
				}
			}
		}
	})
}
