package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sockplay/cmd/sockplay/screen"
	"sockplay/lessons/scenes"
	"sockplay/lessons/versus"
	"sockplay/sandbox"
	"sockplay/tracer"
	"sockplay/tracer/beside"
	"sockplay/tracer/capture"
	"sockplay/tracer/ink"
	"sockplay/tracer/plot"
)

const versusName = scenes.Versus

// versusRows are how many lines of ladder are drawn at most.
const versusRows = 48

func newVersus(o *options) *cobra.Command {
	c := versus.Conditions{}
	sweep, noPause := "", false
	cmd := &cobra.Command{
		Use:   versusName,
		Short: "the same messages over TCP and UDP, side by side",
		Long: `Send the same messages over TCP and over UDP, on the user stack, under the same
conditions: whether a message is lost, doubled or held up the first time that it
is sent is drawn by lot from the seed, once for both. Two ladders show the
packets, and a table what became of the messages, and what it took.

--sweep draws the goodput of both while one condition goes from here to there:
of 1000 messages of 1000 bytes, one each millisecond, neither held up nor
doubled, unless the flags say otherwise.`,
		Example: "  sockplay demo tcp-vs-udp\n  sockplay demo tcp-vs-udp --loss 20 --messages 20 --seed 7\n  sockplay demo tcp-vs-udp --messages 10000 --loss 10\n  sockplay demo tcp-vs-udp --sweep loss 0..30",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && sweep == "" {
				return fmt.Errorf("%s takes no %q: its conditions are flags", versusName, args[len(args)-1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.stack == "kernel":
				return &exit{failed, "sockplay: " + versusName + " plays on the user stack: there both have the same clock, and each run is the same\n  try: it without --stack"}
			case o.format == "json":
				return &exit{failed, "sockplay: " + versusName + " has two sandboxes, and --format json prints the events of one\n  try: --pcap FILE writes the packets of both"}
			}
			c.Seed = o.seed
			var s *versus.Sweep
			if sweep != "" {
				parsed, err := versus.ParseSweep(strings.Join(append([]string{sweep}, args...), " "))
				if err != nil {
					return versusError(err)
				}
				s = &parsed
				for name, set := range map[string]func(){
					"messages": func() { c.Messages = 1000 }, "size": func() { c.Size = 1000 }, "every": func() { c.Every = time.Millisecond },
					"reorder": func() { c.Reorder = 0 }, "duplicate": func() { c.Duplicate = 0 },
				} {
					if !cmd.Flags().Changed(name) {
						set()
					}
				}
			}
			text, err := compare(cmd.Context(), o, o.look().Options, c, s)
			switch {
			case cmd.Context().Err() != nil:
				return interrupted(cmd.Context(), versusName)
			case err != nil:
				return versusError(err)
			}
			return paged(cmd.Context(), o, versusName, text, noPause)
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return &exit{usage, "sockplay: " + usageMessage(err) + "\n  try: sockplay demo " + versusName + " --help"}
	})
	f := cmd.Flags()
	f.BoolVar(&noPause, "no-pause", false, "do not wait for Enter after each page")
	setDefaults(&c)
	f.Var((*percent)(&c.Loss), "loss", "per cent of what the sender sends that is lost")
	f.Var((*span)(&c.Delay), "delay", "how much longer each packet takes, both ways")
	f.Var((*percent)(&c.Reorder), "reorder", "per cent of what the sender sends that is held up for 5 ms")
	f.Var((*percent)(&c.Duplicate), "duplicate", "per cent of what the sender sends that arrives twice")
	f.IntVar(&c.Messages, "messages", c.Messages, "how many messages")
	f.IntVar(&c.Size, "size", c.Size, "bytes of a message")
	f.Var((*span)(&c.Every), "every", "between two messages; 0s: as fast as they can be sent")
	f.StringVar(&sweep, "sweep", "", "draw the goodput of both while loss, reorder or duplicate (per cent) or delay (ms) goes up, as in --sweep loss 0..30")
	return cmd
}

// percent is a flag of per cent, with the sign or without.
type percent float64

func (p *percent) String() string { return strconv.FormatFloat(float64(*p), 'g', -1, 64) }
func (*percent) Type() string     { return "percent" }
func (p *percent) Set(s string) error {
	v, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil {
		return errors.New("it is per cent, such as 10")
	}
	*p = percent(v)
	return nil
}

// span is a flag of a time; a bare number is of milliseconds.
type span time.Duration

func (d *span) String() string { return time.Duration(*d).String() }
func (*span) Type() string     { return "time" }
func (d *span) Set(s string) error {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		*d = span(time.Duration(n) * time.Millisecond)
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return errors.New("it is a time, such as 20ms")
	}
	*d = span(v)
	return nil
}

