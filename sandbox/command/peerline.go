package command

import (
	"errors"
	"strings"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// behind reads what stands behind a peer's name: options and an address in any
// order, then its arguments. It returns the options first.
func (a *args) behind(p peer.Peer, called string) (addr sandbox.Addr, rest []string) {
	options := func() {
		var words []string
		for _, w := range a.words {
			words = append(words, w.plain())
		}
		_, left, err := peer.Options(p.Options, words)
		if err != nil {
			a.err = badPeer(p, called, err)
			return
		}
		for range len(words) - len(left) {
			rest = append(rest, a.next("option").plain())
		}
	}
	options()
	addr = p.Addr
	if _, noAddr := parseAddr(a.peek(), sandbox.TCP); a.more() && (noAddr == nil || !addr.IsValid() || p.Args == "" && (len(p.Options) == 0 || strings.ContainsAny(a.peek(), "0123456789:"))) {
		addr = a.addr(sandbox.TCP)
	}
	options()
	for a.more() {
		rest = append(rest, a.next("argument").plain())
	}
	return addr, rest
}

// badPeer says what is wrong with what stands behind a peer's name, and how the
// peer is started.
func badPeer(p peer.Peer, called string, err error) error {
	usage := "usage: " + p.Usage(called)
	if p.Means != "" {
		usage += "; " + p.Means
	}
	if !p.Addr.IsValid() {
		usage = "peer " + called + " 127.0.0.1:9000"
	}
	if bad := (*peer.BadOption)(nil); errors.As(err, &bad) {
		names := []string{"--source"}
		for _, o := range p.Options {
			names = append(names, o.Name)
		}
		if n := nearest(bad.Name, names); n != "" && n != bad.Name {
			usage = "did you mean " + n + "? " + strings.ToUpper(usage[:1]) + usage[1:]
			if n == "--source" {
				usage = "did you mean --source? peer " + called + " --source shows the calls that it makes"
			}
		}
	}
	return wrong(usage, "peer %s: %v", p.Name, err)
}

// plain is the word without its quotes.
func (w word) plain() string {
	if w.quoted {
		return w.value
	}
	return w.text
}
