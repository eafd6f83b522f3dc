package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"sockplay/tracer"
	"sockplay/tracer/capture"
	"sockplay/tracer/packet"
	"sockplay/tracer/track"
)

// maxCapture bounds the size of a capture that is drawn, in octets.
const maxCapture = 1 << 30

func newTrace(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "trace CAPTURE",
		Short: "draw a saved pcap or pcapng",
		Long: `Draw a saved capture as if it had happened here: each connection's packets, and
the states that follow from them. What --format json printed is drawn again as
well, the calls with it.`,
		Example: "  sockplay trace out.pcapng\n  sockplay trace --format json tcpdump.pcap\n  sockplay run --format json hello.sock > hello.json; sockplay trace hello.json",
		Args:    oneFile("capture"),
		RunE: func(_ *cobra.Command, args []string) error {
			return trace(o, args[0])
		},
	}
}

// trace draws the capture of that name.
func trace(o *options, name string) error {
	info, err := os.Stat(name)
	if err == nil && info.Size() > maxCapture {
		return &exit{failed, fmt.Sprintf("sockplay: %s has %d bytes, more than 1 GiB\n  try: a part of it (editcap cuts captures)", name, info.Size())}
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return &exit{failed, fmt.Sprintf("sockplay: the capture %s cannot be read: %s\n  try: sockplay trace FILE, with a pcap or pcapng file", name, cause(err))}
	}
	if bytes.HasPrefix(data, []byte("{")) {
		return replay(o, name, data)
	}
	var now time.Duration
	log := &tracer.Log{}
	scr, err := newScreen(o, log, time.Unix(0, 0))
	if err != nil {
		return err
	}
	t := track.New(log, func() time.Duration { return now })
	n := 0
	skipped, err := capture.Read(data, func(p capture.Packet) error {
		now = max(now, p.At)
		info, header := packet.Decode(p.Bytes)
		n++
		info.Number = n
		t.Observe(info, header, tracer.Captured, 0)
		return nil
	})
	if closeErr := scr.Close(); err == nil && closeErr != nil {
		return outputError(closeErr)
	}
	if skipped > 0 {
		fmt.Fprintf(o.err, "%d frames hold no IP packet and were left out\n", skipped)
	}
	switch {
	case errors.Is(err, capture.ErrFormat):
		return &exit{failed, fmt.Sprintf("sockplay: %s: %s\n  try: a file that sockplay --pcap, tcpdump -w or Wireshark has written", name, err)}
	case err != nil:
		return &exit{failed, fmt.Sprintf("sockplay: %s: %s\n  what came before it is drawn above", name, err)}
	}
	return nil
}

// replay draws a saved stream of events, each command after its line.
func replay(o *options, name string, data []byte) error {
	scr, err := newScreen(o, &tracer.Log{}, time.Unix(0, 0))
	if err != nil {
		return err
	}
	n := 0
	for l := range bytes.Lines(data) {
		n++
		var e tracer.Event
		if err := json.Unmarshal(l, &e); err != nil {
			scr.Close()
			return &exit{failed, fmt.Sprintf("sockplay: %s:%d: this is no event: %s\n  try: what sockplay run --format json has printed (docs/events.md)", name, n, err)}
		}
		if p := e.Packet; p != nil { // what the format leaves to the bytes
			d, _ := packet.Decode(p.Bytes)
			p.Kind, p.Payload = d.Kind, d.Payload
		}
		switch e.Kind {
		case tracer.KindCall:
			scr.Draw()
			scr.Echo(e.Process, e.Typed())
		case tracer.KindCommand:
			scr.Draw()
			scr.Echo(e.Process, e.Text)
		case tracer.KindExpect:
			scr.Draw()
		}
		scr.Add(e)
	}
	if err := scr.Close(); err != nil {
		return outputError(err)
	}
	return nil
}
