package main

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sockplay/sandbox"
	"sockplay/sandbox/command"
)

// learner types random lines that make sense at the moment. It leaves out what
// docs/stacks.md says that the stacks differ in.
type learner struct {
	*rand.Rand
	s     *command.Session
	lines []string
	port  int // the first of the ports that it uses
}

// say types a line.
func (l *learner) say(format string, v ...any) {
	line := fmt.Sprintf(format, v...)
	l.lines = append(l.lines, line)
	if _, err := l.s.Do(context.Background(), line); err != nil {
		panic(fmt.Sprintf("%s: %v\n%s", line, err, strings.Join(l.lines, "\n")))
	}
}

func pick[T any](l *learner, list ...T) T { return list[l.Intn(len(list))] }

// addr is an address that may or may not make sense.
func (l *learner) addr(kind sandbox.Kind, fd int) string {
	port := l.port + l.Intn(3)
	if l.Intn(12) == 0 {
		port = 0
	}
	v4 := []string{"127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2", "*", "*", "10.0.0.1", "255.255.255.255", "224.0.0.1", "127.255.255.255"}
	v6 := []string{"[::1]", "[::1]", "[::1]", "*", "[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:0.0.0.0]", "[2001:db8::1]", "[::ffff:10.0.0.1]", "[fe80::1]", "[ff02::1]"}
	six := kind.IPv6()
	if l.Intn(40) == 0 {
		six = !six
	}
	host := pick(l, v4...)
	if six {
		host = pick(l, v6...)
	}
	if l.Intn(3) > 0 && host != "*" {
		host = map[bool]string{true: "[::1]", false: "127.0.0.1"}[six]
	}
	if host == "*" && six != kind.IPv6() {
		host = "127.0.0.1"
	}
	return fmt.Sprintf("%s:%d", host, port)
}

// peer is mostly an address that a socket has, for the descriptor to call.
func (l *learner) peer(kind sandbox.Kind, fd int) string {
	var list []string
	for _, p := range l.s.Sandbox.Processes() {
		for _, fd := range p.FDs() {
			e := p.Endpoint(fd)
			k := p.Kind(fd)
			if k.Stream() != kind.Stream() || e.Local.Port() == 0 {
				continue
			}
			a := e.Local.Addr()
			port := e.Local.Port()
			host := a.String()
			switch {
			case a.IsUnspecified() && kind.IPv6() && k.IPv6():
				host = "[::1]"
			case kind.IPv6() && a.Is4():
				host = "[::ffff:127.0.0.1]"
			case a.IsUnspecified():
				host = "127.0.0.1"
			case a.Is6() && !kind.IPv6():
				continue
			case a.Is6():
				host = "[" + host + "]"
			}
			if port < 32768 {
				list = append(list, fmt.Sprintf("%s:%d", host, port))
			}
		}
	}
	for {
		a := l.addr(kind, fd)
		if len(list) > 0 && l.Intn(6) > 0 {
			a = pick(l, list...)
		}
		// A socket of IPv6 keeps to one family, or Linux itself is lost.
		if v4 := strings.HasPrefix(a, "[::ffff") || strings.HasPrefix(a, "127."); kind.IPv6() && v4 != (fd%2 == 0) {
			list = nil
			continue
		}
		if !kind.Stream() && (strings.HasSuffix(a, ":0") || strings.HasPrefix(a, "2") || strings.Contains(a, "127.255")) {
			continue
		}
		return a
	}
}

func (l *learner) data() string {
	return pick(l, `"a"`, `"hello"`, `"hello, world"`, `"x" * 100`, `1000`, `""`, `"ab" * 700`)
}

func (l *learner) count() string { return pick(l, "0", "1", "3", "5", "100", "2000", "64k") }

func (l *learner) someFlags(list ...string) string {
	out := ""
	for range l.Intn(3) {
		out += " " + pick(l, list...)
	}
	return out
}

