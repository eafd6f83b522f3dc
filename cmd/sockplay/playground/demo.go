package playground

import (
	"context"
	"fmt"
	"strings"

	"sockplay/cmd/sockplay/player"
	"sockplay/lessons/scenes"
	"sockplay/sandbox"
	"sockplay/sandbox/command"
	"sockplay/tracer/ink"
)

// demo plays a scene in a fresh sandbox, or lists those that there are.
func (g *playground) demo(ctx context.Context, name string) {
	switch name {
	case "":
		for _, s := range scenes.All() {
			g.screen.Print(s.Row())
		}
		g.screen.Print(scenes.VersusRow)
		return
	case scenes.Versus:
		look := g.Config.Screen
		look.Styles = g.screen.Styles()
		text, err := g.Compare(ctx, look)
		if err != nil {
			g.screen.Complain(err)
			return
		}
		g.screen.Print(text)
		g.screen.Say(ink.Calm, "  ", "The sandbox here is as it was. sockplay demo tcp-vs-udp --help tells what else can be compared.")
		return
	}
	s, err := scenes.Open(name)
	here := g.session.Sandbox.Stack().Name()
	question, fresh := "The scene begins in a fresh sandbox, and what is here goes.\ngo on?", g.reset
	switch {
	case err != nil:
	case s.For(here):
		if len(g.session.Lines()) == 0 {
			g.begin(s)
			return
		}
	case s.Stack == "user":
		question = fmt.Sprintf("%s plays on the user stack, and this is the %s stack. It begins in a fresh sandbox of the user stack, which stays until exit; what is here goes.\ngo on?", s.Name, here)
		fresh = g.toUser
	default:
		err = &command.Error{Wrong: fmt.Sprintf("%s plays on the %s stack", s.Name, s.Stack), Right: "sockplay demo " + s.Name}
	}
	if err != nil {
		g.screen.Complain(err)
		return
	}
	g.yesOrNo(question, func(context.Context) bool {
		if err := fresh(); err != nil {
			g.screen.Complain(err)
			return false
		}
		g.begin(s)
		return false
	}, func() { g.screen.Say(ink.Calm, "  ", "all is as it was; save FILE keeps what is here") })
}

// toUser begins anew on the user stack.
func (g *playground) toUser() error {
	renew := g.player.Renew
	g.player.Renew = func(old sandbox.Stack) (sandbox.Stack, error) {
		fresh, err := g.User()
		if err == nil {
			old.Close()
		}
		return fresh, err
	}
	err := g.reset()
	if err == nil {
		g.session.Again = g.User
	}
	g.player.Renew = renew // which gives another of the kind that there is
	return err
}

// begin begins a scene.
func (g *playground) begin(s *scenes.Scene) {
	g.away()
	g.screen.Say(ink.Yours, "  ", fmt.Sprintf("%s: %s (%s)", s.Name, s.Title, strings.Join(s.RFC, ", ")))
	g.screen.Say(ink.Calm, "  ", fmt.Sprintf("On the %s stack: Enter goes on, b goes back, q leaves, to go on by hand.", g.session.Sandbox.Stack().Name()))
	g.scene(scenes.Begin(s, g.session, player.Stage{Player: g.player}))
}

// scene asks for the next step.
func (g *playground) scene(p *scenes.Play) {
	question := fmt.Sprintf("%s, step %d of %d (Enter, b, q):", p.Scene.Name, p.Next()+1, len(p.Scene.Steps))
	if p.Over() {
		question = fmt.Sprintf("%s is over (q or any command; b goes back):", p.Scene.Name)
	}
	g.ask(question, 2, dialog{
		answer: func(ctx context.Context, line string) bool {
			switch strings.TrimSpace(line) {
			case "":
				if p.Over() {
					g.left()
				} else {
					g.play(ctx, p)
				}
				return false
			case "b", "back":
				err := p.Back(ctx)
				g.screen.Draw()
				if err != nil {
					g.screen.Complain(err)
				} else {
					g.screen.Say(ink.Calm, "  ", fmt.Sprintf("step %d is undone: all is as it was before it", p.Next()+1))
				}
				g.scene(p)
				return false
			case "q", "quit", "leave":
				g.left()
				return false
			}
			if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); !g.session.IsCommand(line) || looks(word) {
				if g.command(ctx, line) {
					return true
				}
				g.resume(p)
				return false
			}
			g.left()
			return g.command(ctx, line)
		},
		leave: g.left,
	})
}

// resume goes on with a scene after a look or a slip, and after the answer to what
// the look has asked for.
func (g *playground) resume(p *scenes.Play) {
	if g.dialog == nil {
		g.scene(p)
		return
	}
	asked := *g.dialog
	g.dialog = &dialog{prompt: asked.prompt, line: asked.line, leave: asked.leave, answer: func(ctx context.Context, line string) bool {
		if asked.answer(ctx, line) {
			return true
		}
		g.resume(p)
		return false
	}}
}

// looks reports whether a command only looks at what there is.
func looks(name string) bool {
	c := command.Lookup(name)
	return c != nil && c.Group == command.Look
}

// play plays the next step. A scene that goes wrong gives the prompt back.
func (g *playground) play(ctx context.Context, p *scenes.Play) {
	if err := p.Step(ctx); err != nil {
		g.complain(err)
		g.left()
		return
	}
	g.scene(p)
}

// left says that a scene is left.
func (g *playground) left() {
	g.screen.Say(ink.Calm, "  ", "The sandbox is yours, as the scene has left it. demo lists the scenes.")
}