// setDefaults are the conditions where none are given.
func setDefaults(c *versus.Conditions) {
	*c = versus.Conditions{Messages: 10, Size: 100, Every: 4 * time.Millisecond, Delay: 20 * time.Millisecond, Loss: 10, Reorder: 10, Duplicate: 10}
}

// comparison is the comparison at the prompt.
func comparison(o *options) func(context.Context, screen.Options) (string, error) {
	return func(ctx context.Context, look screen.Options) (string, error) {
		var c versus.Conditions
		setDefaults(&c)
		c.Seed = o.seed
		return compare(ctx, &options{seed: o.seed}, look, c, nil)
	}
}

// versusError tells what went wrong.
func versusError(err error) error {
	var r *versus.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &r):
		return &exit{failed, "sockplay: " + r.What + "\n  try: " + r.Try}
	}
	return err
}

// compare runs the comparison, or a sweep, and gives what shows it.
func compare(ctx context.Context, o *options, look screen.Options, c versus.Conditions, sweep *versus.Sweep) (string, error) {
	stack := func() (sandbox.Stack, error) { return openUser(o) }
	v := versusView{o: look}
	if sweep != nil {
		samples, err := sweep.Run(ctx, c, stack)
		if err != nil {
			return "", err
		}
		v.curves(c, *sweep, samples)
		return v.out.String(), nil
	}
	packets, done, err := pcapOf(o)
	if err != nil {
		return "", err
	}
	tcp, udp, err := c.Run(ctx, stack, packets)
	if doneErr := done(); err == nil {
		err = doneErr
	}
	if err != nil {
		return "", err
	}
	v.both(c, tcp, udp)
	return v.out.String(), nil
}

// pcapOf writes the packets of both sides to --pcap, those of one behind those of
// the other.
func pcapOf(o *options) (see func(int, tracer.Event), done func() error, err error) {
	if o.pcap == "" {
		return func(int, tracer.Event) {}, func() error { return nil }, nil
	}
	f, err := os.Create(o.pcap)
	if err != nil {
		return nil, nil, &exit{failed, fmt.Sprintf("sockplay: %s cannot be written: %s\n  try: another --pcap FILE", o.pcap, cause(err))}
	}
	w, err := capture.NewWriter(f, time.Unix(0, 0))
	if err != nil {
		f.Close()
		return nil, nil, outputError(err)
	}
	return func(_ int, e tracer.Event) { w.Add(e) }, func() error {
		err := w.Close()
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return &exit{failed, fmt.Sprintf("sockplay: %s could not be written: %s\n  try: another --pcap FILE", o.pcap, cause(err))}
		}
		return nil
	}, nil
}

// versusView shows a comparison.
type versusView struct {
	o   screen.Options
	out strings.Builder
}

func (v *versusView) width() int { return min(v.o.Columns(), 80) }

func (v *versusView) say(tone ink.Tone, text string) {
	for _, line := range ink.Wrap(text, v.width()-3) {
		fmt.Fprintln(&v.out, v.o.Pen().Line(v.width(), ink.Span{Tone: tone, Text: "  " + line}))
	}
}

// both shows the two ladders and the table.
func (v *versusView) both(c versus.Conditions, tcp, udp *versus.Side) {
	plain := v.o.Styles.Plain
	v.say(ink.Yours, conditions(c))
	v.out.WriteString("\n")
	o := beside.Options{Pen: v.o.Pen(), Width: v.width(), Rows: versusRows}
	sides := [2]beside.Side{}
	for i, s := range []*versus.Side{tcp, udp} {
		sides[i] = beside.Side{Title: s.Proto, Server: versus.Place, Events: s.Events, Name: c.Names()}
		for _, r := range s.Reads {
			sides[i].Marks = append(sides[i].Marks, beside.Mark{At: r.At, Text: fmt.Sprintf("one read: #%d-%d", r.First, r.Last)})
		}
	}
	if plain {
		_ = beside.Tell(&v.out, sides[0], sides[1], o)
	} else {
		more, _ := beside.Draw(&v.out, sides[0], sides[1], o)
		more[0] += max(0, tcp.Packets-packets(tcp.Events))
		more[1] += max(0, udp.Packets-packets(udp.Events))
		if more[0]+more[1] > 0 {
			v.say(ink.Calm, fmt.Sprintf("... and %s packets more over TCP, %s over UDP", ink.Grouped(more[0]), ink.Grouped(more[1])))
		}
		v.out.WriteString("\n")
		v.say(ink.Calm, "#3: message 3, or a part of it. ACK #3: all up to message 3 have come; +#5: message 5 too (SACK).")
	}
	v.out.WriteString("\n")
	lines := c.Rows(tcp, udp)
	if plain {
		for _, l := range lines {
			v.say(ink.Plain, fmt.Sprintf("%s: TCP %s, UDP %s.", strings.TrimSpace(l.Name), l.Left, l.Right))
		}
	} else {
		_ = beside.Table(&v.out, "TCP", "UDP", lines, o)
	}
	overTCP, overUDP := c.Work(tcp, udp)
	v.out.WriteString("\n")
	v.say(ink.Yours, "What the programs had to do themselves")
	v.say(ink.Plain, "TCP: "+overTCP)
	v.say(ink.Plain, "UDP: "+overUDP)
}