func (l *learner) value(o sandbox.OptionInfo) string {
	switch o.Name {
	case sandbox.SO_RCVBUF, sandbox.SO_SNDBUF:
		return pick(l, "10000", "50000", "100000")
	case sandbox.TCP_MAXSEG:
		return pick(l, "0", "87", "1460", "1461", "32767", "32768", "-1")
	case sandbox.IP_TTL:
		return pick(l, "0", "1", "5", "64", "255", "256", "-1", "-2")
	case sandbox.TCP_KEEPIDLE, sandbox.TCP_KEEPINTVL:
		return pick(l, "0", "10", "7200", "32767", "32768", "-1")
	case sandbox.TCP_KEEPCNT:
		return pick(l, "0", "1", "9", "127", "128", "-1")
	case sandbox.IP_ADD_MEMBERSHIP, sandbox.IP_DROP_MEMBERSHIP:
		return pick(l, "239.1.2.3", "239.1.2.4", "127.0.0.1")
	case sandbox.IP_MULTICAST_TTL:
		return pick(l, "0", "1", "5", "255", "256", "-1", "-2")
	case sandbox.TCP_CONGESTION:
		return "reno" // what else there is, each stack says for itself
	case sandbox.TCP_USER_TIMEOUT:
		return pick(l, "0", "30000", "-1", "90000")
	}
	switch o.Unit {
	case sandbox.Switch:
		return pick(l, "on", "off", "2", "-1", "0", "1")
	case sandbox.Time:
		return pick(l, "30s", "0", "90s", "-1", "-5s", "15500")
	case sandbox.Linger:
		return pick(l, "off", "0", "0", "30", "90")
	}
	return pick(l, "0", "1", "-1")
}

