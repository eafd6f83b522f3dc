package playground

import (
	"context"
	"fmt"
	"strings"

	"sockplay/tracer/ink"
)

// stop is one step of the tour: what is said before it, and the line that Enter
// types.
type stop struct{ words, line string }

// stops are the tour: five steps to the handshake, and the rest of a
// connection's life for who goes on.
var stops = []stop{
	{"The server makes a socket: an endpoint, named by a number.", "server: socket tcp"},
	{"It gives it an address, where it can be called: port 8080 of this machine.", "server: bind 3 127.0.0.1:8080"},
	{"And it takes calls from now on. Watch the state: CLOSED becomes LISTEN.", "server: listen 3"},
	{"The client makes a socket of its own.", "client: socket tcp"},
	{"Now it calls. Three packets will cross the wire: the three-way handshake.", "client: connect 3 127.0.0.1:8080"},
	{"Connected, and the server has not even asked: its stack did it. accept takes the caller.", "server: accept 3"},
	{"The client says something. Data goes one way, its acknowledgement the other.", `client: write 3 "hello"`},
	{"It waits in the server's stack until somebody reads.", "server: read 4 100"},
	{"The client hangs up: a FIN. The server's side is not closed yet.", "client: close 3"},
	{"The server hangs up too. Whoever closed first waits in TIME-WAIT.", "server: close 4"},
	{"That was a connection's life. Here is what is left of it.", "sockets"},
}

// tour begins the guided tour, in a fresh sandbox.
func (g *playground) tour(ctx context.Context) {
	if len(g.session.Lines()) > 0 {
		g.yesOrNo("The tour begins in a fresh sandbox, and what is here goes.\ngo on?", func(context.Context) bool {
			if err := g.reset(); err != nil {
				g.screen.Complain(err)
				return false
			}
			g.stop(0)
			return false
		}, func() { g.screen.Say(ink.Calm, "  ", "all is as it was; save FILE keeps what is here") })
		return
	}
	g.stop(0)
}

// stop offers step n.
func (g *playground) stop(n int) {
	if n == len(stops) {
		g.screen.Say(ink.Yours, "  ", "The end of the tour. All is yours now: ladder draws it once more, diagram client:3 shows the states, why TIME-WAIT explains one; reset begins anew.")
		return
	}
	g.away()
	s := stops[n]
	if n == 0 {
		g.screen.Say(ink.Calm, "  ", "Enter goes on; q leaves the tour, and so does any command of your own.")
	}
	g.screen.Print("\n")
	g.screen.Say(ink.Yours, fmt.Sprintf("  %d of %d  ", n+1, len(stops)), s.words)
	g.ask("next ("+s.line+"):", 2, dialog{
		answer: func(ctx context.Context, line string) bool {
			switch strings.TrimSpace(line) {
			case "":
				quit := g.line(ctx, s.line)
				if !quit && ctx.Err() == nil {
					g.stop(n + 1)
				}
				return quit
			case "q", "quit", "leave":
				g.leave()
				return false
			}
			g.leave()
			return g.command(ctx, line)
		},
		leave: g.leave,
	})
}

// leave ends the tour, with the sandbox as it is.
func (g *playground) leave() {
	g.screen.Say(ink.Calm, "  ", "The tour is over; everything is as it was left. tour begins it again.")
}

// reset begins anew.
func (g *playground) reset() error {
	_, err := g.player.Line(context.Background(), "reset")
	return err
}
