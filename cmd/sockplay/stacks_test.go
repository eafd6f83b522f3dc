package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sockplay/sandbox/command"
	"sockplay/sandbox/netstack"
	"sockplay/tracer"
	"sockplay/tracer/packet"
)

// TestStacksAgree runs the conformance scripts on both stacks and compares what
// they show. A script in which the packets may differ says so, and why, in a
// comment: # packets differ: ...
func TestStacksAgree(t *testing.T) {
	needKernel(t)
	conformance(t, func(t *testing.T, comment, script []byte) {
		kernel := onKernel(t, string(script))
		user, _ := onUser(t, string(script))
		if bytes.Contains(comment, []byte("# packets differ: ")) {
			kernel.kinds, user.kinds = nil, nil
		}
		for _, d := range differences(kernel, user) {
			t.Error(d)
		}
	})
}

// TestStacksPage: each row of the page's table names a script that shows the
// difference, and each such script has a row.
func TestStacksPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "stacks.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := bytes.Cut(page, []byte("## What differs"))
	var named []string
	for _, m := range regexp.MustCompile(`(?m)^\|.*\| ([a-z-]+) \|$`).FindAllSubmatch(table, -1) {
		if name := string(m[1]); name != "test" {
			named = append(named, name)
		}
	}
	files, err := filepath.Glob("testdata/differences/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, f := range files {
		there = append(there, strings.TrimSuffix(filepath.Base(f), ".txtar"))
	}
	slices.Sort(named)
	if !slices.Equal(named, there) {
		t.Errorf("the page names %v\nthe scripts are %v", named, there)
	}
}

// account is what a run has shown, as far as it must not depend on the stack.
type account struct {
	calls  map[string][]string // what a process's calls returned, in order
	states map[string][]string // the transitions of each endpoint
	kinds  []string            // of the packets that were sent
	faults []string            // notes of a difference

	ports map[string]string // those that the system chose, by a name of ours
}

func newAccount() *account {
	return &account{calls: make(map[string][]string), states: make(map[string][]string), ports: make(map[string]string)}
}

var portNumber = regexp.MustCompile(`:[0-9]{5}\b`)

// renamed names the ports that the system chose in the order in which they
// appear, since it chooses at random.
func (a *account) renamed(addr string) string {
	return portNumber.ReplaceAllStringFunc(addr, func(port string) string {
		if n, _ := strconv.Atoi(port[1:]); n < 32768 || n > 60999 {
			return port
		}
		if a.ports[port] == "" {
			a.ports[port] = fmt.Sprintf(":P%d", len(a.ports)+1)
		}
		return a.ports[port]
	})
}

func (a *account) see(e tracer.Event) {
	call := fmt.Sprintf("%s(%d)", e.Call, e.FD)
	switch e.Kind {
	case tracer.KindBlocked:
		a.calls[e.Process] = append(a.calls[e.Process], call+" blocks")
	case tracer.KindReturn:
		r := e.Result
		text := fmt.Sprintf("%s = %d %s %q", call, r.Value, r.Errno, r.Data)
		text += a.renamed(" " + r.Addr + " " + r.OptVal + " " + strings.Join(r.Revents, " "))
		a.calls[e.Process] = append(a.calls[e.Process], strings.TrimSpace(text))
	case tracer.KindState:
		end := a.renamed(e.Local.String() + " > " + e.Remote.String())
		a.states[end] = append(a.states[end], e.From+" → "+e.To)
	case tracer.KindPacket:
		switch p := e.Packet; e.Fate {
		case tracer.Sent, tracer.Injected, tracer.Copied:
			// A saved event does not have its packet's kind.
			decoded, _ := packet.Decode(p.Bytes)
			text := decoded.Kind + " " + p.Src + " > " + p.Dst
			if p.Options != nil && p.Options.MSS > 0 {
				text += fmt.Sprintf(" mss %d", p.Options.MSS)
			}
			// What no socket of a process sends has a TTL of its own.
			if ttl := hopLimit(p.Bytes); ttl != 64 && decoded.Kind != tracer.RST && decoded.Kind != tracer.ACK {
				text += fmt.Sprintf(" ttl %d", ttl)
			}
			a.kinds = append(a.kinds, a.renamed(text))
		}
	case tracer.KindNote:
		if strings.HasPrefix(e.Text, "difference") {
			a.faults = append(a.faults, e.Text)
		}
	}
}

// hopLimit is the time to live of an IP packet (RFC 791 3.1, RFC 8200 3).
func hopLimit(p []byte) byte {
	if p[0]>>4 == 4 {
		return p[8]
	}
	return p[7]
}

// firstDifference is where two lists begin to differ, "" if they do not.
func firstDifference(what string, kernel, user []string) string {
	for i := range max(len(kernel), len(user)) {
		k, u := "nothing more", "nothing more"
		if i < len(kernel) {
			k = kernel[i]
		}
		if i < len(user) {
			u = user[i]
		}
		if k != u {
			return fmt.Sprintf("%s, %d:\n  kernel %s\n  user   %s", what, i+1, k, u)
		}
	}
	return ""
}

// differences lists where the accounts of the two stacks part.
func differences(kernel, user *account) (list []string) {
	add := func(text string) {
		if text != "" {
			list = append(list, text)
		}
	}
	for _, fault := range append(kernel.faults, user.faults...) {
		add(fault)
	}
	for _, p := range slices.Sorted(maps.Keys(merged(kernel.calls, user.calls))) {
		add(firstDifference("the calls of "+p, kernel.calls[p], user.calls[p]))
	}
	for _, e := range slices.Sorted(maps.Keys(merged(kernel.states, user.states))) {
		add(firstDifference("the states of "+e, kernel.states[e], user.states[e]))
	}
	add(firstDifference("the packets", kernel.kinds, user.kinds))
	return list
}

func merged(a, b map[string][]string) map[string][]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// onKernel is the kernel stack's account of a script. A line that fails ends
// it, and the account with it.
func onKernel(t testing.TB, script string) *account {
	cmd := program(t, "run", "--stack", "kernel", "--format", "json", "-")
	cmd.Stdin = strings.NewReader(script)
	out, _ := cmd.Output()
	a := newAccount()
	for l := range bytes.Lines(out) {
		var e tracer.Event
		if err := json.Unmarshal(l, &e); err != nil {
			t.Fatal(err)
		}
		a.see(e)
	}
	return a
}

// userSession is a session on a user stack whose account is a. The caller
// closes the stack.
func userSession(t testing.TB) (*command.Session, *account) {
	stack, err := netstack.New(1)
	if err != nil {
		t.Fatal(err)
	}
	log := &tracer.Log{}
	a := newAccount()
	log.Sink(a.see)
	return command.NewSession(stack, log), a
}

// onUser is the user stack's account of a script; ok is false if a line of it
// failed.
func onUser(t testing.TB, script string) (a *account, ok bool) {
	s, a := userSession(t)
	defer s.Sandbox.Stack().Close()
	for l := range strings.Lines(script) {
		if _, err := s.Do(context.Background(), l); err != nil {
			return a, false
		}
	}
	return a, true
}
