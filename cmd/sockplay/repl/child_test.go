//go:build unix

package repl

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if os.Getenv("SOCKPLAY_REPL_CHILD") != "" {
		os.Exit(child())
	}
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // most of the time they wait
	goleak.VerifyTestMain(m)
}

// child is the program that the tests run on a terminal. Its standard input and
// output are the prompt's; descriptor 3 tells it what to do meanwhile.
func child() int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var n atomic.Int64
	var r *Repl
	say := func(format string, args ...any) { fmt.Fprintf(r.Out(), format+"\n", args...) }
	shrinking := 5
	before := inherited()

	r, err := New(Config{
		Prompt:    func() string { return fmt.Sprintf("%d> ", n.Load()) },
		History:   os.Getenv("SOCKPLAY_REPL_HISTORY"),
		Interrupt: func() { say("interrupt called") },
		Execute: func(ctx context.Context, line string) (quit bool) {
			n.Add(1)
			command, rest, _ := strings.Cut(line, " ")
			switch command {
			case "echo":
				say("%s", rest)
			case "partial":
				fmt.Fprint(r.Out(), rest)
			case "length":
				say("length %d", len(rest))
			case "waiting":
				say("waiting: %v", r.Waiting())
			case "quote":
				say("%q", rest)
			case "slow":
				say("slow begins")
				<-ctx.Done()
				say("slow ends")
			case "hang":
				say("hanging")
				select {}
			case "flood":
				flood(r, rest)
			case "fds":
				say("descriptors %s; before: %s", inherited(), before)
			case "panic":
				panic("in a command")
			case "cancel":
				cancel()
			case "exit":
				return true
			default:
				if line != "" {
					say("ran %s", line)
				}
			}
			return false
		},
		Complete: func(line string) []Suggestion {
			if line == "panic-here" {
				panic("in completion")
			}
			word := line[strings.LastIndexByte(line, ' ')+1:]
			if word == "" || !strings.HasPrefix("suggest", word) {
				return nil
			}
			var all []Suggestion
			for i := range shrinking {
				all = append(all, Suggestion{Text: fmt.Sprintf("suggestion%d", i), Description: "one of them"})
			}
			shrinking = max(0, shrinking-2)
			return all
		},
	})
	if err != nil {
		fmt.Println(err)
		return 3
	}
	go func() {
		defer r.Recover()
		orders := bufio.NewScanner(os.NewFile(3, "orders"))
		for orders.Scan() {
			command, rest, _ := strings.Cut(orders.Text(), " ")
			switch command {
			case "say":
				say("%s", rest)
			case "partial":
				fmt.Fprint(r.Out(), rest)
			case "flood":
				flood(r, rest)
			case "panic":
				panic("in another goroutine")
			case "cancel":
				cancel()
			}
		}
	}()
	others := goleak.IgnoreCurrent()

	err = r.Run(ctx)
	fmt.Printf("ended: %v\n", err)
	if err := goleak.Find(others); err != nil {
		fmt.Println(err)
		return 4
	}
	var s SignalError
	if errors.As(err, &s) {
		return s.ExitCode()
	}
	if err != nil {
		return 5
	}
	return 0
}

func flood(r *Repl, lines string) {
	n, _ := strconv.Atoi(lines)
	for i := range n {
		fmt.Fprintf(r.Out(), "flood %d\n", i)
	}
	fmt.Fprintln(r.Out(), "flood over")
}

// inherited are the descriptors that a program started from here would get.
func inherited() string {
	var open []string
	for fd := range 100 {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			open = append(open, strconv.Itoa(fd))
		}
	}
	return strings.Join(open, " ")
}