// move types one line for a process, or sets a blocked one free.
func (l *learner) move() {
	p := pick(l, l.s.Sandbox.Processes()...)
	if p.Name() == "other" && l.Intn(2) == 0 { // it is there to disturb the two
		p = l.s.Sandbox.Process("client")
	}
	name := p.Name()
	switch child := l.s.Sandbox.Process("child"); {
	case l.Intn(80) == 0:
		l.say("kill %s", name)
		if name != "child" {
			l.say("process %s", name)
		}
		return
	case p.Blocked() == "" && (child == nil || child.Ended() != "") && l.Intn(80) == 0:
		l.say("%s: fork child", name)
		return
	}
	if p.Blocked() != "" {
		if l.Intn(6) == 0 {
			l.say("interrupt %s", name)
		}
		return
	}
	fds := p.FDs()
	if len(fds) == 0 || len(fds) < 5 && l.Intn(12) == 0 {
		l.say("%s: socket %s", name, pick(l, "tcp", "tcp", "tcp", "udp", "tcp6", "udp6"))
		return
	}
	fd := pick(l, fds...)
	kind := p.Kind(fd)
	if l.Intn(60) == 0 {
		fd = 11
	}
	e := p.Endpoint(fd)
	state := ""
	if e != nil {
		state = e.State()
	}
	o := pick(l, sandbox.Options...)
	connected := kind.Stream() && e != nil && len(e.History()) > 1
	for o.Name == sandbox.TCP_CORK || connected && (o.Name == sandbox.SO_SNDBUF || o.Name == sandbox.TCP_MAXSEG) {
		o = pick(l, sandbox.Options...)
	}
	flags := []string{"MSG_DONTWAIT", "MSG_NOSIGNAL", "MSG_PEEK", "MSG_TRUNC", "MSG_WAITALL"}
	if !kind.Stream() {
		flags = append(flags, "MSG_MORE")
	}
	n := l.Intn(100)
	if l.Intn(5) > 0 { // mostly what makes sense in the state
		switch state {
		case "CLOSED", "":
			if e != nil && e.Local.Port() == 0 && l.Intn(2) == 0 {
				n = pick(l, 0, 15, 86)
			} else {
				n = pick(l, 10, 15, 15, 95)
			}
		case "LISTEN":
			n = pick(l, 25, 25, 80, 86, n)
		case "ESTABLISHED", "CLOSE-WAIT", "FIN-WAIT-2", "FIN-WAIT-1":
			n = pick(l, 31, 31, 41, 41, n, n, 71)
		}
		if !kind.Stream() {
			n = pick(l, 0, 15, 31, 41, 50, 50, 60, 60, n)
		}
	}
	switch {
	case n < 8:
		addr := l.addr(kind, fd)
		for strings.HasPrefix(addr, "2") || strings.HasPrefix(addr, "127.255") || strings.HasPrefix(addr, "[ff") {
			addr = l.addr(kind, fd)
		}
		l.say("%s: bind %d %s", name, fd, addr)
	case n < 14:
		l.say("%s: listen %d%s", name, fd, pick(l, "", "", "", " 0", " 1", " -1", " 5"))
	case n < 24:
		l.say("%s: connect %d %s", name, fd, l.peer(kind, fd))
	case n < 30:
		l.say("%s: accept %d", name, fd)
	case n < 35:
		l.say("%s: write %d %s", name, fd, l.data())
	case n < 40:
		l.say("%s: send %d %s%s", name, fd, l.data(), l.someFlags(flags...))
	case n < 45:
		l.say("%s: read %d %s", name, fd, l.count())
	case n < 50:
		l.say("%s: recv %d %s%s", name, fd, l.count(), l.someFlags("MSG_PEEK", "MSG_DONTWAIT", "MSG_DONTWAIT", "MSG_WAITALL", "MSG_TRUNC", "MSG_NOSIGNAL", "MSG_MORE"))
	case n < 57:
		l.say("%s: sendto %d %s %s", name, fd, l.peer(kind, fd), l.data())
	case n < 62:
		l.say("%s: recvfrom %d %s", name, fd, l.count())
	case n < 67 && !(kind.Stream() && (state == "CLOSED" || state == "LISTEN")):
		l.say("%s: shutdown %d %s", name, fd, pick(l, "rd", "wr", "rdwr", "wr"))
	case n < 72:
		l.say("%s: close %d", name, fd)
	case n < 75:
		l.say("%s: getsockname %d", name, fd)
	case n < 78:
		l.say("%s: getpeername %d", name, fd)
	case n < 83:
		l.say("%s: getsockopt %d %s", name, fd, o.Name)
	case n < 91:
		if o.Unit == sandbox.Error {
			l.say("%s: getsockopt %d SO_ERROR", name, fd)
		} else {
			l.say("%s: setsockopt %d %s %s", name, fd, o.Name, l.value(o))
			l.say("%s: getsockopt %d %s", name, fd, o.Name)
		}
	case n < 94:
		l.say("%s: fcntl %d nonblock %s", name, fd, pick(l, "on", "on", "off"))
	default:
		l.say("%s: poll %d:%s %d:in %s", name, fd, pick(l, "in,out", "in", "out", "in,out"), pick(l, fds...), pick(l, "0", "0", "0", "90s"))
	}
}

// pair makes a connection, so that the walk need not find one by itself.
func (l *learner) pair() {
	kind, host := "tcp", "127.0.0.1"
	if l.Intn(3) == 0 {
		kind, host = "tcp6", "[::1]"
	}
	if l.Intn(5) == 0 {
		kind = map[string]string{"tcp": "udp", "tcp6": "udp6"}[kind]
		l.say("server: socket %s", kind)
		l.say("server: bind 3 %s:%d", host, l.port)
		l.say("client: socket %s", kind)
		if l.Intn(2) == 0 {
			l.say("client: connect 3 %s:%d", host, l.port)
		}
		return
	}
	set := func(p string) {
		for l.Intn(3) == 0 {
			o := pick(l, sandbox.Options...)
			if o.Unit == sandbox.Error || o.Name == sandbox.TCP_CORK || o.Name == sandbox.SO_RCVBUF {
				continue
			}
			l.say("%s: setsockopt 3 %s %s", p, o.Name, l.value(o))
		}
	}
	l.say("server: socket %s", kind)
	set("server")
	l.say("server: bind 3 %s:%d", host, l.port)
	l.say("server: listen 3")
	l.say("client: socket %s", kind)
	set("client")
	if l.Intn(3) == 0 {
		l.say("client: fcntl 3 nonblock on")
	}
	l.say("client: connect 3 %s:%d", host, l.port)
	if l.Intn(4) > 0 && l.s.Sandbox.Process("server").Blocked() == "" {
		l.say("server: accept 3")
	}
}

