package command

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sockplay/sandbox"
	"sockplay/tracer/ink"
	"sockplay/tracer/tcpstate"
)

// page is the page of help that the next word asks for.
func (a *args) page(s *Session) Page {
	w := a.peek()
	if w == "all" {
		a.next("command")
		return inFull()
	}
	if c := Lookup(w); c != nil {
		a.next("command")
		return about(c)
	}
	return a.topic(s)
}

// topic is the page about the next word, with what the session has of it now.
func (a *args) topic(s *Session) Page {
	w := a.next("word").text
	if a.err != nil {
		return nil
	}
	if page := s.subject(w); page != nil {
		if a.cmd.Name == "why" {
			a.words = nil // the rest of the question
		}
		return page
	}
	for _, more := range a.words { // of a question in whole sentences
		if page := s.subject(strings.Trim(more.text, "?.,")); page != nil {
			a.words = nil
			return page
		}
	}
	right := "help lists the commands; why TIME-WAIT, why SYN, why ECONNREFUSED tell about a word"
	names := append(Names(), optionNames()...)
	names = append(append(names, tcpstate.Names...), sandbox.FlagOrder...)
	for word := range glossary {
		names = append(names, word)
	}
	slices.Sort(names)
	switch n := nearest(w, names); {
	case elsewhere[w] != "":
		right = elsewhere[w]
	case isErrno(w):
		right = "the errno of a call that was refused, such as ECONNREFUSED"
	case n != "" && len(w) > 2:
		right = "did you mean " + a.cmd.Name + " " + n + "?"
	}
	a.fail(right, "%s: there is nothing to tell about %s", a.cmd.Name, clip(w))
	return nil
}

// subject is the page about one word, nil if there is none, with what the
// session has of it now.
func (s *Session) subject(w string) Page {
	if page := s.socketPage(w); page != nil {
		return page
	}
	for _, about := range []func(string) Page{aboutOption, aboutState, aboutFlag, aboutErrno} {
		if page := about(strings.ToUpper(w)); page != nil {
			return append(page, s.now(strings.ToUpper(w))...)
		}
	}
	if page := aboutWord(strings.ToLower(w)); page != nil {
		return page
	}
	if page := aboutPeer(strings.ToLower(w)); page != nil {
		return page
	}
	if c := Lookup(w); c != nil {
		return about(c)
	}
	return nil
}

// socketPage tells why a socket is as it is: what its state means, and its
// process waits for.
func (s *Session) socketPage(w string) Page {
	if s == nil || !strings.Contains(w, ":") && w != "." {
		return nil
	}
	a := &args{cmd: Lookup("why"), words: []word{{text: w}}}
	e, name := a.socket(s)
	if a.err != nil {
		return nil
	}
	var page Page
	switch t, isState := stateTopics[e.State()]; {
	case isState:
		page = Page{{Text: name + " is in " + e.State() + ": " + t.means + "."}, {Label: "Came by", Text: strings.Join(e.History(), ", ")}, {Label: "Ends by", Text: t.ends}}
	default:
		page = Page{{Text: name + " has no state: only TCP has connections with states. diagram " + name + " shows what it has."}}
	}
	if p := s.Sandbox.Process(e.Process); p != nil && p.Blocked() != "" {
		page = append(page, Part{Label: "Waits", Text: p.Name() + " is blocked in " + p.Blocked()})
	}
	return page
}

// now says which sockets are in a state.
func (s *Session) now(state string) Page {
	if s == nil {
		return nil
	}
	var who []string
	for _, r := range s.Sandbox.Sockets() {
		if r.State == strings.ReplaceAll(state, "_", "-") {
			name := r.Local
			if r.FD != 0 {
				name = fmt.Sprintf("%s:%d", r.Process, r.FD)
			}
			who = append(who, name)
		}
	}
	if len(who) == 0 {
		return nil
	}
	return Page{{Label: "Now", Text: strings.Join(who, ", ")}}
}

// topics are the words that why knows.
func topics() []Suggestion {
	var list []Suggestion
	for _, n := range tcpstate.Names {
		list = append(list, Suggestion{n, stateTopics[n].means})
	}
	for _, o := range sandbox.Options {
		list = append(list, Suggestion{string(o.Name), o.What})
	}
	for _, f := range sandbox.FlagOrder {
		list = append(list, Suggestion{f, firstPart(flagTopics[f].what)})
	}
	for _, e := range sandbox.Errnos() {
		why, _ := sandbox.Explain("", e)
		list = append(list, Suggestion{e, why})
	}
	for _, w := range slices.Sorted(maps.Keys(glossary)) {
		list = append(list, Suggestion{w, firstPart(glossary[w])})
	}
	return list
}

// valueForms says how the value of an option is written.
var valueForms = map[sandbox.Unit]string{
	sandbox.Switch: "on or off", sandbox.Number: "a number", sandbox.Linger: "its seconds, or off",
	sandbox.Time: "a time such as 2s, or 0 for none", sandbox.Error: "it can only be read",
	sandbox.Algorithm: "reno or cubic", sandbox.Group: "the address of a group, such as 239.1.2.3",
}

