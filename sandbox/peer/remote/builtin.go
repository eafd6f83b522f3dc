package remote

import (
	"fmt"
	"strings"
	"time"

	"sockplay/sandbox/peer"
)

// Job is a command that was started.
type Job struct {
	// Of one that is over at once:
	Over           bool
	Stdout, Stderr []byte
	Code           int

	// Of one that runs: descriptors from which its output is read and, when it
	// has ended, its status, in words as EXIT has them. 0 when closed.
	Out, Err, Status int
	// Kill ends it, and its process group; Status tells when it has ended.
	Kill func()
}

// Runner starts commands, for a program on sys.
type Runner func(sys peer.System, argv []string) (*Job, error)

// Builtin runs commands without a process, and reaches nothing outside: for a
// sandbox, where a session must repeat, and where there are no processes.
func Builtin(sys peer.System, argv []string) (*Job, error) {
	out, code := builtin(sys, argv[0], argv[1:])
	if code != 0 {
		return &Job{Over: true, Stderr: []byte(out), Code: code}, nil
	}
	return &Job{Over: true, Stdout: []byte(out)}, nil
}

func builtin(sys peer.System, name string, args []string) (out string, code int) {
	first := ""
	if len(args) > 0 {
		first = args[0]
	}
	now := sys.Date().UTC()
	switch name {
	case "date":
		switch {
		case first == "-R":
			return now.Format("Mon, 02 Jan 2006 15:04:05 -0700\n"), 0
		case first == "-I":
			return now.Format("2006-01-02\n"), 0
		case strings.HasPrefix(first, "+"):
			return strftime(first[1:], now) + "\n", 0
		}
		return now.Format("Mon Jan _2 15:04:05 UTC 2006\n"), 0
	case "uptime":
		if first == "-s" {
			return now.Add(-sys.Now()).Format("2006-01-02 15:04:05\n"), 0
		}
		return fmt.Sprintf("up %s\n", sys.Now().Round(time.Millisecond)), 0
	case "hostname":
		return "sandbox\n", 0
	case "whoami":
		return sys.Name() + "\n", 0
	case "echo":
		return strings.Join(args, " ") + "\n", 0
	case "uname":
		if first == "" || first == "-s" {
			return "sockplay\n", 0
		}
		return "sockplay built-in\n", 0
	case "df":
		return "df: there are no disks here\n", 1
	}
	return name + ": not among the commands that are built in\n", 127
}

// strftime writes a date by the few conversions that a clock needs (date(1)).
func strftime(format string, t time.Time) string {
	return strings.NewReplacer(
		"%%", "%", "%Y", t.Format("2006"), "%m", t.Format("01"), "%d", t.Format("02"),
		"%H", t.Format("15"), "%M", t.Format("04"), "%S", t.Format("05"), "%F", t.Format("2006-01-02"),
		"%T", t.Format("15:04:05"), "%s", fmt.Sprint(t.Unix()), "%Z", "UTC", "%a", t.Format("Mon"), "%b", t.Format("Jan"),
	).Replace(format)
}