// end closes everything.
func (l *learner) end() {
	for _, p := range l.s.Sandbox.Processes() {
		if p.Blocked() != "" {
			l.say("interrupt %s", p.Name())
		}
		for _, fd := range p.FDs() {
			l.say("%s: close %d", p.Name(), fd)
			if p.Blocked() != "" {
				l.say("interrupt %s", p.Name())
			}
		}
	}
	if p := l.s.Sandbox.Process("child"); p != nil && p.Ended() == "" {
		l.say("kill child")
	}
}

// moves is how many a random script has.
const moves = 40

// randomScript is a script that uses ports from port on, and closes at the end
// all that it has opened.
func randomScript(t testing.TB, seed int64, port int) string {
	s, _ := userSession(t)
	defer s.Sandbox.Stack().Close()
	s.Sandbox.AddProcess("other")
	l := &learner{Rand: rand.New(rand.NewSource(seed)), s: s, port: port}
	if l.Intn(4) > 0 {
		l.pair()
	}
	for range moves {
		l.move()
	}
	l.end()
	return strings.Join(l.lines, "\n") + "\n"
}

// TestStacksAgreeAtRandom compares the two stacks over random scripts.
// SOCKPLAY_SCRIPTS is how many, from SOCKPLAY_SEED on.
func TestStacksAgreeAtRandom(t *testing.T) {
	needKernel(t)
	seed, n := number("SOCKPLAY_SEED", 1), number("SOCKPLAY_SCRIPTS", 150)
	for end := seed + n; seed < end; seed += perRun {
		var parts []string
		for i := range min(perRun, end-seed) {
			parts = append(parts, randomScript(t, int64(seed+i), 2000+10*i))
		}
		// One run of the program for many scripts; alone if they differ.
		if len(disagree(t, cast+strings.Join(parts, ""))) == 0 {
			continue
		}
		for i, script := range parts {
			if d := disagree(t, cast+script); len(d) > 0 {
				// The kernel's time is real: what a busy machine has delayed once is
				// no difference of the stacks.
				if len(disagree(t, cast+script)) == 0 {
					t.Logf("seed %d differed once, and not again:\n%s", seed+i, strings.Join(d, "\n"))
					continue
				}
				small := shrunk(t, cast+script, d[0])
				t.Errorf("seed %d:\n%s%s", seed+i, small, strings.Join(disagree(t, small), "\n"))
			}
		}
	}
}

// cast is the process that each run has beside server and client.
const cast = "process other\n"

// perRun is how many random scripts one run of the program takes.
const perRun = 15

// number reads a number from the environment.
func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// disagree lists where the stacks part over a script.
func disagree(t testing.TB, script string) []string {
	user, ok := onUser(t, script)
	if !ok {
		return nil
	}
	return differences(onKernel(t, script), user)
}

// shrunk leaves out of a script whatever is not needed for the stacks to differ
// in that way.
func shrunk(t testing.TB, script, how string) string {
	_, how, _ = strings.Cut(how, "\n") // wherever it is
	lines := strings.SplitAfter(strings.TrimSuffix(script, "\n"), "\n")
	for size := len(lines) / 2; size > 0; size /= 2 {
		for i := 0; i+size <= len(lines); {
			fewer := slices.Concat(lines[:i], lines[i+size:])
			if strings.Contains(strings.Join(disagree(t, strings.Join(fewer, "")), "\n"), how) {
				lines = fewer
			} else {
				i += size
			}
		}
	}
	return strings.Join(lines, "")
}