// valueExamples is a value of each that has one of its own.
var valueExamples = map[sandbox.Unit]string{
	sandbox.Switch: "on", sandbox.Linger: "0", sandbox.Time: "2s", sandbox.Algorithm: "cubic", sandbox.Group: "239.1.2.3",
}

// optionDetails is what there is to know about some options beyond their line.
var optionDetails = map[sandbox.Option]string{
	sandbox.SO_REUSEADDR:   "A server that is started again finds its port held by the TIME-WAIT of old connections: bind answers EADDRINUSE. Set it before bind, on the old listener too. Two sockets that listen at one port it does not allow.",
	sandbox.SO_REUSEPORT:   "Set it on each of them before bind.",
	sandbox.SO_LINGER:      "off: close returns at once, and the stack goes on sending. 2: close waits until all is acknowledged, 2 seconds at most. 0: close throws away what is unsent and cuts the connection off: a RST instead of a FIN, and no TIME-WAIT.",
	sandbox.TCP_NODELAY:    "Nagle's algorithm (RFC 9293 3.7.4) lets only one small segment be on its way unacknowledged: the next small writes wait and go together. Off at first; a program that sends short requests sets it.",
	sandbox.TCP_CORK:       "Only full segments leave; what is left goes when it is off, or after 200 ms.",
	sandbox.TCP_CONGESTION: "reno halves the window at a loss and then adds a segment each round trip (RFC 5681); cubic grows with the time since the loss (RFC 9438). The user stack has both; Linux lets a sandbox have what its administrator allows, reno at least.",
	sandbox.SO_KEEPALIVE:   "Without it a connection on which nobody sends lives for ever, even when the peer's machine is gone. The first probe goes after two hours; TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT change that.",
	sandbox.SO_RCVTIMEO:    "A read or accept that waits longer answers EAGAIN.",
	sandbox.SO_SNDTIMEO:    "A write that waits longer answers EAGAIN or what it has sent so far, a connect EINPROGRESS.",
	sandbox.SO_ERROR:       "It tells how a nonblocking connect went: 0, or the errno, once poll says out.",
	sandbox.SO_RCVBUF:      "It bounds the window that is offered to the peer: a small one stops a fast sender early. Set it before listen or connect.",
	sandbox.SO_SNDBUF:      "When it is full, write blocks, or answers EAGAIN if the socket is nonblocking.",
}

func aboutOption(name string) Page {
	o, ok := sandbox.LookupOption(name)
	if !ok {
		return nil
	}
	value := cmp.Or(valueExamples[o.Unit], "1000")
	example := []string{fmt.Sprintf("setsockopt 3 %s %s", name, value)}
	switch o.Name {
	case sandbox.SO_ERROR, sandbox.SO_TYPE, sandbox.SO_ACCEPTCONN:
		example = nil
	case sandbox.IP_TTL:
		example[0] = "setsockopt 3 IP_TTL 64"
	case sandbox.TCP_KEEPCNT, sandbox.TCP_KEEPIDLE, sandbox.TCP_KEEPINTVL:
		example[0] = fmt.Sprintf("setsockopt 3 %s 5", name)
	}
	form := valueForms[o.Unit]
	if example == nil {
		form = valueForms[sandbox.Error]
	}
	man := map[string]string{"SO": "socket(7)", "TCP": "tcp(7)", "IP": "ip(7)", "IPV6": "ipv6(7)"}
	family, _, _ := strings.Cut(name, "_")
	return Page{
		{Text: name + ", a socket option: " + o.What + "."}, {Text: optionDetails[o.Name], Space: optionDetails[o.Name] != ""},
		{Label: "Value", Text: form, Space: true}, {Label: "Example", Lines: append(example, "getsockopt 3 "+name)},
		{Label: "See", Text: man[family] + ", help setsockopt", Extra: true},
	}
}

