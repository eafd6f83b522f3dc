package diagram

import (
	"io"
	"strings"

	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/outlook"
)

// UDP draws where a UDP socket with these addresses is, of which "" and "*"
// are none: it has no states, only addresses or none.
func UDP(w io.Writer, local, remote string, o Options) error {
	return plain(w, udpFigure, "UDP has no states: nothing is agreed with the peer.", outlook.UDP(local, remote), o)
}

// Unix draws where a unix socket is.
func Unix(w io.Writer, s tracer.Socket, o Options) error {
	figure := streamFigure
	if s.Type == "unixgram" {
		figure = datagramFigure
	}
	return plain(w, figure, "A unix socket has no states of TCP's: no packets, no handshake.", outlook.Unix(s), o)
}

const udpFigure = `
  unbound ─── bind() or sendto() ───▶ bound ───── connect() ─────▶ connected
     │                                                                 ▲
     ╰─────────────────────────── connect() ───────────────────────────╯
`

const datagramFigure = `
  unbound ──────── bind() ────────▶ bound ────── connect() ──────▶ connected
     │                                                                 ▲
     ╰─────────────────────────── connect() ───────────────────────────╯
`

const streamFigure = `
  unbound ──────── bind() ────────▶ bound ─────── listen() ──────▶ listening
     │                                │
     ╰────────────────────────────────┴────────── connect() ─────▶ connected
`

// plainCols is the width of these figures and the place for a mark.
const plainCols = 77

// plainLists stand for the figures where they do not fit.
var plainLists = map[string]string{
	udpFigure: "  unbound  bound  connected", datagramFigure: "  unbound  bound  connected",
	streamFigure: "  unbound  bound  listening  connected",
}

func plain(w io.Writer, drawn, remark string, look outlook.Outlook, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	if o.Compact {
		o.Width = min(o.Width, compactCols)
	}
	if o.Width < plainCols {
		drawn = plainLists[drawn]
	}
	d := drawing{Options: o}
	for line := range strings.SplitSeq(strings.Trim(drawn, "\n"), "\n") {
		d.draw(line, func(word string) rune {
			if word == look.State {
				return lit
			}
			return 0
		})
	}
	d.legend(look)
	d.fill("  ", remark, ink.Calm)
	_, err := io.WriteString(w, d.out.String())
	return err
}
