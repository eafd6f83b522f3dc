package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sockplay/cmd/sockplay/player"
	"sockplay/cmd/sockplay/playground"
	"sockplay/cmd/sockplay/repl"
	"sockplay/lessons/scenes"
	"sockplay/tracer/ink"
)

func newDemo(o *options) *cobra.Command {
	noPause, speed := false, 0.0
	cmd := &cobra.Command{
		Use:   "demo [SCENE]",
		Short: "list the scenes, or play one",
		Long: `Play a scene about TCP or UDP, live, step by step: Enter goes on, b goes back
(user stack), q leaves it at the prompt, with the sandbox as it is. SCENE is one
of the list, or a file of your own. Without a name the scenes are listed.`,
		Example: "  sockplay demo\n  sockplay demo handshake\n  sockplay demo --no-pause --plain handshake\n  sockplay demo my.scene",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, s := range scenes.All() {
				names = append(names, s.Name+"\t"+s.Title)
			}
			return names, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, s := range scenes.All() {
					fmt.Fprint(o.out, s.Row())
				}
				fmt.Fprint(o.out, scenes.VersusRow)
				return nil
			}
			if speed < 0 {
				return fmt.Errorf("--speed is how many steps a second, such as 0.5; not %g", speed)
			}
			s, err := scenes.Open(args[0])
			if err != nil {
				return &exit{failed, "sockplay: " + err.Error()}
			}
			return demo(cmd.Context(), o, s, noPause, speed)
		},
	}
	cmd.AddCommand(newVersus(o))
	cmd.Flags().BoolVar(&noPause, "no-pause", false, "play to the end, without waiting for Enter")
	cmd.Flags().Float64Var(&speed, "speed", 0, "so many steps a second, by themselves; 0 waits for Enter")
	return cmd
}

// demo plays a scene: at the prompt or, without a terminal or pauses, to its end.
func demo(ctx context.Context, o *options, s *scenes.Scene, noPause bool, speed float64) error {
	if !o.suit(s) {
		return &exit{failed, fmt.Sprintf("sockplay: %s plays on the %s stack\n  try: sockplay demo %s, without --stack", s.Name, s.Stack, s.Name)}
	}
	if !noPause && speed == 0 && repl.Available() && o.format == "ladder" {
		return interactWith(ctx, o, func(c *playground.Config) { c.Scene = s })
	}
	p, leave, err := newPlayer(o)
	if err != nil {
		return err
	}
	defer leave()
	scr := p.Screen
	play := scenes.Begin(s, p.Session, player.Stage{Player: p})
	scr.Say(ink.Yours, "  ", fmt.Sprintf("%s: %s", s.Name, s.Title))
	for !play.Over() {
		if speed > 0 && play.Next() > 0 {
			select {
			case <-time.After(time.Duration(float64(time.Second) / speed)):
			case <-ctx.Done():
				return interrupted(ctx, s.Name)
			}
		}
		scr.Print("\n")
		if err := play.Step(ctx); err != nil {
			_ = scr.Close()
			if ctx.Err() != nil {
				return interrupted(ctx, s.Name)
			}
			return &exit{failed, err.Error()}
		}
	}
	if err := scr.Close(); err != nil {
		return outputError(err)
	}
	return nil
}