// stateTopics says of each state of TCP what it means, who is in it and what
// ends it.
var stateTopics = map[string]struct{ means, who, ends, section string }{
	"CLOSED":       {"there is no connection", "a socket that has not called and does not listen; one whose connection is over", "listen (LISTEN) or connect (SYN-SENT)", "3.3.2"},
	"LISTEN":       {"it waits for anybody's SYN", "the server's socket after listen; it stays there, and each caller gets a socket of its own", "close", "3.10.7.2"},
	"SYN-SENT":     {"our SYN is sent, and no answer has come", "the client, while connect waits", "a SYN-ACK (ESTABLISHED), a RST (ECONNREFUSED), or silence: ETIMEDOUT after about two minutes", "3.10.7.3"},
	"SYN-RECEIVED": {"a SYN has come and our SYN-ACK is sent; the last ACK is missing", "the server's side of a new connection, before accept can have it", "the ACK (ESTABLISHED), a RST, or silence", "3.5"},
	"ESTABLISHED":  {"the connection is open: data flows both ways", "both sides, between connect and close", "close or shutdown wr here (FIN-WAIT-1), or the peer's FIN (CLOSE-WAIT)", "3.5"},
	"FIN-WAIT-1":   {"our FIN is sent and not yet acknowledged", "whoever closed first", "the ACK of the FIN (FIN-WAIT-2), or the peer's FIN at the same moment (CLOSING)", "3.6"},
	"FIN-WAIT-2":   {"our FIN is acknowledged; the peer may still send", "whoever closed first, while the other side has not closed", "the peer's FIN (TIME-WAIT). After close, not after shutdown, Linux waits a minute at most", "3.6"},
	"CLOSE-WAIT":   {"the peer has sent its FIN: read answers 0, and we may still write", "whoever has not closed yet. Many of them mean a program that forgets to close", "close here (LAST-ACK)", "3.6"},
	"CLOSING":      {"both have sent a FIN at once, and ours is not yet acknowledged", "both sides of a simultaneous close", "the ACK of our FIN (TIME-WAIT)", "3.6"},
	"LAST-ACK":     {"both have sent a FIN; only the ACK of ours is missing", "whoever closed second", "that ACK (CLOSED)", "3.6"},
	"TIME-WAIT":    {"all is over. It waits so that a late segment cannot disturb a new connection, and to acknowledge a FIN that is sent again", "whoever closed first; no descriptor names it any more", "time: twice the longest life of a segment, 60 seconds on Linux. Until then a bind to that side's own address answers EADDRINUSE, unless SO_REUSEADDR is on, and was on the old listener", "3.6"},
}

func aboutState(name string) Page {
	name = strings.ReplaceAll(name, "_", "-")
	t, ok := stateTopics[name]
	if !ok {
		return nil
	}
	return Page{
		{Text: name + ", a state of TCP: " + t.means + "."}, {Label: "Who", Text: t.who, Space: true}, {Label: "Ends by", Text: t.ends},
		{Label: "See", Text: "RFC 9293 " + t.section + "; diagram draws all states", Extra: true},
	}
}

// flagTopics says what a flag does, and shows it.
var flagTopics = map[string]struct{ what, example string }{
	"MSG_PEEK":     {"look at what has arrived and leave it there: the next recv gets it again", "recv 3 100 MSG_PEEK"},
	"MSG_DONTWAIT": {"do not wait, this once: answer EAGAIN instead, as a nonblocking socket always does", "recv 3 100 MSG_DONTWAIT"},
	"MSG_WAITALL":  {"wait until all the bytes asked for are there; less comes only at the end of the stream, after an error or an interrupt", "recv 3 100 MSG_WAITALL"},
	"MSG_TRUNC":    {"answer a datagram's real length, even if less was asked for and the rest is lost", "recv 3 2 MSG_TRUNC"},
	"MSG_NOSIGNAL": {"no SIGPIPE when the connection is broken: EPIPE alone, which a program survives", "send 3 \"x\" MSG_NOSIGNAL"},
	"MSG_MORE":     {"more will follow at once: hold a partial segment or datagram back until a send without it, as TCP_CORK does", "send 3 \"x\" MSG_MORE"},
	"MSG_OOB":      {"send the last byte as urgent data, or receive the urgent byte, which Linux takes out of the stream (tcp(7)); the kernel stack alone has it. RFC 6093 advises against it", "send 3 \"x\" MSG_OOB"},
}

func aboutFlag(name string) Page {
	t, ok := flagTopics[name]
	if !ok {
		return nil
	}
	call, _, _ := strings.Cut(t.example, " ")
	return Page{
		{Text: name + ", a flag of " + call + ": " + t.what + "."}, {Label: "Example", Lines: []string{t.example}, Space: true},
		{Label: "See", Text: call + "(2), help " + call, Extra: true},
	}
}

func aboutErrno(name string) Page {
	page, told := Page{{Text: name + ", an errno"}}, map[string]bool{"": true}
	tell := func(label, why, try string) {
		if told[why] {
			return
		}
		told[why] = true
		extra := len(told) > 4 // the wall shows the first three
		page = append(page, Part{Extra: extra, Label: ink.Pad(label, errnoWidth), Text: why + ".", Space: true})
		if try != "" {
			page = append(page, Part{Extra: extra, Label: ink.Pad("", errnoWidth), Text: "Try: " + try + "."})
		}
	}
	for _, c := range Table { // those that are known for it first
		why, try := sandbox.Explain(c.Name, name)
		if why != generally(name) && slices.ContainsFunc(c.Errnos, func(k Known) bool { return k.Errno == name }) {
			tell(c.Name, why, try)
		}
	}
	for _, c := range Table {
		if why, try := sandbox.Explain(c.Name, name); c.IsCall() && why != generally(name) {
			tell(c.Name, why, try)
		}
	}
	why, try := sandbox.Explain("", name)
	label := "else"
	if len(page) == 1 {
		label = "means"
	}
	tell(label, why, try)
	if len(page) == 1 {
		return nil
	}
	return append(page, Part{Label: "See", Text: "errno(3)", Extra: true})
}

// errnoWidth is the columns of a call's name on the page of an errno.
const errnoWidth = 11

// generally is what an errno means that no call has a meaning of its own for.
func generally(name string) string {
	why, _ := sandbox.Explain("", name)
	return why
}