// packets counts those that appear among events.
func packets(events []tracer.Event) (n int) {
	for _, e := range events {
		if e.Kind == tracer.KindPacket && (e.Fate == tracer.Sent || e.Fate == tracer.Copied) {
			n++
		}
	}
	return n
}

// conditions are what the comparison is made under, in words.
func conditions(c versus.Conditions) string {
	every := "as fast as they can be sent"
	if c.Every > 0 {
		every = "one every " + ink.Duration(c.Every)
	}
	text := fmt.Sprintf("%d messages of %d bytes, %s; each packet takes %s", c.Messages, c.Size, every, ink.Duration(c.Delay+time.Millisecond))
	var chances []string
	for _, x := range []struct {
		what string
		p    float64
	}{{"lost", c.Loss}, {"held up", c.Reorder}, {"doubled", c.Duplicate}} {
		if x.p > 0 {
			chances = append(chances, fmt.Sprintf("%g %% are %s", x.p, x.what))
		}
	}
	if chances != nil {
		text += "; of what the client sends " + strings.Join(chances, ", ")
	}
	if c.Every == 0 {
		text += ". The wire takes any number at once, so that UDP's time says little"
	}
	return text + fmt.Sprintf(". Seed %d.", c.Seed)
}

// curves draws a sweep.
func (v *versusView) curves(c versus.Conditions, s versus.Sweep, samples []versus.Sample) {
	v.say(ink.Yours, fmt.Sprintf("%d messages of %d bytes, one every %s, while %s goes from %g to %g %s; a packet takes %s. Seed %d.", c.Messages, c.Size, ink.Duration(c.Every), s.What, s.From, s.To, s.Unit(), ink.Duration(c.Delay+time.Millisecond), c.Seed))
	v.out.WriteString("\n")
	tcp, udp := plot.Curve{Name: "TCP"}, plot.Curve{Name: "UDP"}
	for _, x := range samples {
		tcp.Points = append(tcp.Points, plot.Point{X: x.Value, Y: x.TCP / 1000})
		udp.Points = append(udp.Points, plot.Point{X: x.Value, Y: x.UDP / 1000})
		if v.o.Styles.Plain {
			v.say(ink.Plain, fmt.Sprintf("%s %.3g %s: TCP %.1f kB/s, UDP %.1f kB/s.", s.What, x.Value, s.Unit(), x.TCP/1000, x.UDP/1000))
		}
	}
	if !v.o.Styles.Plain {
		_ = plot.Draw(&v.out, []plot.Curve{tcp, udp}, plot.Options{
			Pen: v.o.Pen(), Width: v.width(), Height: 13, X: plot.Axis{Name: s.What + ", " + s.Unit()}, Y: plot.Axis{Name: "goodput, kB/s"},
		})
	}
	v.out.WriteString("\n")
	v.say(ink.Calm, "Goodput: bytes of messages that the receiving program has got, each counted once, by the time that it took until the last of them.")
	if s.What == "reorder" {
		v.say(ink.Calm, "To TCP what is overtaken looks like what is lost: the ACKs that follow are duplicates, and it sends again and slows down (RFC 5681 3.2).")
	}
	if last := samples[len(samples)-1]; last.TCP > 0 && last.TCP < last.UDP {
		v.say(ink.Calm, fmt.Sprintf("At the end: TCP %.1f kB/s, UDP %.1f kB/s.", last.TCP/1000, last.UDP/1000))
	}
}
