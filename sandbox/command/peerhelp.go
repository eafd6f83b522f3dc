package command

import (
	"strings"

	"sockplay/sandbox/peer"
)

// peerUses are what may stand behind the addresses of the peers that take
// something there, and the peers' names.
func peerUses() (list [][2]string) {
	for _, p := range ready {
		if len(p.Options) == 0 && p.Args == "" {
			continue
		}
		_, use, _ := strings.Cut(p.Usage(p.Name), "] ")
		list = append(list, [2]string{p.Name, use})
	}
	return list
}

// aboutPeer is the page about one of the peers that are ready, nil if none is
// called so.
func aboutPeer(name string) Page {
	for _, p := range ready {
		if p.Name == name {
			return peerPage(p)
		}
	}
	return nil
}

func peerPage(p peer.Peer) Page {
	page := Page{
		{Text: p.Name + ", a peer: " + p.Summary},
		{Label: "Start", Text: p.Usage(p.Name)},
	}
	at := "it is at "
	if p.Calls {
		at = "it calls "
	}
	page = append(page, Part{Label: "", Text: at + p.Addr.String() + " if the line does not say"})
	for _, o := range p.Options {
		page = append(page, Part{Text: strings.TrimSpace(o.Name+" "+o.Value) + ": " + o.What})
	}
	if p.Means != "" {
		page = append(page, Part{Text: p.Means})
	}
	more := "peer " + p.Name + " --source"
	for _, m := range []string{p.More, p.Man} {
		if m != "" {
			more += "; " + m
		}
	}
	return append(page, Part{Label: "See", Text: more})
}
