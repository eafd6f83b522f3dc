package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"sockplay/cmd/sockplay/repl"
)

// paged prints a text, on a terminal so much at a time as it shows, with a wait
// for Enter between. name is what an interrupt is told of.
func paged(ctx context.Context, o *options, name, text string, noPause bool) error {
	f, isFile := o.out.(*os.File)
	rows := 0
	if isFile && repl.Available() && !noPause {
		_, rows, _ = term.GetSize(int(f.Fd()))
	}
	rest := strings.SplitAfter(text, "\n")
	page := func() error {
		n := len(rest)
		if rows > 2 {
			n = min(n, rows-1)
		}
		_, err := io.WriteString(o.out, strings.Join(rest[:n], ""))
		if rest = rest[n:]; len(rest) > 0 && err == nil {
			_, err = io.WriteString(o.out, "  (Enter goes on, q ends) ")
		}
		if err != nil {
			return outputError(err)
		}
		return nil
	}
	if err := page(); err != nil || len(rest) == 0 {
		return err
	}
	err := lines(ctx, o.in, name, func(_, line string) error {
		if strings.TrimSpace(line) == "q" {
			return errQuit
		}
		if err := page(); err != nil || len(rest) > 0 {
			return err
		}
		return errQuit
	})
	if errors.Is(err, errQuit) {
		return nil
	}
	return err
}
